/* SPDX-License-Identifier: Apache-2.0 */
/* A small Debian-like root: what an audit says of it, and of one change each. */
#include "audit_root.h"
#include "check/check.h"
#include "check/mechanism.h"
#include "measure/root.h"
#include "scratch.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define INFO	"var/lib/dpkg/info/"
#define CONTENT "content\n"
#define MD5	"f75b8179e4bbe7e2b4a074dcef62de95" /* of CONTENT */
#define PROFILE "umask 022\n"
#define UNIT \
	"[Service]\nExecStart=/usr/bin/x\n[Install]\nWantedBy=multi-user.target\nAlias=y.service\n"

struct fixture {
	void *scratch;
	char *root;
	struct findings findings;
};

static void make_directories(const char *root)
{
	static const char *const directories[] = {
		"",
		"usr",
		"usr/bin",
		"usr/lib",
		"usr/lib/systemd",
		"etc",
		"etc/systemd",
		"etc/cron.d",
		"usr/share",
		"usr/share/base-files",
		"tmp",
		"srv",
		"opt",
		"usr/local",
		"usr/local/bin",
		"var",
		"var/lib",
		"var/lib/dpkg",
		INFO,
		"usr/lib/systemd/system",
		"etc/init.d",
		"etc/rc2.d",
		"etc/systemd/system",
		"etc/systemd/system/multi-user.target.wants",
	};

	for (size_t i = 0; i < ELEMENTS(directories); i++)
		tree_directory(root, directories[i]);
}

static void make_stock(const char *root)
{
	make_directories(root);
	tree_file(root, "usr/bin/x", CONTENT);
	tree_mode(root, "usr/bin/x", 0755);
	tree_file(root, "usr/bin/find", CONTENT);
	tree_mode(root, "usr/bin/find", 0755);
	tree_file(root, "etc/x.conf", CONTENT);
	tree_file(root, "etc/init.d/x", CONTENT);
	tree_file(root, "usr/share/base-files/profile", PROFILE);
	tree_file(root, "usr/lib/systemd/system/x.service", UNIT);
	tree_file(
		root, INFO "x.list",
		"/.\n/etc/cron.d\n/usr\n/usr/bin\n/usr/bin/x\n/usr/bin/find\n/etc\n/etc/x.conf\n/etc/init.d\n"
		"/etc/init.d/x\n"
		"/usr/share/doc/x/changelog.gz\n/usr/lib\n/var\n/var/lib\n");
	/* A package without checksums. */
	tree_file(root, INFO "y.list",
		  "/usr/share/base-files/profile\n/usr/lib/systemd/system/x.service\n");
	tree_file(root, INFO "x.md5sums",
		  MD5 "  usr/bin/x\n" MD5 "  usr/bin/find\n"
		      "00000000000000000000000000000000  usr/share/doc/x/changelog.gz\n");
	tree_file(root, "var/lib/dpkg/status",
		  "Package: x\nConffiles:\n /etc/x.conf " MD5 "\n /etc/init.d/x " MD5 "\n");
	/* What nobody owns and every Debian has. */
	tree_file(root, "etc/passwd", "root:x:0:0::/root:/bin/sh\n");
	tree_file(root, "etc/profile", PROFILE);
	tree_link(root, "etc/rc2.d/S01x", "../init.d/x");
	tree_link(root, "etc/systemd/system/multi-user.target.wants/x.service",
		  "/usr/lib/systemd/system/x.service");
	tree_link(root, "etc/systemd/system/y.service", "/usr/lib/systemd/system/x.service");
	tree_file(root, "srv/data", "data\n");
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture || scratch_setup(&fixture->scratch) != 0)
		return -1;
	fixture->root = tree_path(fixture->scratch, "root");
	make_stock(fixture->root);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	void *scratch = fixture->scratch;

	findings_done(&fixture->findings);
	free(fixture->root);
	free(fixture);
	*state = NULL;
	return scratch_teardown(&scratch);
}

