/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define LINE_SIZE  512
#define FIELDS_MAX 10

static const struct table {
	const char *name;
	enum socket_kind kind;
	bool six;
} tables[] = {
	{"tcp", SOCKET_TCP, false},	  {"tcp6", SOCKET_TCP, true}, {"udp", SOCKET_UDP, false},
	{"udp6", SOCKET_UDP, true},	  {"raw", SOCKET_RAW, false}, {"raw6", SOCKET_RAW, true},
	{"packet", SOCKET_PACKET, false},
};

static bool parse_number(const char *text, int base, uint64_t max, uint64_t *ret)
{
	unsigned long long number;
	char *end;

	if (!text[0] || text[0] == '-' || text[0] == '+')
		return false;
	errno = 0;
	number = strtoull(text, &end, base);
	if (errno || *end || number > max)
		return false;
	*ret = number;
	return true;
}

/* "0100007F:0016": words of the machine's order, which on paper are those of the network. */
static bool parse_end(char *text, bool six, uint8_t ret_address[static 16], uint16_t *ret_port)
{
	size_t n_words = six ? 4 : 1;
	char *colon = strchr(text, ':');
	uint64_t number;

	if (!colon || (size_t)(colon - text) != 8 * n_words)
		return false;
	for (size_t i = 0; i < n_words; i++) {
		char word[9] = {};
		uint32_t value;

		memcpy(word, text + 8 * i, 8);
		if (!parse_number(word, 16, UINT32_MAX, &number))
			return false;
		value = (uint32_t)number;
		memcpy(ret_address + 4 * i, &value, sizeof(value));
	}
	if (!parse_number(colon + 1, 16, UINT16_MAX, &number))
		return false;
	*ret_port = (uint16_t)number;
	return true;
}

static size_t split(char *line, char *fields[static FIELDS_MAX])
{
	size_t count = 0;
	char *rest = line, *word;

	while (count < FIELDS_MAX && (word = strsep(&rest, " \t\n")))
		if (*word)
			fields[count++] = word;
	return count;
}

/* sk RefCnt Type Proto Iface R Rmem User Inode */
static bool parse_packet(char *const fields[], size_t count, struct socket *ret)
{
	return count >= 9 && parse_number(fields[8], 10, UINT64_MAX, &ret->inode);
}

/* sl local remote st queues timer retransmissions uid timeout inode */
static bool parse_internet(char *const fields[], size_t count, struct socket *ret)
{
	uint64_t state;

	if (count < 10 || !parse_end(fields[1], ret->six, ret->local, &ret->local_port) ||
	    !parse_end(fields[2], ret->six, ret->remote, &ret->remote_port) ||
	    !parse_number(fields[3], 16, UINT8_MAX, &state) ||
	    !parse_number(fields[9], 10, UINT64_MAX, &ret->inode))
		return false;
	ret->state = (uint8_t)state;
	return true;
}

bool socket_parse(enum socket_kind kind, bool six, const char *line, struct socket *ret)
{
	struct socket socket = {.kind = kind, .six = six};
	char copy[LINE_SIZE], *fields[FIELDS_MAX];
	size_t count;
	bool good;

	if (snprintf(copy, sizeof(copy), "%s", line) >= (int)sizeof(copy))
		return false;
	count = split(copy, fields);
	good = kind == SOCKET_PACKET ? parse_packet(fields, count, &socket)
				     : parse_internet(fields, count, &socket);
	if (good)
		*ret = socket;
	return good;
}

static const char *address_to_text(const struct socket *socket, const uint8_t *address,
				   char text[static INET6_ADDRSTRLEN])
{
	return inet_ntop(socket->six ? AF_INET6 : AF_INET, address, text, INET6_ADDRSTRLEN) ? text
											    : "?";
}

char *socket_to_text(const struct socket *socket)
{
	static const char *const names[_SOCKET_KIND_MAX] = {
		[SOCKET_TCP] = "tcp",
		[SOCKET_UDP] = "udp",
		[SOCKET_RAW] = "raw",
		[SOCKET_PACKET] = "packet",
	};
	char local[INET6_ADDRSTRLEN], remote[INET6_ADDRSTRLEN], *text;
	const char *name = names[socket->kind];
	int r;

	if (socket->kind == SOCKET_PACKET)
		return strdup("packet socket");
	if (socket->kind == SOCKET_RAW)
		r = asprintf(&text, "raw socket, protocol %u", socket->local_port);
	else if (socket->remote_port == 0)
		r = asprintf(&text, "%s %s port %u", name,
			     address_to_text(socket, socket->local, local), socket->local_port);
	else
		r = asprintf(&text, "%s %s port %u to %s port %u", name,
			     address_to_text(socket, socket->local, local), socket->local_port,
			     address_to_text(socket, socket->remote, remote), socket->remote_port);
	return r < 0 ? NULL : text;
}

static int take(struct sockets *sockets, const struct socket *socket)
{
	if (sockets->count == SOCKETS_MAX) {
		sockets->dropped++;
		return 0;
	}
	if (sockets->count == sockets->space) {
		size_t space = sockets->space ? 2 * sockets->space : 64;
		struct socket *grown = reallocarray(sockets->items, space, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		sockets->items = grown;
		sockets->space = space;
	}
	sockets->items[sockets->count++] = *socket;
	return 0;
}

static int read_table(int proc_fd, const struct table *table,
		      bool (*wanted)(const struct socket *socket, void *data), void *data,
		      struct sockets *sockets)
{
	_cleanup_fclose_ FILE *stream = NULL;
	char path[32], line[LINE_SIZE];
	int fd, r = 0;

	(void)snprintf(path, sizeof(path), "self/net/%s", table->name);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	stream = fdopen(fd, "re");
	if (!stream) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	while (r == 0 && fgets(line, sizeof(line), stream)) {
		struct socket socket;

		if (socket_parse(table->kind, table->six, line, &socket) && wanted(&socket, data))
			r = take(sockets, &socket);
	}
	return r == 0 && ferror(stream) ? -EIO : r;
}

int sockets_read(int proc_fd, bool (*wanted)(const struct socket *socket, void *data), void *data,
		 struct sockets *ret)
{
	_cleanup_sockets_ struct sockets sockets = {};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ELEMENTS(tables); i++)
		r = read_table(proc_fd, &tables[i], wanted, data, &sockets);
	if (r < 0)
		return r;
	*ret = sockets;
	sockets = (struct sockets){};
	return 0;
}

void sockets_done(struct sockets *sockets)
{
	free(sockets->items);
	*sockets = (struct sockets){};
}
