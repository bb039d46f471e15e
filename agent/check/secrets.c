/* SPDX-License-Identifier: Apache-2.0 */
#include "check/secrets.h"

#include "catalog.h"
#include "check/content.h"
#include "check/secret.h"
#include "check/secret_origin.h"
#include "clock.h"
#include "digest.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

#define HITS_MAX     8	   /* secrets of one file that are told of */
#define COUNT_MAX    1000  /* more are not looked for */
#define FILE_MS_MAX  20000 /* for one file */
#define DIGEST_SHOWN 8	   /* hexadecimal digits: enough to tell two secrets apart */

struct hit {
	const char *code, *what;
	uint64_t mark, value; /* in the file */
	uint64_t line;	      /* 0: not text */
	char digest[DIGEST_SHOWN + 1];
};

/* One file while it is looked at. */
struct sight {
	const struct secret_view *view;
	uint64_t offset;     /* of the view in the file */
	uint64_t line;	     /* of the view's first byte */
	uint64_t last_value; /* of the last hit */
	struct hit hits[HITS_MAX];
	size_t n_hits;
	size_t count;
};

struct search {
	struct secret_scanner *scanner;
	struct findings *findings; /* of files, in the order of paths */
};

static uint64_t count_lines(const char *data, size_t size)
{
	const char *end = data + size;
	uint64_t count = 0;

	while ((data = memchr(data, '\n', (size_t)(end - data)))) {
		count++;
		data++;
	}
	return count;
}

static int set_digest(const struct secret *secret, struct hit *hit)
{
	char hex[DIGEST_HEX_SIZE];
	struct digest digest;
	int r;

	if (secret->is_guessable)
		return 0;
	r = digest_compute(secret->value, secret->length, &digest);
	if (r < 0)
		return r;
	digest_to_hex(&digest, hex);
	memcpy(hit->digest, hex, DIGEST_SHOWN);
	return 0;
}

/* What a name before it says of a secret is less than what its own form says. */
static bool is_general(const char *code)
{
	return strcmp(code, "secret.token") == 0 || strcmp(code, "secret.password") == 0;
}

/* Seen already, by another detector or in the part that two blocks share. */
static bool is_known(struct sight *sight, const struct secret *secret, uint64_t mark,
		     uint64_t value)
{
	for (size_t i = 0; i < sight->n_hits; i++) {
		struct hit *hit = &sight->hits[i];

		if (hit->value != value && hit->mark != mark)
			continue;
		if (is_general(hit->code) && !is_general(secret->code)) {
			hit->code = secret->code;
			hit->what = secret->what;
		}
		return true;
	}
	return sight->count > HITS_MAX && value <= sight->last_value;
}

static int take_secret(const struct secret *secret, void *data)
{
	struct sight *sight = data;
	uint64_t mark = sight->offset + (uint64_t)(secret->mark - sight->view->data);
	uint64_t value = sight->offset + (uint64_t)(secret->value - sight->view->data);
	struct hit *hit;

	if (is_known(sight, secret, mark, value))
		return 0;
	sight->last_value = value;
	if (++sight->count > HITS_MAX)
		return sight->count > COUNT_MAX;
	hit = &sight->hits[sight->n_hits++];
	*hit = (struct hit){
		.code = secret->code, .what = secret->what, .mark = mark, .value = value};
	if (sight->view->is_text)
		hit->line = sight->line + count_lines(sight->view->data,
						      (size_t)(secret->mark - sight->view->data));
	return set_digest(secret, hit);
}

static bool is_text(const struct window *window)
{
	return !memchr(window->data, 0, window->size < 4096 ? window->size : 4096);
}

static int scan_blocks(const struct search *search, struct content_file *file,
		       struct secret_view *view, struct sight *sight)
{
	uint64_t limit = clock_monotonic_ms() + FILE_MS_MAX, all, first;
	struct window *window = &file->window;
	int r;

	do {
		view->data = (const char *)window->data;
		view->size = window->size;
		sight->offset = window->offset;
		r = secret_scan(search->scanner, view, take_secret, sight);
		if (r != 0)
			return r < 0 ? r : 0;
		if (clock_monotonic_ms() > limit)
			return -ETIME;
		all = count_lines(view->data, view->size);
		first = view->size < WINDOW_OVERLAP
				? 0
				: count_lines(view->data, view->size - WINDOW_OVERLAP);
		r = window_next(window);
		sight->line += window->overlap ? first : all;
	} while (r > 0);
	return r;
}

static enum severity hit_severity(const struct hit *hit)
{
	const struct catalog_entry *entry = catalog_find(hit->code);

	return entry ? entry->severity : SEVERITY_HIGH;
}

static const struct hit *find_gravest(const struct sight *sight)
{
	const struct hit *gravest = &sight->hits[0];

	for (size_t i = 1; i < sight->n_hits; i++)
		if (hit_severity(&sight->hits[i]) > hit_severity(gravest))
			gravest = &sight->hits[i];
	return gravest;
}

static int describe_hit(const struct hit *hit, struct buffer *buffer)
{
	int r = buffer_append_text(buffer, buffer->size ? "; " : "");

	if (r == 0 && hit->line > 0)
		r = buffer_printf(buffer, "line %" PRIu64 ": ", hit->line);
	if (r == 0)
		r = buffer_append_text(buffer, hit->what);
	if (r == 0 && hit->digest[0])
		r = buffer_printf(buffer, " (sha256 %s...)", hit->digest);
	return r;
}

