/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct policy *parse(const char *text)
{
	_cleanup_error_ struct error error = {0};
	struct policy *policy = NULL;

	if (policy_parse(text, strlen(text), "test", &policy, &error) < 0)
		fail_msg("%s", error_text(&error, -EINVAL));
	return policy;
}

static void expect_refused_bytes(const char *text, size_t size, const char *reason)
{
	_cleanup_error_ struct error error = {0};
	struct policy *policy = NULL;

	if (policy_parse(text, size, "test", &policy, &error) != -EINVAL)
		fail_msg("accepted: \"%.200s\"", text);
	assert_null(policy);
	if (!strstr(error_text(&error, -EINVAL), reason))
		fail_msg("\"%s\" does not say \"%s\"", error_text(&error, -EINVAL), reason);
}

static void expect_refused(const char *text, const char *reason)
{
	expect_refused_bytes(text, strlen(text), reason);
}

static void classes_go_both_ways(void **state)
{
	(void)state;
	for (int i = PATH_FIXED; i < _PATH_CLASS_MAX; i++)
		assert_int_equal(path_class_from_string(path_class_to_string((enum path_class)i)),
				 i);
	assert_int_equal(path_class_from_string("Fixed"), _PATH_CLASS_INVALID);
	assert_int_equal(path_class_from_string(NULL), _PATH_CLASS_INVALID);
	assert_null(path_class_to_string((enum path_class)0));
	assert_null(path_class_to_string(_PATH_CLASS_MAX));
	assert_null(path_class_to_string(_PATH_CLASS_INVALID));
}

static void reads_rules(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;
	const struct policy_rule *rules;
	size_t count;

	(void)state;
	policy = parse("# comment\n"
		       "\n"
		       "  generated\t/a\\040b mode=02755 uid=0 gid=4294967294  # why\n"
		       "mutable /c optional\n"
		       "ignored /d#e");
	rules = policy_list_rules(policy, &count);
	assert_int_equal(count, 3);
	assert_int_equal(rules[0].class, PATH_GENERATED);
	assert_string_equal(rules[0].glob, "/a\\040b");
	assert_true(rules[0].has_mode && rules[0].has_uid && rules[0].has_gid);
	assert_int_equal(rules[0].mode, 02755);
	assert_int_equal(rules[0].uid, 0);
	assert_int_equal(rules[0].gid, 4294967294U);
	assert_false(rules[0].optional);
	assert_int_equal(rules[1].class, PATH_MUTABLE);
	assert_true(rules[1].optional);
	assert_false(rules[1].has_mode || rules[1].has_uid || rules[1].has_gid);
	assert_string_equal(rules[2].glob, "/d#e");
}

static void reads_waivers(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;
	const struct policy_waiver *waiver;
	size_t count;

	(void)state;
	policy = parse("waive suid.* /usr/bin/** owner=ops@example.org until=2028-02-29 "
		       "reason= ticket #7: old tool, \"kept\"  \n");
	waiver = policy_list_waivers(policy, &count);
	assert_int_equal(count, 1);
	assert_string_equal(waiver->code_glob, "suid.*");
	assert_string_equal(waiver->path_glob, "/usr/bin/**");
	assert_string_equal(waiver->owner, "ops@example.org");
	assert_string_equal(waiver->until, "2028-02-29");
	assert_string_equal(waiver->reason, "ticket #7: old tool, \"kept\"");
	/* date -u -d 2028-03-01 +%s */
	assert_int_equal(waiver->until_seconds, 1835481600);
}

static void first_match_wins(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;

	(void)state;
	policy = parse("fixed /var/log/keep\n"
		       "append /var/log/*\n"
		       "mutable /var/**\n");
	assert_int_equal(policy_match(policy, "/var/log/keep")->class, PATH_FIXED);
	assert_int_equal(policy_match(policy, "/var/log/x")->class, PATH_APPEND);
	assert_int_equal(policy_match(policy, "/var/log/x/y")->class, PATH_MUTABLE);
	assert_null(policy_match(policy, "/var"));
	assert_null(policy_match(policy, "/"));
}

