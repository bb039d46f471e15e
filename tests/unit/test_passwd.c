/* SPDX-License-Identifier: Apache-2.0 */
#include "check/passwd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void parses_passwd(void **state)
{
	struct passwd_line line;

	(void)state;
	assert_true(passwd_parse(span_of("root:x:0:0:root:/root:/bin/bash"), &line));
	assert_true(line.is_valid && line.uid == 0 && line.gid == 0);
	assert_true(span_is(line.home, "/root") && span_is(line.shell, "/bin/bash"));
	assert_true(passwd_parse(span_of("a::1000:100::/home/a:"), &line));
	assert_true(line.is_valid && line.password.size == 0 && line.shell.size == 0);
	assert_true(passwd_parse(span_of("+::::::"), &line) && !line.is_valid);
	assert_true(passwd_parse(span_of("+"), &line) && !line.is_valid);
	assert_true(passwd_parse(span_of("a:x:-1:0::/:/bin/sh"), &line) && !line.is_valid);
	assert_true(passwd_parse(span_of("a:x:4294967296:0::/:/bin/sh"), &line) && !line.is_valid);
	assert_false(passwd_parse(span_of(""), &line));
	assert_false(passwd_parse(span_of(" # x:x:0:0::/:/bin/sh"), &line));
}

static void parses_the_others(void **state)
{
	struct shadow_line shadow;
	struct group_line group;

	(void)state;
	assert_true(shadow_parse(span_of("a:$6$x$y:20000:0:::::"), &shadow));
	assert_true(span_is(shadow.name, "a") && span_is(shadow.password, "$6$x$y"));
	assert_true(shadow_parse(span_of("a"), &shadow) && span_is(shadow.password, "*"));
	assert_true(shadow_parse(span_of("a:"), &shadow) && shadow.password.size == 0);
	assert_true(group_parse(span_of("sudo:x:27:a,b"), &group));
	assert_true(group.has_gid && group.gid == 27 && span_is(group.members, "a,b"));
	assert_true(gshadow_parse(span_of("sudo:$6$z:root:a"), &group));
	assert_true(!group.has_gid && span_is(group.password, "$6$z") &&
		    span_is(group.members, "a"));
}

static void knows_passwords(void **state)
{
	static const char *const locked[] = {"", "x", "*", "!", "!!", "!*", "!$6$x$y", "*LK*"};
	static const char *const usable[] = {"$y$j9T$a$b", "$6$a$b", "$1$a$b", "abJnggxhB/yWI"};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(locked); i++)
		assert_false(password_is_usable(span_of(locked[i])));
	for (size_t i = 0; i < ELEMENTS(usable); i++) {
		assert_true(password_is_usable(span_of(usable[i])));
		assert_int_equal(password_is_weak(span_of(usable[i])), i >= 2);
	}
}

static void knows_shells(void **state)
{
	static const char *const none[] = {"/usr/sbin/nologin", "/sbin/nologin", "/bin/false",
					   "/usr/bin/false",	"/bin/sync",	 "/usr/sbin/halt"};
	static const char *const login[] = {"", "/bin/sh", "/tmp/nologin", "/bin/falsehood",
					    "/usr/bin/python3"};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(none); i++)
		assert_false(shell_is_login(span_of(none[i])));
	for (size_t i = 0; i < ELEMENTS(login); i++)
		assert_true(shell_is_login(span_of(login[i])));
}

static void sees_through_names(void **state)
{
	static const struct {
		const char *name, *imitates;
	} names[] = {
		{"root", NULL},
		{"r00t", "root"},
		{"rooot", "root"},
		{"systemd-resolved", "systemd-resolve"},
		{"systemd-network", NULL},
		{"systemd_network", "systemd-network"},
		{"systemd-netvvork", "systemd-network"},
		{"mesagebus", "messagebus"},
		{"www-dafa", "www-data"},
		{"alice", NULL},
		{"lisa", NULL},
		{"deploy", NULL},
		{"ops", NULL},
		{"Daemon", "daemon"},
		{"backpu", "backup"},
		{"redis", NULL},
		{"jenkins", NULL},
		{"sys1", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(names); i++) {
		const char *found = account_imitates(span_of(names[i].name));

		if (!names[i].imitates && found)
			fail_msg("%s imitates %s", names[i].name, found);
		if (names[i].imitates && (!found || strcmp(found, names[i].imitates) != 0))
			fail_msg("%s imitates %s", names[i].name, found ? found : "nothing");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_passwd),      cmocka_unit_test(parses_the_others),
		cmocka_unit_test(knows_passwords),    cmocka_unit_test(knows_shells),
		cmocka_unit_test(sees_through_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
