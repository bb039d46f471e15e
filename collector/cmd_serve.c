/* SPDX-License-Identifier: Apache-2.0 */
#include "certificate.h"
#include "cmd.h"
#include "file.h"
#include "ingest.h"
#include "listen.h"
#include "log.h"

#include "server.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#define PEM_MAX	      (256 * 1024)
#define PRUNE_SECONDS 60

/* What serving needs, in the order in which it is had. */
struct serve {
	const struct options *options;
	struct service_options service_options;
	struct server_options server_options;
	int lock;
	struct listener listener;
	char *certificate;
	char *key;
	struct service *service;
	struct server *server;
	struct job prune; /* of used nonces */
	atomic_bool pruning;
};

static int read_options(struct serve *serve)
{
	const struct options *options = serve->options;
	struct server_options *server = &serve->server_options;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned threads = 0;

	if (options->enrol && strcmp(options->enrol, "open") != 0 &&
	    strcmp(options->enrol, "token") != 0)
		return log_error_errno(-EINVAL, "--enrol %s: expected open or token",
				       options->enrol);
	if (options_number("deadline", options->deadline, 10, 3600, &server->deadline) < 0 ||
	    options_number("rate", options->rate, 1000, 1000000, &serve->service_options.rate) <
		    0 ||
	    options_number("connections", options->connections, 4096, 100000,
			   &server->connections) < 0 ||
	    options_number("connections-per-ip", options->connections_per_ip, 512, 100000,
			   &server->connections_per_ip) < 0 ||
	    options_number("threads", options->threads, processors > 2 ? (unsigned)processors : 2,
			   256, &threads) < 0)
		return -EINVAL;
	/* One thread alone makes the library take another path, without a pool. */
	server->n_threads = threads < 2 ? 2 : threads;
	server->deadline = server->deadline ? server->deadline : 1;
	serve->service_options.n_threads = server->n_threads;
	serve->service_options.data = options->data;
	serve->service_options.enrol_by_token =
		options->enrol && strcmp(options->enrol, "token") == 0;
	return 0;
}

static int take_lock(struct serve *serve, struct error *error)
{
	const char *data = serve->options->data;
	_cleanup_free_ char *path = data_path(data, DATA_LOCK);

	if (!path)
		return -ENOMEM;
	serve->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (serve->lock < 0)
		return error_set(error, -errno,
				 "%s: %m; make the data directory with `" PROGRAM
				 " init --data %s`",
				 path, data);
	if (flock(serve->lock, LOCK_EX | LOCK_NB) < 0)
		return error_set(error, -errno,
				 errno == EWOULDBLOCK ? "%s: another " PROGRAM
							" serves this data directory: stop it first"
						      : "%s: cannot be locked",
				 path);
	return 0;
}

static int read_pem(const struct serve *serve, const char *given, const char *name, char **ret,
		    struct error *error)
{
	_cleanup_free_ char *path = given ? strdup(given) : data_path(serve->options->data, name);
	size_t size;

	if (!path)
		return -ENOMEM;
	/* A certificate is often a link to the newest one. */
	return file_read(AT_FDCWD, path, PEM_MAX, true, ret, &size, error);
}

static int load_tls(struct serve *serve, struct error *error)
{
	int r;

	if (serve->options->no_tls) {
		if (serve->listener.local)
			return 0;
		return error_set(error, -EPERM,
				 "--no-tls is for loopback and unix sockets, and %s is neither: "
				 "reports and tokens would cross the network in the clear",
				 serve->listener.name);
	}
	r = read_pem(serve, serve->options->certificate, DATA_CERT, &serve->certificate, error);
	if (r >= 0)
		r = read_pem(serve, serve->options->key, DATA_KEY, &serve->key, error);
	if (r >= 0)
		r = certificate_check(serve->certificate, serve->key, error);
	if (r < 0)
		return r;
	serve->server_options.certificate = serve->certificate;
	serve->server_options.key = serve->key;
	return 0;
}

static int open_listener(struct serve *serve, struct error *error)
{
	const char *address = serve->options->listen ? serve->options->listen : LISTEN_DEFAULT;
	int r = listen_inherit(&serve->listener, error);

	return r != 0 ? r : listen_open(address, &serve->listener, error);
}

