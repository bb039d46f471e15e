/* SPDX-License-Identifier: Apache-2.0 */
/* ELF objects, as elf(5) has them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether the file is code for the kernel: an object that is not linked yet and has a section
 * .modinfo, which only modules have, or an eBPF program. `content` is the file's beginning; what
 * else is needed is read from the root in two bounded pieces. ELF-64 and ELF-32 of the machine's
 * own byte order; for what lies about its own layout the answer is no.
 */
bool elf_is_module(int root_fd, const char *path, const char *content, size_t size);
