/* SPDX-License-Identifier: Apache-2.0 */
#include "check/flaws.h"

#include "catalog.h"
#include "measure/root.h"

#include <stdarg.h>
#include <string.h>

void flaws_done(struct flaws *flaws)
{
	free(flaws->title);
	buffer_done(&flaws->text);
	for (size_t i = 0; i < flaws->n_related; i++)
		free(flaws->related[i]);
	free(flaws->related);
	*flaws = (struct flaws){};
}

static int append(struct flaws *flaws, const char *words)
{
	if (flaws->count > FLAWS_SHOWN_MAX)
		return 0;
	if (flaws->count == FLAWS_SHOWN_MAX)
		return buffer_append_text(&flaws->text, "; and more");
	return buffer_printf(&flaws->text, "%s%s", flaws->count ? "; " : "", words);
}

int flaws_add(struct flaws *flaws, const char *code, const char *format, ...)
{
	const struct catalog_entry *entry = catalog_find(code);
	_cleanup_free_ char *words = NULL;
	va_list args;
	int r;

	if (!entry)
		return -ENOENT;
	va_start(args, format);
	r = vasprintf(&words, format, args);
	va_end(args);
	if (r < 0) {
		words = NULL;
		return -ENOMEM;
	}
	r = append(flaws, words);
	if (r < 0)
		return r;
	flaws->count++;
	if (flaws->gravest && flaws->gravest->severity >= entry->severity)
		return 0;
	flaws->gravest = entry;
	free(flaws->title);
	flaws->title = TAKE_PTR(words);
	return 0;
}

int flaws_relate(struct flaws *flaws, const char *path)
{
	char **grown;

	for (size_t i = 0; i < flaws->n_related; i++)
		if (strcmp(flaws->related[i], path) == 0)
			return 0;
	/* The finding itself keeps no more and says that there were more. */
	if (flaws->n_related > FINDING_RELATED_MAX)
		return 0;
	grown = reallocarray(flaws->related, flaws->n_related + 1, sizeof(char *));
	if (!grown)
		return -ENOMEM;
	flaws->related = grown;
	grown[flaws->n_related] = strdup(path);
	if (!grown[flaws->n_related])
		return -ENOMEM;
	flaws->n_related++;
	return 0;
}

static int relate(const struct flaws *flaws, struct finding *finding)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < flaws->n_related; i++)
		if (strcmp(flaws->related[i], finding->path) != 0)
			r = finding_add_related(finding, flaws->related[i]);
	return r;
}

int flaws_report(struct flaws *flaws, const char *path, const char *subject, struct findings *ret)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r;

	if (!flaws->gravest)
		return 0;
	r = finding_start(&finding, flaws->gravest->code);
	if (r < 0)
		return r;
	finding.path = strdup(path);
	if (!finding.path)
		return -ENOMEM;
	if (asprintf(&finding.title, "%s: %s", subject, flaws->title) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	finding.actual = TAKE_PTR(flaws->text.data);
	flaws->text = (struct buffer){};
	r = relate(flaws, &finding);
	return r < 0 ? r : findings_take(ret, &finding);
}

int flaws_uncovered(const char *code, const char *path, const char *reason, struct findings *ret)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r = finding_start(&finding, code);

	if (r < 0)
		return r;
	finding.path = strdup(path);
	finding.actual = strdup(reason);
	if (!finding.path || !finding.actual)
		return -ENOMEM;
	if (asprintf(&finding.title, "%s was not wholly judged: %s", path, reason) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	return findings_take(ret, &finding);
}

int flaws_read(const struct check_context *context, const char *path, size_t limit,
	       struct findings *findings, char **ret_data, size_t *ret_size)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r = root_read(context->root_fd, path, limit, &data, &size);

	if (r == -ENOMEM)
		return r;
	/* A dangling link, a link to a device: the tree check says what it is. */
	if (r == -ENOENT || r == -ENOTDIR || r == -EINVAL || r == -ELOOP)
		return 0;
	if (r < 0)
		return findings ? flaws_uncovered("coverage.unreadable", path, strerror(-r),
						  findings)
				: 0;
	if (r > 0 && findings)
		r = flaws_uncovered("coverage.limit", path,
				    "it is too large, only its beginning was", findings);
	if (r < 0)
		return r;
	*ret_data = TAKE_PTR(data);
	*ret_size = size;
	return 1;
}
