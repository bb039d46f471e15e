/* SPDX-License-Identifier: Apache-2.0 */
#include "publish.h"
#include "routes.h"

#include <string.h>

static int run_publish(struct job *job, struct db *db)
{
	struct request *request = REQUEST_OF(job);
	const struct publication publication = {
		.manifest = request->manifest,
		.json = request->body.data,
		.size = request->body.size,
		.by = request->caller,
		.now = request->now,
	};

	return manifest_publish(db, &publication, NULL);
}

static void finish_publish(struct request *request)
{
	char hex[DIGEST_HEX_SIZE];

	registry_forget(request->service->registry);
	digest_to_hex(&request->manifest->digest, hex);
	reply_json(&request->reply, request->job.result == 1 ? 201 : 200,
		   json_pack("{s:s, s:s, s:s}", "manifest", hex, "name",
			     request->manifest->image_name, "version",
			     request->manifest->image_version));
}

int api_manifest_put(struct request *request, struct error *error)
{
	int r = registry_parse(request->service->registry,
			       request->body.data ? request->body.data : "", request->body.size,
			       &request->manifest, error);

	if (r == -ENOKEY || r == -EKEYREVOKED) {
		reply_problem(&request->reply, 422,
			      "the manifest's signer is not trusted here: %s; put the signer's "
			      "public key into the collector's " DATA_TRUST
			      " (`goldseal-collector trust add`) and let it reload",
			      error_text(error, r));
		return 0;
	}
	if (r < 0 && r != -ENOMEM && r != -EIO) {
		reply_problem(
			&request->reply, 422,
			"this is no sound manifest.json: %s; send its very bytes as `goldseal "
			"seal` wrote them",
			error_text(error, r));
		return 0;
	}
	if (r < 0)
		return r;
	request_write(request, run_publish, finish_publish, request->body.size);
	return 0;
}

static int run_revoke(struct job *job, struct db *db)
{
	struct request *request = REQUEST_OF(job);
	int r = manifest_revoke(db, &request->digest, request->caller, request->now, NULL);

	/* Nothing was written, and the answer is the request's own. */
	return r == -ENOENT ? 2 : r;
}

static void finish_revoke(struct request *request)
{
	char hex[DIGEST_HEX_SIZE];

	if (request->job.result == 2) {
		reply_problem(&request->reply, 404,
			      "no manifest with this digest was published: GET /v1/images lists "
			      "them");
		return;
	}
	registry_forget(request->service->registry);
	digest_to_hex(&request->digest, hex);
	reply_json(&request->reply, 200, json_pack("{s:s, s:b}", "manifest", hex, "revoked", 1));
}

int api_manifest_revoke(struct request *request, struct error *error)
{
	if (digest_from_hex(request->argument, strlen(request->argument), &request->digest) < 0)
		return error_set(error, -ENOENT,
				 "a manifest is named by 64 lower-case hexadecimal digits: GET "
				 "/v1/images lists them");
	request_write(request, run_revoke, finish_revoke, sizeof(*request));
	return 0;
}