static int describe(const struct content_file *file, const struct sight *sight,
		    struct finding *finding)
{
	const char *name = strrchr(file->path, '/') + 1;
	_cleanup_free_ char *safe = text_escape(name, strlen(name));
	_cleanup_buffer_ struct buffer actual = {};
	int r = 0;

	if (!safe)
		return -ENOMEM;
	if (asprintf(&finding->title, "%s holds %s%s", safe, find_gravest(sight)->what,
		     sight->count > 1 ? " and more" : "") < 0) {
		finding->title = NULL;
		return -ENOMEM;
	}
	for (size_t i = 0; r == 0 && i < sight->n_hits; i++)
		r = describe_hit(&sight->hits[i], &actual);
	if (r == 0 && sight->count > sight->n_hits)
		r = buffer_printf(&actual, "; and %zu more", sight->count - sight->n_hits);
	finding->actual = TAKE_PTR(actual.data);
	return r;
}

static int take_sight(const struct content_file *file, const struct sight *sight,
		      struct findings *ret)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r = finding_start(&finding, find_gravest(sight)->code);

	if (r < 0)
		return r;
	finding.path = strdup(file->path);
	if (!finding.path)
		return -ENOMEM;
	r = describe(file, sight, &finding);
	return r < 0 ? r : findings_take(ret, &finding);
}

/* The window is at its end, and goes back to the first block. */
static int take_unless_sample(const struct check_context *context, struct content_file *file,
			      const struct sight *sight, struct findings *ret)
{
	uint64_t left_out = file->window.left_out;
	int r = window_first(&file->window);

	file->window.left_out = left_out;
	if (r > 0)
		r = secret_is_sample(context, file->path, &file->window);
	return r == 0 ? take_sight(file, sight, ret) : r < 0 ? r : 0;
}

static int look(const struct check_context *context, struct content_file *file, void *data)
{
	const struct search *search = data;
	struct sight sight = {.line = 1};
	struct secret_view view = {};
	struct secret whole;
	int r = secret_is_expected(context, file->path), s = 0;

	if (r != 0)
		return r < 0 ? r : 0;
	r = window_first(&file->window);
	if (r <= 0)
		return r;
	view.data = (const char *)file->window.data;
	view.size = file->window.size;
	view.is_whole = file->window.offset == 0 && view.size == file->window.file_size;
	view.is_text = is_text(&file->window);
	/* Only what is text is read otherwise for its name. */
	if (view.is_text)
		secret_view_set_name(&view, file->path);
	sight.view = &view;
	if (file->window.offset == 0 && secret_match_file(&view, &whole)) {
		sight.offset = 0;
		r = take_secret(&whole, &sight);
		sight.hits[0].line = 0;
	} else {
		r = scan_blocks(search, file, &view, &sight);
	}
	if (sight.n_hits > 0)
		s = take_unless_sample(context, file, &sight, search->findings);
	return s < 0 ? s : r;
}

/* The length up to the program's own directory in a home (.aws, .gnupg, .config/gcloud), or 0. */
static size_t own_directory(const char *path)
{
	const char *dot = strstr(path, "/."), *end;

	if (!dot)
		return 0;
	end = strchr(dot + 1, '/');
	if (end && strncmp(dot, "/.config/", strlen("/.config/")) == 0)
		end = strchr(end + 1, '/');
	return end ? (size_t)(end - path) : 0;
}

static bool is_one_of(const char *path, const char *const globs[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (glob_match(globs[i], path))
			return true;
	return false;
}

/* Where files of all kinds lie together, and each stands for itself. */
static bool is_common(const char *path, size_t length)
{
	static const char *const common[] = {"",     "/root",	 "/home/*", "/etc",
					     "/tmp", "/var/tmp", "/opt",    "/srv"};
	_cleanup_free_ char *directory = strndup(path, length);

	return !directory || is_one_of(directory, common, ELEMENTS(common));
}

static bool is_same_group(const struct finding *a, const struct finding *b)
{
	size_t own = own_directory(a->path), length = (size_t)(strrchr(a->path, '/') - a->path);

	if (own > 0)
		return own_directory(b->path) == own && strncmp(a->path, b->path, own) == 0;
	return strcmp(a->code, b->code) == 0 &&
	       (size_t)(strrchr(b->path, '/') - b->path) == length &&
	       strncmp(a->path, b->path, length) == 0 && !is_common(a->path, length);
}

/* Those of one directory and kind become one; in the order of paths they stand near each other. */
static int take_groups(struct findings *files, struct findings *ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < files->count; i++) {
		struct finding *head = &files->items[i];

		if (!head->code)
			continue;
		for (size_t k = i + 1; r == 0 && k < files->count && k <= i + 256; k++) {
			struct finding *other = &files->items[k];

			if (!other->code || !is_same_group(head, other))
				continue;
			r = finding_add_related(head, other->path);
			if (other->severity > head->severity)
				head->severity = other->severity;
			finding_done(other);
			*other = (struct finding){};
		}
		if (r == 0)
			r = findings_take(ret, head);
	}
	return r;
}

int secrets_check(const struct check_context *context, struct findings *ret,
		  struct error *error _unused_)
{
	_cleanup_(secret_scanner_free_p) struct secret_scanner *scanner = NULL;
	_cleanup_findings_ struct findings files = {};
	struct search search = {.findings = &files};
	int r;

	if (!content_is_any(context))
		return 0;
	r = secret_scanner_new(&scanner);
	if (r < 0)
		return r;
	search.scanner = scanner;
	r = content_each(context, "the search for secrets", look, &search, ret);
	return r < 0 ? r : take_groups(&files, ret);
}
