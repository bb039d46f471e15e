/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which mechanism of the system a difference belongs to: the ways in which a file comes to act, by
 * the place where it lies, its mode, and, where these do not tell, the first bytes of its content.
 */
#pragma once

#include "measure/compare.h"

/* The part of a finding code before the dot. */
enum kind {
	KIND_FILE, /* none of the others */
	KIND_BINARY,
	KIND_HIDDEN,
	KIND_SUID,
	KIND_SERVICE,
	KIND_TIMER,
	KIND_CRON,
	KIND_AT,
	KIND_INIT,
	KIND_SSHKEY,
	KIND_SSHD,
	KIND_ACCOUNT,
	KIND_SUDO,
	KIND_POLKIT,
	KIND_PRELOAD,
	KIND_LINKER,
	KIND_PAM,
	KIND_KMOD,
	KIND_BOOT,
	KIND_UDEV,
	KIND_SHELL,
	KIND_PKGHOOK,
	KIND_APTSOURCE,
	KIND_CA,
	KIND_NETHOOK,
	KIND_MOTD,
	KIND_XDG,
	KIND_CLOUDINIT,
	KIND_CONTAINER,
	KIND_DNSHOSTS,
	KIND_DEFENSE,
	KIND_SECRET,
	KIND_REMOTE,
	KIND_TRIGGER,
	_KIND_MAX,
};

enum mechanism_flags {
	MECHANISM_TRIGGER = 1 << 0, /* its content names programs that it starts */
	MECHANISM_GENERIC = 1 << 1, /* says nothing of how the file comes to act */
	MECHANISM_MINOR = 1 << 2,   /* may be dropped from a list that is too long */
};

struct mechanism {
	const char *name; /* the part of the finding code before the dot */
	const char *noun; /* "systemd unit" */
	unsigned flags;
};

/* Never NULL. */
const struct mechanism *mechanism_get(enum kind kind);

/* Whether losing it from a list that is too long loses nothing of how the system was changed. */
bool mechanism_is_minor(const struct difference *difference);

/* By place and mode: KIND_FILE, KIND_BINARY, KIND_SUID or KIND_HIDDEN for what fits nothing else.
 */
enum kind mechanism_find(const struct difference *difference);

/* Why a program, or a device, has no business where it lies, for a title; or NULL. */
const char *mechanism_odd_place(const struct difference *difference);
