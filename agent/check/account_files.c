/* SPDX-License-Identifier: Apache-2.0 */
#include "check/account_files.h"

#include "check/flaws.h"

#include <string.h>

const char *const account_paths[_ACCOUNT_FILE_MAX] = {
	[FILE_PASSWD] = "/etc/passwd",
	[FILE_SHADOW] = "/etc/shadow",
	[FILE_GROUP] = "/etc/group",
	[FILE_GSHADOW] = "/etc/gshadow",
};

void accounts_done(struct accounts *accounts)
{
	for (size_t i = 0; i < _ACCOUNT_FILE_MAX; i++)
		free(accounts->data[i]);
	free(accounts->items);
	free(accounts->by_name);
	free(accounts->by_password);
	free(accounts->memberships);
	*accounts = (struct accounts){};
}

static int compare_spans(struct span a, struct span b)
{
	size_t shorter = a.size < b.size ? a.size : b.size;
	int order = shorter ? memcmp(a.text, b.text, shorter) : 0;

	return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_names(const void *a, const void *b)
{
	const struct account *const *x = a, *const *y = b;
	int order = compare_spans((*x)->line.name, (*y)->line.name);

	return order ? order : (*x > *y) - (*x < *y);
}

static int compare_passwords(const void *a, const void *b)
{
	const struct account *const *x = a, *const *y = b;
	int order = compare_spans((*x)->password, (*y)->password);

	return order ? order : (*x > *y) - (*x < *y);
}

static int compare_members(const void *a, const void *b)
{
	const struct membership *x = a, *y = b;

	return compare_spans(x->member, y->member);
}

bool group_is_privileged(struct span name)
{
	static const char *const privileged[] = {
		"root",	  "sudo",  "wheel", "admin",   "adm", "disk", "shadow",
		"docker", "lxd",   "incus", "libvirt", "kvm", "kmem", "systemd-journal",
		"staff",  "podman"};

	for (size_t i = 0; i < ELEMENTS(privileged); i++)
		if (span_is(name, privileged[i]))
			return true;
	return false;
}

static size_t count_lines(const char *data, size_t size)
{
	struct span rest = {data, size}, line;
	size_t count = 0;

	while (span_line(&rest, &line))
		count++;
	return count;
}

static int parse_passwd(struct accounts *accounts)
{
	struct span rest = {accounts->data[FILE_PASSWD], accounts->size[FILE_PASSWD]}, line;
	size_t space = count_lines(rest.text, rest.size) + 1;

	accounts->items = calloc(space, sizeof(*accounts->items));
	accounts->by_name = calloc(space, sizeof(struct account *));
	accounts->by_password = calloc(space, sizeof(struct account *));
	if (!accounts->items || !accounts->by_name || !accounts->by_password)
		return -ENOMEM;
	for (size_t number = 1; span_line(&rest, &line); number++) {
		struct account *account = &accounts->items[accounts->count];

		if (!passwd_parse(line, &account->line))
			continue;
		account->number = number;
		account->password = account->line.password;
		accounts->by_name[accounts->count++] = account;
	}
	qsort(accounts->by_name, accounts->count, sizeof(*accounts->by_name), compare_names);
	return 0;
}

const struct account *accounts_find(const struct accounts *accounts, struct span name)
{
	size_t low = 0, high = accounts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_spans(accounts->by_name[middle]->line.name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == accounts->count || !span_same(accounts->by_name[low]->line.name, name))
		return NULL;
	return accounts->by_name[low];
}

static void parse_shadow(struct accounts *accounts)
{
	struct span rest = {accounts->data[FILE_SHADOW], accounts->size[FILE_SHADOW]}, line;
	struct shadow_line shadow;

	while (span_line(&rest, &line)) {
		const struct account *found;

		if (!shadow_parse(line, &shadow))
			continue;
		found = accounts_find(accounts, shadow.name);
		if (!found || found->has_shadow)
			continue;
		/* The C library goes there only when passwd(5) says "x". */
		accounts->items[found - accounts->items].has_shadow = true;
		if (span_is(found->line.password, "x"))
			accounts->items[found - accounts->items].password = shadow.password;
	}
}

static void sort_passwords(struct accounts *accounts)
{
	for (size_t i = 0; i < accounts->count; i++)
		if (password_is_usable(accounts->items[i].password))
			accounts->by_password[accounts->n_passwords++] = &accounts->items[i];
	qsort(accounts->by_password, accounts->n_passwords, sizeof(*accounts->by_password),
	      compare_passwords);
}

static int add_membership(struct accounts *accounts, struct span member, struct span group,
			  enum account_file file)
{
	/* Room doubles at powers of two. */
	if ((accounts->n_memberships & (accounts->n_memberships - 1)) == 0) {
		size_t space = accounts->n_memberships ? accounts->n_memberships * 2 : 1;
		void *grown =
			reallocarray(accounts->memberships, space, sizeof(*accounts->memberships));

		if (!grown)
			return -ENOMEM;
		accounts->memberships = grown;
	}
	accounts->memberships[accounts->n_memberships++] = (struct membership){member, group, file};
	return 0;
}

static int parse_members(struct accounts *accounts, enum account_file file)
{
	struct span rest = {accounts->data[file], accounts->size[file]}, line, member;
	struct group_line group = {};
	int r = 0;

	while (r == 0 && span_line(&rest, &line)) {
		if (!(file == FILE_GROUP ? group_parse : gshadow_parse)(line, &group) ||
		    !group_is_privileged(group.name))
			continue;
		while (r == 0 && span_field(&group.members, ',', &member))
			if (span_trim(member).size > 0)
				r = add_membership(accounts, span_trim(member), group.name, file);
	}
	return r;
}

size_t accounts_find_memberships(const struct accounts *accounts, struct span member,
				 const struct membership **ret)
{
	size_t low = 0, high = accounts->n_memberships, count = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_spans(accounts->memberships[middle].member, member) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret = accounts->memberships + low;
	while (low + count < accounts->n_memberships &&
	       span_same(accounts->memberships[low + count].member, member))
		count++;
	return count;
}

static int read_all(const struct check_context *context, struct findings *findings,
		    struct accounts *accounts)
{
	bool any = false;
	int r = 0;

	for (size_t i = 0; i < _ACCOUNT_FILE_MAX; i++) {
		accounts->is_suspect[i] = suspects_find(&context->suspects, account_paths[i]);
		any = any || accounts->is_suspect[i];
	}
	for (size_t i = 0; any && r >= 0 && i < _ACCOUNT_FILE_MAX; i++)
		r = flaws_read(context, account_paths[i], ACCOUNT_FILE_MAX, findings,
			       &accounts->data[i], &accounts->size[i]);
	return r < 0 ? r : 0;
}

int accounts_load(const struct check_context *context, struct findings *findings,
		  struct accounts *ret)
{
	int r;

	*ret = (struct accounts){};
	r = read_all(context, findings, ret);
	if (r == 0)
		r = parse_passwd(ret);
	if (r == 0) {
		parse_shadow(ret);
		sort_passwords(ret);
		r = parse_members(ret, FILE_GROUP);
	}
	if (r == 0)
		r = parse_members(ret, FILE_GSHADOW);
	if (r == 0 && ret->n_memberships > 0)
		qsort(ret->memberships, ret->n_memberships, sizeof(*ret->memberships),
		      compare_members);
	return r;
}
