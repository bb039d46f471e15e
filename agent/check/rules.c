/* SPDX-License-Identifier: Apache-2.0 */
#include "check/rules.h"

#include "catalog.h"
#include "check/rules_own.h"
#include "file.h"
#include "text.h"

#include <fcntl.h>
#include <string.h>
#include <yara.h>

#define FILES_MAX     256
#define FILE_SIZE_MAX (8U << 20)
#define OWN_NAMESPACE "goldseal"

struct rules {
	YR_COMPILER *compiler;
	YR_RULES *compiled;
	YR_SCANNER *scanner;
};

/* The first mistake that a compiler told of. */
struct complaint {
	char *text;
};

static void complain(int level, const char *file _unused_, int line, const YR_RULE *rule _unused_,
		     const char *message, void *data)
{
	struct complaint *complaint = data;

	if (level != YARA_ERROR_LEVEL_ERROR || complaint->text)
		return;
	if (asprintf(&complaint->text, "line %d: %s", line, message) < 0)
		complaint->text = NULL;
}

static int yara_error(int code)
{
	switch (code) {
	case ERROR_SUCCESS:
		return 0;
	case ERROR_INSUFFICIENT_MEMORY:
		return -ENOMEM;
	case ERROR_SCAN_TIMEOUT:
		return -ETIME;
	default:
		return -EIO;
	}
}

static int compiler_new(struct complaint *complaint, YR_COMPILER **ret)
{
	static const char *const variables[] = {"filename", "filepath", "extension", "filetype",
						"owner"};
	YR_COMPILER *compiler;

	if (yr_compiler_create(&compiler) != ERROR_SUCCESS)
		return -ENOMEM;
	yr_compiler_set_callback(compiler, complain, complaint);
	yr_compiler_set_include_callback(compiler, NULL, NULL, NULL);
	for (size_t i = 0; i < ELEMENTS(variables); i++)
		if (yr_compiler_define_string_variable(compiler, variables[i], "") !=
		    ERROR_SUCCESS) {
			yr_compiler_destroy(compiler);
			return -ENOMEM;
		}
	*ret = compiler;
	return 0;
}

/* A compiler is of no more use after a mistake, so each file is tried in one of its own. */
static int try_text(const char *text, struct complaint *complaint)
{
	YR_COMPILER *compiler = NULL;
	int r = compiler_new(complaint, &compiler);

	if (r < 0)
		return r;
	r = yr_compiler_add_string(compiler, text, NULL) > 0 ? -EINVAL : 0;
	yr_compiler_destroy(compiler);
	return r;
}

static int take_broken(const char *path, const char *reason, struct findings *findings)
{
	_cleanup_(finding_done) struct finding finding = {};
	_cleanup_free_ char *safe = text_escape(reason, strlen(reason));
	int r = finding_start(&finding, "coverage.rules");

	if (!safe)
		return -ENOMEM;
	if (r < 0)
		return r;
	if (asprintf(&finding.title, "The rule file %s is not used: %s", path, safe) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	return findings_take(findings, &finding);
}

static int add_file(struct rules *rules, const char *path, struct findings *findings)
{
	_cleanup_error_ struct error error = {};
	_cleanup_free_ char *text = NULL;
	struct complaint complaint = {};
	size_t size;
	int r = file_read(AT_FDCWD, path, FILE_SIZE_MAX, true, &text, &size, &error);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return take_broken(path, error_text(&error, r), findings);
	if (memchr(text, 0, size))
		return take_broken(path, "it is not text", findings);
	r = try_text(text, &complaint);
	if (r == -EINVAL)
		r = take_broken(path, complaint.text ? complaint.text : "not understood", findings);
	else if (r == 0 && yr_compiler_add_string(rules->compiler, text, path) > 0)
		r = -EINVAL;
	free(complaint.text);
	return r;
}

/* These are right: what YARA has against them is its own want of memory, or another version. */
static int add_own(struct rules *rules, const struct complaint *complaint, struct error *error)
{
	if (yr_compiler_add_string(rules->compiler, rules_own, OWN_NAMESPACE) == 0)
		return 0;
	if (!complaint->text || strstr(complaint->text, "memory"))
		return -ENOMEM;
	return error_set(error, -EINVAL, "our own rules: %s", complaint->text);
}

static int is_rule_file(const struct dirent *item)
{
	const char *dot = strrchr(item->d_name, '.');

	return item->d_name[0] != '.' && dot &&
	       (strcmp(dot, ".yar") == 0 || strcmp(dot, ".yara") == 0);
}

static int add_directory(struct rules *rules, const char *directory, struct findings *findings)
{
	_cleanup_free_ struct dirent **items = NULL;
	int n = scandir(directory, &items, is_rule_file, alphasort), r = 0;

	if (n < 0)
		return errno == ENOENT ? 0 : take_broken(directory, strerror(errno), findings);
	if (n > FILES_MAX)
		r = take_broken(directory, "it has more than 256 rule files; the first are used",
				findings);
	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *path = NULL;

		if (r == 0 && i < FILES_MAX) {
			if (asprintf(&path, "%s/%s", directory, items[i]->d_name) < 0) {
				path = NULL;
				r = -ENOMEM;
			} else {
				r = add_file(rules, path, findings);
			}
		}
		free(items[i]);
	}
	return r;
}

