/* SPDX-License-Identifier: Apache-2.0 */
#include "certificate.h"

#include "file.h"
#include "text.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>

#define DAYS	     825
#define SERIAL_SIZE  16
#define DAY_SECONDS  86400L
#define HOUR_SECONDS 3600L

DEFINE_CLEANUP(X509 *, X509_free)

static const char *const local_names[] = {"localhost", "127.0.0.1", "::1"};

static int append_name(struct buffer *names, const char *name)
{
	uint8_t address[16];
	bool ip = inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;

	return buffer_printf(names, "%s%s:%s", names->size ? "," : "", ip ? "IP" : "DNS", name);
}

/* OpenSSL's own syntax for the extension; so nothing in a name may be part of it. */
static int make_names(const char *const *names, size_t n_names, struct buffer *ret,
		      struct error *error)
{
	int r = 0;

	for (size_t i = 0; i < ELEMENTS(local_names) && r >= 0; i++)
		r = append_name(ret, local_names[i]);
	for (size_t i = 0; i < n_names && r >= 0; i++) {
		if (!*names[i] ||
		    names[i][strspn(names[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					      "0123456789.:*-")])
			return error_set(error, -EINVAL,
					 "%s: expected a host name or an IP address", names[i]);
		r = append_name(ret, names[i]);
	}
	return r;
}

static int add_extension(X509 *certificate, int nid, const char *value, struct error *error)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	int done = 0;

	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	if (extension)
		done = X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
	if (done != 1)
		return error_set_openssl(error, -EIO, "cannot set %s of the certificate",
					 OBJ_nid2ln(nid));
	return 0;
}

static int set_serial(X509 *certificate)
{
	uint8_t bytes[SERIAL_SIZE];
	BIGNUM *number;
	int done = 0;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return -EIO;
	bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40);
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	if (number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)))
		done = 1;
	BN_free(number);
	return done ? 0 : -EIO;
}

static int set_subject(X509 *certificate, EVP_PKEY *key)
{
	X509_NAME *name = X509_get_subject_name(certificate);

	if (X509_set_version(certificate, X509_VERSION_3) != 1 || set_serial(certificate) < 0 ||
	    !X509_gmtime_adj(X509_getm_notBefore(certificate), -HOUR_SECONDS) ||
	    !X509_gmtime_adj(X509_getm_notAfter(certificate), DAYS * DAY_SECONDS) ||
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				       (const unsigned char *)"goldseal-collector", -1, -1,
				       0) != 1 ||
	    X509_set_issuer_name(certificate, name) != 1 || X509_set_pubkey(certificate, key) != 1)
		return -EIO;
	return 0;
}

