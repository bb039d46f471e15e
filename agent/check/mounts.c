/* SPDX-License-Identifier: Apache-2.0 */
#include "check/mounts.h"

#include "catalog.h"
#include "check/temporary.h"
#include "measure/root.h"
#include "platform/proc.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define FSTAB_MAX      (1024 * 1024)
#define FINDINGS_LIMIT 500

/* The first that matches decides. */
static const struct place {
	const char *glob;
	bool watched;
	bool disk_allowed; /* a whole filesystem of a disk is no surprise there */
} places[] = {
	{"/proc/[0-9]*", true, false},
	{"/proc/[0-9]*/**", true, false},
	/* container runtimes, and systemd for a machine-id that is not written yet */
	{"/etc/hosts", false, false},
	{"/etc/hostname", false, false},
	{"/etc/resolv.conf", false, false},
	{"/etc/machine-id", false, false},
	{"/etc", true, false},
	{"/etc/**", true, false},
	{"/usr", true, true},
	{"/usr/local", true, true},
	{"/usr/src", false, false},
	{"/usr/src/**", false, false},
	{"/usr/**", true, false},
	{"/bin", true, false},
	{"/bin/**", true, false},
	{"/sbin", true, false},
	{"/sbin/**", true, false},
	{"/lib*", true, false},
	{"/lib*/**", true, false},
	{"/boot", true, true},
	{"/boot/efi", true, true},
	{"/boot/**", true, false},
	{"/root", true, true},
	{"/root/**", true, false},
	{"/home/*/.*", true, false},
	{"/home/*/.ssh/**", true, false},
	{"/var/log", true, true},
	{"/var/log/audit", true, true},
	{"/var/log/journal", true, true},
	{"/var/log/**", true, false},
	{"/var/spool/cron", true, false},
	{"/var/spool/cron/**", true, false},
	{"/var/lib/dpkg", true, false},
	{"/var/lib/dpkg/**", true, false},
	{"/var/lib/cloud", true, false},
	{"/var/lib/cloud/**", true, false},
	{"/opt/**", false, false},
};

static const struct place *find_place(const char *path)
{
	for (size_t i = 0; i < ELEMENTS(places); i++)
		if (glob_match(places[i].glob, path))
			return &places[i];
	return NULL;
}

static bool is_disk(const struct mount *mount)
{
	static const char *const types[] = {"ext[234]", "xfs", "btrfs", "vfat", "f2fs", "zfs"};

	/* A subvolume of btrfs is a filesystem of its own. */
	if (strcmp(mount->root, "/") != 0 && strcmp(mount->type, "btrfs") != 0)
		return false;
	for (size_t i = 0; i < ELEMENTS(types); i++)
		if (glob_match(types[i], mount->type))
			return true;
	return false;
}

/* A path without the slash at the end that only "/" has. */
static const char *without_slash(const char *path)
{
	return strcmp(path, "/") == 0 ? "" : path;
}

/* A directory mounted over itself, to make it read-only for a service, say, hides nothing. */
static bool is_itself(const struct mounts *mounts, const struct mount *mount)
{
	const struct mount *parent = mounts_find(mounts, mount->parent);
	const char *below, *root;
	size_t length;

	if (!parent || parent->device != mount->device)
		return false;
	length = strlen(without_slash(parent->point));
	root = without_slash(parent->root);
	if (strncmp(mount->point, parent->point, length) != 0 ||
	    strncmp(mount->root, root, strlen(root)) != 0)
		return false;
	below = mount->point + length;
	return strcmp(without_slash(below), without_slash(mount->root + strlen(root))) == 0;
}

bool mount_covers(const struct mounts *mounts, const struct mount *mount)
{
	const struct place *place = find_place(mount->point);

	if (!place || !place->watched || (place->disk_allowed && is_disk(mount)))
		return false;
	return !is_itself(mounts, mount);
}

/* Whether a line of fstab(5) names the place; `text` as read, and it is not changed. */
static bool fstab_has(const char *text, const char *point)
{
	size_t length = strlen(point);

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *at = line + strspn(line, " \t");

		if (*at == '#')
			continue;
		at += strcspn(at, " \t\n");
		at += strspn(at, " \t");
		if (strncmp(at, point, length) == 0 && strspn(at + length, " \t") > 0)
			return true;
	}
	return false;
}

/* What the sealed fstab says is meant. One that was changed says nothing. */
static char *read_fstab(const struct check_context *context)
{
	char *text = NULL;
	size_t size;

	if (suspects_find(&context->suspects, "/etc/fstab") ||
	    root_read(context->root_fd, "/etc/fstab", FSTAB_MAX, &text, &size) < 0)
		return NULL;
	return text;
}

/*
 * The tree check only says that it could not look below; this says why that matters, or has looked.
 * The empty finding goes when all are folded.
 */
static void drop_coverage(struct findings *findings, const char *path)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->items[i];

		if (finding->code && strcmp(finding->code, "coverage.mount") == 0 &&
		    finding->path && strcmp(finding->path, path) == 0)
			finding_done(finding);
	}
}

static int describe(const struct mount *mount, char **ret)
{
	if (asprintf(ret, "%s of %s (%s) is mounted over it", mount->root, mount->source,
		     mount->type) < 0)
		return -ENOMEM;
	return 0;
}

