/* SPDX-License-Identifier: Apache-2.0 */
#include "check/network.h"

#include "catalog.h"
#include "check/live.h"
#include "check/process_name.h"
#include "platform/sockets.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* Above it clients get their ports by themselves (ip_local_port_range of a stock kernel). */
#define SERVER_PORT_MAX 32767
/* After that many words a command line names no script any more. */
#define SCRIPT_WORDS 8
/* Each question goes through all sockets. */
#define HANDED_ON_MAX 1000

/* A process whose standard input and output are one socket. */
struct stream {
	uint64_t inode;
	const struct process *process;
};

struct owner {
	uint64_t inode;
	const struct process *process; /* NULL: not found */
};

struct network {
	struct live *live;
	struct stream *streams; /* by inode */
	size_t n_streams;
	struct sockets sockets;
	struct owner *owners; /* by inode; one for each socket but those of streams */
	size_t n_owners;
	size_t n_asked;		       /* who handed a connection on */
	const struct process *current; /* whose descriptors are looked at */
};

static void network_done(struct network *network)
{
	free(network->streams);
	free(network->owners);
	sockets_done(&network->sockets);
}

/* Both begin with the inode. */
static int compare_inodes(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static uint64_t read_stream(int dir_fd, const char *name)
{
	_cleanup_free_ char *link = NULL;

	return proc_read_link(dir_fd, name, &link) == 0 ? proc_parse_socket(link) : 0;
}

static int find_streams(struct network *network)
{
	const struct processes *processes = &network->live->processes;

	network->streams = calloc(processes->count + 1, sizeof(struct stream));
	if (!network->streams)
		return -ENOMEM;
	for (size_t i = 0; i < processes->count; i++) {
		const struct process *process = &processes->items[i];
		_cleanup_close_ int dir_fd = -EBADF;
		uint64_t inode;

		if (process->kernel || process->foreign || !process->program)
			continue;
		dir_fd = proc_enter(network->live->proc_fd, process->pid);
		inode = dir_fd < 0 ? 0 : read_stream(dir_fd, "fd/0");
		if (inode && inode == read_stream(dir_fd, "fd/1"))
			network->streams[network->n_streams++] =
				(struct stream){.inode = inode, .process = process};
	}
	qsort(network->streams, network->n_streams, sizeof(struct stream), compare_inodes);
	return 0;
}

static const struct stream *find_stream(const struct network *network, uint64_t inode)
{
	return bsearch(&inode, network->streams, network->n_streams, sizeof(struct stream),
		       compare_inodes);
}

static bool is_door(const struct socket *socket)
{
	switch (socket->kind) {
	case SOCKET_TCP:
		return socket->state == SOCKET_LISTENING;
	case SOCKET_UDP:
		return socket->state == SOCKET_UNBOUND && socket->local_port <= SERVER_PORT_MAX;
	default:
		return true;
	}
}

static bool is_wanted(const struct socket *socket, void *data)
{
	const struct network *network = data;

	return socket->inode && (is_door(socket) || find_stream(network, socket->inode));
}

static int list_owners(struct network *network)
{
	const struct sockets *sockets = &network->sockets;

	network->owners = calloc(sockets->count + 1, sizeof(struct owner));
	if (!network->owners)
		return -ENOMEM;
	for (size_t i = 0; i < sockets->count; i++)
		if (is_door(&sockets->items[i]))
			network->owners[network->n_owners++].inode = sockets->items[i].inode;
	qsort(network->owners, network->n_owners, sizeof(struct owner), compare_inodes);
	return 0;
}

static struct owner *find_owner(const struct network *network, uint64_t inode)
{
	return bsearch(&inode, network->owners, network->n_owners, sizeof(struct owner),
		       compare_inodes);
}

/* Of several that hold a socket the one that nothing vouches for counts, else the first. */
static bool is_worse(struct live *live, const struct process *a, const struct process *b)
{
	return live_vouch_process(live, a) == VOUCHED_NOT &&
	       live_vouch_process(live, b) != VOUCHED_NOT;
}

static int take_socket(void *data, uint64_t inode)
{
	struct network *network = data;
	struct owner *owner = find_owner(network, inode);

	if (!owner)
		return 0;
	if (!owner->process || is_worse(network->live, network->current, owner->process))
		owner->process = network->current;
	return 0;
}

static int find_owners(struct network *network, struct error *error)
{
	const struct processes *processes = &network->live->processes;
	size_t left = PROC_DESCRIPTORS_MAX;
	int r = 0;

	for (size_t i = 0; r == 0 && i < processes->count && network->n_owners > 0; i++) {
		_cleanup_close_ int dir_fd = -EBADF;

		if (processes->items[i].kernel)
			continue;
		r = live_check_time(network->live, error);
		if (r < 0)
			return r;
		network->current = &processes->items[i];
		dir_fd = proc_enter(network->live->proc_fd, processes->items[i].pid);
		if (dir_fd >= 0)
			r = proc_each_socket(dir_fd, &left, take_socket, network);
		/* A process that has vanished has none. */
		if (r < 0 && r != -ENOMEM)
			r = 0;
		if (left == 0)
			return error_set(error, -E2BIG,
					 "the processes have more than %d "
					 "descriptors",
					 PROC_DESCRIPTORS_MAX);
	}
	return r;
}

/* The script that an interpreter runs: the first word that is no option, if it is a path. */
static bool find_script(const struct process *process, char ret[static PATH_MAX])
{
	for (size_t i = 1; i < SCRIPT_WORDS; i++) {
		const char *word = process_argument(process, i);

		if (!word)
			return false;
		/* Text in place of a script: -c, -e, -ne, --eval. */
		if (word[0] == '-' && word[1] != '-' && strpbrk(word, "ce"))
			return false;
		if (word[0] != '-')
			return word[0] == '/' && realpath(word, ret);
	}
	return false;
}

static bool is_relay(const char *program)
{
	static const char *const globs[] = {"nc",     "nc.*",	 "ncat", "netcat",
					    "socat*", "telnetd", "gost", "chisel"};

	for (size_t i = 0; i < ELEMENTS(globs); i++)
		if (glob_match(globs[i], path_name(program)))
			return true;
	return false;
}

/* Whether what is sealed explains that an interpreter waits for connections. */
static bool is_explained(struct live *live, const struct process *process)
{
	char script[PATH_MAX];

	if (find_script(process, script) && live_vouch(live, script) != VOUCHED_NOT)
		return true;
	return process_is_in_vouched_unit(live, process);
}

static const char *judge_door(struct live *live, const struct process *process,
			      const struct socket *socket, const char **ret_title)
{
	bool packets = socket->kind == SOCKET_PACKET || socket->kind == SOCKET_RAW;

	*ret_title = packets ? "reads packets from the network" : "waits for connections";
	if (process->foreign || !process->program)
		return NULL;
	if (program_is_interpreter(process->program) || is_relay(process->program)) {
		if (live_vouch_process(live, process) != VOUCHED_NOT && is_explained(live, process))
			return NULL;
		return packets ? "network.packet" : "network.interpreter";
	}
	if (live_vouch_process(live, process) != VOUCHED_NOT)
		return NULL;
	return packets ? "network.packet" : "network.listener";
}

static int check_door(struct network *network, const struct socket *socket)
{
	const struct owner *owner = find_owner(network, socket->inode);
	_cleanup_free_ char *text = NULL;
	struct sighting sighting = {};

	if (!owner || !owner->process)
		return 0;
	sighting.process = owner->process;
	sighting.code = judge_door(network->live, owner->process, socket, &sighting.title);
	if (!sighting.code)
		return 0;
	text = socket_to_text(socket);
	return text ? live_report(network->live, &sighting, "%s", text) : -ENOMEM;
}

/* inetd and systemd hand on connections that they accept: then the port is theirs. */
static bool is_handed_on(struct network *network, const struct socket *socket)
{
	if (++network->n_asked > HANDED_ON_MAX)
		return false;
	for (size_t i = 0; i < network->sockets.count; i++) {
		const struct socket *door = &network->sockets.items[i];
		const struct owner *owner;

		if (door->kind != SOCKET_TCP || door->state != SOCKET_LISTENING ||
		    door->local_port != socket->local_port)
			continue;
		owner = find_owner(network, door->inode);
		if (owner && owner->process && !program_is_interpreter(owner->process->program) &&
		    !is_relay(owner->process->program) &&
		    live_vouch_process(network->live, owner->process) != VOUCHED_NOT)
			return true;
	}
	return false;
}

static int check_stream(struct network *network, const struct socket *socket)
{
	const struct stream *stream = find_stream(network, socket->inode);
	const struct stream *end = network->streams + network->n_streams;
	_cleanup_free_ char *text = NULL;
	int r = 0;

	if (!stream || is_handed_on(network, socket))
		return 0;
	text = socket_to_text(socket);
	if (!text)
		return -ENOMEM;
	while (stream > network->streams && stream[-1].inode == socket->inode)
		stream--;
	for (; r == 0 && stream < end && stream->inode == socket->inode; stream++) {
		const struct sighting sighting = {
			.code = "network.shell",
			.process = stream->process,
			.title = "has its standard input and output on a network connection",
		};

		r = live_report(network->live, &sighting, "%s", text);
	}
	return r;
}

static int check_all(struct network *network, struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < network->sockets.count; i++) {
		const struct socket *socket = &network->sockets.items[i];

		r = live_check_time(network->live, error);
		if (r == 0)
			r = is_door(socket) ? check_door(network, socket)
					    : check_stream(network, socket);
	}
	if (r == 0 && network->sockets.dropped > 0)
		r = error_set(error, -E2BIG, "there are more than %d sockets", SOCKETS_MAX);
	return r;
}

static int network_run(struct network *network, struct error *error)
{
	int r = find_streams(network);

	if (r < 0)
		return r;
	r = sockets_read(network->live->proc_fd, is_wanted, network, &network->sockets);
	if (r < 0)
		return error_set(error, r, "/proc/net: %s", strerror(-r));
	r = list_owners(network);
	if (r == 0)
		r = find_owners(network, error);
	return r < 0 ? r : check_all(network, error);
}

int network_check(const struct check_context *context, struct findings *ret, struct error *error)
{
	_cleanup_live_ struct live live = {.proc_fd = -EBADF};
	_cleanup_(network_done) struct network network = {.live = &live};
	int r = live_open(context, ret, &live, error);

	if (r == 0)
		r = live_list(&live, error);
	if (r == 0)
		r = network_run(&network, error);
	return r < 0 ? r : live_finish(&live);
}
