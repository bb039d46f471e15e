/* SPDX-License-Identifier: Apache-2.0 */
#include "check/live.h"

#include "catalog.h"
#include "check/packages.h"
#include "clock.h"
#include "text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

/* Each question reads the package database once, so a flood of programs must not ask it often. */
#define OWNERS_MAX 64

struct live_owner {
	char *path;
	bool owned;
};

static int get_mount(const char *path, uint64_t *ret)
{
	struct statx statx_;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID, &statx_) < 0)
		return -errno;
	*ret = statx_.stx_mask & STATX_MNT_ID ? statx_.stx_mnt_id : 0;
	return 0;
}

int live_open(const struct check_context *context, struct findings *findings, struct live *ret,
	      struct error *error)
{
	struct live live = {
		.context = context,
		.findings = findings,
		.first = findings->count,
		.proc_fd = proc_open(),
	};
	int r = live.proc_fd < 0 ? live.proc_fd : get_mount("/", &live.root_mount);

	if (r < 0) {
		live_done(&live);
		return error_set(error, r, "/proc cannot be opened: %s", strerror(-r));
	}
	*ret = live;
	return 0;
}

int live_list(struct live *live, struct error *error)
{
	int r = proc_list(live->proc_fd, live->context->deadline_ms, &live->processes);

	if (r == -ETIME)
		return error_set(error, r, "time ran out");
	if (r < 0)
		return error_set(error, r, "/proc: cannot list the processes: %s", strerror(-r));
	return 0;
}

void live_done(struct live *live)
{
	close_p(&live->proc_fd);
	processes_done(&live->processes);
	for (size_t i = 0; i < live->n_owners; i++)
		free(live->owners[i].path);
	free(live->owners);
	*live = (struct live){.proc_fd = -EBADF};
}

static int take_coverage(struct live *live, const char *code, uint64_t count, const char *what)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r = finding_start(&finding, code);

	if (r < 0)
		return r;
	finding.path = strdup("/proc");
	if (!finding.path)
		return -ENOMEM;
	if (asprintf(&finding.title, "%s: %" PRIu64, what, count) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	return findings_take(live->findings, &finding);
}

int live_finish(struct live *live)
{
	if (live->dropped == 0)
		return 0;
	return take_coverage(live, "coverage.limit", live->dropped,
			     "More findings of running processes than can be listed");
}

int live_tell_unseen(struct live *live)
{
	int r = 0;

	if (live->processes.unseen > 0)
		r = take_coverage(live, "coverage.unreadable", live->processes.unseen,
				  "Processes whose program could not be read");
	if (r == 0 && live->processes.dropped > 0)
		r = take_coverage(live, "coverage.limit", live->processes.dropped,
				  "More processes than are looked at");
	return r;
}

int live_check_time(const struct live *live, struct error *error)
{
	uint64_t deadline_ms = live->context->deadline_ms;

	if (deadline_ms && clock_monotonic_ms() >= deadline_ms)
		return error_set(error, -ETIME, "time ran out");
	return 0;
}

/* Whether what is mounted where the path lies was measured with the root. */
static bool is_measured(const struct live *live, const char *path)
{
	char place[PATH_MAX], *slash;
	uint64_t mount, above;

	if (snprintf(place, sizeof(place), "%s", path) >= (int)sizeof(place) ||
	    get_mount(place, &mount) < 0)
		return false;
	while (mount != live->root_mount) {
		slash = strrchr(place, '/');
		if (!slash || slash == place)
			return policy_follows(live->context->policy, place);
		*slash = '\0';
		if (get_mount(place, &above) < 0)
			return false;
		if (above == mount)
			continue;
		*slash = '/';
		if (!policy_follows(live->context->policy, place))
			return false;
		*slash = '\0';
		mount = above;
	}
	return true;
}

