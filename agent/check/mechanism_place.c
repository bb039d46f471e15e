/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The taxonomy is that of ATT&CK's Linux persistence techniques; docs/malicious-images.md names the
 * sources. A path is looked up in the table of its own directory alone, and there the first row
 * that fits wins, so what is more particular stands first. Nearly every row is refused by its first
 * bytes, before any pattern is tried.
 */
#include "check/mechanism_place.h"

#include "check/place_name.h"
#include "policy.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Below each of the directories from which systemd and others read configuration. */
static const struct place shared_places[] = {
	{"systemd/**.timer", KIND_TIMER},
	{"systemd/**.timer.d**", KIND_TIMER},
	{"systemd/journald*.conf**", KIND_DEFENSE},
	{"systemd/journal-*.conf**", KIND_DEFENSE},
	{"systemd/coredump.conf**", KIND_DEFENSE},
	{"systemd/timesyncd.conf**", KIND_DEFENSE},
	{"systemd/resolved.conf**", KIND_DNSHOSTS},
	{"systemd/network/**", KIND_NETHOOK},
	{"systemd/networkd.conf**", KIND_NETHOOK},
	{"systemd/nspawn**", KIND_CONTAINER},
	{"systemd/portable**", KIND_CONTAINER},
	{"systemd/system-sleep**", KIND_TRIGGER},
	{"systemd/system-shutdown**", KIND_TRIGGER},
	{"systemd/system", KIND_SERVICE},
	{"systemd/system/**", KIND_SERVICE},
	{"systemd/system.*/**", KIND_SERVICE},
	{"systemd/system-preset**", KIND_SERVICE},
	{"systemd/user", KIND_SERVICE},
	{"systemd/user/**", KIND_SERVICE},
	{"systemd/user.*/**", KIND_SERVICE},
	{"systemd/user-preset**", KIND_SERVICE},
	{"systemd/transient**", KIND_SERVICE},
	{"systemd/generator**", KIND_SERVICE},
	{"systemd/*-generators**", KIND_SERVICE},
	{"systemd/*.conf**", KIND_SERVICE},
	{"environment.d**", KIND_SERVICE},
	{"dbus-1**", KIND_SERVICE},
	{"portables**", KIND_CONTAINER},
	{"machines**", KIND_CONTAINER},
	{"containers/**", KIND_CONTAINER},
	{"cni/**", KIND_CONTAINER},
	{"oci/hooks.d**", KIND_CONTAINER},
	{"docker/**", KIND_CONTAINER},
	{"containerd/**", KIND_CONTAINER},
	{"kubelet/**", KIND_CONTAINER},
	{"userdb**", KIND_ACCOUNT},
	{"sysusers.d**", KIND_ACCOUNT},
	{"tmpfiles.d**", KIND_TRIGGER},
	{"binfmt.d**", KIND_TRIGGER},
	{"sysctl.d**", KIND_DEFENSE},
	{"modules-load.d**", KIND_KMOD},
	{"modprobe.d**", KIND_KMOD},
	{"depmod.d**", KIND_KMOD},
	{"modules/**", KIND_KMOD},
	{"dkms/**", KIND_KMOD},
	{"udev**", KIND_UDEV},
	{"polkit-1**", KIND_POLKIT},
	{"pam.d**", KIND_PAM},
	{"pam-configs**", KIND_PAM},
	{"security/*.so*", KIND_PAM},
	{"*/security/*.so*", KIND_PAM},
	{"initramfs-tools/**", KIND_BOOT},
	{"dracut/**", KIND_BOOT},
	{"kernel/install.d**", KIND_PKGHOOK},
	{"systemd/boot/**", KIND_BOOT},
	{"grub/**", KIND_BOOT},
	{"bash-completion/**", KIND_SHELL},
	{"fish/**", KIND_SHELL},
	{"zsh/**", KIND_SHELL},
	{"NetworkManager/**", KIND_NETHOOK},
	{"networkd-dispatcher/**", KIND_NETHOOK},
	{"network/**", KIND_NETHOOK},
	{"netplan/**", KIND_NETHOOK},
	{"resolvconf/**", KIND_NETHOOK},
	{"ca-certificates/update.d**", KIND_TRIGGER},
	{"ca-certificates**", KIND_CA},
	{"update-motd.d**", KIND_MOTD},
	{"motd.d**", KIND_MOTD},
	{"motd*", KIND_MOTD},
	{"issue*", KIND_MOTD},
	{"xdg/autostart**", KIND_XDG},
	{"xdg/systemd/user/**.timer", KIND_TIMER},
	{"xdg/systemd/**", KIND_SERVICE},
	{"xdg/plasma-workspace/**", KIND_XDG},
	{"autostart/**", KIND_XDG},
	{"gnome/autostart/**", KIND_XDG},
	{"xsessions/**", KIND_XDG},
	{"cloud-init/**", KIND_CLOUDINIT},
	{"keyrings/**", KIND_APTSOURCE},
	{"audit/plugins.d**", KIND_TRIGGER},
	{"audit/**", KIND_DEFENSE},
	{"apparmor**", KIND_DEFENSE},
	{"selinux**", KIND_DEFENSE},
	{"gss/**", KIND_LINKER},
	{"ssl/openssl.cnf*", KIND_LINKER},
	{"logrotate.d**", KIND_TRIGGER},
	{"git-core/templates/hooks**", KIND_TRIGGER},
	{"vim/**", KIND_TRIGGER},
	{"nano/**", KIND_TRIGGER},
	{"cron/**", KIND_CRON},
};

