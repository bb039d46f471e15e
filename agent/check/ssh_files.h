/* SPDX-License-Identifier: Apache-2.0 */
/* The files that sshd reads its configuration from, and what they say. */
#pragma once

#include "check/included.h"
#include "check/sshd_config.h"

struct ssh_place {
	const char *path;
	size_t line;
	bool is_suspect; /* nothing vouches for the file */
};

typedef int ssh_visit(void *data, const struct ssh_place *place,
		      const struct ssh_directive *directive);

/*
 * Calls `visit` for each directive of /etc/ssh/sshd_config, of what it includes, and of each
 * further configuration in /etc/ssh that nothing vouches for. An Include is visited too. What could
 * not be read becomes a finding; with NULL for `findings` another caller says so. What `visit`
 * returns below 0 ends it.
 */
int ssh_files_visit(const struct check_context *context, ssh_visit *visit, void *data,
		    struct findings *findings) _must_check_;

/*
 * The glob of the files that a word of AuthorizedKeysFile means: "%h/.ssh/keys" for any home,
 * "/etc/keys/%u" for any user. NULL when out of memory.
 */
char *ssh_keys_glob(struct span pattern) _must_check_;
/* ".ssh/authorized_keys" and ".ssh/authorized_keys2", however written; also "none". */
bool ssh_keys_is_default(struct span pattern);
