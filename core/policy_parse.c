/* SPDX-License-Identifier: Apache-2.0 */
#include "glob.h"
#include "policy_private.h"

#include <stdio.h>
#include <string.h>

#define POLICY_LINE_MAX GLOB_MAX
#define DAY_SECONDS	(24 * 60 * 60)

/* One line under examination. Functions put the reason in `error` without name and number, which
 * parse_text() adds. */
struct line {
	char *rest;	 /* what has not been read yet; words are cut out of it */
	bool in_default; /* `include` cannot nest */
	struct error *error;
};

/* Tabs have become blanks already. */
static bool is_blank(char c)
{
	return c == ' ';
}

static void skip_blanks(struct line *line)
{
	while (is_blank(*line->rest))
		line->rest++;
}

/* The next word, NUL-terminated in place; NULL at the end of the line or at a comment. */
static char *next_word(struct line *line)
{
	char *word;

	skip_blanks(line);
	if (*line->rest == '\0' || *line->rest == '#')
		return NULL;

	word = line->rest;
	while (*line->rest && !is_blank(*line->rest))
		line->rest++;
	if (*line->rest)
		*line->rest++ = '\0';
	return word;
}

/* The value when `word` is "key=value". */
static const char *word_value(const char *word, const char *key)
{
	size_t length = strlen(key);

	if (strncmp(word, key, length) != 0 || word[length] != '=')
		return NULL;
	return word + length + 1;
}

static int parse_number(const char *text, unsigned base, uint64_t max, uint64_t *ret)
{
	uint64_t number = 0;

	if (*text == '\0')
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text >= (char)('0' + base))
			return -EINVAL;
		number = number * base + (uint64_t)(*text - '0');
		if (number > max)
			return -EINVAL;
	}

	*ret = number;
	return 0;
}

static int parse_mode(struct policy_rule *rule, const char *value, struct error *error)
{
	uint64_t number;

	if (parse_number(value, 8, 07777, &number) < 0)
		return error_set(error, -EINVAL,
				 "mode=%s: expected octal digits up to 7777, such as 0644", value);
	rule->mode = (mode_t)number;
	return 0;
}

static int parse_id(const char *value, const char *key, uint32_t *ret, struct error *error)
{
	uint64_t number;

	/* The highest number means "no change" to chown(2) and is nobody's id. */
	if (parse_number(value, 10, UINT32_MAX - 1, &number) < 0)
		return error_set(error, -EINVAL, "%s=%s: expected a decimal number", key, value);
	*ret = (uint32_t)number;
	return 0;
}

static int parse_uid(struct policy_rule *rule, const char *value, struct error *error)
{
	return parse_id(value, "uid", &rule->uid, error);
}

static int parse_gid(struct policy_rule *rule, const char *value, struct error *error)
{
	return parse_id(value, "gid", &rule->gid, error);
}

static const struct {
	const char *key;
	size_t has; /* offset of the bool */
	int (*parse)(struct policy_rule *rule, const char *value, struct error *error);
} attributes[] = {
	{"mode", offsetof(struct policy_rule, has_mode), parse_mode},
	{"uid", offsetof(struct policy_rule, has_uid), parse_uid},
	{"gid", offsetof(struct policy_rule, has_gid), parse_gid},
};

static int parse_attribute(struct policy_rule *rule, const char *word, struct error *error)
{
	for (size_t i = 0; i < ELEMENTS(attributes); i++) {
		const char *value = word_value(word, attributes[i].key);
		bool *has = (bool *)((char *)rule + attributes[i].has);

		if (!value)
			continue;
		if (*has)
			return error_set(error, -EINVAL, "%s= is given twice", attributes[i].key);
		*has = true;
		return attributes[i].parse(rule, value, error);
	}

	if (strcmp(word, "optional") != 0)
		return error_set(error, -EINVAL,
				 "unknown word \"%s\": expected mode=OCTAL, uid=N, gid=N or "
				 "optional",
				 word);
	if (rule->optional)
		return error_set(error, -EINVAL, "optional is given twice");
	rule->optional = true;
	return 0;
}

/* Whether a component is empty, "." or "..", as none of a measured path is. */
static bool has_odd_component(const char *glob)
{
	for (const char *at = glob; *at == '/';) {
		size_t length = strcspn(++at, "/");

		if (length == 0 || (length <= 2 && strspn(at, ".") >= length))
			return true;
		at += length;
	}
	return false;
}

static size_t literal_length(const char *glob)
{
	return strcspn(glob, "*?[\\");
}

static size_t glob_depth(const char *glob)
{
	size_t depth = 0;

	/* An escape may stand for a '/'. */
	if (strstr(glob, "**") || strchr(glob, '\\'))
		return SIZE_MAX;
	for (; *glob; glob++)
		depth += *glob == '/';
	return depth;
}

