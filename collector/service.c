/* SPDX-License-Identifier: Apache-2.0 */
#include "service.h"

#include "file.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>

static const struct writer_limits writer_limits = {.jobs = 4096, .bytes = 256 << 20};

char *data_path(const char *data, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", data, name) < 0 ? NULL : path;
}

static int load_secret(const char *path, struct nonce_secret *ret, struct error *error)
{
	char *data = NULL;
	size_t size;
	int r = file_read(AT_FDCWD, path, NONCE_SECRET_SIZE, false, &data, &size, error);

	if (r < 0)
		return r;
	if (size == NONCE_SECRET_SIZE)
		memcpy(ret->bytes, data, size);
	OPENSSL_cleanse(data, size);
	free(data);
	if (size != NONCE_SECRET_SIZE)
		return error_set(error, -EINVAL, "%s: expected %d bytes, found %zu", path,
				 NONCE_SECRET_SIZE, size);
	return 0;
}

static int open_parts(const struct service_options *options, struct service *service,
		      struct error *error)
{
	_cleanup_free_ char *store = data_path(options->data, DATA_STORE);
	_cleanup_free_ char *secret = data_path(options->data, DATA_SECRET);
	_cleanup_free_ char *trust = data_path(options->data, DATA_TRUST);
	int r;

	if (!store || !secret || !trust)
		return -ENOMEM;
	r = store_open(store, options->n_threads, &service->store, error);
	if (r >= 0)
		r = load_secret(secret, &service->secret, error);
	if (r >= 0)
		r = registry_new(trust, &service->registry, error);
	if (r >= 0)
		r = limiter_new(options->rate, &service->limiter);
	if (r >= 0)
		r = writer_new(store_writer(service->store), writer_limits, &service->writer,
			       error);
	return r;
}

int service_open(const struct service_options *options, struct service **ret, struct error *error)
{
	_cleanup_(service_close_p) struct service *service = calloc(1, sizeof(*service));
	int r;

	if (!service)
		return -ENOMEM;
	service->enrol_by_token = options->enrol_by_token;
	r = open_parts(options, service, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(service);
	return 0;
}

void service_stop(struct service *service)
{
	writer_stop(service->writer);
}

void service_close(struct service *service)
{
	if (!service)
		return;
	writer_free(service->writer);
	limiter_free(service->limiter);
	registry_free(service->registry);
	store_free(service->store);
	nonce_secret_done(&service->secret);
	free(service);
}
