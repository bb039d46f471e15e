/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making filesystem trees to measure. Each path is relative to `root`, "" is the root itself; a
 * call that fails fails the test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* "ROOT/PATH" in a new string. */
char *tree_path(const char *root, const char *path);
void tree_directory(const char *root, const char *path);
/* Makes or overwrites a file of mode 0644. */
void tree_bytes(const char *root, const char *path, const void *data, size_t size);
void tree_file(const char *root, const char *path, const char *text);
void tree_append(const char *root, const char *path, const char *text);
void tree_link(const char *root, const char *path, const char *target);
/* A fifo, or a device node: false when the system forbids it. */
bool tree_node(const char *root, const char *path, mode_t mode, dev_t device);
void tree_socket(const char *root, const char *path);
void tree_mode(const char *root, const char *path, mode_t mode);
void tree_owner(const char *root, const char *path, uid_t uid, gid_t gid);
void tree_remove(const char *root, const char *path);
void tree_rename(const char *root, const char *from, const char *to);
/* False when the filesystem has none of the kind. */
bool tree_xattr(const char *root, const char *path, const char *name, const void *value,
		size_t size);
/* One of these, in the kernel's form: a file capability, and ACLs for one further user. */
bool tree_capability(const char *root, const char *path, unsigned bits);
bool tree_acl(const char *root, const char *path, bool as_default, uid_t user);
