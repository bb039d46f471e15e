/* SPDX-License-Identifier: Apache-2.0 */
/* What lets somebody log in or become root: keys, sudo rules, homes. */
#include "check/explanation_private.h"

#include "digest.h"
#include "text.h"

#include <string.h>
#include <sys/stat.h>

#define NAMED_MAX 600 /* bytes of a remark */

/* The field of a user's passwd line whose field `by` is `value`; the caller frees it. */
static char *find_in_passwd(const struct explainer *explainer, unsigned by, const char *value,
			    unsigned wanted)
{
	size_t size;
	_cleanup_free_ char *data = explainer_read(explainer, "/etc/passwd", &size);
	char *rest = data, *line;

	while (data && (line = strsep(&rest, "\n"))) {
		char *fields[7] = {}, *field;
		size_t n = 0;

		while (n < ELEMENTS(fields) && (field = strsep(&line, ":")))
			fields[n++] = field;
		if (n == ELEMENTS(fields) && strcmp(fields[by], value) == 0)
			return strdup(fields[wanted]);
	}
	return NULL;
}

/* Whose keys they are: the account whose home lies above; NULL when there is none. */
static char *find_owner(const struct explainer *explainer, const char *path)
{
	const char *end = strstr(path, "/.ssh/");
	_cleanup_free_ char *home = end ? strndup(path, (size_t)(end - path)) : NULL;

	return home ? find_in_passwd(explainer, 5, home, 0) : NULL;
}

/* It must be the account's, nobody else's to change, and no program. */
static bool is_owned(const struct explainer *explainer, const struct difference *difference,
		     const char *user)
{
	_cleanup_free_ char *uid = find_in_passwd(explainer, 0, user, 2);
	mode_t unwanted = difference->actual.type == ENTRY_DIRECTORY ? 07022 : 07133;
	char own[16];

	(void)snprintf(own, sizeof(own), "%u", difference->actual.uid);
	return uid && strcmp(uid, own) == 0 && !(difference->actual.mode & unwanted);
}

/* cloud-init's disabled copy of a key refuses the login with this command. */
static bool is_disabled(const char *line, size_t length)
{
	static const char options[] =
		"no-port-forwarding,no-agent-forwarding,no-X11-forwarding,command=\"echo 'Please "
		"login as the user \\\"";

	return length > strlen(options) && strncmp(line, options, strlen(options)) == 0 &&
	       !memmem(line, length, "`", 1) && !memmem(line, length, "$(", 2);
}

static bool has_options(const char *line, const char *type)
{
	return strncmp(line, type, strlen(type)) != 0;
}

static bool is_announced(const struct explainer *explainer, const char *user, const char *line,
			 size_t length)
{
	_cleanup_free_ char *key = provenance_key_of_line(line, length);
	char *blank = key ? strchr(key, ' ') : NULL;

	if (!blank)
		return false;
	*blank = '\0';
	if (!provenance_declares_key(explainer->provenance, user, key, blank + 1))
		return false;
	if (has_options(line, key))
		return is_disabled(line, length);
	return strcmp(user, "root") != 0 || provenance_allows_root(explainer->provenance);
}

/* "ssh-ed25519 SHA256:... comment", of a key that nothing announced. */
static int name_key(const char *line, size_t length, struct buffer *named)
{
	_cleanup_free_ char *key = provenance_key_of_line(line, length), *print = NULL;
	_cleanup_free_ char *blob = NULL;
	const char *base64 = key ? strchr(key, ' ') : NULL, *comment;
	struct digest digest;
	size_t size;
	int r;

	if (!base64 || base64_unpack(base64 + 1, strlen(base64 + 1), &blob, &size) < 0 ||
	    digest_compute(blob, size, &digest) < 0)
		return buffer_printf(named, "%s%.*s", named->size ? "; " : "",
				     (int)(length < 100 ? length : 100), line);
	print = base64_encode(digest.bytes, sizeof(digest.bytes));
	if (!print)
		return -ENOMEM;
	comment = memmem(line, length, base64 + 1, strlen(base64 + 1));
	comment = comment ? comment + strlen(base64 + 1) : line + length;
	r = buffer_printf(named, "%s%.*s SHA256:%.43s%.*s", named->size ? "; " : "",
			  (int)(base64 - key), key, print, (int)(line + length - comment), comment);
	return r < 0 || !has_options(line, "ssh-") || !has_options(line, "ecdsa-")
		       ? r
		       : buffer_printf(named, ", with options %.*s",
				       (int)(length < 100 ? length : 100), line);
}

/* Keeps the lines that nothing announced, and names the keys among them. */
static int sift(const struct explainer *explainer, const char *user, const char *data,
		struct buffer *kept, struct buffer *named)
{
	int r = 0;

	while (r == 0 && *data) {
		size_t length = strcspn(data, "\n"), whole = length + (data[length] == '\n');
		size_t skip = strspn(data, " \t");

		if (!is_announced(explainer, user, data, length)) {
			r = buffer_append(kept, data, whole);
			if (r == 0 && skip < length && data[skip] != '#' && named->size < NAMED_MAX)
				r = name_key(data, length, named);
		}
		data += whole;
	}
	return r;
}

