/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that waits in the spool, sent to the collector. */
#pragma once

#include "config.h"
#include "receipt.h"

/* What became of one waiting file. */
struct delivery_outcome {
	const char *name;	       /* the file's name in the spool */
	int r;			       /* 0: delivered, else why not */
	const char *reason;	       /* when not delivered */
	bool quarantined;	       /* it can never be delivered and was moved to spool/broken */
	const struct receipt *receipt; /* when delivered */
};

struct delivery_watcher {
	void (*tell)(const struct delivery_outcome *outcome, void *user);
	void *user;
};

/*
 * Sends reports oldest first, under the spool's lock, and tells each outcome. A report that cannot
 * be sent never keeps later ones from being tried, but a collector that cannot be reached, refuses
 * us or is none ends the run. `ret_failed` is the number of files that were not delivered (0 when
 * nothing waited); it is written when the run took place at all. A negative code tells that it did
 * not: no collector is configured, the spool or the key cannot be used.
 */
int delivery_run(const struct config *config, const struct delivery_watcher *watcher,
		 size_t *ret_failed, struct error *error) _must_check_;