static void ignored_holds_for_all_below(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;

	(void)state;
	policy = parse("ignored /proc\nignored /srv/*/cache\nmutable /m\n");
	assert_int_equal(policy_match(policy, "/proc")->class, PATH_IGNORED);
	assert_int_equal(policy_match(policy, "/proc/1/exe")->class, PATH_IGNORED);
	assert_int_equal(policy_match(policy, "/srv/a/cache/b/c")->class, PATH_IGNORED);
	assert_null(policy_match(policy, "/srv/a"));
	assert_null(policy_match(policy, "/srv/a/cachex"));
	assert_null(policy_match(policy, "/process"));
	assert_null(policy_match(policy, "/m/x"));
	assert_null(policy_match(policy, "/"));
}

static void waivers_match_code_and_path(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;

	(void)state;
	policy = parse("waive suid.unexpected /usr/bin/x owner=a until=2001-01-01 reason=r1\n"
		       "waive suid.* /usr/bin/* owner=a until=2030-01-01 reason=r2\n"
		       "waive manifest.expired / owner=a until=2030-01-01 reason=r3\n");
	/* Expired, and still returned. */
	assert_string_equal(policy_match_waiver(policy, "suid.unexpected", "/usr/bin/x")->reason,
			    "r1");
	assert_string_equal(policy_match_waiver(policy, "suid.changed", "/usr/bin/x")->reason,
			    "r2");
	assert_string_equal(policy_match_waiver(policy, "manifest.expired", NULL)->reason, "r3");
	assert_null(policy_match_waiver(policy, "suid.changed", "/usr/sbin/x"));
	assert_null(policy_match_waiver(policy, "sudo.changed", "/usr/bin/x"));
	assert_null(policy_match_waiver(policy, "suid.changed", NULL));
}

static void include_puts_the_default_there(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL, *again = NULL;
	const struct policy_rule *rules;
	size_t count, count_again, critical;

	(void)state;
	policy = parse("fixed /proc\n  include default # the rest\nmutable /last\n");
	rules = policy_list_rules(policy, &count);
	assert_string_equal(rules[0].glob, "/proc");
	assert_string_equal(rules[count - 1].glob, "/last");
	assert_true(count > 20);
	assert_int_equal(policy_match(policy, "/proc")->class, PATH_FIXED);

	/* The text stands for itself, as in a manifest. */
	assert_null(strstr(policy_get_text(policy), "include default # the rest"));
	assert_non_null(strstr(policy_get_text(policy), policy_default_text()));
	again = parse(policy_get_text(policy));
	(void)policy_list_rules(again, &count_again);
	assert_int_equal(count, count_again);
	assert_string_equal(policy_get_text(policy), policy_get_text(again));
	(void)policy_list_critical(policy, &critical);
	(void)policy_list_critical(again, &count_again);
	assert_true(critical > 100);
	assert_int_equal(critical, count_again);
}

static void text_is_kept(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL, *empty = NULL;

	(void)state;
	policy = parse("# c\n\n\tmutable  /x # d\n");
	assert_string_equal(policy_get_text(policy), "# c\n\n\tmutable  /x # d\n");
	empty = parse("");
	assert_string_equal(policy_get_text(empty), "");
	assert_null(policy_match(empty, "/etc"));
}