static bool is_sealed(const struct difference *difference, const struct buffer *kept)
{
	struct digest digest;

	return difference->kind == DIFFERENCE_CHANGED &&
	       difference->expected.has & ENTRY_HAS_DIGEST &&
	       digest_compute(kept->data ? kept->data : "", kept->size, &digest) == 0 &&
	       digest_is_equal(&digest, &difference->expected.digest);
}

int explain_keys(struct explainer *explainer, const struct difference *difference,
		 const char *text _unused_, struct explanation *ret)
{
	size_t size;
	_cleanup_free_ char *data = explainer_read(explainer, difference->path, &size);
	_cleanup_free_ char *user = find_owner(explainer, difference->path);
	_cleanup_buffer_ struct buffer kept = {}, named = {};
	int r;

	if (!data || strlen(data) != size)
		return 0;
	if (!user)
		return explain_remark(ret, "no account has this home");
	r = sift(explainer, user, data, &kept, &named);
	if (r < 0)
		return r;
	if (named.size > 0 && !is_sealed(difference, &kept))
		return explain_remark(ret, "not announced for %s: %s", user, named.data);
	if (!is_owned(explainer, difference, user))
		return explain_remark(ret, "others than %s can change it", user);
	return explain_as(ret, SEVERITY_INFO,
			  "keys that metadata or user-data announced for this account");
}

/* "USER RULE" of a declared account. */
static bool is_declared_rule(const struct explainer *explainer, const char *line, size_t length)
{
	size_t name = strcspn(line, " \t");
	_cleanup_free_ char *user = NULL, *rule = NULL;

	if (name >= length)
		return false;
	user = strndup(line, name);
	rule = strndup(line + name + 1, length - name - 1);
	return user && rule && provenance_declares_sudo(explainer->provenance, user, rule);
}

int explain_sudoers(struct explainer *explainer, const struct difference *difference,
		    const char *text _unused_, struct explanation *ret)
{
	size_t size;
	_cleanup_free_ char *data = explainer_read(explainer, difference->path, &size);
	const char *line = data;

	if (!data || strlen(data) != size)
		return 0;
	while (*line) {
		size_t length = strcspn(line, "\n");
		/* "#include" and "#includedir" are no comments (sudoers(5)). */
		bool comment = length == 0 || strncmp(line, "# ", 2) == 0;

		if (!comment && !is_declared_rule(explainer, line, length))
			return explain_remark(ret, "not declared: %.*s", (int)length, line);
		line += length + (line[length] == '\n');
	}
	return explain_as(ret, SEVERITY_INFO,
			  "sudo rules of the accounts that the instance was told to make");
}

/* The part of the path below the home, and the account; NULL when no declared one has that home. */
static const char *below_home(const struct explainer *explainer, const char *path, char **ret_user)
{
	const char *name = path + strlen("/home/"), *end = strchrnul(name, '/');
	_cleanup_free_ char *home = strndup(path, (size_t)(end - path));
	_cleanup_free_ char *user = home ? find_in_passwd(explainer, 5, home, 0) : NULL;

	if (!user || !provenance_declares_user(explainer->provenance, user))
		return NULL;
	*ret_user = TAKE_PTR(user);
	return end;
}

/* Whether the file is a copy of what the sealed skeleton has under the same name. */
static bool is_from_skeleton(const struct explainer *explainer, const char *path, const char *below)
{
	_cleanup_free_ char *skeleton = NULL, *ours = NULL, *theirs = NULL;
	size_t our_size, their_size;

	if (asprintf(&skeleton, "/etc/skel%s", below) < 0) {
		skeleton = NULL;
		return false;
	}
	if (!explainer_trusts(explainer, skeleton))
		return false;
	ours = explainer_read(explainer, path, &our_size);
	theirs = explainer_read(explainer, skeleton, &their_size);
	return ours && theirs && our_size == their_size && memcmp(ours, theirs, our_size) == 0;
}

int explain_home(struct explainer *explainer, const struct difference *difference,
		 const char *text _unused_, struct explanation *ret)
{
	_cleanup_free_ char *user = NULL;
	const char *below = below_home(explainer, difference->path, &user);
	const struct entry *actual = &difference->actual;

	if (!below || !is_owned(explainer, difference, user))
		return 0;
	if (actual->type == ENTRY_DIRECTORY && (*below == '\0' || strcmp(below, "/.ssh") == 0))
		return explain_as(ret, SEVERITY_INFO,
				  "home of an account that the instance was told to make");
	if (actual->type == ENTRY_FILE && is_from_skeleton(explainer, difference->path, below))
		return explain_as(ret, SEVERITY_INFO,
				  "home of an account that the instance was told to make");
	return 0;
}

/* An empty mailbox of an account that was declared. */
int explain_mailbox(struct explainer *explainer, const struct difference *difference,
		    const char *text _unused_, struct explanation *ret)
{
	const char *user = strrchr(difference->path, '/') + 1;
	const struct entry *actual = &difference->actual;

	if (!provenance_declares_user(explainer->provenance, user) || actual->type != ENTRY_FILE ||
	    !(actual->has & ENTRY_HAS_SIZE) || actual->size != 0)
		return 0;
	return explain_as(ret, SEVERITY_INFO,
			  "home of an account that the instance was told to make");
}
