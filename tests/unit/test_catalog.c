/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static size_t kind_length(const char *code)
{
	return strcspn(code, ".");
}

static void kinds_are_sorted_and_codes_unique(void **state)
{
	size_t count;
	const struct catalog_entry *entries = catalog_list(&count);

	(void)state;
	assert_true(count > 100);
	for (size_t i = 1; i < count; i++) {
		const char *before = entries[i - 1].code, *code = entries[i].code;
		size_t length = kind_length(code);

		if (kind_length(before) != length || strncmp(before, code, length) != 0)
			assert_true(strcmp(before, code) < 0);
		for (size_t k = 0; k < i; k++)
			if (strcmp(entries[k].code, code) == 0)
				fail_msg("%s is there twice", code);
	}
}

static void finds_each_and_no_other(void **state)
{
	static const char *const unknown[] = {"",
					      "service",
					      "service.",
					      "service.x",
					      "Service.changed",
					      "zzz.changed",
					      "a.changed",
					      "service.changed ",
					      "miner.changed",
					      "coverage.none"};
	size_t count;
	const struct catalog_entry *entries = catalog_list(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		assert_ptr_equal(catalog_find(entries[i].code), &entries[i]);
	for (size_t i = 0; i < ELEMENTS(unknown); i++)
		assert_null(catalog_find(unknown[i]));
	assert_null(catalog_find(NULL));
}

/* Whole sentences, or for a command any text, without doubled blanks or loose ends. */
static void check_text(const char *code, const char *what, const char *text, bool sentence)
{
	size_t length;

	if (!text || strlen(text) < 4)
		fail_msg("%s: no %s", code, what);
	length = strlen(text);
	if (strstr(text, "  ") || isspace((unsigned char)text[0]) ||
	    isspace((unsigned char)text[length - 1]))
		fail_msg("%s: %s has loose blanks: \"%s\"", code, what, text);
	if (sentence && (!isupper((unsigned char)text[0]) &&
			 strncmp(text, "cloud-init ", 11) != 0 && strncmp(text, "cron ", 5) != 0 &&
			 strncmp(text, "systemd ", 8) != 0 && strncmp(text, "apt ", 4) != 0 &&
			 strncmp(text, "udev ", 5) != 0 && strncmp(text, "rc.local ", 9) != 0))
		fail_msg("%s: %s does not begin a sentence: \"%s\"", code, what, text);
	if (sentence && text[length - 1] != '.')
		fail_msg("%s: %s does not end in a full stop: \"%s\"", code, what, text);
	if (strstr(text, ". and ") || strstr(text, ".."))
		fail_msg("%s: %s is joined badly: \"%s\"", code, what, text);
}

static void every_entry_is_complete(void **state)
{
	size_t count;
	const struct catalog_entry *entries = catalog_list(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct catalog_entry *entry = &entries[i];

		assert_non_null(severity_to_string(entry->severity));
		assert_int_not_equal(entry->severity, SEVERITY_INFO);
		check_text(entry->code, "summary", entry->summary, true);
		check_text(entry->code, "why", entry->why, true);
		check_text(entry->code, "confirm", entry->confirm, false);
		check_text(entry->code, "remedy", entry->remedy, true);
	}
}

static void check_code(const char *code)
{
	const char *dot = strchr(code, '.');

	if (!dot || dot == code || !dot[1] ||
	    code[strspn(code, "abcdefghijklmnopqrstuvwxyz-.")] != '\0' || strchr(dot + 1, '.'))
		fail_msg("code \"%s\" is not of the form <check>.<what>", code);
}

static void check_technique(const char *code, const char *id)
{
	size_t length = strlen(id);

	if ((length != 5 && length != 9) || id[0] != 'T' || strspn(id + 1, "0123456789") != 4 ||
	    (length == 9 && (id[5] != '.' || strspn(id + 6, "0123456789") != 3)))
		fail_msg("%s: \"%s\" is not an ATT&CK id", code, id);
}

static void codes_and_techniques_have_their_form(void **state)
{
	size_t count;
	const struct catalog_entry *entries = catalog_list(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		bool ended = false;

		check_code(entries[i].code);
		for (size_t t = 0; t < CATALOG_ATTACK_MAX; t++) {
			const char *id = entries[i].attack[t];

			assert_false(ended && id);
			ended = !id;
			if (id)
				check_technique(entries[i].code, id);
		}
	}
}

/* A spot check against the list that the mechanisms were written from. */
static const struct {
	const char *kind;
	enum severity changed, missing, unexpected;
	const char *attack;
} triples[] = {
	{"account", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1136.001"},
	{"aptsource", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1195.002"},
	{"at", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1053.002"},
	{"binary", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1554"},
	{"boot", SEVERITY_CRITICAL, SEVERITY_CRITICAL, SEVERITY_CRITICAL, "T1542.003"},
	{"ca", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1553.004"},
	{"cloudinit", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1037"},
	{"container", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1610"},
	{"cron", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1053.003"},
	{"defense", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1685"},
	{"dnshosts", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1565.001"},
	{"file", SEVERITY_HIGH, SEVERITY_MEDIUM, SEVERITY_MEDIUM, NULL},
	{"hidden", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1564.001"},
	{"init", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1037.004"},
	{"kmod", SEVERITY_CRITICAL, SEVERITY_CRITICAL, SEVERITY_CRITICAL, "T1547.006"},
	{"linker", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1574"},
	{"motd", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1037"},
	{"nethook", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1546"},
	{"pam", SEVERITY_CRITICAL, SEVERITY_CRITICAL, SEVERITY_CRITICAL, "T1556.003"},
	{"pkghook", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1546.016"},
	{"polkit", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1556"},
	{"preload", SEVERITY_CRITICAL, SEVERITY_CRITICAL, SEVERITY_CRITICAL, "T1574.006"},
	{"remote", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1572"},
	{"secret", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1552.004"},
	{"service", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1543.002"},
	{"shell", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1546.004"},
	{"sshd", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1556"},
	{"sshkey", SEVERITY_CRITICAL, SEVERITY_HIGH, SEVERITY_CRITICAL, "T1098.004"},
	{"sudo", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1548.003"},
	{"suid", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1548.001"},
	{"timer", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1053.006"},
	{"trigger", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1546"},
	{"udev", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1546.017"},
	{"xdg", SEVERITY_HIGH, SEVERITY_HIGH, SEVERITY_HIGH, "T1547.013"},
};

static void mechanisms_have_their_triples(void **state)
{
	static const char *const whats[] = {"changed", "missing", "unexpected"};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(triples); i++) {
		const enum severity severities[] = {triples[i].changed, triples[i].missing,
						    triples[i].unexpected};

		for (size_t w = 0; w < ELEMENTS(whats); w++) {
			const struct catalog_entry *entry;
			char code[64];

			snprintf(code, sizeof(code), "%s.%s", triples[i].kind, whats[w]);
			entry = catalog_find(code);
			if (!entry)
				fail_msg("%s is not in the catalogue", code);
			assert_int_equal(entry->severity, severities[w]);
			if (triples[i].attack)
				assert_string_equal(entry->attack[0], triples[i].attack);
			else
				assert_null(entry->attack[0]);
		}
	}
}

static void single_codes_are_there(void **state)
{
	static const char *const codes[] = {
		"coverage.changed-while-read",
		"coverage.check-failed",
		"coverage.limit",
		"coverage.mount",
		"coverage.unreadable",
		"coverage.vanished",
		"evidence.coverage",
		"evidence.findings",
		"evidence.id-reuse",
		"evidence.manifest-mismatch",
		"evidence.not-evaluated",
		"evidence.verdict-differs",
		"evidence.digest-mismatch",
		"evidence.expired-manifest",
		"evidence.key-change",
		"evidence.no-manifest",
		"evidence.replay",
		"evidence.revoked-manifest",
		"evidence.unknown-manifest",
		"evidence.untrusted-signer",
		"evidence.wrong-nonce",
		"generated.baked-in",
		"keys.instance-key",
		"manifest.expired",
		"manifest.mismatch",
		"manifest.untrusted",
		"miner.unexpected",
		"waiver.expired",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(codes); i++)
		if (!catalog_find(codes[i]))
			fail_msg("%s is not in the catalogue", codes[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_are_sorted_and_codes_unique),
		cmocka_unit_test(finds_each_and_no_other),
		cmocka_unit_test(every_entry_is_complete),
		cmocka_unit_test(codes_and_techniques_have_their_form),
		cmocka_unit_test(mechanisms_have_their_triples),
		cmocka_unit_test(single_codes_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