static void audit(struct fixture *fixture)
{
	_cleanup_(packages_free_p) struct packages *packages = NULL;
	_cleanup_(policy_free_p) struct policy *policy = NULL;
	_cleanup_comparison_ struct comparison comparison = {};
	_cleanup_close_ int root_fd = root_open(fixture->root);
	int r;

	assert_true(root_fd >= 0);
	findings_done(&fixture->findings);
	fixture->findings = (struct findings){};
	r = packages_load(root_fd, &packages, NULL);
	assert_true(r == 0 || r == -ENOENT);
	assert_int_equal(policy_new_default(&policy, NULL), 0);
	assert_int_equal(audit_root(&(struct audit_options){.root = fixture->root,
							    .policy = policy,
							    .packages = packages,
							    .workers = 2,
							    .is_minor = mechanism_is_minor},
				    &comparison, NULL),
			 0);
	assert_int_equal(checks_run(&(struct check_context){.situation = SITUATION_AUDIT,
							    .root_fd = root_fd,
							    .policy = policy,
							    .comparison = &comparison,
							    .packages = packages,
							    .unvouched = !packages},
				    &comparison.coverage, &fixture->findings),
			 0);
}

/* Exactly one finding, of that code and severity and path. */
static void expect(struct fixture *fixture, const char *code, enum severity severity,
		   const char *path)
{
	const struct finding *finding = fixture->findings.items;

	audit(fixture);
	finding = fixture->findings.items;
	for (size_t i = 1; i < fixture->findings.count; i++)
		fail_msg("also %s of %s", finding[i].code, finding[i].path);
	if (fixture->findings.count == 0)
		fail_msg("nothing of %s", path);
	assert_string_equal(finding->code, code);
	assert_string_equal(finding->path, path);
	assert_int_equal(finding->severity, severity);
	assert_true(finding->title && finding->actual);
}

static void stock_is_clean(void **state)
{
	struct fixture *fixture = *state;

	audit(fixture);
	for (size_t i = 0; i < fixture->findings.count; i++)
		fail_msg("%s of %s", fixture->findings.items[i].code,
			 fixture->findings.items[i].path);
}

static void altered(void **state)
{
	struct fixture *fixture = *state;

	tree_append(fixture->root, "usr/bin/x", "more");
	expect(fixture, "binary.altered", SEVERITY_HIGH, "/usr/bin/x");
	assert_string_equal(fixture->findings.items[0].package, "x");
	assert_non_null(strstr(fixture->findings.items[0].expected, "md5:" MD5));
}

static void altered_conffile(void **state)
{
	struct fixture *fixture = *state;

	tree_append(fixture->root, "etc/x.conf", "more");
	expect(fixture, "file.altered", SEVERITY_LOW, "/etc/x.conf");
}

static void replaced_by_a_link(void **state)
{
	struct fixture *fixture = *state;

	tree_remove(fixture->root, "usr/bin/x");
	tree_link(fixture->root, "usr/bin/x", "/srv/data");
	expect(fixture, "binary.altered", SEVERITY_HIGH, "/usr/bin/x");
}

/* An administrator moved a directory away: dpkg follows the link, and so does the audit. */
static void moved_behind_a_link(void **state)
{
	struct fixture *fixture = *state;

	tree_rename(fixture->root, "etc/init.d", "srv/init.d");
	tree_link(fixture->root, "etc/init.d", "/srv/init.d");
	audit(fixture);
	for (size_t i = 0; i < fixture->findings.count; i++)
		assert_null(strstr(fixture->findings.items[i].code, ".removed"));
}

static void rights(void **state)
{
	struct fixture *fixture = *state;

	tree_mode(fixture->root, "usr/bin/find", 04755);
	expect(fixture, "suid.altered", SEVERITY_HIGH, "/usr/bin/find");
	tree_mode(fixture->root, "usr/bin/find", 0755);
	tree_mode(fixture->root, "usr/bin/x", 04755);
	expect(fixture, "suid.altered", SEVERITY_LOW, "/usr/bin/x");
	tree_mode(fixture->root, "usr/bin/x", 0777);
	expect(fixture, "binary.altered", SEVERITY_HIGH, "/usr/bin/x");
}

static void removed(void **state)
{
	struct fixture *fixture = *state;

	tree_remove(fixture->root, "usr/bin/find");
	expect(fixture, "binary.removed", SEVERITY_LOW, "/usr/bin/find");
}

static void unowned(void **state)
{
	static const struct {
		const char *path, *code;
		enum severity severity;
		mode_t mode;
	} rows[] = {
		{"etc/cron.d/job", "cron.unowned", SEVERITY_MEDIUM, 0644},
		{"etc/systemd/system/z.service", "service.unowned", SEVERITY_MEDIUM, 0644},
		{"opt/shell", "suid.unowned", SEVERITY_HIGH, 04755},
		{"tmp/run", "hidden.unowned", SEVERITY_MEDIUM, 0755},
		{"usr/local/bin/tool", "binary.unowned", SEVERITY_LOW, 0755},
		{"usr/local/bin/find", "binary.unowned", SEVERITY_MEDIUM, 0755},
		{"usr/lib/.x", "hidden.unowned", SEVERITY_MEDIUM, 0644},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_free_ char *path = NULL;

		tree_file(fixture->root, rows[i].path, "true\n");
		tree_mode(fixture->root, rows[i].path, rows[i].mode);
		assert_true(asprintf(&path, "/%s", rows[i].path) > 0);
		expect(fixture, rows[i].code, rows[i].severity, path);
		tree_remove(fixture->root, rows[i].path);
	}
}

