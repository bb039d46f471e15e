/* SPDX-License-Identifier: Apache-2.0 */
#include "difference.h"

#include "text.h"

#include <inttypes.h>
#include <string.h>

#define DIGEST_SHOWN 12

static json_t *side_to_json(const struct difference_side *side)
{
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(&side->manifest->digest, hex);
	return json_pack("{s:s, s:s, s:s, s:s}", "name", side->manifest->image_name, "version",
			 side->manifest->image_version, "manifest", hex, "signer",
			 side->manifest->signer);
}

static int write_json(const struct difference *difference, FILE *stream)
{
	_cleanup_json_ json_t *object = NULL;
	json_t *old = side_to_json(&difference->old);
	json_t *new = side_to_json(&difference->new);

	/* json_pack() takes both references, even when it fails. */
	object = json_pack("{s:o, s:o, s:O, s:O, s:O, s:I, s:b}", "old", old, "new", new, "added",
			   difference->added, "removed", difference->removed, "changed",
			   difference->changed, "same", (json_int_t)difference->same,
			   "policy_changed", difference->has_new_policy);
	if (!object)
		return -ENOMEM;
	if (json_dumpf(object, stream, JSON_INDENT(2) | JSON_ENSURE_ASCII) < 0 ||
	    fputc('\n', stream) == EOF || fflush(stream) != 0)
		return -EIO;
	return 0;
}

static int write_escaped(const char *text, FILE *stream)
{
	_cleanup_free_ char *escaped = text_escape(text, strlen(text));

	if (!escaped)
		return -ENOMEM;
	return fputs(escaped, stream) == EOF ? -EIO : 0;
}

/* " sha256 0a1b2c3d4e5f -> ...": a digest's beginning tells enough here, --format json has it all.
 */
static int write_change(const char *name, json_t *change, FILE *stream)
{
	static const char *const sides[] = {"old", "new"};
	int length = strcmp(name, "sha256") == 0 ? DIGEST_SHOWN : INT32_MAX;

	if (fprintf(stream, "    %s:", name) < 0)
		return -EIO;
	for (size_t i = 0; i < ELEMENTS(sides); i++) {
		const char *text = json_string_value(json_object_get(change, sides[i]));
		_cleanup_free_ char *escaped =
			text_escape(text ? text : "none", strlen(text ? text : "none"));

		if (!escaped)
			return -ENOMEM;
		if (fprintf(stream, "%s %.*s", i ? " ->" : "", length, escaped) < 0)
			return -EIO;
	}
	return fputc('\n', stream) == EOF ? -EIO : 0;
}

static int write_entry(char mark, json_t *entry, FILE *stream)
{
	const char *name;
	json_t *change;
	int r;

	if (fprintf(stream, "%c ", mark) < 0)
		return -EIO;
	r = write_escaped(json_string_value(json_object_get(entry, "path")), stream);
	if (r < 0)
		return r;
	if (fprintf(stream, " (%s)\n", json_string_value(json_object_get(entry, "type"))) < 0)
		return -EIO;
	json_object_foreach(json_object_get(entry, "changes"), name, change)
	{
		r = write_change(name, change, stream);
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_list(char mark, json_t *list, const struct report_style *style, FILE *stream)
{
	static const struct {
		char mark;
		const char *colour;
	} rows[] = {{'+', "\033[32m"}, {'-', "\033[31m"}, {'~', "\033[33m"}};
	const char *colour = "";
	int r;

	for (size_t row = 0; row < ELEMENTS(rows) && style->colour; row++)
		if (rows[row].mark == mark)
			colour = rows[row].colour;
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (fputs(colour, stream) == EOF)
			return -EIO;
		r = write_entry(mark, json_array_get(list, i), stream);
		if (r < 0)
			return r;
		if (*colour && fputs("\033[0m", stream) == EOF)
			return -EIO;
	}
	return 0;
}

static int write_side(const struct difference_side *side, FILE *stream)
{
	int r;

	r = write_escaped(side->manifest->image_name, stream);
	if (r < 0)
		return r;
	if (fputc(' ', stream) == EOF)
		return -EIO;
	return write_escaped(side->manifest->image_version, stream);
}

static int write_summary(const struct difference *difference, FILE *stream)
{
	int r;

	r = write_side(&difference->old, stream);
	if (r < 0)
		return r;
	if (fputs(" -> ", stream) == EOF)
		return -EIO;
	r = write_side(&difference->new, stream);
	if (r < 0)
		return r;
	if (fprintf(stream, ": %zu added, %zu removed, %zu changed, %" PRIu64 " the same%s\n",
		    json_array_size(difference->added), json_array_size(difference->removed),
		    json_array_size(difference->changed), difference->same,
		    difference->has_new_policy ? "; the policy changed" : "") < 0)
		return -EIO;
	return 0;
}

static int write_text(const struct difference *difference, const struct report_style *style,
		      FILE *stream)
{
	const struct {
		char mark;
		json_t *list;
	} lists[] = {
		{'-', difference->removed},
		{'+', difference->added},
		{'~', difference->changed},
	};
	int r;

	r = write_summary(difference, stream);
	for (size_t i = 0; r == 0 && !style->quiet && i < ELEMENTS(lists); i++)
		r = write_list(lists[i].mark, lists[i].list, style, stream);
	if (r < 0)
		return r;
	return fflush(stream) != 0 ? -EIO : 0;
}

int difference_write(const struct difference *difference, const struct report_style *style,
		     FILE *stream)
{
	if (style->format == REPORT_JSON)
		return write_json(difference, stream);
	if (style->quiet && difference_is_empty(difference))
		return 0;
	return write_text(difference, style, stream);
}
