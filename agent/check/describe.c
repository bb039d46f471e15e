/* SPDX-License-Identifier: Apache-2.0 */
#include "check/describe.h"

#include "catalog.h"
#include "check/name.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

#define LINE_MAX_SHOWN 200

static const struct {
	unsigned attribute;
	const char *name;
} attribute_names[] = {
	{ATTRIBUTE_TYPE, "type"},
	{ATTRIBUTE_DIGEST, "content"},
	{ATTRIBUTE_SIZE, "size"},
	{ATTRIBUTE_LINK, "link target"},
	{ATTRIBUTE_MODE, "mode"},
	{ATTRIBUTE_UID, "owner"},
	{ATTRIBUTE_GID, "group"},
	{ATTRIBUTE_DEVICE, "device numbers"},
	{ATTRIBUTE_CAPABILITY, "capabilities"},
	{ATTRIBUTE_ACL, "ACL"},
	{ATTRIBUTE_BEGINNING, "sealed beginning"},
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static int append_word(struct buffer *buffer, const char *word)
{
	if (buffer->size > 0 && buffer_append_text(buffer, " ") < 0)
		return -ENOMEM;
	return buffer_append_text(buffer, word);
}

static int append_xattr(struct buffer *buffer, const struct entry *entry, enum entry_xattr xattr)
{
	_cleanup_free_ char *text = NULL;
	int r;

	if (!entry->xattrs[xattr].data)
		return append_word(buffer, "none");
	text = base64_encode(entry->xattrs[xattr].data, entry->xattrs[xattr].size);
	if (!text)
		return -ENOMEM;
	r = append_word(buffer, entry_xattr_name(xattr));
	return r < 0 ? r : buffer_printf(buffer, "=%s", text);
}

static int append_acls(struct buffer *buffer, const struct entry *entry)
{
	int r = append_xattr(buffer, entry, XATTR_ACL_ACCESS);

	if (r == 0 && entry->xattrs[XATTR_ACL_DEFAULT].data)
		r = append_xattr(buffer, entry, XATTR_ACL_DEFAULT);
	return r;
}

/* The first two always differ together; one digest says both. */
static int append_content(struct buffer *buffer, const struct entry *entry)
{
	char hex[DIGEST_HEX_SIZE];
	int r;

	if (!(entry->has & ENTRY_HAS_DIGEST))
		return append_word(buffer, "content not read");
	digest_to_hex(&entry->digest, hex);
	r = append_word(buffer, "sha256:");
	return r < 0 ? r : buffer_append_text(buffer, hex);
}

/* The attributes of `entry` that are in the set, as words. */
static int append_attributes(struct buffer *buffer, const struct entry *entry, unsigned set)
{
	int r = 0;

	if (set & ATTRIBUTE_TYPE)
		r = append_word(buffer, entry_type_to_string(entry->type));
	if (r == 0 && set & ATTRIBUTE_DIGEST)
		r = append_content(buffer, entry);
	if (r == 0 && set & ATTRIBUTE_SIZE && entry->has & ENTRY_HAS_SIZE)
		r = buffer_printf(buffer, "%ssize=%" PRIu64, buffer->size ? " " : "", entry->size);
	if (r == 0 && set & ATTRIBUTE_LINK && entry->link)
		r = buffer_printf(buffer, "%slink to %s", buffer->size ? " " : "", entry->link);
	if (r == 0 && set & ATTRIBUTE_MODE)
		r = buffer_printf(buffer, "%smode=%04o", buffer->size ? " " : "",
				  (unsigned)entry->mode);
	if (r == 0 && set & ATTRIBUTE_UID)
		r = buffer_printf(buffer, "%suid=%u", buffer->size ? " " : "", entry->uid);
	if (r == 0 && set & ATTRIBUTE_GID)
		r = buffer_printf(buffer, "%sgid=%u", buffer->size ? " " : "", entry->gid);
	if (r == 0 && set & ATTRIBUTE_DEVICE)
		r = buffer_printf(buffer, "%sdevice=%u,%u", buffer->size ? " " : "",
				  major(entry->device), minor(entry->device));
	if (r == 0 && set & ATTRIBUTE_CAPABILITY)
		r = append_xattr(buffer, entry, XATTR_CAPABILITY);
	if (r == 0 && set & ATTRIBUTE_ACL)
		r = append_acls(buffer, entry);
	if (r == 0 && set & ATTRIBUTE_BEGINNING)
		r = append_word(buffer, "begins as sealed");
	return r;
}

/* What an entry that came or went is. */
static int append_entry(struct buffer *buffer, const struct entry *entry)
{
	unsigned set = ATTRIBUTE_TYPE | ATTRIBUTE_UID | ATTRIBUTE_GID;

	if (entry->type == ENTRY_LINK)
		return append_attributes(buffer, entry, ATTRIBUTE_LINK);
	set |= ATTRIBUTE_MODE;
	if (entry->type == ENTRY_FILE && entry->has & (ENTRY_HAS_SIZE | ENTRY_HAS_DIGEST))
		set |= ATTRIBUTE_SIZE | ATTRIBUTE_DIGEST;
	if (entry->has & ENTRY_HAS_DEVICE)
		set |= ATTRIBUTE_DEVICE;
	if (entry->xattrs[XATTR_CAPABILITY].data)
		set |= ATTRIBUTE_CAPABILITY;
	return append_attributes(buffer, entry, set);
}

/* The line of a file that tells most: what a unit starts, else the first that is not a comment. */
static const char *telling_line(const char *content, size_t *ret_length)
{
	static const char *const keys[] = {"ExecStart=", "Exec=", "RUN+=", "OnCalendar="};
	const char *line = content;

	for (size_t i = 0; i < ELEMENTS(keys); i++) {
		const char *found = strstr(content, keys[i]);

		if (found && (found == content || found[-1] == '\n' || found[-1] == ' ')) {
			*ret_length = strcspn(found, "\n");
			return found;
		}
	}
	while (*line == '#' || *line == ';' || *line == '[' || *line == '\n') {
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	*ret_length = strcspn(line, "\n");
	return *ret_length > 0 ? line : NULL;
}

/* Key type and comment; the key itself says nothing to a reader. */
static int append_key(struct buffer *buffer, const char *line, size_t length)
{
	_cleanup_free_ char *copy = strndup(line, length);
	char *rest = copy, *word;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	while (r == 0 && (word = strsep(&rest, " \t")))
		if (*word)
			r = append_word(buffer, strncmp(word, "AAAA", 4) == 0 ? "..." : word);
	return r;
}

static int append_line(struct buffer *buffer, const struct candidate *candidate)
{
	size_t length;
	const char *line = candidate->content ? telling_line(candidate->content, &length) : NULL;

	if (!line)
		return 0;
	if (length > LINE_MAX_SHOWN)
		length = LINE_MAX_SHOWN;
	if (candidate->kind == KIND_SSHKEY)
		return append_key(buffer, line, length);
	return buffer_append(buffer, line, length);
}

static int describe_unexpected(const struct candidate *head, struct buffer *actual)
{
	int r = append_line(actual, head);

	if (r < 0 || actual->size > 0)
		return r;
	return append_entry(actual, &head->difference->actual);
}

static bool is_enabled(const struct group_set *set, size_t head)
{
	for (size_t i = set->candidates[head].first; i != GROUP_NONE; i = set->candidates[i].next) {
		const char *path = set->candidates[i].difference->path;

		if (strstr(path, ".wants/") || strstr(path, ".requires/"))
			return true;
	}
	return false;
}

static int title_changed(const struct difference *difference, struct buffer *title)
{
	const char *separator = ": ";
	int r = buffer_append_text(title, " differs from the manifest");

	for (size_t i = 0; r == 0 && i < ELEMENTS(attribute_names); i++) {
		if (!(difference->attributes & attribute_names[i].attribute))
			continue;
		r = buffer_printf(title, "%s%s", separator, attribute_names[i].name);
		separator = ", ";
	}
	return r;
}

static const char *noun(const struct candidate *candidate)
{
	const struct difference *difference = candidate->difference;
	enum entry_type type =
		difference->actual.type ? difference->actual.type : difference->expected.type;

	if (!(mechanism_get(candidate->kind)->flags & MECHANISM_GENERIC))
		return mechanism_get(candidate->kind)->noun;
	switch (type) {
	case ENTRY_DIRECTORY:
		return "Directory";
	case ENTRY_LINK:
		return "Link";
	case ENTRY_CHAR:
	case ENTRY_BLOCK:
		return "Device node";
	default:
		return mechanism_get(candidate->kind)->noun;
	}
}

/* What is odd about the name or the place of something new. */
static int append_oddity(struct buffer *title, const struct candidate *candidate)
{
	const struct difference *difference = candidate->difference;
	const char *place = mechanism_odd_place(difference);
	struct name_reading reading;

	name_read(difference->path, &reading);
	switch (reading.oddity) {
	case NAME_LOOK_ALIKE:
		return buffer_printf(title, "; it looks like \"%s\" but has the letter U+%04X",
				     reading.looks_like, reading.character);
	case NAME_CONTROL:
		return buffer_printf(title, "; its name has the control character U+%04X",
				     reading.character);
	case NAME_INVISIBLE:
		return buffer_printf(title, "; its name has U+%04X, which is not seen",
				     reading.character);
	case NAME_BLANKS:
		return buffer_append_text(title, "; dots or blanks hide its name");
	case NAME_USUAL:
		break;
	}
	if (candidate->looks_like)
		return buffer_printf(title, "; it looks like %s", candidate->looks_like);
	return place ? buffer_printf(title, "; %s", place) : 0;
}

static int make_title(const struct group_set *set, size_t head, struct buffer *title)
{
	const struct candidate *candidate = &set->candidates[head];
	const struct difference *difference = candidate->difference;
	int r = buffer_printf(title, "%s %s", noun(candidate), base_name(difference->path));

	if (r < 0)
		return r;
	switch (difference->kind) {
	case DIFFERENCE_CHANGED:
		return title_changed(difference, title);
	case DIFFERENCE_MISSING:
		return buffer_append_text(title, " is missing");
	default:
		r = buffer_append_text(title, " is not in the manifest");
		if (r == 0 && is_enabled(set, head))
			r = buffer_append_text(title, " and is enabled");
		return r < 0 ? r : append_oddity(title, candidate);
	}
}

static int make_values(const struct candidate *head, struct buffer *expected, struct buffer *actual)
{
	const struct difference *difference = head->difference;
	int r;

	switch (difference->kind) {
	case DIFFERENCE_CHANGED:
		r = append_attributes(expected, &difference->expected, difference->attributes);
		if (r == 0)
			r = append_attributes(actual, &difference->actual,
					      difference->attributes & ~ATTRIBUTE_BEGINNING);
		if (r == 0 && difference->attributes & ATTRIBUTE_BEGINNING)
			r = append_word(actual, "its sealed beginning was changed or cut");
		return r;
	case DIFFERENCE_MISSING:
		r = append_entry(expected, &difference->expected);
		return r < 0 ? r : buffer_append_text(actual, "absent");
	default:
		r = buffer_append_text(expected, "absent");
		return r < 0 ? r : describe_unexpected(head, actual);
	}
}

static void take_text(struct buffer *buffer, char **ret)
{
	*ret = TAKE_PTR(buffer->data);
	*buffer = (struct buffer){};
}

int describe_group(const struct group_set *set, size_t head, struct finding *finding)
{
	_cleanup_buffer_ struct buffer title = {}, expected = {}, actual = {};
	int r = make_title(set, head, &title);

	if (r == 0)
		r = make_values(&set->candidates[head], &expected, &actual);
	if (r < 0)
		return r;
	take_text(&title, &finding->title);
	take_text(&expected, &finding->expected);
	take_text(&actual, &finding->actual);
	return 0;
}

static const struct {
	const char *code;
	const char *title;
} problems[_PROBLEM_MAX] = {
	[PROBLEM_UNREADABLE] = {"coverage.unreadable", "could not be read"},
	[PROBLEM_VANISHED] = {"coverage.vanished", "vanished while it was looked at"},
	[PROBLEM_CHANGED] = {"coverage.changed-while-read", "changed while it was read"},
	[PROBLEM_MOUNT] = {"coverage.mount", "has something mounted on it, which was not measured"},
	[PROBLEM_LIMIT] = {"coverage.limit", "lies too deep, or its path is too long"},
	[PROBLEM_LARGE] = {"coverage.limit", "holds more than a TiB and was not read"},
	[PROBLEM_TIME] = {"coverage.deadline", "was not read in time"},
};

int describe_problem(const struct difference *difference, struct finding *finding)
{
	const char *title = problems[difference->problem].title;
	int r = finding_start(finding, problems[difference->problem].code);

	if (r < 0)
		return r;
	finding->path = strdup(difference->path);
	if (!finding->path)
		return -ENOMEM;
	if (asprintf(&finding->title, "%s %s", base_name(difference->path), title) < 0) {
		finding->title = NULL;
		return -ENOMEM;
	}
	finding->actual = strdup(difference->error < 0 ? strerror(-difference->error) : title);
	return finding->actual ? 0 : -ENOMEM;
}
