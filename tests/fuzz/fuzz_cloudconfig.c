/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User-data as a stranger may write it: taken apart, and read as cloud-config. What is read must
 * hold to the limits, so that everything that goes through it afterwards is bounded too.
 */
#include "check/cloudconfig.h"
#include "check/userdata.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_config(const char *text, size_t size)
{
	_cleanup_error_ struct error error = {0};
	_cleanup_json_ json_t *document = NULL;
	int r = cloud_config_parse(text, size, &document, &error);

	require(r == 0 ? document != NULL : r == -EBADMSG && !document && error.message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_user_data_ struct user_data user_data = {0};
	size_t total = 0;

	fuzz_config((const char *)data, size);
	require(user_data_read(data, size, &user_data) == 0);
	require(user_data.count <= USER_DATA_PARTS_MAX);
	for (size_t i = 0; i < user_data.count; i++) {
		require(user_data_kind_to_string(user_data.parts[i].kind) != NULL);
		require(user_data.parts[i].data[user_data.parts[i].size] == '\0');
		total += user_data.parts[i].size;
		if (user_data.parts[i].kind == USER_DATA_CONFIG)
			fuzz_config(user_data.parts[i].data, user_data.parts[i].size);
	}
	require(total <= USER_DATA_SIZE_MAX);
	return 0;
}
