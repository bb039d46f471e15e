/* SPDX-License-Identifier: Apache-2.0 */
/* The matchers of secret.c's table, by subject. */
#pragma once

#include "check/secret.h"
#include "check/secret_value.h"

/* One row: a word, and what to make of the bytes around it. */
struct detector {
	const char *word; /* at most 32 bytes */
	const char *code;
	const char *what;
	/* The word is data[start..end) of the view. */
	bool (*match)(const struct detector *detector, const struct secret_view *view, size_t start,
		      size_t end, struct secret *ret);
	enum alphabet alphabet; /* of a token after its prefix, */
	size_t min, max;	/* and how long it is */
};

/* Sets all but what stands in the row. */
bool secret_found(const struct secret_view *view, size_t mark, size_t value, size_t length,
		  struct secret *ret);

/* secret_token.c: what follows a prefix */
bool match_token(const struct detector *detector, const struct secret_view *view, size_t start,
		 size_t end, struct secret *ret);
bool match_aws(const struct detector *detector, const struct secret_view *view, size_t start,
	       size_t end, struct secret *ret);
bool match_jwt(const struct detector *detector, const struct secret_view *view, size_t start,
	       size_t end, struct secret *ret);
bool match_azure_secret(const struct detector *detector, const struct secret_view *view,
			size_t start, size_t end, struct secret *ret);

/* secret_key.c: private keys in text */
bool match_pem(const struct detector *detector, const struct secret_view *view, size_t start,
	       size_t end, struct secret *ret);
bool match_putty(const struct detector *detector, const struct secret_view *view, size_t start,
		 size_t end, struct secret *ret);
bool match_encoded_pem(const struct detector *detector, const struct secret_view *view,
		       size_t start, size_t end, struct secret *ret);
bool match_base64_key(const struct detector *detector, const struct secret_view *view, size_t start,
		      size_t end, struct secret *ret);

/* secret_setting.c: names with a value */
bool match_setting(const struct detector *detector, const struct secret_view *view, size_t start,
		   size_t end, struct secret *ret);
bool match_json(const struct detector *detector, const struct secret_view *view, size_t start,
		size_t end, struct secret *ret);
bool match_docker(const struct detector *detector, const struct secret_view *view, size_t start,
		  size_t end, struct secret *ret);

/* secret_login.c: logins in the forms of certain programs */
bool match_netrc(const struct detector *detector, const struct secret_view *view, size_t start,
		 size_t end, struct secret *ret);
bool match_url(const struct detector *detector, const struct secret_view *view, size_t start,
	       size_t end, struct secret *ret);
bool match_command(const struct detector *detector, const struct secret_view *view, size_t start,
		   size_t end, struct secret *ret);
bool match_word(const struct detector *detector, const struct secret_view *view, size_t start,
		size_t end, struct secret *ret);
bool match_basic(const struct detector *detector, const struct secret_view *view, size_t start,
		 size_t end, struct secret *ret);
bool match_shadow(const struct detector *detector, const struct secret_view *view, size_t start,
		  size_t end, struct secret *ret);
