/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog.h"
#include "check/mechanism.h"
#include "check/mechanism_content.h"

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

	return mechanism_get(mechanism_find(&difference));
}

static const struct {
	const char *path, *name;
} places[] = {
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
	/* the same below every directory of configuration, and in any home */
	{"/usr/local/lib/systemd/system/x.service", "service"},
	{"/run/systemd/transient/x.service", "service"},
	{"/etc/systemd/system/x.timer.d/y.conf", "timer"},
	{"/usr/lib/systemd/system-preset/00-x.preset", "service"},
	{"/etc/systemd/system-generators/x", "service"},
	{"/usr/lib/systemd/user-environment-generators/x", "service"},
	{"/usr/lib/systemd/system-sleep/x", "trigger"},
	{"/usr/lib/systemd/system-shutdown/x", "trigger"},
	{"/etc/systemd/system.conf.d/x.conf", "service"},
	{"/etc/systemd/resolved.conf.d/x.conf", "dnshosts"},
	{"/etc/systemd/journald.conf", "defense"},
	{"/etc/systemd/network/x.network", "nethook"},
	{"/etc/systemd/nspawn/x.nspawn", "container"},
	{"/etc/environment.d/x.conf", "service"},
	{"/etc/skel/.config/systemd/user/x.service", "service"},
	{"/srv/app/.local/share/systemd/user/x.timer", "timer"},
	{"/usr/share/dbus-1/system-services/x.service", "service"},
	{"/var/lib/systemd/linger/x", "service"},
	{"/etc/containers/systemd/x.container", "container"},
	{"/etc/skel/.config/containers/systemd/x.container", "container"},
	{"/var/lib/machines/x/etc/passwd", "container"},
	{"/usr/lib/sysusers.d/x.conf", "account"},
	{"/run/tmpfiles.d/x.conf", "trigger"},
	{"/etc/default/ssh", "service"},
	{"/etc/default/ufw", "defense"},
	{"/etc/default/grub.d/x.cfg", "boot"},
	{"/var/spool/at/x", "at"},
	{"/var/spool/cron/atjobs/x", "at"},
	{"/etc/rc2.d/S01x", "init"},
	{"/etc/xinetd.d/x", "trigger"},
	{"/etc/ssh/ssh_host_rsa_key", "secret"},
	{"/etc/ssh/keys/root", "sshkey"},
	{"/root/.rhosts", "sshd"},
	{"/var/lib/postgresql/.ssh/authorized_keys", "sshkey"},
	{"/run/userdb/x.user", "account"},
	{"/etc/shadow.bak", "secret"},
	{"/usr/share/polkit-1/rules.d/x.rules", "polkit"},
	{"/usr/lib/security/pam_x.so", "pam"},
	{"/usr/share/pam-configs/x", "pam"},
	{"/usr/local/lib/x86_64-linux-gnu/libz.so.1", "linker"},
	{"/usr/lib/x86_64-linux-gnu/gconv/x.so", "linker"},
	{"/usr/lib/x86_64-linux-gnu/libnss_x.so.2", "linker"},
	{"/root/x.ko", "kmod"},
	{"/usr/src/x-1/dkms.conf", "kmod"},
	{"/usr/lib/modprobe.d/x.conf", "kmod"},
	{"/etc/kernel/postinst.d/x", "pkghook"},
	{"/etc/kernel/cmdline", "boot"},
	{"/usr/share/initramfs-tools/hooks/x", "boot"},
	{"/usr/lib/binfmt.d/x.conf", "trigger"},
	{"/lib/udev/rules.d/99-x.rules", "udev"},
	{"/etc/python3.11/sitecustomize.py", "trigger"},
	{"/usr/lib/python3/dist-packages/x.pth", "trigger"},
	{"/usr/local/lib/python3.11/dist-packages/x.py", "trigger"},
	{"/srv/app/.git/hooks/post-merge", "trigger"},
	{"/etc/tmux.conf", "trigger"},
	{"/etc/ca-certificates/update.d/x", "trigger"},
	{"/etc/hosts.allow", "nethook"},
	{"/etc/hosts", "dnshosts"},
	{"/etc/NetworkManager/dispatcher.d/x", "nethook"},
	{"/etc/yum.repos.d/x.repo", "aptsource"},
	{"/usr/share/keyrings/x.gpg", "aptsource"},
	{"/var/lib/dpkg/info/x.postinst", "pkghook"},
	{"/etc/alternatives/x", "binary"},
	{"/home/u/.config/autostart/x.desktop", "xdg"},
	{"/opt/app/docker-compose.yml", "container"},
	{"/var/lib/kubelet/config.yaml", "container"},
	{"/usr/lib/cloud-init/x", "cloudinit"},
	{"/etc/cloudflared/config.yml", "remote"},
	{"/etc/audit/rules.d/x.rules", "defense"},
	{"/etc/audit/plugins.d/x.conf", "trigger"},
	{"/etc/sysctl.d/x.conf", "defense"},
	{"/opt/app/.env", "secret"},
	{"/opt/app/terraform.tfstate", "secret"},
	{"/etc/ssl/private/x", "secret"},
	{"/tmp/stage/root/.ssh/id_rsa", "secret"},
	{"/root/.bash_history", "secret"},
	/* what tells nothing */
	{"/usr/lib/systemd/x", "file"},
	{"/opt/x", "file"},
	{"/root/.../x", "hidden"},
	{"/usr/lib/.x/y", "hidden"},
	{"/dev/x", "hidden"},
	{"/tmp/x.sh", "hidden"},
	{"/opt/.x", "hidden"},
	{"/opt/x ", "hidden"},
};

