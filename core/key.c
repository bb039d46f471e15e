/* SPDX-License-Identifier: Apache-2.0 */
#include "key.h"
#include "file.h"
#include "text.h"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#define KEY_FILE_MAX	       (64 * 1024)
#define ED25519_SIGNATURE_SIZE 64

#define PEM_PRIVATE "PRIVATE KEY"
#define PEM_PUBLIC  "PUBLIC KEY"

struct key {
	EVP_PKEY *pkey;
	enum key_type type;
	bool is_private;
	char id[DIGEST_HEX_SIZE];
};

static bool is_der_signature(const uint8_t *signature, size_t size);
static bool is_ed25519_signature(const uint8_t *signature, size_t size);

struct type {
	const char *name;
	const char *algorithm; /* of EVP_PKEY_is_a() */
	const char *group;     /* NULL: the algorithm has only one */
	const char *digest;    /* NULL: the algorithm brings its own */
	/* Whether the bytes can be a signature at all. */
	bool (*is_signature)(const uint8_t *signature, size_t size);
};

static const struct type types[_KEY_TYPE_MAX] = {
	[KEY_P256] = {.name = "p256",
		      .algorithm = "EC",
		      .group = "prime256v1",
		      .digest = "SHA256",
		      .is_signature = is_der_signature},
	[KEY_ED25519] = {.name = "ed25519",
			 .algorithm = "ED25519",
			 .is_signature = is_ed25519_signature},
};

const char *key_type_to_string(enum key_type type)
{
	return type >= 0 && type < _KEY_TYPE_MAX ? types[type].name : NULL;
}

enum key_type key_type_from_string(const char *text)
{
	for (enum key_type type = 0; type < _KEY_TYPE_MAX; type++)
		if (strcmp(types[type].name, text) == 0)
			return type;
	return _KEY_TYPE_INVALID;
}

/* OpenSSL also decodes curves whose parameters are spelt out; such a key has no name to check. */
static bool is_named_group(EVP_PKEY *pkey, const char *group)
{
	char name[64];
	int is_explicit = 1;

	if (EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
				   &is_explicit) != 1 ||
	    is_explicit != 0)
		return false;
	return EVP_PKEY_get_group_name(pkey, name, sizeof(name), NULL) == 1 &&
	       strcmp(name, group) == 0;
}

static enum key_type find_type(EVP_PKEY *pkey)
{
	for (enum key_type type = 0; type < _KEY_TYPE_MAX; type++)
		if (EVP_PKEY_is_a(pkey, types[type].algorithm) == 1 &&
		    (!types[type].group || is_named_group(pkey, types[type].group)))
			return type;
	return _KEY_TYPE_INVALID;
}

/* One key has one id, however its file wrote the curve point. */
static int set_uncompressed(EVP_PKEY *pkey)
{
	return EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
					      "uncompressed") == 1
		       ? 0
		       : -EIO;
}

static int compute_id(EVP_PKEY *pkey, char ret_id[DIGEST_HEX_SIZE])
{
	struct digest digest;
	unsigned char *der = NULL;
	int size = i2d_PUBKEY(pkey, &der), r;

	if (size <= 0)
		return -EIO;
	r = digest_compute(der, (size_t)size, &digest);
	OPENSSL_free(der);
	if (r < 0)
		return r;
	digest_to_hex(&digest, ret_id);
	return 0;
}

/* Takes `pkey` over, also on failure, and refuses what is not in the table. */
static int new_key(EVP_PKEY *pkey, bool is_private, const char *name, struct key **ret,
		   struct error *error)
{
	_cleanup_(EVP_PKEY_free_p) EVP_PKEY *owned = pkey;
	_cleanup_(key_free_p) struct key *key = calloc(1, sizeof(*key));
	enum key_type type = find_type(pkey);
	const char *algorithm = EVP_PKEY_get0_type_name(pkey);

	if (!key)
		return error_set(error, -ENOMEM, "%s: out of memory", name);
	if (type < 0)
		return error_set_openssl(
			error, -EINVAL,
			"%s: %s keys of this kind are not accepted; use ECDSA P-256 or Ed25519",
			name, algorithm ? algorithm : "unknown");
	*key = (struct key){.pkey = TAKE_PTR(owned), .type = type, .is_private = is_private};
	if (types[type].group && set_uncompressed(pkey) < 0)
		return error_set_openssl(error, -EIO, "%s: cannot use the key", name);
	if (compute_id(pkey, key->id) < 0)
		return error_set_openssl(error, -EIO, "%s: cannot compute the key id", name);
	*ret = TAKE_PTR(key);
	return 0;
}

