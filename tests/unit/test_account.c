/* SPDX-License-Identifier: Apache-2.0 */
#include "check/account.h"

#include "judged.h"
#include "text.h"

#define HASH "$y$j9T$aaaaaaaaaaaaaaaaaaaaaa$bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* As Debian 12 has them. */
static const char stock_passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
				   "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
				   "bin:x:2:2:bin:/bin:/usr/sbin/nologin\n"
				   "sync:x:4:65534:sync:/bin:/bin/sync\n"
				   "games:x:5:60:games:/usr/games:/usr/sbin/nologin\n"
				   "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"
				   "_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n"
				   "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
				   "systemd-network:x:998:998:systemd:/:/usr/sbin/nologin\n"
				   "messagebus:x:100:106::/nonexistent:/usr/sbin/nologin\n"
				   "sshd:x:102:65534::/run/sshd:/usr/sbin/nologin\n";
static const char stock_shadow[] = "root:*:20000:0:99999:7:::\ndaemon:*:20000:0:99999:7:::\n"
				   "bin:*:20000:0:99999:7:::\nsync:*:20000:0:99999:7:::\n"
				   "games:*:20000:0:99999:7:::\nwww-data:*:20000:0:99999:7:::\n"
				   "_apt:*:20000:0:99999:7:::\nnobody:*:20000:0:99999:7:::\n"
				   "systemd-network:!*:20000::::::\nmessagebus:!:20000::::::\n"
				   "sshd:!:20000::::::\n";
static const char stock_group[] = "root:x:0:\ndaemon:x:1:\nadm:x:4:\ndisk:x:6:\nsudo:x:27:\n"
				  "shadow:x:42:\nnogroup:x:65534:\n";
static const char stock_gshadow[] =
	"root:*::\ndaemon:*::\nadm:*::\ndisk:*::\nsudo:*::\nshadow:*::\n"
	"nogroup:!::\n";

static void write_stock(struct trial *trial)
{
	judged_file(trial, "etc/passwd", stock_passwd);
	judged_file(trial, "etc/shadow", stock_shadow);
	judged_file(trial, "etc/group", stock_group);
	judged_file(trial, "etc/gshadow", stock_gshadow);
}

static void is_silent_about_debian(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	judge(trial, account_check, &findings);
	judged_expect_none(&findings);
	write_stock(trial);
	judge_in(trial, SITUATION_AUDIT, account_check, &findings);
	judged_expect_none(&findings);
}