static bool is_sealed(const struct live *live, const char *path)
{
	const struct check_context *context = live->context;
	const struct comparison *comparison = context->comparison;
	const struct policy_rule *rule = policy_match(context->policy, path);

	if (rule && rule->class != PATH_FIXED)
		return false;
	if (comparison->late || comparison->dropped > 0 || suspects_find(&context->suspects, path))
		return false;
	if (comparison->coverage.tier == COVERAGE_CRITICAL &&
	    !policy_is_critical(context->policy, path))
		return false;
	return is_measured(live, path);
}

static bool ask_owner(struct live *live, const char *path)
{
	struct package_query query = {.path = path};
	struct live_owner *grown;
	bool owned = false;

	for (size_t i = 0; i < live->n_owners; i++)
		if (strcmp(live->owners[i].path, path) == 0)
			return live->owners[i].owned;
	if (live->n_owners == OWNERS_MAX)
		return false;
	grown = reallocarray(live->owners, live->n_owners + 1, sizeof(*grown));
	if (!grown)
		return false;
	live->owners = grown;
	if (package_find_owners(live->context->root_fd, &query, 1) == 0)
		owned = query.package != NULL;
	free(query.package);
	grown[live->n_owners].path = strdup(path);
	grown[live->n_owners].owned = owned;
	live->n_owners += grown[live->n_owners].path != NULL;
	return owned;
}

enum vouched live_vouch(struct live *live, const char *path)
{
	struct stat st;

	if (path[0] != '/' || lstat(path, &st) < 0)
		return VOUCHED_NOT;
	if (is_sealed(live, path))
		return VOUCHED_SEALED;
	return ask_owner(live, path) ? VOUCHED_PACKAGE : VOUCHED_NOT;
}

enum vouched live_vouch_process(struct live *live, const struct process *process)
{
	struct stat st;

	if (!process->program || process->memory || process->foreign)
		return VOUCHED_NOT;
	if (!process->deleted && (stat(process->program, &st) < 0 || st.st_dev != process->device ||
				  st.st_ino != process->inode))
		return VOUCHED_NOT;
	return live_vouch(live, process->program);
}

bool path_is_temporary(const char *path)
{
	static const char *const places[] = {"/tmp/",	   "/var/tmp/",	 "/dev/",
					     "/run/user/", "/run/lock/", "/run/shm/"};

	for (size_t i = 0; i < ELEMENTS(places); i++)
		if (strncmp(path, places[i], strlen(places[i])) == 0)
			return true;
	return false;
}

bool path_is_hidden(const char *path)
{
	return strstr(path, "/.") != NULL;
}

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool program_is_interpreter(const char *path)
{
	static const char *const globs[] = {
		"sh",	 "bash",  "dash",	  "zsh*",   "ksh*",   "mksh",
		"fish",	 "rbash", "busybox*",	  "perl",   "perl5*", "python*",
		"ruby*", "node",  "nodejs",	  "php*",   "lua*",   "tclsh*",
		"gawk",	 "mawk",  "original-awk", "expect",
	};
	const char *name = path_name(path);

	for (size_t i = 0; i < ELEMENTS(globs); i++)
		if (glob_match(globs[i], name))
			return true;
	return false;
}

char *process_words(const struct process *process)
{
	size_t size = process->arguments_size;
	char *words;

	while (size > 0 && process->arguments[size - 1] == '\0')
		size--;
	if (size == 0)
		return strdup(process->comm);
	words = malloc(LIVE_TEXT_MAX + 4);
	if (!words)
		return NULL;
	if (size > LIVE_TEXT_MAX)
		size = LIVE_TEXT_MAX;
	memcpy(words, process->arguments, size);
	for (size_t i = 0; i < size; i++)
		if (words[i] == '\0')
			words[i] = ' ';
	(void)snprintf(words + size, 4, "%s", size == LIVE_TEXT_MAX ? "..." : "");
	return words;
}

const char *process_argument(const struct process *process, size_t index)
{
	const char *at = process->arguments, *end;

	if (process->arguments_size == 0)
		return NULL;
	end = at + process->arguments_size;
	for (; index > 0; index--) {
		at += strlen(at) + 1;
		if (at >= end)
			return NULL;
	}
	return at;
}