static void refuses_rules(void **state)
{
	static const struct {
		const char *text;
		const char *reason;
	} table[] = {
		{"mutable /a\nopen /b\n", "test:2: unknown word \"open\""},
		{"Fixed /b\n", "test:1: unknown word \"Fixed\""},
		{"mutable\n", "expected a glob after mutable"},
		{"mutable # /x\n", "expected a glob"},
		{"mutable etc/x\n", "must begin with '/'"},
		{"mutable **\n", "must begin with '/'"},
		{"mutable /[a\n", "'[' without its ']'"},
		{"mutable /[a/b]\n", "'/' inside [...]"},
		{"mutable /a\\\n", "a backslash at the end"},
		{"mutable /a\\000\n", "\\000"},
		{"mutable /a/\n", "ends in '/'"},
		{"mutable /a//b\n", "would match nothing"},
		{"mutable /a/./b\n", "would match nothing"},
		{"mutable /a/..\n", "would match nothing"},
		{"generated /a mode=\n", "expected octal digits"},
		{"generated /a mode=0648\n", "expected octal digits"},
		{"generated /a mode=10000\n", "expected octal digits"},
		{"generated /a mode=-1\n", "expected octal digits"},
		{"generated /a mode=u+s\n", "expected octal digits"},
		{"generated /a uid=root\n", "uid=root: expected a decimal number"},
		{"generated /a gid=4294967295\n", "expected a decimal number"},
		{"generated /a gid=99999999999999999999\n", "expected a decimal number"},
		{"generated /a uid=1 uid=1\n", "uid= is given twice"},
		{"generated /a optional optional\n", "optional is given twice"},
		{"generated /a owner=x\n", "unknown word \"owner=x\""},
		{"generated /a /b\n", "unknown word \"/b\""},
		{"fixed /a mode=0644\n", "have no effect here"},
		{"mutable /a uid=0\n", "have no effect here"},
		{"ignored /a optional gid=0\n", "have no effect here"},
		{"critical\n", "expected a glob after critical"},
		{"follow # /x\n", "expected a glob after follow"},
		{"critical etc\n", "must begin with '/'"},
		{"follow /a/\n", "ends in '/'"},
		{"critical /[a\n", "'[' without its ']'"},
		{"critical /a optional\n", "nothing follows the glob of critical"},
		{"check\n", "expected \"check NAME off\""},
		{"check x on\n", "expected \"check NAME off\""},
		{"check x off off\n", "expected \"check NAME off\""},
		{"check xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx off\n", "is no name of a check"},
		{"follow /a /b\n", "nothing follows the glob of follow"},
		{"Critical /a\n", "unknown word \"Critical\""},
		{"include other\n", "expected \"include default\""},
		{"include\n", "expected \"include default\""},
		{"include default default\n", "expected \"include default\""},
		{"include default\ninclude default\n", "test:2: the default is included already"},
		{"mutable /a\r\n", "cannot be shown"},
		{"mutable /\xff\n", "cannot be shown"},
		{"mutable /a\xe2\x80\xae\n", "cannot be shown"},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(table); i++)
		expect_refused(table[i].text, table[i].reason);
	expect_refused_bytes("mutable /a\0b\n", 13, "NUL byte");
}

static void refuses_waivers(void **state)
{
	static const struct {
		const char *text;
		const char *reason;
	} table[] = {
		{"waive", "expected waive CODE-GLOB PATH-GLOB"},
		{"waive a.b", "expected waive CODE-GLOB PATH-GLOB"},
		{"waive A.b /x owner=o until=2030-01-01 reason=r", "not a finding code"},
		{"waive a.b x owner=o until=2030-01-01 reason=r", "must begin with '/'"},
		{"waive a.b /[ owner=o until=2030-01-01 reason=r", "'[' without"},
		{"waive a.b /x until=2030-01-01 reason=r", "needs owner=WORD"},
		{"waive a.b /x owner= until=2030-01-01 reason=r", "needs owner=WORD"},
		{"waive a.b /x owner=o reason=r", "needs until="},
		{"waive a.b /x owner=o until=2030-01-01", "needs reason="},
		{"waive a.b /x owner=o until=2030-01-01 reason=", "needs reason="},
		{"waive a.b /x owner=o until=2030-01-01 reason=   ", "needs reason="},
		{"waive a.b /x reason=r owner=o until=2030-01-01", "needs owner=WORD"},
		{"waive a.b /x owner=o owner=p until=2030-01-01 reason=r", "given twice"},
		{"waive a.b /x owner=o until=2030-01-01 why=r", "unknown word \"why=r\""},
		{"waive a.b /x owner=o until= reason=r", "YYYY-MM-DD"},
		{"waive a.b /x owner=o until=2030-13-01 reason=r", "YYYY-MM-DD"},
		{"waive a.b /x owner=o until=2030-02-30 reason=r", "YYYY-MM-DD"},
		{"waive a.b /x owner=o until=2027-02-29 reason=r", "YYYY-MM-DD"},
		{"waive a.b /x owner=o until=30-01-01 reason=r", "YYYY-MM-DD"},
		{"waive a.b /x owner=o until=tomorrow12 reason=r", "YYYY-MM-DD"},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(table); i++)
		expect_refused(table[i].text, table[i].reason);
}