/* One line more in the four files, and what must be found. */
static const struct {
	const char *passwd, *shadow, *group, *gshadow;
	const char *code, *path, *words;
} cases[] = {
	{"toor:x:0:0::/root:/bin/sh\n", "toor:*:1::::::\n", "", "", "account.second-root",
	 "/etc/passwd", "Account toor: a second account with uid 0"},
	{"root:x:0:0::/root:/bin/sh\n", "", "", "", "account.second-root", "/etc/passwd",
	 "/etc/passwd:12"},
	{"eve::1000:1000::/home/eve:/bin/bash\n", "eve:*:1::::::\n", "", "",
	 "account.empty-password", "/etc/passwd", "no password is asked for"},
	{"eve:x:1000:1000::/home/eve:/bin/bash\n", "eve::1::::::\n", "", "",
	 "account.empty-password", "/etc/passwd", "empty in /etc/shadow"},
	{"eve:" HASH ":1000:1000::/home/eve:/bin/bash\n", "eve:*:1::::::\n", "", "",
	 "account.system-login", "/etc/passwd", "stands in /etc/passwd"},
	{"svc:x:200:200::/:/bin/bash\n", "svc:*:1::::::\n", "", "", "account.system-login",
	 "/etc/passwd", "the login shell /bin/bash"},
	{"svc:x:200:200::/:/usr/sbin/nologin\n", "svc:" HASH ":1::::::\n", "", "",
	 "account.system-login", "/etc/passwd", "a system account with a password"},
	{"eve:x:1000:1000::/home/eve:/bin/bash\n", "eve:$1$a$b:1::::::\n", "", "",
	 "account.password", "/etc/passwd", "weak old hash"},
	{"systemd-resolved:x:300:300::/:/usr/sbin/nologin\n", "systemd-resolved:*:1::::::\n", "",
	 "", "account.imitation", "/etc/passwd", "systemd-resolve"},
	{"eve:x:70000:1000::/:/bin/false\n", "eve:*:1::::::\n", "", "", "account.odd-entry",
	 "/etc/passwd", "70000"},
	{"eve:x:1000:1000::/home/eve:/bin/bash\n", "", "", "", "account.odd-entry", "/etc/passwd",
	 "no line in /etc/shadow"},
	{"broken:x:abc\n", "", "", "", "account.odd-entry", "/etc/passwd", "malformed"},
	{"eve:x:1000:0::/home/eve:/bin/bash\n", "eve:*:1::::::\n", "", "",
	 "account.privileged-group", "/etc/passwd", "primary group is root"},
	{"", "", "docker:x:999:www-data,games\n", "", "account.privileged-group", "/etc/passwd",
	 "Account games: a member of the group docker"},
	{"", "", "lxd:x:998:later\n", "", "account.privileged-group", "/etc/passwd",
	 "Account later"},
	{"", "", "wheelie:x:0:\n", "", "account.privileged-group", "/etc/group",
	 "second group with gid 0"},
	{"", "", "", "ops:$6$a$b::\n", "account.group-password", "/etc/gshadow", "Group ops"},
	{"+::::::\n", "", "", "", "account.nis", "/etc/passwd", "line 12"},
	{"evil:x:1001:1001::/:/tmp/.sh\n", "evil:*:1::::::\n", "", "", "account.system-login",
	 "/etc/passwd", "/tmp/.sh"},
};

/* And nothing else. */
static void names_each_account(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		const struct finding *finding;

		write_stock(trial);
		tree_append(trial->root, "etc/passwd", cases[i].passwd);
		tree_append(trial->root, "etc/shadow", cases[i].shadow);
		tree_append(trial->root, "etc/group", cases[i].group);
		tree_append(trial->root, "etc/gshadow", cases[i].gshadow);
		judge(trial, account_check, &findings);
		finding = judged_find(&findings, cases[i].code, cases[i].path, cases[i].words);
		assert_true(finding->severity >= SEVERITY_MEDIUM);
		if (findings.count > 1 && !strstr(cases[i].group, "docker"))
			fail_msg("case %zu: %zu findings", i, findings.count);
	}
}

static void copied_hashes_are_told(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	const struct finding *finding;

	write_stock(trial);
	tree_append(trial->root, "etc/passwd",
		    "a:x:1000:1000::/home/a:/bin/sh\nb:x:1001:1001::/home/b:/bin/sh\n");
	tree_append(trial->root, "etc/shadow", "a:" HASH ":1::::::\nb:" HASH ":1::::::\n");
	judge(trial, account_check, &findings);
	assert_int_equal(findings.count, 2);
	(void)judged_find(&findings, "account.shared-password", "/etc/passwd",
			  "Account a: the same");
	finding =
		judged_find(&findings, "account.shared-password", "/etc/passwd", "Account b: the");
	assert_true(judged_is_related(finding, "/etc/shadow"));
}

/* What is as sealed is not judged, although it would be a finding. */
static void sealed_files_are_not_judged(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	write_stock(trial);
	tree_append(trial->root, "etc/passwd", "toor:x:0:0::/root:/bin/sh\n");
	tree_append(trial->root, "etc/group", "docker:x:999:games\n");
	judged_seal(trial);
	judge(trial, account_check, &findings);
	judged_expect_none(&findings);
	tree_append(trial->root, "etc/gshadow", "docker:!::\n");
	judge(trial, account_check, &findings);
	judged_expect_none(&findings);
}

