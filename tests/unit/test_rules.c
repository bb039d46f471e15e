/* SPDX-License-Identifier: Apache-2.0 */
#include "check/rules.h"

#include "catalog.h"
#include "check/rules_own.h"
#include "measure/root.h"
#include "scratch.h"
#include "tree.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct rules *load(const char *directory, struct findings *findings)
{
	_cleanup_error_ struct error error = {};
	struct rules *rules;
	int r = rules_load(directory, findings, &rules, &error);

	if (r < 0)
		fail_msg("rules: %s", error_text(&error, r));
	return rules;
}

/* Matches root/PATH; the codes of what matched, or "user" for a user's rule. */
static void scan(struct rules *rules, const char *root, const char *path, char *ret, size_t space)
{
	_cleanup_rule_matches_ struct rule_matches matches = {};
	_cleanup_window_ struct window window = {.fd = -EBADF};
	_cleanup_close_ int root_fd = root_open(root);

	assert_true(root_fd >= 0);
	assert_int_equal(window_open(&window, root_fd, path), 0);
	assert_int_equal(rules_scan(rules, &window, path, 10, &matches), 0);
	ret[0] = '\0';
	for (size_t i = 0; i < matches.count; i++) {
		const char *code = matches.items[i].code;
		size_t used = strlen(ret);

		assert_true(!code || catalog_find(code));
		(void)snprintf(ret + used, space - used, "%s%s", used ? " " : "",
			       code ? code : "user");
	}
}

static void expect(struct rules *rules, const char *root, const char *path, const char *text,
		   size_t size, const char *expected)
{
	char found[256];

	tree_bytes(root, path + 1, text, size);
	scan(rules, root, path, found, sizeof(found));
	if (strcmp(found, expected) != 0)
		fail_msg("%s: \"%s\", expected \"%s\" of:\n%.300s", path, found, expected, text);
}

#define ELF "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0"
#define MONERO                                                                                   \
	"48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYnDK9URnRoJMk1j8nLwEVsaSWJ4fhdUyZ" \
	"ijBGUicoD"

static void miners_match(void **state)
{
	static const struct {
		const char *path, *text, *codes;
	} cases[] = {
		{"/a.sh", "./a -o stratum+tcp://pool.invalid:4444 -u x -p y\n", "miner.pool"},
		{"/a.service",
		 "ExecStart=/usr/bin/a --url=stratum+ssl://10.0.0.1:443 --algo rx/0\n",
		 "miner.pool"},
		{"/a.conf", "./a -o xmr.nanopool.org:14444 -u " MONERO " --tls\n", "miner.pool"},
		{"/c.json",
		 "{\"Path\": \"/xmrig\", \"Args\": [\"-o\", \"gulf.moneroocean.stream:10128\"]}",
		 "miner.pool"},
		{"/config.json",
		 "{\"autosave\": true, \"cpu\": {\"huge-pages\": true, \"max-threads-hint\": 100},\n"
		 "\"donate-level\": 0, \"pools\": [{\"url\": \"h:1\", \"user\": \"w\"}]}",
		 "miner.configuration"},
		{"/pools.txt",
		 "\"pool_list\" :\n[{\"pool_address\" : \"h:1\", \"wallet_address\" : \"w\"}]",
		 "miner.configuration"},
		{"/conf",
		 "{\"url\" : \"stratum+tcp://host:1\", \"user\" : \"w\", \"pass\" : \"x\"}",
		 "miner.configuration"},
		{"/epools.txt", "POOL: eu1.pool.invalid:4444, WALLET: 0x1, PSW: x\n",
		 "miner.configuration"},
		{"/l.sh", "./l --algo ETCHASH --pool host.invalid:1010 --user w\n", "miner.pool"},
		{"/d.sh", "curl -L https://github.com/xmrig/xmrig/releases/download/v6/x.tar.gz\n",
		 "miner.program"},
		{"/p.sh", "_l=c3RyYXR1bSt0Y3A6Ly9wb29sLmludmFsaWQ6NDQ0NA==\n",
		 "miner.encoded-pool"},
		{"/h.sh",
		 "sysctl -w vm.nr_hugepages=1280\nmodprobe msr allow_writes=on\n"
		 "wrmsr -a 0x1a4 0xf\n",
		 "miner.preparation"},
		{"/m.py",
		 "s.send('{\"id\":1,\"method\":\"mining.subscribe\"}')\n"
		 "x = {'method': 'mining.authorize'}\n",
		 "miner.program"},
	};
	_cleanup_(rules_free_p) struct rules *rules = load(NULL, NULL);

	for (size_t i = 0; i < ELEMENTS(cases); i++)
		expect(rules, *state, cases[i].path, cases[i].text, strlen(cases[i].text),
		       cases[i].codes);
}

static void programs_match(void **state)
{
	static const char program[] = ELF "\0XMRig/%s\0stratum+tcp://\0donate-level\0randomx\0";
	static const char packed[] = ELF "\0\0\0UPX!\0";
	_cleanup_(rules_free_p) struct rules *rules = load(NULL, NULL);

	tree_directory(*state, "tmp");
	expect(rules, *state, "/systemd-helper", program, sizeof(program), "miner.program");
	expect(rules, *state, "/kworkerd", packed, sizeof(packed), "miner.packed-program");
	expect(rules, *state, "/tmp/x", packed, sizeof(packed), "miner.packed-program");
	expect(rules, *state, "/kdevtmpfsi", ELF, sizeof(ELF), "miner.named-program");
	expect(rules, *state, "/minerd.conf", "x", 1, "");
	expect(rules, *state, "/upx-made", packed, sizeof(packed), "");
}

