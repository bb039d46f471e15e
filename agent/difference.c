/* SPDX-License-Identifier: Apache-2.0 */
#include "difference.h"

#include "policy.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

/* One attribute: its text, or -ENODATA when the entry does not state it. */
struct attribute {
	const char *name;
	int (*format)(const struct entry *entry, char **ret);
};

static _printf_(2, 3) int format_text(char **ret, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vasprintf(ret, format, arguments);
	va_end(arguments);
	return n < 0 ? -ENOMEM : 0;
}

static int format_type(const struct entry *entry, char **ret)
{
	/* The manifest's own files state a type and nothing else; an ignored directory likewise. */
	return format_text(ret, "%s", entry_type_to_string(entry->type));
}

static int format_mode(const struct entry *entry, char **ret)
{
	return entry->has & ENTRY_HAS_MODE ? format_text(ret, "%04o", (unsigned)entry->mode)
					   : -ENODATA;
}

static int format_uid(const struct entry *entry, char **ret)
{
	return entry->has & ENTRY_HAS_UID ? format_text(ret, "%u", (unsigned)entry->uid) : -ENODATA;
}

static int format_gid(const struct entry *entry, char **ret)
{
	return entry->has & ENTRY_HAS_GID ? format_text(ret, "%u", (unsigned)entry->gid) : -ENODATA;
}

static int format_size(const struct entry *entry, char **ret)
{
	return entry->has & ENTRY_HAS_SIZE ? format_text(ret, "%" PRIu64, entry->size) : -ENODATA;
}

static int format_link(const struct entry *entry, char **ret)
{
	if (!(entry->has & ENTRY_HAS_LINK))
		return -ENODATA;
	*ret = text_to_utf8(entry->link, strlen(entry->link));
	return *ret ? 0 : -ENOMEM;
}

static int format_device(const struct entry *entry, char **ret)
{
	return entry->has & ENTRY_HAS_DEVICE
		       ? format_text(ret, "%u,%u", major(entry->device), minor(entry->device))
		       : -ENODATA;
}

static int format_digest(const struct entry *entry, char **ret)
{
	char hex[DIGEST_HEX_SIZE];

	if (!(entry->has & ENTRY_HAS_DIGEST))
		return -ENODATA;
	digest_to_hex(&entry->digest, hex);
	return format_text(ret, "%s", hex);
}

static int format_ignore(const struct entry *entry, char **ret)
{
	return entry->has & ENTRY_IGNORE ? format_text(ret, "yes") : -ENODATA;
}

static int format_optional(const struct entry *entry, char **ret)
{
	return entry->has & ENTRY_OPTIONAL ? format_text(ret, "yes") : -ENODATA;
}

static int format_xattr(const struct entry *entry, enum entry_xattr xattr, char **ret)
{
	const struct entry_xattr_value *value = &entry->xattrs[xattr];

	if (!value->data)
		return -ENODATA;
	*ret = base64_encode(value->data, value->size);
	return *ret ? 0 : -ENOMEM;
}

static int format_capability(const struct entry *entry, char **ret)
{
	return format_xattr(entry, XATTR_CAPABILITY, ret);
}

static int format_acl_access(const struct entry *entry, char **ret)
{
	return format_xattr(entry, XATTR_ACL_ACCESS, ret);
}

static int format_acl_default(const struct entry *entry, char **ret)
{
	return format_xattr(entry, XATTR_ACL_DEFAULT, ret);
}

static const struct attribute attributes[] = {
	{"type", format_type},
	{"mode", format_mode},
	{"uid", format_uid},
	{"gid", format_gid},
	{"size", format_size},
	{"link", format_link},
	{"device", format_device},
	{"sha256", format_digest},
	{"security.capability", format_capability},
	{"system.posix_acl_access", format_acl_access},
	{"system.posix_acl_default", format_acl_default},
	{"ignore", format_ignore},
	{"optional", format_optional},
};

/* Sets `name` to {"old","new"} in `changes` when the attribute differs. */
static int compare_attribute(const struct attribute *attribute, const struct entry *old,
			     const struct entry *new, json_t *changes)
{
	_cleanup_free_ char *before = NULL;
	_cleanup_free_ char *after = NULL;
	int r;

	r = attribute->format(old, &before);
	if (r < 0 && r != -ENODATA)
		return r;
	r = attribute->format(new, &after);
	if (r < 0 && r != -ENODATA)
		return r;
	if (!before == !after && (!before || strcmp(before, after) == 0))
		return 0;
	return json_object_set_new(changes, attribute->name,
				   json_pack("{s:s?, s:s?}", "old", before, "new", after)) < 0
		       ? -ENOMEM
		       : 0;
}