/* A glob for paths that can match one at all. */
static int check_path_glob(const char *glob, struct error *error)
{
	size_t length = strlen(glob);
	const char *fault;

	if (glob[0] != '/')
		return error_set(error, -EINVAL, "glob \"%s\" must begin with '/'", glob);
	fault = glob_check(glob);
	if (fault)
		return error_set(error, -EINVAL, "glob \"%s\" has %s", glob, fault);
	if (length > 1 && glob[length - 1] == '/')
		return error_set(error, -EINVAL,
				 "glob \"%s\" ends in '/' and would match nothing; name the "
				 "directory without it, or what is below it with /**",
				 glob);
	if (length > 1 && has_odd_component(glob))
		return error_set(error, -EINVAL,
				 "glob \"%s\" has an empty, . or .. component and would match "
				 "nothing",
				 glob);
	return 0;
}

/*
 * Stated attributes hold for an entry that the manifest has no values for, so they need a rule by
 * which one may appear; anywhere else they would look like a condition and be none.
 */
static int check_attributes(const struct policy_rule *rule, struct error *error)
{
	bool appears =
		rule->class == PATH_GENERATED ||
		(rule->optional && (rule->class == PATH_MUTABLE || rule->class == PATH_APPEND));

	if (appears || !(rule->has_mode || rule->has_uid || rule->has_gid))
		return 0;
	return error_set(error, -EINVAL,
			 "mode=, uid= and gid= have no effect here: they belong to generated "
			 "rules, and to mutable and append ones that are optional");
}

static int parse_rule_words(struct line *line, enum path_class class, struct policy_rule *ret)
{
	struct policy_rule rule = {.class = class};
	const char *glob = next_word(line);
	const char *word;
	int r;

	if (!glob)
		return error_set(line->error, -EINVAL, "expected a glob after %s",
				 path_class_to_string(class));
	r = check_path_glob(glob, line->error);
	while (r == 0 && (word = next_word(line)))
		r = parse_attribute(&rule, word, line->error);
	if (r == 0)
		r = check_attributes(&rule, line->error);
	if (r < 0)
		return r;

	rule.glob = strdup(glob);
	if (!rule.glob)
		return -ENOMEM;
	rule.literal = literal_length(glob);
	rule.head = policy_head(glob, rule.literal);
	rule.mask = policy_head("\377\377\377\377\377\377\377\377", rule.literal);
	*ret = rule;
	return 0;
}

/* Makes room for one more item; NULL when out of memory. Lists grow when their count is a power of
 * two. */
static void *grow(void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items;
	return reallocarray(items, count ? 2 * count : 1, size);
}

static int parse_class_rule(struct policy *policy, struct line *line, enum path_class class)
{
	void *grown = grow(policy->rules, policy->n_rules, sizeof(*policy->rules));
	int r;

	if (!grown)
		return -ENOMEM;
	policy->rules = grown;

	r = parse_rule_words(line, class, &policy->rules[policy->n_rules]);
	if (r < 0)
		return r;
	policy->n_rules++;
	return 0;
}

