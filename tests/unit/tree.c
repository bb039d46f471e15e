/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"
#include "cleanup.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/posix_acl_xattr.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <cmocka.h>

char *tree_path(const char *root, const char *path)
{
	char *whole;

	assert_true(asprintf(&whole, "%s%s%s", root, path[0] ? "/" : "", path) > 0);
	return whole;
}

void tree_directory(const char *root, const char *path)
{
	_cleanup_free_ char *whole = tree_path(root, path);

	if (mkdir(whole, 0755) < 0 || chmod(whole, 0755) < 0)
		fail_msg("mkdir %s: %m", whole);
}

static void write_bytes(const char *root, const char *path, int flags, const void *data,
			size_t size)
{
	_cleanup_free_ char *whole = tree_path(root, path);
	int fd = open(whole, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, 0644);

	if (fd < 0)
		fail_msg("%s: %m", whole);
	if (!(flags & O_APPEND))
		assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(write(fd, data, size), size);
	assert_int_equal(close(fd), 0);
}

void tree_bytes(const char *root, const char *path, const void *data, size_t size)
{
	write_bytes(root, path, O_TRUNC, data, size);
}

void tree_file(const char *root, const char *path, const char *text)
{
	tree_bytes(root, path, text, strlen(text));
}

void tree_append(const char *root, const char *path, const char *text)
{
	write_bytes(root, path, O_APPEND, text, strlen(text));
}

void tree_link(const char *root, const char *path, const char *target)
{
	_cleanup_free_ char *whole = tree_path(root, path);

	if (symlink(target, whole) < 0)
		fail_msg("symlink %s: %m", whole);
}

bool tree_node(const char *root, const char *path, mode_t mode, dev_t device)
{
	_cleanup_free_ char *whole = tree_path(root, path);

	if (mknod(whole, mode, device) < 0)
		return false;
	assert_int_equal(chmod(whole, mode & 07777), 0);
	return true;
}

void tree_socket(const char *root, const char *path)
{
	_cleanup_free_ char *whole = tree_path(root, path);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_true(strlen(whole) < sizeof(address.sun_path));
	memcpy(address.sun_path, whole, strlen(whole));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(close(fd), 0);
}

void tree_mode(const char *root, const char *path, mode_t mode)
{
	_cleanup_free_ char *whole = tree_path(root, path);

	assert_int_equal(chmod(whole, mode), 0);
}

void tree_owner(const char *root, const char *path, uid_t uid, gid_t gid)
{
	_cleanup_free_ char *whole = tree_path(root, path);

	assert_int_equal(lchown(whole, uid, gid), 0);
}

void tree_remove(const char *root, const char *path)
{
	_cleanup_free_ char *whole = tree_path(root, path);

	if (remove(whole) < 0)
		fail_msg("remove %s: %m", whole);
}

void tree_rename(const char *root, const char *from, const char *to)
{
	_cleanup_free_ char *old = tree_path(root, from), *new = tree_path(root, to);

	assert_int_equal(rename(old, new), 0);
}

bool tree_xattr(const char *root, const char *path, const char *name, const void *value,
		size_t size)
{
	_cleanup_free_ char *whole = tree_path(root, path);

	return lsetxattr(whole, name, value, size, 0) == 0;
}

bool tree_capability(const char *root, const char *path, unsigned bits)
{
	struct vfs_cap_data data = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data[0].permitted = bits,
	};

	return tree_xattr(root, path, "security.capability", &data, XATTR_CAPS_SZ_2);
}

bool tree_acl(const char *root, const char *path, bool as_default, uid_t user)
{
	struct {
		struct posix_acl_xattr_header header;
		struct posix_acl_xattr_entry entries[5];
	} acl = {
		.header.a_version = POSIX_ACL_XATTR_VERSION,
		.entries = {{0x01, 6, UINT32_MAX},
			    {0x02, 4, user},
			    {0x04, 4, UINT32_MAX},
			    {0x10, 4, UINT32_MAX},
			    {0x20, 4, UINT32_MAX}},
	};

	return tree_xattr(root, path,
			  as_default ? "system.posix_acl_default" : "system.posix_acl_access", &acl,
			  sizeof(acl));
}