/* The program that a unit names belongs to the unit's finding, wherever it lies. */
static void follows_the_reference(void **state)
{
	struct fixture *fixture = *state;

	tree_file(fixture->root, "srv/miner", "x");
	tree_file(fixture->root, "etc/cron.d/job", "* * * * * root /srv/miner\n");
	expect(fixture, "cron.starts-unvouched", SEVERITY_MEDIUM, "/etc/cron.d/job");
	for (size_t i = 1; i < fixture->findings.items[0].n_related; i++)
		fail_msg("also %s", fixture->findings.items[0].related[i]);
	assert_int_equal(fixture->findings.items[0].n_related, 1);
	assert_string_equal(fixture->findings.items[0].related[0], "/srv/miner");
}

/* Each rule holds for what it is meant for and for nothing else. */
static void rules_look_twice(void **state)
{
	struct fixture *fixture = *state;

	tree_append(fixture->root, "etc/profile", "true\n");
	expect(fixture, "shell.unowned", SEVERITY_MEDIUM, "/etc/profile");
	tree_file(fixture->root, "etc/profile", PROFILE);

	tree_link(fixture->root, "etc/rc2.d/S02x", "../../opt/x");
	expect(fixture, "init.unowned", SEVERITY_MEDIUM, "/etc/rc2.d/S02x");
	tree_remove(fixture->root, "etc/rc2.d/S02x");

	/* Neither wanted there nor an alias that the unit declares. */
	tree_link(fixture->root, "etc/systemd/system/n.service",
		  "/usr/lib/systemd/system/x.service");
	expect(fixture, "service.unowned", SEVERITY_MEDIUM, "/etc/systemd/system/n.service");
}

/* A link to a unit that was altered is not explained by what the unit says of itself. */
static void altered_unit_explains_nothing(void **state)
{
	struct fixture *fixture = *state;

	tree_file(fixture->root, INFO "y.md5sums", MD5 "  usr/lib/systemd/system/x.service\n");
	audit(fixture);
	for (size_t i = 0; i < fixture->findings.count; i++)
		if (strcmp(fixture->findings.items[i].code, "service.altered") == 0) {
			assert_true(fixture->findings.items[i].n_related >= 1);
			return;
		}
	fail_msg("the unit is not named");
}

static void no_database(void **state)
{
	struct fixture *fixture = *state;

	tree_rename(fixture->root, "var/lib/dpkg", "srv/dpkg");
	tree_file(fixture->root, "tmp/run", "#!/bin/sh\n");
	/* That no package has these says nothing here. */
	tree_directory(fixture->root, "usr/lib/security");
	tree_directory(fixture->root, "etc/pam.d");
	tree_directory(fixture->root, "etc/apt");
	tree_directory(fixture->root, "etc/apt/trusted.gpg.d");
	tree_directory(fixture->root, "usr/share/polkit-1");
	tree_directory(fixture->root, "usr/share/polkit-1/actions");
	tree_file(fixture->root, "usr/lib/security/pam_x.so", "x");
	tree_file(fixture->root, "etc/pam.d/x", "auth required pam_x.so\n");
	tree_file(fixture->root, "etc/apt/trusted.gpg.d/x.asc", "x");
	tree_file(fixture->root, "usr/share/polkit-1/actions/x.policy",
		  "<allow_any>yes</allow_any>\n");
	audit(fixture);
	assert_int_equal(fixture->findings.count, 2);
	for (size_t i = 0; i < 2; i++)
		if (strcmp(fixture->findings.items[i].code, "coverage.no-packages") == 0)
			return;
	fail_msg("nothing says that there is no database");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stock_is_clean),
		TEST(altered),
		TEST(altered_conffile),
		TEST(replaced_by_a_link),
		TEST(moved_behind_a_link),
		TEST(rights),
		TEST(removed),
		TEST(unowned),
		TEST(follows_the_reference),
		TEST(rules_look_twice),
		TEST(altered_unit_explains_nothing),
		TEST(no_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
