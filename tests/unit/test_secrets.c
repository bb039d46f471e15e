/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog.h"
#include "check/window.h"
#include "trial.h"

#include <openssl/pem.h>

/* A key of the moment, as PEM. */
static char *make_pem(void)
{
	_cleanup_(EVP_PKEY_free_p) EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	_cleanup_(BIO_free_p) BIO *bio = BIO_new(BIO_s_mem());
	char *data, *copy;
	long size;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	size = BIO_get_mem_data(bio, &data);
	copy = strndup(data, (size_t)size);
	assert_non_null(copy);
	return copy;
}

static void check(struct trial *trial, enum situation situation, struct findings *ret)
{
	_cleanup_comparison_ struct comparison comparison = {};
	_cleanup_close_ int root_fd = root_open(trial->root);
	struct check_context context = {
		.situation = situation,
		.root_fd = root_fd,
		.policy = trial->manifest->policy,
		.comparison = &comparison,
	};

	assert_true(root_fd >= 0);
	trial_compare(trial, situation == SITUATION_BOOT ? PHASE_BOOT : PHASE_IMAGE, &comparison);
	assert_int_equal(checks_run(&context, &comparison.coverage, ret), 0);
}

static const struct finding *find(const struct findings *findings, const char *path)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].path && strcmp(findings->items[i].path, path) == 0)
			return &findings->items[i];
	fail_msg("no finding of %s", path);
	return NULL;
}

/* The finding tells kind, line and a digest, and nothing of the secret itself. */
static void the_secret_is_not_told(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	_cleanup_free_ char *pem = make_pem(), *text = NULL;
	_cleanup_json_ json_t *json = NULL;
	_cleanup_free_ char *shown = NULL;
	const struct finding *finding;

	trial_seal(trial, "");
	assert_true(asprintf(&text, "see below\n%spassword = \"%s%s\"\n", pem, "kZ3vQ9a", "WxR7b") >
		    0);
	tree_file(trial->root, "notes.txt", text);
	check(trial, SITUATION_IMAGE, &findings);
	finding = find(&findings, "/notes.txt");
	assert_int_equal(findings.count, 1);
	assert_string_equal(finding->code, "secret.private-key");
	assert_int_equal(finding->severity, SEVERITY_HIGH);
	assert_string_equal(finding->title, "notes.txt holds a private key and more");
	assert_non_null(strstr(finding->actual, "line 2: a private key (sha256 "));
	assert_non_null(strstr(finding->actual, "; line 5: a password"));
	json = findings_to_json(&findings);
	shown = json_dumps(json, 0);
	assert_null(strstr(shown, "WxR7b"));
	assert_null(memmem(shown, strlen(shown), strchr(pem, '\n') + 1, 20));
}

/* What is as it was sealed is not opened, whatever it holds. */
static void sealed_files_are_not_reported(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	_cleanup_free_ char *pem = make_pem();

	tree_file(trial->root, "sealed.pem", pem);
	trial_seal(trial, "");
	tree_mode(trial->root, "sealed.pem", 0600);
	check(trial, SITUATION_IMAGE, &findings);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.items[0].code, "secret.changed");
}

static void files_of_one_directory_are_one(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	_cleanup_free_ char *pem = make_pem(), *other = make_pem();
	const struct finding *finding;

	tree_directory(trial->root, "root");
	tree_directory(trial->root, "root/keys");
	trial_seal(trial, "");
	tree_file(trial->root, "root/keys/a", pem);
	tree_file(trial->root, "root/keys/b", pem);
	tree_file(trial->root, "root/keys/c", "nothing");
	tree_file(trial->root, "root/d", pem);
	/* Of one program, although not of one kind. */
	tree_directory(trial->root, "root/.config");
	tree_directory(trial->root, "root/.config/tool");
	tree_file(trial->root, "root/.config/tool/a", other);
	tree_file(trial->root, "root/.config/tool/b", "machine h login u password abcdefg1\n");
	check(trial, SITUATION_IMAGE, &findings);
	finding = find(&findings, "/root/keys/a");
	assert_string_equal(finding->code, "secret.private-key");
	assert_int_equal(finding->n_related, 1);
	assert_string_equal(finding->related[0], "/root/keys/b");
	assert_string_equal(find(&findings, "/root/d")->code, "secret.private-key");
	assert_string_equal(find(&findings, "/root/keys/c")->code, "file.unexpected");
	assert_int_equal(find(&findings, "/root/.config/tool/a")->n_related, 3);
	assert_int_equal(findings.count, 4);
}

/* Keys that a package's program makes at first boot, there and nowhere else, and not in an image.
 */
static void first_boot_makes_keys(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings boot = {}, image = {};
	_cleanup_free_ char *pem = make_pem();

	tree_directory(trial->root, "var");
	tree_directory(trial->root, "var/lib");
	tree_directory(trial->root, "var/lib/waagent");
	tree_directory(trial->root, "var/lib/dpkg");
	tree_directory(trial->root, "var/lib/dpkg/info");
	tree_file(trial->root, "var/lib/dpkg/info/waagent.list", "/usr/sbin/waagent\n");
	trial_seal(trial, "");
	tree_file(trial->root, "var/lib/waagent/TransportPrivate.pem", pem);
	tree_file(trial->root, "var/lib/waagent/other", pem);
	check(trial, SITUATION_BOOT, &boot);
	assert_string_equal(find(&boot, "/var/lib/waagent/other")->code, "secret.private-key");
	assert_string_equal(find(&boot, "/var/lib/waagent/TransportPrivate.pem")->code,
			    "cloudinit.unexpected");
	check(trial, SITUATION_IMAGE, &image);
	assert_int_equal(image.count, 1);
	assert_string_equal(image.items[0].code, "secret.private-key");
}

/* A key that lies across the border of two blocks is found, once, with its line. */
static void borders_hide_nothing(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	_cleanup_free_ char *pem = make_pem(), *bytes = malloc(3 * WINDOW_BLOCK);

	assert_non_null(bytes);
	trial_seal(trial, "");
	memset(bytes, 'x', 3 * WINDOW_BLOCK);
	for (size_t i = 1023; i < 3 * WINDOW_BLOCK; i += 1024)
		bytes[i] = '\n';
	memcpy(bytes + WINDOW_BLOCK - 40, pem, strlen(pem));
	memcpy(bytes + 2 * WINDOW_BLOCK - 50000, pem, strlen(pem));
	tree_bytes(trial->root, "x", bytes, 3 * WINDOW_BLOCK);
	check(trial, SITUATION_IMAGE, &findings);
	assert_int_equal(findings.count, 1);
	assert_non_null(strstr(findings.items[0].actual, "line 2048: a private key"));
	assert_null(
		strstr(strstr(strstr(findings.items[0].actual, "line") + 1, "line") + 1, "line"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_secret_is_not_told, trial_setup,
						trial_teardown),
		cmocka_unit_test_setup_teardown(sealed_files_are_not_reported, trial_setup,
						trial_teardown),
		cmocka_unit_test_setup_teardown(files_of_one_directory_are_one, trial_setup,
						trial_teardown),
		cmocka_unit_test_setup_teardown(first_boot_makes_keys, trial_setup, trial_teardown),
		cmocka_unit_test_setup_teardown(borders_hide_nothing, trial_setup, trial_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