/* Below /etc. */
static const struct place etc_places[] = {
	{"ld.so.preload", KIND_PRELOAD},
	{"ld.so.c*", KIND_LINKER},
	{"ld.so.conf.d**", KIND_LINKER},
	{"ld.so.*", KIND_PRELOAD},
	{"ld*.preload", KIND_PRELOAD},
	{"nsswitch.conf", KIND_DNSHOSTS},
	{"krb5.conf**", KIND_LINKER},
	{"libnss*", KIND_LINKER},
	{"pam.conf", KIND_PAM},
	{"security**", KIND_PAM},
	{"securetty", KIND_PAM},

	{"cron.**", KIND_CRON},
	{"crontab*", KIND_CRON},
	{"anacrontab*", KIND_CRON},
	{"incron**", KIND_CRON},
	{"at.*", KIND_AT},
	{"init.d**", KIND_INIT},
	{"rc*.d**", KIND_INIT},
	{"rc.**", KIND_INIT},
	{"inittab", KIND_INIT},
	{"init/**", KIND_INIT},
	{"insserv**", KIND_INIT},
	{"inetd.conf", KIND_TRIGGER},
	{"xinetd**", KIND_TRIGGER},

	{"ssh/ssh_host_*_key", KIND_SECRET},
	{"ssh/authorized_keys**", KIND_SSHKEY},
	{"ssh/keys**", KIND_SSHKEY},
	{"ssh/*ca*.pub", KIND_SSHKEY},
	{"ssh/**", KIND_SSHD},
	{"ssh", KIND_SSHD},
	{"hosts.equiv", KIND_SSHD},
	{"dropbear/**", KIND_SSHD},
	{"passwd*", KIND_ACCOUNT},
	{"shadow", KIND_ACCOUNT},
	{"shadow-", KIND_ACCOUNT},
	{"shadow*", KIND_SECRET},
	{"group*", KIND_ACCOUNT},
	{"gshadow*", KIND_ACCOUNT},
	{"sub[ug]id*", KIND_ACCOUNT},
	{"login.defs", KIND_ACCOUNT},
	{"adduser.conf", KIND_ACCOUNT},
	{"deluser.conf", KIND_ACCOUNT},
	{"shells", KIND_ACCOUNT},
	{"default/useradd", KIND_ACCOUNT},
	{"skel**", KIND_ACCOUNT},
	{"sudo*", KIND_SUDO},
	{"sudoers.d/**", KIND_SUDO},
	{"doas*", KIND_SUDO},

	{"modules", KIND_KMOD},
	{"default/grub**", KIND_BOOT},
	{"grub.d**", KIND_BOOT},
	{"initramfs/**", KIND_BOOT},
	{"kernel/*.d**", KIND_PKGHOOK},
	{"kernel/**", KIND_BOOT},
	{"kernel-img.conf", KIND_BOOT},
	{"dracut.conf**", KIND_BOOT},
	{"mkinitcpio**", KIND_BOOT},
	{"lilo.conf", KIND_BOOT},
	{"sysctl.conf", KIND_DEFENSE},

	{"profile*", KIND_SHELL},
	{"profile.d/**", KIND_SHELL},
	{"bash*", KIND_SHELL},
	{"bash_completion.d/**", KIND_SHELL},
	{"zsh**", KIND_SHELL},
	{"zshrc", KIND_SHELL},
	{"zprofile", KIND_SHELL},
	{"csh**", KIND_SHELL},
	{"ksh*", KIND_SHELL},
	{"mkshrc", KIND_SHELL},
	{"environment", KIND_SHELL},
	{"inputrc", KIND_SHELL},
	{"default/locale", KIND_SHELL},
	{"X11/Xsession.d**", KIND_XDG},
	{"X11/xinit/**", KIND_XDG},
	{"X11/**", KIND_XDG},

	{"gitconfig", KIND_TRIGGER},
	{"vim*", KIND_TRIGGER},
	{"emacs/**", KIND_TRIGGER},
	{"nanorc", KIND_TRIGGER},
	{"tmux.conf", KIND_TRIGGER},
	{"screenrc", KIND_TRIGGER},
	{"gdb/**", KIND_TRIGGER},
	{"mailcap*", KIND_TRIGGER},
	{"procmailrc", KIND_TRIGGER},
	{"aliases", KIND_TRIGGER},
	{"logrotate.conf", KIND_TRIGGER},
	{"acpi/**", KIND_TRIGGER},
	{"pm/**", KIND_TRIGGER},
	{"qemu/**", KIND_TRIGGER},
	{"qemu-ga/**", KIND_TRIGGER},
	{"crypttab", KIND_TRIGGER},
	{"fstab", KIND_TRIGGER},
	{"auto.*", KIND_TRIGGER},
	{"autofs**", KIND_TRIGGER},
	{"python*/**", KIND_TRIGGER},
	{"perl/**", KIND_TRIGGER},
	{"ruby/**", KIND_TRIGGER},
	{"php/**", KIND_TRIGGER},
	{"apache2/**", KIND_TRIGGER},
	{"httpd/**", KIND_TRIGGER},
	{"nginx/**", KIND_TRIGGER},
	{"lighttpd/**", KIND_TRIGGER},
	{"smartmontools/**", KIND_TRIGGER},
	{"snmp/**", KIND_TRIGGER},
	{"exim4/**", KIND_TRIGGER},
	{"postfix/**", KIND_TRIGGER},
	{"curlrc", KIND_TRIGGER},
	{"wgetrc", KIND_TRIGGER},
	{"default/motd*", KIND_MOTD},

	{"apt/sources.list**", KIND_APTSOURCE},
	{"apt/mirrors/**", KIND_APTSOURCE},
	{"apt/trusted.gpg**", KIND_APTSOURCE},
	{"apt/keyrings**", KIND_APTSOURCE},
	{"apt/cloud-init.gpg.d/**", KIND_APTSOURCE},
	{"apt/preferences**", KIND_APTSOURCE},
	{"apt/auth.conf**", KIND_SECRET},
	{"apt/listchanges*", KIND_PKGHOOK},
	{"apt**", KIND_PKGHOOK},
	{"dpkg**", KIND_PKGHOOK},
	{"needrestart**", KIND_PKGHOOK},
	{"yum.repos.d/**", KIND_APTSOURCE},
	{"pki/rpm-gpg/**", KIND_APTSOURCE},
	{"yum**", KIND_PKGHOOK},
	{"dnf**", KIND_PKGHOOK},
	{"rpm/**", KIND_PKGHOOK},
	{"pip.conf", KIND_APTSOURCE},
	{"npmrc", KIND_APTSOURCE},
	{"gemrc", KIND_APTSOURCE},

	{"dhcp**", KIND_NETHOOK},
	{"dhcpcd**", KIND_NETHOOK},
	{"ppp/**", KIND_NETHOOK},
	{"wpa_supplicant/**", KIND_NETHOOK},
	{"ethertypes", KIND_NETHOOK},
	{"hosts.allow", KIND_NETHOOK},
	{"hosts.deny", KIND_NETHOOK},
	{"hosts", KIND_DNSHOSTS},
	{"host.conf", KIND_DNSHOSTS},
	{"gai.conf", KIND_DNSHOSTS},
	{"resolv.conf**", KIND_DNSHOSTS},
	{"dnsmasq**", KIND_DNSHOSTS},
	{"bind/**", KIND_DNSHOSTS},
	{"unbound/**", KIND_DNSHOSTS},
	{"squid/**", KIND_DNSHOSTS},
	{"proxychains*", KIND_DNSHOSTS},
	{"ssl/certs**", KIND_CA},
	{"ssl/private/**", KIND_SECRET},
	{"ca-certificates.conf*", KIND_CA},
	{"pki/ca-trust/**", KIND_CA},
	{"pki/**", KIND_CA},

	{"cloud", KIND_CLOUDINIT},
	{"cloud/**", KIND_CLOUDINIT},
	{"kubernetes/**.conf", KIND_SECRET},
	{"kubernetes/**.key", KIND_SECRET},
	{"kubernetes/**", KIND_CONTAINER},
	{"rancher/**", KIND_CONTAINER},
	{"crio/**", KIND_CONTAINER},
	{"crictl.yaml", KIND_CONTAINER},
	{"lxc/**", KIND_CONTAINER},
	{"lxd/**", KIND_CONTAINER},
	{"nomad.d/**", KIND_CONTAINER},

	{"rsyslog**", KIND_DEFENSE},
	{"syslog*", KIND_DEFENSE},
	{"syslog-ng/**", KIND_DEFENSE},
	{"libaudit.conf", KIND_DEFENSE},
	{"audit*", KIND_DEFENSE},
	{"ufw**", KIND_DEFENSE},
	{"default/ufw", KIND_DEFENSE},
	{"default/apparmor", KIND_DEFENSE},
	{"default/rsyslog", KIND_DEFENSE},
	{"default/auditd", KIND_DEFENSE},
	{"default/aide", KIND_DEFENSE},
	{"default/fail2ban", KIND_DEFENSE},
	{"default/nftables", KIND_DEFENSE},
	{"nftables**", KIND_DEFENSE},
	{"iptables**", KIND_DEFENSE},
	{"firewalld/**", KIND_DEFENSE},
	{"fail2ban/**", KIND_DEFENSE},
	{"aide/**", KIND_DEFENSE},
	{"rkhunter*", KIND_DEFENSE},
	{"clamav/**", KIND_DEFENSE},
	{"falco/**", KIND_DEFENSE},
	{"osquery/**", KIND_DEFENSE},
	{"chrony/**", KIND_DEFENSE},
	{"ntp*", KIND_DEFENSE},

	{"cloudflared**", KIND_REMOTE},
	{"tor/**", KIND_REMOTE},
	{"frp/**", KIND_REMOTE},
	{"wireguard/**", KIND_REMOTE},
	{"openvpn/**", KIND_REMOTE},
	{"ipsec**", KIND_REMOTE},
	{"strongswan/**", KIND_REMOTE},
	{"amazon/ssm/**", KIND_REMOTE},
	{"anydesk/**", KIND_REMOTE},
	{"teamviewer/**", KIND_REMOTE},
	{"xrdp/**", KIND_REMOTE},
	{"stunnel/**", KIND_REMOTE},
	{"tailscale/**", KIND_REMOTE},
	{"zerotier*/**", KIND_REMOTE},

	{"alternatives/**", KIND_BINARY},
	{"default/**", KIND_SERVICE},
	{"default", KIND_SERVICE},
	{"sysconfig/**", KIND_SERVICE},
};

