/* SPDX-License-Identifier: Apache-2.0 */
#include "check/package_sources.h"

#include "judged.h"

static void is_silent_about_debian(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	judged_file(trial, "etc/apt/sources.list",
		    "deb http://deb.debian.org/debian bookworm main\n"
		    "deb http://security.debian.org/debian-security bookworm-security main\n");
	judged_file(
		trial, "etc/apt/sources.list.d/debian.sources",
		"Types: deb\nURIs: mirror+file:///etc/apt/mirrors/debian.list\nSuites: bookworm\n");
	judged_file(trial, "etc/apt/apt.conf.d/90cloud-init-pipelining",
		    "Acquire::http::Pipeline-Depth \"0\";\n");
	judged_file(trial, "etc/apt/preferences.d/x",
		    "Package: *\nPin: release a=x\nPin-Priority: 500\n");
	judged_file(trial, "etc/pip.conf", "[global]\ntimeout = 60\n");
	judge_in(trial, SITUATION_AUDIT, package_sources_check, &findings);
	judged_expect_none(&findings);
}

static void each_is_told(void **state)
{
	static const struct {
		const char *path, *text, *code;
	} files[] = {
		{"etc/apt/sources.list.d/a.list", "deb [trusted=yes] http://evil.example x main\n",
		 "aptsource.insecure"},
		{"etc/apt/sources.list.d/b.sources",
		 "Types: deb\nURIs: http://evil.example\nSuites: x\nAllow-Insecure: yes\n",
		 "aptsource.insecure"},
		{"etc/apt/sources.list.d/c.list", "deb http://evil.example x main\n",
		 "aptsource.unsigned"},
		{"etc/apt/sources.list.d/d.list",
		 "deb [signed-by=/usr/share/keyrings/d.gpg] https://vendor.example x main\n",
		 "aptsource.foreign"},
		{"etc/apt/apt.conf.d/99x", "Acquire::https::Verify-Peer \"false\";\n",
		 "aptsource.insecure"},
		{"etc/apt/preferences.d/x", "Package: openssl\nPin: version *\nPin-Priority: -1\n",
		 "aptsource.pin"},
		{"etc/apt/trusted.gpg.d/x.gpg", "key", "aptsource.key"},
		{"usr/share/keyrings/d.gpg", "key", "aptsource.key"},
		{"etc/pip.conf", "[global]\nindex-url = http://evil.example/simple\n",
		 "aptsource.index"},
		{"root/.config/pip/pip.conf", "[global]\nextra-index-url=http://evil.example\n",
		 "aptsource.index"},
	};
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	for (size_t i = 0; i < ELEMENTS(files); i++)
		judged_file(trial, files[i].path, files[i].text);
	judge(trial, package_sources_check, &findings);
	assert_int_equal(findings.count, ELEMENTS(files));
	for (size_t i = 0; i < ELEMENTS(files); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/%s", files[i].path);
		(void)judged_find(&findings, files[i].code, path, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		JUDGED_TEST(is_silent_about_debian),
		JUDGED_TEST(each_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
