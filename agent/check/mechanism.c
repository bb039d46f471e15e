/* SPDX-License-Identifier: Apache-2.0 */
#include "check/mechanism.h"

#include <string.h>
#include <sys/stat.h>

enum mechanism_id {
	FILE_OTHER,
	BINARY,
	HIDDEN,
	SUID,
	SERVICE,
	TIMER,
	CRON,
	AT,
	INIT,
	SSHKEY,
	SSHD,
	ACCOUNT,
	SUDO,
	POLKIT,
	PRELOAD,
	LINKER,
	PAM,
	KMOD,
	BOOT,
	UDEV,
	SHELL,
	PKGHOOK,
	APTSOURCE,
	CA,
	NETHOOK,
	MOTD,
	XDG,
	CLOUDINIT,
	CONTAINER,
	DNSHOSTS,
	DEFENSE,
	SECRET,
	TRIGGER,
	_MECHANISM_MAX,
};

static const struct mechanism mechanisms[_MECHANISM_MAX] = {
	[FILE_OTHER] = {"file", "File", MECHANISM_GENERIC | MECHANISM_MINOR},
	[BINARY] = {"binary", "Program", MECHANISM_GENERIC | MECHANISM_MINOR},
	[HIDDEN] = {"hidden", "Hidden file", MECHANISM_GENERIC | MECHANISM_MINOR},
	[SUID] = {"suid", "Privileged program", MECHANISM_GENERIC},
	[SERVICE] = {"service", "Unit", MECHANISM_TRIGGER},
	[TIMER] = {"timer", "Timer", MECHANISM_TRIGGER},
	[CRON] = {"cron", "Cron job", MECHANISM_TRIGGER},
	[AT] = {"at", "At job", MECHANISM_TRIGGER},
	[INIT] = {"init", "Init script", MECHANISM_TRIGGER},
	[SSHKEY] = {"sshkey", "SSH key file", 0},
	[SSHD] = {"sshd", "SSH server setting", MECHANISM_TRIGGER},
	[ACCOUNT] = {"account", "Account file", MECHANISM_SET},
	[SUDO] = {"sudo", "Sudo rule", 0},
	[POLKIT] = {"polkit", "Polkit rule", 0},
	[PRELOAD] = {"preload", "Preload list", MECHANISM_TRIGGER},
	[LINKER] = {"linker", "Linker setting", MECHANISM_TRIGGER},
	[PAM] = {"pam", "PAM file", MECHANISM_TRIGGER},
	[KMOD] = {"kmod", "Kernel module file", MECHANISM_TRIGGER},
	[BOOT] = {"boot", "Boot file", MECHANISM_TRIGGER},
	[UDEV] = {"udev", "Udev rule", MECHANISM_TRIGGER},
	[SHELL] = {"shell", "Shell start-up file", MECHANISM_TRIGGER},
	[PKGHOOK] = {"pkghook", "Package manager hook", MECHANISM_TRIGGER},
	[APTSOURCE] = {"aptsource", "Package source", 0},
	[CA] = {"ca", "CA certificate", 0},
	[NETHOOK] = {"nethook", "Network hook", MECHANISM_TRIGGER},
	[MOTD] = {"motd", "Login message script", MECHANISM_TRIGGER},
	[XDG] = {"xdg", "Autostart entry", MECHANISM_TRIGGER},
	[CLOUDINIT] = {"cloudinit", "Cloud-init file", MECHANISM_TRIGGER},
	[CONTAINER] = {"container", "Container file", MECHANISM_TRIGGER},
	[DNSHOSTS] = {"dnshosts", "Name resolution file", 0},
	[DEFENSE] = {"defense", "Logging or security setting", 0},
	[SECRET] = {"secret", "Credential file", 0},
	[TRIGGER] = {"trigger", "Autostart file", MECHANISM_TRIGGER},
};

/*
 * Places; the first match wins. The taxonomy is that of ATT&CK's Linux persistence techniques;
 * docs/malicious-images.md names the sources.
 */
