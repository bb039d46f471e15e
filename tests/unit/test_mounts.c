/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/mounts.h"

#include "check/mounts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

static void reads_lines(void **state)
{
	static const char text[] =
		"36 35 98:1 /mnt1 /mnt\\0402 rw,noatime master:1 shared:2 - ext3 /dev/root rw\n"
		"22 1 0:21 / /proc rw - proc proc rw\n"
		"40 1 0:22 / /x\\134y rw - tmpfs  rw";
	_cleanup_mounts_ struct mounts mounts = {};
	const struct mount *mount;

	(void)state;
	assert_int_equal(mounts_parse(text, strlen(text), &mounts), 0);
	assert_int_equal(mounts.count, 3);
	mount = mounts_find(&mounts, 36);
	assert_non_null(mount);
	assert_int_equal(mount->parent, 35);
	assert_int_equal(mount->device, makedev(98, 1));
	assert_string_equal(mount->root, "/mnt1");
	assert_string_equal(mount->point, "/mnt 2");
	assert_string_equal(mount->type, "ext3");
	assert_string_equal(mount->source, "/dev/root");
	assert_string_equal(mounts_find(&mounts, 40)->point, "/x\\y");
	assert_string_equal(mounts_find(&mounts, 40)->source, "");
	assert_null(mounts_find(&mounts, 35));
}

static void refuses_lines(void **state)
{
	static const char *const bad[] = {
		"\n",
		"x\n",
		"36 35 98:0 /mnt1 /mnt2 rw\n",
		"36 35 98:0 /mnt1 /mnt2 rw master:1\n",
		"36 35 98:0 /mnt1 /mnt2 rw - \n",
		"36 35 98.0 /mnt1 /mnt2 rw - ext3 x rw\n",
		"36 99999999999 98:0 /mnt1 /mnt2 rw - ext3 x rw\n",
		"-6 35 98:0 /mnt1 /mnt2 rw - ext3 x rw\n",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(bad); i++) {
		_cleanup_mounts_ struct mounts mounts = {};

		if (mounts_parse(bad[i], strlen(bad[i]), &mounts) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(mounts.count, 0);
	}
}

#define ROOT "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"

static const struct {
	const char *line;
	bool covers;
} vectors[] = {
	{"30 20 8:1 /tmp/p /etc/passwd rw - ext4 /dev/sda1 rw\n", true},
	{"30 20 8:1 /tmp/b /usr/bin rw - ext4 /dev/sda1 rw\n", true},
	{"30 20 0:5 / /usr/bin rw - tmpfs tmpfs rw\n", true},
	{"30 20 0:5 / /usr rw - overlay overlay rw\n", true},
	{"30 20 0:5 / /var/log rw - tmpfs tmpfs rw\n", true},
	{"30 20 0:5 /1 /proc/4711 rw - proc proc rw\n", true},
	{"30 20 0:5 /1/exe /proc/4711/exe rw - proc proc rw\n", true},
	{"30 20 8:1 /tmp/k /root/.ssh/authorized_keys rw - ext4 /dev/sda1 rw\n", true},
	{"30 20 8:1 /tmp/k /home/u/.ssh/authorized_keys rw - ext4 /dev/sda1 rw\n", true},
	/* filesystems of their own */
	{"30 20 8:2 / /usr rw - ext4 /dev/sda2 rw\n", false},
	{"30 20 8:2 / /boot/efi rw - vfat /dev/sda2 rw\n", false},
	{"30 20 8:2 /@log /var/log rw - btrfs /dev/sda2 rw\n", false},
	{"30 20 8:2 / /home rw - ext4 /dev/sda2 rw\n", false},
	/* systemd's sandboxes and tmp.mount, snaps, containers */
	{"30 20 8:1 /usr /usr ro - ext4 /dev/sda1 rw\n", false},
	{"30 20 8:1 /etc /etc ro - ext4 /dev/sda1 rw\n", false},
	{"30 20 0:5 / /tmp rw - tmpfs tmpfs rw\n", false},
	{"30 20 8:1 /tmp/systemd-private-x/tmp /tmp rw - ext4 /dev/sda1 rw\n", false},
	{"30 20 0:5 / /run/credentials/x.service ro - ramfs ramfs rw\n", false},
	{"30 20 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro\n", false},
	{"30 20 0:5 / /proc rw - proc proc rw\n", false},
	{"30 20 0:5 / /proc/sys/fs/binfmt_misc rw - binfmt_misc x rw\n", false},
	{"30 20 8:1 /c/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n", false},
	{"30 20 8:1 /c/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda1 rw\n", false},
};

static void knows_what_covers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(vectors); i++) {
		_cleanup_mounts_ struct mounts mounts = {};
		_cleanup_free_ char *text = NULL;

		assert_true(asprintf(&text, ROOT "%s", vectors[i].line) > 0);
		assert_int_equal(mounts_parse(text, strlen(text), &mounts), 0);
		if (mount_covers(&mounts, mounts_find(&mounts, 30)) != vectors[i].covers)
			fail_msg("%s", vectors[i].line);
	}
}

/* In a chroot below a mount of its own the root is not that of its filesystem. */
static void knows_itself_in_a_subtree(void **state)
{
	static const char text[] = "20 1 8:1 /sub / rw - ext4 /dev/sda1 rw\n"
				   "30 20 8:1 /sub/usr /usr rw - ext4 /dev/sda1 rw\n"
				   "31 20 8:1 /usr /usr rw - ext4 /dev/sda1 rw\n";
	_cleanup_mounts_ struct mounts mounts = {};

	(void)state;
	assert_int_equal(mounts_parse(text, strlen(text), &mounts), 0);
	assert_false(mount_covers(&mounts, mounts_find(&mounts, 30)));
	assert_true(mount_covers(&mounts, mounts_find(&mounts, 31)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lines),
		cmocka_unit_test(refuses_lines),
		cmocka_unit_test(knows_what_covers),
		cmocka_unit_test(knows_itself_in_a_subtree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
