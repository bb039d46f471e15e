/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of /proc whose words any process can choose: the first byte says which parser gets the
 * rest.
 */
#include "platform/proc.h"

#include "check/kernel.h"
#include "check/mounts.h"
#include "check/process_load.h"
#include "check/process_miner.h"
#include "check/process_name.h"
#include "check/runtime_units.h"
#include "platform/sockets.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_stat(const char *text, size_t size)
{
	struct process process = {};

	if (proc_parse_stat(text, size, &process) == 0)
		require(process.stat_pid >= 0 && strlen(process.comm) < PROC_COMM_SIZE);
}

static void fuzz_mounts(const char *text, size_t size)
{
	_cleanup_mounts_ struct mounts mounts = {};

	if (mounts_parse(text, size, &mounts) < 0)
		return;
	for (size_t i = 0; i < mounts.count; i++) {
		require(mounts_find(&mounts, mounts.items[i].id) != NULL);
		(void)mount_covers(&mounts, &mounts.items[i]);
	}
}

static void fuzz_socket(const char *text, size_t size _unused_)
{
	for (int kind = 0; kind < _SOCKET_KIND_MAX; kind++) {
		for (int six = 0; six < 2; six++) {
			_cleanup_free_ char *shown = NULL;
			struct socket socket;

			if (!socket_parse((enum socket_kind)kind, six, text, &socket))
				continue;
			shown = socket_to_text(&socket);
			require(shown && shown[0]);
		}
	}
}

static void fuzz_mapping(const char *text, size_t size)
{
	struct mapping mapping;

	if (mapping_parse(text, size, &mapping) && mapping.path)
		require(mapping.path >= text && mapping.path + mapping.path_length == text + size);
}

static void fuzz_words(const char *text, size_t size)
{
	_cleanup_free_ char *service = cgroup_find_service(text);
	_cleanup_free_ char *program = exec_line_find_program(text, size);
	_cleanup_free_ char *rule = udev_rules_find_run(text);
	_cleanup_free_ char *pattern = core_pattern_find_program(text);

	(void)words_find_miner(text);
	(void)name_is_kernel_thread(text);
	(void)proc_parse_socket(text);
	(void)modules_have(text, "nf_x");
	require(!service || strstr(service, ".service"));
	require(!program || program[0] == '/');
	require(!rule || strlen(rule) <= size);
	require(!pattern || text[0] == '|');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parsers[])(const char *text, size_t size) = {
		fuzz_stat, fuzz_mounts, fuzz_socket, fuzz_mapping, fuzz_words};
	_cleanup_free_ char *text = NULL;

	if (size == 0)
		return 0;
	text = malloc(size);
	require(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	parsers[data[0] % ELEMENTS(parsers)](text, size - 1);
	return 0;
}
