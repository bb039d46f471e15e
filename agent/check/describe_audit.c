/* SPDX-License-Identifier: Apache-2.0 */
#include "check/describe_audit.h"

#include "check/describe.h"
#include "check/packages.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static int set_text(char **to, char *text)
{
	free(*to);
	*to = text;
	return text ? 0 : -ENOMEM;
}

static char *md5_to_text(const struct digest *digest)
{
	char hex[2 * DIGEST_MD5_SIZE + 1], *text;

	hex_encode(digest->bytes, DIGEST_MD5_SIZE, hex);
	return asprintf(&text, "md5:%s", hex) < 0 ? NULL : text;
}

static int describe_content(const struct difference *difference, const char *package,
			    struct finding *finding)
{
	int r = 0;

	if (asprintf(&finding->title,
		     "%s differs from package %s: content (by MD5; who is root can rewrite the "
		     "package database)",
		     base_name(difference->path), package) < 0)
		return set_text(&finding->title, NULL);
	r = set_text(&finding->expected, md5_to_text(&difference->expected.digest));
	return r < 0 ? r : set_text(&finding->actual, md5_to_text(&difference->actual.digest));
}

static char *rights_to_text(const struct entry *entry, unsigned attributes)
{
	char *text;
	int r;

	if (attributes & ATTRIBUTE_CAPABILITY)
		r = asprintf(&text, "%s file capabilities",
			     entry->xattrs[XATTR_CAPABILITY].data ? "with" : "without");
	else if (attributes & ATTRIBUTE_UID)
		r = asprintf(&text, "mode=%04o uid=%u", (unsigned)entry->mode, entry->uid);
	else
		r = asprintf(&text, "mode=%04o", (unsigned)entry->mode);
	return r < 0 ? NULL : text;
}

static int describe_rights(const struct difference *difference, const char *package,
			   struct finding *finding)
{
	int r;

	if (asprintf(&finding->title, "%s has rights that package %s does not give it",
		     base_name(difference->path), package) < 0)
		return set_text(&finding->title, NULL);
	r = set_text(&finding->expected,
		     rights_to_text(&difference->expected, difference->attributes));
	return r < 0 ? r
		     : set_text(&finding->actual,
				rights_to_text(&difference->actual, difference->attributes));
}

static int describe_type(const struct difference *difference, const char *package,
			 struct finding *finding)
{
	const char *type = entry_type_to_string(difference->actual.type);
	const char *link = difference->actual.link;
	int r;

	if (asprintf(&finding->title, "%s is not what package %s put there",
		     base_name(difference->path), package) < 0)
		return set_text(&finding->title, NULL);
	r = set_text(&finding->expected,
		     strdup(difference->expected.type == ENTRY_FILE ? "file" : "no regular file"));
	if (r < 0)
		return r;
	if (asprintf(&finding->actual, "%s%s%s", type ? type : "unknown", link ? " to " : "",
		     link ? link : "") < 0)
		return set_text(&finding->actual, NULL);
	return 0;
}

static int describe_link(const struct difference *difference, const char *package,
			 struct finding *finding)
{
	if (asprintf(&finding->title, "%s of package %s leads to a file that no package owns",
		     base_name(difference->path), package) < 0)
		return set_text(&finding->title, NULL);
	return set_text(&finding->actual,
			strdup(difference->actual.link ? difference->actual.link : ""));
}

static int describe_altered(const struct difference *difference, const char *package,
			    struct finding *finding)
{
	if (difference->attributes & ATTRIBUTE_TYPE)
		return describe_type(difference, package, finding);
	if (difference->attributes & ATTRIBUTE_LINK)
		return describe_link(difference, package, finding);
	if (difference->attributes & ATTRIBUTE_DIGEST)
		return describe_content(difference, package, finding);
	return describe_rights(difference, package, finding);
}

static int describe_removed(const struct difference *difference, const char *package,
			    struct finding *finding)
{
	int r;

	if (asprintf(&finding->title, "%s of package %s is gone", base_name(difference->path),
		     package) < 0)
		return set_text(&finding->title, NULL);
	r = set_text(&finding->expected, strdup("present"));
	return r < 0 ? r : set_text(&finding->actual, strdup("absent"));
}

/* Whether a link that enables the unit belongs to the group. */
static bool is_enabled(const struct group_set *set, size_t head)
{
	for (size_t i = set->candidates[head].first; i != GROUP_NONE; i = set->candidates[i].next) {
		const char *path = set->candidates[i].difference->path;

		if (strstr(path, ".wants/") || strstr(path, ".requires/"))
			return true;
	}
	return false;
}

static int describe_unowned(const struct group_set *set, size_t head, const char *hint,
			    struct finding *finding)
{
	const struct candidate *candidate = &set->candidates[head];
	int r = describe_group(set, head, finding);

	if (r < 0)
		return r;
	free(finding->title);
	if (asprintf(&finding->title, "%s %s belongs to no package%s",
		     mechanism_get(candidate->kind)->noun, base_name(candidate->difference->path),
		     is_enabled(set, head) ? " and is enabled" : "") < 0) {
		finding->title = NULL;
		return -ENOMEM;
	}
	return hint ? set_text(&finding->expected, strdup(hint)) : 0;
}

int describe_audit(const struct check_context *context, const struct group_set *set, size_t head,
		   const char *hint, struct finding *finding)
{
	const struct difference *difference = set->candidates[head].difference;
	struct package_file file = {};
	const char *package = "?";

	if (context->packages && packages_find(context->packages, difference->path, &file))
		package = file.package;
	switch (difference->kind) {
	case DIFFERENCE_CHANGED:
		return describe_altered(difference, package, finding);
	case DIFFERENCE_MISSING:
		return describe_removed(difference, package, finding);
	default:
		return describe_unowned(set, head, hint, finding);
	}
}
