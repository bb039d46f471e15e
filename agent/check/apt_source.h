/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of sources.list(5) and stanzas of its deb822 form; settings of apt.conf(5). */
#pragma once

#include "check/span.h"

struct apt_source {
	struct span uri;
	bool is_signed_by;     /* a key is named */
	bool is_unchecked;     /* trusted=yes, allow-insecure=yes and the like */
	struct span unchecked; /* the option that says so */
};

/* One line: "deb [options] URI suite ...". False for anything else. */
bool apt_source_parse(struct span line, struct apt_source *ret);
/* The next stanza of a .sources file; of several URIs the first one that is not https counts. */
bool apt_stanza_next(struct span *text, struct apt_source *ret);

/* Whether the URI is that of Debian's or Ubuntu's own archives, or not fetched over a network. */
bool apt_is_archive(struct span uri);

/* The setting that this line of apt.conf turns off a check with; empty: none. Nesting does not
 * matter, since the last part of the name is enough. */
struct span apt_conf_unchecked(struct span line);
