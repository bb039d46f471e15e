/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/probe.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define XATTR_LIST_MAX	65536 /* XATTR_LIST_MAX of linux/limits.h */
#define XATTR_VALUE_MAX 65536
#define MOVED_TRIES	4

/* Beneath the directory, as it is given a single name; the kernel checks that it stays so. */
#define RESOLVE_STRICTLY \
	(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV)

static int open_once(const struct probe_place *place, const char *name, int flags)
{
	struct open_how how = {.flags = (uint64_t)flags, .resolve = RESOLVE_STRICTLY};
	int moved = 0;
	long fd;

	if (place->enters_mount)
		how.resolve &= ~(uint64_t)RESOLVE_NO_XDEV;
	/*
	 * An open of a network's or a program's file can be interrupted. EXDEV is also what comes
	 * when the object is renamed out of the directory at that moment: only a mount stays.
	 */
	do
		fd = place->has_openat2 ? syscall(SYS_openat2, place->fd, name, &how, sizeof(how))
					: openat(place->fd, name, flags);
	while (fd < 0 && (errno == EINTR || (errno == EXDEV && ++moved < MOVED_TRIES)));
	return fd < 0 ? -errno : (int)fd;
}

bool probe_has_openat2(int directory_fd)
{
	const struct probe_place place = {.fd = directory_fd, .has_openat2 = true};
	_cleanup_close_ int fd = open_once(&place, ".", O_PATH | O_CLOEXEC);

	return fd >= 0;
}

int probe_open(const struct probe_place *place, const char *name, int flags)
{
	int fd;

	flags |= O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	fd = open_once(place, name, flags | O_NOATIME);
	/* O_NOATIME is for the owner or CAP_FOWNER alone. */
	return fd == -EPERM ? open_once(place, name, flags) : fd;
}

static void item_set_problem(struct walk_item *item, int r)
{
	item->problem = r == -ENOENT ? PROBLEM_VANISHED : PROBLEM_UNREADABLE;
	item->error = r;
}

static void item_set_stat(struct walk_item *item)
{
	struct entry *entry = &item->entry;
	const struct stat *st = &item->st;

	entry->type = entry_type_from_mode(st->st_mode);
	entry->uid = st->st_uid;
	entry->gid = st->st_gid;
	entry->has |= ENTRY_HAS_UID | ENTRY_HAS_GID;
	if (entry->type != ENTRY_LINK) {
		entry->mode = st->st_mode & 07777;
		entry->has |= ENTRY_HAS_MODE;
	}
	if (entry->type == ENTRY_FILE) {
		entry->size = (uint64_t)st->st_size;
		entry->has |= ENTRY_HAS_SIZE;
	}
	if (entry->type == ENTRY_CHAR || entry->type == ENTRY_BLOCK) {
		entry->device = st->st_rdev;
		entry->has |= ENTRY_HAS_DEVICE;
	}
}

/* Where to ask for extended attributes: an open descriptor, or a path for what must not be opened.
 */
struct xattr_source {
	int fd;
	const char *path;
};

static ssize_t source_list(const struct xattr_source *source, char *list, size_t size)
{
	return source->fd >= 0 ? flistxattr(source->fd, list, size)
			       : llistxattr(source->path, list, size);
}

static ssize_t source_get(const struct xattr_source *source, const char *name, void *value,
			  size_t size)
{
	return source->fd >= 0 ? fgetxattr(source->fd, name, value, size)
			       : lgetxattr(source->path, name, value, size);
}

static int get_value(const struct xattr_source *source, const char *name,
		     struct entry_xattr_value *ret)
{
	char value[XATTR_VALUE_MAX];
	ssize_t size = source_get(source, name, value, sizeof(value));

	if (size < 0)
		return errno == ENODATA ? 0 : -errno;
	ret->data = malloc((size_t)size + 1);
	if (!ret->data)
		return -ENOMEM;
	memcpy(ret->data, value, (size_t)size);
	ret->size = (size_t)size;
	return 0;
}

