/* SPDX-License-Identifier: Apache-2.0 */
#include "check/unit_bus.h"

#include "catalog.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#define DESTINATION	"org.freedesktop.systemd1"
#define MANAGER_PATH	"/org/freedesktop/systemd1"
#define MANAGER		DESTINATION ".Manager"
#define UNIT		DESTINATION ".Unit"
#define PRIVATE_SOCKET	"unix:path=/run/systemd/private"
#define CALL_TIMEOUT_US (2 * 1000000ULL)
#define UNITS_MAX	20000

DEFINE_CLEANUP(sd_bus *, sd_bus_flush_close_unref)
DEFINE_CLEANUP(sd_bus_message *, sd_bus_message_unref)

/* What systemd says of one unit. */
struct unit {
	const char *name; /* of the message that is read */
	const char *state;
	const char *object;
	char *fragment;
	int stale;
};

static bool starts_programs(const char *name)
{
	static const char *const globs[] = {"**.service", "**.timer", "**.path", "**.socket"};

	for (size_t i = 0; i < ELEMENTS(globs); i++)
		if (glob_match(globs[i], name))
			return true;
	return false;
}

/* One that goes away meanwhile says nothing. */
static bool read_properties(sd_bus *bus, struct unit *unit)
{
	return sd_bus_get_property_string(bus, DESTINATION, unit->object, UNIT, "FragmentPath",
					  NULL, &unit->fragment) >= 0 &&
	       sd_bus_get_property_trivial(bus, DESTINATION, unit->object, UNIT, "NeedDaemonReload",
					   NULL, 'b', &unit->stale) >= 0;
}

static struct finding *find_finding(const struct live *live, const char *path)
{
	for (size_t i = live->findings->count; i > 0; i--) {
		struct finding *finding = &live->findings->items[i - 1];

		if (finding->path && strcmp(finding->path, path) == 0 &&
		    strncmp(finding->code, "coverage.", strlen("coverage.")) != 0)
			return finding;
	}
	return NULL;
}

/* What is said of the file already, and that systemd has it. */
static int add_to(struct finding *finding, const struct unit *unit, const char *what)
{
	char *joined;

	if (asprintf(&joined, "%s%ssystemd: %s is %s%s", finding->actual ? finding->actual : "",
		     finding->actual ? "; " : "", unit->name, unit->state, what) < 0)
		return -ENOMEM;
	free(finding->actual);
	finding->actual = joined;
	return 0;
}

static int take(struct live *live, const char *code, const struct unit *unit, const char *what)
{
	_cleanup_(finding_done) struct finding finding = {};
	struct finding *earlier = find_finding(live, unit->fragment);
	int r;

	if (earlier)
		return add_to(earlier, unit, what);
	if (live->findings->count - live->first >= LIVE_FINDINGS_MAX) {
		live->dropped++;
		return 0;
	}
	r = finding_start(&finding, code);
	if (r < 0)
		return r;
	finding.path = strdup(unit->fragment);
	if (!finding.path)
		return -ENOMEM;
	if (asprintf(&finding.title, "systemd has loaded %s%s", unit->name, what) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	r = add_to(&finding, unit, "");
	return r < 0 ? r : findings_take(live->findings, &finding);
}

/* Units below /run are judged by what they start, from their files. */
static int judge(struct live *live, const struct unit *unit)
{
	struct stat st;

	if (unit->fragment[0] != '/')
		return 0;
	if (lstat(unit->fragment, &st) < 0 && errno == ENOENT)
		return take(live, "service.runtime", unit, ", and its file is gone");
	if (strncmp(unit->fragment, "/run/", strlen("/run/")) != 0 &&
	    live_vouch(live, unit->fragment) == VOUCHED_NOT)
		return take(live, "service.runtime", unit, " from a file that nothing vouches for");
	return unit->stale ? take(live, "service.stale", unit, ", whose file has changed since")
			   : 0;
}

/* (ssssssouso): name, description, load, active and sub state, what it follows, object, job */
static int read_unit(sd_bus_message *message, struct unit *ret, const char **ret_load)
{
	return sd_bus_message_read(message, "(ssssssouso)", &ret->name, NULL, ret_load, &ret->state,
				   NULL, NULL, &ret->object, NULL, NULL, NULL);
}

static int check_units(struct live *live, sd_bus *bus, sd_bus_message *message, struct error *error)
{
	size_t count = 0;
	int r;

	for (;;) {
		_cleanup_free_ char *fragment = NULL;
		struct unit unit = {};
		const char *load;

		r = read_unit(message, &unit, &load);
		if (r <= 0)
			return r < 0 ? error_set(error, r, "systemd's list of units is malformed")
				     : 0;
		if (++count > UNITS_MAX)
			return error_set(error, -E2BIG, "systemd has more than %d units",
					 UNITS_MAX);
		if (!starts_programs(unit.name) || strcmp(load, "loaded") != 0)
			continue;
		r = live_check_time(live, error);
		if (r < 0)
			return r;
		if (read_properties(bus, &unit))
			r = judge(live, &unit);
		fragment = unit.fragment;
		if (r < 0)
			return r;
	}
}

int unit_bus_check(struct live *live, sd_bus *bus, struct error *error)
{
	_cleanup_(sd_bus_message_unref_p) sd_bus_message *message = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error failure = SD_BUS_ERROR_NULL;
	int r = sd_bus_call_method(bus, DESTINATION, MANAGER_PATH, MANAGER, "ListUnits", &failure,
				   &message, NULL);

	if (r < 0)
		return error_set(error, r, "systemd does not list its units: %s",
				 failure.message ? failure.message : strerror(-r));
	r = sd_bus_message_enter_container(message, 'a', "(ssssssouso)");
	if (r < 0)
		return error_set(error, r, "systemd's list of units is malformed");
	return check_units(live, bus, message, error);
}

/* systemd's own socket, which needs no message bus; else the bus. */
static int open_bus(sd_bus **ret)
{
	_cleanup_(sd_bus_flush_close_unref_p) sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_address(bus, PRIVATE_SOCKET);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r >= 0) {
		*ret = TAKE_PTR(bus);
		return 0;
	}
	r = sd_bus_open_system(ret);
	return r < 0 ? r : 0;
}

int systemd_check(const struct check_context *context, struct findings *ret, struct error *error)
{
	_cleanup_(sd_bus_flush_close_unref_p) sd_bus *bus = NULL;
	_cleanup_live_ struct live live = {.proc_fd = -EBADF};
	int r;

	if (sd_booted() <= 0) {
		(void)error_set(error, -ENOENT, "systemd does not run here");
		return 1;
	}
	r = open_bus(&bus);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		(void)error_set(error, r, "systemd does not answer: %s", strerror(-r));
		return 1;
	}
	(void)sd_bus_set_method_call_timeout(bus, CALL_TIMEOUT_US);
	r = live_open(context, ret, &live, error);
	if (r == 0)
		r = unit_bus_check(&live, bus, error);
	return r < 0 ? r : live_finish(&live);
}
