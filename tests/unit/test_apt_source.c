/* SPDX-License-Identifier: Apache-2.0 */
#include "check/apt_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void parses_lines(void **state)
{
	struct apt_source source;

	(void)state;
	assert_true(apt_source_parse(span_of("deb http://deb.debian.org/debian bookworm main"),
				     &source));
	assert_true(span_is(source.uri, "http://deb.debian.org/debian"));
	assert_true(!source.is_signed_by && !source.is_unchecked);
	assert_true(apt_source_parse(
		span_of(" deb-src [ arch=amd64 Signed-By=/k.gpg trusted=yes ] https://x y z"),
		&source));
	assert_true(source.is_signed_by && source.is_unchecked);
	assert_true(span_is(source.unchecked, "trusted") && span_is(source.uri, "https://x"));
	assert_true(apt_source_parse(span_of("deb [check-valid-until=no] http://x /"), &source));
	assert_true(source.is_unchecked);
	assert_true(apt_source_parse(span_of("deb [trusted=no] http://x /"), &source));
	assert_false(source.is_unchecked);
	assert_false(apt_source_parse(span_of("# deb http://x y"), &source));
	assert_false(apt_source_parse(span_of("deb [trusted=yes http://x"), &source));
	assert_false(apt_source_parse(span_of("deb"), &source));
	assert_false(apt_source_parse(span_of(""), &source));
}

static void parses_stanzas(void **state)
{
	struct span text = span_of("# head\nTypes: deb\nURIs: https://a http://b\nTrusted: yes\n\n"
				   "URIs: http://off\nEnabled: no\n\n"
				   "Types: deb\nuris: https://c\nSigned-By:\n -----BEGIN\n .\n");
	struct apt_source source;

	(void)state;
	assert_true(apt_stanza_next(&text, &source));
	assert_true(span_is(source.uri, "http://b") && source.is_unchecked);
	assert_true(apt_stanza_next(&text, &source));
	assert_true(span_is(source.uri, "https://c") && source.is_signed_by &&
		    !source.is_unchecked);
	assert_false(apt_stanza_next(&text, &source));
}

static void knows_archives(void **state)
{
	static const struct {
		const char *uri;
		bool is_archive;
	} uris[] = {
		{"http://deb.debian.org/debian", true},
		{"http://cdn-aws.deb.debian.org/debian", true},
		{"mirror+file:///etc/apt/mirrors/debian.list", true},
		{"https://security.ubuntu.com:443/ubuntu", true},
		{"file:/srv/repo", true},
		{"http://evildebian.org/debian", false},
		{"http://debian.org.evil.example/", false},
		{"http://deb.debian.org@evil.example/", false},
		{"http://evil.example/debian.org", false},
		{"", false},
		{"://", false},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(uris); i++)
		if (apt_is_archive(span_of(uris[i].uri)) != uris[i].is_archive)
			fail_msg("%s", uris[i].uri);
}

static void knows_settings(void **state)
{
	static const char *const bad[] = {
		"APT::Get::AllowUnauthenticated \"true\";",
		"Acquire { https { Verify-Peer \"false\"; } }",
		"acquire::allowinsecurerepositories 1;",
		"  Verify-Host = no;",
		"Acquire::Check-Valid-Until false;",
	};
	static const char *const good[] = {
		"// APT::Get::AllowUnauthenticated \"true\";",
		"APT::Get::AllowUnauthenticated \"false\";",
		"Acquire::https::Verify-Peer \"true\";",
		"APT::Periodic::Update-Package-Lists \"1\";",
		"Verify-Peer",
		"",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(bad); i++)
		if (apt_conf_unchecked(span_of(bad[i])).size == 0)
			fail_msg("passed: %s", bad[i]);
	for (size_t i = 0; i < ELEMENTS(good); i++)
		if (apt_conf_unchecked(span_of(good[i])).size != 0)
			fail_msg("not passed: %s", good[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_lines),
		cmocka_unit_test(parses_stanzas),
		cmocka_unit_test(knows_archives),
		cmocka_unit_test(knows_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
