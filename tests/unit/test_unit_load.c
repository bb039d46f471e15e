/* SPDX-License-Identifier: Apache-2.0 */
#include "check/unit_load.h"
#include "measure/root.h"
#include "scratch.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ETC "etc/systemd/system"
#define LIB "usr/lib/systemd/system"

static int setup(void **state)
{
	static const char *const directories[] = {
		"etc", "etc/systemd", ETC, "usr", "usr/lib", "usr/lib/systemd", LIB,
	};

	if (scratch_setup(state) != 0)
		return -1;
	for (size_t i = 0; i < ELEMENTS(directories); i++)
		tree_directory(*state, directories[i]);
	return 0;
}

static int load(void **state, const char *name, struct unit_file *ret, char **ret_path)
{
	_cleanup_close_ int fd = root_open(*state);

	assert_true(fd >= 0);
	return unit_load(fd, UNIT_SYSTEM, name, ret, ret_path);
}

static void expect(void **state, const char *name, const char *path, const char *user)
{
	_cleanup_unit_file_ struct unit_file unit = {};
	_cleanup_free_ char *found = NULL;

	assert_int_equal(load(state, name, &unit, &found), 0);
	if (path)
		assert_string_equal(found, path);
	else
		assert_null(found);
	if (user)
		assert_string_equal(unit_file_get(&unit, "Service", "User"), user);
	else
		assert_null(unit_file_get(&unit, "Service", "User"));
}

/* Each further file counts more than those before it. */
static void test_order(void **state)
{
	_cleanup_unit_file_ struct unit_file unit = {};
	static const struct {
		const char *directory, *file, *user;
	} steps[] = {
		{LIB "/service.d", "50-a.conf", "type"},
		{LIB "/a-.service.d", "51-a.conf", "prefix"},
		{LIB "/a-b@.service.d", "52-a.conf", "template"},
		{LIB "/a-b@c.service.d", "53-a.conf", "instance"},
		/* The same name in a place that is searched earlier, or of the unit itself. */
		{ETC "/a-.service.d", "53-a.conf", "earlier place"},
		{ETC "/a-b@c.service.d", "53-a.conf", "more special"},
	};

	assert_int_equal(load(state, "a-b@c.service", &unit, NULL), -ENOENT);
	tree_file(*state, LIB "/a-b@.service", "[Service]\nUser=unit\n");
	expect(state, "a-b@c.service", "/" LIB "/a-b@.service", "unit");
	for (size_t i = 0; i < ELEMENTS(steps); i++) {
		_cleanup_free_ char *path = NULL, *text = NULL;

		tree_directory(*state, steps[i].directory);
		assert_true(asprintf(&path, "%s/%s", steps[i].directory, steps[i].file) > 0);
		assert_true(asprintf(&text, "[Service]\nUser=%s\n", steps[i].user) > 0);
		tree_file(*state, path, text);
		expect(state, "a-b@c.service", "/" LIB "/a-b@.service", steps[i].user);
	}
	expect(state, "other.service", NULL, "type");
}

static void test_places(void **state)
{
	tree_file(*state, LIB "/a.service", "[Service]\nUser=lib\n");
	expect(state, "a.service", "/" LIB "/a.service", "lib");
	tree_file(*state, ETC "/a.service", "[Service]\nUser=etc\n");
	expect(state, "a.service", "/" ETC "/a.service", "etc");
	tree_remove(*state, ETC "/a.service");
	tree_directory(*state, "dev");
	tree_file(*state, "dev/null", "");
	tree_link(*state, ETC "/a.service", "/dev/null");
	expect(state, "a.service", "/" ETC "/a.service", NULL);
}

/* More drop-ins than are looked at are told, and odd names are none. */
static void test_limits(void **state)
{
	_cleanup_unit_file_ struct unit_file unit = {};

	tree_directory(*state, ETC "/a.service.d");
	tree_file(*state, ETC "/a.service.d/.hidden.conf", "[Service]\nUser=x\n");
	tree_file(*state, ETC "/a.service.d/a.conf~", "[Service]\nUser=x\n");
	tree_directory(*state, ETC "/a.service.d/dir.conf");
	expect(state, "a.service", NULL, NULL);
	for (int i = 0; i <= UNIT_DROPINS_MAX; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), ETC "/a.service.d/%d.conf", i);
		tree_file(*state, name, "[Service]\nUser=y\n");
	}
	assert_int_equal(load(state, "a.service", &unit, NULL), 0);
	assert_true(unit.limited);
	assert_int_equal(load(state, "nodot", &unit, NULL), -ENOENT);
	assert_int_equal(load(state, "", &unit, NULL), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order),
		TEST(test_places),
		TEST(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
