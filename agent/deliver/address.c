/* SPDX-License-Identifier: Apache-2.0 */
#include "deliver/address.h"

#include "cleanup.h"
#include "deliver/libcurl.h"

#include <stdlib.h>
#include <string.h>

void address_done(struct address *address)
{
	free(address->scheme);
	free(address->host);
	*address = (struct address){};
}

/* 1 with the part, 0 when there is none. */
static int get_part(const struct libcurl *libcurl, CURLU *url, CURLUPart part, char **ret)
{
	char *text = NULL;
	CURLUcode code = libcurl->url_get(url, part, &text, 0);

	if (code == CURLUE_OUT_OF_MEMORY)
		return -ENOMEM;
	if (code != CURLUE_OK)
		return 0;
	*ret = strdup(text);
	libcurl->free(text);
	return *ret ? 1 : -ENOMEM;
}

static int refuse_parts(const struct libcurl *libcurl, CURLU *url)
{
	static const CURLUPart refused[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS,
					    CURLUPART_QUERY, CURLUPART_FRAGMENT};

	for (size_t i = 0; i < ELEMENTS(refused); i++) {
		_cleanup_free_ char *text = NULL;
		int r = get_part(libcurl, url, refused[i], &text);

		if (r != 0)
			return r < 0 ? r : -EINVAL;
	}
	return 0;
}

static int take_parts(const struct libcurl *libcurl, CURLU *url, const char *text,
		      struct address *ret)
{
	int r;

	if (libcurl->url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
		return -EINVAL;
	r = refuse_parts(libcurl, url);
	if (r == 0)
		r = get_part(libcurl, url, CURLUPART_SCHEME, &ret->scheme);
	if (r == 1)
		r = get_part(libcurl, url, CURLUPART_HOST, &ret->host);
	if (r < 0)
		return r;
	return r == 1 ? 0 : -EINVAL;
}

int address_parse(const char *text, struct address *ret)
{
	struct libcurl libcurl;
	CURLU *url;
	int r = libcurl_load(&libcurl, NULL);

	*ret = (struct address){};
	if (r < 0)
		return r;
	url = libcurl.url();
	if (!url)
		return -ENOMEM;
	r = take_parts(&libcurl, url, text, ret);
	libcurl.url_cleanup(url);
	if (r < 0)
		address_done(ret);
	return r;
}
