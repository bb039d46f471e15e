/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("ca", "A trusted certificate authority", HIGH, ("T1553.004"),
	  "Whoever holds its private key can stand in for any server that this machine "
	  "talks to over TLS, package mirrors and cloud interfaces included.",
	  "openssl x509 -in FILE -noout -subject -issuer -fingerprint -sha256",
	  "remove it, run update-ca-certificates --fresh, and " REPLACE),