static void refuses_too_much(void **state)
{
	_cleanup_free_ char *text = malloc(POLICY_TEXT_MAX + 2);
	_cleanup_(policy_free_p) struct policy *policy = NULL;
	char *at = text;

	(void)state;
	memset(text, 'x', 5000);
	memcpy(text, "mutable /", 9);
	expect_refused_bytes(text, 4097, "longer than 4096 bytes");
	assert_int_equal(policy_parse(text, 4096, "test", &policy, NULL), 0);

	for (int i = 0; i <= POLICY_RULES_MAX; i++)
		at = stpcpy(at, "mutable /x\n");
	expect_refused_bytes(text, (size_t)(at - text), "test:4097: more than 4096 rules");
	policy_free(policy);
	policy = NULL;
	assert_int_equal(policy_parse(text, (size_t)(at - text) - 11, "test", &policy, NULL), 0);

	/* All kinds of rules count. */
	at = text;
	for (int i = 0; i <= POLICY_RULES_MAX / 2; i++)
		at = stpcpy(at, "critical /x\nfollow /x\n");
	expect_refused_bytes(text, (size_t)(at - text), "test:4097: more than 4096 rules");

	memset(text, '\n', POLICY_TEXT_MAX + 1);
	expect_refused_bytes(text, POLICY_TEXT_MAX + 1, "longer than 1048576 bytes");
	/* It fits, but with the default in it the next reader would refuse it. */
	memcpy(text, "include default\n", 16);
	expect_refused_bytes(text, POLICY_TEXT_MAX, "with the default in it");
}

static void loads_a_file(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;
	_cleanup_error_ struct error error = {0};
	_cleanup_free_ char *good = scratch_file(state, "good", "mutable /x\n", 0600);
	_cleanup_free_ char *bad = scratch_file(state, "bad", "\nmutable x\n", 0600);
	_cleanup_free_ char *none = scratch_path(state, "none");

	assert_int_equal(policy_load(good, &policy, &error), 0);
	assert_int_equal(policy_match(policy, "/x")->class, PATH_MUTABLE);
	policy_free(policy);
	policy = NULL;
	assert_int_equal(policy_load(bad, &policy, &error), -EINVAL);
	assert_non_null(strstr(error_text(&error, -EINVAL), "/bad:2: glob"));
	assert_int_equal(policy_load(none, &policy, &error), -ENOENT);
	assert_null(policy);
}