static void first_boot_makes_its_user(void **state)
{
	static const char cloud_cfg[] =
		"users:\n  - default\nsystem_info:\n  distro: debian\n"
		"  default_user:\n    name: debian\n    lock_passwd: True\n";
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	write_stock(trial);
	judged_file(trial, "etc/cloud/cloud.cfg", cloud_cfg);
	judged_seal(trial);
	tree_append(trial->root, "etc/passwd",
		    "debian:x:1000:1000:Debian:/home/debian:/bin/bash\n");
	tree_append(trial->root, "etc/shadow", "debian:!:1::::::\n");
	tree_append(trial->root, "etc/group", "video:x:44:debian\n");
	tree_file(trial->root, "etc/group", "root:x:0:\nadm:x:4:debian\nsudo:x:27:debian\n");
	judge_in(trial, SITUATION_BOOT, account_check, &findings);
	judged_expect_none(&findings);
	/* Not its groups, and not in an image. */
	judge_in(trial, SITUATION_IMAGE, account_check, &findings);
	(void)judged_find(&findings, "account.privileged-group", "/etc/passwd", "debian");
	tree_append(trial->root, "etc/group", "docker:x:999:debian\n");
	judge_in(trial, SITUATION_BOOT, account_check, &findings);
	(void)judged_find(&findings, "account.privileged-group", "/etc/passwd", "docker");
	/* A cloud.cfg that differs declares nobody. */
	tree_file(trial->root, "etc/group", "root:x:0:\nadm:x:4:debian\n");
	tree_append(trial->root, "etc/cloud/cloud.cfg", "\n");
	judge_in(trial, SITUATION_BOOT, account_check, &findings);
	(void)judged_find(&findings, "account.privileged-group", "/etc/passwd", "adm");
}

static void other_sources_are_told(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	const struct finding *finding;

	judged_file(trial, "etc/userdb/helper.user",
		    "{\"userName\": \"helper\", \"uid\": 60300}\n");
	judged_file(trial, "var/lib/extrausers/passwd", "x:x:0:0::/:/bin/sh\n");
	judged_file(trial, "etc/nsswitch.conf", "hosts: files dns\npasswd:\tfiles odd # x\n");
	judged_file(trial, "usr/lib/x86_64-linux-gnu/libnss_odd.so.2", "ELF");
	judge(trial, account_check, &findings);
	assert_int_equal(findings.count, 3);
	(void)judged_find(&findings, "account.database", "/etc/userdb/helper.user", "helper");
	(void)judged_find(&findings, "account.database", "/var/lib/extrausers/passwd", "x:x:0:0");
	finding = judged_find(&findings, "account.name-service", "/etc/nsswitch.conf", "line 2");
	assert_true(judged_is_related(finding, "/usr/lib/x86_64-linux-gnu/libnss_odd.so.2"));
}

/* Too many lines end in a finding that says so, and not in a flood. */
static void floods_are_bounded(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	_cleanup_buffer_ struct buffer text = {};

	for (size_t i = 0; i < 300000; i++)
		assert_int_equal(buffer_append_text(&text, "a:x:0:0:::\n"), 0);
	judged_file(trial, "etc/passwd", text.data);
	judge(trial, account_check, &findings);
	assert_true(findings.count < 300);
	(void)judged_find(&findings, "coverage.limit", "/etc/passwd", "too large");
	(void)judged_find(&findings, "coverage.limit", "/etc/passwd", "too many accounts");
	(void)judged_find(&findings, "account.second-root", "/etc/passwd", "a second account");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		JUDGED_TEST(is_silent_about_debian),	JUDGED_TEST(names_each_account),
		JUDGED_TEST(copied_hashes_are_told),	JUDGED_TEST(sealed_files_are_not_judged),
		JUDGED_TEST(first_boot_makes_its_user), JUDGED_TEST(other_sources_are_told),
		JUDGED_TEST(floods_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
