/* SPDX-License-Identifier: Apache-2.0 */
/* Miners among the processes: what their command lines say, and what they cost. */
#pragma once

#include "check/live.h"

/*
 * The word of a command line that a miner alone has, or NULL: a pool's scheme, a wallet, an option
 * of the known miners; of what others may have too (algorithms, pool options) it takes two.
 * `words` as from process_words().
 */
const char *words_find_miner(const char *words);

/* Says so of the processes that look like miners. -ENOMEM. */
int process_check_miner(struct live *live, const struct process *process) _must_check_;
/*
 * Processes that have wanted a whole processor ever since they started and still do; looks twice, a
 * third of a second apart, when there are any. Alone that proves nothing. -ENOMEM.
 */
int processes_check_load(struct live *live) _must_check_;