/* Below /usr, and below /usr/local where that has the same. */
static const struct place usr_places[] = {
	{"lib/**/gconv/**", KIND_LINKER},
	{"lib/gconv/**", KIND_LINKER},
	{"lib/**/libnss_*.so*", KIND_LINKER},
	{"lib/**/engines-*/**", KIND_LINKER},
	{"lib/**/ossl-modules/**", KIND_LINKER},
	{"lib/**/krb5/plugins/**", KIND_LINKER},
	{"lib/**/sasl2/**", KIND_LINKER},
	{"sbin/unix_chkpwd", KIND_PAM},
	{"sbin/unix_update", KIND_PAM},
	{"sbin/pam*", KIND_PAM},
	{"lib/python*/*-packages/cloudinit/**", KIND_CLOUDINIT},
	{"lib/cloud-init/**", KIND_CLOUDINIT},
	{"lib/modules**", KIND_KMOD},
	{"src/*/dkms.conf", KIND_KMOD},
	{"src/**", KIND_KMOD},
	{"lib/os-probes/**", KIND_BOOT},
	{"lib/needrestart/**", KIND_PKGHOOK},
	{"lib/dpkg/**", KIND_PKGHOOK},
	{"lib/apt/**", KIND_PKGHOOK},
	{"share/needrestart/**", KIND_PKGHOOK},
	{"lib/yum-plugins/**", KIND_PKGHOOK},
	{"lib/pm-utils/**", KIND_TRIGGER},
	{"share/autostart/**", KIND_XDG},
	{"share/gdm/**", KIND_XDG},
	{"share/nginx/**", KIND_TRIGGER},
	{"share/wordpress/**", KIND_TRIGGER},
};

