/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog.h"
#include "check/mechanism.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const struct mechanism *find(const char *path, mode_t mode)
{
	const struct difference difference = {
		.kind = DIFFERENCE_UNEXPECTED,
		.path = (char *)path,
		.actual = {.type = ENTRY_FILE, .mode = mode},
	};

	return mechanism_find(&difference);
}

static void test_places(void **state _unused_)
{
	static const struct {
		const char *path, *name;
	} rows[] = {
		{"/etc/ld.so.preload", "preload"},
		{"/etc/systemd/system/x.service", "service"},
		{"/etc/systemd/system/multi-user.target.wants/x.service", "service"},
		{"/usr/lib/systemd/system/x.service", "service"},
		{"/lib/systemd/system/x.service", "service"},
		{"/home/u/.config/systemd/user/x.service", "service"},
		{"/etc/systemd/system/x.timer", "timer"},
		{"/etc/cron.d/x", "cron"},
		{"/etc/crontab", "cron"},
		{"/var/spool/cron/crontabs/root", "cron"},
		{"/etc/rc.local", "init"},
		{"/root/.ssh/authorized_keys", "sshkey"},
		{"/home/u/.ssh/authorized_keys2", "sshkey"},
		{"/root/.ssh/id_ed25519", "secret"},
		{"/etc/ssh/sshd_config.d/x.conf", "sshd"},
		{"/etc/passwd", "account"},
		{"/etc/shadow-", "account"},
		{"/etc/sudoers.d/x", "sudo"},
		{"/etc/pam.d/sshd", "pam"},
		{"/usr/lib/x86_64-linux-gnu/security/pam_unix.so", "pam"},
		{"/usr/lib/modules/6.1.0/extra/x.ko", "kmod"},
		{"/boot/vmlinuz", "boot"},
		{"/etc/udev/rules.d/99-x.rules", "udev"},
		{"/etc/profile.d/x.sh", "shell"},
		{"/root/.bashrc", "shell"},
		{"/etc/apt/sources.list.d/x.list", "aptsource"},
		{"/etc/apt/apt.conf.d/99x", "pkghook"},
		{"/usr/local/share/ca-certificates/x.crt", "ca"},
		{"/etc/update-motd.d/00-x", "motd"},
		{"/etc/xdg/autostart/x.desktop", "xdg"},
		{"/var/lib/cloud/scripts/per-boot/x", "cloudinit"},
		{"/root/.aws/credentials", "secret"},
		{"/opt/x", "file"},
		{"/opt/.x", "hidden"},
		{"/opt/x ", "hidden"},
	};

	for (size_t i = 0; i < ELEMENTS(rows); i++)
		if (strcmp(find(rows[i].path, 0644)->name, rows[i].name) != 0)
			fail_msg("%s is %s, expected %s", rows[i].path,
				 find(rows[i].path, 0644)->name, rows[i].name);
}

static void test_generic(void **state _unused_)
{
	assert_string_equal(find("/opt/x", 0755)->name, "binary");
	assert_string_equal(find("/opt/libx.so.1", 0644)->name, "binary");
	assert_string_equal(find("/usr/bin/x", 0644)->name, "binary");
	assert_string_equal(find("/opt/x", 04755)->name, "suid");
	assert_string_equal(find("/opt/x", 02755)->name, "suid");
	assert_string_equal(find("/opt/.x", 04755)->name, "suid");
	assert_string_equal(find("/root/.x", 0644)->name, "file");
}

static void test_root(void **state _unused_)
{
	const struct difference difference = {
		.kind = DIFFERENCE_CHANGED,
		.path = (char *)"/",
		.expected = {.type = ENTRY_DIRECTORY, .mode = 0755},
		.actual = {.type = ENTRY_DIRECTORY, .mode = 0777},
	};

	assert_string_equal(mechanism_find(&difference)->name, "file");
}

/* Each that can be found has its three codes in the catalogue. */
static void test_codes(void **state _unused_)
{
	static const char *const paths[] = {
		"/etc/ld.so.preload",
		"/etc/systemd/system/x.service",
		"/etc/x/systemd/x.timer",
		"/etc/cron.d/x",
		"/etc/at.deny",
		"/etc/rc.local",
		"/root/.ssh/authorized_keys",
		"/etc/ssh/sshd_config",
		"/etc/passwd",
		"/etc/sudoers.d/x",
		"/etc/polkit-1/x",
		"/etc/ld.so.conf",
		"/etc/pam.d/x",
		"/etc/modules",
		"/boot/x",
		"/etc/udev/x",
		"/etc/profile",
		"/etc/apt/x",
		"/etc/apt/sources.list",
		"/etc/ssl/certs/x",
		"/etc/network/x",
		"/etc/motd",
		"/etc/xdg/autostart/x",
		"/etc/cloud/x",
		"/etc/docker/x",
		"/etc/hosts",
		"/etc/audit/x",
		"/root/.netrc",
		"/etc/fstab",
		"/opt/x",
		"/opt/.x",
		"/usr/bin/x",
	};
	static const char *const kinds[] = {"unexpected", "missing", "changed"};

	for (size_t i = 0; i < ELEMENTS(paths); i++)
		for (size_t k = 0; k < ELEMENTS(kinds); k++) {
			char code[64];

			(void)snprintf(code, sizeof(code), "%s.%s", find(paths[i], 0644)->name,
				       kinds[k]);
			if (!catalog_find(code))
				fail_msg("%s: the catalogue lacks %s", paths[i], code);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_generic),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