static const struct {
	const char *glob;
	enum mechanism_id id;
} places[] = {
	/* what the linker and PAM load into every program */
	{"/etc/ld.so.preload", PRELOAD},
	{"/etc/ld.so.c*", LINKER},
	{"/etc/ld.so.conf.d/**", LINKER},
	{"/usr/lib/**/gconv/**", LINKER},
	{"/usr/lib/**/security/pam_*.so", PAM},
	{"/lib/**/security/pam_*.so", PAM},
	{"/etc/pam.conf", PAM},
	{"/etc/pam.d/**", PAM},
	{"/etc/security/**", PAM},
	{"/usr/share/pam-configs/**", PAM},

	/* service managers */
	{"**/systemd/**.timer", TIMER},
	{"**/systemd/**.timer.d/**", TIMER},
	{"/etc/systemd/journald.conf*", DEFENSE},
	{"/etc/systemd/coredump.conf*", DEFENSE},
	{"/etc/systemd/network/**", NETHOOK},
	{"/etc/systemd/resolved.conf*", DNSHOSTS},
	{"/etc/systemd/nspawn/**", CONTAINER},
	{"/etc/systemd/**", SERVICE},
	{"**/systemd/system*/**", SERVICE},
	{"**/systemd/user*/**", SERVICE},
	{"/usr/lib/systemd/*-generators/**", SERVICE},
	{"/var/lib/systemd/linger/**", SERVICE},
	{"/etc/default/**", SERVICE},
	{"/usr/share/dbus-1/*services/**", SERVICE},
	{"/etc/dbus-1/**", SERVICE},
	{"/etc/init.d/**", INIT},
	{"/etc/rc*.d/**", INIT},
	{"/etc/rc.*", INIT},
	{"/etc/inittab", INIT},
	{"/etc/init/**", INIT},
	{"/etc/inetd.conf", INIT},
	{"/etc/xinetd*", INIT},
	{"/etc/xinetd.d/**", INIT},

	/* planned jobs */
	{"/var/spool/cron/at*/**", AT},
	{"/etc/at.*", AT},
	{"/etc/cron*", CRON},
	{"/etc/cron*/**", CRON},
	{"/etc/anacrontab", CRON},
	{"/var/spool/cron/**", CRON},
	{"/var/spool/anacron/**", CRON},

	/* ssh, accounts, privilege */
	{"**/.ssh/authorized_keys*", SSHKEY},
	{"/etc/ssh/authorized_keys*", SSHKEY},
	{"/etc/ssh/authorized_keys*/**", SSHKEY},
	{"**/.ssh/id_*", SECRET},
	{"**/.ssh/**", SSHD},
	{"**/.ssh", SSHKEY},
	{"**/.[rs]hosts", SSHD},
	{"/etc/hosts.equiv", SSHD},
	{"/etc/ssh/**", SSHD},
	{"/etc/passwd*", ACCOUNT},
	{"/etc/shadow*", ACCOUNT},
	{"/etc/group*", ACCOUNT},
	{"/etc/gshadow*", ACCOUNT},
	{"/etc/sub[ug]id*", ACCOUNT},
	{"/etc/login.defs", ACCOUNT},
	{"/etc/adduser.conf", ACCOUNT},
	{"/etc/shells", ACCOUNT},
	{"/etc/userdb/**", ACCOUNT},
	{"/var/lib/extrausers/**", ACCOUNT},
	{"**/sysusers.d/**", ACCOUNT},
	{"/etc/sudo*", SUDO},
	{"/etc/sudoers.d/**", SUDO},
	{"/etc/doas.conf", SUDO},
	{"/etc/polkit-1/**", POLKIT},
	{"/usr/share/polkit-1/**", POLKIT},
	{"/var/lib/polkit-1/**", POLKIT},

	/* kernel and boot */
	{"/usr/lib/modules/**", KMOD},
	{"/lib/modules/**", KMOD},
	{"**/modprobe.d/**", KMOD},
	{"**/modules-load.d/**", KMOD},
	{"**/depmod.d/**", KMOD},
	{"/etc/modules", KMOD},
	{"**.ko", KMOD},
	{"**.ko.*", KMOD},
	{"/usr/src/*/dkms.conf", KMOD},
	{"/var/lib/dkms/**", KMOD},
	{"/boot/**", BOOT},
	{"/etc/default/grub*", BOOT},
	{"/etc/default/grub.d/**", BOOT},
	{"/etc/grub.d/**", BOOT},
	{"/etc/kernel/**", BOOT},
	{"/etc/initramfs-tools/**", BOOT},
	{"/usr/share/initramfs-tools/**", BOOT},
	{"/usr/lib/dracut/**", BOOT},
	{"**/sysctl.d/**", DEFENSE},
	{"/etc/sysctl.conf", DEFENSE},
	{"**/binfmt.d/**", TRIGGER},
	{"**/tmpfiles.d/**", TRIGGER},
	{"**/udev/**", UDEV},

	/* shells and interpreters */
	{"/etc/profile*", SHELL},
	{"/etc/profile.d/**", SHELL},
	{"/etc/bash*", SHELL},
	{"/etc/bash_completion.d/**", SHELL},
	{"/etc/zsh/**", SHELL},
	{"/etc/csh*", SHELL},
	{"/etc/environment", SHELL},
	{"/etc/environment.d/**", SHELL},
	{"/etc/inputrc", SHELL},
	{"/etc/skel/**", SHELL},
	{"**/.bash*", SHELL},
	{"**/.profile", SHELL},
	{"**/.z[sl]*", SHELL},
	{"**/.kshrc", SHELL},
	{"**/bash-completion/completions/**", SHELL},
	{"**/sitecustomize.py", TRIGGER},
	{"**/usercustomize.py", TRIGGER},
	{"**.pth", TRIGGER},
	{"**/.git/hooks/**", TRIGGER},
	{"/etc/gitconfig", TRIGGER},
	{"**/.gitconfig", TRIGGER},
	{"/etc/vim/**", TRIGGER},
	{"**/.vimrc", TRIGGER},
	{"/etc/logrotate.*/**", TRIGGER},
	{"/etc/logrotate.conf", TRIGGER},
	{"/etc/acpi/**", TRIGGER},
	{"/etc/crypttab", TRIGGER},
	{"/etc/fstab", TRIGGER},
	{"**/.forward", TRIGGER},
	{"**/.procmailrc", TRIGGER},
	{"/etc/aliases", TRIGGER},

	/* packages */
	{"/etc/apt/sources.list*", APTSOURCE},
	{"/etc/apt/sources.list.d/**", APTSOURCE},
	{"/etc/apt/trusted.gpg*", APTSOURCE},
	{"/etc/apt/trusted.gpg.d/**", APTSOURCE},
	{"/etc/apt/keyrings/**", APTSOURCE},
	{"/usr/share/keyrings/**", APTSOURCE},
	{"/etc/apt/preferences*", APTSOURCE},
	{"/etc/apt/preferences.d/**", APTSOURCE},
	{"/etc/apt/auth.conf*", SECRET},
	{"/etc/apt/**", PKGHOOK},
	{"/etc/dpkg/**", PKGHOOK},
	{"/etc/needrestart/**", PKGHOOK},
	{"/var/lib/dpkg/**", PKGHOOK},
	{"/etc/pip.conf", APTSOURCE},

	/* network, names, trust */
	{"/etc/network/**", NETHOOK},
	{"/etc/NetworkManager/**", NETHOOK},
	{"/etc/networkd-dispatcher/**", NETHOOK},
	{"/usr/lib/networkd-dispatcher/**", NETHOOK},
	{"/etc/dhcp/**", NETHOOK},
	{"/etc/ppp/**", NETHOOK},
	{"/etc/wpa_supplicant/**", NETHOOK},
	{"/etc/resolvconf/**", NETHOOK},
	{"/etc/hosts*", DNSHOSTS},
	{"/etc/resolv.conf", DNSHOSTS},
	{"/etc/nsswitch.conf", DNSHOSTS},
	{"/usr/local/share/ca-certificates/**", CA},
	{"/usr/share/ca-certificates/**", CA},
	{"/etc/ssl/certs/**", CA},
	{"/etc/ca-certificates*", CA},
	{"/etc/ca-certificates/**", CA},

	/* logins, desktops, clouds, containers */
	{"/etc/update-motd.d/**", MOTD},
	{"/etc/motd", MOTD},
	{"/etc/issue*", MOTD},
	{"**/autostart/**", XDG},
	{"/etc/cloud/**", CLOUDINIT},
	{"/var/lib/cloud/**", CLOUDINIT},
	{"/usr/lib/python3/dist-packages/cloudinit/**", CLOUDINIT},
	{"/etc/docker/**", CONTAINER},
	{"/var/lib/docker/**", CONTAINER},
	{"/etc/containerd/**", CONTAINER},
	{"/var/lib/containerd/**", CONTAINER},
	{"/etc/containers/**", CONTAINER},
	{"/usr/share/containers/**", CONTAINER},
	{"/etc/cni/**", CONTAINER},
	{"/etc/kubernetes/**", CONTAINER},
	{"/var/lib/rancher/**", CONTAINER},
	{"/var/lib/lxc/**", CONTAINER},
	{"/var/lib/machines/**", CONTAINER},

	/* logging and defence */
	{"/etc/rsyslog*", DEFENSE},
	{"/etc/rsyslog.d/**", DEFENSE},
	{"/etc/audit/**", DEFENSE},
	{"/etc/apparmor*", DEFENSE},
	{"/etc/apparmor.d/**", DEFENSE},
	{"/etc/selinux/**", DEFENSE},
	{"/etc/ufw/**", DEFENSE},
	{"/etc/nftables*", DEFENSE},
	{"/etc/iptables/**", DEFENSE},
	{"/etc/fail2ban/**", DEFENSE},

	/* credentials */
	{"**/.aws/**", SECRET},
	{"**/.azure/**", SECRET},
	{"**/.config/gcloud/**", SECRET},
	{"**/.kube/**", SECRET},
	{"**/.docker/config.json", SECRET},
	{"**/.netrc", SECRET},
	{"**/.git-credentials", SECRET},
	{"**/.npmrc", SECRET},
	{"**/.pypirc", SECRET},
	{"**/.pgpass", SECRET},
	{"**/.my.cnf", SECRET},
	{"**/.gnupg/**", SECRET},
	{"**/.vault-token", SECRET},
	{"**.pem", SECRET},
	{"**.key", SECRET},
};

