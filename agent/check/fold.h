/* SPDX-License-Identifier: Apache-2.0 */
/* One planted thing is one finding, however many checks see it. */
#pragma once

#include "finding.h"

/*
 * Folds each of the first `n_plain` findings, which only say that a path differs, into one of the
 * later ones that says what is wrong with that path, or else names it among its related paths: it
 * takes over the other paths and the graver severity. What could not be checked (coverage.*) stays
 * a finding of its own. Empty findings, which a later check took back, go. -ENOMEM.
 */
int findings_fold(struct findings *findings, size_t n_plain) _must_check_;