static const struct place local_places[] = {
	{"lib/python*/**", KIND_TRIGGER},      {"lib/site_perl/**", KIND_TRIGGER},
	{"lib/*/perl/**", KIND_TRIGGER},       {"share/perl/**", KIND_TRIGGER},
	{"share/site_perl/**", KIND_TRIGGER},  {"lib/site_ruby/**", KIND_TRIGGER},
	{"lib/node_modules/**", KIND_TRIGGER}, {"lib/lua/**", KIND_TRIGGER},
	{"share/lua/**", KIND_TRIGGER},	       {"lib/*.so*", KIND_LINKER},
	{"lib/*/*.so*", KIND_LINKER},
};

/* Below /var. */
static const struct place var_places[] = {
	{"spool/cron/at**", KIND_AT},
	{"spool/at**", KIND_AT},
	{"spool/cron**", KIND_CRON},
	{"spool/anacron**", KIND_CRON},
	{"spool/incron/**", KIND_CRON},
	{"lib/systemd/linger**", KIND_SERVICE},
	{"lib/systemd/deb-systemd**", KIND_SERVICE},
	{"lib/systemd/home/**", KIND_ACCOUNT},
	{"lib/systemd/timers/**", KIND_TIMER},
	{"lib/extrausers/**", KIND_ACCOUNT},
	{"lib/AccountsService/**", KIND_ACCOUNT},
	{"lib/sudo/**", KIND_SUDO},
	{"lib/dkms/**", KIND_KMOD},
	{"lib/initramfs-tools/**", KIND_BOOT},
	{"lib/dpkg/alternatives/**", KIND_BINARY},
	{"lib/dpkg**", KIND_PKGHOOK},
	{"lib/rpm/**", KIND_PKGHOOK},
	{"lib/apt/lists/**", KIND_APTSOURCE},
	{"lib/apt/extended_states", KIND_PKGHOOK},
	{"lib/cloud**", KIND_CLOUDINIT},
	{"lib/waagent/**", KIND_CLOUDINIT},
	{"lib/rancher/**", KIND_CONTAINER},
	{"lib/lxc/**", KIND_CONTAINER},
	{"lib/lxd/**", KIND_CONTAINER},
	{"lib/kubelet/**", KIND_CONTAINER},
	{"lib/etcd/**", KIND_CONTAINER},
	{"snap/**", KIND_CONTAINER},
	{"lib/amazon/ssm/**", KIND_REMOTE},
	{"lib/tor/**", KIND_REMOTE},
	{"lib/tailscale/**", KIND_REMOTE},
	{"lib/zerotier*/**", KIND_REMOTE},
	{"lib/ca-certificates*/**", KIND_CA},
	{"lib/shim-signed/**", KIND_BOOT},
	{"lib/aide/**", KIND_DEFENSE},
	{"lib/ucf/**", KIND_PKGHOOK},
	{"log/journal/**", KIND_DEFENSE},
	{"log/audit/**", KIND_DEFENSE},
	{"www/**.conf", KIND_TRIGGER},
	{"www/**.php*", KIND_TRIGGER},
	{"www/**.phtml", KIND_TRIGGER},
	{"www/**.phar", KIND_TRIGGER},
	{"www/**.jsp*", KIND_TRIGGER},
	{"www/**.cgi", KIND_TRIGGER},
	{"www/**.pl", KIND_TRIGGER},
	{"www/**.py", KIND_TRIGGER},
	{"www/**.asp*", KIND_TRIGGER},
	{"lib/tomcat*/**", KIND_TRIGGER},
};

