/* SPDX-License-Identifier: Apache-2.0 */
#include "registry.h"

#include <pthread.h>
#include <string.h>

#define KEPT_MAX 128

struct registry {
	char *trust_path;
	pthread_mutex_t mutex;
	struct trust *trust;
	struct known *kept[KEPT_MAX];
	size_t n_kept;
	size_t oldest; /* the next one to make room */
	uint64_t generation;
};

static int load_trust(const char *path, struct trust **ret, struct error *error)
{
	int r = trust_load(path, ret, error);

	if (r != -ENOKEY)
		return r;
	error_done(error);
	return trust_new(ret);
}

int registry_new(const char *trust_path, struct registry **ret, struct error *error)
{
	_cleanup_(registry_free_p) struct registry *registry = calloc(1, sizeof(*registry));
	int r;

	if (!registry)
		return -ENOMEM;
	(void)pthread_mutex_init(&registry->mutex, NULL);
	registry->trust_path = strdup(trust_path);
	if (!registry->trust_path)
		return -ENOMEM;
	r = load_trust(trust_path, &registry->trust, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(registry);
	return 0;
}

static void known_free(struct known *known)
{
	manifest_free(known->manifest);
	free(known->reason);
	free(known);
}

static void unreference(struct known *known)
{
	if (--known->references == 0)
		known_free(known);
}

/* With the mutex held. */
static void forget(struct registry *registry)
{
	for (size_t i = 0; i < registry->n_kept; i++)
		unreference(registry->kept[i]);
	registry->n_kept = 0;
	registry->oldest = 0;
	registry->generation++;
}

void registry_free(struct registry *registry)
{
	if (!registry)
		return;
	forget(registry);
	trust_free(registry->trust);
	free(registry->trust_path);
	(void)pthread_mutex_destroy(&registry->mutex);
	free(registry);
}

void registry_forget(struct registry *registry)
{
	(void)pthread_mutex_lock(&registry->mutex);
	forget(registry);
	(void)pthread_mutex_unlock(&registry->mutex);
}

int registry_reload(struct registry *registry, struct error *error)
{
	struct trust *trust = NULL;
	int r = load_trust(registry->trust_path, &trust, error);

	if (r < 0)
		return r;
	(void)pthread_mutex_lock(&registry->mutex);
	trust_free(registry->trust);
	registry->trust = trust;
	forget(registry);
	(void)pthread_mutex_unlock(&registry->mutex);
	return 0;
}

size_t registry_count_signers(struct registry *registry)
{
	size_t n;

	(void)pthread_mutex_lock(&registry->mutex);
	n = trust_count(registry->trust);
	(void)pthread_mutex_unlock(&registry->mutex);
	return n;
}

int registry_parse(struct registry *registry, const char *json, size_t size, struct manifest **ret,
		   struct error *error)
{
	int r;

	(void)pthread_mutex_lock(&registry->mutex);
	r = manifest_parse(json, size, registry->trust, ret, error);
	(void)pthread_mutex_unlock(&registry->mutex);
	return r;
}

/* Judges the stored bytes. Signature trouble makes an UNTRUSTED one and is no failure. */
static int judge(struct registry *registry, const struct query *row, struct known *known)
{
	_cleanup_error_ struct error error = {0};
	size_t size;
	const char *json = query_blob(row, 0, &size);
	int r = registry_parse(registry, json, size, &known->manifest, &error);

	if (r < 0 && r != -ENOMEM && r != -EIO) {
		known->state = KNOWN_UNTRUSTED;
		known->reason = strdup(error_text(&error, r));
		return known->reason ? 0 : -ENOMEM;
	}
	if (r < 0)
		return r;
	known->state = query_is_null(row, 1) ? KNOWN_GOOD : KNOWN_REVOKED;
	return 0;
}

static int load_known(struct registry *registry, struct db *db, struct known *known,
		      struct error *error)
{
	_cleanup_query_ struct query row = {0};
	int r = db_query(db, "SELECT envelope, revoked_at FROM manifests WHERE digest = ?1",
			 DB_VALUES(DB_BLOB(known->digest.bytes, DIGEST_SIZE)), &row, error);

	if (r >= 0)
		r = query_next(&row, error);
	if (r <= 0) {
		known->state = KNOWN_MISSING;
		return r;
	}
	return judge(registry, &row, known);
}

/* With the mutex held. */
static struct known *find_kept(struct registry *registry, const struct digest *digest)
{
	for (size_t i = 0; i < registry->n_kept; i++)
		if (digest_is_equal(&registry->kept[i]->digest, digest))
			return registry->kept[i];
	return NULL;
}

/* With the mutex held. Missing ones are not kept: anybody can name any number of them. */
static void keep(struct registry *registry, struct known *known)
{
	if (known->state == KNOWN_MISSING || find_kept(registry, &known->digest))
		return;
	known->references++;
	if (registry->n_kept < KEPT_MAX) {
		registry->kept[registry->n_kept++] = known;
		return;
	}
	unreference(registry->kept[registry->oldest]);
	registry->kept[registry->oldest] = known;
	registry->oldest = (registry->oldest + 1) % KEPT_MAX;
}

int registry_find(struct registry *registry, struct db *db, const struct digest *digest,
		  struct known **ret, struct error *error)
{
	struct known *known;
	uint64_t generation;
	int r;

	(void)pthread_mutex_lock(&registry->mutex);
	known = find_kept(registry, digest);
	if (known)
		known->references++;
	generation = registry->generation;
	(void)pthread_mutex_unlock(&registry->mutex);
	if (known) {
		*ret = known;
		return 0;
	}

	known = calloc(1, sizeof(*known));
	if (!known)
		return -ENOMEM;
	known->digest = *digest;
	known->references = 1;
	r = load_known(registry, db, known, error);
	if (r < 0) {
		known_free(known);
		return r;
	}
	(void)pthread_mutex_lock(&registry->mutex);
	if (generation == registry->generation)
		keep(registry, known);
	(void)pthread_mutex_unlock(&registry->mutex);
	*ret = known;
	return 0;
}

void registry_release(struct registry *registry, struct known *known)
{
	if (!known)
		return;
	(void)pthread_mutex_lock(&registry->mutex);
	unreference(known);
	(void)pthread_mutex_unlock(&registry->mutex);
}
