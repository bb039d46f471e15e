/* SPDX-License-Identifier: Apache-2.0 */
/* A first boot as cloud-init does it, on a sealed tree; and what somebody else did beside it. */
#include "check/explanation.h"
#include "trial.h"

#define INSTANCE "var/lib/cloud/instances/i-1"
#define KEY	 "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILsSzMjSrhZmy+EDGI2xHbdNJkO/5HIyX5qX3MToXAfQ"
#define OTHER	 "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEvilEvilEvilEvilEvilEvilEvilEvilEvilEvilEvi"

static const char user_data[] =
	"#cloud-config\n"
	"hostname: vm1\n"
	"users:\n"
	" - default\n"
	" - name: ops\n"
	"   groups: [sudo]\n"
	"   sudo: 'ALL=(ALL) ALL'\n"
	"   ssh_authorized_keys: ['" KEY " ops@example']\n"
	"write_files:\n"
	" - {path: /etc/motd, content: \"hello\\n\"}\n"
	" - {path: /opt/run, content: IyEvYmluL3NoCg==, encoding: b64, permissions: '0755'}\n"
	"rsyslog: {configs: ['*.* @@10.0.0.9:514']}\n"
	"runcmd:\n"
	" - [touch, /var/ready]\n"
	" - systemctl enable --now app.service\n";

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
			     "games:x:5:60:games:/usr/games:/usr/sbin/nologin\n";
static const char shadow[] = "root:*:19000:0:99999:7:::\ngames:*:19000:0:99999:7:::\n";
static const char group[] = "root:x:0:\nsudo:x:27:\n";

static void make_directories(const char *root)
{
	static const char *const directories[] = {
		"etc",
		"etc/ssh",
		"etc/ssh/sshd_config.d",
		"etc/sudoers.d",
		"etc/skel",
		"etc/rsyslog.d",
		"etc/cloud",
		"etc/systemd",
		"etc/systemd/system",
		"etc/systemd/system/multi-user.target.wants",
		"home",
		"opt",
		"root",
		"usr",
		"usr/lib",
		"usr/lib/systemd",
		"usr/lib/systemd/system",
		"usr/lib/systemd/system-preset",
		"var",
		"var/lib",
		"var/lib/cloud",
		"var/lib/cloud/instances",
	};

	for (size_t i = 0; i < ELEMENTS(directories); i++)
		tree_directory(root, directories[i]);
}

static void make_image(const char *root)
{
	make_directories(root);
	tree_file(root, "etc/passwd", passwd);
	tree_file(root, "etc/shadow", shadow);
	tree_mode(root, "etc/shadow", 0640);
	tree_file(root, "etc/group", group);
	tree_file(root, "etc/hostname", "localhost\n");
	tree_file(root, "etc/skel/.profile", "# profile\n");
	tree_file(root, "etc/cloud/cloud.cfg",
		  "users: [default]\nsystem_info: {default_user: {name: debian, groups: [adm], "
		  "sudo: ['ALL=(ALL) NOPASSWD:ALL']}}\n");
	tree_file(root, "usr/lib/systemd/system/app.service",
		  "[Service]\nExecStart=/opt/run\n[Install]\nWantedBy=multi-user.target\n");
	tree_file(root, "usr/lib/systemd/system/debug-shell.service",
		  "[Service]\nExecStart=/bin/sh\n[Install]\nWantedBy=multi-user.target\n");
	tree_file(root, "usr/lib/systemd/system-preset/90.preset", "disable debug-shell.service\n");
}

static void add(const char *root, const char *path, const char *before, const char *after)
{
	_cleanup_free_ char *text = NULL;

	if (asprintf(&text, "%s%s", before, after) < 0)
		text = NULL;
	assert_non_null(text);
	tree_file(root, path, text);
}

static void make_state(const char *root)
{
	tree_directory(root, INSTANCE);
	tree_directory(root, INSTANCE "/scripts");
	tree_directory(root, INSTANCE "/sem");
	tree_file(root, INSTANCE "/user-data.txt", user_data);
	tree_file(root, INSTANCE "/sem/config_ssh", "1\n");
	tree_file(root, INSTANCE "/scripts/runcmd",
		  "#!/bin/sh\n'touch' '/var/ready'\nsystemctl enable --now app.service\n");
	tree_mode(root, INSTANCE "/scripts/runcmd", 0700);
	tree_link(root, "var/lib/cloud/instance", "/var/lib/cloud/instances/i-1");
}