static void test_places(void **state _unused_)
{
	for (size_t i = 0; i < ELEMENTS(places); i++)
		if (strcmp(find(places[i].path, 0644)->name, places[i].name) != 0)
			fail_msg("%s is %s, expected %s", places[i].path,
				 find(places[i].path, 0644)->name, places[i].name);
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

/* A unit of a guard that leads to /dev/null, and a history that does. */
static void test_switched_off(void **state _unused_)
{
	static const struct {
		const char *path, *name;
	} rows[] = {
		{"/etc/systemd/system/auditd.service", "defense"},
		{"/etc/systemd/system/apt-daily.timer", "defense"},
		{"/etc/systemd/system/x.service", "service"},
		{"/root/.bash_history", "defense"},
	};
	struct difference difference = {
		.kind = DIFFERENCE_UNEXPECTED,
		.actual = {.type = ENTRY_LINK, .link = (char *)"/dev/null"},
	};

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		difference.path = (char *)rows[i].path;
		assert_string_equal(mechanism_get(mechanism_find(&difference))->name, rows[i].name);
	}
}

/* More rights than the sealed file had make a privileged program; the same rights do not. */
static void test_privileges(void **state _unused_)
{
	struct difference difference = {
		.kind = DIFFERENCE_CHANGED,
		.path = (char *)"/usr/bin/find",
		.attributes = ATTRIBUTE_MODE,
		.expected = {.type = ENTRY_FILE, .mode = 0755},
		.actual = {.type = ENTRY_FILE, .mode = 04755},
	};

	assert_int_equal(mechanism_find(&difference), KIND_SUID);
	difference.expected.mode = 04755;
	difference.attributes = ATTRIBUTE_DIGEST;
	assert_int_equal(mechanism_find(&difference), KIND_BINARY);
	difference.attributes = ATTRIBUTE_CAPABILITY;
	assert_int_equal(mechanism_find(&difference), KIND_SUID);
	difference.kind = DIFFERENCE_UNEXPECTED;
	difference.path = (char *)"/etc/cron.daily/x";
	assert_int_equal(mechanism_find(&difference), KIND_SUID);
}

static enum kind refine(const char *path, const char *content)
{
	const struct difference difference = {
		.kind = DIFFERENCE_UNEXPECTED,
		.path = (char *)path,
		.actual = {.type = ENTRY_FILE, .mode = 0644},
	};

	return mechanism_refine(mechanism_find(&difference), &difference, content, strlen(content));
}

