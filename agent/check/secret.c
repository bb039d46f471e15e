/* SPDX-License-Identifier: Apache-2.0 */
#include "check/secret.h"

#include "check/literals.h"
#include "check/secret_match.h"
#include "policy.h"

#include <ctype.h>
#include <string.h>

#define TOKEN "secret.token"

/* The first row that matches a place counts, and of two places with one value the first. */
static const struct detector detectors[] = {
	{"-----BEGIN ", NULL, NULL, match_pem, 0, 0, 0},
	{"LS0tLS1CRUdJTi", "secret.private-key", "a private key in base64", match_encoded_pem, 0,
	 100, 0},

	{"PuTTY-User-Key-File-", NULL, NULL, match_putty, 0, 0, 0},

	/* clouds */
	{"AKIA", "secret.aws-key", "an AWS access key with its secret", match_aws, 0, 0, 0},
	{"ASIA", "secret.aws-key", "temporary AWS credentials", match_aws, 0, 0, 0},
	{"AIza", "secret.gcp-key", "a Google API key", match_token, ALPHABET_BASE64URL, 35, 35},
	{"ya29.", "secret.gcp-key", "a Google access token", match_token, ALPHABET_DOTTED, 20,
	 2048},
	{"AccountKey", "secret.azure-key", "an Azure storage key", match_base64_key, 0, 88, 88},
	{"SharedAccessKey", "secret.azure-key", "an Azure shared access key", match_base64_key, 0,
	 44, 44},
	{"8Q~", "secret.azure-key", "a secret of an Entra application", match_azure_secret, 0, 31,
	 34},
	{"dop_v1_", TOKEN, "a DigitalOcean token", match_token, ALPHABET_HEX, 64, 64},

	/* code hosts and registries */
	{"ghp_", TOKEN, "a GitHub token", match_token, ALPHABET_ALNUM, 36, 255},
	{"gho_", TOKEN, "a GitHub token", match_token, ALPHABET_ALNUM, 36, 255},
	{"ghu_", TOKEN, "a GitHub token", match_token, ALPHABET_ALNUM, 36, 255},
	{"ghs_", TOKEN, "a GitHub token", match_token, ALPHABET_ALNUM, 36, 255},
	{"ghr_", TOKEN, "a GitHub token", match_token, ALPHABET_ALNUM, 36, 255},
	{"github_pat_", TOKEN, "a GitHub token", match_token, ALPHABET_BASE64URL, 80, 100},
	{"glpat-", TOKEN, "a GitLab token", match_token, ALPHABET_DOTTED, 20, 300},
	{"gldt-", TOKEN, "a GitLab deploy token", match_token, ALPHABET_BASE64URL, 20, 64},
	{"glrt-", TOKEN, "a GitLab runner token", match_token, ALPHABET_DOTTED, 20, 300},
	{"npm_", TOKEN, "an npm token", match_token, ALPHABET_ALNUM, 36, 36},
	{"pypi-AgE", TOKEN, "a PyPI token", match_token, ALPHABET_BASE64URL, 50, 500},
	{"dckr_pat_", TOKEN, "a Docker Hub token", match_token, ALPHABET_BASE64URL, 20, 64},
	{"ATATT3", TOKEN, "an Atlassian token", match_token, ALPHABET_BASE64URL, 100, 300},
	{"\"auth\"", "secret.registry-login", "a container registry's login", match_docker, 0, 0,
	 0},
	{"\"identitytoken\"", "secret.registry-login", "a container registry's token", match_json,
	 0, 20, 512},

	/* other services */
	{"xoxb-", TOKEN, "a Slack token", match_token, ALPHABET_BASE64URL, 20, 255},
	{"xoxp-", TOKEN, "a Slack token", match_token, ALPHABET_BASE64URL, 20, 255},
	{"xoxa-", TOKEN, "a Slack token", match_token, ALPHABET_BASE64URL, 20, 255},
	{"xapp-", TOKEN, "a Slack token", match_token, ALPHABET_BASE64URL, 20, 255},
	{"hooks.slack.com/services/", TOKEN, "a Slack webhook", match_token, ALPHABET_PATH, 40, 90},
	{"sk_live_", TOKEN, "a Stripe key", match_token, ALPHABET_ALNUM, 20, 255},
	{"rk_live_", TOKEN, "a Stripe key", match_token, ALPHABET_ALNUM, 20, 255},
	{"whsec_", TOKEN, "a Stripe webhook secret", match_token, ALPHABET_BASE64, 32, 128},
	{"SG.", TOKEN, "a SendGrid key", match_token, ALPHABET_DOTTED, 66, 66},
	{"hvs.", TOKEN, "a Vault token", match_token, ALPHABET_BASE64URL, 24, 300},
	{"hvb.", TOKEN, "a Vault token", match_token, ALPHABET_BASE64URL, 24, 500},
	{"sk-ant-", TOKEN, "an Anthropic key", match_token, ALPHABET_BASE64URL, 80, 200},
	{"sk-proj-", TOKEN, "an OpenAI key", match_token, ALPHABET_BASE64URL, 40, 300},
	{"AGE-SECRET-KEY-1", "secret.private-key", "an age key", match_token, ALPHABET_UPPER, 58,
	 58},
	{"eyJ", TOKEN, "a signed web token (JWT)", match_jwt, 0, 20, 8192},
	{"\"refresh_token\"", TOKEN, "a refresh token", match_json, 0, 20, 512},
	{"\"refreshToken\"", TOKEN, "a refresh token", match_json, 0, 20, 512},
	{"\"access_token\"", TOKEN, "an access token", match_json, 0, 20, 512},
	{"PrivateKey", "secret.wireguard-key", "a WireGuard private key", match_base64_key, 0, 44,
	 44},
	{"PresharedKey", "secret.wireguard-key", "a WireGuard preshared key", match_base64_key, 0,
	 44, 44},

	/* logins */
	{"machine", "secret.password", "a login with its password", match_netrc, 0, 0, 0},
	{"://", "secret.password", "an address with a password in it", match_url, 0, 0, 0},
	{"requirepass ", "secret.password", "a password of Redis", match_word, 0, 4, 0},
	{"masterauth ", "secret.password", "a password of Redis", match_word, 0, 4, 0},
	{"identified by ", "secret.password", "a password of a database", match_word, 0, 4, 0},
	{"authorization: bearer ", TOKEN, "a token in a request", match_word, 0, 16, 0},
	{"authorization: basic ", "secret.password", "a login in a request", match_basic, 0, 0, 0},
	{":$y$", "secret.shadow-copy", "a copy of password hashes", match_shadow, 0, 0, 0},
	{":$7$", "secret.shadow-copy", "a copy of password hashes", match_shadow, 0, 0, 0},
	{":$6$", "secret.shadow-copy", "a copy of password hashes", match_shadow, 0, 0, 0},
	{":$5$", "secret.shadow-copy", "a copy of password hashes", match_shadow, 0, 0, 0},
	{":$2b$", "secret.shadow-copy", "a copy of password hashes", match_shadow, 0, 0, 0},
	{":$1$", "secret.shadow-copy", "a copy of password hashes", match_shadow, 0, 0, 0},
	{"sshpass", "secret.password", "a command with a password", match_command, 0, 0, 0},
	{"mysql", "secret.password", "a command with a password", match_command, 0, 0, 0},
	{"mysqldump", "secret.password", "a command with a password", match_command, 0, 0, 0},
	{"curl", "secret.password", "a command with a password", match_command, 0, 0, 0},
	{"docker login", "secret.password", "a command with a password", match_command, 0, 0, 0},
	{"ldapsearch", "secret.password", "a command with a password", match_command, 0, 0, 0},
	{"smbclient", "secret.password", "a command with a password", match_command, 0, 0, 0},
	{"redis-cli", "secret.password", "a command with a password", match_command, 0, 0, 0},
	{"ipmitool", "secret.password", "a command with a password", match_command, 0, 0, 0},

	/* names with a value: the last, as others know better what it is */
	{"password", "secret.password", "a password", match_setting, 0, 0, 0},
	{"passwd", "secret.password", "a password", match_setting, 0, 0, 0},
	{"passphrase", "secret.password", "a passphrase", match_setting, 0, 0, 0},
	{"_pwd", "secret.password", "a password", match_setting, 0, 0, 0},
	{"_pass", "secret.password", "a password", match_setting, 0, 0, 0},
	{"\npass", "secret.password", "a password", match_setting, 0, 0, 0},
	{"bindpw", "secret.password", "a password", match_setting, 0, 0, 0},
	{"psk", "secret.password", "a key of a wireless network", match_setting, 0, 0, 0},
	{"secret", TOKEN, "a secret", match_setting, 0, 0, 0},
	{"token", TOKEN, "a token", match_setting, 0, 0, 0},
	{"api_key", TOKEN, "an API key", match_setting, 0, 0, 0},
	{"apikey", TOKEN, "an API key", match_setting, 0, 0, 0},
	{"api-key", TOKEN, "an API key", match_setting, 0, 0, 0},
	{"access_key", TOKEN, "an access key", match_setting, 0, 0, 0},
	{"secret_key", TOKEN, "a secret key", match_setting, 0, 0, 0},
	{"auth_key", TOKEN, "a key", match_setting, 0, 0, 0},
	{"_auth", TOKEN, "a login", match_setting, 0, 0, 0},
	{"encryption_key", TOKEN, "a key", match_setting, 0, 0, 0},
	{"credential", TOKEN, "a credential", match_setting, 0, 0, 0},
};

