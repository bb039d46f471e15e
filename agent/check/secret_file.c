/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are one secret as a whole: binary keys and key stores by their structure (X.690 DER,
 * RFC 5208, 5958, 7292, 9580; Java's and Kerberos' own formats), and lists of passwords.
 */
#include "check/secret_match.h"

#include <string.h>

#define PGPASS_MAX 65536
#define LOOKED_AT  65536 /* bytes in which a key store shows a key */

enum {
	DER_INTEGER = 0x02,
	DER_OCTETS = 0x04,
	DER_OID = 0x06,
	DER_SEQUENCE = 0x30,
};

/* One element of DER, with what is left of the buffer after its header. */
struct der {
	uint8_t tag;
	const uint8_t *content;
	size_t size; /* as it says, at most what is there unless `cut` */
	bool cut;    /* the buffer ends before it does */
};

/* Reads the header at data[0..size); false when there is none. */
static bool der_read(const uint8_t *data, size_t size, struct der *ret)
{
	size_t length, octets, at = 2;

	if (size < 2)
		return false;
	length = data[1];
	if (length & 0x80) {
		octets = length & 0x7f;
		if (octets == 0 || octets > 4 || size < 2 + octets)
			return false;
		for (length = 0; octets > 0; octets--)
			length = length << 8 | data[at++];
	}
	*ret = (struct der){.tag = data[0], .content = data + at, .size = length};
	ret->cut = length > size - at;
	if (ret->cut)
		ret->size = size - at;
	return true;
}

/* The element after `former`, both inside `outer`. */
static bool der_next(const struct der *outer, const struct der *former, struct der *ret)
{
	const uint8_t *end = former->content + former->size;

	return !former->cut && der_read(end, (size_t)(outer->content + outer->size - end), ret);
}

static bool is_integer(const struct der *element, uint8_t value)
{
	return element->tag == DER_INTEGER && element->size == 1 && !element->cut &&
	       element->content[0] == value;
}

/* A sequence that begins with an OID: what names an algorithm. */
static bool is_algorithm(const struct der *element)
{
	struct der oid;

	return element->tag == DER_SEQUENCE && der_read(element->content, element->size, &oid) &&
	       oid.tag == DER_OID;
}

static bool has_bytes(const struct der *element, const void *bytes, size_t size)
{
	size_t looked_at = element->size < LOOKED_AT ? element->size : LOOKED_AT;

	return memmem(element->content, looked_at, bytes, size) != NULL;
}

/* PFX ::= SEQUENCE { INTEGER 3, ... }; a bag that holds a key says so outside of what it encrypts.
 */
static bool is_pkcs12(const struct der *outer, const struct der *version)
{
	static const uint8_t key_bag[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
					  0x01, 0x0c, 0x0a, 0x01, 0x01};
	static const uint8_t shrouded_bag[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
					       0x01, 0x0c, 0x0a, 0x01, 0x02};

	return is_integer(version, 3) && (has_bytes(outer, key_bag, sizeof(key_bag)) ||
					  has_bytes(outer, shrouded_bag, sizeof(shrouded_bag)));
}

static bool set_der(const char *code, const char *what, struct secret *ret)
{
	ret->code = code;
	ret->what = what;
	return true;
}

static bool match_der(const struct secret_view *view, struct secret *ret)
{
	struct der outer, first, second, third;

	if (!der_read((const uint8_t *)view->data, view->size, &outer) ||
	    outer.tag != DER_SEQUENCE || outer.size < 40 ||
	    !der_read(outer.content, outer.size, &first) || !der_next(&outer, &first, &second))
		return false;
	if (is_pkcs12(&outer, &first))
		return set_der("secret.key-store", "a PKCS#12 key store", ret);
	if (outer.cut || !view->is_whole)
		return false;
	/* EncryptedPrivateKeyInfo */
	if (is_algorithm(&first) && second.tag == DER_OCTETS && !der_next(&outer, &second, &third))
		return set_der("secret.encrypted-key", "a private key under a passphrase", ret);
	/* PrivateKeyInfo, RSAPrivateKey, ECPrivateKey */
	if ((is_integer(&first, 0) || is_integer(&first, 1)) && is_algorithm(&second) &&
	    der_next(&outer, &second, &third) && third.tag == DER_OCTETS)
		return set_der("secret.private-key", "a private key", ret);
	if (is_integer(&first, 0) && second.tag == DER_INTEGER && second.size >= 64 &&
	    der_next(&outer, &second, &third) && third.tag == DER_INTEGER)
		return set_der("secret.private-key", "a private key", ret);
	if (is_integer(&first, 1) && second.tag == DER_OCTETS && second.size >= 20 &&
	    second.size <= 66)
		return set_der("secret.private-key", "a private key", ret);
	return false;
}

static bool begins(const struct secret_view *view, const char *bytes, size_t size)
{
	return view->size > size && memcmp(view->data, bytes, size) == 0;
}

#define BEGINS(view, text) begins(view, text, sizeof(text) - 1)

/* gpg-agent's private-keys-v1.d; those of smart cards ("shadowed") hold no key. */
static bool match_gnupg(const struct secret_view *view, struct secret *ret)
{
	size_t looked_at = view->size < 4096 ? view->size : 4096;
	bool is_new =
		BEGINS(view, "Created: ") || BEGINS(view, "Key: ") || BEGINS(view, "Description: ");

	if (!BEGINS(view, "(11:private-key") && !BEGINS(view, "(21:protected-private-key") &&
	    !(is_new && (memmem(view->data, looked_at, "(private-key", 12) ||
			 memmem(view->data, looked_at, "(protected-private-key", 22))))
		return false;
	return set_der("secret.gnupg-key", "a private key of GnuPG", ret);
}

