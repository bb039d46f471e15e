/* SPDX-License-Identifier: Apache-2.0 */
#include "check/place_name.h"

#include <string.h>

/* From a dot file or directory on, in any home and anywhere else. */
static const struct place dot_places[] = {
	{".ssh/authorized_keys*", KIND_SSHKEY},
	{".ssh/id_*.pub", KIND_SSHD},
	{".ssh/*.pub", KIND_SSHD},
	{".ssh/id_*", KIND_SECRET},
	{".ssh/identity", KIND_SECRET},
	{".ssh/*key*", KIND_SECRET},
	{".ssh/**.pem", KIND_SECRET},
	{".ssh", KIND_SSHKEY},
	{".ssh/**", KIND_SSHD},
	{".rhosts", KIND_SSHD},
	{".shosts", KIND_SSHD},

	{".config/systemd/user/**.timer", KIND_TIMER},
	{".config/systemd/user/**.timer.d/**", KIND_TIMER},
	{".config/systemd/**", KIND_SERVICE},
	{".local/share/systemd/**.timer", KIND_TIMER},
	{".local/share/systemd/**", KIND_SERVICE},
	{".config/environment.d/**", KIND_SERVICE},
	{".local/share/dbus-1/**", KIND_SERVICE},
	{".config/containers/auth.json", KIND_SECRET},
	{".config/containers/**", KIND_CONTAINER},
	{".config/docker/**", KIND_CONTAINER},
	{".local/share/containers/**", KIND_CONTAINER},
	{".local/share/docker/**", KIND_CONTAINER},
	{".docker/cli-plugins/**", KIND_CONTAINER},
	{".config/autostart**", KIND_XDG},
	{".config/plasma-workspace/**", KIND_XDG},
	{".config/autostart-scripts/**", KIND_XDG},
	{".kde*/Autostart/**", KIND_XDG},
	{".local/share/applications/**", KIND_XDG},
	{".xinitrc", KIND_XDG},
	{".xsession*", KIND_XDG},
	{".xprofile", KIND_XDG},

	{".bash_history", KIND_SECRET},
	{".*_history", KIND_SECRET},
	{".history", KIND_SECRET},
	{".lesshst", KIND_SECRET},
	{".bash*", KIND_SHELL},
	{".profile", KIND_SHELL},
	{".zsh*", KIND_SHELL},
	{".zlog*", KIND_SHELL},
	{".zprofile", KIND_SHELL},
	{".*kshrc", KIND_SHELL},
	{".shrc", KIND_SHELL},
	{".*cshrc", KIND_SHELL},
	{".login", KIND_SHELL},
	{".logout", KIND_SHELL},
	{".inputrc", KIND_SHELL},
	{".pam_environment", KIND_SHELL},
	{".config/fish/**", KIND_SHELL},
	{".oh-my-zsh/**", KIND_SHELL},

	{".git/hooks**", KIND_TRIGGER},
	{".git/config", KIND_TRIGGER},
	{".gitconfig", KIND_TRIGGER},
	{".config/git/config", KIND_TRIGGER},
	{".config/git/hooks/**", KIND_TRIGGER},
	{".vimrc", KIND_TRIGGER},
	{".gvimrc", KIND_TRIGGER},
	{".vim/**", KIND_TRIGGER},
	{".config/nvim/**", KIND_TRIGGER},
	{".local/share/nvim/**", KIND_TRIGGER},
	{".emacs**", KIND_TRIGGER},
	{".nanorc", KIND_TRIGGER},
	{".tmux.conf", KIND_TRIGGER},
	{".config/tmux/**", KIND_TRIGGER},
	{".screenrc", KIND_TRIGGER},
	{".gdbinit", KIND_TRIGGER},
	{".config/gdb/**", KIND_TRIGGER},
	{".forward", KIND_TRIGGER},
	{".procmailrc", KIND_TRIGGER},
	{".mailcap", KIND_TRIGGER},
	{".muttrc", KIND_TRIGGER},
	{".curlrc", KIND_TRIGGER},
	{".wgetrc", KIND_TRIGGER},
	{".aws/cli/alias", KIND_TRIGGER},
	{".perltidyrc", KIND_TRIGGER},
	{".pythonrc*", KIND_TRIGGER},
	{".irbrc", KIND_TRIGGER},
	{".Rprofile", KIND_TRIGGER},
	{".local/lib/python*/**", KIND_TRIGGER},
	{".htaccess", KIND_TRIGGER},
	{".user.ini", KIND_TRIGGER},
	{".condarc", KIND_APTSOURCE},
	{".pip/**", KIND_APTSOURCE},
	{".config/pip/**", KIND_APTSOURCE},
	{".gemrc", KIND_APTSOURCE},
	{".cargo/config*", KIND_APTSOURCE},
	{".config/cloudinit/**", KIND_CLOUDINIT},

	{".cloudflared**", KIND_REMOTE},
	{".ngrok2/**", KIND_REMOTE},
	{".config/ngrok/**", KIND_REMOTE},
	{".config/rustdesk/**", KIND_REMOTE},
	{".config/chrome-remote-desktop/**", KIND_REMOTE},
	{".anydesk/**", KIND_REMOTE},
	{".vnc/**", KIND_REMOTE},

	{".aws**", KIND_SECRET},
	{".azure**", KIND_SECRET},
	{".boto", KIND_SECRET},
	{".config/gcloud**", KIND_SECRET},
	{".config/gh/**", KIND_SECRET},
	{".config/glab-cli/**", KIND_SECRET},
	{".config/hub", KIND_SECRET},
	{".config/doctl/**", KIND_SECRET},
	{".config/hcloud/**", KIND_SECRET},
	{".config/linode-cli", KIND_SECRET},
	{".config/rclone/**", KIND_SECRET},
	{".config/sops/**", KIND_SECRET},
	{".config/op/**", KIND_SECRET},
	{".rclone.conf", KIND_SECRET},
	{".oci/**", KIND_SECRET},
	{".aliyun/**", KIND_SECRET},
	{".bluemix/**", KIND_SECRET},
	{".kube**", KIND_SECRET},
	{".docker**", KIND_SECRET},
	{".dockercfg", KIND_SECRET},
	{".helm/**", KIND_SECRET},
	{".netrc", KIND_SECRET},
	{".git-credentials", KIND_SECRET},
	{".npmrc", KIND_SECRET},
	{".yarnrc*", KIND_SECRET},
	{".pypirc", KIND_SECRET},
	{".gem/credentials", KIND_SECRET},
	{".cargo/credentials*", KIND_SECRET},
	{".m2/settings*.xml", KIND_SECRET},
	{".gradle/gradle.properties", KIND_SECRET},
	{".nuget/**", KIND_SECRET},
	{".composer/auth.json", KIND_SECRET},
	{".config/composer/auth.json", KIND_SECRET},
	{".pgpass", KIND_SECRET},
	{".my.cnf", KIND_SECRET},
	{".mylogin.cnf", KIND_SECRET},
	{".s3cfg", KIND_SECRET},
	{".passwd-s3fs", KIND_SECRET},
	{".smbcredentials*", KIND_SECRET},
	{".gnupg**", KIND_SECRET},
	{".password-store/**", KIND_SECRET},
	{".vault-token", KIND_SECRET},
	{".vault_pass*", KIND_SECRET},
	{".terraform.d/credentials*", KIND_SECRET},
	{".terraformrc", KIND_SECRET},
	{".databrickscfg", KIND_SECRET},
	{".snowsql/**", KIND_SECRET},
	{".htpasswd", KIND_SECRET},
	{".env", KIND_SECRET},
	{".env.*", KIND_SECRET},
	{".envrc", KIND_SECRET},
};

