/* SPDX-License-Identifier: Apache-2.0 */
#include "check/declared.h"

#include "measure/root.h"
#include "text.h"

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

	*ret = (struct declared){.is_boot = context->situation == SITUATION_BOOT,
				 .provenance = context->provenance};
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
	_cleanup_free_ char *name = span_copy(user);

	return is_default_user(declared, user) ||
	       (name && provenance_declares_user(declared->provenance, name));
}

/* Asks about two words; what there is no memory for is not declared. */
static bool declares(const struct declared *declared, struct span user, struct span other,
		     bool (*ask)(const struct provenance *, const char *, const char *))
{
	_cleanup_free_ char *name = span_copy(user), *word = span_copy(other);

	return name && word && ask(declared->provenance, name, word);
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
	return declares(declared, user, group, provenance_declares_member);
}

bool declared_has_password(const struct declared *declared, struct span user)
{
	_cleanup_free_ char *name = span_copy(user);

	/* The default user's is locked unless user-data says otherwise. */
	return name && provenance_declares_password(declared->provenance, name);
}

bool declared_has_sudo(const struct declared *declared, struct span user, struct span rule)
{
	return is_default_user(declared, user) ||
	       declares(declared, user, rule, provenance_declares_sudo);
}

bool declared_has_key(const struct declared *declared, struct span user, const struct key_line *key)
{
	_cleanup_free_ char *name = span_copy(user), *type = span_copy(key->type),
			    *base64 = span_copy(key->key);

	if (declared->is_boot && span_is(user, "root") && key_line_is_disabled(key))
		return true;
	return name && type && base64 &&
	       provenance_declares_key(declared->provenance, name, type, base64);
}

bool declared_has_certificate(const struct declared *declared, const void *der, size_t size)
{
	_cleanup_free_ char *base64 = base64_encode(der, size);

	return base64 &&
	       provenance_declares_certificate(declared->provenance, base64, strlen(base64));
}
