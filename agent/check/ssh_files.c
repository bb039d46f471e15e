/* SPDX-License-Identifier: Apache-2.0 */
#include "check/ssh_files.h"

#include "check/flaws.h"

#include <string.h>

#define CONFIG_MAX  (256 * 1024)
#define MAIN_CONFIG "/etc/ssh/sshd_config"

static int add_suspects(const struct check_context *context, struct included *files)
{
	static const char *const globs[] = {"/etc/ssh/sshd*", "/etc/ssh/sshd_config.d/*",
					    "/etc/ssh/*.conf"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < context->suspects.count; i++) {
		const struct difference *suspect = context->suspects.by_path[i];

		if (suspect->actual.type != ENTRY_FILE && suspect->actual.type != ENTRY_LINK)
			continue;
		for (size_t k = 0; r == 0 && k < ELEMENTS(globs); k++)
			if (glob_match(globs[k], suspect->path))
				r = included_add(files, suspect->path, INCLUDED_BY_NOBODY);
	}
	return r;
}

static int add_include(const struct check_context *context, struct included *files, size_t by,
		       struct span arguments)
{
	struct span word;
	int r = 0;

	while (r == 0 && ssh_argument_next(&arguments, &word)) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s%.*s", span_starts(word, "/") ? "" : "/etc/ssh/",
			     (int)(word.size < 1024 ? word.size : 1024), word.text) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = included_add_pattern(files, context->root_fd, path, by);
	}
	return r;
}

static int visit_file(const struct check_context *context, struct included *files, size_t index,
		      ssh_visit *visit, void *data, struct findings *findings)
{
	const char *path = files->files[index].path;
	struct ssh_place place = {
		.path = path,
		.is_suspect = suspects_find(&context->suspects, path),
	};
	_cleanup_free_ char *text = NULL;
	struct ssh_directive directive;
	struct span rest = {}, line;
	int r = flaws_read(context, path, CONFIG_MAX, findings, &text, &rest.size);

	if (r <= 0)
		return r;
	rest.text = text;
	for (r = 0; r == 0 && span_line(&rest, &line);) {
		place.line++;
		if (!ssh_directive_parse(line, &directive))
			continue;
		r = visit(data, &place, &directive);
		if (r == 0 && span_is_nocase(directive.keyword, "Include"))
			r = add_include(context, files, index, directive.arguments);
	}
	return r;
}

int ssh_files_visit(const struct check_context *context, ssh_visit *visit, void *data,
		    struct findings *findings)
{
	_cleanup_included_ struct included files = {};
	int r = included_add(&files, MAIN_CONFIG, INCLUDED_BY_NOBODY);

	if (r == 0)
		r = add_suspects(context, &files);
	for (size_t i = 0; r == 0 && i < files.count; i++)
		r = visit_file(context, &files, i, visit, data, findings);
	if (r == 0 && files.is_full && findings)
		r = flaws_uncovered("coverage.limit", MAIN_CONFIG,
				    "more files are included than are followed", findings);
	return r;
}

bool ssh_keys_is_default(struct span pattern)
{
	if (span_starts(pattern, "%h/"))
		pattern = span_after(pattern, 3);
	return span_is(pattern, ".ssh/authorized_keys") ||
	       span_is(pattern, ".ssh/authorized_keys2") || span_is_nocase(pattern, "none");
}

char *ssh_keys_glob(struct span pattern)
{
	_cleanup_buffer_ struct buffer glob = {};
	int r = 0;

	if (pattern.size > 1024)
		pattern.size = 1024;
	if (!span_starts(pattern, "/") && !span_starts(pattern, "%h"))
		r = buffer_append_text(&glob, "/**/");
	for (size_t i = 0; r == 0 && i < pattern.size; i++) {
		char c = pattern.text[i];

		if (c == '%' && i + 1 < pattern.size) {
			c = pattern.text[++i];
			r = c == 'h'   ? buffer_append_text(&glob, "/**")
			    : c == '%' ? buffer_append_text(&glob, "%")
				       : buffer_append_text(&glob, "*");
		} else if (strchr("*?[\\", c)) {
			r = buffer_printf(&glob, "\\%c", c);
		} else {
			r = buffer_append(&glob, &c, 1);
		}
	}
	return r < 0 ? NULL : TAKE_PTR(glob.data);
}