/* Where code runs from, or what steers it: no rule of the default may open any of these. */
static const char *const closed[] = {
	"/",
	"/etc",
	"/etc/passwd",
	"/etc/shadow",
	"/etc/sudoers",
	"/etc/sudoers.d/x",
	"/etc/ssh/sshd_config",
	"/etc/ssh/sshd_config.d/50-cloud-init.conf",
	"/etc/ssh/sshrc",
	"/etc/ssh/ssh_host_x_key/y",
	"/etc/ld.so.preload",
	"/etc/ld.so.cache",
	"/etc/ld.so.conf.d/x.conf",
	"/etc/crontab",
	"/etc/cron.d/x",
	"/etc/rc.local",
	"/etc/profile.d/x.sh",
	"/etc/systemd/system/x.service",
	"/etc/systemd/system/multi-user.target.wants/x.service",
	"/etc/pam.d/sshd",
	"/etc/udev/rules.d/x.rules",
	"/etc/apt/sources.list",
	"/etc/apt/apt.conf.d/x",
	"/etc/hosts",
	"/etc/resolv.conf",
	"/etc/hostname",
	"/etc/cloud/cloud.cfg",
	"/etc/goldseal/trust.d/x.pem",
	"/root/.ssh/authorized_keys",
	"/home/u/.bashrc",
	"/usr/bin/x",
	"/usr/lib/x.so",
	"/usr/local/bin/x",
	"/usr/lib/goldseal/x",
	"/boot/vmlinuz-x",
	"/boot/grub/grub.cfg",
	"/boot/grub/grubenv",
	"/tmp/x",
	"/tmp/.X11-unix/x",
	"/var/tmp/x",
	"/var/tmp/.x",
	"/tmp/systemd-private-0123456789abcdef0123456789abcdef-x.service-aaaaaa/tmp/y",
	"/tmp/systemd-private-x/y",
	"/lost+found/x",
	"/var/log/x.log",
	"/var/log/x",
	"/var/log/journal/x",
	"/var/log/journal/0123456789abcdef0123456789abcdef/x",
	"/var/log/journal/0123456789abcdef0123456789abcdeg/system.journal",
	"/var/lib/cloud/scripts/per-boot/x",
	"/var/lib/cloud/instances/i/obj.pkl",
	"/var/lib/dpkg/info/x.postinst",
	"/var/lib/dpkg/status",
	"/var/lib/systemd/linger/root",
	"/var/lib/systemd/timers/x",
	"/var/lib/machines/x",
	"/var/lib/portables/x",
	"/var/lib/private/x",
	"/var/spool/cron/crontabs/root",
	"/var/spool/cron/atjobs/x",
	"/var/cache/debconf/passwords.dat",
	"/var/cache/ldconfig/aux-cache",
	"/var/cache/apt/archives/x/y.deb",
	"/var/lib/apt/lists/x/y_dists_z",
	"/srv/x",
	"/opt/x",
	"/lib64/x",
	"/process",
	"/devices",
	"/runs",
	"/var/lib/goldsealx",
	"/usr/lib/python3/dist-packages/__pycache__/x.pyc",
};

static void default_opens_no_place_for_code(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;

	(void)state;
	assert_int_equal(policy_new_default(&policy, NULL), 0);
	for (size_t i = 0; i < ELEMENTS(closed); i++)
		if (policy_match(policy, closed[i]))
			fail_msg("%s is %s by \"%s\"", closed[i],
				 path_class_to_string(policy_match(policy, closed[i])->class),
				 policy_match(policy, closed[i])->glob);
}

static void default_knows_first_boot(void **state)
{
	static const struct {
		const char *path;
		enum path_class class;
	} table[] = {
		{"/proc", PATH_IGNORED},
		{"/sys/kernel", PATH_IGNORED},
		{"/dev/null", PATH_IGNORED},
		{"/run/systemd", PATH_IGNORED},
		{"/var/lib/goldseal/instance.key", PATH_IGNORED},
		{"/etc/machine-id", PATH_MUTABLE},
		{"/var/lib/systemd/random-seed", PATH_MUTABLE},
		{"/etc/ssh/ssh_host_ed25519_key", PATH_GENERATED},
		{"/etc/ssh/ssh_host_ed25519_key.pub", PATH_GENERATED},
		{"/etc/.pwd.lock", PATH_GENERATED},
		{"/var/log/wtmp", PATH_APPEND},
		{"/var/log/lastlog", PATH_MUTABLE},
		{"/var/log/dpkg.log", PATH_APPEND},
		{"/var/log/cloud-init.log", PATH_GENERATED},
		{"/var/log/journal/0123456789abcdef0123456789abcdef", PATH_GENERATED},
		{"/var/log/journal/0123456789abcdef0123456789abcdef/system.journal",
		 PATH_GENERATED},
		{"/tmp/systemd-private-0123456789abcdef0123456789abcdef-chrony.service-Ab12cd",
		 PATH_GENERATED},
		{"/var/lib/systemd/timers/stamp-apt-daily.timer", PATH_GENERATED},
		{"/var/cache/apparmor/26b63962.0/lsb_release", PATH_GENERATED},
		{"/lost+found", PATH_GENERATED},
	};
	_cleanup_(policy_free_p) struct policy *policy = NULL;

	(void)state;
	assert_int_equal(policy_new_default(&policy, NULL), 0);
	for (size_t i = 0; i < ELEMENTS(table); i++) {
		const struct policy_rule *rule = policy_match(policy, table[i].path);

		if (!rule || rule->class != table[i].class)
			fail_msg("%s is not %s", table[i].path,
				 path_class_to_string(table[i].class));
	}
	assert_int_equal(policy_match(policy, "/etc/ssh/ssh_host_rsa_key")->mode, 0600);
	assert_true(policy_match(policy, "/etc/ssh/ssh_host_rsa_key")->has_uid);
}