static void test_contents(void **state _unused_)
{
	static const struct {
		const char *path, *content;
		enum kind kind;
	} rows[] = {
		{"/etc/environment", "LD_PRELOAD=/opt/x.so\n", KIND_PRELOAD},
		{"/etc/environment", "# LD_PRELOAD=/opt/x.so\nA=b\n", KIND_SHELL},
		{"/etc/environment", "https_proxy=http://10.0.0.1\n", KIND_DNSHOSTS},
		{"/etc/systemd/system/x.service", "Environment=LD_PRELOAD=/x\n", KIND_PRELOAD},
		{"/etc/profile.d/x.sh", "export HISTFILE=/dev/null", KIND_DEFENSE},
		{"/etc/apt/apt.conf.d/x", "Acquire::https::Verify-Peer \"0\";", KIND_APTSOURCE},
		{"/etc/apt/apt.conf.d/x", "APT::Periodic::Enable \"0\";", KIND_DEFENSE},
		{"/etc/apt/apt.conf.d/x", "APT::Update::Pre-Invoke {\"x\"};", KIND_PKGHOOK},
		{"/etc/apt/apt.conf.d/x", "// Verify-Peer\n", KIND_PKGHOOK},
		{"/etc/sysctl.d/x.conf", "kernel.core_pattern=|/x\n", KIND_TRIGGER},
		{"/etc/sysctl.d/x.conf", "kernel.randomize_va_space=0\n", KIND_DEFENSE},
		{"/etc/rsyslog.d/x.conf", "module(load=\"omprog\")\n", KIND_TRIGGER},
		{"/etc/nsswitch.conf", "passwd: files systemd\nhosts: files dns\n", KIND_DNSHOSTS},
		{"/etc/nsswitch.conf", "passwd: files compat2\n", KIND_LINKER},
		{"/root/.npmrc", "registry=https://x/\n", KIND_APTSOURCE},
		{"/root/.npmrc", "//x/:_authToken=y\n", KIND_SECRET},
		{"/root/.ssh/deploy", "-----BEGIN OPENSSH PRIVATE KEY-----\n", KIND_SECRET},
		{"/etc/ssh/more", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA x\n", KIND_SSHKEY},
		{"/usr/share/doc/x/notes.txt", "see\n-----BEGIN PRIVATE KEY-----\n", KIND_SECRET},
		{"/opt/x/creds", "{\"SecretAccessKey\": \"x\"}", KIND_SECRET},
		{"/opt/x/a.php", "<?php passthru($_GET['c']);", KIND_TRIGGER},
		{"/opt/x/a.png", "GIF89a<?php eval($_POST['c']);", KIND_TRIGGER},
		{"/opt/x/a.php", "<?php echo 1;", KIND_BINARY},
		{"/opt/x/a.png", "#!/bin/sh\n", KIND_HIDDEN},
		{"/opt/x/a.pdf", "\177ELF", KIND_HIDDEN},
		{"/opt/x/a.txt", "hello\n", KIND_FILE},
		{"/opt/x/a.txt", "", KIND_FILE},
	};

	for (size_t i = 0; i < ELEMENTS(rows); i++)
		if (refine(rows[i].path, rows[i].content) != rows[i].kind)
			fail_msg("%s with \"%s\" is %s", rows[i].path, rows[i].content,
				 mechanism_get(refine(rows[i].path, rows[i].content))->name);
}

/* A path of nothing but dots and slashes, as long as may be, takes no time to speak of. */
static void test_long_paths(void **state _unused_)
{
	char path[4096];

	for (size_t i = 0; i + 1 < sizeof(path); i++)
		path[i] = i % 2 ? '.' : '/';
	path[sizeof(path) - 1] = '\0';
	for (int i = 0; i < 1000; i++)
		assert_string_equal(find(path, 0644)->name, "hidden");
}

static void test_root(void **state _unused_)
{
	const struct difference difference = {
		.kind = DIFFERENCE_CHANGED,
		.path = (char *)"/",
		.expected = {.type = ENTRY_DIRECTORY, .mode = 0755},
		.actual = {.type = ENTRY_DIRECTORY, .mode = 0777},
	};

	assert_string_equal(mechanism_get(mechanism_find(&difference))->name, "file");
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
		"/etc/tor/x",
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
		cmocka_unit_test(test_places),	     cmocka_unit_test(test_generic),
		cmocka_unit_test(test_switched_off), cmocka_unit_test(test_privileges),
		cmocka_unit_test(test_contents),     cmocka_unit_test(test_long_paths),
		cmocka_unit_test(test_root),	     cmocka_unit_test(test_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
