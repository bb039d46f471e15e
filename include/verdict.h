/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outcome of an examination. Zero is "not evaluated" and never means that anything passed. The
 * values are AR4SI's tiers none, affirming, warning and contraindicated (draft-ietf-rats-ar4si).
 */
#pragma once

#include <errno.h>

enum verdict {
	VERDICT_NONE = 0,
	VERDICT_PASS,
	VERDICT_WARN,
	VERDICT_FAIL,
	_VERDICT_MAX,
	_VERDICT_INVALID = -EINVAL,
};

const char *verdict_to_string(enum verdict verdict);
enum verdict verdict_from_string(const char *text);

/* The graver of two; VERDICT_NONE only when both are. */
enum verdict verdict_worst(enum verdict a, enum verdict b);

enum severity {
	SEVERITY_INFO,
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
	SEVERITY_CRITICAL,
	_SEVERITY_MAX,
	_SEVERITY_INVALID = -EINVAL,
};

const char *severity_to_string(enum severity severity);
enum severity severity_from_string(const char *text);
