/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

#include <fcntl.h>
#include <string.h>
#include <sys/timex.h>
#include <systemd/sd-id128.h>
#include <time.h>

#define PROGRAM_FILE "/proc/self/exe"
#define READ_SIZE    (128 * 1024)

/* goldseal's own application id, made once at random. It must never change. */
#define APPLICATION_ID SD_ID128_MAKE(5a, 90, 24, fb, e2, 71, 73, 8b, fc, 42, d1, af, 11, 5a, 3f, c1)

static int id_to_text(sd_id128_t id, char **ret)
{
	char text[SD_ID128_STRING_MAX];

	*ret = strdup(sd_id128_to_string(id, text));
	return *ret ? 0 : -ENOMEM;
}

int host_get_machine_id(char **ret)
{
	sd_id128_t id;
	int r;

	r = sd_id128_get_machine_app_specific(APPLICATION_ID, &id);
	return r < 0 ? r : id_to_text(id, ret);
}

int host_get_boot_id(char **ret)
{
	sd_id128_t id;
	int r;

	r = sd_id128_get_boot(&id);
	return r < 0 ? r : id_to_text(id, ret);
}

static int get_boottime(uint64_t *ret)
{
	struct timespec now;

	if (clock_gettime(CLOCK_BOOTTIME, &now) < 0)
		return -errno;
	*ret = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	return 0;
}

/* Reading only: no mode bit is set. Where the call is forbidden nothing is known, so "no". */
static bool is_synchronized(void)
{
	struct timex timex = {0};

	return adjtimex(&timex) >= 0 && !(timex.status & STA_UNSYNC);
}

static int hash_stream(FILE *stream, struct hasher *hasher)
{
	_cleanup_free_ char *block = malloc(READ_SIZE);
	size_t size;
	int r = 0;

	if (!block)
		return -ENOMEM;
	while (r == 0 && (size = fread(block, 1, READ_SIZE, stream)) > 0)
		r = hasher_update(hasher, block, size);
	return r == 0 && ferror(stream) ? -EIO : r;
}

/* Through the kernel's link, which reaches the running file even when its name is another's now. */
static int get_agent_digest(struct digest *ret)
{
	_cleanup_fclose_ FILE *stream = fopen(PROGRAM_FILE, "re");
	_cleanup_(hasher_free_p) struct hasher *hasher = NULL;
	int r;

	if (!stream)
		return -errno;
	r = hasher_new(&hasher);
	if (r < 0)
		return r;
	r = hasher_begin(hasher);
	if (r < 0)
		return r;
	r = hash_stream(stream, hasher);
	return r < 0 ? r : hasher_finish(hasher, ret);
}

int host_read(struct host *ret, struct error *error)
{
	_cleanup_host_ struct host host = {.clock_synchronized = is_synchronized()};
	int r;

	r = host_get_machine_id(&host.machine_id);
	if (r == -ENOMEM)
		return error_set(error, r, "out of memory");
	r = host_get_boot_id(&host.boot_id);
	if (r == -ENOMEM)
		return error_set(error, r, "out of memory");
	r = get_boottime(&host.boottime_ms);
	if (r < 0)
		return error_set(error, r, "cannot read the boot-time clock: %s", strerror(-r));
	r = get_agent_digest(&host.agent_digest);
	if (r < 0)
		return error_set(error, r, "cannot read %s: %s", PROGRAM_FILE, strerror(-r));
	*ret = host;
	host = (struct host){0};
	return 0;
}

void host_done(struct host *host)
{
	free(host->machine_id);
	free(host->boot_id);
	*host = (struct host){0};
}
