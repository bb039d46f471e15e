/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include "answer.h"
#include "evidence.h"
#include "secret.h"
#include "text.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#define NONCE_MAX	512
#define CONNECT_TIMEOUT 10   /* seconds, or the whole timeout when that is shorter */
#define BACKOFF_FIRST	1000 /* ms; doubled for each attempt */
#define BACKOFF_MAX	30000
#define USER_AGENT	"goldseal/" GOLDSEAL_VERSION
#define CHALLENGE_PATH	"/v1/challenge"
#define EVIDENCE_PATH	"/v1/evidence"

#ifndef GOLDSEAL_VERSION
#define GOLDSEAL_VERSION "0.1.0"
#endif

struct client {
	const struct config *config;
	struct libcurl libcurl;
	CURL *curl;
	struct curl_slist *headers;
	struct answer answer; /* of the last request */
	char *token;
	unsigned attempts;
	char reason[CURL_ERROR_SIZE]; /* libcurl's words for the last failure */
};

/* A request's body while it is sent. */
struct sending {
	const char *next;
	size_t left;
};

static size_t send_body(char *ret, size_t size, size_t count, void *user)
{
	struct sending *sending = user;
	size_t n = size * count < sending->left ? size * count : sending->left;

	memcpy(ret, sending->next, n);
	sending->next += n;
	sending->left -= n;
	return n;
}

/*
 * When a kept connection dies, libcurl by itself sends a request again. The collector may have it
 * already, and would then see a used nonce; the next attempt must bring a new one.
 */
static int refuse_resending(void *user _unused_, curl_off_t offset _unused_, int origin _unused_)
{
	return CURL_SEEKFUNC_FAIL;
}

/* Each option is checked: one that is silently not set could be the one that checks certificates.
 */
#define SETOPT(r, client, option, value)                                                          \
	do {                                                                                      \
		if (*(r) == 0 &&                                                                  \
		    (client)->libcurl.easy_setopt((client)->curl, (option), (value)) != CURLE_OK) \
			*(r) = -EINVAL;                                                           \
	} while (0)

