/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define SECRET_NOUN "A private key, token or password"
#define SECRET_WHY                                                                     \
	"Everybody who can launch or copy the image has it, and can act as its owner " \
	"wherever it is accepted."
#define SECRET_REMEDY "revoke the secret where it is accepted, look for its use, and " REPLACE
#define SECRET(code, severity, attack, summary, confirm)                                       \
	ENTRY(code, severity, attack, summary, SECRET_WHY, confirm,                            \
	      "Keep it out of the image: give it to the instance at its start, or let a role " \
	      "take its place. If nobody can explain it: " SECRET_REMEDY)
SECRET("secret.aws-key", HIGH, ("T1552.001"), "An AWS access key and its secret are here.",
       "grep -nE '(AKIA|ASIA)[A-Z0-9]{16}' FILE; aws sts get-caller-identity"),
	SECRET("secret.azure-key", HIGH, ("T1552.001"),
	       "A key or secret of Microsoft Azure is here.",
	       "grep -nE 'AccountKey|SharedAccessKey|8Q~' FILE"),
	CHANGED("secret", SECRET_NOUN, HIGH, ("T1552.004", "T1552.001"), SECRET_WHY,
		"ls -l FILE; file FILE", SECRET_REMEDY),
	SECRET("secret.encrypted-key", MEDIUM, ("T1552.004"),
	       "A private key is here, under a passphrase.",
	       "openssl pkey -in FILE -noout; file FILE"),
	SECRET("secret.gcp-key", HIGH, ("T1552.001"), "A key or token of Google Cloud is here.",
	       "grep -nE 'private_key_id|client_email|AIza|ya29' FILE"),
	SECRET("secret.gnupg-key", HIGH, ("T1552.004"), "A private key of GnuPG is here.",
	       "gpg --list-packets FILE; ls -l FILE"),
	SECRET("secret.key-store", HIGH, ("T1552.004"), "A store with private keys is here.",
	       "openssl pkcs12 -in FILE -noout -info; keytool -list -keystore FILE; klist -k FILE"),
	MISSING("secret", SECRET_NOUN, HIGH, ("T1552.004", "T1552.001"), SECRET_WHY),
	SECRET("secret.password", HIGH, ("T1552.001", "T1552.003"), "A password is here.",
	       "grep -niE 'passw|://' FILE; ls -l FILE"),
	SECRET("secret.private-key", HIGH, ("T1552.004"), "A private key is here.",
	       "grep -n 'PRIVATE KEY' FILE; openssl pkey -in FILE -noout; file FILE"),
	SECRET("secret.registry-login", HIGH, ("T1552.001"),
	       "The login of a container registry is here.", "jq '.auths|keys' FILE; ls -l FILE"),
	SECRET("secret.shadow-copy", HIGH, ("T1003.008"),
	       "A copy of password hashes is outside of /etc/shadow.",
	       "ls -l FILE; cut -d: -f1 FILE"),
	SECRET("secret.token", HIGH, ("T1552.001", "T1552.007"), "A token or API key is here.",
	       "ls -l FILE; file FILE"),
	UNEXPECTED("secret", SECRET_NOUN, HIGH, ("T1552.004", "T1552.001"), SECRET_WHY,
		   "ls -l FILE; file FILE", SECRET_REMEDY),
	SECRET("secret.wireguard-key", HIGH, ("T1552.001"), "A key of WireGuard is here.",
	       "grep -nE 'PrivateKey|PresharedKey' FILE; wg show"),
