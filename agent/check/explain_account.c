/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts (passwd(5), shadow(5), group(5), gshadow(5), subuid(5)). The manifest has only digests.
 * So what was declared is taken out of the file again: if the rest is what was sealed, that is all
 * that was done. If it is not, the entries are looked at one by one, to name what nothing explains.
 */
#include "check/explanation_private.h"

#include "digest.h"
#include "text.h"

#include <string.h>

#define FIELDS_MAX   10
#define APPENDED_MAX 64	 /* accounts that packages may have made */
#define NAMED_MAX    600 /* bytes of a remark */

enum account_file { PASSWD, SHADOW, GROUP, GSHADOW, SUBID };

static enum account_file file_of(const char *name)
{
	static const char *const names[] = {"passwd", "shadow", "group", "gshadow"};

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum account_file)i;
	return SUBID;
}

/* A line taken apart in place. */
struct account_line {
	char *fields[FIELDS_MAX];
	size_t count;
};

static void line_split(char *line, struct account_line *ret)
{
	char *rest = line, *field;

	ret->count = 0;
	while (ret->count < FIELDS_MAX && (field = strsep(&rest, ":")))
		ret->fields[ret->count++] = field;
}

static const char *field(const struct account_line *line, size_t index)
{
	return index < line->count ? line->fields[index] : "";
}

static bool is_locked(const char *hash)
{
	return hash[0] == '!' || hash[0] == '*';
}

/* Whether it is a number from `lowest` up to where people's accounts end. */
static bool is_id(const char *text, unsigned long lowest)
{
	char *end;
	unsigned long id = strtoul(text, &end, 10);

	return *text >= '0' && *text <= '9' && *end == '\0' && id >= lowest && id < 60000;
}

/* Whether the whole entry was declared. */
static bool is_declared(const struct explainer *explainer, enum account_file file,
			const struct account_line *line)
{
	const struct provenance *provenance = explainer->provenance;
	const char *name = field(line, 0);

	if (file == GROUP || file == GSHADOW)
		return provenance_declares_group(provenance, name) && strcmp(name, "root") != 0 &&
		       (file == GSHADOW ? is_locked(field(line, 1)) || field(line, 1)[0] == '\0'
					: is_id(field(line, 2), 100));
	if (!provenance_declares_user(provenance, name) || strcmp(name, "root") == 0)
		return false;
	switch (file) {
	case PASSWD:
		return is_id(field(line, 2), 100) && strcmp(field(line, 1), "x") == 0;
	case SHADOW:
		return is_locked(field(line, 1)) || provenance_declares_password(provenance, name);
	default:
		return is_id(field(line, 1), 100000) || strtoul(field(line, 1), NULL, 10) >= 60000;
	}
}

/* Appends the members of a group that were not declared for it. */
static int append_members(const struct explainer *explainer, const struct account_line *line,
			  struct buffer *out)
{
	_cleanup_free_ char *copy = strdup(field(line, 3));
	char *rest = copy, *member;
	bool any = false;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && (member = strsep(&rest, ","))) {
		if (provenance_declares_member(explainer->provenance, member, field(line, 0)))
			continue;
		r = buffer_printf(out, "%s%s", any ? "," : "", member);
		any = true;
	}
	return r;
}

static int append_entry(const struct explainer *explainer, enum account_file file,
			const struct account_line *line, struct buffer *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < line->count; i++) {
		if (i > 0)
			r = buffer_append_text(out, ":");
		if (r == 0)
			r = (file == GROUP || file == GSHADOW) && i == 3
				    ? append_members(explainer, line, out)
				    : buffer_append_text(out, line->fields[i]);
	}
	return r < 0 ? r : buffer_append_text(out, "\n");
}

/* The file without what was declared. */
static int subtract(const struct explainer *explainer, enum account_file file, const char *data,
		    struct buffer *out)
{
	_cleanup_free_ char *copy = strdup(data);
	char *rest = copy, *text;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && (text = strsep(&rest, "\n"))) {
		struct account_line line;

		if (*text == '\0')
			continue;
		line_split(text, &line);
		if (!is_declared(explainer, file, &line))
			r = append_entry(explainer, file, &line, out);
	}
	return r;
}

/* An account as the scripts of packages make it: a system one that nobody can log in to. */
static bool is_harmless(enum account_file file, const struct account_line *line)
{
	const char *shell = field(line, 6);

	switch (file) {
	case PASSWD:
		return is_id(field(line, 2), 100) && !is_id(field(line, 2), 1000) &&
		       strcmp(field(line, 1), "x") == 0 &&
		       (strstr(shell, "nologin") || strcmp(shell, "/bin/false") == 0);
	case GROUP:
		return is_id(field(line, 2), 100) && field(line, 3)[0] == '\0';
	case SHADOW:
	case GSHADOW:
		return is_locked(field(line, 1));
	default:
		return false;
	}
}

/*
 * How many lines at the end came after the seal: the longest beginning that is what was sealed says
 * so. SIZE_MAX when there is none.
 */
static size_t count_appended(const struct digest *sealed, const struct buffer *rest)
{
	size_t size = rest->size, lines;

	for (lines = 0; lines <= APPENDED_MAX; lines++) {
		struct digest digest;

		if (digest_compute(rest->data ? rest->data : "", size, &digest) < 0)
			return SIZE_MAX;
		if (digest_is_equal(&digest, sealed))
			return lines;
		if (size == 0)
			return SIZE_MAX;
		for (size--; size > 0 && rest->data[size - 1] != '\n';)
			size--;
	}
	return SIZE_MAX;
}

