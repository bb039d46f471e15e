/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include "log.h"
#include "reaper.h"
#include "server_request.h"

#include <microhttpd.h>
#include <string.h>
#include <time.h>

/* Enough for headers of 32 KiB and a TLS record; journal-remote's history has both extremes. */
#define CONNECTION_MEMORY (128 * 1024)
/* The library's own timeout, of inactivity; the reaper's deadlines come first. */
#define IDLE_SECONDS 120
#define POLL_NS	     10000000L

/* TLS 1.2 for agents of old images, with forward secrecy and authenticated ciphers alone. */
#define TLS_PRIORITIES                                                       \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA:-DHE-DSS:" \
	"-AES-128-CBC:-AES-256-CBC:-SHA1:%SERVER_PRECEDENCE"

struct server {
	struct server_context context;
	struct MHD_Daemon *daemon;
};

static void on_connection(void *data, struct MHD_Connection *connection, void **socket_context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct server *server = data;
	const union MHD_ConnectionInfo *info;
	struct watched *watched = NULL;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		reaper_forget(server->context.reaper, *socket_context);
		*socket_context = NULL;
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info && reaper_watch(server->context.reaper, info->connect_fd, server->context.deadline,
				 &watched) >= 0)
		*socket_context = watched;
}

/* The library reports through here what went wrong on a connection: nothing for the journal. */
_printf_(2, 0) static void on_log(void *data _unused_, const char *format, va_list arguments)
{
	char text[512];

	(void)vsnprintf(text, sizeof(text), format, arguments);
	text[strcspn(text, "\r\n")] = '\0';
	log_debug("http: %s", text);
}

static int start_daemon(struct server *server, const struct server_options *options,
			struct error *error)
{
	const struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)options->certificate},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)options->key},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)TLS_PRIORITIES},
		{MHD_OPTION_END, 0, NULL},
	};
	const struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
			 MHD_USE_ERROR_LOG | (options->certificate ? MHD_USE_TLS : 0);

	server->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, server_on_request, &server->context,
		MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET, options->fd,
		MHD_OPTION_THREAD_POOL_SIZE, options->n_threads, MHD_OPTION_CONNECTION_LIMIT,
		options->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		options->connections_per_ip, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_NOTIFY_COMPLETED,
		server_on_completed, &server->context, MHD_OPTION_URI_LOG_CALLBACK,
		server_on_target, &server->context, MHD_OPTION_ARRAY,
		options->certificate ? tls : plain, MHD_OPTION_END);
	if (!server->daemon)
		return error_set(error, -EIO, "the HTTP server does not start%s",
				 options->certificate
					 ? ": is the certificate a P-256 one, and the key its key?"
					 : "");
	return 0;
}

int server_start(struct service *service, const struct server_options *options, struct server **ret,
		 struct error *error)
{
	struct server *server = calloc(1, sizeof(*server));
	int r;

	if (!server)
		return -ENOMEM;
	server->context.service = service;
	server->context.deadline = options->deadline;
	r = reaper_new(&service->figures.reaped, &server->context.reaper, error);
	if (r >= 0)
		r = start_daemon(server, options, error);
	if (r < 0) {
		reaper_free(server->context.reaper);
		free(server);
		return r;
	}
	*ret = server;
	return 0;
}

static void wait_for_requests(struct service *service, unsigned seconds)
{
	const struct timespec pause = {.tv_nsec = POLL_NS};
	int64_t end = store_now() + (int64_t)seconds * 1000;

	while (atomic_load(&service->figures.in_flight) > 0 && store_now() < end)
		(void)nanosleep(&pause, NULL);
}

void server_stop(struct server *server)
{
	struct service *service = server->context.service;

	/*
	 * Who comes from now on is told so (503) and does not wait for nothing. Not
	 * MHD_quiesce_daemon(): in 0.9.75 it and the threads take the socket out of epoll at the
	 * same time, and the one that comes second aborts the program.
	 */
	atomic_store(&service->stopping, true);
	wait_for_requests(service, server->context.deadline + 2);
	/* After this nothing is suspended, as the library requires of its own stopping. */
	service_stop(service);
	wait_for_requests(service, 2);
	MHD_stop_daemon(server->daemon);
	reaper_free(server->context.reaper);
	free(server);
}
