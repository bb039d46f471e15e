/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about the running system that stand in evidence. */
#pragma once

#include "digest.h"

struct host {
	char *machine_id;	 /* 32 hexadecimal digits, see host_get_machine_id(); NULL: none */
	char *boot_id;		 /* 32 hexadecimal digits; NULL: unknown */
	uint64_t boottime_ms;	 /* CLOCK_BOOTTIME */
	bool clock_synchronized; /* as the kernel says: adjtimex(2) without STA_UNSYNC */
	struct digest agent_digest; /* of the program file that runs */
};

int host_read(struct host *ret, struct error *error) _must_check_;
void host_done(struct host *host);
#define _cleanup_host_ _cleanup_(host_done)

/*
 * An id derived from /etc/machine-id for goldseal alone, which machine-id(5) asks for because the
 * id itself is confidential. New string of 32 hexadecimal digits. -ENOENT, -ENOMEDIUM or -ENOPKG
 * when the machine has no id (yet).
 */
int host_get_machine_id(char **ret) _must_check_;

/* The kernel's random id of this boot. New string of 32 hexadecimal digits. */
int host_get_boot_id(char **ret) _must_check_;