/* No rule of the default is shadowed by an earlier one: the glob's own text, read as a path that
 * it matches, must lead to the rule itself. */
static void default_has_no_dead_rule(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;
	const struct policy_rule *rules;
	size_t count;

	(void)state;
	assert_int_equal(policy_new_default(&policy, NULL), 0);
	rules = policy_list_rules(policy, &count);
	for (size_t i = 0; i < count; i++)
		if (!strpbrk(rules[i].glob, "[\\") &&
		    policy_match(policy, rules[i].glob) != &rules[i])
			fail_msg("\"%s\" never decides", rules[i].glob);
}

/* A stated mode may make nothing executable but directories, which the mode must then show. */
static void default_states_no_program(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;
	const struct policy_rule *rules;
	size_t count;

	(void)state;
	assert_int_equal(policy_new_default(&policy, NULL), 0);
	rules = policy_list_rules(policy, &count);
	for (size_t i = 0; i < count; i++) {
		bool plain = (rules[i].mode & 0111) == 0;
		bool directory = (rules[i].mode & 0500) == 0500;

		if (rules[i].has_mode && !plain && !directory)
			fail_msg("\"%s\" has mode %04o", rules[i].glob, rules[i].mode);
		if (rules[i].mode & 04000)
			fail_msg("\"%s\" is setuid", rules[i].glob);
	}
}

static void turns_checks_off(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;
	const char *text = "check miner off\ncheck keys off # why\n";
	const char *const *off;
	size_t count;

	(void)state;
	assert_int_equal(policy_parse(text, strlen(text), "p", &policy, NULL), 0);
	off = policy_list_off(policy, &count);
	assert_int_equal(count, 2);
	assert_string_equal(off[1], "keys");
	assert_true(policy_is_off(policy, "miner"));
	assert_false(policy_is_off(policy, "mine"));
	assert_string_equal(policy_get_text(policy), text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_go_both_ways),
		cmocka_unit_test(reads_rules),
		cmocka_unit_test(reads_waivers),
		cmocka_unit_test(first_match_wins),
		cmocka_unit_test(ignored_holds_for_all_below),
		cmocka_unit_test(waivers_match_code_and_path),
		cmocka_unit_test(include_puts_the_default_there),
		cmocka_unit_test(text_is_kept),
		cmocka_unit_test(refuses_rules),
		cmocka_unit_test(refuses_waivers),
		cmocka_unit_test(refuses_too_much),
		cmocka_unit_test_setup_teardown(loads_a_file, scratch_setup, scratch_teardown),
		cmocka_unit_test(default_opens_no_place_for_code),
		cmocka_unit_test(default_knows_first_boot),
		cmocka_unit_test(default_has_no_dead_rule),
		cmocka_unit_test(default_states_no_program),
		cmocka_unit_test(turns_checks_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
