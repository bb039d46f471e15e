/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "file.h"
#include "log.h"
#include "service.h"
#include "trust.h"

#include <string.h>

static int add(const char *directory, const char *file, struct error *error)
{
	_cleanup_(key_free_p) struct key *key = NULL;
	_cleanup_free_ char *path = NULL;
	int r = key_load_public(file, &key, error);

	if (r < 0)
		return r;
	if (asprintf(&path, "%s/%s.pem", directory, key_get_id(key)) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = key_save_public(key, path, error);
	if (r == -EEXIST)
		return error_set(error, r, "%s: this key is trusted already", file);
	if (r < 0)
		return r;
	(void)printf("%s\n", key_get_id(key));
	log_info("trusted from the next start on, or after SIGHUP to a running service");
	return 0;
}

static int list(const char *directory, struct error *error)
{
	_cleanup_(trust_free_p) struct trust *trust = NULL;
	int r = trust_load(directory, &trust, error);

	if (r == -ENOKEY) {
		log_info("no key is trusted yet");
		return 0;
	}
	if (r < 0)
		return r;
	for (size_t i = 0; i < trust_count(trust); i++)
		(void)printf("%s\n", key_get_id(trust_get(trust, i)));
	return 0;
}

int cmd_trust(void *data, int n_arguments, char **arguments)
{
	_cleanup_error_ struct error error = {0};
	_cleanup_free_ char *directory = NULL;
	const struct options *options = data;
	bool adding = strcmp(arguments[0], "add") == 0;
	int r;

	if ((!adding && strcmp(arguments[0], "list") != 0) || n_arguments != (adding ? 2 : 1)) {
		log_error("expected trust add FILE, or trust list");
		return EXIT_USAGE;
	}
	if (!options_need_data(options))
		return EXIT_USAGE;
	directory = data_path(options->data, DATA_TRUST);
	if (!directory)
		r = -ENOMEM;
	else if (adding)
		r = add(directory, arguments[1], &error);
	else
		r = list(directory, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_UNCHECKED;
	}
	return EXIT_PASS;
}