static int make_certificate(EVP_PKEY *key, const char *names, X509 **ret, struct error *error)
{
	_cleanup_(X509_free_p) X509 *certificate = X509_new();
	const struct {
		int nid;
		const char *value;
	} extensions[] = {
		{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
		{NID_key_usage, "critical,digitalSignature,keyCertSign"},
		{NID_ext_key_usage, "serverAuth"},
		{NID_subject_key_identifier, "hash"},
		{NID_subject_alt_name, names},
	};
	int r = 0;

	if (!certificate || set_subject(certificate, key) < 0)
		return error_set_openssl(error, -EIO, "cannot make a certificate");
	for (size_t i = 0; i < ELEMENTS(extensions) && r >= 0; i++)
		r = add_extension(certificate, extensions[i].nid, extensions[i].value, error);
	if (r < 0)
		return r;
	if (X509_sign(certificate, key, EVP_sha256()) <= 0)
		return error_set_openssl(error, -EIO, "cannot sign the certificate");
	*ret = TAKE_PTR(certificate);
	return 0;
}

/* A memory BIO's contents as a file. */
static int write_bio(BIO *bio, const char *path, mode_t mode, struct error *error)
{
	char *data = NULL;
	long size = BIO_get_mem_data(bio, &data);

	if (size <= 0)
		return error_set_openssl(error, -EIO, "%s: nothing to write", path);
	return file_write(AT_FDCWD, path, data, (size_t)size, mode, error);
}

int certificate_make(const char *const *names, size_t n_names, const char *certificate_path,
		     const char *key_path, struct error *error)
{
	_cleanup_buffer_ struct buffer alternatives = {0};
	_cleanup_(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
	_cleanup_(X509_free_p) X509 *certificate = NULL;
	_cleanup_(BIO_free_p) BIO *key_bio = NULL;
	_cleanup_(BIO_free_p) BIO *certificate_bio = NULL;
	int r = make_names(names, n_names, &alternatives, error);

	if (r < 0)
		return r;
	key = EVP_EC_gen("P-256");
	if (!key)
		return error_set_openssl(error, -EIO, "cannot make a key");
	r = make_certificate(key, alternatives.data, &certificate, error);
	if (r < 0)
		return r;
	key_bio = BIO_new(BIO_s_secmem());
	certificate_bio = BIO_new(BIO_s_mem());
	if (!key_bio || !certificate_bio ||
	    PEM_write_bio_PKCS8PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL) != 1 ||
	    PEM_write_bio_X509(certificate_bio, certificate) != 1)
		return error_set_openssl(error, -EIO, "cannot write the certificate");
	r = write_bio(key_bio, key_path, 0600, error);
	if (r >= 0)
		r = write_bio(certificate_bio, certificate_path, 0644, error);
	return r;
}

static int check_curve(EVP_PKEY *key, struct error *error)
{
	char group[32] = "";
	size_t size;

	if (EVP_PKEY_is_a(key, "EC") == 1 &&
	    EVP_PKEY_get_group_name(key, group, sizeof(group), &size) == 1 &&
	    strcmp(group, SN_X9_62_prime256v1) == 0)
		return 0;
	return error_set(
		error, -EINVAL,
		"the certificate's key is %s%s: the collector takes ECDSA P-256 only, "
		"since a fleet's handshakes cost several times as much with RSA; make one "
		"with `openssl ecparam -name prime256v1 -genkey -noout` and have it signed",
		EVP_PKEY_get0_type_name(key), *group ? " on another curve" : "");
}

static int check_time(const X509 *certificate, struct error *error)
{
	if (X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0)
		return error_set(error, -EINVAL,
				 "the certificate has expired: agents would refuse it, replace it");
	if (X509_cmp_current_time(X509_get0_notBefore(certificate)) >= 0)
		return error_set(error, -EINVAL,
				 "the certificate is not in force yet: check the clock");
	return 0;
}

int certificate_check(const char *certificate, const char *key, struct error *error)
{
	_cleanup_(BIO_free_p) BIO *certificate_bio = BIO_new_mem_buf(certificate, -1);
	_cleanup_(BIO_free_p) BIO *key_bio = BIO_new_mem_buf(key, -1);
	_cleanup_(EVP_PKEY_free_p) EVP_PKEY *private = NULL;
	_cleanup_(X509_free_p) X509 *parsed = NULL;
	int r;

	if (!certificate_bio || !key_bio)
		return -ENOMEM;
	parsed = PEM_read_bio_X509(certificate_bio, NULL, NULL, NULL);
	if (!parsed)
		return error_set_openssl(error, -EINVAL, "the certificate is no PEM certificate");
	r = check_curve(X509_get0_pubkey(parsed), error);
	if (r < 0)
		return r;
	/* An empty password, so that nobody is asked for one. */
	private = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, (void *)"");
	if (!private)
		return error_set_openssl(error, -EINVAL,
					 "the certificate's key is no unencrypted PEM key");
	if (X509_check_private_key(parsed, private) != 1)
		return error_set_openssl(error, -EINVAL,
					 "the key is not that of the certificate: give the pair");
	return check_time(parsed, error);
}