int key_generate(enum key_type type, struct key **ret, struct error *error)
{
	EVP_PKEY *pkey;

	if (type < 0 || type >= _KEY_TYPE_MAX)
		return error_set(error, -EINVAL, "unknown type of key");
	if (types[type].group)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, types[type].algorithm, types[type].group);
	else
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, types[type].algorithm);
	if (!pkey)
		return error_set_openssl(error, -EIO, "cannot generate a %s key", types[type].name);
	return new_key(pkey, true, "the new key", ret, error);
}

/* One object of a PEM text. */
struct pem {
	char *label;
	char *header;
	unsigned char *data;
	long size;
};

static void pem_done(struct pem *pem)
{
	OPENSSL_free(pem->label);
	OPENSSL_free(pem->header);
	OPENSSL_clear_free(pem->data, pem->data ? (size_t)pem->size : 0);
	*pem = (struct pem){0};
}

/* What to tell somebody who gave us another PEM object. */
static const struct {
	const char *label;
	const char *advice;
} pem_advices[] = {
	{"ENCRYPTED PRIVATE KEY", "the private key is encrypted; decrypt it with openssl pkcs8"},
	{"EC PRIVATE KEY", "convert it with openssl pkcs8 -topk8 -nocrypt"},
	{"RSA PRIVATE KEY", "RSA is not accepted; make a key with goldseal keygen"},
	{"OPENSSH PRIVATE KEY", "make a key with goldseal keygen"},
	{"CERTIFICATE", "take its key out with openssl x509 -pubkey -noout"},
	{PEM_PRIVATE, "this is the private half; give the .pub file"},
	{PEM_PUBLIC, "this is the public half; give the .key file"},
};

static int wrong_label(const char *label, const char *expected, const char *name,
		       struct error *error)
{
	_cleanup_free_ char *shown = text_escape(label, strlen(label));

	for (size_t i = 0; i < ELEMENTS(pem_advices); i++)
		if (strcmp(pem_advices[i].label, label) == 0)
			return error_set(error, -EINVAL, "%s: expected a %s, found a %s: %s", name,
					 expected, label, pem_advices[i].advice);
	return error_set(error, -EINVAL, "%s: expected a %s, found a %s", name, expected,
			 shown ? shown : "?");
}

static bool has_another(BIO *bio)
{
	struct pem pem = {0};
	bool found = PEM_read_bio(bio, &pem.label, &pem.header, &pem.data, &pem.size) == 1 ||
		     ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE;

	pem_done(&pem);
	ERR_clear_error();
	return found;
}

/* Reads the one object in the text, which has to be `expected`. */
static int read_pem(BIO *bio, const char *expected, const char *name, struct pem *ret,
		    struct error *error)
{
	_cleanup_(pem_done) struct pem pem = {0};

	if (PEM_read_bio(bio, &pem.label, &pem.header, &pem.data, &pem.size) != 1)
		return error_set_openssl(error, -EINVAL, "%s: no %s in PEM form", name, expected);
	if (strcmp(pem.label, expected) != 0)
		return wrong_label(pem.label, expected, name, error);
	if (pem.header && *pem.header)
		return error_set(error, -EINVAL, "%s: encrypted keys are not accepted", name);
	if (has_another(bio))
		return error_set(error, -EINVAL, "%s: more than one object; one key is expected",
				 name);
	*ret = pem;
	pem = (struct pem){0};
	return 0;
}

static EVP_PKEY *decode_private(const unsigned char **data, long size)
{
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, data, size);
	_cleanup_(EVP_PKEY_free_p) EVP_PKEY *pkey = info ? EVP_PKCS82PKEY(info) : NULL;
	_cleanup_(EVP_PKEY_CTX_free_p) EVP_PKEY_CTX *context = NULL;

	PKCS8_PRIV_KEY_INFO_free(info);
	if (!pkey)
		return NULL;
	/* A file whose public half is another key's would sign what its id does not verify. */
	context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (!context || (find_type(pkey) >= 0 && EVP_PKEY_pairwise_check(context) != 1))
		return NULL;
	return TAKE_PTR(pkey);
}

