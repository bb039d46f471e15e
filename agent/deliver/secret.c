/* SPDX-License-Identifier: Apache-2.0 */
#include "secret.h"

#include "file.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>

#define TOKEN_MAX	512
#define SECRET_FILE_MAX 4096

void secret_wipe(char **secret)
{
	if (*secret)
		OPENSSL_cleanse(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

/* One line of visible ASCII, so that it cannot bring a header of its own. */
static int check_token(char *token, size_t size, const char *path, struct error *error)
{
	if (size > 0 && token[size - 1] == '\n')
		token[--size] = 0;
	if (size == 0 || size > TOKEN_MAX)
		return error_set(error, -EINVAL, "%s: expected one token of 1 to %d bytes", path,
				 TOKEN_MAX);
	for (size_t i = 0; i < size; i++)
		if (token[i] <= ' ' || token[i] > '~')
			return error_set(error, -EINVAL,
					 "%s: expected one token without blanks or line breaks",
					 path);
	return 0;
}

static int read_file(const char *path, bool is_credential, char **ret, struct error *error)
{
	_cleanup_(secret_wipe) char *token = NULL;
	size_t size;
	int r;

	/* systemd makes the credential's file and closes its directory to others. */
	r = is_credential ? file_read(AT_FDCWD, path, SECRET_FILE_MAX, false, &token, &size, error)
			  : file_read_secret(path, SECRET_FILE_MAX, &token, &size, error);
	if (r < 0)
		return r;
	r = check_token(token, size, path, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(token);
	return 0;
}

static int read_credential(const char *name, char **ret, struct error *error)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	_cleanup_free_ char *path = NULL;

	if (!directory || directory[0] != '/')
		return error_set(
			error, -ENOENT,
			"token-credential is set, but systemd gave no credentials "
			"($CREDENTIALS_DIRECTORY): run it as a service with LoadCredential=, "
			"or use token-file");
	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		path = NULL;
		return error_set(error, -ENOMEM, "out of memory");
	}
	return read_file(path, true, ret, error);
}

int secret_read(const struct config *config, char **ret, struct error *error)
{
	if (config->token_credential)
		return read_credential(config->token_credential, ret, error);
	if (config->token_file)
		return read_file(config->token_file, false, ret, error);
	return 0;
}