/* The end of a name that tells wherever it lies, unless the place tells already. */
static const struct {
	const char *suffix;
	enum kind kind;
} suffixes[] = {
	{".ko", KIND_KMOD},
	{".ko.xz", KIND_KMOD},
	{".ko.gz", KIND_KMOD},
	{".ko.zst", KIND_KMOD},
	{"/dkms.conf", KIND_KMOD},
	{"/sitecustomize.py", KIND_TRIGGER},
	{"/usercustomize.py", KIND_TRIGGER},
	{".pth", KIND_TRIGGER},
	{"/.htaccess", KIND_TRIGGER},
	{"/hooks/post-receive", KIND_TRIGGER},
	{"/hooks/pre-receive", KIND_TRIGGER},
	{"/docker-compose.yml", KIND_CONTAINER},
	{"/docker-compose.yaml", KIND_CONTAINER},
	{"/compose.yml", KIND_CONTAINER},
	{"/compose.yaml", KIND_CONTAINER},
	{"/compose.override.yml", KIND_CONTAINER},
	{"/docker-compose.override.yml", KIND_CONTAINER},
	{"/cacerts", KIND_CA},
	{"/cacert.pem", KIND_CA},
	{"/cert9.db", KIND_CA},
	{"/cert8.db", KIND_CA},
	{"/authorized_keys", KIND_SSHKEY},
	{"/authorized_keys2", KIND_SSHKEY},
	{".key", KIND_SECRET},
	{".pem", KIND_SECRET},
	{".p12", KIND_SECRET},
	{".pfx", KIND_SECRET},
	{".jks", KIND_SECRET},
	{".keystore", KIND_SECRET},
	{".ppk", KIND_SECRET},
	{".kdb", KIND_SECRET},
	{".kdbx", KIND_SECRET},
	{".ovpn", KIND_SECRET},
	{".tfstate", KIND_SECRET},
	{".tfstate.backup", KIND_SECRET},
	{".tfvars", KIND_SECRET},
	{".keytab", KIND_SECRET},
	{"/id_rsa", KIND_SECRET},
	{"/id_dsa", KIND_SECRET},
	{"/id_ecdsa", KIND_SECRET},
	{"/id_ed25519", KIND_SECRET},
	{"/kubeconfig", KIND_SECRET},
	{"/kubeconfig.yaml", KIND_SECRET},
	{"/rclone.conf", KIND_SECRET},
	{"/terraform.rc", KIND_SECRET},
	{"/credentials.json", KIND_SECRET},
	{"/service-account.json", KIND_SECRET},
	{"/shadow", KIND_SECRET},
	{"/shadow.bak", KIND_SECRET},
	{"/master.passwd", KIND_SECRET},
};

#define DOTS_MAX 16 /* directories with a dot that are looked at, from the last backwards */

/* From the innermost: what a staged copy of a home holds is what a home holds. */
bool place_find_dot(const char *path, enum kind *ret)
{
	const char *at = path + strlen(path);

	for (unsigned n = 0; at > path && n < DOTS_MAX;) {
		at--;
		if (at[0] != '/' || at[1] != '.')
			continue;
		if (place_find_in(dot_places, ELEMENTS(dot_places), at + 1, ret))
			return true;
		n++;
	}
	return false;
}

bool place_find_suffix(const char *path, enum kind *ret)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < ELEMENTS(suffixes); i++) {
		size_t n = strlen(suffixes[i].suffix);

		if (length > n && memcmp(path + length - n, suffixes[i].suffix, n) == 0) {
			*ret = suffixes[i].kind;
			return true;
		}
	}
	return false;
}