static void make_home(const char *root)
{
	tree_directory(root, "home/ops");
	tree_owner(root, "home/ops", 1000, 1000);
	tree_file(root, "home/ops/.profile", "# profile\n");
	tree_owner(root, "home/ops/.profile", 1000, 1000);
	tree_directory(root, "home/ops/.ssh");
	tree_mode(root, "home/ops/.ssh", 0700);
	tree_owner(root, "home/ops/.ssh", 1000, 1000);
	tree_file(root, "home/ops/.ssh/authorized_keys", KEY " ops@example\n");
	tree_mode(root, "home/ops/.ssh/authorized_keys", 0600);
	tree_owner(root, "home/ops/.ssh/authorized_keys", 1000, 1000);
}

static void boot(const char *root)
{
	make_state(root);
	make_home(root);
	add(root, "etc/passwd", passwd, "ops:x:1000:1000::/home/ops:/bin/sh\n");
	add(root, "etc/shadow", shadow, "ops:!:20780:0:99999:7:::\n");
	tree_mode(root, "etc/shadow", 0640);
	tree_file(root, "etc/group", "root:x:0:\nsudo:x:27:ops\nops:x:1000:\n");
	tree_file(root, "etc/hostname", "vm1\n");
	tree_file(root, "etc/motd", "hello\n");
	tree_file(root, "opt/run", "#!/bin/sh\n");
	tree_mode(root, "opt/run", 0755);
	tree_file(root, "var/ready", "");
	tree_file(root, "etc/rsyslog.d/20-cloud-config.conf", "*.* @@10.0.0.9:514\n");
	tree_file(root, "etc/sudoers.d/90-cloud-init-users",
		  "# Created by cloud-init\n\n# User rules for ops\nops ALL=(ALL) ALL\n");
	tree_mode(root, "etc/sudoers.d/90-cloud-init-users", 0440);
	tree_file(root, "etc/ssh/sshd_config.d/50-cloud-init.conf", "PasswordAuthentication no\n");
	tree_link(root, "etc/systemd/system/multi-user.target.wants/app.service",
		  "/usr/lib/systemd/system/app.service");
}

static void check_boot(struct trial *trial, struct findings *ret)
{
	_cleanup_comparison_ struct comparison comparison = {};
	_cleanup_close_ int root_fd = root_open(trial->root);
	struct check_context context = {
		.situation = SITUATION_BOOT,
		.root_fd = root_fd,
		.policy = trial->manifest->policy,
		.comparison = &comparison,
	};

	assert_true(root_fd >= 0);
	trial_compare(trial, PHASE_BOOT, &comparison);
	findings_done(ret);
	*ret = (struct findings){};
	assert_int_equal(checks_run(&context, &comparison.coverage, ret), 0);
}

static void seal(struct trial *trial)
{
	make_image(trial->root);
	trial_seal(trial, "");
}

static bool is_about(const struct finding *finding, const char *path)
{
	bool found = finding->path && strcmp(finding->path, path) == 0;

	for (size_t i = 0; !found && i < finding->n_related; i++)
		found = strcmp(finding->related[i], path) == 0;
	return found;
}

static void test_first_boot(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	seal(trial);
	boot(trial->root);
	check_boot(trial, &findings);
	assert_true(findings.count > 5);
	for (size_t i = 0; i < findings.count; i++)
		if (findings.items[i].severity != SEVERITY_INFO)
			fail_msg("%s %s: %s (%s)", findings.items[i].code, findings.items[i].path,
				 findings.items[i].title, findings.items[i].actual);
}

/* Somebody's work beside the first boot's: what each does, and the word that has to be told. */
static const struct plant {
	const char *path, *text, *word;
	mode_t mode;
} plants[] = {
	{"etc/passwd",
	 "root:x:0:0:root:/root:/bin/bash\ngames:x:5:60:games:/usr/games:/usr/sbin/nologin\n"
	 "helper:x:0:0::/root:/bin/sh\nops:x:1000:1000::/home/ops:/bin/sh\n",
	 "helper", 0644},
	{"etc/shadow",
	 "root:*:19000:0:99999:7:::\ngames::19000:0:99999:7:::\nops:!:20780:0:99999:7:::\n",
	 "empty", 0640},
	{"etc/group", "root:x:0:\nsudo:x:27:games,ops\nops:x:1000:\n", "games", 0644},
	{"home/ops/.ssh/authorized_keys", KEY " ops@example\n" OTHER " other@example\n",
	 "other@example", 0600},
	{"home/ops/.ssh/authorized_keys", "command=\"/opt/x\" " KEY " ops@example\n", "options",
	 0600},
	{"etc/sudoers.d/90-cloud-init-users", "ops ALL=(ALL) NOPASSWD:ALL\n", "NOPASSWD", 0440},
	{"etc/sudoers.d/90-cloud-init-users", "#includedir /opt\n", "includedir", 0440},
	{"etc/motd", "good bye\n", "another content", 0644},
	{"opt/run", "#!/bin/sh\n", "another mode", 04755},
	{"etc/hostname", "$(reboot)\n", "content", 0644},
	{"etc/ssh/sshd_config.d/50-cloud-init.conf", "PermitRootLogin yes\n", "PermitRootLogin",
	 0644},
	{"etc/ssh/sshd_config.d/50-cloud-init.conf", "PasswordAuthentication yes\n",
	 "PasswordAuthentication", 0644},
	{"etc/rsyslog.d/20-cloud-config.conf", "*.* ^/opt/x\n", "^/opt/x", 0644},
	{INSTANCE "/scripts/runcmd", "#!/bin/sh\n/opt/x\n", "no part of user-data", 0700},
	{INSTANCE "/scripts/part-001", "#!/bin/sh\n/opt/x\n", "no part of user-data", 0700},
	{"home/ops/.profile", "/opt/x\n", "/opt/x", 0644},
	{"home/ops/.bashrc", "/opt/x\n", "/opt/x", 0644},
	{"var/lib/cloud/seed", "x\n", "seed", 0644},
};