/* One word, a name, a port, a list of indicators, a manual: no proof of anything. */
static void single_marks_do_not_match(void **state)
{
	static const char *const texts[] = {
		"stratum+tcp://\n",
		"- stratum+tcp\n- stratum+ssl\n- xmrig\n- minerd\n- pool.minexmr.com\n- 3333\n",
		"condition: proc.name in (xmrig, minerd) or cmdline contains \"stratum+tcp\"\n",
		"donate-level is an option of XMRig; RandomX is its algorithm\n",
		"vm.nr_hugepages = 1280\n",
		"wrmsr -a 0x1a4 0xf\n",
		"{\"url\": \"https://h\", \"user\": \"u\", \"pass\": \"p\"}",
		"{\"pools\": [], \"algorithm\": \"lru\"}",
		"127.0.0.1 pool.supportxmr.com\n0.0.0.0 xmr.nanopool.org\n",
		"donate to " MONERO "\n",
	};
	static const char program[] = ELF "stratum+tcp://\0xmrig\0pool.minexmr.com\0";
	_cleanup_(rules_free_p) struct rules *rules = load(NULL, NULL);

	for (size_t i = 0; i < ELEMENTS(texts); i++)
		expect(rules, *state, "/x", texts[i], strlen(texts[i]), "");
	expect(rules, *state, "/falco", program, sizeof(program), "");
}

/* Neither the rules' own text nor a program that has it in itself, as this test does. */
static void rules_do_not_match_themselves(void **state)
{
	_cleanup_(rules_free_p) struct rules *rules = load(NULL, NULL);
	_cleanup_free_ char *text = NULL;
	size_t size = strlen(rules_own);

	expect(rules, *state, "/miner.yar", rules_own, size, "");
	text = malloc(size + sizeof(ELF));
	assert_non_null(text);
	memcpy(text, ELF, sizeof(ELF));
	memcpy(text + sizeof(ELF), rules_own, size);
	expect(rules, *state, "/goldseal", text, size + sizeof(ELF), "");
}

static void users_rules_count(void **state)
{
	_cleanup_(rules_free_p) struct rules *rules = NULL;
	_cleanup_findings_ struct findings findings = {};
	_cleanup_free_ char *directory = tree_path(*state, "rules.d");

	tree_directory(*state, "rules.d");
	tree_file(
		*state, "rules.d/10-good.yar",
		"rule one { meta: description = \"d\" severity = \"low\" strings: $a = \"needle\" "
		"condition: $a and filename == \"hay\" }\n");
	tree_file(*state, "rules.d/20-broken.yar", "rule two {\n\tcondition: nothing_known\n}\n");
	tree_file(*state, "rules.d/30-include.yar", "include \"/etc/passwd\"\n");
	tree_file(*state, "rules.d/40-same.yara",
		  "rule one { strings: $a = \"other\" condition: $a }\n");
	tree_bytes(*state, "rules.d/50-binary.yar", "\0\1", 2);
	tree_file(*state, "rules.d/notes.txt", "not a rule\n");
	rules = load(directory, &findings);
	assert_int_equal(findings.count, 3);
	for (size_t i = 0; i < findings.count; i++)
		assert_string_equal(findings.items[i].code, "coverage.rules");
	assert_non_null(strstr(findings.items[0].title, "/20-broken.yar is not used: line 2: "));
	assert_non_null(strstr(findings.items[1].title, "/30-include.yar is not used: line 1: "));
	assert_non_null(strstr(findings.items[2].title, "/50-binary.yar is not used: "));
	expect(rules, *state, "/hay", "a needle", 8, "user");
	expect(rules, *state, "/straw", "a needle and other", 18, "user");
	expect(rules, *state, "/straw", "a needle", 8, "");
}

/* A pattern that goes back and forth, on bytes made for it, ends in time. */
static void slow_rules_end(void **state)
{
	_cleanup_(rules_free_p) struct rules *rules = NULL;
	_cleanup_findings_ struct findings findings = {};
	_cleanup_rule_matches_ struct rule_matches matches = {};
	_cleanup_window_ struct window window = {.fd = -EBADF};
	_cleanup_close_ int root_fd = root_open(*state);
	_cleanup_free_ char *directory = tree_path(*state, "rules.d");
	_cleanup_free_ char *bytes = malloc(8 << 20);
	int r;

	assert_non_null(bytes);
	memset(bytes, 'a', 8 << 20);
	tree_directory(*state, "rules.d");
	tree_file(*state, "rules.d/slow.yar",
		  "rule slow { strings: $a = /aaaa(a|aa)+a*a+[ab]{1,900}c/ condition: #a > 1 }\n");
	tree_bytes(*state, "x", bytes, 8 << 20);
	rules = load(directory, &findings);
	assert_int_equal(window_open(&window, root_fd, "/x"), 0);
	r = rules_scan(rules, &window, "/x", 1, &matches);
	assert_true(r == -ETIME || r == 0 || r == -EIO);
	assert_int_equal(matches.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(miners_match, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(programs_match, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(single_marks_do_not_match, scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(rules_do_not_match_themselves, scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(users_rules_count, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(slow_rules_end, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
