/* SPDX-License-Identifier: Apache-2.0 */
#include "check/declared.h"

#include "measure/root.h"

#include <string.h>

#define CLOUD_CFG     "/etc/cloud/cloud.cfg"
#define CLOUD_CFG_MAX (256 * 1024)

void declared_done(struct declared *declared)
{
	free(declared->default_user);
	*declared = (struct declared){};
}

static size_t indentation(struct span line)
{
	size_t size = 0;

	while (size < line.size && line.text[size] == ' ')
		size++;
	return size;
}

/* The block's first `name:` that stands deeper than `default_user:`. */
static char *find_name(struct span *rest, size_t depth)
{
	struct span line;

	while (span_line(rest, &line)) {
		struct span words = span_trim(line), name;

		if (words.size == 0 || words.text[0] == '#')
			continue;
		if (indentation(line) <= depth)
			return NULL;
		if (!span_starts(words, "name:"))
			continue;
		words = span_after(words, strlen("name:"));
		return span_quoted(&words, &name) ? span_copy(name) : NULL;
	}
	return NULL;
}

char *declared_parse_default_user(struct span text)
{
	bool inside = false;
	struct span line;

	while (span_line(&text, &line)) {
		if (span_starts(line, "system_info:"))
			inside = true;
		else if (line.size > 0 && line.text[0] != ' ' && line.text[0] != '#')
			inside = false;
		if (inside && span_is(span_trim(line), "default_user:"))
			return find_name(&text, indentation(line));
	}
	return NULL;
}

int declared_init(const struct check_context *context, struct declared *ret)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r;

	*ret = (struct declared){.is_boot = context->situation == SITUATION_BOOT};
	if (!ret->is_boot || suspects_find(&context->suspects, CLOUD_CFG))
		return 0;
	r = root_read(context->root_fd, CLOUD_CFG, CLOUD_CFG_MAX, &data, &size);
	if (r == -ENOMEM)
		return r;
	/* An image without cloud-init declares nothing. */
	if (r >= 0)
		ret->default_user = declared_parse_default_user((struct span){data, size});
	return 0;
}

static bool is_default_user(const struct declared *declared, struct span user)
{
	return declared->default_user && span_is(user, declared->default_user);
}

bool declared_has_account(const struct declared *declared, struct span user)
{
	return is_default_user(declared, user);
}

bool declared_has_member(const struct declared *declared, struct span user, struct span group)
{
	/* The groups of Debian's and Ubuntu's cloud.cfg. */
	static const char *const groups[] = {"adm",   "sudo",	 "lxd",	  "audio",
					     "cdrom", "dialout", "dip",	  "floppy",
					     "video", "plugdev", "netdev"};

	for (size_t i = 0; is_default_user(declared, user) && i < ELEMENTS(groups); i++)
		if (span_is(group, groups[i]))
			return true;
	return false;
}

bool declared_has_password(const struct declared *declared _unused_, struct span user _unused_)
{
	/* The default user's is locked. */
	return false;
}

bool declared_has_sudo(const struct declared *declared, struct span user, struct span rule _unused_)
{
	return is_default_user(declared, user);
}

bool declared_has_key(const struct declared *declared, struct span user, const struct key_line *key)
{
	return declared->is_boot && span_is(user, "root") && key_line_is_disabled(key);
}

bool declared_has_certificate(const struct declared *declared _unused_, const void *der _unused_,
			      size_t size _unused_)
{
	return false;
}