/* A secret-key packet of OpenPGP, tag 5 with version 4 and a known algorithm. */
static bool match_openpgp(const struct secret_view *view, struct secret *ret)
{
	const uint8_t *data = (const uint8_t *)view->data;
	static const uint8_t algorithms[] = {1, 2, 3, 16, 17, 18, 19, 22, 25, 27};
	size_t header = 0;

	if (view->size < 64)
		return false;
	if (data[0] == 0x95)
		header = 3;
	else if (data[0] == 0x94)
		header = 2;
	else if (data[0] == 0xc5)
		header = data[1] < 192 ? 2 : data[1] < 224 ? 3 : 0;
	if (header == 0 || data[header] != 4 ||
	    !memchr(algorithms, data[header + 5], sizeof(algorithms)) || data[header + 1] < 0x30)
		return false;
	return set_der("secret.gnupg-key", "an OpenPGP private key", ret);
}

static uint32_t big_endian(const uint8_t *data)
{
	return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

/* Java's key store whose first entry is a key; stores of certificates alone are not secret. */
static bool match_java(const struct secret_view *view, struct secret *ret)
{
	const uint8_t *data = (const uint8_t *)view->data;

	if (view->size < 32 || (big_endian(data) != 0xfeedfeed && big_endian(data) != 0xcececece) ||
	    big_endian(data + 4) > 2 || big_endian(data + 8) == 0 || big_endian(data + 12) != 1)
		return false;
	return set_der("secret.key-store", "a Java key store", ret);
}

/* Kerberos: 5, 2, the size of the first entry and the number of its components. */
static bool match_keytab(const struct secret_view *view, struct secret *ret)
{
	const uint8_t *data = (const uint8_t *)view->data;
	uint32_t size;

	if (view->size < 32 || data[0] != 5 || data[1] != 2)
		return false;
	size = big_endian(data + 2);
	if (size < 16 || size > view->size - 6 || data[6] != 0 || data[7] == 0 || data[7] > 8 ||
	    data[8] != 0)
		return false;
	return set_der("secret.key-store", "a Kerberos keytab", ret);
}

/* KeePass's two signatures, little-endian 9AA2D903 and B54BFB67. */
static bool match_keepass(const struct secret_view *view, struct secret *ret)
{
	return BEGINS(view, "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5") &&
	       set_der("secret.key-store", "a KeePass database", ret);
}

/* HOST:PORT:DATABASE:USER:PASSWORD of PostgreSQL's password file; a backslash takes the next. */
static bool is_pgpass_line(const char *line, size_t length, const char **ret_value)
{
	size_t fields[5] = {}, count = 1;

	for (size_t i = 0; i < length; i++) {
		if (line[i] == '\\')
			i++;
		else if (line[i] == ':' && count < 5)
			fields[count++] = i + 1;
	}
	if (count < 5 || fields[1] < 2 || fields[4] >= length)
		return false;
	*ret_value = line + fields[4];
	if (fields[2] - fields[1] == 2 && line[fields[1]] == '*')
		return true;
	for (size_t i = fields[1]; i + 1 < fields[2]; i++)
		if (line[i] < '0' || line[i] > '9')
			return false;
	return fields[2] - fields[1] >= 4 && fields[2] - fields[1] <= 6;
}

static bool match_pgpass(const struct secret_view *view, struct secret *ret)
{
	const char *end = view->data + view->size, *value = NULL;
	size_t found = 0;

	if (!view->is_text || !view->is_whole || view->size > PGPASS_MAX)
		return false;
	for (const char *line = view->data; line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((newline ? newline : end) - line);

		if (length > 0 && line[0] != '#') {
			if (!is_pgpass_line(line, length, &value))
				return false;
			length -= (size_t)(value - line);
			found += memchr(value, ':', length) == NULL &&
				 !value_is_placeholder(value, length);
		}
		line = newline ? newline + 1 : end;
	}
	if (found == 0)
		return false;
	ret->is_guessable = true;
	return set_der("secret.password", "a PostgreSQL password file", ret);
}

/* Vault's token of the older form, alone in a file. */
static bool match_vault(const struct secret_view *view, struct secret *ret)
{
	size_t size = view->size;

	while (size > 0 && view->data[size - 1] == '\n')
		size--;
	if (!view->is_whole || size != 26 || memcmp(view->data, "s.", 2) != 0 ||
	    alphabet_span(ALPHABET_ALNUM, view->data + 2, 24) != 24)
		return false;
	return set_der("secret.token", "a token of Vault", ret);
}

bool secret_match_file(const struct secret_view *view, struct secret *ret)
{
	static bool (*const matchers[])(const struct secret_view *, struct secret *) = {
		match_der,    match_gnupg,   match_openpgp, match_java,
		match_keytab, match_keepass, match_pgpass,  match_vault,
	};

	for (size_t i = 0; i < ELEMENTS(matchers); i++) {
		*ret = (struct secret){
			.mark = view->data, .value = view->data, .length = view->size};
		if (matchers[i](view, ret))
			return true;
	}
	return false;
}