/* What about an entry would be odd in any image; NULL when nothing is. */
static const char *find_oddity(const struct explainer *explainer, enum account_file file,
			       const struct account_line *line)
{
	const char *name = field(line, 0), *shell = field(line, 6);
	bool root = strcmp(name, "root") == 0;

	switch (file) {
	case PASSWD:
		if (!root && (!is_id(field(line, 2), 1) && strcmp(name, "nobody") != 0))
			return "an unusual uid";
		if (!root && strtoul(field(line, 3), NULL, 10) == 0)
			return "the group of root";
		if (strcmp(field(line, 1), "x") != 0)
			return "a password that is not in shadow";
		if (is_id(field(line, 2), 1000) &&
		    !provenance_declares_user(explainer->provenance, name))
			return "an account that was not declared";
		return !root && !is_id(field(line, 2), 1000) && strcmp(name, "sync") != 0 &&
				       !strstr(shell, "nologin") && !strstr(shell, "false")
			       ? "a system account with a shell"
			       : NULL;
	case SHADOW:
		if (field(line, 1)[0] == '\0')
			return "an empty password";
		return !is_locked(field(line, 1)) &&
				       !provenance_declares_password(explainer->provenance, name)
			       ? "a password that was not declared"
			       : NULL;
	case GROUP:
		if (!root && strtoul(field(line, 2), NULL, 10) == 0)
			return "the number of root's group";
		return field(line, 3)[0] ? "members that were not declared" : NULL;
	case GSHADOW:
		if (!is_locked(field(line, 1)) && field(line, 1)[0])
			return "a group password";
		return field(line, 3)[0] ? "members that were not declared" : NULL;
	default:
		return NULL;
	}
}

/* Names what is wrong in the last `lines` lines, or with SIZE_MAX in all of them. */
static int name_entries(const struct explainer *explainer, enum account_file file,
			const struct buffer *rest, size_t lines, struct buffer *named)
{
	_cleanup_free_ char *copy = strdup(rest->data ? rest->data : "");
	char *at = copy, *text;
	size_t left = 0;
	int r = copy ? 0 : -ENOMEM;

	for (const char *p = copy; p && *p; p++)
		left += *p == '\n';
	while (r == 0 && left > 0 && (text = strsep(&at, "\n"))) {
		struct account_line line;
		const char *oddity;

		if (left-- > lines || *text == '\0' || named->size > NAMED_MAX)
			continue;
		line_split(text, &line);
		oddity = find_oddity(explainer, file, &line);
		if (!oddity && lines != SIZE_MAX)
			oddity = is_harmless(file, &line) && installed_any(explainer->installed)
					 ? NULL
					 : "not declared";
		if (oddity)
			r = buffer_printf(
				named, "%s%s%s%s: %s", named->size ? "; " : "", field(&line, 0),
				field(&line, 3)[0] && file == GROUP ? ":" : "",
				file == GROUP || file == GSHADOW ? field(&line, 3) : "", oddity);
	}
	return r;
}

/* The digest of the sealed file: for passwd- that of passwd, of which it is an earlier state. */
static const struct digest *find_sealed(const struct explainer *explainer,
					const struct difference *difference, const char *base)
{
	const struct difference *main = explainer_find(explainer, base);

	if (!main || !(main->expected.has & ENTRY_HAS_DIGEST))
		main = difference;
	return main->expected.has & ENTRY_HAS_DIGEST ? &main->expected.digest : NULL;
}

static bool is_backup(const char *path)
{
	return path[strlen(path) - 1] == '-';
}

static bool is_password_change(const struct explainer *explainer, enum account_file file)
{
	return file == SHADOW && (provenance_declares_key_of(explainer->provenance, "chpasswd") ||
				  provenance_declares_key_of(explainer->provenance, "password"));
}

static int judge(const struct explainer *explainer, enum account_file file, const char *data,
		 const struct digest *sealed, struct explanation *ret)
{
	_cleanup_buffer_ struct buffer rest = {}, named = {};
	size_t appended;
	int r = subtract(explainer, file, data, &rest);

	if (r < 0)
		return r;
	appended = sealed ? count_appended(sealed, &rest) : SIZE_MAX;
	if (appended == 0)
		return explain_as(ret, SEVERITY_INFO,
				  "the sealed file, and the accounts that the instance was told to "
				  "make");
	r = name_entries(explainer, file, &rest, appended, &named);
	if (r < 0)
		return r;
	if (named.size == 0 && appended != SIZE_MAX)
		return explain_as(
			ret, SEVERITY_INFO,
			"the sealed file, the accounts that the instance was told to make, "
			"and system accounts of packages");
	if (named.size > 0)
		return explain_remark(ret, "not explained: %s", named.data);
	if (!provenance_get_instance(explainer->provenance))
		return 0;
	/* A password of an account that is sealed, such as root's, cannot be taken out again. */
	return explain_weakly(
		ret, is_password_change(explainer, file)
			     ? "chpasswd of user-data"
			     : "no entry is out of the ordinary, though more than the declared "
			       "accounts has changed");
}

int explain_account(struct explainer *explainer, const struct difference *difference,
		    const char *text, struct explanation *ret)
{
	size_t size;
	_cleanup_free_ char *data = explainer_read(explainer, difference->path, &size);
	char base[32];

	(void)snprintf(base, sizeof(base), "/etc/%s", text);
	if (!data || strlen(data) != size ||
	    (strcmp(difference->path, base) != 0 && !is_backup(difference->path)))
		return 0;
	return judge(explainer, file_of(text), data, find_sealed(explainer, difference, base), ret);
}
