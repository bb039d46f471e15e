/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the instance itself was asked for: the one place where the explanations of a boot phase come
 * in. A file that is explained as a whole is no suspect; these questions are about single entries
 * of a file that is not.
 *
 * Only in the boot situation can anything be declared: by user-data, vendor-data and metadata
 * (provenance.h), and of cloud-init's default user by the image's own /etc/cloud/cloud.cfg, which
 * counts as long as nothing differs in it.
 */
#pragma once

#include "check/authorized_keys.h"
#include "check/check.h"
#include "check/provenance.h"

struct declared {
	bool is_boot;
	char *default_user;		     /* or NULL */
	const struct provenance *provenance; /* or NULL; borrowed */
};

/* -ENOMEM. */
int declared_init(const struct check_context *context, struct declared *ret) _must_check_;
void declared_done(struct declared *declared);
#define _cleanup_declared_ _cleanup_(declared_done)

bool declared_has_account(const struct declared *declared, struct span user);
bool declared_has_member(const struct declared *declared, struct span user, struct span group);
bool declared_has_password(const struct declared *declared, struct span user);
/* A sudo rule: what stands behind the account's name. */
bool declared_has_sudo(const struct declared *declared, struct span user, struct span rule);
/* A key of that very account. For root also the disabled copy that cloud-init writes. */
bool declared_has_key(const struct declared *declared, struct span user,
		      const struct key_line *key);
bool declared_has_certificate(const struct declared *declared, const void *der, size_t size);

/* The name in system_info's default_user of a cloud.cfg; NULL when there is none or no memory. */
char *declared_parse_default_user(struct span text);
