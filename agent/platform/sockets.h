/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets, from the tables in /proc/net (proc_net(5)). A line of tcp and udp has the local and the
 * remote address and port in hexadecimal, addresses as 32-bit words in the order of the machine.
 */
#pragma once

#include "cleanup.h"

#include <stdbool.h>
#include <stdint.h>

#define SOCKETS_MAX 200000 /* kept of one table */

enum socket_kind {
	SOCKET_TCP,
	SOCKET_UDP,
	SOCKET_RAW,
	SOCKET_PACKET,
	_SOCKET_KIND_MAX,
};

struct socket {
	enum socket_kind kind;
	uint8_t state;	   /* of TCP: 1 connected, 10 listening; of UDP: 7 not connected */
	bool six;	   /* IPv6 */
	uint8_t local[16]; /* in the order of the network; 4 bytes of IPv4 */
	uint8_t remote[16];
	uint16_t local_port; /* of RAW: the protocol */
	uint16_t remote_port;
	uint64_t inode;
};

#define SOCKET_CONNECTED 1
#define SOCKET_UNBOUND	 7
#define SOCKET_LISTENING 10

struct sockets {
	struct socket *items;
	size_t count;
	size_t space;
	uint64_t dropped; /* beyond the limit */
};

/* One line; false when it is none (the head of the table). */
bool socket_parse(enum socket_kind kind, bool six, const char *line, struct socket *ret);
/* "tcp 127.0.0.1:22", or with both ends. New string; NULL: out of memory. */
char *socket_to_text(const struct socket *socket) _must_check_;

/*
 * Reads all tables of the network namespace that /proc/self is in and keeps those sockets that
 * `wanted` says. A table that does not exist is empty. -ENOMEM, -EIO.
 */
int sockets_read(int proc_fd, bool (*wanted)(const struct socket *socket, void *data), void *data,
		 struct sockets *ret) _must_check_;
void sockets_done(struct sockets *sockets);
#define _cleanup_sockets_ _cleanup_(sockets_done)