static int start(struct serve *serve, struct error *error)
{
	int r = take_lock(serve, error);

	if (r >= 0)
		r = service_open(&serve->service_options, &serve->service, error);
	if (r >= 0)
		r = open_listener(serve, error);
	if (r >= 0)
		r = load_tls(serve, error);
	if (r < 0)
		return r;
	serve->server_options.fd = serve->listener.fd;
	r = server_start(serve->service, &serve->server_options, &serve->server, error);
	if (r >= 0)
		serve->listener.fd = -EBADF; /* the server's now */
	return r;
}

static void announce(const struct serve *serve)
{
	const char *scheme = strncmp(serve->listener.name, "unix:", 5) == 0 ? ""
			     : serve->options->no_tls			    ? "http://"
									    : "https://";

	(void)printf("listening on %s%s\n", scheme, serve->listener.name);
	(void)fflush(stdout);
	if (registry_count_signers(serve->service->registry) == 0)
		log_warning("no key is trusted to sign manifests yet: `" PROGRAM
			    " trust add FILE`, then SIGHUP");
	(void)sd_notifyf(0, "READY=1\nSTATUS=Listening on %s%s", scheme, serve->listener.name);
}

static void reload(struct serve *serve)
{
	_cleanup_error_ struct error error = {0};
	int r;

	(void)sd_notify(0, "RELOADING=1");
	r = registry_reload(serve->service->registry, &error);
	if (r < 0)
		(void)log_error_errno(r, "the trusted signers stay as they were: %s",
				      error_text(&error, r));
	else
		log_info("%zu keys are trusted to sign manifests",
			 registry_count_signers(serve->service->registry));
	(void)sd_notify(0, "READY=1");
}

static int run_prune(struct job *job _unused_, struct db *db)
{
	return ingest_prune_nonces(db, store_now() / 1000, NULL);
}

static void prune_done(struct job *job)
{
	struct serve *serve = (struct serve *)(void *)((char *)job - offsetof(struct serve, prune));

	atomic_store(&serve->pruning, false);
}

static void prune(struct serve *serve)
{
	if (atomic_exchange(&serve->pruning, true))
		return;
	serve->prune = (struct job){.run = run_prune, .done = prune_done};
	if (writer_submit(serve->service->writer, &serve->prune) < 0)
		atomic_store(&serve->pruning, false);
}

/* Threads start with these blocked, so that they reach sigtimedwait() alone. */
static void block_signals(sigset_t *ret)
{
	(void)sigemptyset(ret);
	(void)sigaddset(ret, SIGTERM);
	(void)sigaddset(ret, SIGINT);
	(void)sigaddset(ret, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, ret, NULL);
	/* A closed connection and a full quota are error codes, not deaths. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
}

static void wait_for_end(struct serve *serve, const sigset_t *signals)
{
	const struct timespec round = {.tv_sec = PRUNE_SECONDS};
	int caught;

	for (;;) {
		caught = sigtimedwait(signals, NULL, &round);
		if (caught == SIGTERM || caught == SIGINT)
			return;
		if (caught == SIGHUP)
			reload(serve);
		else
			prune(serve);
	}
}

static void serve_done(struct serve *serve)
{
	if (serve->server)
		server_stop(serve->server);
	service_close(serve->service);
	listener_done(&serve->listener);
	free(serve->certificate);
	if (serve->key)
		OPENSSL_cleanse(serve->key, strlen(serve->key));
	free(serve->key);
	if (serve->lock >= 0)
		(void)close(serve->lock);
}

int cmd_serve(void *data, int n_arguments _unused_, char **arguments _unused_)
{
	_cleanup_error_ struct error error = {0};
	struct serve serve = {.options = data, .lock = -EBADF, .listener = {.fd = -EBADF}};
	sigset_t signals;
	int r;

	if (!options_need_data(serve.options) || read_options(&serve) < 0)
		return EXIT_USAGE;
	block_signals(&signals);
	r = start(&serve, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		serve_done(&serve);
		return EXIT_UNCHECKED;
	}
	announce(&serve);
	wait_for_end(&serve, &signals);
	(void)sd_notify(0, "STOPPING=1\nSTATUS=Ending what is under way");
	serve_done(&serve);
	return EXIT_PASS;
}
