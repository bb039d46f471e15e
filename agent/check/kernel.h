/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "check/live.h"

/* The check "kernel": what it hides, what was loaded into it, and what it is told to run. */
int kernel_check(const struct check_context *context, struct findings *ret,
		 struct error *error) _must_check_;

/* Its parts; each appends what it finds. -ENOMEM, or another error with the reason. */
int kernel_check_processes(struct live *live, struct error *error) _must_check_;
int kernel_check_modules(struct live *live, struct error *error) _must_check_;
int kernel_check_settings(struct live *live, struct error *error) _must_check_;
/* A finding of this check; `actual` is copied. */
int kernel_take(struct live *live, const char *code, const char *path, const char *title,
		const char *actual) _must_check_;

/* Whether modules.dep has a module of that name; '-' and '_' are the same. */
bool modules_have(const char *index, const char *name);
/* The program of a core_pattern with a pipe, in a new string; NULL: none. */
char *core_pattern_find_program(const char *text);
/* What the bits of /proc/sys/kernel/tainted say of foreign modules, as letters; "" for none. */
const char *taint_to_text(unsigned long long taint, char ret[static 8]);