static int set_transport(struct client *client)
{
	const struct config *config = client->config;
	bool is_plain = strncmp(config->url, "http:", 5) == 0;
	long timeout = (long)config->timeout;
	int r = 0;

	SETOPT(&r, client, CURLOPT_ERRORBUFFER, client->reason);
	SETOPT(&r, client, CURLOPT_PROTOCOLS_STR, is_plain ? "http" : "https");
	SETOPT(&r, client, CURLOPT_FOLLOWLOCATION, 0L);
	SETOPT(&r, client, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SETOPT(&r, client, CURLOPT_HTTP09_ALLOWED, 0L);
	SETOPT(&r, client, CURLOPT_CONNECTTIMEOUT,
	       timeout < CONNECT_TIMEOUT ? timeout : CONNECT_TIMEOUT);
	SETOPT(&r, client, CURLOPT_TIMEOUT, timeout);
	SETOPT(&r, client, CURLOPT_USERAGENT, USER_AGENT);
	SETOPT(&r, client, CURLOPT_HTTPHEADER, client->headers);
	SETOPT(&r, client, CURLOPT_READFUNCTION, send_body);
	SETOPT(&r, client, CURLOPT_SEEKFUNCTION, refuse_resending);
	SETOPT(&r, client, CURLOPT_WRITEFUNCTION, answer_take_body);
	SETOPT(&r, client, CURLOPT_WRITEDATA, &client->answer);
	SETOPT(&r, client, CURLOPT_HEADERFUNCTION, answer_take_header);
	SETOPT(&r, client, CURLOPT_HEADERDATA, &client->answer);
	/* The empty text keeps http_proxy and its like out: only the configuration counts. */
	SETOPT(&r, client, CURLOPT_PROXY, config->proxy ? config->proxy : "");
	SETOPT(&r, client, CURLOPT_NOPROXY, "");
	return r;
}

static int set_security(struct client *client)
{
	const struct config *config = client->config;
	int r = 0;

	SETOPT(&r, client, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SETOPT(&r, client, CURLOPT_SSL_VERIFYPEER, 1L);
	SETOPT(&r, client, CURLOPT_SSL_VERIFYHOST, 2L);
	SETOPT(&r, client, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
	SETOPT(&r, client, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
	if (config->ca_file) {
		SETOPT(&r, client, CURLOPT_CAINFO, config->ca_file);
		/* Else the system's directory would be trusted beside the file. */
		SETOPT(&r, client, CURLOPT_CAPATH, (char *)NULL);
	}
	if (config->pin)
		SETOPT(&r, client, CURLOPT_PINNEDPUBLICKEY, config->pin);
	if (client->token) {
		SETOPT(&r, client, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		SETOPT(&r, client, CURLOPT_XOAUTH2_BEARER, client->token);
	}
	return r;
}

/* libcurl would wait a second for "100 Continue" before each larger report. */
static int make_headers(struct client *client)
{
	static const char *const lines[] = {"Content-Type: application/json",
					    "Accept: application/json, application/problem+json",
					    "Expect:"};

	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		struct curl_slist *longer = client->libcurl.slist_append(client->headers, lines[i]);

		if (!longer)
			return -ENOMEM;
		client->headers = longer;
	}
	return 0;
}

int client_new(const struct config *config, struct client **ret, struct error *error)
{
	_cleanup_(client_free_p) struct client *client = calloc(1, sizeof(*client));
	int r;

	if (!client)
		return error_set(error, -ENOMEM, "out of memory");
	client->config = config;
	client->attempts = config->attempts;
	r = secret_read(config, &client->token, error);
	if (r < 0)
		return r;
	r = libcurl_load(&client->libcurl, error);
	if (r < 0)
		return r;
	client->curl = client->libcurl.easy_init();
	if (!client->curl)
		return error_set(error, -ENOMEM, "cannot start libcurl");
	r = make_headers(client);
	if (r == 0)
		r = set_transport(client);
	if (r == 0)
		r = set_security(client);
	if (r < 0)
		return error_set(error, r, "libcurl refused a setting%s%s",
				 client->reason[0] ? ": " : "", client->reason);
	*ret = TAKE_PTR(client);
	return 0;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	if (client->curl)
		client->libcurl.easy_cleanup(client->curl);
	if (client->headers)
		client->libcurl.slist_free_all(client->headers);
	answer_done(&client->answer);
	secret_wipe(&client->token);
	free(client);
}

void client_set_attempts(struct client *client, unsigned attempts)
{
	client->attempts = attempts;
}

/* One request; the status is not judged here. */
static int post(struct client *client, const char *path, const struct buffer *body,
		struct error *error)
{
	struct sending sending = {.next = body->data, .left = body->size};
	_cleanup_free_ char *url = NULL;
	CURLcode code;
	int r = 0;

	if (asprintf(&url, "%s%s", client->config->url, path) < 0) {
		url = NULL;
		return error_set(error, -ENOMEM, "out of memory");
	}
	answer_done(&client->answer);
	client->reason[0] = 0;
	SETOPT(&r, client, CURLOPT_URL, url);
	SETOPT(&r, client, CURLOPT_POST, 1L);
	SETOPT(&r, client, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->size);
	SETOPT(&r, client, CURLOPT_READDATA, &sending);
	if (r < 0)
		return error_set(error, r, "libcurl refused a setting");
	code = client->libcurl.easy_perform(client->curl);
	SETOPT(&r, client, CURLOPT_READDATA, (void *)NULL);
	if (code == CURLE_OK && r == 0)
		return answer_complete(&client->answer, &client->libcurl, client->curl, error);
	return answer_explain_failure(
		&client->answer, code,
		client->reason[0] ? client->reason : client->libcurl.easy_strerror(code), error);
}

static int get_nonce(struct client *client, char **ret, struct error *error)
{
	_cleanup_json_ json_t *object = NULL;
	char empty[] = "{}";
	const struct buffer body = {.data = empty, .size = strlen(empty)};
	const char *nonce;
	int r;

	r = post(client, CHALLENGE_PATH, &body, error);
	if (r == 0)
		r = answer_judge(&client->answer, error);
	/* A challenge says nothing about the report, so nothing here can condemn it. */
	if (r < 0)
		return r == -EBADE ? -EACCES : r;
	object = json_loadb(client->answer.body.data, client->answer.body.size,
			    JSON_REJECT_DUPLICATES, NULL);
	nonce = json_string_value(json_object_get(object, "nonce"));
	if (!nonce || !*nonce || strlen(nonce) > NONCE_MAX)
		return error_set(error, -EPROTO, "the collector's challenge has no usable nonce");
	*ret = strdup(nonce);
	return *ret ? 0 : error_set(error, -ENOMEM, "out of memory");
}

static int append_identity(struct buffer *body, const struct key *key, struct error *error)
{
	_cleanup_json_ json_t *object = NULL;
	_cleanup_free_ char *pem = NULL;
	_cleanup_free_ char *text = NULL;
	int r;

	r = key_public_pem(key, &pem, error);
	if (r < 0)
		return r;
	object = json_pack("{s:s}", "key", pem);
	text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	if (!text)
		return -ENOMEM;
	return buffer_printf(body, ",\"identity\":%s}", text);
}

static int make_body(const struct delivery_item *item, const char *nonce, const struct key *key,
		     struct buffer *ret, struct error *error)
{
	_cleanup_free_ char *proof = NULL;
	int r;

	r = proof_sign(nonce, &item->payload, key, &proof, error);
	if (r < 0)
		return r;
	r = buffer_printf(ret, "{\"evidence\":%s,\"proof\":%s", item->envelope, proof);
	return r < 0 ? r : append_identity(ret, key, error);
}

static int try_once(struct client *client, const struct delivery_item *item, const struct key *key,
		    struct receipt *ret, struct error *error)
{
	_cleanup_buffer_ struct buffer body = {0};
	_cleanup_free_ char *nonce = NULL;
	int r;

	r = get_nonce(client, &nonce, error);
	if (r < 0)
		return r;
	r = make_body(item, nonce, key, &body, error);
	if (r < 0)
		return r;
	r = post(client, EVIDENCE_PATH, &body, error);
	if (r == 0)
		r = answer_judge(&client->answer, error);
	if (r < 0)
		return r;
	r = receipt_parse(client->answer.body.data, client->answer.body.size, item->id, ret, error);
	if (r == 0)
		ret->duplicate = client->answer.status == 200;
	return r;
}

/* Anything from 0 to the doubled bound: a fleet that fails together does not return together. */
static int64_t backoff_ms(unsigned attempt, int64_t retry_after)
{
	int64_t bound = attempt < 5 ? INT64_C(1) * BACKOFF_FIRST << attempt : BACKOFF_MAX;
	uint32_t random = 0;

	if (bound > BACKOFF_MAX)
		bound = BACKOFF_MAX;
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		random = UINT32_MAX;
	return retry_after * 1000 + (int64_t)(((uint64_t)bound * random) >> 32);
}

static void wait_ms(int64_t ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static bool is_transient(int r)
{
	return r == -EAGAIN || r == -EHOSTUNREACH;
}

int client_deliver(struct client *client, const struct delivery_item *item, const struct key *key,
		   struct receipt *ret, struct error *error)
{
	for (unsigned attempt = 0;; attempt++) {
		int64_t retry_after;
		int r;

		r = try_once(client, item, key, ret, error);
		if (!is_transient(r))
			return r;
		if (attempt + 1 >= client->attempts)
			return error_prefix(error, r, "gave up after %u attempt%s", attempt + 1,
					    attempt ? "s" : "");
		retry_after = client->answer.retry_after;
		if (retry_after > CLIENT_RETRY_AFTER_MAX)
			return error_prefix(error, r, "the collector asks to wait %lld s",
					    (long long)retry_after);
		wait_ms(backoff_ms(attempt, retry_after));
	}
}
