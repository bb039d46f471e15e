/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts that come from elsewhere than passwd, and groups by themselves. */
#pragma once

#include "check/account_files.h"

/* Group passwords, a second group 0, and lines that hand over to NIS. */
int account_groups_judge(const struct accounts *accounts, struct findings *ret) _must_check_;

/* Records of nss-systemd and libnss-extrausers, and the modules that nsswitch.conf names. */
int account_sources_judge(const struct check_context *context, struct findings *ret) _must_check_;
