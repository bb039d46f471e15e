/* SPDX-License-Identifier: Apache-2.0 */
#include "deliver/libcurl.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define LIBRARY "libcurl.so.4"

#define ROW(member, function)                              \
	{                                                  \
		offsetof(struct libcurl, member), function \
	}

static const struct {
	size_t offset;
	const char *name;
} rows[] = {
	ROW(easy_init, "curl_easy_init"),
	ROW(easy_setopt, "curl_easy_setopt"),
	ROW(easy_perform, "curl_easy_perform"),
	ROW(easy_getinfo, "curl_easy_getinfo"),
	ROW(easy_strerror, "curl_easy_strerror"),
	ROW(easy_cleanup, "curl_easy_cleanup"),
	ROW(slist_append, "curl_slist_append"),
	ROW(slist_free_all, "curl_slist_free_all"),
	ROW(url, "curl_url"),
	ROW(url_set, "curl_url_set"),
	ROW(url_get, "curl_url_get"),
	ROW(url_cleanup, "curl_url_cleanup"),
	ROW(free, "curl_free"),
};

int libcurl_load(struct libcurl *ret, struct error *error)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!library)
		return error_set(error, -ELIBACC, "cannot load %s: %s", LIBRARY, dlerror());
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		void *function = dlsym(library, rows[i].name);

		if (!function)
			return error_set(error, -ELIBACC, "%s has no %s", LIBRARY, rows[i].name);
		/* POSIX lets a function's address be held in a void *. */
		memcpy((char *)ret + rows[i].offset, &function, sizeof(function));
	}
	/* It was counted once more; it stays all the same. */
	(void)dlclose(library);
	return 0;
}
