/* SPDX-License-Identifier: Apache-2.0 */
#include "check/processes.h"

#include "catalog.h"
#include "check/process_load.h"
#include "check/process_miner.h"
#include "check/process_name.h"

#include <string.h>
#include <sys/stat.h>

/*
 * runc and crun run a copy of themselves in memory against CVE-2019-5736. The name alone is
 * anybody's, so the copy must be as large as the program that it says it is.
 */
static bool is_container_runtime(struct live *live, const struct process *process)
{
	static const struct {
		const char *prefix;
		const char *program;
	} copies[] = {
		{"/memfd:runc_cloned:", "/usr/sbin/runc"},
		{"/memfd:runc_cloned:", "/usr/bin/runc"},
		{"/memfd:crun_cloned:", "/usr/bin/crun"},
	};
	_cleanup_close_ int dir_fd = proc_enter(live->proc_fd, process->pid);
	struct stat copy, original;

	if (dir_fd < 0 || fstatat(dir_fd, "exe", &copy, 0) < 0)
		return false;
	for (size_t i = 0; i < ELEMENTS(copies); i++)
		if (strncmp(process->program, copies[i].prefix, strlen(copies[i].prefix)) == 0 &&
		    stat(copies[i].program, &original) == 0 && original.st_size == copy.st_size &&
		    live_vouch(live, copies[i].program) != VOUCHED_NOT)
			return true;
	return false;
}

static int check_memory(struct live *live, const struct process *process)
{
	const struct sighting sighting = {
		.code = "process.memory",
		.process = process,
		.title = "runs a program that is in no file",
	};

	if (is_container_runtime(live, process))
		return 0;
	return live_report(live, &sighting, "%s", process->program);
}

static int check_deleted(struct live *live, const struct process *process)
{
	const struct sighting sighting = {
		.code = "process.deleted",
		.process = process,
		.title = "runs a program whose file was deleted",
	};

	/* An upgrade puts another file there, and what runs is the former one. */
	if (live_vouch_process(live, process) != VOUCHED_NOT)
		return 0;
	return live_report(live, &sighting, "%s (deleted)", process->program);
}

/* A program that the tree check has found: its finding says that it runs, too. */
static int check_unvouched(struct live *live, const struct process *process)
{
	const struct sighting sighting = {
		.code = "process.unvouched",
		.process = process,
		.title = "runs a program that is neither sealed nor a package's",
	};
	bool found;
	int r = live_annotate(live, process->program, process, &found);

	if (r < 0 || found)
		return r;
	return live_report(live, &sighting, "nothing vouches for %s", process->program);
}

/* A package owns the path, and still the file differs from the sealed one. */
static int note_suspect(struct live *live, const struct process *process)
{
	bool found;

	if (!suspects_find(&live->context->suspects, process->program))
		return 0;
	return live_annotate(live, process->program, process, &found);
}

static int check_place(struct live *live, const struct process *process)
{
	struct sighting sighting = {.process = process};
	enum vouched vouched = live_vouch_process(live, process);

	if (vouched == VOUCHED_PACKAGE)
		return note_suspect(live, process);
	if (vouched != VOUCHED_NOT)
		return 0;
	if (path_is_temporary(process->program)) {
		sighting.code = "process.temporary";
		sighting.title = "runs a program in a temporary place";
	} else if (path_is_hidden(process->program)) {
		sighting.code = "process.hidden";
		sighting.title = "runs a program in a hidden place";
	} else {
		return check_unvouched(live, process);
	}
	return live_report(live, &sighting, "program %s", process->program);
}

static int check_program(struct live *live, const struct process *process)
{
	if (process->memory)
		return check_memory(live, process);
	/* Another root's paths say nothing about this one. */
	if (process->foreign)
		return 0;
	return process->deleted ? check_deleted(live, process) : check_place(live, process);
}

static int check_name(struct live *live, const struct process *process)
{
	static const struct {
		const char *code;
		const char *title;
	} rows[] = {
		[DISGUISE_KERNEL] = {"process.masquerade",
				     "bears the name of a kernel thread and is a program"},
		[DISGUISE_PROGRAM] = {"process.masquerade", "bears the name of another program"},
		[DISGUISE_RENAMED] = {"process.renamed", "bears a name that no program has"},
	};
	enum disguise disguise = process_find_disguise(live, process);
	const struct sighting sighting = {
		.code = rows[disguise].code,
		.process = process,
		.title = rows[disguise].title,
	};

	if (disguise == DISGUISE_NONE)
		return 0;
	return live_report(live, &sighting, "it runs %s", process->program);
}

static int check_one(struct live *live, const struct process *process, uint64_t *cut)
{
	_cleanup_close_ int dir_fd = -EBADF;
	int r = check_program(live, process);

	if (r == 0)
		r = check_name(live, process);
	if (r == 0)
		r = process_check_miner(live, process);
	if (r < 0 || process->foreign)
		return r;
	dir_fd = proc_enter(live->proc_fd, process->pid);
	if (dir_fd < 0)
		return 0;
	r = process_check_environment(live, process, dir_fd, cut);
	return r < 0 ? r : process_check_libraries(live, process, dir_fd, cut);
}

/* The agent and who waits for it: it may well be run from where it was just built. */
static bool is_agent(const struct process *process, const struct stat *agent)
{
	return process->device == agent->st_dev && process->inode == agent->st_ino &&
	       agent->st_ino != 0;
}

static int check_all(struct live *live, struct error *error, uint64_t *cut)
{
	struct stat agent = {};
	int r = 0;

	(void)stat("/proc/self/exe", &agent);
	for (size_t i = 0; r == 0 && i < live->processes.count; i++) {
		const struct process *process = &live->processes.items[i];

		if (process->kernel || !process->program || is_agent(process, &agent))
			continue;
		r = live_check_time(live, error);
		if (r == 0)
			r = check_one(live, process, cut);
	}
	return r;
}

static int take_cut(struct findings *findings, uint64_t cut)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r = finding_start(&finding, "coverage.limit");

	if (r < 0)
		return r;
	finding.path = strdup("/proc");
	if (!finding.path)
		return -ENOMEM;
	if (asprintf(&finding.title,
		     "Environments and maps of processes that were not read to "
		     "their end: %llu",
		     (unsigned long long)cut) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	return findings_take(findings, &finding);
}

int processes_check(const struct check_context *context, struct findings *ret, struct error *error)
{
	_cleanup_live_ struct live live = {.proc_fd = -EBADF};
	uint64_t cut = 0;
	int r = live_open(context, ret, &live, error);

	if (r == 0)
		r = live_list(&live, error);
	if (r == 0)
		r = check_all(&live, error, &cut);
	if (r == 0)
		r = processes_check_load(&live);
	if (r == 0)
		r = live_tell_unseen(&live);
	if (r == 0 && cut > 0)
		r = take_cut(ret, cut);
	return r < 0 ? r : live_finish(&live);
}
