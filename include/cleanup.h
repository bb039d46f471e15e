/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scope-bound release of resources.
 *
 * Every variable marked _cleanup_ must be initialised where it is declared (NULL, or -EBADF for
 * descriptors). Ownership leaves a scope only through TAKE_PTR() or TAKE_FD().
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f)   __attribute__((cleanup(f)))
#define _must_check_   __attribute__((warn_unused_result))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _unused_       __attribute__((unused))
#define _noreturn_     __attribute__((noreturn))

#define ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* Defines `f_p`, which calls `f` on a non-NULL pointer when its scope ends. */
#define DEFINE_CLEANUP(type, f)                    \
	static inline _unused_ void f##_p(type *p) \
	{                                          \
		if (*p)                            \
			(void)f(*p);               \
	}

#define TAKE_PTR(p)                     \
	({                              \
		__typeof__(p) _t = (p); \
		(p) = NULL;             \
		_t;                     \
	})

#define TAKE_FD(fd)             \
	({                      \
		int _fd = (fd); \
		(fd) = -EBADF;  \
		_fd;            \
	})

static inline void free_p(void *p)
{
	free(*(void **)p);
}

static inline void close_p(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline _unused_ void json_decref_p(json_t **p)
{
	json_decref(*p);
}

DEFINE_CLEANUP(FILE *, fclose)
DEFINE_CLEANUP(DIR *, closedir)
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DEFINE_CLEANUP(EVP_MD *, EVP_MD_free)
DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)
DEFINE_CLEANUP(BIO *, BIO_free)

#define _cleanup_free_	   _cleanup_(free_p)
#define _cleanup_close_	   _cleanup_(close_p)
#define _cleanup_fclose_   _cleanup_(fclose_p)
#define _cleanup_closedir_ _cleanup_(closedir_p)
#define _cleanup_json_	   _cleanup_(json_decref_p)