/* Zero for what is not a regular file: the execute bits of a directory mean something else. */
static mode_t file_mode(const struct entry *entry)
{
	return entry->type == ENTRY_FILE ? entry->mode : 0;
}

static bool is_regular(const struct difference *difference)
{
	return difference->actual.type == ENTRY_FILE || difference->expected.type == ENTRY_FILE;
}

/* A program that runs with more rights than its caller, newly so or with changed content. */
static bool is_privileged(const struct difference *difference)
{
	const struct entry *actual = &difference->actual;

	if (actual->type != ENTRY_FILE)
		return false;
	return (actual->mode & (S_ISUID | S_ISGID)) || actual->xattrs[XATTR_CAPABILITY].data ||
	       (difference->attributes & ATTRIBUTE_CAPABILITY);
}

/* Programs, and libraries by their usual places and names. */
static bool is_binary(const struct difference *difference)
{
	const char *path = difference->path;

	return ((file_mode(&difference->actual) | file_mode(&difference->expected)) & 0111) ||
	       glob_match("**.so", path) || glob_match("**.so.*", path) ||
	       glob_match("**/bin/*", path) || glob_match("**/sbin/*", path);
}

/* A dot file or a name of blanks and dots, outside the places where dot files are usual. */
static bool is_hidden(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	size_t length = strlen(name);

	if (length > 0 && name[length - 1] == ' ')
		return true;
	if (name[0] != '.')
		return false;
	return !glob_match("/root/*", path) && !glob_match("/home/*/*", path) &&
	       !glob_match("/etc/skel/*", path);
}

static enum mechanism_id find_generic(const struct difference *difference)
{
	if (difference->kind != DIFFERENCE_MISSING && is_privileged(difference))
		return SUID;
	if (difference->kind == DIFFERENCE_UNEXPECTED && is_hidden(difference->path))
		return HIDDEN;
	if (is_regular(difference) && is_binary(difference))
		return BINARY;
	return FILE_OTHER;
}

const struct mechanism *mechanism_find(const struct difference *difference)
{
	for (size_t i = 0; i < ELEMENTS(places); i++)
		if (glob_match(places[i].glob, difference->path))
			return &mechanisms[places[i].id];
	return &mechanisms[find_generic(difference)];
}

bool mechanism_is_minor(const struct difference *difference)
{
	return difference->kind == DIFFERENCE_PROBLEM ||
	       (mechanism_find(difference)->flags & MECHANISM_MINOR);
}
