/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/processors.h"

#include "cleanup.h"
#include "file.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>

#define TEXT_MAX 65536

static unsigned count_affinity(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

/* "QUOTA PERIOD" in microseconds, or "max PERIOD". 0: no limit. */
static unsigned parse_limit(const char *text)
{
	unsigned long long quota, period;
	char *end;

	if (*text < '0' || *text > '9')
		return 0;
	quota = strtoull(text, &end, 10);
	if (*end != ' ')
		return 0;
	period = strtoull(end, &end, 10);
	if (*end != '\n' || period == 0 || quota == 0)
		return 0;
	quota = (quota - 1) / period + 1;
	return quota < 65536 ? (unsigned)quota : 0;
}

static unsigned read_limit(const char *mount, const char *group)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	size_t size;

	if (asprintf(&path, "%s%s/cpu.max", mount, group) < 0) {
		path = NULL;
		return 0;
	}
	/* The topmost group has none, and nor have groups without the controller. */
	if (file_read(AT_FDCWD, path, TEXT_MAX, false, &text, &size, NULL) < 0)
		return 0;
	return parse_limit(text);
}

/* The path of the group in version 2's hierarchy, which is number 0; NULL without one. */
static char *find_group(const char *cgroup)
{
	for (const char *line = cgroup; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, "0::/", 4) == 0)
			return strndup(line + 3, strcspn(line + 3, "\n"));
	return NULL;
}

unsigned processors_of_cgroup(const char *mount, const char *cgroup)
{
	_cleanup_free_ char *group = find_group(cgroup);
	unsigned lowest = 0;

	while (group && *group) {
		unsigned limit = read_limit(mount, group);

		if (limit > 0 && (lowest == 0 || limit < lowest))
			lowest = limit;
		*strrchr(group, '/') = '\0';
	}
	return lowest;
}

unsigned processors_count(void)
{
	_cleanup_free_ char *cgroup = NULL;
	unsigned count = count_affinity(), limit = 0;
	size_t size;

	if (file_read(AT_FDCWD, "/proc/self/cgroup", TEXT_MAX, false, &cgroup, &size, NULL) == 0)
		limit = processors_of_cgroup(CGROUP_MOUNT, cgroup);
	return limit > 0 && limit < count ? limit : count;
}