/* What another check has said of the process below the mount is about the same thing. */
static int add_to_process(struct findings *findings, const char *point, const char *text,
			  bool *ret_done)
{
	*ret_done = false;
	for (size_t i = 0; i < findings->count && !*ret_done; i++) {
		struct finding *finding = &findings->items[i];
		char *joined;

		if (finding->n_related == 0 || strcmp(finding->related[0], point) != 0)
			continue;
		if (asprintf(&joined, "%s; %s: %s", finding->actual ? finding->actual : "", point,
			     text) < 0)
			return -ENOMEM;
		free(finding->actual);
		finding->actual = joined;
		if (finding->severity < SEVERITY_HIGH)
			finding->severity = SEVERITY_HIGH;
		*ret_done = true;
		return finding_add_attack(finding, "T1564");
	}
	return 0;
}

/* What was found of the file that is mounted is a part of this; see drop_coverage(). */
static void absorb(struct findings *findings, const char *path, struct finding *finding)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct finding *other = &findings->items[i];

		if (!other->path || strcmp(other->path, path) != 0 || other->n_related > 0)
			continue;
		if (other->severity > finding->severity)
			finding->severity = other->severity;
		finding_done(other);
	}
}

/* What is mounted there has a path of its own, when it comes from the root's filesystem. */
static int add_source(const struct mounts *mounts, const struct mount *mount,
		      struct findings *findings, struct finding *finding)
{
	const struct mount *root = NULL;
	const char *source;
	struct stat st;

	for (size_t i = 0; i < mounts->count; i++)
		if (strcmp(mounts->items[i].point, "/") == 0)
			root = &mounts->items[i];
	if (!root || root->device != mount->device)
		return 0;
	source = without_slash(root->root);
	if (strncmp(mount->root, source, strlen(source)) != 0)
		return 0;
	source = mount->root + strlen(source);
	if (source[0] != '/' || !source[1] || lstat(source, &st) < 0)
		return 0;
	absorb(findings, source, finding);
	return finding_add_related(finding, source);
}

static int take_mount(const struct mounts *mounts, const struct mount *mount, struct findings *ret)
{
	_cleanup_(finding_done) struct finding finding = {};
	_cleanup_free_ char *text = NULL;
	bool done = false;
	int r = describe(mount, &text);

	if (r == 0)
		r = add_to_process(ret, mount->point, text, &done);
	if (r < 0 || done)
		return r;
	drop_coverage(ret, mount->point);
	r = finding_start(&finding, "hidden.mount");
	if (r < 0)
		return r;
	finding.path = strdup(mount->point);
	finding.expected = strdup("nothing mounted");
	finding.actual = TAKE_PTR(text);
	if (!finding.path || !finding.expected)
		return -ENOMEM;
	if (asprintf(&finding.title, "Something is mounted over %s", mount->point) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	r = add_source(mounts, mount, ret, &finding);
	return r < 0 ? r : findings_take(ret, &finding);
}

/* systemd's tmp.mount and its like, which no manifest has and a policy need not name. */
static bool is_temporary(const struct mount *mount)
{
	return strcmp(mount->type, "tmpfs") == 0 && strcmp(mount->root, "/") == 0 &&
	       (strcmp(mount->point, "/tmp") == 0 || strcmp(mount->point, "/var/tmp") == 0);
}

/* The tree check could not compare what is in it; here it is looked at for what it may hold. */
static int check_temporary(const struct check_context *context, const struct mount *mount,
			   struct findings *ret)
{
	int r = temporary_examine(context, mount->point, ret);

	if (r == 1)
		drop_coverage(ret, mount->point);
	/* Where it did not come to its end, the finding of the tree check stays. */
	return r == -ENOMEM ? r : 0;
}

static int check_all(const struct check_context *context, const struct mounts *mounts,
		     struct findings *ret, struct error *error)
{
	_cleanup_free_ char *fstab = read_fstab(context);
	size_t found = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < mounts->count; i++) {
		const struct mount *mount = &mounts->items[i];

		if (is_temporary(mount))
			r = check_temporary(context, mount, ret);
		if (!mount_covers(mounts, mount) || (fstab && fstab_has(fstab, mount->point)))
			continue;
		if (++found > FINDINGS_LIMIT)
			return error_set(error, -E2BIG, "more than %d mounts cover something",
					 FINDINGS_LIMIT);
		r = take_mount(mounts, mount, ret);
	}
	if (r == 0 && mounts->cut)
		r = error_set(error, -E2BIG, "there are more than %d mounts", MOUNTS_MAX);
	return r;
}

int mounts_check(const struct check_context *context, struct findings *ret, struct error *error)
{
	_cleanup_mounts_ struct mounts mounts = {};
	_cleanup_close_ int proc_fd = proc_open();
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r = proc_fd < 0 ? proc_fd
			    : proc_read(proc_fd, "self/mountinfo", MOUNTS_TEXT_MAX, &text, &size);

	if (r == 1)
		return error_set(error, -EFBIG, "/proc/self/mountinfo is too long");
	if (r == 0)
		r = mounts_parse(text, size, &mounts);
	if (r < 0)
		return error_set(error, r, "/proc/self/mountinfo: %s", strerror(-r));
	return check_all(context, &mounts, ret, error);
}
