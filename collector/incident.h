/* SPDX-License-Identifier: Apache-2.0 */
/* What others did in an instance's name, or what went wrong around its reports: counted, bounded,
 * and without effect on its verdict. */
#pragma once

#include "db.h"
#include "digest.h"

struct incident {
	const uint8_t *uid;
	const char *code;
	const struct digest *digest; /* of the payload that it was about */
	const char *text;
	int64_t now;
};

/* In a transaction. */
int incident_add(struct db *db, const struct incident *incident, struct error *error) _must_check_;
