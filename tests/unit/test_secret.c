/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No secret stands in this file: {A36} and the like become that many bytes of an alphabet when it
 * runs, {} becomes nothing, and keys are made on the spot.
 */
#include "check/secret.h"

#include "text.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

DEFINE_CLEANUP(PKCS12 *, PKCS12_free)

static const char *find_alphabet(char name)
{
	switch (name) {
	case 'A':
		return "kZ3vQ9aWxR7bTn2MfYp5cHs8LdJe6UgK4";
	case 'U':
		return "QZ3VX9AWR7BTN2MFYP5CHS8LDJE6UGK4";
	case 'H':
		return "3fa90c5b7e1d8264";
	default:
		return "kZ3v/Q9aWx+R7bTn2MfYp5cHs8LdJe6UgK4";
	}
}

static void append_random(struct buffer *buffer, char name, size_t count)
{
	const char *alphabet = find_alphabet(name);
	size_t size = strlen(alphabet);
	static unsigned seed = 7;

	while (count-- > 0) {
		seed = seed * 1103515245 + 12345;
		assert_int_equal(buffer_append(buffer, &alphabet[(seed >> 16) % size], 1), 0);
	}
}

static void expand(const char *text, struct buffer *ret)
{
	while (*text) {
		const char *close = text[0] == '{' ? strchr(text, '}') : NULL;

		if (close && close == text + 1) {
			text += 2;
		} else if (close && strchr("AUHB", text[1]) &&
			   strspn(text + 2, "0123456789") == (size_t)(close - text - 2)) {
			append_random(ret, text[1], strtoul(text + 2, NULL, 10));
			text = close + 1;
		} else {
			assert_int_equal(buffer_append(ret, text++, 1), 0);
		}
	}
}

struct found {
	char codes[512];
	size_t count;
	struct secret last;
};

static int take(const struct secret *secret, void *data)
{
	struct found *found = data;
	size_t used = strlen(found->codes);

	assert_non_null(secret->code);
	assert_non_null(secret->what);
	assert_true(secret->length > 0);
	/* By two names. */
	if (found->count > 0 && found->last.value == secret->value &&
	    strcmp(found->last.code, secret->code) == 0)
		return 0;
	found->last = *secret;
	found->count++;
	(void)snprintf(found->codes + used, sizeof(found->codes) - used, "%s%s", used ? " " : "",
		       secret->code + strlen("secret."));
	return 0;
}

static void scan(const void *data, size_t size, const char *path, struct found *ret)
{
	_cleanup_(secret_scanner_free_p) struct secret_scanner *scanner = NULL;
	/* Exactly as large as the data, for the sanitizer. */
	_cleanup_free_ char *exact = malloc(size ? size : 1);
	struct secret_view view = {.data = exact, .size = size, .is_whole = true};
	struct secret whole;

	assert_non_null(exact);
	memcpy(exact, data, size);
	view.is_text = !memchr(data, 0, size);
	secret_view_set_name(&view, path);
	assert_int_equal(secret_scanner_new(&scanner), 0);
	if (secret_match_file(&view, &whole))
		(void)take(&whole, ret);
	else
		assert_int_equal(secret_scan(scanner, &view, take, ret), 0);
}

static void expect_bytes(const void *data, size_t size, const char *path, const char *codes)
{
	struct found found = {};

	scan(data, size, path, &found);
	if (strcmp(found.codes, codes) != 0)
		fail_msg("%s: found \"%s\", expected \"%s\" in:\n%.*s", path, found.codes, codes,
			 (int)size, (const char *)data);
}

static void expect_in(const char *path, const char *text, const char *codes)
{
	_cleanup_buffer_ struct buffer buffer = {};

	expand(text, &buffer);
	expect_bytes(buffer.data ? buffer.data : "", buffer.size, path, codes);
}

#define FILE_NAME "/srv/a.conf"

