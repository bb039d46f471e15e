/* SPDX-License-Identifier: Apache-2.0 */
#include "check/ssh_keys.h"

#include "judged.h"

#include <fcntl.h>

#define KEY	    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA6tNJIwrYvz5LcUl2E52bTrjcz7XCv1/NnJOnghb0cE"
#define FINGERPRINT "SHA256:RqKltV1sKC1CrRnSQMDFS2+HJA7J8CsF+DozmJpeggc"
#define DISABLED                                                                        \
	"command=\"echo 'Please login as the user \\\"debian\\\" rather than the user " \
	"\\\"root\\\".';echo;sleep 10;exit 142\" " KEY

static void every_home_is_looked_into(void **state)
{
	static const char *const paths[] = {
		"root/.ssh/authorized_keys", "etc/skel/.ssh/authorized_keys2",
		"home/a/.ssh/authorized_keys", "var/lib/games/.ssh/authorized_keys"};
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	for (size_t i = 0; i < ELEMENTS(paths); i++)
		judged_file(trial, paths[i], "# mine\n" KEY " me@here\n");
	/* Neither of these opens anything. */
	judged_file(trial, "home/b/.ssh/authorized_keys", "# nothing\n\nnonsense\n");
	judged_file(trial, "home/b/.ssh/known_hosts", KEY "\n");
	judge_in(trial, SITUATION_AUDIT, ssh_keys_check, &findings);
	assert_int_equal(findings.count, ELEMENTS(paths));
	for (size_t i = 0; i < ELEMENTS(paths); i++) {
		char absolute[64];

		(void)snprintf(absolute, sizeof(absolute), "/%s", paths[i]);
		(void)judged_find(&findings, "sshkey.authorized", absolute, FINGERPRINT " me@here");
		(void)judged_find(&findings, "sshkey.authorized", absolute, "(line 2)");
	}
}

static void options_are_told(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	judged_file(trial, "root/.ssh/authorized_keys",
		    "command=\"/bin/x\" " KEY "\ncert-authority,principals=\"ops\" " KEY " ca\n");
	judge(trial, ssh_keys_check, &findings);
	assert_int_equal(findings.count, 1);
	(void)judged_find(&findings, "sshkey.authorized", "/root/.ssh/authorized_keys",
			  "2 authorized SSH keys");
	(void)judged_find(&findings, "sshkey.authorized", "/root/.ssh/authorized_keys",
			  FINGERPRINT ", with the options command=\"/bin/x\" (line 1)");
	judged_file(trial, "root/.ssh/authorized_keys", "cert-authority " KEY " ca\n");
	judge(trial, ssh_keys_check, &findings);
	(void)judged_find(&findings, "sshkey.authority", "/root/.ssh/authorized_keys",
			  "1 authorized SSH key: ");
}

/* Another place, and the setting that leads there, are one finding. */
static void other_places_are_followed(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	const struct finding *finding;

	judged_file(trial, "etc/ssh/sshd_config", "Include sshd_config.d/*.conf\n");
	judged_seal(trial);
	judged_file(trial, "etc/ssh/sshd_config.d/10-keys.conf",
		    "AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/keys/%u\n");
	judged_file(trial, "etc/ssh/keys/root", KEY "\n");
	judge(trial, ssh_keys_check, &findings);
	assert_int_equal(findings.count, 1);
	finding = judged_find(&findings, "sshkey.authorized", "/etc/ssh/keys/root", FINGERPRINT);
	assert_true(judged_is_related(finding, "/etc/ssh/sshd_config.d/10-keys.conf"));
}

static void the_disabled_copy_is_known(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	const struct finding *finding;

	judged_file(trial, "etc/passwd", "root:x:0:0::/root:/bin/sh\n");
	judged_file(trial, "root/.ssh/authorized_keys", DISABLED " customer\n");
	judge_in(trial, SITUATION_BOOT, ssh_keys_check, &findings);
	judged_expect_none(&findings);
	judge_in(trial, SITUATION_IMAGE, ssh_keys_check, &findings);
	finding =
		judged_find(&findings, "sshkey.disabled", "/root/.ssh/authorized_keys", "customer");
	assert_int_equal(finding->severity, SEVERITY_LOW);
	tree_append(trial->root, "root/.ssh/authorized_keys", KEY " other\n");
	judge_in(trial, SITUATION_BOOT, ssh_keys_check, &findings);
	assert_int_equal(findings.count, 1);
	(void)judged_find(&findings, "sshkey.authorized", "/root/.ssh/authorized_keys", "other");
}

static void host_keys_are_told(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	judged_file(trial, "etc/ssh/ssh_host_rsa_key", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	judge_in(trial, SITUATION_AUDIT, ssh_keys_check, &findings);
	assert_int_equal(findings.count, 1);
	(void)judged_find(&findings, "sshkey.host-key", "/etc/ssh/ssh_host_rsa_key",
			  "every instance");
	judge_in(trial, SITUATION_BOOT, ssh_keys_check, &findings);
	judged_expect_none(&findings);
}

/* A gigabyte with a key in front: the key, and that the rest was not read. */
static void large_files_are_bounded(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	_cleanup_free_ char *path = NULL;

	judged_file(trial, "root/.ssh/authorized_keys", KEY " front\n");
	judge(trial, ssh_keys_check, &findings);
	assert_int_equal(findings.count, 1);
	path = tree_path(trial->root, "root/.ssh/authorized_keys");
	assert_int_equal(truncate(path, 1024L * 1024 * 1024), 0);
	judge(trial, ssh_keys_check, &findings);
	assert_int_equal(findings.count, 2);
	(void)judged_find(&findings, "sshkey.authorized", "/root/.ssh/authorized_keys", "front");
	(void)judged_find(&findings, "coverage.limit", "/root/.ssh/authorized_keys", "too large");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		JUDGED_TEST(every_home_is_looked_into), JUDGED_TEST(options_are_told),
		JUDGED_TEST(other_places_are_followed), JUDGED_TEST(the_disabled_copy_is_known),
		JUDGED_TEST(host_keys_are_told),	JUDGED_TEST(large_files_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
