/* SPDX-License-Identifier: Apache-2.0 */
/* Why an entry, or its content, could not be measured. */
#pragma once

enum problem {
	PROBLEM_NONE,
	PROBLEM_UNREADABLE, /* error says why */
	PROBLEM_VANISHED,   /* listed, but gone when it was looked at */
	PROBLEM_CHANGED,    /* changed while it was read */
	PROBLEM_MOUNT,	    /* something is mounted here; not entered, nor read */
	PROBLEM_LIMIT,	    /* deeper or longer than the walk's limits */
	PROBLEM_LARGE,	    /* more content than anybody seals */
	PROBLEM_TIME,	    /* not read before the deadline */
	_PROBLEM_MAX,
};