/* A line that is a word and a glob. */
static int parse_glob(struct policy_globs *globs, struct line *line, const char *word)
{
	const char *glob = next_word(line), *more;
	struct policy_glob *grown;
	int r;

	if (!glob)
		return error_set(line->error, -EINVAL, "expected a glob after %s", word);
	r = check_path_glob(glob, line->error);
	if (r < 0)
		return r;
	more = next_word(line);
	if (more)
		return error_set(line->error, -EINVAL,
				 "unknown word \"%s\": nothing follows the glob of %s", more, word);

	grown = grow(globs->globs, globs->count, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	globs->globs = grown;
	grown += globs->count;
	*grown = (struct policy_glob){
		.glob = strdup(glob),
		.literal = literal_length(glob),
		.depth = glob_depth(glob),
	};
	if (!grown->glob)
		return -ENOMEM;
	globs->count++;
	return 0;
}

/* A check that is not wanted: "check NAME off". */
static int parse_check(struct policy *policy, struct line *line)
{
	const char *name = next_word(line), *state = next_word(line);
	char **grown;

	if (!name || !state || strcmp(state, "off") != 0 || next_word(line))
		return error_set(line->error, -EINVAL, "expected \"check NAME off\"");
	if (strlen(name) > POLICY_CHECK_MAX)
		return error_set(line->error, -EINVAL, "\"%s\" is no name of a check", name);
	grown = grow(policy->off, policy->n_off, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	policy->off = grown;
	policy->off[policy->n_off] = strdup(name);
	return policy->off[policy->n_off++] ? 0 : -ENOMEM;
}

static int parse_until(const char *value, int64_t *ret_seconds, struct error *error)
{
	char text[sizeof("2026-01-31T00:00:00Z")];
	int64_t seconds;

	if (strlen(value) != strlen("2026-01-31") ||
	    snprintf(text, sizeof(text), "%sT00:00:00Z", value) != (int)sizeof(text) - 1 ||
	    time_parse(text, &seconds) < 0)
		return error_set(error, -EINVAL,
				 "until=%s: expected the last day in force as YYYY-MM-DD", value);
	*ret_seconds = seconds + DAY_SECONDS;
	return 0;
}

/* What a waiver's words say, still inside the line. */
struct waiver_words {
	const char *code_glob;
	const char *path_glob;
	const char *owner;
	const char *until;
	const char *reason;
	int64_t until_seconds;
};

static int parse_waiver_word(struct line *line, const char *word, struct waiver_words *words)
{
	const char **field = &words->owner;
	const char *value = word_value(word, "owner");

	if (!value) {
		field = &words->until;
		value = word_value(word, "until");
	}
	if (!value)
		return error_set(line->error, -EINVAL,
				 "unknown word \"%s\": expected owner=WORD until=YYYY-MM-DD "
				 "reason=TEXT",
				 word);
	if (*field)
		return error_set(line->error, -EINVAL, "\"%s\": given twice", word);

	*field = value;
	return 0;
}

/* "reason=" takes all that is left of the line, '#' included. */
static bool take_reason(struct line *line, struct waiver_words *words)
{
	size_t length;
	char *reason;

	skip_blanks(line);
	if (!word_value(line->rest, "reason"))
		return false;

	reason = line->rest + strlen("reason=");
	length = strlen(reason);
	while (length > 0 && is_blank(reason[length - 1]))
		reason[--length] = '\0';
	reason += strspn(reason, " ");
	words->reason = reason;
	return true;
}

static int check_waiver(struct waiver_words *words, struct error *error)
{
	static const char code_bytes[] = "abcdefghijklmnopqrstuvwxyz0123456789.-*?";
	int r;

	if (!words->code_glob || !words->path_glob)
		return error_set(error, -EINVAL, "expected waive CODE-GLOB PATH-GLOB");
	if (words->code_glob[strspn(words->code_glob, code_bytes)])
		return error_set(error, -EINVAL,
				 "\"%s\" is not a finding code such as service.unexpected or "
				 "service.*",
				 words->code_glob);
	r = check_path_glob(words->path_glob, error);
	if (r < 0)
		return r;
	if (!words->owner || !*words->owner)
		return error_set(error, -EINVAL, "a waiver needs owner=WORD: who answers for it");
	if (!words->until)
		return error_set(error, -EINVAL, "a waiver needs until=YYYY-MM-DD: its last day");
	if (!words->reason || !*words->reason)
		return error_set(error, -EINVAL, "a waiver needs reason=TEXT: why it is accepted");
	return parse_until(words->until, &words->until_seconds, error);
}

static int copy_waiver(const struct waiver_words *words, struct policy_waiver *ret)
{
	struct policy_waiver waiver = {
		.code_glob = strdup(words->code_glob),
		.path_glob = strdup(words->path_glob),
		.owner = strdup(words->owner),
		.until = strdup(words->until),
		.reason = strdup(words->reason),
		.until_seconds = words->until_seconds,
	};

	/* The caller counts it in before it looks, so that policy_free() frees what there is. */
	*ret = waiver;
	if (!waiver.code_glob || !waiver.path_glob || !waiver.owner || !waiver.until ||
	    !waiver.reason)
		return -ENOMEM;
	return 0;
}

static int parse_waiver(struct policy *policy, struct line *line)
{
	struct waiver_words words = {0};
	const char *word;
	void *grown;
	int r = 0;

	words.code_glob = next_word(line);
	words.path_glob = next_word(line);
	while (r == 0 && !take_reason(line, &words) && (word = next_word(line)))
		r = parse_waiver_word(line, word, &words);
	if (r == 0)
		r = check_waiver(&words, line->error);
	if (r < 0)
		return r;

	grown = grow(policy->waivers, policy->n_waivers, sizeof(*policy->waivers));
	if (!grown)
		return -ENOMEM;
	policy->waivers = grown;
	return copy_waiver(&words, &policy->waivers[policy->n_waivers++]);
}

static int parse_text(struct policy *policy, const char *text, size_t size, const char *name,
		      struct error *error);

static int parse_include(struct policy *policy, struct line *line)
{
	const char *what = next_word(line);
	const char *text = policy_default_text();

	if (!what || strcmp(what, "default") != 0 || next_word(line))
		return error_set(line->error, -EINVAL, "expected \"include default\"");
	if (line->in_default || policy->has_default)
		return error_set(line->error, -EINVAL, "the default is included already");

	policy->has_default = true;
	return parse_text(policy, text, strlen(text), POLICY_DEFAULT_NAME, line->error);
}

/* Keeps the line in the policy's own text, unless it is replaced by what it includes. */
static int keep_line(struct policy *policy, const char *start, size_t length)
{
	int r;

	r = buffer_append(&policy->text, start, length);
	if (r == 0)
		r = buffer_append(&policy->text, "\n", 1);
	return r;
}

static int parse_line(struct policy *policy, struct line *line, const char *start, size_t length)
{
	const char *word = next_word(line);
	enum path_class class;
	int r;

	if (word && strcmp(word, "include") == 0)
		return parse_include(policy, line);

	r = keep_line(policy, start, length);
	if (r < 0 || !word)
		return r;
	if (policy->n_rules + policy->n_waivers + policy->critical.count + policy->follows.count +
		    policy->n_off >=
	    POLICY_RULES_MAX)
		return error_set(line->error, -EINVAL, "more than %d rules", POLICY_RULES_MAX);
	if (strcmp(word, "waive") == 0)
		return parse_waiver(policy, line);

	if (strcmp(word, "critical") == 0)
		return parse_glob(&policy->critical, line, word);
	if (strcmp(word, "follow") == 0)
		return parse_glob(&policy->follows, line, word);
	if (strcmp(word, "check") == 0)
		return parse_check(policy, line);

	class = path_class_from_string(word);
	if ((int)class < 0)
		return error_set(line->error, -EINVAL,
				 "unknown word \"%s\": expected fixed, mutable, append, "
				 "generated, ignored, waive, critical, follow, check or "
				 "include",
				 word);
	return parse_class_rule(policy, line, class);
}

/* Messages and the manifest's JSON repeat what a policy says, so it must be fit to show. */
static int check_line_bytes(const char *line, size_t length, struct error *error)
{
	_cleanup_free_ char *shown = NULL;

	if (memchr(line, 0, length))
		return error_set(error, -EINVAL, "the line has a NUL byte");

	shown = text_escape(line, length);
	if (!shown)
		return -ENOMEM;
	if (strcmp(shown, line) != 0)
		return error_set(error, -EINVAL,
				 "the line has bytes that cannot be shown: \"%.200s\"; expected "
				 "UTF-8 without control characters, lines that end in a newline "
				 "alone, and other bytes of a glob as \\ooo",
				 shown);
	return 0;
}

/* Parses the line in a copy of its own, which it may cut into words. */
static int parse_line_copy(struct policy *policy, const char *start, size_t length, bool in_default,
			   struct error *error)
{
	_cleanup_free_ char *copy = NULL;
	struct line line = {.in_default = in_default, .error = error};
	int r;

	if (length > POLICY_LINE_MAX)
		return error_set(error, -EINVAL, "the line is longer than %d bytes",
				 POLICY_LINE_MAX);
	copy = malloc(length + 1);
	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < length; i++)
		copy[i] = (char)(start[i] == '\t' ? ' ' : start[i]);
	copy[length] = '\0';

	r = check_line_bytes(copy, length, error);
	if (r < 0)
		return r;
	line.rest = copy;
	return parse_line(policy, &line, start, length);
}

static int parse_text(struct policy *policy, const char *text, size_t size, const char *name,
		      struct error *error)
{
	bool in_default = text == policy_default_text();
	const char *end = text + size;

	for (size_t number = 1; text < end; number++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((newline ? newline : end) - text);
		int r;

		r = parse_line_copy(policy, text, length, in_default, error);
		if (r < 0)
			return error_prefix(error, r, "%s:%zu", name, number);
		text += length + 1;
	}
	return 0;
}

int policy_parse(const char *text, size_t size, const char *name, struct policy **ret,
		 struct error *error)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;
	int r;

	if (size > POLICY_TEXT_MAX)
		return error_set(error, -EINVAL, "%s: longer than %d bytes", name, POLICY_TEXT_MAX);

	policy = calloc(1, sizeof(*policy));
	if (!policy)
		return -ENOMEM;
	r = parse_text(policy, text, size, name, error);
	if (r < 0)
		return r;
	policy_globs_sort(&policy->critical);
	/* A manifest carries this text, and whoever reads the manifest parses it again. */
	if (policy->text.size > POLICY_TEXT_MAX)
		return error_set(error, -EINVAL, "%s: longer than %d bytes with the default in it",
				 name, POLICY_TEXT_MAX);

	*ret = TAKE_PTR(policy);
	return 0;
}