struct secret_scanner {
	struct literals *literals;
};

void secret_scanner_free(struct secret_scanner *scanner)
{
	if (!scanner)
		return;
	literals_free(scanner->literals);
	free(scanner);
}

int secret_scanner_new(struct secret_scanner **ret)
{
	_cleanup_(secret_scanner_free_p) struct secret_scanner *scanner =
		calloc(1, sizeof(*scanner));
	char lower[ELEMENTS(detectors)][33];
	const char *words[ELEMENTS(detectors)];
	int r;

	if (!scanner)
		return -ENOMEM;
	for (size_t i = 0; i < ELEMENTS(detectors); i++) {
		size_t k = 0;

		for (; k < 32 && detectors[i].word[k]; k++)
			lower[i][k] = (char)tolower((unsigned char)detectors[i].word[k]);
		lower[i][k] = '\0';
		words[i] = lower[i];
	}
	r = literals_new(words, ELEMENTS(words), &scanner->literals);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(scanner);
	return 0;
}

static bool matches_any(const char *const globs[], size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (glob_match(globs[i], path))
			return true;
	return false;
}

void secret_view_set_name(struct secret_view *view, const char *path)
{
	/* Files whose only purpose is to keep logins, and what people typed. */
	static const char *const logins[] = {
		"**/.netrc",
		"**/_netrc",
		"**/.git-credentials",
		"**/.pgpass",
		"**/.my.cnf",
		"**/.s3cfg",
		"**/.boto",
		"**/rclone.conf",
		"**/.npmrc",
		"**/.pypirc",
		"**/.env",
		"**/.env.*",
		"**/*.env",
		"**/.*_history",
		"**/.aws/**",
		"**/.azure/**",
		"**/.config/gcloud/**",
		"**/.docker/config.json",
		"**/.kube/**",
		"/etc/apt/auth.conf",
		"/etc/apt/auth.conf.d/**",
		"**/.smbcredentials",
		"/etc/mysql/debian.cnf",
		"**/.config/gh/hosts.yml",
		"**/.cargo/credentials*",
		"**/.gem/credentials",
		"**/.m2/settings.xml",
		"**/.hgrc",
		"**/wp-config.php",
		"**/*.tfvars",
		"**/.oci/**",
		"**/.vault-token",
		"**/.lftprc",
		"**/.fetchmailrc",
		"**/.msmtprc",
		"**/.mbsyncrc",
		"**/.config/filezilla/**",
		"/etc/NetworkManager/system-connections/*",
		"/etc/wpa_supplicant/*",
		"/var/lib/cloud/seed/**",
		"**/.credentials",
		"/etc/*smb*cred*",
	};
	static const char *const sources[] = {
		"**.py",  "**.pl",  "**.pm",  "**.rb",	"**.js",  "**.mjs",  "**.ts", "**.go",
		"**.c",	  "**.cc",  "**.cpp", "**.h",	"**.hpp", "**.java", "**.rs", "**.php",
		"**.lua", "**.tcl", "**.el",  "**.vim", "**.m4",  "**.awk",  "**.cs", "**.swift",
		"**.kt",  "**.pod", "**.t",   "**.map", "**.css", "**.html",
	};

	view->is_login = matches_any(logins, ELEMENTS(logins), path);
	view->is_code = !view->is_login && matches_any(sources, ELEMENTS(sources), path);
}

int secret_scan(const struct secret_scanner *scanner, const struct secret_view *view,
		int (*take)(const struct secret *secret, void *data), void *data)
{
	struct literals_search search = {};
	size_t word, end;
	int r = 0;

	while (r == 0 && literals_next(scanner->literals, &search, (const uint8_t *)view->data,
				       view->size, &word, &end) == 1) {
		const struct detector *detector = &detectors[word];
		struct secret secret = {};

		if (!detector->match(detector, view, end - strlen(detector->word), end, &secret))
			continue;
		if (detector->code) {
			secret.code = detector->code;
			secret.what = detector->what;
		}
		r = take(&secret, data);
	}
	return r;
}
