/* SPDX-License-Identifier: Apache-2.0 */
#include "check/packages.h"
#include "measure/root.h"
#include "scratch.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define INFO "var/lib/dpkg/info/"
#define SUM  "0123456789abcdef0123456789abcdef"
#define SUM2 "fedcba9876543210fedcba9876543210"

struct fixture {
	void *scratch;
	char *root;
	struct packages *packages;
};

static int setup(void **state)
{
	static const char *const directories[] = {
		"root",
		"root/usr",
		"root/usr/bin",
		"root/usr/lib",
		"root/var",
		"root/var/lib",
		"root/var/lib/dpkg",
		"root/var/lib/dpkg/info",
		"root/var/lib/ucf",
		"root/etc",
		"root/etc/dpkg",
		"root/etc/dpkg/dpkg.cfg.d",
	};
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture || scratch_setup(&fixture->scratch) != 0)
		return -1;
	for (size_t i = 0; i < ELEMENTS(directories); i++)
		tree_directory(fixture->scratch, directories[i]);
	fixture->root = tree_path(fixture->scratch, "root");
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	void *scratch = fixture->scratch;

	packages_free(fixture->packages);
	free(fixture->root);
	free(fixture);
	*state = NULL;
	return scratch_teardown(&scratch);
}

static int load(struct fixture *fixture)
{
	_cleanup_close_ int fd = root_open(fixture->root);
	_cleanup_error_ struct error error = {};

	assert_true(fd >= 0);
	return packages_load(fd, &fixture->packages, &error);
}

static struct package_file find(const struct fixture *fixture, const char *path)
{
	struct package_file file = {};

	if (!packages_find(fixture->packages, path, &file))
		fail_msg("nobody owns %s", path);
	return file;
}

static void owns_with_checksums(void **state)
{
	struct fixture *fixture = *state;
	struct package_file file;

	tree_file(fixture->root, INFO "bash.list", "/.\n/bin\n/bin/bash\n/etc/bash.bashrc\n");
	tree_file(fixture->root, INFO "bash.md5sums", SUM "  bin/bash\n");
	tree_file(fixture->root, INFO "bash.conffiles", "/etc/bash.bashrc\n");
	tree_file(fixture->root, INFO "libx:amd64.list",
		  "/.\n/usr/lib/a b\n/usr/lib/d\n/usr/lib/d/e\n");
	tree_file(fixture->root, "var/lib/dpkg/status",
		  "Package: bash\nConffiles:\n /etc/bash.bashrc " SUM2 "\nDescription: x\n "
		  "/bin/bash " SUM2 "\n");
	assert_int_equal(load(fixture), 0);
	assert_int_equal(packages_count(fixture->packages), 2);
	assert_int_equal(packages_unread(fixture->packages), 0);

	file = find(fixture, "/bin/bash");
	assert_string_equal(file.package, "bash");
	assert_true(file.has_md5 && file.complete && !file.conffile);
	assert_int_equal(file.md5.bytes[0], 0x01);
	file = find(fixture, "/etc/bash.bashrc");
	assert_true(file.has_md5 && file.conffile && !file.obsolete);
	assert_int_equal(file.md5.bytes[0], 0xfe);
	file = find(fixture, "/usr/lib/a b");
	assert_string_equal(file.package, "libx");
	assert_true(!file.has_md5 && !file.complete);
	assert_true(find(fixture, "/usr/lib/d").directory);
	assert_false(find(fixture, "/usr/lib/d/e").directory);
	assert_false(packages_find(fixture->packages, "/usr/lib/d/", NULL));
	assert_false(packages_find(fixture->packages, "bin/bash", NULL));
	assert_false(packages_find(fixture->packages, "/bin/bas", NULL));
	assert_true(packages_has(fixture->packages, "libx:i386", 9));
	assert_false(packages_has(fixture->packages, "lib", 3));
}

/* A root whose /bin is a link has one path for both spellings; another has two. */
static void follows_merged_directories(void **state)
{
	struct fixture *fixture = *state;

	tree_link(fixture->root, "bin", "usr/bin");
	tree_link(fixture->root, "lib", "../somewhere/lib");
	tree_file(fixture->root, INFO "a.list", "/bin/a\n/usr/bin/b\n/lib/c\n");
	assert_int_equal(load(fixture), 0);
	assert_true(packages_find(fixture->packages, "/usr/bin/a", NULL));
	assert_true(packages_find(fixture->packages, "/bin/b", NULL));
	assert_true(packages_find(fixture->packages, "/lib/c", NULL));
	assert_false(packages_find(fixture->packages, "/usr/lib/c", NULL));
}