/* {"path","type"}; the raw bytes too where the path is not UTF-8. */
static json_t *describe(const struct entry *entry)
{
	_cleanup_json_ json_t *object = NULL;
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *shown = NULL;
	_cleanup_free_ char *raw = NULL;

	if (entry_path_to_absolute(entry->path, &path) < 0)
		return NULL;
	shown = text_to_utf8(path, strlen(path));
	if (!shown)
		return NULL;
	object = json_pack("{s:s, s:s}", "path", shown, "type", entry_type_to_string(entry->type));
	if (!object || utf8_is_valid(path, strlen(path)))
		return TAKE_PTR(object);
	raw = base64_encode(path, strlen(path));
	if (!raw || json_object_set_new(object, "path_raw", json_string(raw)) < 0)
		return NULL;
	return TAKE_PTR(object);
}

static int append(json_t *list, const struct entry *entry, json_t *changes)
{
	_cleanup_json_ json_t *object = describe(entry);

	if (!object || (changes && json_object_set(object, "changes", changes) < 0) ||
	    json_array_append(list, object) < 0)
		return -ENOMEM;
	return 0;
}

static int compare_entries(struct difference *difference, const struct entry *old,
			   const struct entry *new)
{
	_cleanup_json_ json_t *changes = json_object();
	int r = changes ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < ELEMENTS(attributes); i++)
		r = compare_attribute(&attributes[i], old, new, changes);
	if (r < 0)
		return r;
	if (json_object_size(changes) > 0)
		return append(difference->changed, new, changes);
	difference->same++;
	return 0;
}

/* The entry where one side's reading stands; at the end `more` is 0. */
struct cursor {
	struct difference_side *side;
	struct entry entry;
	int more;
};

static void cursor_done(struct cursor *cursor)
{
	entry_done(&cursor->entry);
}

static int cursor_step(struct cursor *cursor, struct error *error)
{
	entry_done(&cursor->entry);
	cursor->entry = (struct entry){0};
	cursor->more = mtree_reader_next(cursor->side->reader, &cursor->entry, error);
	if (cursor->more <= 0)
		return cursor->more;
	return manifest_get_xattrs(cursor->side->manifest, &cursor->entry, error);
}

/* Which side comes first: below 0 the old one, above 0 the new one, 0 both. */
static int order(const struct cursor *old, const struct cursor *new)
{
	if (!old->more || !new->more)
		return new->more - old->more;
	return strcmp(old->entry.path, new->entry.path);
}

static int merge(struct difference *difference, struct cursor *old, struct cursor *new,
		 struct error *error)
{
	int r = 0;

	while (r == 0 && (old->more || new->more)) {
		int first = order(old, new);

		if (first < 0)
			r = append(difference->removed, &old->entry, NULL);
		else if (first > 0)
			r = append(difference->added, &new->entry, NULL);
		else
			r = compare_entries(difference, &old->entry, &new->entry);
		if (r < 0)
			return error_set(error, r, "out of memory");
		if (first <= 0)
			r = cursor_step(old, error);
		if (r == 0 && first >= 0)
			r = cursor_step(new, error);
		r = r > 0 ? 0 : r;
	}
	return r;
}

/* The bodies were checked before they were read; this is for one that changed in between. */
static int check_end(struct difference_side *side, struct error *error)
{
	struct digest digest;
	uint64_t size;
	int r;

	r = mtree_reader_finish(side->reader, &digest, &size);
	if (r < 0)
		return error_set(error, r, "%s: cannot compute a digest", side->directory);
	if (!digest_is_equal(&digest, &side->manifest->body_digest))
		return error_set(error, -EBADMSG, "%s: %s changed while it was read",
				 side->directory, MANIFEST_BODY_NAME);
	return 0;
}

int difference_find(struct difference *difference, struct error *error)
{
	_cleanup_(cursor_done) struct cursor old = {.side = &difference->old};
	_cleanup_(cursor_done) struct cursor new = {.side = &difference->new};
	int r;

	difference->added = json_array();
	difference->removed = json_array();
	difference->changed = json_array();
	if (!difference->added || !difference->removed || !difference->changed)
		return error_set(error, -ENOMEM, "out of memory");
	difference->has_new_policy = strcmp(policy_get_text(difference->old.manifest->policy),
					    policy_get_text(difference->new.manifest->policy)) != 0;
	r = cursor_step(&old, error);
	if (r < 0)
		return r;
	r = cursor_step(&new, error);
	if (r < 0)
		return r;
	r = merge(difference, &old, &new, error);
	if (r == 0)
		r = check_end(&difference->old, error);
	return r == 0 ? check_end(&difference->new, error) : r;
}

bool difference_is_empty(const struct difference *difference)
{
	return json_array_size(difference->added) == 0 &&
	       json_array_size(difference->removed) == 0 &&
	       json_array_size(difference->changed) == 0 && !difference->has_new_policy;
}

static void side_done(struct difference_side *side)
{
	free(side->directory);
	mtree_reader_free(side->reader);
	manifest_free(side->manifest);
}

void difference_done(struct difference *difference)
{
	side_done(&difference->old);
	side_done(&difference->new);
	json_decref(difference->added);
	json_decref(difference->removed);
	json_decref(difference->changed);
	*difference = (struct difference){0};
}