static const struct place root_places[] = {
	{"boot**", KIND_BOOT},
	{"efi/**", KIND_BOOT},
	{"vmlinuz*", KIND_BOOT},
	{"initrd.img*", KIND_BOOT},
	{"run/cloud-init/**", KIND_CLOUDINIT},
	{"srv/www/**.php", KIND_TRIGGER},
	{"srv/git/**/hooks/**", KIND_TRIGGER},
};

/* Which tables hold what lies below which directory; all that fit are asked in this order. */
#define TABLE(directory, places)                    \
	{                                           \
		directory, places, ELEMENTS(places) \
	}
static const struct {
	const char *directory;
	const struct place *places;
	size_t count;
} tables[] = {
	TABLE("/etc/", shared_places),
	TABLE("/etc/", etc_places),
	TABLE("/usr/local/lib/", shared_places),
	TABLE("/usr/local/share/", shared_places),
	TABLE("/usr/local/", local_places),
	TABLE("/usr/local/etc/", shared_places),
	TABLE("/usr/local/etc/", etc_places),
	TABLE("/usr/lib/", shared_places),
	TABLE("/usr/share/", shared_places),
	TABLE("/usr/", usr_places),
	TABLE("/run/", shared_places),
	TABLE("/var/lib/", shared_places),
	TABLE("/var/", var_places),
	TABLE("/", root_places),
};

