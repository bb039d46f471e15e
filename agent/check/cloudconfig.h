/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud-config, the YAML in which cloud-init is told what to do (cloudinit.readthedocs.io,
 * "Cloud config data"; YAML 1.1). JSON is YAML, so it reads that too.
 */
#pragma once

#include "error.h"

#include <stddef.h>

#define CLOUD_CONFIG_DEPTH_MAX	64
#define CLOUD_CONFIG_VALUES_MAX 50000 /* aliases count as what they stand for */

/*
 * Reads one document. Mappings become objects, sequences arrays, every scalar a string of its bytes
 * (!!binary decoded), a plain null or an empty document null. The caller owns `*ret` and must not
 * change it: what an alias repeats is shared. -EBADMSG with the reason and the line.
 */
int cloud_config_parse(const char *text, size_t size, json_t **ret,
		       struct error *error) _must_check_;
