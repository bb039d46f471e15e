/* SPDX-License-Identifier: Apache-2.0 */
#include "cleanup.h"
#include "measure/processors.h"
#include "scratch.h"
#include "tree.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void make_groups(const char *mount, const char *outer, const char *inner)
{
	tree_directory(mount, "a");
	tree_directory(mount, "a/b");
	tree_file(mount, "a/cpu.max", outer);
	tree_file(mount, "a/b/cpu.max", inner);
}

/* The lowest limit on the way counts, rounded up; what is no limit is none. */
static void test_limits(void **state)
{
	static const struct {
		const char *outer, *inner;
		unsigned expected;
	} rows[] = {
		{"max 100000\n", "max 100000\n", 0},
		{"max 100000\n", "200000 100000\n", 2},
		{"150000 100000\n", "max 100000\n", 2},
		{"300000 100000\n", "100000 100000\n", 1},
		{"100000 100000\n", "300000 100000\n", 1},
		{"max 100000\n", "1000 100000\n", 1},
		{"max 100000\n", "100001 100000\n", 2},
		{"max 100000\n", "-1 100000\n", 0},
		{"max 100000\n", "0 100000\n", 0},
		{"max 100000\n", "100000 0\n", 0},
		{"max 100000\n", "100000\n", 0},
		{"max 100000\n", "", 0},
		{"max 100000\n", "99999999999999999999999 1\n", 0},
	};

	make_groups(*state, "", "");
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		tree_file(*state, "a/cpu.max", rows[i].outer);
		tree_file(*state, "a/b/cpu.max", rows[i].inner);
		assert_int_equal(processors_of_cgroup(*state, "0::/a/b\n"), rows[i].expected);
	}
}

/* The group of version 2, wherever its line stands; none, and one that is not there. */
static void test_groups(void **state)
{
	make_groups(*state, "200000 100000\n", "100000 100000\n");
	assert_int_equal(processors_of_cgroup(*state, "1:cpu:/a/b\n0::/a\n"), 2);
	assert_int_equal(processors_of_cgroup(*state, "0::/a/b"), 1);
	assert_int_equal(processors_of_cgroup(*state, "0::/a/b/c\n"), 1);
	assert_int_equal(processors_of_cgroup(*state, "0::/\n"), 0);
	assert_int_equal(processors_of_cgroup(*state, "1:cpu:/a/b\n"), 0);
	assert_int_equal(processors_of_cgroup(*state, ""), 0);
}

static void test_affinity(void **state _unused_)
{
	cpu_set_t before, one;

	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_in_range(processors_count(), 1, CPU_COUNT(&before));
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
		if (CPU_ISSET(i, &before))
			CPU_SET(i, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(processors_count(), 1);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_limits, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_groups, scratch_setup, scratch_teardown),
		cmocka_unit_test(test_affinity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