static void follows_diversions(void **state)
{
	struct fixture *fixture = *state;

	tree_file(fixture->root, "var/lib/dpkg/diversions",
		  "/usr/bin/x\n/usr/bin/x.distrib\nnew\n/usr/bin/y\n/usr/bin/y.real\n:\n");
	tree_file(fixture->root, INFO "old.list", "/usr/bin/x\n/usr/bin/y\n");
	tree_file(fixture->root, INFO "old.md5sums", SUM "  usr/bin/x\n");
	tree_file(fixture->root, INFO "new.list", "/usr/bin/x\n");
	assert_int_equal(load(fixture), 0);
	assert_string_equal(find(fixture, "/usr/bin/x").package, "new");
	assert_false(find(fixture, "/usr/bin/x").has_md5);
	assert_true(find(fixture, "/usr/bin/x.distrib").has_md5);
	assert_true(packages_find(fixture->packages, "/usr/bin/y.real", NULL));
	assert_false(packages_find(fixture->packages, "/usr/bin/y", NULL));
	assert_true(packages_is_diverted(fixture->packages, "/usr/bin/y"));
	assert_false(packages_is_diverted(fixture->packages, "/usr/bin/x"));
}

static void reads_the_rest(void **state)
{
	struct fixture *fixture = *state;
	mode_t mode = 0;

	tree_file(fixture->root, INFO "ssh.list", "/usr/bin/ssh-agent\n");
	tree_file(fixture->root, "var/lib/ucf/registry", "ssh /etc/ssh/sshd_config\nnone /etc/n\n");
	tree_file(fixture->root, "var/lib/ucf/hashfile", SUM "  /etc/ssh/sshd_config\n");
	tree_file(fixture->root, "var/lib/dpkg/statoverride",
		  "root _ssh 2755 /usr/bin/ssh-agent\nx\n");
	tree_file(fixture->root, "etc/dpkg/dpkg.cfg.d/docker",
		  "path-exclude /usr/share/doc/*\npath-include=/usr/share/doc/*/copyright\n");
	assert_int_equal(load(fixture), 0);
	assert_true(find(fixture, "/etc/ssh/sshd_config").conffile);
	assert_true(find(fixture, "/etc/ssh/sshd_config").has_md5);
	assert_false(packages_find(fixture->packages, "/etc/n", NULL));
	assert_true(packages_get_override(fixture->packages, "/usr/bin/ssh-agent", &mode));
	assert_int_equal(mode, 02755);
	assert_true(packages_is_excluded(fixture->packages, "/usr/share/doc/a/b/c"));
	assert_false(packages_is_excluded(fixture->packages, "/usr/share/doc/a/copyright"));
	assert_false(packages_is_excluded(fixture->packages, "/usr/bin/ssh-agent"));
}

/* As a walk: "-" and "." before "/", each path once. */
static void hands_out_in_order(void **state)
{
	static const char *const order[] = {".", "./a", "./a-b", "./a/b", "./a\\040b"};
	struct fixture *fixture = *state;
	struct packages_cursor cursor;
	struct entry entry;

	tree_file(fixture->root, INFO "a.list", "/a/b\n/a b\n/a-b\n/a\n/.\n");
	tree_file(fixture->root, INFO "b.list", "/a\n/.\n");
	assert_int_equal(load(fixture), 0);
	cursor = (struct packages_cursor){.packages = fixture->packages};
	for (size_t i = 0; i < ELEMENTS(order); i++) {
		assert_int_equal(packages_next(&cursor, &entry, NULL), 1);
		assert_string_equal(entry.path, order[i]);
		entry_done(&entry);
	}
	assert_int_equal(packages_next(&cursor, &entry, NULL), 0);
}

static void no_database(void **state)
{
	assert_int_equal(load(*state), -ENOENT);
}

/* Lines that no dpkg wrote: counted where they hide something, harmless in any case. */
static void hostile_database(void **state)
{
	struct fixture *fixture = *state;
	char *line = malloc(8192);

	assert_non_null(line);
	memset(line, 'x', 8191);
	line[0] = '/';
	line[8191] = '\0';
	tree_file(fixture->root, INFO "long.list", line);
	free(line);
	tree_bytes(fixture->root, INFO "nul.list", "/a\0/b\n", 6);
	tree_link(fixture->root, INFO "loop.list", "loop.list");
	tree_file(fixture->root, INFO "odd.list", "/ok\n\nrelative\n//\n/../x\n");
	tree_file(fixture->root, INFO "odd.md5sums",
		  "xyz  ok\n" SUM "\n" SUM " \n\n" SUM "  ../ok\n");
	tree_file(fixture->root, "var/lib/dpkg/diversions", "/a\n/b\n");
	tree_file(fixture->root, "var/lib/dpkg/statoverride", "4755/x\n/y\n \n");
	tree_file(fixture->root, "var/lib/dpkg/status",
		  "Conffiles:\n \n  \n /x\n obsolete obsolete\n");
	assert_int_equal(load(fixture), 0);
	assert_true(packages_find(fixture->packages, "/ok", NULL));
	assert_false(find(fixture, "/ok").has_md5);
	/* The long line, the list with a NUL, the loop, and the relative path. */
	assert_int_equal(packages_unread(fixture->packages), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(owns_with_checksums, setup, teardown),
		cmocka_unit_test_setup_teardown(follows_merged_directories, setup, teardown),
		cmocka_unit_test_setup_teardown(follows_diversions, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_the_rest, setup, teardown),
		cmocka_unit_test_setup_teardown(hands_out_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(no_database, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile_database, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
