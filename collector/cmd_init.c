/* SPDX-License-Identifier: Apache-2.0 */
#include "certificate.h"
#include "cmd.h"
#include "file.h"
#include "log.h"
#include "service.h"
#include "token.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Makes the directory, or accepts one that is empty. */
static int make_directory(const char *path, struct error *error)
{
	_cleanup_closedir_ DIR *directory = NULL;
	struct dirent *entry;
	int r = directory_make(path, 0700, error);

	if (r < 0)
		return r;
	directory = opendir(path);
	if (!directory)
		return error_set(error, -errno, "%s: %m", path);
	while ((entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return error_set(error, -EEXIST,
					 "%s holds something already (%s): nothing was changed; "
					 "name another directory, or remove it yourself",
					 path, entry->d_name);
	if (fchmod(dirfd(directory), 0700) < 0)
		return error_set(error, -errno, "%s: %m", path);
	return 0;
}

static int make_secret(const char *path, struct error *error)
{
	struct nonce_secret secret;
	int r = nonce_secret_generate(&secret, error);

	if (r >= 0)
		r = file_write(AT_FDCWD, path, secret.bytes, sizeof(secret.bytes), 0600, error);
	nonce_secret_done(&secret);
	return r;
}

static int make_token(const char *store, struct error *error)
{
	_cleanup_(token_free_text_p) char *token = NULL;
	_cleanup_(db_free_p) struct db *db = NULL;
	int r = token_generate(&token, error);

	if (r >= 0)
		r = store_open_single(store, &db, error);
	if (r >= 0)
		r = token_add(db, token, "admin", ROLE_ADMIN, error);
	if (r < 0)
		return r;
	(void)printf("%s\n", token);
	return 0;
}

static int fill_directory(const struct options *options, struct error *error)
{
	_cleanup_free_ char *store = data_path(options->data, DATA_STORE);
	_cleanup_free_ char *secret = data_path(options->data, DATA_SECRET);
	_cleanup_free_ char *trust = data_path(options->data, DATA_TRUST);
	_cleanup_free_ char *certificate = data_path(options->data, DATA_CERT);
	_cleanup_free_ char *key = data_path(options->data, DATA_KEY);
	int r;

	if (!store || !secret || !trust || !certificate || !key)
		return -ENOMEM;
	r = certificate_make(options->names.items, options->names.count, certificate, key, error);
	if (r >= 0)
		r = make_secret(secret, error);
	if (r >= 0)
		r = directory_make(trust, 0700, error);
	if (r >= 0)
		r = store_create(store, error);
	/* The token comes last: once it is printed, all is there. */
	if (r >= 0)
		r = make_token(store, error);
	return r;
}

int cmd_init(void *data, int n_arguments _unused_, char **arguments _unused_)
{
	_cleanup_error_ struct error error = {0};
	const struct options *options = data;
	int r;

	if (!options_need_data(options))
		return EXIT_USAGE;
	r = make_directory(options->data, &error);
	if (r >= 0)
		r = fill_directory(options, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_UNCHECKED;
	}
	log_info("made %s; the line on standard output is the admin's token, shown this once",
		 options->data);
	return EXIT_PASS;
}