static int get_listed(const struct xattr_source *source, const char *list, size_t size,
		      struct entry *entry)
{
	for (const char *name = list; name < list + size; name += strlen(name) + 1) {
		enum entry_xattr xattr = entry_xattr_from_name(name);
		int r;

		if (xattr == _XATTR_MAX || entry->xattrs[xattr].data)
			continue;
		r = get_value(source, name, &entry->xattrs[xattr]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int get_xattrs(const struct xattr_source *source, struct entry *entry)
{
	_cleanup_free_ char *large = NULL;
	char small[1024], *list = small;
	ssize_t size = source_list(source, small, sizeof(small));

	if (size < 0 && errno == ERANGE) {
		list = large = malloc(XATTR_LIST_MAX);
		if (!large)
			return -ENOMEM;
		size = source_list(source, large, XATTR_LIST_MAX);
	}
	if (size < 0)
		return errno == ENOTSUP ? 0 : -errno;
	return get_listed(source, list, (size_t)size, entry);
}

static void item_set_xattrs(struct walk_item *item, const struct xattr_source *source)
{
	int r = get_xattrs(source, &item->entry);

	if (r < 0 && item->problem == PROBLEM_NONE)
		item_set_problem(item, r);
}

void probe_directory(int fd, struct walk_item *item)
{
	if (fstat(fd, &item->st) < 0) {
		item_set_problem(item, -errno);
		return;
	}
	item_set_stat(item);
	item_set_xattrs(item, &(struct xattr_source){.fd = fd});
}

static void stat_from_statx(const struct statx *from, struct stat *ret)
{
	*ret = (struct stat){
		.st_dev = makedev(from->stx_dev_major, from->stx_dev_minor),
		.st_ino = from->stx_ino,
		.st_mode = from->stx_mode,
		.st_nlink = from->stx_nlink,
		.st_uid = from->stx_uid,
		.st_gid = from->stx_gid,
		.st_rdev = makedev(from->stx_rdev_major, from->stx_rdev_minor),
		.st_size = (off_t)from->stx_size,
		.st_blksize = (blksize_t)from->stx_blksize,
		.st_blocks = (blkcnt_t)from->stx_blocks,
		.st_atim = {from->stx_atime.tv_sec, from->stx_atime.tv_nsec},
		.st_mtim = {from->stx_mtime.tv_sec, from->stx_mtime.tv_nsec},
		.st_ctim = {from->stx_ctime.tv_sec, from->stx_ctime.tv_nsec},
	};
}

/*
 * Of a name in the place, or of `fd` itself when the name is empty. Tells whether something is
 * mounted there that is not to be entered. Never starts an automount.
 */
static int stat_at(const struct probe_place *place, int fd, const char *name, struct stat *ret,
		   bool *ret_is_mount)
{
	const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (name[0] ? 0 : AT_EMPTY_PATH);
	struct statx st;
	bool is_mount = false;

	if (statx(fd, name, flags, STATX_BASIC_STATS, &st) == 0) {
		stat_from_statx(&st, ret);
		is_mount = st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	} else if (errno != EPERM || fstatat(fd, name, ret, flags) < 0) {
		return -errno;
	} else {
		/* A sandbox that is older than statx(2). */
		st.stx_attributes_mask = 0;
	}
	if (!(st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
		is_mount = S_ISDIR(ret->st_mode) && ret->st_dev != place->device;
	*ret_is_mount = is_mount && !place->enters_mount;
	return 0;
}

static int read_target(int dir_fd, const char *name, struct walk_item *item)
{
	char target[PATH_MAX];
	ssize_t size = readlinkat(dir_fd, name, target, sizeof(target));

	if (size < 0 || size == (ssize_t)sizeof(target)) {
		item_set_problem(item, size < 0 ? -errno : -ENAMETOOLONG);
		return 0;
	}
	target[size] = '\0';
	item->entry.link = strdup(target);
	if (!item->entry.link)
		return -ENOMEM;
	item->entry.has |= ENTRY_HAS_LINK;
	return 0;
}

/* Device nodes, fifos and sockets are asked through their directory: opening them could act. */
static int read_special_xattrs(int dir_fd, const char *name, struct walk_item *item)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "/proc/self/fd/%d/%s", dir_fd, name) < 0)
		return -ENOMEM;
	item_set_xattrs(item, &(struct xattr_source){.fd = -EBADF, .path = path});
	return 0;
}

/* What lies under a mount cannot be seen, and what is on it is not asked for. */
static void item_set_mount(struct walk_item *item)
{
	item->problem = PROBLEM_MOUNT;
	item->error = 0;
}

/* A directory without a problem stays open. */
static int probe_child_directory(const struct probe_place *place, const char *name,
				 struct walk_item *item)
{
	_cleanup_close_ int fd = probe_open(place, name, O_DIRECTORY);

	if (fd == -EXDEV)
		item_set_mount(item);
	else if (fd < 0)
		item_set_problem(item, fd);
	else
		probe_directory(fd, item);
	return item->problem == PROBLEM_NONE ? TAKE_FD(fd) : -EBADF;
}

/* By name, for everything but readable regular files. */
static int probe_by_name(const struct probe_place *place, const char *name, struct walk_item *item,
			 int *ret_directory_fd)
{
	bool is_mount;
	int r = stat_at(place, place->fd, name, &item->st, &is_mount);

	if (r < 0) {
		item_set_problem(item, r);
		return 0;
	}
	item_set_stat(item);
	if (is_mount) {
		item_set_mount(item);
		return 0;
	}
	switch (item->entry.type) {
	case ENTRY_LINK:
		return read_target(place->fd, name, item);
	case ENTRY_DIRECTORY:
		*ret_directory_fd = probe_child_directory(place, name, item);
		return 0;
	case ENTRY_FILE:
		return 0;
	default:
		return read_special_xattrs(place->fd, name, item);
	}
}

/* openat2(2) has seen to mounts already, or statx(2) must. */
static int stat_file(const struct probe_place *place, int fd, struct stat *ret)
{
	bool is_mount = false;
	int r;

	if (place->has_openat2)
		return fstat(fd, ret) < 0 ? -errno : 0;
	r = stat_at(place, fd, "", ret, &is_mount);
	return r == 0 && is_mount ? -EXDEV : r;
}

/* 1 when it was a regular file and is open now, 0 when it must be asked by name. */
static int probe_file(const struct probe_place *place, const char *name, struct walk_item *item)
{
	_cleanup_close_ int fd = probe_open(place, name, 0);
	int r = fd < 0 ? fd : stat_file(place, fd, &item->st);

	if (r == -EXDEV) {
		item_set_mount(item);
		return 0;
	}
	if (r < 0) {
		/* It is no longer what readdir said. */
		if (r != -ELOOP && r != -ENXIO)
			item_set_problem(item, r);
		return 0;
	}
	if (!S_ISREG(item->st.st_mode))
		return 0;
	item_set_stat(item);
	item_set_xattrs(item, &(struct xattr_source){.fd = fd});
	item->fd = TAKE_FD(fd);
	return 1;
}

int probe_child(const struct probe_place *place, const char *name, unsigned char type,
		struct walk_item *item, int *ret_directory_fd)
{
	int r;

	*ret_directory_fd = -EBADF;
	if (type == DT_REG) {
		if (probe_file(place, name, item))
			return 0;
		return probe_by_name(place, name, item, ret_directory_fd);
	}
	r = probe_by_name(place, name, item, ret_directory_fd);
	if (r == 0 && item->entry.type == ENTRY_FILE && item->problem == PROBLEM_NONE &&
	    !probe_file(place, name, item) && item->problem == PROBLEM_NONE)
		item_set_problem(item, -ESTALE);
	return r;
}
