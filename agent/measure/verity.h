/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs-verity: digests of files that the kernel has checked and goes on checking at each read.
 *
 * Formats and ioctls are those of the kernel's Documentation/filesystems/fsverity.rst. A file that
 * carries fs-verity can no longer be written, and a page that does not agree with the digest gives
 * EIO instead of data; so a digest that is the sealed one vouches for the whole content unread.
 */
#pragma once

#include "digest.h"

/*
 * Not a digest of the content but of a descriptor with the file's size and the root of a Merkle
 * tree over it: SHA-256, any block size and salt. A type of its own, so that it is never compared
 * with the SHA-256 of content.
 */
struct verity_digest {
	struct digest descriptor;
};

/*
 * Whether files of the filesystem on which `fd` lies (any open file or directory) can carry
 * fs-verity: the filesystem has the feature, and it is one of those whose pages the kernel itself
 * checks. Ask once a filesystem; where it says no, verity_measure() finds nothing either.
 */
bool verity_is_possible(int fd);

/*
 * Asks the kernel for the digest of an open regular file. 1 with the digest; 0 when the file has
 * none that counts: no fs-verity, another algorithm than SHA-256, or a filesystem that only passes
 * on what a program answers (FUSE). The content must be read then. Otherwise a negative errno.
 */
int verity_measure(int fd, struct verity_digest *ret) _must_check_;

/*
 * The digest that the kernel will give to content once fs-verity is enabled on it with SHA-256,
 * blocks of 4096 bytes and no salt (the defaults of `fsverity enable`), computed from the content
 * in one pass: begin, any number of updates, finish. It takes 40 KiB however long the content is.
 * -EIO when OpenSSL fails, -EFBIG beyond 2^63 bytes.
 */
struct verity_builder;

int verity_builder_new(struct verity_builder **ret) _must_check_;
void verity_builder_begin(struct verity_builder *builder);
int verity_builder_update(struct verity_builder *builder, const void *data,
			  size_t size) _must_check_;
int verity_builder_finish(struct verity_builder *builder, struct verity_digest *ret) _must_check_;
void verity_builder_free(struct verity_builder *builder);
DEFINE_CLEANUP(struct verity_builder *, verity_builder_free)

/* Of the content of an open file from its position to its end. Errno of read, -EIO, -ENOMEM. */
int verity_compute(int fd, struct verity_digest *ret) _must_check_;
