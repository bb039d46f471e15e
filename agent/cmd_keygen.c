/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"

#include "key.h"
#include "log.h"

#include <string.h>

/* Both names of one pair. */
struct pair {
	char *private;
	char *public;
};

static void pair_done(struct pair *pair)
{
	free(pair->private);
	free(pair->public);
}

static int pair_init(struct pair *pair, const char *name)
{
	if (asprintf(&pair->private, "%s.key", name) < 0) {
		pair->private = NULL;
		return -ENOMEM;
	}
	if (asprintf(&pair->public, "%s.pub", name) < 0) {
		pair->public = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* The public half first: whatever fails then, no private key is left that nobody asked for. */
static int save(const struct key *key, const struct pair *pair, struct error *error)
{
	int r;

	r = key_save_public(key, pair->public, error);
	if (r < 0)
		return r;
	r = key_save_private(key, pair->private, error);
	if (r < 0)
		(void)unlink(pair->public);
	return r;
}

static int generate(const char *name, enum key_type type, struct error *error)
{
	_cleanup_(pair_done) struct pair pair = {0};
	_cleanup_(key_free_p) struct key *key = NULL;
	int r;

	r = pair_init(&pair, name);
	if (r < 0)
		return error_set(error, r, "out of memory");
	r = key_generate(type, &key, error);
	if (r < 0)
		return r;
	r = save(key, &pair, error);
	if (r < 0)
		return r;
	printf("%s\n", key_get_id(key));
	return 0;
}

int cmd_keygen(void *options, int n_arguments _unused_, char **arguments _unused_)
{
	const struct agent_options *given = options;
	_cleanup_error_ struct error error = {0};
	enum key_type type = given->algorithm ? key_type_from_string(given->algorithm) : KEY_P256;
	int r;

	if (!given->out || !*given->out) {
		log_error("keygen needs --out NAME; it writes NAME.key and NAME.pub");
		return EXIT_USAGE;
	}
	if ((int)type < 0) {
		log_error("--algorithm %s: expected p256 or ed25519", given->algorithm);
		return EXIT_USAGE;
	}
	r = generate(given->out, type, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_UNCHECKED;
	}
	if (!given->quiet)
		log_info("wrote %s.key (keep it secret) and %s.pub", given->out, given->out);
	return EXIT_PASS;
}
