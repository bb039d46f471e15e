/* SPDX-License-Identifier: Apache-2.0 */
#include "check/trust_store.h"

#include "check/pem.h"
#include "judged.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

/* A certificate that signs itself, as PEM text. */
static char *make_certificate(const char *name, bool is_authority)
{
	_cleanup_(EVP_PKEY_free_p) EVP_PKEY *key = EVP_EC_gen("P-256");
	_cleanup_(BIO_free_p) BIO *bio = BIO_new(BIO_s_mem());
	X509 *x509 = X509_new();
	X509_EXTENSION *constraints = X509V3_EXT_conf_nid(
		NULL, NULL, NID_basic_constraints, is_authority ? "critical,CA:TRUE" : "CA:FALSE");
	X509_NAME *subject = X509_get_subject_name(x509);
	char *data, *text;
	long size;

	assert_true(key && bio && x509 && constraints);
	assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
						    (const unsigned char *)name, -1, -1, 0),
			 1);
	assert_int_equal(X509_set_issuer_name(x509, subject), 1);
	assert_int_equal(X509_set_pubkey(x509, key), 1);
	assert_int_equal(X509_add_ext(x509, constraints, -1), 1);
	assert_true(X509_gmtime_adj(X509_getm_notBefore(x509), 0) &&
		    X509_gmtime_adj(X509_getm_notAfter(x509), 3600));
	assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509(bio, x509), 1);
	size = BIO_get_mem_data(bio, &data);
	text = strndup(data, (size_t)size);
	assert_non_null(text);
	X509_EXTENSION_free(constraints);
	X509_free(x509);
	return text;
}

static void reads_pem(void **state)
{
	_cleanup_free_ char *first = make_certificate("One", true);
	_cleanup_free_ char *second = make_certificate("Two", false);
	_cleanup_free_ char *all = NULL;
	_cleanup_free_ char *subject = NULL;
	struct pem_certificate one = {}, two = {}, none = {};
	struct span text;
	bool is_authority;

	(void)state;
	assert_true(asprintf(&all,
			     "words\n-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n%s"
			     "# more\n%s-----BEGIN CERTIFICATE-----\nAAAA",
			     first, second) > 0);
	text = span_of(all);
	assert_int_equal(pem_certificate_next(&text, &one), 1);
	assert_int_equal(pem_certificate_describe(&one, &subject, &is_authority), 0);
	assert_string_equal(subject, "CN=One");
	assert_true(is_authority);
	free(TAKE_PTR(subject));
	assert_int_equal(pem_certificate_next(&text, &two), 1);
	assert_int_equal(pem_certificate_describe(&two, &subject, &is_authority), 0);
	assert_string_equal(subject, "CN=Two");
	assert_false(is_authority);
	free(TAKE_PTR(subject));
	/* What is cut off is base64, and no certificate. */
	assert_int_equal(pem_certificate_next(&text, &none), 1);
	assert_int_equal(pem_certificate_describe(&none, &subject, &is_authority), -EBADMSG);
	pem_certificate_done(&none);
	assert_int_equal(pem_certificate_next(&text, &none), 0);
	pem_certificate_done(&one);
	pem_certificate_done(&two);
}

/* A store as update-ca-certificates makes it: packages own the sources, nobody the rest. */
static void write_store(struct trial *trial, const char *certificate)
{
	judged_file(trial, "usr/share/ca-certificates/mozilla/a.crt", certificate);
	judged_seal(trial);
	judged_file(trial, "etc/ssl/certs/ca-certificates.crt", certificate);
	tree_link(trial->root, "etc/ssl/certs/a.pem", "/usr/share/ca-certificates/mozilla/a.crt");
	tree_link(trial->root, "etc/ssl/certs/12345678.0", "a.pem");
}

static void owned_ones_are_silent(void **state)
{
	_cleanup_free_ char *owned = make_certificate("Owned", true);
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	write_store(trial, owned);
	judge_in(trial, SITUATION_AUDIT, trust_store_check, &findings);
	judged_expect_none(&findings);
}

/* One authority in five places is one finding, at the place that it comes from. */
static void a_foreign_one_is_told_once(void **state)
{
	_cleanup_free_ char *owned = make_certificate("Owned", true);
	_cleanup_free_ char *foreign = make_certificate("Evil Root", true);
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	const struct finding *finding;

	write_store(trial, owned);
	tree_append(trial->root, "etc/ssl/certs/ca-certificates.crt", foreign);
	judge(trial, trust_store_check, &findings);
	assert_int_equal(findings.count, 1);
	(void)judged_find(&findings, "ca.authority", "/etc/ssl/certs/ca-certificates.crt",
			  "CN=Evil Root");
	judged_file(trial, "usr/local/share/ca-certificates/evil.crt", foreign);
	tree_link(trial->root, "etc/ssl/certs/evil.pem",
		  "/usr/local/share/ca-certificates/evil.crt");
	judge(trial, trust_store_check, &findings);
	assert_int_equal(findings.count, 1);
	finding = judged_find(&findings, "ca.authority",
			      "/usr/local/share/ca-certificates/evil.crt", "SHA-256 ");
	assert_int_equal(finding->severity, SEVERITY_HIGH);
	assert_true(judged_is_related(finding, "/etc/ssl/certs/ca-certificates.crt"));
	assert_true(judged_is_related(finding, "/etc/ssl/certs/evil.pem"));
}

static void leaves_weigh_little(void **state)
{
	_cleanup_free_ char *owned = make_certificate("Owned", true);
	_cleanup_free_ char *leaf = make_certificate("vm", false);
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	write_store(trial, owned);
	judged_file(trial, "etc/ssl/certs/ssl-cert-snakeoil.pem", leaf);
	judge(trial, trust_store_check, &findings);
	assert_int_equal(findings.count, 1);
	assert_int_equal(judged_find(&findings, "ca.certificate",
				     "/etc/ssl/certs/ssl-cert-snakeoil.pem", "CN=vm")
				 ->severity,
			 SEVERITY_LOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_pem),
		JUDGED_TEST(owned_ones_are_silent),
		JUDGED_TEST(a_foreign_one_is_told_once),
		JUDGED_TEST(leaves_weigh_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
