/* SPDX-License-Identifier: Apache-2.0 */
#include "token.h"

#include "store.h"
#include "urlsafe.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#define TOKEN_BYTES  32
#define TOKEN_LENGTH (sizeof(TOKEN_PREFIX) - 1 + 43)

static const char *const role_names[_ROLE_MAX] = {
	[ROLE_NONE] = "none",	      [ROLE_AGENT] = "agent", [ROLE_VIEWER] = "viewer",
	[ROLE_OPERATOR] = "operator", [ROLE_ADMIN] = "admin",
};

const char *role_to_string(enum role role)
{
	return role >= 0 && role < _ROLE_MAX ? role_names[role] : NULL;
}

enum role role_from_string(const char *text)
{
	for (enum role role = ROLE_AGENT; role < _ROLE_MAX; role++)
		if (strcmp(role_names[role], text) == 0)
			return role;
	return _ROLE_INVALID;
}

bool role_allows(enum role has, enum role needs)
{
	if (needs == ROLE_NONE)
		return true;
	if (needs == ROLE_AGENT)
		return has == ROLE_AGENT || has == ROLE_ADMIN;
	return has >= needs;
}

void token_free_text(char *text)
{
	if (text)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
}

int token_generate(char **ret, struct error *error)
{
	uint8_t bytes[TOKEN_BYTES];
	_cleanup_(token_free_text_p) char *body = NULL;
	char *text;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return error_set_openssl(error, -EIO, "no random bytes");
	body = urlsafe_encode(bytes, sizeof(bytes));
	OPENSSL_cleanse(bytes, sizeof(bytes));
	if (!body || asprintf(&text, "%s%s", TOKEN_PREFIX, body) < 0)
		return -ENOMEM;
	*ret = text;
	return 0;
}

bool token_name_is_valid(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length <= TOKEN_NAME_MAX &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-") ==
		       length;
}

int token_add(struct db *db, const char *text, const char *name, enum role role,
	      struct error *error)
{
	struct digest hash;
	int r = digest_compute(text, strlen(text), &hash);

	if (r < 0)
		return r;
	r = db_run(db, "INSERT INTO tokens (hash, name, role, created_at) VALUES (?1, ?2, ?3, ?4)",
		   DB_VALUES(DB_BLOB(hash.bytes, DIGEST_SIZE), DB_TEXT(name), DB_INT(role),
			     DB_INT(store_now())),
		   error);
	if (r == -EEXIST)
		return error_set(error, r, "a token named %s is there already: take another name",
				 name);
	return r;
}

int token_revoke(struct db *db, const char *name, struct error *error)
{
	int r = db_run(db,
		       "UPDATE tokens SET revoked_at = ?2 WHERE name = ?1 AND revoked_at IS NULL",
		       DB_VALUES(DB_TEXT(name), DB_INT(store_now())), error);

	if (r < 0)
		return r;
	if (db_changes(db) == 0)
		return error_set(error, -ENOENT,
				 "no token named %s is in force: `token list` shows all", name);
	return 0;
}

static void read_token(const struct query *query, struct token *ret)
{
	*ret = (struct token){
		.role = (enum role)query_int(query, 0),
		.created_at = query_int(query, 2),
		.revoked_at = query_int(query, 3),
	};
	(void)snprintf(ret->name, sizeof(ret->name), "%s", query_text(query, 1));
}

int token_find(struct db *db, const char *text, struct token *ret, struct error *error)
{
	_cleanup_query_ struct query query = {0};
	struct digest hash;
	int r;

	if (strlen(text) != TOKEN_LENGTH)
		return -ENOENT;
	r = digest_compute(text, TOKEN_LENGTH, &hash);
	if (r >= 0)
		r = db_query(db,
			     "SELECT role, name, created_at, revoked_at FROM tokens "
			     "WHERE hash = ?1 AND revoked_at IS NULL",
			     DB_VALUES(DB_BLOB(hash.bytes, DIGEST_SIZE)), &query, error);
	if (r >= 0)
		r = query_next(&query, error);
	if (r < 0)
		return r;
	if (r == 0)
		return -ENOENT;
	read_token(&query, ret);
	return 0;
}

int token_list(struct db *db, int (*each)(const struct token *token, void *data), void *data,
	       struct error *error)
{
	_cleanup_query_ struct query query = {0};
	int r = db_query(db, "SELECT role, name, created_at, revoked_at FROM tokens ORDER BY name",
			 DB_NO_VALUES, &query, error);

	if (r < 0)
		return r;
	while ((r = query_next(&query, error)) > 0) {
		struct token token;

		read_token(&query, &token);
		r = each(&token, data);
		if (r < 0)
			return r;
	}
	return r;
}