static int finish(struct rules *rules)
{
	if (yr_compiler_get_rules(rules->compiler, &rules->compiled) != ERROR_SUCCESS)
		return -ENOMEM;
	if (yr_scanner_create(rules->compiled, &rules->scanner) != ERROR_SUCCESS)
		return -ENOMEM;
	/* Our blocks are memory of our own: nothing for YARA to catch signals for. */
	yr_scanner_set_flags(rules->scanner, SCAN_FLAGS_FAST_MODE | SCAN_FLAGS_NO_TRYCATCH |
						     SCAN_FLAGS_REPORT_RULES_MATCHING);
	return 0;
}

int rules_load(const char *directory, struct findings *findings, struct rules **ret,
	       struct error *error)
{
	_cleanup_(rules_free_p) struct rules *rules = NULL;
	struct complaint complaint = {};
	int r;

	if (yr_initialize() != ERROR_SUCCESS)
		return error_set(error, -ENOMEM, "libyara cannot be set up");
	rules = calloc(1, sizeof(*rules));
	if (!rules) {
		(void)yr_finalize();
		return -ENOMEM;
	}
	r = compiler_new(&complaint, &rules->compiler);
	if (r == 0)
		r = add_own(rules, &complaint, error);
	if (r == 0 && directory)
		r = add_directory(rules, directory, findings);
	if (r == 0)
		r = finish(rules);
	/* The compiler still points at it. */
	if (rules->compiler)
		yr_compiler_set_callback(rules->compiler, NULL, NULL);
	free(complaint.text);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(rules);
	return 0;
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	if (rules->scanner)
		yr_scanner_destroy(rules->scanner);
	if (rules->compiled)
		(void)yr_rules_destroy(rules->compiled);
	if (rules->compiler)
		yr_compiler_destroy(rules->compiler);
	free(rules);
	(void)yr_finalize();
}

void rule_matches_done(struct rule_matches *matches)
{
	for (size_t i = 0; i < matches->count; i++) {
		free(matches->items[i].rule);
		free(matches->items[i].code);
		free(matches->items[i].description);
	}
	*matches = (struct rule_matches){};
}

static const char *find_meta(YR_RULE *rule, const char *name)
{
	YR_META *meta;

	yr_rule_metas_foreach(rule,
			      meta) if (meta->type == META_TYPE_STRING &&
					strcmp(meta->identifier, name) == 0) return meta->string;
	return NULL;
}

static int copy_text(const char *text, char **ret)
{
	*ret = text ? text_escape(text, strlen(text)) : NULL;
	return text && !*ret ? -ENOMEM : 0;
}

