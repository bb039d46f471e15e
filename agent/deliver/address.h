/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses (URLs) of servers, read as libcurl reads them. */
#pragma once

struct address {
	char *scheme;
	char *host; /* an IPv6 address in its brackets */
};

/*
 * -EINVAL for what is no address and for one with things that belong elsewhere: secrets, a query, a
 * fragment. -ELIBACC without libcurl, -ENOMEM.
 */
int address_parse(const char *text, struct address *ret);
void address_done(struct address *address);