static void tokens(void **state)
{
	static const char *const texts[][2] = {
		{"ghp_{A36}", "token"},
		{"x=ghp_{A36}\n", "token"},
		{"github_pat_{A22}_{A59}", "token"},
		{"glpat-{A20}", "token"},
		{"https://hooks.slack.com/services/T{U10}/B{U10}/{A24}", "token"},
		{"xoxb-{}{A12}-{A12}-{A24}", "token"},
		{"sk_live_{A24}", "token"},
		{"npm_{A36}", "token"},
		{"hvs.{A90}", "token"},
		{"SG.{A22}.{A43}", "token"},
		{"AIza{A35}", "gcp-key"},
		{"ya29.{A60}", "gcp-key"},
		{"AKIA{U16} {A40}", "aws-key"},
		{"{\"AccessKeyId\": \"ASIA{U16}\", \"SecretAccessKey\": \"{A40}\"}", "aws-key"},
		{"\"secret\": \"{A40}\", \"id\": \"AKIA{U16}\"", "token aws-key"},
		{"AccountName=x;AccountKey={A85}w==;EndpointSuffix=core", "azure-key"},
		{"PrivateKey = {A42}w=\n", "wireguard-key"},
		{"\"refresh_token\": \"1//{A60}\"", "token"},
		/* none of them */
		{"ghp_{A35}", ""},
		{"ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", ""},
		{"nghp_{A36}", ""},
		{"GHP_{A36}", ""},
		{"AKIA{U16}", ""},
		{"AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""},
		{"PrivateKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", ""},
		{"PublicKey = {A42}w=\n", ""},
		{"sk_live_...", ""},
		{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{A43} me@host", ""},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(texts); i++)
		expect_in(FILE_NAME, texts[i][0], texts[i][1]);
}

static void settings(void **state)
{
	static const char *const texts[][3] = {
		{FILE_NAME, "password = {A16}\n", "password"},
		{FILE_NAME, "export DB_PASSWORD={A16}", "password"},
		{FILE_NAME, "Environment=\"API_TOKEN={A32}\"\n", "token"},
		{FILE_NAME, "  client_secret: {A32}\r\n", "token"},
		{FILE_NAME, "{\"password\": \"{A16}\"}", "password"},
		{FILE_NAME, "<password>{A16}</password>", "password"},
		{"/srv/a.py", "password = \"{A16}\"", "password"},
		{"/srv/wp-config.php", "define('DB_PASSWORD', 'hunter22');", "password"},
		{"/root/.my.cnf", "[client]\npassword=hunter\n", "password"},
		{"/srv/.env", "SMTP_PASS=hunter22\n", "password"},
		{"/root/.config/rclone/rclone.conf", "[x]\ntype = sftp\npass = {A22}\n",
		 "password"},
		{"/root/.npmrc", "//registry.npmjs.org/:_authToken={A36}\n", "token"},
		/* none of them */
		{FILE_NAME, "password = hunter\n", ""},
		{FILE_NAME, "password = changeme\n", ""},
		{FILE_NAME, "password = ${DB_PASSWORD}\n", ""},
		{FILE_NAME, "password = $(cat /run/secrets/{A16})\n", ""},
		{FILE_NAME, "password_file = {A16}\n", ""},
		{FILE_NAME, "password = /run/{A16}\n", ""},
		{FILE_NAME, "token_type: {A16}\n", ""},
		{FILE_NAME, "the password = {A16} of the manual\n", ""},
		{"/srv/a.py", "token = nextToken2Value\n", ""},
		{"/srv/a.py", "password = self.read({A16})\n", ""},
		{"/root/.my.cnf", "password=\n", ""},
		{"/root/.my.cnf", "password=xxxxxxxx\n", ""},
		{"/root/.my.cnf", "#password=\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(texts); i++)
		expect_in(texts[i][0], texts[i][1], texts[i][2]);
}

static void logins(void **state)
{
	static const char *const texts[][3] = {
		{"/home/a/.netrc", "machine h login u password hunter\n", "password"},
		{"/srv/x", "machine h\n\tlogin u\n\tpassword {A12}\n", "password"},
		{"/etc/apt/auth.conf.d/v.conf", "machine h login u password abcd1\n", "password"},
		{"/root/.git-credentials", "https://u:abcdef@h.invalid\n", "password"},
		{FILE_NAME, "DATABASE_URL=postgres://app:{A16}@192.0.2.9/app\n", "password"},
		{FILE_NAME, "url: amqp://u:{A16}@h:5672/%2f", "password"},
		{"/root/.bash_history", "mysql -u root -phunter22 db\n", "password"},
		{"/root/.bash_history", "curl -u me:{A12} https://h/\n", "password"},
		{"/root/.bash_history", "PGPASSWORD=hunter22 psql\n", "password"},
		{"/root/.bash_history", "export PGPASSWORD=hunter22\n", "password"},
		{"/srv/x.sh", "sshpass -p '{A12}' ssh h\n", "password"},
		{"/srv/x", "db.invalid:5432:app:app:{A12}\n", "password"},
		{"/srv/x", "# c\n*:*:*:app:{A12}\n", "password"},
		{"/srv/passwd", "root:$6${A16}${A86}:19000:0:99999:7:::\n", "shadow-copy"},
		{"/root/.docker/config.json",
		 "{\"auths\": {\"r.invalid\": {\"auth\": \"dXNlcjpodW50ZXIyMg==\"}}}",
		 "registry-login"},
		{"/root/.vault-token", "s.{A24}\n", "token"},
		{"/etc/redis/redis.conf", "requirepass {A16}\n", "password"},
		{"/srv/x.sql", "CREATE USER a IDENTIFIED BY '{A16}';\n", "password"},
		{"/srv/x.sh", "curl -H 'Authorization: Bearer {A40}' h\n", "token"},
		{"/srv/x.sh", "curl -H 'Authorization: Basic dXNlcjpodW50ZXIyMg==' h\n",
		 "password"},
		{"/etc/fstab", "//h/s /m cifs username=u,password={A16},ro 0 0\n", "password"},
		{"/srv/x", "Server=h;Password={A16};\n", "password"},
		{"/etc/NetworkManager/system-connections/w", "psk=hunter22\n", "password"},
		{"/srv/x", "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\1\0", "key-store"},
		/* none of them */
		{FILE_NAME, "http://user:password@host/\n", ""},
		{FILE_NAME, "http://user:$PASSWORD@host/\n", ""},
		{FILE_NAME, "http://host:8080/a@b\n", ""},
		{FILE_NAME, "git@host:dir/file http://h/\n", ""},
		{"/srv/x", "the machine has a login and a password of {A12}\n", ""},
		{"/srv/x.sh", "sshpass -p \"$PASSWORD\" ssh h\n", ""},
		{"/root/.bash_history", "mysql -p\ncurl -u me https://h/\n", ""},
		{"/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n", ""},
		{"/srv/x", "root:*:19000:0:99999:7:::\n", ""},
		{"/srv/x", "root:!$6${A16}${A86}:19000:0:99999:7:::\n", ""},
		{"/srv/x", "{\"auths\": {\"r.invalid\": {\"auth\": \"\"}}}", ""},
		{"/srv/x", "a:b:c:d:{A12}\n", ""},
		{"/etc/redis/redis.conf", "# requirepass foobared\n", ""},
		{"/srv/x.sh", "curl -H \"Authorization: Bearer $TOKEN\" h\n", ""},
		{"/etc/fstab", "//h/s /m cifs username=u,password=,ro 0 0\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(texts); i++)
		expect_in(texts[i][0], texts[i][1], texts[i][2]);
}

static EVP_PKEY *make_key(int type)
{
	EVP_PKEY *key = type == EVP_PKEY_RSA  ? EVP_RSA_gen(1024)
			: type == EVP_PKEY_EC ? EVP_EC_gen("P-256")
					      : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	assert_non_null(key);
	return key;
}

static void expect_bio(BIO *bio, const char *codes)
{
	_cleanup_buffer_ struct buffer padded = {};
	char *data;
	long size = BIO_get_mem_data(bio, &data);

	assert_true(size > 0);
	expect_bytes(data, (size_t)size, "/srv/x", codes);
	assert_int_equal(buffer_append(&padded, data, (size_t)size / 2), 0);
	expect_bytes(padded.data, padded.size, "/srv/x", "");
}

enum form { PKCS8_PEM, PKCS8_DER, SEALED_PEM, SEALED_DER, OLD_PEM, OLD_DER };

static void expect_key(EVP_PKEY *key, enum form form, const char *codes)
{
	_cleanup_(BIO_free_p) BIO *bio = BIO_new(BIO_s_mem());
	const EVP_CIPHER *cipher =
		form == SEALED_PEM || form == SEALED_DER ? EVP_aes_128_cbc() : NULL;
	char pass[] = "x1y2";
	int ok;

	assert_non_null(bio);
	if (form == PKCS8_PEM || form == SEALED_PEM)
		ok = PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, cipher ? pass : NULL,
						   cipher ? 4 : 0, NULL, NULL);
	else if (form == OLD_PEM)
		ok = PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL);
	else if (form == OLD_DER)
		ok = i2d_PrivateKey_bio(bio, key);
	else
		ok = i2d_PKCS8PrivateKey_bio(bio, key, cipher, cipher ? pass : NULL, cipher ? 4 : 0,
					     NULL, NULL);
	assert_int_equal(ok, 1);
	expect_bio(bio, codes);
}

static void private_keys(void **state)
{
	static const int types[] = {EVP_PKEY_RSA, EVP_PKEY_EC, EVP_PKEY_ED25519};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(types); i++) {
		_cleanup_(EVP_PKEY_free_p) EVP_PKEY *key = make_key(types[i]);

		expect_key(key, PKCS8_PEM, "private-key");
		expect_key(key, PKCS8_DER, "private-key");
		expect_key(key, SEALED_PEM, "encrypted-key");
		expect_key(key, SEALED_DER, "encrypted-key");
		if (types[i] != EVP_PKEY_ED25519) {
			expect_key(key, OLD_PEM, "private-key");
			expect_key(key, OLD_DER, "private-key");
		}
	}
}

static void other_forms_of_keys(void **state)
{
	_cleanup_(EVP_PKEY_free_p) EVP_PKEY *key = make_key(EVP_PKEY_ED25519);
	_cleanup_(BIO_free_p) BIO *bio = BIO_new(BIO_s_mem()), *public = BIO_new(BIO_s_mem());
	_cleanup_free_ char *base64 = NULL;
	char *data;
	long size;

	(void)state;
	assert_int_equal(PEM_write_bio_PUBKEY(public, key), 1);
	size = BIO_get_mem_data(public, &data);
	expect_bytes(data, (size_t)size, "/srv/x", "");
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	size = BIO_get_mem_data(bio, &data);
	base64 = base64_encode(data, (size_t)size);
	assert_non_null(base64);
	expect_bytes(base64, strlen(base64), "/srv/x", "private-key");
	expect_in(
		"/srv/sa.json",
		"{\"private_key_id\": \"{H40}\", \"private_key\": "
		"\"-----BEGIN{} PRIVATE KEY-----\\n{B64}\\n{B64}\\n-----END{} PRIVATE KEY-----\\n\"}",
		"gcp-key");
	expect_in("/srv/x",
		  "-----BEGIN{} OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA"
		  "BG5vbmU{A39}\n{B70}\n-----END{} OPENSSH PRIVATE KEY-----\n",
		  "private-key");
	expect_in("/srv/x",
		  "-----BEGIN{} OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA"
		  "CmFlczI{A39}\n{B70}\n-----END{} OPENSSH PRIVATE KEY-----\n",
		  "encrypted-key");
	expect_in("/srv/x",
		  "-----BEGIN{} PGP PRIVATE KEY BLOCK-----\n\n{B64}\n=abcd\n"
		  "-----END{} PGP PRIVATE KEY BLOCK-----\n",
		  "private-key");
	expect_in("/srv/x", "(11:private-key(3:ecc(5:curve7:Ed25519)(1:d32:{A32})))", "gnupg-key");
	expect_in("/srv/x", "Key: (protected-private-key (ecc {A64}))\n", "gnupg-key");
	expect_in("/srv/x", "Key: (shadowed-private-key (ecc {A64}))\n", "");
	expect_in("/srv/x",
		  "PuTTY-User-Key-File-{}3: ssh-ed25519\nEncryption: none\nComment: c\n"
		  "Private-Lines: 1\n{B64}\nPrivate-MAC: {H64}\n",
		  "private-key");
	expect_in("/srv/x",
		  "PuTTY-User-Key-File-{}3: ssh-rsa\nEncryption: aes256-cbc\n"
		  "Private-Lines: 1\n{B64}\nPrivate-MAC: {H64}\n",
		  "encrypted-key");
	/* A label without a key, as in programs and manuals. */
	expect_in("/srv/x", "-----BEGIN{} PRIVATE KEY-----\nMIIE...\n-----END{} PRIVATE KEY-----",
		  "");
	expect_in("/srv/x", "-----BEGIN{} PRIVATE KEY-----", "");
	expect_in("/srv/x",
		  "-----BEGIN{} CERTIFICATE-----\n{B64}\n{B64}\n-----END CERTIFICATE-----", "");
}

static void key_stores(void **state)
{
	_cleanup_(EVP_PKEY_free_p) EVP_PKEY *key = make_key(EVP_PKEY_EC);
	_cleanup_(PKCS12_free_p) PKCS12 *store = NULL;
	_cleanup_(BIO_free_p) BIO *bio = BIO_new(BIO_s_mem());
	static const char java_key[] =
		"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1\0\0\0\1\0\1xxxxxxxxxxxxxxx";
	static const char java_trust[] =
		"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1\0\0\0\2\0\1xxxxxxxxxxxxxx";
	char *data;
	long size;
	static const char keytab[] =
		"\5\2\0\0\0\x20\0\1\0\1A\0\4host\0\0\0\0\0\0\0\0\0\22\0\20xxxxxxxxxxxxxxxxxxxx";

	(void)state;
	store = PKCS12_create("x1y2", "k", key, NULL, NULL, 0, 0, 1000, 1000, 0);
	assert_non_null(store);
	assert_int_equal(i2d_PKCS12_bio(bio, store), 1);
	size = BIO_get_mem_data(bio, &data);
	expect_bytes(data, (size_t)size, "/srv/x", "key-store");
	/* A store that says it is larger than it is. */
	expect_bytes(data, (size_t)size / 8, "/srv/x", "");
	expect_bytes(java_key, sizeof(java_key), "/srv/x", "key-store");
	expect_bytes(java_trust, sizeof(java_trust), "/srv/x", "");
	expect_bytes(keytab, sizeof(keytab), "/srv/x", "key-store");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens),     cmocka_unit_test(settings),
		cmocka_unit_test(logins),     cmocka_unit_test(private_keys),
		cmocka_unit_test(key_stores), cmocka_unit_test(other_forms_of_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