static int take_match(YR_RULE *rule, struct rule_matches *matches)
{
	bool is_own = strcmp(rule->ns->name, OWN_NAMESPACE) == 0;
	const char *severity = find_meta(rule, "severity");
	struct rule_match *match;
	int r;

	if (matches->count == RULES_MATCHES_MAX)
		return 0;
	match = &matches->items[matches->count++];
	*match = (struct rule_match){.severity = SEVERITY_HIGH};
	if (severity && (int)severity_from_string(severity) >= 0)
		match->severity = severity_from_string(severity);
	r = copy_text(rule->identifier, &match->rule);
	if (r == 0)
		r = copy_text(find_meta(rule, "description"), &match->description);
	if (r == 0 && is_own)
		r = copy_text(find_meta(rule, "code"), &match->code);
	return r;
}

static int on_message(YR_SCAN_CONTEXT *context _unused_, int message, void *item, void *data)
{
	if (message == CALLBACK_MSG_RULE_MATCHING && take_match(item, data) < 0)
		return CALLBACK_ERROR;
	return CALLBACK_CONTINUE;
}

/* What libyara asks while it goes through the blocks. */
struct passage {
	struct window *window;
	YR_MEMORY_BLOCK block;
};

static const uint8_t *fetch_data(YR_MEMORY_BLOCK *block)
{
	struct window *window = block->context;

	return window->data;
}

static YR_MEMORY_BLOCK *show_block(struct passage *passage, YR_MEMORY_BLOCK_ITERATOR *iterator,
				   int r)
{
	struct window *window = passage->window;

	iterator->last_error = r < 0 ? ERROR_COULD_NOT_READ_FILE : ERROR_SUCCESS;
	if (r <= 0)
		return NULL;
	passage->block = (YR_MEMORY_BLOCK){
		.size = window->size,
		.base = window->offset,
		.context = window,
		.fetch_data = fetch_data,
	};
	return &passage->block;
}

static YR_MEMORY_BLOCK *first_block(YR_MEMORY_BLOCK_ITERATOR *iterator)
{
	struct passage *passage = iterator->context;

	return show_block(passage, iterator, window_first(passage->window));
}

static YR_MEMORY_BLOCK *next_block(YR_MEMORY_BLOCK_ITERATOR *iterator)
{
	struct passage *passage = iterator->context;

	return show_block(passage, iterator, window_next(passage->window));
}

static uint64_t get_file_size(YR_MEMORY_BLOCK_ITERATOR *iterator)
{
	const struct passage *passage = iterator->context;

	return passage->window->file_size;
}

/* By the first bytes, as file(1) would. */
static const char *find_type(const struct window *window)
{
	size_t size = window->size < 4096 ? window->size : 4096;

	if (size >= 4 && memcmp(window->data, "\177ELF", 4) == 0)
		return "ELF";
	return memchr(window->data, 0, size) ? "DATA" : "TEXT";
}

static int define(YR_SCANNER *scanner, const char *path, const struct window *window)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	const char *dot = strrchr(name, '.');
	int code;

	code = yr_scanner_define_string_variable(scanner, "filename", name);
	if (code == ERROR_SUCCESS)
		code = yr_scanner_define_string_variable(scanner, "filepath", path);
	if (code == ERROR_SUCCESS)
		code = yr_scanner_define_string_variable(scanner, "extension", dot ? dot : "");
	if (code == ERROR_SUCCESS)
		code = yr_scanner_define_string_variable(scanner, "filetype", find_type(window));
	return yara_error(code);
}

int rules_scan(struct rules *rules, struct window *window, const char *path, int seconds,
	       struct rule_matches *ret)
{
	struct passage passage = {.window = window};
	YR_MEMORY_BLOCK_ITERATOR iterator = {
		.context = &passage,
		.first = first_block,
		.next = next_block,
		.file_size = get_file_size,
	};
	int r = window_first(window);

	if (r <= 0)
		return r;
	r = define(rules->scanner, path, window);
	if (r < 0)
		return r;
	yr_scanner_set_callback(rules->scanner, on_message, ret);
	yr_scanner_set_timeout(rules->scanner, seconds);
	return yara_error(yr_scanner_scan_mem_blocks(rules->scanner, &iterator));
}
