/* SPDX-License-Identifier: Apache-2.0 */
/* Which instance this is, and the key that signs for it. */
#pragma once

#include "key.h"

#define INSTANCE_KEY_NAME	 "instance.key"
#define INSTANCE_ID_MAX		 128
#define INSTANCE_CLOUD_INIT_FILE "/run/cloud-init/instance-data.json"
#define INSTANCE_DATA_MAX	 (4 * 1024 * 1024)

struct instance {
	char *id;	    /* 1 to INSTANCE_ID_MAX bytes of A-Za-z0-9._:/@+- */
	const char *source; /* "option", "config", "cloud-init" or "machine-id" */
	char *cloud;	    /* or NULL */
	char *region;	    /* or NULL */
	char *image_id;	    /* the cloud's name of the image; or NULL */
};

/* Where an id may come from, in this order; NULL: not given. */
struct instance_sources {
	const char *option;	/* --instance-id */
	const char *configured; /* [agent] instance-id */
	const char *root;	/* what is measured: this system's own id is used only for "/" */
	const char *cloud_init_file; /* NULL: INSTANCE_CLOUD_INIT_FILE */
};

/*
 * The first source that has an id. -EINVAL for an id of other bytes, -EBADMSG when cloud-init's
 * file is malformed (it is never passed over), -ENXIO when nothing has an id, with what to do.
 */
int instance_identify(const struct instance_sources *sources, struct instance *ret,
		      struct error *error) _must_check_;

/*
 * cloud-init's instance-data.json: v1.instance_id, cloud_name and region, and ds.meta_data's
 * "ami-id". -ENXIO when it has no id, or one of cloud-init's placeholders that all machines share;
 * -EBADMSG when a member has a wrong type.
 */
int instance_parse_cloud_init(const char *json, size_t size, struct instance *ret,
			      struct error *error) _must_check_;

void instance_done(struct instance *instance);
#define _cleanup_instance_ _cleanup_(instance_done)

bool instance_id_is_valid(const char *id);

/*
 * STATE/instance.key, made (P-256, 0600) at first use. When two processes make it at once both get
 * the same one. A key that cannot be loaded is an error and is never replaced.
 */
int instance_key_open(const char *state_directory, struct key **ret,
		      struct error *error) _must_check_;
/* The same, but -ENOENT when there is none yet. */
int instance_key_load(const char *state_directory, struct key **ret,
		      struct error *error) _must_check_;