static EVP_PKEY *decode_public(const unsigned char **data, long size)
{
	return d2i_PUBKEY(NULL, data, size);
}

/* The two halves of a key as they are written. */
struct form {
	bool is_private;
	const char *label;
	EVP_PKEY *(*decode)(const unsigned char **data, long size);
	int (*read)(const char *path, char **ret_data, size_t *ret_size, struct error *error);
};

static int read_private(const char *path, char **ret_data, size_t *ret_size, struct error *error)
{
	return file_read_secret(path, KEY_FILE_MAX, ret_data, ret_size, error);
}

static int read_public(const char *path, char **ret_data, size_t *ret_size, struct error *error)
{
	return file_read(AT_FDCWD, path, KEY_FILE_MAX, true, ret_data, ret_size, error);
}

static const struct form form_private = {true, PEM_PRIVATE, decode_private, read_private};
static const struct form form_public = {false, PEM_PUBLIC, decode_public, read_public};

/* A PEM text and the name of the place that it came from. */
struct source {
	const char *text;
	size_t size;
	const char *name;
};

static int parse(const struct form *form, const struct source *source, struct key **ret,
		 struct error *error)
{
	_cleanup_free_ char *name = text_escape(source->name, strlen(source->name));
	_cleanup_(BIO_free_p) BIO *bio = NULL;
	_cleanup_(pem_done) struct pem pem = {0};
	const unsigned char *end;
	EVP_PKEY *pkey;
	int r;

	if (!name)
		return -ENOMEM;
	if (source->size > KEY_FILE_MAX)
		return error_set(error, -EFBIG, "%s: too large for a key", name);
	bio = BIO_new_mem_buf(source->text, (int)source->size);
	if (!bio)
		return error_set_openssl(error, -ENOMEM, "%s: cannot read", name);
	r = read_pem(bio, form->label, name, &pem, error);
	if (r < 0)
		return r;
	end = pem.data;
	pkey = form->decode(&end, pem.size);
	if (!pkey)
		return error_set_openssl(error, -EINVAL, "%s: broken %s", name, form->label);
	if (end != pem.data + pem.size) {
		EVP_PKEY_free(pkey);
		return error_set(error, -EINVAL, "%s: bytes after the key", name);
	}
	return new_key(pkey, form->is_private, name, ret, error);
}

int key_parse_private(const char *pem, size_t size, const char *name, struct key **ret,
		      struct error *error)
{
	return parse(&form_private, &(struct source){pem, size, name}, ret, error);
}

int key_parse_public(const char *pem, size_t size, const char *name, struct key **ret,
		     struct error *error)
{
	return parse(&form_public, &(struct source){pem, size, name}, ret, error);
}

static int load(const struct form *form, const char *path, struct key **ret, struct error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	r = form->read(path, &text, &size, error);
	if (r < 0)
		return r;
	r = parse(form, &(struct source){text, size, path}, ret, error);
	OPENSSL_cleanse(text, size);
	return r;
}

int key_load_private(const char *path, struct key **ret, struct error *error)
{
	return load(&form_private, path, ret, error);
}

int key_load_public(const char *path, struct key **ret, struct error *error)
{
	return load(&form_public, path, ret, error);
}

/* Writes what is in the memory BIO. */
static int save(BIO *bio, const char *path, mode_t mode, struct error *error)
{
	_cleanup_file_writer_ struct file_writer writer = {0};
	char *data;
	long size = BIO_get_mem_data(bio, &data);
	int r;

	r = file_writer_open(&writer, AT_FDCWD, path, mode, error);
	if (r < 0)
		return r;
	/* Unbuffered, for stdio would leave a copy of the secret in the heap. */
	if (setvbuf(writer.stream, NULL, _IONBF, 0) != 0)
		return error_set(error, -EIO, "%s: cannot turn buffering off", path);
	/* A short write is seen by commit. */
	(void)fwrite(data, 1, (size_t)size, writer.stream);
	return file_writer_commit_new(&writer, error);
}

int key_save_private(const struct key *key, const char *path, struct error *error)
{
	/* BIO_free() wipes a memory BIO. */
	_cleanup_(BIO_free_p) BIO *bio = BIO_new(BIO_s_mem());

	if (!key->is_private)
		return error_set(error, -EINVAL, "%s: there is no private key to write", path);
	if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) != 1)
		return error_set_openssl(error, -EIO, "%s: cannot encode the key", path);
	return save(bio, path, 0600, error);
}

