/* SPDX-License-Identifier: Apache-2.0 */
/* Against a systemd of the test's own, at the other end of a socket. */
#include "check/unit_bus.h"

#include "trial.h"

#include <sys/socket.h>
#include <sys/wait.h>

static const struct row {
	const char *name;
	const char *load;
	const char *fragment;
	int stale;
} rows[] = {
	{"sealed.service", "loaded", "/sealed", 0},
	{"stale.service", "loaded", "/sealed", 1},
	{"gone.service", "loaded", "/nowhere/gone.service", 0},
	{"new.timer", "loaded", "/new", 0},
	{"run.service", "loaded", "/run/.", 0},
	{"none.service", "not-found", "", 0},
	{"session.scope", "loaded", "/nowhere/x", 0},
};

static int list_units(sd_bus_message *call, void *data _unused_, sd_bus_error *failure _unused_)
{
	sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(call, &reply);

	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(ssssssouso)");
	for (size_t i = 0; r >= 0 && i < ELEMENTS(rows); i++) {
		char object[64];

		(void)snprintf(object, sizeof(object), "/org/freedesktop/systemd1/unit/u%zu", i);
		r = sd_bus_message_append(reply, "(ssssssouso)", rows[i].name, "", rows[i].load,
					  "active", "running", "", object, 0, "", "/");
	}
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	(void)sd_bus_message_unref(reply);
	return r;
}

static const struct row *find_row(const char *object)
{
	return &rows[object[strlen("/org/freedesktop/systemd1/unit/u")] - '0'];
}

/* The test's root stands for "/", so what is sealed lies below it. */
static int get_fragment(sd_bus *bus _unused_, const char *object, const char *interface _unused_,
			const char *property _unused_, sd_bus_message *reply, void *data,
			sd_bus_error *failure _unused_)
{
	const char *root = data, *fragment = find_row(object)->fragment;
	_cleanup_free_ char *path = NULL;

	if (strcmp(fragment, "/sealed") == 0 || strcmp(fragment, "/new") == 0) {
		if (asprintf(&path, "%s%s", root, fragment) < 0)
			return -ENOMEM;
		fragment = path;
	}
	return sd_bus_message_append(reply, "s", fragment);
}

static int get_stale(sd_bus *bus _unused_, const char *object, const char *interface _unused_,
		     const char *property _unused_, sd_bus_message *reply, void *data _unused_,
		     sd_bus_error *failure _unused_)
{
	return sd_bus_message_append(reply, "b", find_row(object)->stale);
}

static const sd_bus_vtable manager[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("ListUnits", "", "a(ssssssouso)", list_units, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

static const sd_bus_vtable unit[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("FragmentPath", "s", get_fragment, 0, 0),
	SD_BUS_PROPERTY("NeedDaemonReload", "b", get_stale, 0, 0),
	SD_BUS_VTABLE_END,
};

static int find_unit(sd_bus *bus _unused_, const char *path _unused_,
		     const char *interface _unused_, void *data, void **ret,
		     sd_bus_error *failure _unused_)
{
	*ret = data;
	return 1;
}

/* Answers until the other end is closed. */
_noreturn_ static void serve(int fd, char *root)
{
	sd_id128_t id = {};
	sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_fd(bus, fd, fd);
	if (r >= 0)
		r = sd_bus_set_server(bus, 1, id);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/systemd1",
					     "org.freedesktop.systemd1.Manager", manager, NULL);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(bus, NULL, "/org/freedesktop/systemd1/unit",
					       "org.freedesktop.systemd1.Unit", unit, find_unit,
					       root);
	if (r >= 0)
		r = sd_bus_start(bus);
	while (r >= 0 && (r = sd_bus_process(bus, NULL)) >= 0)
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
	_exit(0);
}

static pid_t start_server(char *root, sd_bus **ret)
{
	int pair[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(pair[0]);
		serve(pair[1], root);
	}
	(void)close(pair[1]);
	assert_true(sd_bus_new(ret) >= 0);
	assert_true(sd_bus_set_fd(*ret, pair[0], pair[0]) >= 0);
	assert_true(sd_bus_start(*ret) >= 0);
	return pid;
}

static void expect(const struct findings *findings, const char *code, const char *text)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		if (strcmp(findings->items[i].code, code) == 0 &&
		    strstr(findings->items[i].title, text))
			count++;
	if (count != 1)
		fail_msg("%s %s: %zu times", code, text, count);
}

static void judges_what_systemd_says(void **state)
{
	struct trial *trial = *state;
	_cleanup_comparison_ struct comparison comparison = {};
	_cleanup_findings_ struct findings findings = {};
	_cleanup_error_ struct error error = {};
	_cleanup_live_ struct live live = {.proc_fd = -EBADF};
	struct check_context context = {.situation = SITUATION_BOOT, .comparison = &comparison};
	_cleanup_free_ char *new = NULL;
	sd_bus *bus = NULL;
	pid_t pid;
	int r;

	tree_file(trial->root, "sealed", "");
	trial_seal(trial, "");
	tree_file(trial->root, "new", "");
	trial_compare(trial, PHASE_BOOT, &comparison);
	new = tree_path(trial->root, "new");
	/* The paths of this comparison are those of the test's root; here they are the system's. */
	for (size_t i = 0; i < comparison.count; i++) {
		free(comparison.differences[i].path);
		comparison.differences[i].path = strdup(new);
	}
	context.root_fd = root_open("/");
	context.policy = trial->manifest->policy;
	assert_int_equal(suspects_init(&comparison, &context.suspects), 0);
	assert_int_equal(live_open(&context, &findings, &live, &error), 0);
	pid = start_server(trial->root, &bus);
	r = unit_bus_check(&live, bus, &error);
	(void)sd_bus_flush_close_unref(bus);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	if (r < 0)
		fail_msg("%s", error_text(&error, r));
	assert_int_equal(findings.count, 3);
	expect(&findings, "service.stale", "stale.service");
	expect(&findings, "service.runtime", "gone.service, and its file is gone");
	expect(&findings, "service.runtime", "new.timer from a file that nothing vouches for");
	suspects_done(&context.suspects);
	(void)close(context.root_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(judges_what_systemd_says, trial_setup,
						trial_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
