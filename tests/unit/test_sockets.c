/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sockets.h"

#include "platform/proc.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

static void expect(enum socket_kind kind, bool six, const char *line, uint64_t inode,
		   const char *text)
{
	_cleanup_free_ char *shown = NULL;
	struct socket socket;

	assert_true(socket_parse(kind, six, line, &socket));
	assert_int_equal(socket.inode, inode);
	shown = socket_to_text(&socket);
	assert_string_equal(shown, text);
}

static void reads_lines(void **state)
{
	(void)state;
	expect(SOCKET_TCP, false,
	       "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0"
	       "        0 22391 1 0000000000000000 100 0 0 10 0\n",
	       22391, "tcp 127.0.0.1 port 8080");
	expect(SOCKET_TCP, false,
	       "  12: 0100007F:943C 0A01A8C0:0D05 01 00000000:00000000 00:00000000 00000000  1000"
	       "        0 77 1 0 20 4 30 10 -1\n",
	       77, "tcp 127.0.0.1 port 37948 to 192.168.1.10 port 3333");
	expect(SOCKET_UDP, true,
	       "  1: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 "
	       "00000000:00000000 00:00000000 00000000 0 0 5 2 0 0\n",
	       5, "udp ::1 port 53");
	expect(SOCKET_RAW, false,
	       "  1: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 8 2 "
	       "0 0\n",
	       8, "raw socket, protocol 1");
	expect(SOCKET_PACKET, false, "ffff9c 3      3    0003   2     1 0      0      9120\n", 9120,
	       "packet socket");
}

static void refuses_lines(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt uid inode\n",
		"0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0\n",
		"0: 0100007F1F90 00000000:0000 0A 0:0 0:0 0 0 0 1\n",
		"0: 0100007:1F90 00000000:0000 0A 0:0 0:0 0 0 0 1\n",
		"0: 0100007F:1F90F 00000000:0000 0A 0:0 0:0 0 0 0 1\n",
		"0: 0100007F:1F90 00000000:0000 1FF 0:0 0:0 0 0 0 1\n",
		"0: -100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 1\n",
		"0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 -1\n",
		"0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 1x\n",
	};
	struct socket socket;

	(void)state;
	for (size_t i = 0; i < ELEMENTS(bad); i++)
		if (socket_parse(SOCKET_TCP, false, bad[i], &socket))
			fail_msg("taken: %s", bad[i]);
	assert_false(socket_parse(SOCKET_TCP, true,
				  "0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 1\n", &socket));
	assert_false(socket_parse(SOCKET_PACKET, false, "1 2 3\n", &socket));
}

static bool is_listening(const struct socket *socket, void *data)
{
	(void)data;
	return socket->kind == SOCKET_TCP && socket->state == SOCKET_LISTENING;
}

static void finds_a_listener(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM, 0), proc_fd = proc_open();
	_cleanup_sockets_ struct sockets sockets = {};
	socklen_t length = sizeof(address);
	const struct socket *found = NULL;
	struct stat st;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(sockets_read(proc_fd, is_listening, NULL, &sockets), 0);
	for (size_t i = 0; i < sockets.count; i++)
		if (sockets.items[i].inode == st.st_ino)
			found = &sockets.items[i];
	assert_non_null(found);
	assert_int_equal(found->local_port, ntohs(address.sin_port));
	assert_memory_equal(found->local, &address.sin_addr, 4);
	assert_int_equal(found->remote_port, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lines),
		cmocka_unit_test(refuses_lines),
		cmocka_unit_test(finds_a_listener),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
