/* SPDX-License-Identifier: Apache-2.0 */
#include "recheck.h"

#include "file.h"
#include "log.h"
#include "measure/root.h"
#include "platform/host.h"

static void open_state(const struct state_scope *scope, struct recheck *ret)
{
	_cleanup_error_ struct error error = {};
	int r = state_reader_open(scope, &ret->state, &error);

	if (r < 0)
		log_debug("all files are read: %s", error_text(&error, r));
}

static void open_record(const struct state_scope *scope, struct recheck *ret)
{
	_cleanup_error_ struct error error = {};
	int r = directory_make(scope->directory, 0700, &error);

	if (r == 0)
		r = state_writer_open(scope, &ret->record, &error);
	if (r < 0)
		log_warning("the next run reads all files again: %s", error_text(&error, r));
}

int recheck_open(const struct examination *examination, const char *state_directory, bool full,
		 struct recheck *ret)
{
	_cleanup_free_ char *boot_id = NULL;
	_cleanup_close_ int root_fd = root_open(examination->root);
	struct state_scope scope = {
		.directory = state_directory,
		.manifest = &examination->manifest->digest,
	};
	int r = host_get_boot_id(&boot_id);

	*ret = (struct recheck){};
	if (root_fd < 0 || fstat(root_fd, &scope.root) < 0)
		return 0;
	/* Without a boot's name nothing can be bound to it. */
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	scope.boot_id = boot_id;
	if (examination->phase == PHASE_BOOT && !full)
		open_state(&scope, ret);
	open_record(&scope, ret);
	return 0;
}

void recheck_commit(struct recheck *recheck)
{
	_cleanup_error_ struct error error = {};
	int r;

	if (!recheck->record)
		return;
	r = state_writer_commit(recheck->record, &error);
	if (r < 0)
		log_warning("the next run reads all files again: %s", error_text(&error, r));
}

void recheck_done(struct recheck *recheck)
{
	state_reader_free(recheck->state);
	state_writer_free(recheck->record);
	*recheck = (struct recheck){};
}
