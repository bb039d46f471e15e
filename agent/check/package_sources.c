/* SPDX-License-Identifier: Apache-2.0 */
#include "check/package_sources.h"

#include "check/apt_source.h"
#include "check/flaws.h"

#include <string.h>

#define SOURCE_MAX   (128 * 1024)
#define REPORTED_MAX 300

static int judge_source(const struct apt_source *source, size_t number, struct flaws *flaws)
{
	int r = 0;

	if (source->is_unchecked)
		r = flaws_add(flaws, "aptsource.insecure",
			      "%.*s is taken without a check: %.*s (entry %zu)",
			      SPAN_ARGS(source->uri), SPAN_ARGS(source->unchecked), number);
	if (r == 0 && !apt_is_archive(source->uri))
		r = flaws_add(
			flaws, source->is_signed_by ? "aptsource.foreign" : "aptsource.unsigned",
			"software comes from %.*s%s (entry %zu)", SPAN_ARGS(source->uri),
			source->is_signed_by ? "" : ", signed by any key that apt trusts", number);
	return r;
}

static int judge_lines(struct span text, struct flaws *flaws)
{
	struct apt_source source;
	struct span line;
	int r = 0;

	for (size_t number = 1; r == 0 && span_line(&text, &line); number++)
		if (apt_source_parse(line, &source))
			r = judge_source(&source, number, flaws);
	return r;
}

static int judge_stanzas(struct span text, struct flaws *flaws)
{
	struct apt_source source;
	int r = 0;

	for (size_t number = 1; r == 0 && apt_stanza_next(&text, &source); number++)
		r = judge_source(&source, number, flaws);
	return r;
}

static int judge_conf(struct span text, struct flaws *flaws)
{
	struct span line;
	int r = 0;

	for (size_t number = 1; r == 0 && span_line(&text, &line); number++) {
		struct span bad = apt_conf_unchecked(line);

		if (bad.size > 0)
			r = flaws_add(flaws, "aptsource.insecure", "%.*s (line %zu)",
				      SPAN_ARGS(bad), number);
	}
	return r;
}

/* apt_preferences(5): below zero never installed, above 1000 even when it is older. */
static int judge_pins(struct span text, struct flaws *flaws)
{
	struct span line, name;
	int r = 0;

	for (size_t number = 1; r == 0 && span_line(&text, &line); number++) {
		struct span words = line, value;
		uint32_t priority;

		if (!span_field(&words, ':', &name) || !words.text ||
		    !span_is_nocase(span_trim(name), "Pin-Priority"))
			continue;
		value = span_trim(words);
		if (span_starts(value, "-") || (span_number(value, &priority) && priority >= 1000))
			r = flaws_add(flaws, "aptsource.pin", "Pin-Priority %.*s (line %zu)",
				      SPAN_ARGS(value), number);
	}
	return r;
}

/* pip, npm, gem, cargo: settings that name another index, or trust one without a certificate. */
static int judge_index(struct span text, struct flaws *flaws)
{
	static const char *const names[] = {
		"index-url", "extra-index-url", "trusted-host", "find-links",
		"registry",  "strict-ssl",	":sources",	"replace-with",
		"cafile",    "default-index",	"index"};
	struct span line;
	int r = 0;

	for (size_t number = 1; r == 0 && span_line(&text, &line); number++) {
		struct span words = span_trim(line);

		if (words.size == 0 || strchr("#;[", words.text[0]))
			continue;
		for (size_t i = 0; i < ELEMENTS(names); i++) {
			/* "@scope:registry=" too */
			if (!span_starts(words, names[i]) &&
			    !(words.text[0] == '@' && span_has(words, ":registry")))
				continue;
			r = flaws_add(flaws, "aptsource.index", "%.*s (line %zu)", SPAN_ARGS(words),
				      number);
			break;
		}
	}
	return r;
}

static int judge_key(struct span text, struct flaws *flaws)
{
	return flaws_add(flaws, "aptsource.key", "%zu bytes that nothing vouches for", text.size);
}

/* Places; the first that fits decides. */
static const struct {
	const char *glob;
	const char *subject;
	int (*judge)(struct span text, struct flaws *flaws);
} places[] = {
	{"/etc/apt/sources.list", "Package source", judge_lines},
	{"/etc/apt/sources.list.d/*.list", "Package source", judge_lines},
	{"/etc/apt/sources.list.d/*.sources", "Package source", judge_stanzas},
	{"/etc/apt/apt.conf", "Setting of apt", judge_conf},
	{"/etc/apt/apt.conf.d/*", "Setting of apt", judge_conf},
	{"/etc/apt/preferences", "Pin", judge_pins},
	{"/etc/apt/preferences.d/*", "Pin", judge_pins},
	{"/etc/apt/trusted.gpg", "Package signing key", judge_key},
	{"/etc/apt/trusted.gpg.d/*.gpg", "Package signing key", judge_key},
	{"/etc/apt/trusted.gpg.d/*.asc", "Package signing key", judge_key},
	{"/etc/apt/keyrings/*", "Package signing key", judge_key},
	{"/etc/apt/cloud-init.gpg.d/*", "Package signing key", judge_key},
	{"/usr/share/keyrings/*.gpg", "Package signing key", judge_key},
	{"/usr/share/keyrings/*.asc", "Package signing key", judge_key},
	{"/usr/share/keyrings/*.pgp", "Package signing key", judge_key},
	{"/etc/pip.conf", "Package index", judge_index},
	{"/etc/xdg/pip/pip.conf", "Package index", judge_index},
	{"/**/.pip/pip.conf", "Package index", judge_index},
	{"/**/.config/pip/pip.conf", "Package index", judge_index},
	{"/etc/npmrc", "Package index", judge_index},
	{"/usr/etc/npmrc", "Package index", judge_index},
	{"/etc/gemrc", "Package index", judge_index},
	{"/**/.gemrc", "Package index", judge_index},
	{"/**/.cargo/config*", "Package index", judge_index},
};

static int judge_file(const struct check_context *context, const char *path, size_t place,
		      struct findings *ret)
{
	_cleanup_flaws_ struct flaws flaws = {};
	_cleanup_free_ char *data = NULL;
	size_t size = 0;
	int r = flaws_read(context, path, SOURCE_MAX, ret, &data, &size);

	if (r <= 0)
		return r;
	r = places[place].judge((struct span){data, size}, &flaws);
	return r < 0 ? r : flaws_report(&flaws, path, places[place].subject, ret);
}

static int judge_suspect(const struct check_context *context, const char *path,
			 struct findings *ret)
{
	for (size_t i = 0; i < ELEMENTS(places); i++)
		if (glob_match(places[i].glob, path))
			return context->unvouched && places[i].judge == judge_key
				       ? 0
				       : judge_file(context, path, i, ret);
	return 0;
}

int package_sources_check(const struct check_context *context, struct findings *ret,
			  struct error *error _unused_)
{
	size_t before = ret->count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < context->suspects.count; i++) {
		const struct difference *suspect = context->suspects.by_path[i];

		if (suspect->actual.type != ENTRY_FILE && suspect->actual.type != ENTRY_LINK)
			continue;
		if (ret->count - before >= REPORTED_MAX)
			return flaws_uncovered("coverage.limit", suspect->path,
					       "too many package sources to name", ret);
		r = judge_suspect(context, suspect->path, ret);
	}
	return r;
}
