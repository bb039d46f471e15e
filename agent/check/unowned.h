/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files that no package owns are worth a finding. Most of what makes an image useful is owned
 * by nobody: its data and its own programs. What counts is where a file would act by itself, where
 * a program would be taken for a packaged one, and where none belongs.
 */
#pragma once

#include "check/check.h"
#include "check/mechanism.h"

enum unowned {
	UNOWNED_DATA = 1, /* no finding; what refers to it may name it */
	UNOWNED_PLACE,	  /* where packages' programs are, or where programs are looked for */
	UNOWNED_ACTS,	  /* starts by itself, has rights, hides, or stands in for a packaged one */
};

/* `kind` is the difference's. Directories are data: what lies in them counts. */
enum unowned unowned_judge(const struct check_context *context, const struct difference *difference,
			   enum kind kind);