int key_save_public(const struct key *key, const char *path, struct error *error)
{
	_cleanup_(BIO_free_p) BIO *bio = BIO_new(BIO_s_mem());

	if (!bio || PEM_write_bio_PUBKEY(bio, key->pkey) != 1)
		return error_set_openssl(error, -EIO, "%s: cannot encode the key", path);
	return save(bio, path, 0644, error);
}

int key_public_pem(const struct key *key, char **ret, struct error *error)
{
	_cleanup_(BIO_free_p) BIO *bio = BIO_new(BIO_s_mem());
	char *data, *text;
	long size;

	if (!bio || PEM_write_bio_PUBKEY(bio, key->pkey) != 1)
		return error_set_openssl(error, -EIO, "cannot encode the public key");
	size = BIO_get_mem_data(bio, &data);
	text = malloc((size_t)size + 1);
	if (!text)
		return error_set(error, -ENOMEM, "out of memory");
	memcpy(text, data, (size_t)size);
	text[size] = '\0';
	*ret = text;
	return 0;
}

void key_free(struct key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

enum key_type key_get_type(const struct key *key)
{
	return key->type;
}

const char *key_get_id(const struct key *key)
{
	return key->id;
}

int key_sign(const struct key *key, const void *data, size_t size, uint8_t **ret_signature,
	     size_t *ret_signature_size, struct error *error)
{
	_cleanup_(EVP_MD_CTX_free_p) EVP_MD_CTX *context = NULL;
	_cleanup_free_ uint8_t *signature = NULL;
	size_t length = 0;

	if (!key->is_private)
		return error_set(error, -EINVAL, "a public key cannot sign");
	context = EVP_MD_CTX_new();
	if (!context || EVP_DigestSignInit_ex(context, NULL, types[key->type].digest, NULL, NULL,
					      key->pkey, NULL) != 1)
		return error_set_openssl(error, -EIO, "cannot start to sign");
	if (EVP_DigestSign(context, NULL, &length, data, size) != 1)
		return error_set_openssl(error, -EIO, "cannot sign");
	signature = malloc(length);
	if (!signature)
		return error_set(error, -ENOMEM, "out of memory");
	if (EVP_DigestSign(context, signature, &length, data, size) != 1)
		return error_set_openssl(error, -EIO, "cannot sign");
	*ret_signature = TAKE_PTR(signature);
	*ret_signature_size = length;
	return 0;
}

/* DER has one encoding of a signature; OpenSSL calls any other an error, and we a wrong one. */
static bool is_der_signature(const uint8_t *signature, size_t size)
{
	const unsigned char *end = signature;
	unsigned char *again = NULL;
	ECDSA_SIG *decoded;
	int again_size;
	bool same;

	if (size > 256)
		return false;
	decoded = d2i_ECDSA_SIG(NULL, &end, (long)size);
	if (!decoded)
		return false;
	again_size = i2d_ECDSA_SIG(decoded, &again);
	same = again_size >= 0 && (size_t)again_size == size && end == signature + size &&
	       memcmp(again, signature, size) == 0;
	ECDSA_SIG_free(decoded);
	OPENSSL_free(again);
	return same;
}

static bool is_ed25519_signature(const uint8_t *signature, size_t size)
{
	(void)signature;
	return size == ED25519_SIGNATURE_SIZE;
}

int key_verify(const struct key *key, const void *data, size_t size, const uint8_t *signature,
	       size_t signature_size)
{
	_cleanup_(EVP_MD_CTX_free_p) EVP_MD_CTX *context = NULL;
	const struct type *type = &types[key->type];
	int verified;

	if (!type->is_signature(signature, signature_size))
		return error_set_openssl(NULL, -EBADMSG, "not a signature");
	context = EVP_MD_CTX_new();
	if (!context ||
	    EVP_DigestVerifyInit_ex(context, NULL, type->digest, NULL, NULL, key->pkey, NULL) != 1)
		return error_set_openssl(NULL, -EIO, "cannot start to verify");
	verified = EVP_DigestVerify(context, signature, signature_size, data, size);
	if (verified == 1)
		return 0;
	return error_set_openssl(NULL, verified == 0 ? -EBADMSG : -EIO, "cannot verify");
}
