/* SPDX-License-Identifier: Apache-2.0 */
#include "check/account.h"

#include "check/account_files.h"
#include "check/account_sources.h"
#include "check/declared.h"
#include "check/flaws.h"

#include <string.h>

#define REPORTED_MAX 200 /* accounts; somebody who has more of them wants to hide one */

/* One account on its way through the rules. */
struct judging {
	const struct check_context *context;
	const struct accounts *accounts;
	const struct declared *declared;
	const struct account *account;
	struct flaws flaws;
};

static bool is_root(const struct account *account)
{
	return span_is(account->line.name, "root");
}

/* Those that packages make: base-passwd's fixed ones, adduser --system's, and nobody. */
static bool is_system(const struct account *account)
{
	return account->line.uid < 1000 || account->line.uid >= 60000;
}

static int judge_root(struct judging *judging)
{
	const struct account *account = judging->account;

	if (account->line.uid != 0)
		return 0;
	if (is_root(account) && accounts_find(judging->accounts, account->line.name) == account)
		return 0;
	return flaws_add(&judging->flaws, "account.second-root",
			 "a second account with uid 0 (/etc/passwd:%zu)", account->number);
}

/* The postgresql packages' account has a shell of its own making; nothing logs in to it. */
static bool has_packaged_shell(const struct account *account)
{
	return span_is(account->line.name, "postgres") &&
	       span_is(account->line.home, "/var/lib/postgresql") &&
	       !password_is_usable(account->password);
}

static int judge_shell(struct judging *judging)
{
	const struct passwd_line *line = &judging->account->line;
	_cleanup_free_ char *shell = NULL;

	if (!shell_is_login(line->shell))
		return 0;
	shell = span_copy(line->shell);
	if (!shell)
		return -ENOMEM;
	if (span_has(line->shell, "/.") || span_starts(line->shell, "/tmp/") ||
	    span_starts(line->shell, "/var/tmp/") || span_starts(line->shell, "/dev/") ||
	    (!judging->context->unvouched && suspects_find(&judging->context->suspects, shell))) {
		int r = flaws_relate(&judging->flaws, shell);

		return r < 0 ? r
			     : flaws_add(&judging->flaws, "account.system-login",
					 "its shell %s is a program that nothing vouches for",
					 shell);
	}
	if (is_root(judging->account) || !is_system(judging->account) ||
	    has_packaged_shell(judging->account))
		return 0;
	return flaws_add(&judging->flaws, "account.system-login",
			 "a system account (uid %u) with the login shell %s", line->uid,
			 *shell ? shell : "/bin/sh");
}

static int judge_entry(struct judging *judging)
{
	const struct account *account = judging->account;
	const struct passwd_line *line = &account->line;
	const char *known = account_imitates(line->name);
	int r = 0;

	if (known)
		r = flaws_add(&judging->flaws, "account.imitation",
			      "its name imitates the account %s", known);
	if (r == 0 && !line->is_valid)
		return flaws_add(&judging->flaws, "account.odd-entry",
				 "line %zu of /etc/passwd is malformed", account->number);
	if (r == 0 && accounts_find(judging->accounts, line->name) != account)
		r = flaws_add(&judging->flaws, "account.odd-entry",
			      "a second line of that name (/etc/passwd:%zu)", account->number);
	if (r == 0 && (line->uid > 65534 || (line->uid >= 60000 && line->uid < 64000)))
		r = flaws_add(&judging->flaws, "account.odd-entry",
			      "its uid %u lies outside the ranges that Debian gives out",
			      line->uid);
	if (r == 0 && is_root(account) && line->uid != 0)
		r = flaws_add(&judging->flaws, "account.odd-entry", "root has uid %u", line->uid);
	if (r == 0 && line->gid == 0 && line->uid != 0 && shell_is_login(line->shell))
		r = flaws_add(&judging->flaws, "account.privileged-group",
			      "its primary group is root");
	return r;
}

static int judge_passwd(struct judging *judging)
{
	const struct passwd_line *line = &judging->account->line;
	int r = judge_entry(judging);

	if (r < 0 || !line->is_valid)
		return r;
	r = judge_root(judging);
	if (r == 0)
		r = judge_shell(judging);
	if (r == 0 && line->password.size == 0)
		r = flaws_add(&judging->flaws, "account.empty-password",
			      "no password is asked for (/etc/passwd:%zu)",
			      judging->account->number);
	if (r == 0 && password_is_usable(line->password))
		r = flaws_add(&judging->flaws, "account.system-login",
			      "its password hash stands in /etc/passwd, which everybody reads");
	if (r == 0 && judging->accounts->data[FILE_SHADOW] && !judging->account->has_shadow &&
	    span_is(line->password, "x"))
		r = flaws_add(&judging->flaws, "account.odd-entry",
			      "it has no line in /etc/shadow");
	return r;
}

/* Another account with the same hash: salts are random, so it was copied. */
static const struct account *find_twin(const struct judging *judging)
{
	const struct accounts *accounts = judging->accounts;
	size_t low = 0, high = accounts->n_passwords;
	struct span password = judging->account->password;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct span other = accounts->by_password[middle]->password;
		size_t shorter = other.size < password.size ? other.size : password.size;
		int order = memcmp(other.text, password.text, shorter);

		if (order < 0 || (order == 0 && other.size < password.size))
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < accounts->n_passwords &&
	       span_same(accounts->by_password[low]->password, password);
	     low++)
		if (accounts->by_password[low] != judging->account)
			return accounts->by_password[low];
	return NULL;
}

