/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dm-verity: whether the block device under a root is one whose every block the kernel checks
 * against a root hash.
 *
 * What counts is the live table that the kernel states, never a device's name, its UUID (whoever
 * made the mapping chose both) or anything in the image. The table line is described in the
 * kernel's Documentation/admin-guide/device-mapper/verity.rst, the ioctls in linux/dm-ioctl.h.
 * They are asked directly and not through libdevmapper: one ioctl is needed, and the library
 * makes device nodes, talks to udev and logs by itself, on every first boot.
 */
#pragma once

#include "error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* All strings are owned. */
struct dm_verity {
	char *root_hash;   /* lower-case hexadecimal */
	char *algorithm;   /* the kernel's name, as "sha256" */
	char *salt;	   /* lower-case hexadecimal; NULL without one */
	char *data_device; /* as the kernel states it, MAJOR:MINOR */
	char *hash_device;
	uint32_t version; /* 1, or 0 for Chromium OS's old form */
	uint32_t data_block_size;
	uint32_t hash_block_size;
	uint64_t data_blocks;
	bool is_read_only;
	bool is_signed;		  /* the kernel was given a signature of the root hash */
	bool ignores_corruption;  /* hands out blocks that do not agree: worthless */
	bool checks_once;	  /* a block that was read once is not checked again */
	bool restarts_or_panics;  /* a block that does not agree stops the machine */
	bool has_seen_corruption; /* some block has not agreed since the mapping was made */
};

void dm_verity_done(struct dm_verity *verity);
#define _cleanup_dm_verity_ _cleanup_(dm_verity_done)

/*
 * Reads one table line of the target "verity", without its target name. Anything that it does not
 * know, as a newer kernel's option, is -EBADMSG with the reason: what could weaken the mapping must
 * be understood.
 */
int dm_verity_parse(const char *line, struct dm_verity *ret, struct error *error) _must_check_;

/*
 * Asks what the block device `device` (a st_dev) is. 1: one dm-verity target and nothing else,
 * described in `ret`. 0: anything else, also a filesystem without a device of its own (tmpfs,
 * overlay, btrfs) and a device stacked on a verity one. A negative errno when it could not be told,
 * with the reason. Only root may ask.
 */
int dm_verity_read(dev_t device, struct dm_verity *ret, struct error *error) _must_check_;

/* Whether reads through the mapping give the content that the root hash stands for, or an error. */
bool dm_verity_is_enforced(const struct dm_verity *verity);

/*
 * The name of the filesystem on which `fd` lies, by the number that the kernel gives: "erofs" and
 * "squashfs", which cannot be written at all, or "ext4", "xfs", "btrfs", "f2fs", "vfat",
 * "overlay", "tmpfs", "fuse". NULL for another one or when it cannot be asked.
 */
const char *dm_name_filesystem(int fd);