bool place_find_in(const struct place *places, size_t count, const char *tail, enum kind *ret)
{
	for (size_t i = 0; i < count; i++) {
		if (glob_match(places[i].glob, tail)) {
			*ret = places[i].kind;
			return true;
		}
	}
	return false;
}

static bool find_table(const char *path, enum kind *ret)
{
	for (size_t i = 0; i < ELEMENTS(tables); i++) {
		size_t length = strlen(tables[i].directory);

		if (strncmp(path, tables[i].directory, length) == 0 && path[length] &&
		    place_find_in(tables[i].places, tables[i].count, path + length, ret))
			return true;
	}
	return false;
}

/* On a merged root these are links; one that is not merged has the same below them. */
static bool is_unmerged(const char *path)
{
	return strncmp(path, "/lib", 4) == 0 || strncmp(path, "/bin/", 5) == 0 ||
	       strncmp(path, "/sbin/", 6) == 0;
}

enum kind mechanism_place(const char *path)
{
	enum kind kind = KIND_FILE;
	char merged[PATH_MAX];

	if (is_unmerged(path) &&
	    snprintf(merged, sizeof(merged), "/usr%s", path) < (int)sizeof(merged))
		path = merged;
	if (!place_find_dot(path, &kind) && !find_table(path, &kind))
		(void)place_find_suffix(path, &kind);
	return kind;
}