static int judge_hash(struct judging *judging)
{
	const struct account *account = judging->account;
	const struct account *twin = find_twin(judging);
	bool grave = is_system(account);
	int r = flaws_add(&judging->flaws, grave ? "account.system-login" : "account.password",
			  "%s with a password%s, the same on every instance",
			  is_root(account) ? "root"
			  : grave	   ? "a system account"
					   : "an account",
			  password_is_weak(account->password) ? " in a weak old hash" : "");

	if (r == 0 && twin)
		r = flaws_add(&judging->flaws, "account.shared-password",
			      "the same password hash as %.*s", SPAN_ARGS(twin->line.name));
	return r;
}

static int judge_shadow(struct judging *judging)
{
	const struct account *account = judging->account;

	if (!account->has_shadow || !span_is(account->line.password, "x"))
		return 0;
	if (account->password.size == 0)
		return flaws_add(&judging->flaws, "account.empty-password",
				 "no password is asked for (empty in /etc/shadow)");
	if (!password_is_usable(account->password) ||
	    declared_has_password(judging->declared, account->line.name))
		return 0;
	return judge_hash(judging);
}

static int judge_memberships(struct judging *judging, struct span name)
{
	const struct membership *first;
	size_t count = accounts_find_memberships(judging->accounts, name, &first);
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		bool seen = false;

		if (!judging->accounts->is_suspect[first[i].file] || span_is(name, "root") ||
		    /* Ubuntu's rsyslog */
		    (span_is(name, "syslog") && span_is(first[i].group, "adm")) ||
		    declared_has_member(judging->declared, name, first[i].group))
			continue;
		for (size_t k = 0; k < i && k < FLAWS_SHOWN_MAX; k++)
			seen = seen || span_same(first[k].group, first[i].group);
		if (!seen)
			r = flaws_add(&judging->flaws, "account.privileged-group",
				      "a member of the group %.*s", SPAN_ARGS(first[i].group));
	}
	return r;
}

static int relate_files(struct judging *judging, struct span home)
{
	_cleanup_free_ char *path = span_copy(home);
	int r = 0;

	if (!path)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < _ACCOUNT_FILE_MAX; i++)
		if (judging->accounts->is_suspect[i])
			r = flaws_relate(&judging->flaws, account_paths[i]);
	if (r == 0 && home.size > 1 && suspects_find(&judging->context->suspects, path))
		r = flaws_relate(&judging->flaws, path);
	return r;
}

static const char *first_suspect(const struct accounts *accounts)
{
	for (size_t i = 0; i < _ACCOUNT_FILE_MAX; i++)
		if (accounts->is_suspect[i])
			return account_paths[i];
	return NULL;
}

static int report(struct judging *judging, struct span name, struct span home, struct findings *ret)
{
	char subject[128];
	int r;

	if (!judging->flaws.gravest)
		return 0;
	(void)snprintf(subject, sizeof(subject), "Account %.*s",
		       (int)(name.size < 64 ? name.size : 64), name.text);
	r = relate_files(judging, home);
	return r < 0 ? r
		     : flaws_report(&judging->flaws, first_suspect(judging->accounts), subject,
				    ret);
}

static int judge_account(struct judging *judging, struct findings *ret)
{
	const bool *is_suspect = judging->accounts->is_suspect;
	struct span name = judging->account->line.name;
	int r = 0;

	/* Lines for NIS are looked at in each of the files. */
	if (span_starts(name, "+") || span_starts(name, "-"))
		return 0;
	if (is_suspect[FILE_PASSWD])
		r = judge_passwd(judging);
	if (r == 0 && is_suspect[FILE_SHADOW])
		r = judge_shadow(judging);
	if (r == 0)
		r = judge_memberships(judging, name);
	return r < 0 ? r : report(judging, name, judging->account->line.home, ret);
}

static int judge_accounts(const struct check_context *context, const struct accounts *accounts,
			  const struct declared *declared, struct findings *ret)
{
	size_t before = ret->count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < accounts->count; i++) {
		struct judging judging = {.context = context,
					  .accounts = accounts,
					  .declared = declared,
					  .account = &accounts->items[i]};

		if (ret->count - before >= REPORTED_MAX)
			return flaws_uncovered("coverage.limit", account_paths[FILE_PASSWD],
					       "too many accounts to name", ret);
		r = judge_account(&judging, ret);
		flaws_done(&judging.flaws);
	}
	return r;
}

/* Members that passwd does not have: the account may come later, or from somewhere else. */
static int judge_strangers(const struct check_context *context, const struct accounts *accounts,
			   const struct declared *declared, struct findings *ret)
{
	size_t before = ret->count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < accounts->n_memberships; i++) {
		struct judging judging = {
			.context = context, .accounts = accounts, .declared = declared};
		struct span name = accounts->memberships[i].member;

		if (accounts_find(accounts, name) ||
		    (i > 0 && span_same(accounts->memberships[i - 1].member, name)))
			continue;
		if (ret->count - before >= REPORTED_MAX)
			return flaws_uncovered("coverage.limit", account_paths[FILE_GROUP],
					       "too many members to name", ret);
		r = judge_memberships(&judging, name);
		if (r == 0)
			r = report(&judging, name, (struct span){}, ret);
		flaws_done(&judging.flaws);
	}
	return r;
}

int account_check(const struct check_context *context, struct findings *ret,
		  struct error *error _unused_)
{
	_cleanup_declared_ struct declared declared = {};
	_cleanup_accounts_ struct accounts accounts = {};
	int r = accounts_load(context, ret, &accounts);

	if (r == 0)
		r = declared_init(context, &declared);
	if (r == 0)
		r = judge_accounts(context, &accounts, &declared, ret);
	if (r == 0)
		r = judge_strangers(context, &accounts, &declared, ret);
	if (r == 0)
		r = account_groups_judge(&accounts, ret);
	return r < 0 ? r : account_sources_judge(context, ret);
}
