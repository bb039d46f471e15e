/* SPDX-License-Identifier: Apache-2.0 */
#include "check/apt_source.h"

#include <string.h>

static bool is_true(struct span value)
{
	return span_is_nocase(value, "yes") || span_is_nocase(value, "true") ||
	       span_is(value, "1") || span_is_nocase(value, "on") ||
	       span_is_nocase(value, "with") || span_is_nocase(value, "enable");
}

static bool is_false(struct span value)
{
	return span_is_nocase(value, "no") || span_is_nocase(value, "false") ||
	       span_is(value, "0") || span_is_nocase(value, "off") ||
	       span_is_nocase(value, "without") || span_is_nocase(value, "disable");
}

/* Names are the same in both forms but for their case. */
static void take_option(struct span name, struct span value, struct apt_source *source)
{
	static const char *const open[] = {"trusted", "allow-insecure", "allow-weak",
					   "allow-downgrade-to-insecure"};

	value = span_trim(value);
	if (span_is_nocase(name, "signed-by") && value.size > 0)
		source->is_signed_by = true;
	for (size_t i = 0; i < ELEMENTS(open); i++) {
		if (!span_is_nocase(name, open[i]) || !is_true(value))
			continue;
		source->is_unchecked = true;
		source->unchecked = name;
	}
	if (span_is_nocase(name, "check-valid-until") && is_false(value)) {
		source->is_unchecked = true;
		source->unchecked = name;
	}
}

static void take_options(struct span options, struct apt_source *source)
{
	struct span word;

	while (span_word(&options, &word)) {
		struct span name, rest = word;

		if (span_field(&rest, '=', &name))
			take_option(name, rest.text ? rest : span_of(""), source);
	}
}

bool apt_source_parse(struct span line, struct apt_source *ret)
{
	struct span rest = span_trim(line), word;
	const char *end;

	if (!span_word(&rest, &word) || (!span_is(word, "deb") && !span_is(word, "deb-src")))
		return false;
	*ret = (struct apt_source){};
	rest = span_trim(rest);
	if (span_starts(rest, "[")) {
		end = memchr(rest.text, ']', rest.size);
		if (!end)
			return false;
		take_options((struct span){rest.text + 1, (size_t)(end - rest.text - 1)}, ret);
		rest = span_after(rest, (size_t)(end + 1 - rest.text));
	}
	return span_word(&rest, &ret->uri);
}

static bool is_plain(struct span uri)
{
	return span_starts_nocase(uri, "http:") || span_starts_nocase(uri, "ftp:");
}

static void take_uris(struct span value, struct apt_source *source)
{
	struct span word;

	while (span_word(&value, &word))
		if (source->uri.size == 0 || (is_plain(word) && !apt_is_archive(word)))
			source->uri = word;
}

static void take_field(struct span line, struct apt_source *source, bool *enabled)
{
	struct span name;

	if (!span_field(&line, ':', &name) || !line.text)
		return;
	if (span_is_nocase(name, "URIs"))
		take_uris(line, source);
	else if (span_is_nocase(name, "Enabled") && is_false(span_trim(line)))
		*enabled = false;
	else if (span_is_nocase(name, "Signed-By"))
		/* A key may follow in lines of its own. */
		source->is_signed_by = true;
	else
		take_option(name, line, source);
}

bool apt_stanza_next(struct span *text, struct apt_source *ret)
{
	bool enabled = true;
	struct span line;

	*ret = (struct apt_source){};
	while (span_line(text, &line)) {
		if (span_trim(line).size > 0) {
			if (line.text[0] != '#')
				take_field(line, ret, &enabled);
			continue;
		}
		if (ret->uri.size > 0 && enabled)
			return true;
		*ret = (struct apt_source){};
		enabled = true;
	}
	return ret->uri.size > 0 && enabled;
}

/* A host, or one below it. */
static bool is_host(struct span host, const char *domain)
{
	size_t length = strlen(domain);

	if (!span_ends(host, domain))
		return false;
	return host.size == length || host.text[host.size - length - 1] == '.';
}

bool apt_is_archive(struct span uri)
{
	static const char *const local[] = {"file:", "cdrom:", "copy:", "mirror+file:"};
	static const char *const domains[] = {"debian.org", "ubuntu.com", "debian.net",
					      "metadata.google.internal"};
	struct span host;
	size_t size = 0;

	for (size_t i = 0; i < ELEMENTS(local); i++)
		if (span_starts_nocase(uri, local[i]))
			return true;
	for (size_t i = 0; i + 3 <= uri.size; i++) {
		if (memcmp(uri.text + i, "://", 3) != 0)
			continue;
		host = span_after(uri, i + 3);
		while (size < host.size && !strchr("/:", host.text[size]))
			size++;
		host.size = size;
		/* "user@host": whoever writes it has a reason to be looked at. */
		if (host.size > 0 && memchr(host.text, '@', host.size))
			return false;
		for (size_t k = 0; k < ELEMENTS(domains); k++)
			if (is_host(host, domains[k]))
				return true;
		return false;
	}
	return false;
}

static struct span value_after(struct span line, size_t at)
{
	struct span rest = span_trim(span_after(line, at));
	size_t size = 0;

	while (rest.size > 0 && strchr(" \t=\"", rest.text[0]))
		rest = span_after(rest, 1);
	while (size < rest.size && !strchr(" \t\";", rest.text[size]))
		size++;
	return (struct span){rest.text, size};
}

struct span apt_conf_unchecked(struct span line)
{
	static const struct {
		const char *name;
		bool (*is_bad)(struct span value);
	} settings[] = {
		{"AllowUnauthenticated", is_true},
		{"AllowInsecureRepositories", is_true},
		{"AllowWeakRepositories", is_true},
		{"AllowDowngradeToInsecureRepositories", is_true},
		{"Allow-Downgrades", is_true},
		{"Verify-Peer", is_false},
		{"Verify-Host", is_false},
		{"Check-Valid-Until", is_false},
		{"Check-Date", is_false},
	};
	struct span words = span_trim(line);

	if (span_starts(words, "//") || span_starts(words, "#"))
		return (struct span){};
	for (size_t i = 0; i < ELEMENTS(settings); i++) {
		size_t length = strlen(settings[i].name);

		for (size_t k = 0; k + length <= words.size; k++)
			if (span_starts_nocase(span_after(words, k), settings[i].name) &&
			    settings[i].is_bad(value_after(words, k + length)))
				return words;
	}
	return (struct span){};
}
