/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl, loaded when something is about to be sent or an address is about to be read. It brings
 * some 30 further libraries, which a scanner that runs as root on a hostile disk had better not
 * have in its address space, and which cost it 4 MB.
 */
#pragma once

#include "error.h"

/* Its type checks replace functions by macros. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo

/* The functions that are used, each as libcurl declares it. */
struct libcurl {
	typeof(curl_easy_init) *easy_init;
	typeof(curl_easy_setopt) *easy_setopt;
	typeof(curl_easy_perform) *easy_perform;
	typeof(curl_easy_getinfo) *easy_getinfo;
	typeof(curl_easy_strerror) *easy_strerror;
	typeof(curl_easy_cleanup) *easy_cleanup;
	typeof(curl_slist_append) *slist_append;
	typeof(curl_slist_free_all) *slist_free_all;
	typeof(curl_url) *url;
	typeof(curl_url_set) *url_set;
	typeof(curl_url_get) *url_get;
	typeof(curl_url_cleanup) *url_cleanup;
	typeof(curl_free) *free;
};

/*
 * Loads it on the first call; it stays loaded until the process ends, so that there is nothing to
 * free. -ELIBACC with the loader's words.
 */
int libcurl_load(struct libcurl *ret, struct error *error) _must_check_;
