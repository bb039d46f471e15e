/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#define BACKLOG 1024

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage storage;
};

void listener_done(struct listener *listener)
{
	if (listener->fd >= 0)
		(void)close(listener->fd);
	free(listener->name);
	*listener = (struct listener){.fd = -EBADF};
}

static int describe_in(const union address *address, struct listener *listener)
{
	char text[INET_ADDRSTRLEN];

	listener->local = (ntohl(address->in.sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
	if (!inet_ntop(AF_INET, &address->in.sin_addr, text, sizeof(text)))
		return -errno;
	return asprintf(&listener->name, "%s:%u", text, ntohs(address->in.sin_port));
}

static int describe_in6(const union address *address, struct listener *listener)
{
	char text[INET6_ADDRSTRLEN];

	listener->local = IN6_IS_ADDR_LOOPBACK(&address->in6.sin6_addr);
	if (!inet_ntop(AF_INET6, &address->in6.sin6_addr, text, sizeof(text)))
		return -errno;
	return asprintf(&listener->name, "[%s]:%u", text, ntohs(address->in6.sin6_port));
}

static int describe_un(const union address *address, struct listener *listener)
{
	listener->local = true;
	return asprintf(&listener->name, "unix:%s", address->un.sun_path);
}

/* Sets name and locality from the socket itself. */
static int describe(struct listener *listener, struct error *error)
{
	union address address = {0};
	socklen_t size = sizeof(address) - 1;
	int r = -EAFNOSUPPORT;

	if (getsockname(listener->fd, &address.any, &size) < 0)
		return error_set(error, -errno, "cannot read the socket's address: %m");
	if (address.any.sa_family == AF_INET)
		r = describe_in(&address, listener);
	else if (address.any.sa_family == AF_INET6)
		r = describe_in6(&address, listener);
	else if (address.any.sa_family == AF_UNIX)
		r = describe_un(&address, listener);
	if (r < 0)
		return error_set(error, r, "cannot tell the socket's address");
	return 0;
}

static int bind_and_listen(int fd, const struct sockaddr *address, socklen_t size, const char *text,
			   struct error *error)
{
	const int on = 1;

	if (fd < 0)
		return error_set(error, -errno, "%s: %m", text);
	if (address->sa_family != AF_UNIX &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return error_set(error, -errno, "%s: %m", text);
	if (bind(fd, address, size) < 0 || listen(fd, BACKLOG) < 0)
		return error_set(error, -errno, "cannot listen on %s: %m", text);
	return 0;
}

static int open_unix(const char *path, struct listener *ret, struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	int r;

	if (path[0] != '/' || strlen(path) >= sizeof(address.sun_path))
		return error_set(error, -EINVAL,
				 "unix:%s: expected an absolute path of at most %zu bytes", path,
				 sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) && unlink(path) < 0)
		return error_set(error, -errno, "cannot replace %s: %m", path);
	ret->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r = bind_and_listen(ret->fd, (const struct sockaddr *)(const void *)&address,
			    sizeof(address), path, error);
	if (r < 0)
		return r;
	if (chmod(path, 0660) < 0)
		return error_set(error, -errno, "%s: %m", path);
	return 0;
}

/* Splits "HOST:PORT" and "[HOST]:PORT"; both parts are new strings. */
static int split(const char *text, char **ret_host, char **ret_port, struct error *error)
{
	const char *colon = strrchr(text, ':');
	bool brackets = text[0] == '[';
	size_t length = colon ? (size_t)(colon - text) : 0;

	if (length == 0 || !colon[1] || (brackets && text[length - 1] != ']') ||
	    (!brackets && memchr(text, ':', length)))
		return error_set(error, -EINVAL,
				 "%s: expected ADDRESS:PORT, [ADDRESS]:PORT or unix:/PATH", text);
	*ret_host = brackets ? strndup(text + 1, length - 2) : strndup(text, length);
	*ret_port = strdup(colon + 1);
	return *ret_host && *ret_port ? 0 : -ENOMEM;
}

static int open_inet(const char *text, struct listener *ret, struct error *error)
{
	const struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	_cleanup_free_ char *host = NULL;
	_cleanup_free_ char *port = NULL;
	struct addrinfo *found;
	int r = split(text, &host, &port, error);

	if (r < 0)
		return r;
	/* getaddrinfo() takes larger ones and wraps them. */
	if (port[strspn(port, "0123456789")] || strlen(port) > 5 ||
	    strtoul(port, NULL, 10) > UINT16_MAX)
		return error_set(error, -EINVAL, "%s: expected a port from 0 to 65535", text);
	r = getaddrinfo(host, port, &hints, &found);
	if (r != 0)
		return error_set(error, -EINVAL, "%s: expected a numeric address (%s)", text,
				 gai_strerror(r));
	ret->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r = bind_and_listen(ret->fd, found->ai_addr, found->ai_addrlen, text, error);
	freeaddrinfo(found);
	return r;
}

int listen_open(const char *text, struct listener *ret, struct error *error)
{
	_cleanup_listener_ struct listener listener = {.fd = -EBADF};
	int r;

	if (strncmp(text, "unix:", 5) == 0)
		r = open_unix(text + 5, &listener, error);
	else
		r = open_inet(text, &listener, error);
	if (r >= 0)
		r = describe(&listener, error);
	if (r < 0)
		return r;
	*ret = listener;
	listener = (struct listener){.fd = -EBADF};
	return 0;
}

int listen_inherit(struct listener *ret, struct error *error)
{
	_cleanup_listener_ struct listener listener = {.fd = -EBADF};
	int n = sd_listen_fds(1);
	int r;

	if (n == 0)
		return 0;
	if (n < 0)
		return error_set(error, n, "cannot take the socket from systemd: %s", strerror(-n));
	if (n > 1)
		return error_set(error, -EINVAL,
				 "systemd passed %d sockets: give the socket unit one ListenStream",
				 n);
	if (sd_is_socket(SD_LISTEN_FDS_START, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
		return error_set(error, -EINVAL, "what systemd passed is no listening socket");
	listener.fd = SD_LISTEN_FDS_START;
	r = describe(&listener, error);
	if (r < 0)
		return r;
	*ret = listener;
	listener = (struct listener){.fd = -EBADF};
	return 1;
}
