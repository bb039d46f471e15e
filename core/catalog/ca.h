/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define CA_NOUN "A trusted certificate authority"
#define CA_WHY \
	"Whoever holds its private key can stand in for any server that this machine talks to over TLS, package mirrors and cloud interfaces included."
#define CA_CONFIRM "openssl x509 -in FILE -noout -subject -issuer -fingerprint -sha256"
#define CA_REMEDY  "remove it, run update-ca-certificates --fresh, and " REPLACE

ENTRY("ca.authority", HIGH, ("T1553.004"),
      "A certificate authority is trusted that comes from no package and no sealed file.",
      "Whoever holds its private key can stand in for any server that this machine talks to over TLS, package mirrors and cloud interfaces included.",
      "openssl x509 -in FILE -noout -subject -issuer -fingerprint -sha256",
      "If it is your own, install it in the image's build and seal again. If not: remove it, run update-ca-certificates --fresh, and replace the instance with one from a sealed image."),
	ENTRY("ca.certificate", LOW, ("T1553.004"),
	      "A certificate that is no authority lies in the trust store.",
	      "It is trusted for its own name alone. Packages put self-signed certificates of a host there.",
	      "openssl x509 -in FILE -noout -subject -issuer -fingerprint -sha256",
	      "Remove it if no service of this machine uses it."),
	CHANGED("ca", CA_NOUN, HIGH, ("T1553.004"), CA_WHY, CA_CONFIRM, CA_REMEDY),
	MISSING("ca", CA_NOUN, HIGH, ("T1553.004"), CA_WHY),
	UNEXPECTED("ca", CA_NOUN, HIGH, ("T1553.004"), CA_WHY, CA_CONFIRM, CA_REMEDY),