static void plant(const char *root, const struct plant *plant)
{
	tree_file(root, plant->path, plant->text);
	tree_mode(root, plant->path, plant->mode);
	if (strncmp(plant->path, "home/ops", strlen("home/ops")) == 0)
		tree_owner(root, plant->path, 1000, 1000);
}

static void expect_told(const struct findings *findings, const char *path, const char *word)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		if (finding->severity >= SEVERITY_MEDIUM && is_about(finding, path) &&
		    (strstr(finding->title, word) ||
		     (finding->actual && strstr(finding->actual, word))))
			return;
	}
	for (size_t i = 0; i < findings->count; i++)
		print_message("%d %s %s: %s\n", (int)findings->items[i].severity,
			      findings->items[i].code, findings->items[i].path,
			      findings->items[i].actual);
	fail_msg("%s is not told of with \"%s\"", path, word);
}

static void test_plants(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(plants); i++) {
		_cleanup_findings_ struct findings findings = {};
		_cleanup_free_ char *path = NULL;
		struct trial *trial;
		void *own;

		assert_int_equal(trial_setup(&own), 0);
		trial = own;
		seal(trial);
		boot(trial->root);
		plant(trial->root, &plants[i]);
		check_boot(trial, &findings);
		assert_true(asprintf(&path, "/%s", plants[i].path) > 0);
		expect_told(&findings, path, plants[i].word);
		assert_int_equal(trial_teardown(&own), 0);
	}
}

static void test_links(void **state)
{
	static const char wants[] = "etc/systemd/system/multi-user.target.wants/";
	static const struct {
		const char *name, *target, *word;
	} rows[] = {
		{"debug-shell.service", "/usr/lib/systemd/system/debug-shell.service", "presets"},
		{"other.service", "/usr/lib/systemd/system/debug-shell.service", "does not ask"},
		{"tmp.service", "/tmp/x.service", "/tmp/x.service"},
	};
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	seal(trial);
	boot(trial->root);
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_free_ char *path = NULL;

		assert_true(asprintf(&path, "/%s%s", wants, rows[i].name) > 0);
		tree_link(trial->root, path + 1, rows[i].target);
		check_boot(trial, &findings);
		expect_told(&findings, path, rows[i].word);
		tree_remove(trial->root, path + 1);
	}
}

/* Configuration that came after the seal declares nothing. */
static void test_untrusted_default(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	seal(trial);
	boot(trial->root);
	tree_file(trial->root, "etc/cloud/cloud.cfg",
		  "users: [{name: helper}]\nsystem_info: {default_user: {name: debian}}\n");
	add(trial->root, "etc/passwd", passwd,
	    "ops:x:1000:1000::/home/ops:/bin/sh\nhelper:x:1001:1001::/home/helper:/bin/sh\n");
	check_boot(trial, &findings);
	expect_told(&findings, "/etc/passwd", "helper");
	expect_told(&findings, "/etc/cloud/cloud.cfg", "sha256");
}

/* In the image phase nothing is explained. */
static void test_image_phase(void **state)
{
	struct trial *trial = *state;
	_cleanup_comparison_ struct comparison comparison = {};
	_cleanup_findings_ struct findings findings = {};

	seal(trial);
	boot(trial->root);
	trial_compare(trial, PHASE_IMAGE, &comparison);
	trial_check(trial, &comparison, 0, &findings);
	expect_told(&findings, "/etc/hostname", "sha256");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_boot, trial_setup, trial_teardown),
		cmocka_unit_test(test_plants),
		cmocka_unit_test_setup_teardown(test_links, trial_setup, trial_teardown),
		cmocka_unit_test_setup_teardown(test_untrusted_default, trial_setup,
						trial_teardown),
		cmocka_unit_test_setup_teardown(test_image_phase, trial_setup, trial_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
