/* SPDX-License-Identifier: Apache-2.0 */
#include "check/usual.h"

#include "check/enablement.h"
#include "check/packages.h"
#include "check/resolve.h"
#include "measure/root.h"

#include <limits.h>
#include <string.h>

#define TEMPLATE_MAX (1024 * 1024)
#define CHAIN_MAX    8 /* links from one to the next */

struct rule {
	const char *glob;
	/* NULL: the path is enough. `argument` is the row's. */
	bool (*holds)(const struct check_context *context, const struct difference *difference,
		      const char *argument);
	const char *argument;
	const char *reason; /* what makes it, or what it should be */
};

/* Whether a package vouches for what is at the path. */
static bool is_vouched(const struct check_context *context, const char *path)
{
	return packages_find(context->packages, path, NULL) &&
	       !suspects_find(&context->suspects, path);
}

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* A link that leads, perhaps through other links, to what a package vouches for. */
static bool leads_to_packaged(const struct check_context *context,
			      const struct difference *difference, const char *argument _unused_)
{
	bool vouched = false;

	for (int i = 0; difference && difference->actual.link && !vouched && i < CHAIN_MAX; i++) {
		_cleanup_free_ char *target =
			path_of_link(difference->path, difference->actual.link);

		if (!target)
			return false;
		vouched = is_vouched(context, target);
		difference = suspects_find(&context->suspects, target);
	}
	return vouched;
}

static bool is_alternative(const struct check_context *context, const struct difference *difference,
			   const char *argument)
{
	return difference->actual.link &&
	       strncmp(difference->actual.link, "/etc/alternatives/", 18) == 0 &&
	       leads_to_packaged(context, difference, argument);
}

/* /etc/rc2.d/S01cron leads to ../init.d/cron. */
static bool is_rc_link(const struct check_context *context, const struct difference *difference,
		       const char *argument _unused_)
{
	const char *name = base_name(difference->path);
	_cleanup_free_ char *target = NULL;

	if (!difference->actual.link || !glob_match("[SK][0-9][0-9]*", name))
		return false;
	target = path_of_link(difference->path, difference->actual.link);
	return target && strncmp(target, "/etc/init.d/", 12) == 0 &&
	       strcmp(target + 12, name + 3) == 0 && is_vouched(context, target);
}

static bool is_enabled_as_declared(const struct check_context *context,
				   const struct difference *difference,
				   const char *argument _unused_)
{
	_cleanup_free_ char *target = NULL;

	if (!difference->actual.link)
		return false;
	target = path_of_link(difference->path, difference->actual.link);
	return target && is_vouched(context, target) &&
	       enablement_is_declared(context->root_fd, difference->path, target);
}

static bool is_equal(const struct check_context *context, const char *path, const char *other)
{
	_cleanup_free_ char *a = NULL, *b = NULL;
	size_t a_size, b_size;

	return root_read(context->root_fd, path, TEMPLATE_MAX, &a, &a_size) == 0 &&
	       root_read(context->root_fd, other, TEMPLATE_MAX, &b, &b_size) == 0 &&
	       a_size == b_size && memcmp(a, b, a_size) == 0;
}

/* A copy of a packaged template; one that ends in a slash is the directory of it. */
static bool is_copy(const struct check_context *context, const struct difference *difference,
		    const char *argument)
{
	char path[PATH_MAX];
	bool directory = argument[strlen(argument) - 1] == '/';
	int length = snprintf(path, sizeof(path), "%s%s", argument,
			      directory ? base_name(difference->path) : "");

	return length < PATH_MAX && difference->actual.type == ENTRY_FILE &&
	       is_vouched(context, path) && is_equal(context, difference->path, path);
}

/* /boot/grub/i386-pc/NAME is a copy of /usr/lib/grub/i386-pc/NAME. */
static bool is_copied_module(const struct check_context *context,
			     const struct difference *difference, const char *argument _unused_)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof(path), "/usr/lib%s", difference->path + strlen("/boot"));

	return length < PATH_MAX && is_vouched(context, path) &&
	       is_equal(context, difference->path, path);
}

static bool is_comment(const char *line)
{
	line += strspn(line, " \t\r");
	return *line == '\0' || *line == '#' || *line == ';' || *line == '"';
}

/* No line says anything but what begins with one of the words of `argument` ("" for none). */
static bool says_only(const struct check_context *context, const struct difference *difference,
		      const char *argument)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	size_t size;

	if (difference->actual.type != ENTRY_FILE ||
	    root_read(context->root_fd, difference->path, TEMPLATE_MAX, &text, &size) != 0 ||
	    strlen(text) != size)
		return false;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		const char *word = argument;
		bool allowed = is_comment(line);

		line += strspn(line, " \t");
		while (!allowed && *word) {
			size_t length = strcspn(word, " ");

			allowed = strncmp(line, word, length) == 0;
			word += length + strspn(word + length, " ");
		}
		/* A shell may read it. */
		if (!allowed || (line[0] != '#' && strpbrk(line, "`$;|&<>")))
			return false;
	}
	return true;
}

/* Files that dpkg keeps of a package that is there. */
static bool is_of_package(const struct check_context *context, const struct difference *difference,
			  const char *argument _unused_)
{
	static const char *const parts[] = {
		"conffiles", "config", "list",	 "md5sums", "postinst",	 "postrm",
		"preinst",   "prerm",  "shlibs", "symbols", "templates", "triggers",
	};
	const char *name = base_name(difference->path), *dot = strrchr(name, '.');

	if (!dot || difference->actual.type != ENTRY_FILE)
		return false;
	for (size_t i = 0; i < ELEMENTS(parts); i++)
		if (strcmp(dot + 1, parts[i]) == 0)
			return packages_has(context->packages, name, (size_t)(dot - name));
	return false;
}

/* Made for a kernel of which the package is there: initrd.img-VERSION, modules.dep of VERSION. */
static bool has_kernel(const struct check_context *context, const struct difference *difference,
		       const char *argument)
{
	const char *version = difference->path + strlen(argument);
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "/boot/vmlinuz-%.*s", (int)strcspn(version, "/"),
			version) < PATH_MAX &&
	       is_vouched(context, path);
}

static bool is_regular(const struct check_context *context _unused_,
		       const struct difference *difference, const char *argument _unused_)
{
	return difference->actual.type == ENTRY_FILE && !(difference->actual.mode & 06111);
}

static bool is_empty(const struct check_context *context _unused_,
		     const struct difference *difference, const char *argument _unused_)
{
	return difference->actual.type == ENTRY_FILE && difference->actual.size == 0;
}

static bool is_directory(const struct check_context *context _unused_,
			 const struct difference *difference, const char *argument _unused_)
{
	return difference->actual.type == ENTRY_DIRECTORY;
}

/* __pycache__/x.cpython-311.pyc beside a packaged x.py. */
static bool has_source(const struct check_context *context, const struct difference *difference,
		       const char *argument _unused_)
{
	const char *path = difference->path, *name = base_name(path);
	const char *cache = strstr(path, "/__pycache__/");
	char source[PATH_MAX];

	return cache &&
	       snprintf(source, sizeof(source), "%.*s/%.*s.py", (int)(cache - path), path,
			(int)strcspn(name, "."), name) < PATH_MAX &&
	       is_vouched(context, source);
}

/* The self-signed certificate that ssl-cert makes at install time, its key, and the hash link. */
static bool is_snakeoil(const struct check_context *context, const struct difference *difference,
			const char *argument)
{
	const char *name =
		difference->actual.link ? difference->actual.link : base_name(difference->path);

	return packages_has(context->packages, "ssl-cert", 8) && strcmp(name, argument) == 0;
}

/*
 * One rule that holds is enough. What is written at install time or by the first boot and has no
 * template is explained by its place alone: other checks judge what it says.
 */
static const struct rule rules[] = {
	/* accounts: base-passwd, useradd, cloud-init */
	{"/etc/passwd", is_regular, NULL, "base-passwd"},
	{"/etc/passwd-", is_regular, NULL, "base-passwd"},
	{"/etc/group", is_regular, NULL, "base-passwd"},
	{"/etc/group-", is_regular, NULL, "base-passwd"},
	{"/etc/shadow", is_regular, NULL, "passwd"},
	{"/etc/shadow-", is_regular, NULL, "passwd"},
	{"/etc/gshadow", is_regular, NULL, "passwd"},
	{"/etc/gshadow-", is_regular, NULL, "passwd"},
	{"/etc/subuid", is_regular, NULL, "passwd"},
	{"/etc/subuid-", is_regular, NULL, "passwd"},
	{"/etc/subgid", is_regular, NULL, "passwd"},
	{"/etc/subgid-", is_regular, NULL, "passwd"},
	{"/etc/.pwd.lock", is_empty, NULL, "an empty lock of the account files"},
	{"/etc/shells", says_only, "/bin/ /usr/bin/", "update-shells"},
	{"/etc/security/opasswd", is_regular, NULL, "libpam-modules"},

	/* copies of packaged templates */
	{"/etc/profile", is_copy, "/usr/share/base-files/profile", "a copy of base-files' profile"},
	{"/root/.bashrc", is_copy, "/usr/share/base-files/dot.bashrc",
	 "a copy of base-files' dot.bashrc"},
	{"/root/.profile", is_copy, "/usr/share/base-files/dot.profile",
	 "a copy of base-files' dot.profile"},
	{"/etc/motd", is_regular, NULL, "base-files; text that nothing runs"},
	{"/etc/inputrc", is_copy, "/usr/share/readline/inputrc", "a copy of readline's inputrc"},
	{"/home/*/.*", is_copy, "/etc/skel/", "a copy of /etc/skel's"},
	{"/root/.*", is_copy, "/etc/skel/", "a copy of /etc/skel's"},

	/* set at install time or by the first boot */
	{"/etc/hosts", is_regular, NULL, "netbase, cloud-init"},
	{"/etc/hosts.allow", says_only, "", "comments alone"},
	{"/etc/hosts.deny", says_only, "", "comments alone"},
	{"/etc/hostname", is_regular, NULL, "the installer, cloud-init"},
	{"/etc/resolv.conf", NULL, NULL, "the installer, resolvers"},
	{"/etc/nsswitch.conf", is_regular, NULL, "base-files, libnss packages"},
	{"/etc/fstab", is_regular, NULL, "the installer, cloud-init"},
	{"/etc/environment", is_empty, NULL, "empty"},
	{"/etc/environment", says_only,
	 "PATH=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:", "the usual PATH alone"},
	{"/etc/modules", says_only, "", "comments alone"},
	{"/etc/network/interfaces", says_only,
	 "source source-directory auto allow-hotplug iface address netmask gateway dns-",
	 "interfaces without commands"},
	{"/etc/network/interfaces.d/50-cloud-init", says_only,
	 "source auto allow-hotplug iface address netmask gateway dns- mtu hwaddress accept_ra",
	 "cloud-init's interfaces without commands"},
	{"/etc/netplan/50-cloud-init.yaml", is_regular, NULL, "cloud-init"},
	{"/etc/default/locale", says_only, "LANG LC_", "language settings alone"},
	{"/etc/default/keyboard", says_only, "XKB BACKSPACE", "keyboard settings alone"},
	{"/etc/default/console-setup", says_only,
	 "ACTIVE_CONSOLES CHARMAP CODESET FONTFACE FONTSIZE VIDEOMODE", "console settings alone"},
	{"/etc/apt/sources.list", is_regular, NULL, "the installer, cloud-init"},
	{"/etc/apt/apt.conf.d/00CDMountPoint", is_regular, NULL, "the installer"},
	{"/etc/apt/apt.conf.d/00trustcdrom", is_regular, NULL, "the installer"},
	{"/etc/apt/apt.conf.d/90cloud-init-*", says_only, "Acquire::http::", "cloud-init"},
	{"/etc/apt/apt.conf.d/94cloud-init-config", is_regular, NULL, "cloud-init"},
	{"/etc/ssh/ssh_host_*_key", is_regular, NULL, "openssh-server, cloud-init"},
	{"/etc/ssh/ssh_host_*_key.pub", is_regular, NULL, "openssh-server, cloud-init"},
	{"/etc/ssh/sshd_config.d/50-cloud-init.conf", says_only, "PasswordAuthentication",
	 "cloud-init's ssh_pwauth"},
	{"/etc/sudoers.d/90-cloud-init-users", is_regular, NULL, "cloud-init"},
	{"/etc/rsyslog.d/20-cloud-config.conf", is_regular, NULL, "cloud-init"},
	{"/etc/udev/rules.d/90-cloud-init-hook-hotplug.rules", is_regular, NULL, "cloud-init"},
	{"/etc/udev/rules.d/70-persistent-net.rules", says_only, "SUBSYSTEM==\"net\"",
	 "names of interfaces"},
	{"/etc/systemd/network/*cloud-init*", is_regular, NULL, "cloud-init"},
	{"/etc/systemd/timesyncd.conf.d/cloud-init.conf", is_regular, NULL, "cloud-init"},
	{"/etc/NetworkManager/system-connections/cloud-init-*", is_regular, NULL, "cloud-init"},
	{"/var/lib/cloud/instances/**", NULL, NULL, "cloud-init"},
	{"/var/lib/cloud/instance", NULL, NULL, "cloud-init"},
	{"/var/lib/cloud/data/*", is_regular, NULL, "cloud-init"},
	{"/var/lib/cloud/sem/*", is_regular, NULL, "cloud-init"},
	{"/etc/cloud/cloud.cfg.d/90_dpkg.cfg", says_only,
	 "datasource_list:", "the data sources of cloud-init's debconf question"},
	{"/etc/cloud/cloud-init.disabled", is_empty, NULL, "an empty switch"},
	{"/etc/cloud/ds-identify.cfg", is_regular, NULL, "the image's build"},
	{"/etc/.updated", is_regular, NULL, "systemd-update-done"},
	{"/var/.updated", is_regular, NULL, "systemd-update-done"},

	/* made from what packages have */
	{"/etc/rc?.d/*", is_rc_link, NULL, "a link to the packaged script of its name"},
	{"/etc/systemd/*/**", is_enabled_as_declared, NULL,
	 "a link to a packaged unit that declares it"},
	{"/var/lib/systemd/deb-systemd-helper-enabled/**", is_regular, NULL,
	 "notes of deb-systemd-helper, which start nothing"},
	{"/var/lib/systemd/deb-systemd-user-helper-enabled/**", is_regular, NULL,
	 "notes of deb-systemd-helper, which start nothing"},
	{"/var/lib/systemd/deb-systemd-helper-masked/**", is_regular, NULL,
	 "notes of deb-systemd-helper, which start nothing"},
	{"/etc/alternatives/*", leads_to_packaged, NULL, "a link to a packaged file"},
	{"/usr/bin/*", is_alternative, NULL, "a link to a packaged alternative"},
	{"/usr/sbin/*", is_alternative, NULL, "a link to a packaged alternative"},
	{"/usr/games/*", is_alternative, NULL, "a link to a packaged alternative"},
	{"/usr/lib/**", is_alternative, NULL, "a link to a packaged alternative"},
	{"/usr/share/**", is_alternative, NULL, "a link to a packaged alternative"},
	{"/etc/dpkg/origins/default", leads_to_packaged, NULL, "a link to a packaged file"},
	{"/etc/ssl/certs/ca-certificates.crt", is_regular, NULL, "update-ca-certificates"},
	{"/etc/ssl/certs/*", is_snakeoil, "ssl-cert-snakeoil.pem", "made by ssl-cert"},
	{"/etc/ssl/private/*", is_snakeoil, "ssl-cert-snakeoil.key", "made by ssl-cert"},
	{"/etc/ssl/certs/*", leads_to_packaged, NULL, "a link to a packaged certificate"},
	{"/etc/ca-certificates.conf", is_regular, NULL, "update-ca-certificates"},
	{"/etc/pam.d/common-*", is_regular, NULL, "pam-auth-update"},
	{"/etc/ld.so.cache", is_regular, NULL, "ldconfig"},
	{"/usr/lib/udev/hwdb.bin", is_regular, NULL, "systemd-hwdb"},
	{"/etc/udev/hwdb.bin", is_regular, NULL, "systemd-hwdb"},
	{"/etc/python3/debian_config", says_only, "[DEFAULT] byte-compile",
	 "python3-minimal's settings alone"},
	{"/etc/chrony/sources.d", is_directory, NULL, "cloud-init"},
	{"/etc/chrony/sources.d/cloud.sources", says_only, "server pool peer",
	 "cloud-init's time servers alone"},
	{"/var/log/journal/*", is_directory, NULL, "systemd-journald"},
	{"/var/log/journal/*/*.journal*", is_regular, NULL, "systemd-journald"},
	{"/var/lib/apt/extended_states", is_regular, NULL, "apt"},
	{"/var/lib/ucf/hashfile*", is_regular, NULL, "ucf"},
	{"/var/lib/ucf/registry*", is_regular, NULL, "ucf"},
	{"/var/lib/ucf/cache/*", is_regular, NULL, "ucf's copies of packaged files"},
	{"/etc/apparmor.d/local/*", says_only, "", "comments alone"},
	{"/etc/apparmor.d/tunables/home.d/ubuntu", says_only, "", "comments alone"},
	{"/etc/apparmor.d/tunables/xdg-user-dirs.d/site.local", says_only, "", "comments alone"},
	{"/var/lib/dpkg/info/format", is_regular, NULL, "dpkg"},
	{"/var/lib/dpkg/info/*", is_of_package, NULL, "a part of a package that is there"},
	{"/var/lib/dpkg/status*", is_regular, NULL, "dpkg"},
	{"/var/lib/dpkg/available*", is_regular, NULL, "dpkg"},
	{"/var/lib/dpkg/diversions*", is_regular, NULL, "dpkg"},
	{"/var/lib/dpkg/statoverride*", is_regular, NULL, "dpkg"},
	{"/var/lib/dpkg/arch", is_regular, NULL, "dpkg"},
	{"/var/lib/dpkg/arch-native", is_regular, NULL, "dpkg"},
	{"/var/lib/dpkg/cmethopt", is_regular, NULL, "dpkg"},
	{"/var/lib/dpkg/lock*", is_empty, NULL, "dpkg"},
	{"/var/lib/dpkg/triggers/*", is_regular, NULL, "dpkg"},
	{"/var/lib/dpkg/alternatives/*", is_regular, NULL, "update-alternatives"},
	{"/boot/initrd.img-*", has_kernel, "/boot/initrd.img-", "made for a packaged kernel"},
	{"/usr/lib/modules/*/modules.*", has_kernel, "/usr/lib/modules/", "depmod"},
	{"/lib/modules/*/modules.*", has_kernel, "/lib/modules/", "depmod"},
	{"/boot/grub/*/*.mod", is_copied_module, NULL, "a copy of a packaged module"},
	{"/boot/grub/*/*.lst", is_copied_module, NULL, "a copy of a packaged list"},
	{"/boot/grub/*/*.img", is_copied_module, NULL, "a copy of a packaged image"},
	{"/boot/grub/i386-pc/core.img", is_regular, NULL, "grub-install"},
	{"/boot/grub/*/load.cfg", is_regular, NULL, "grub-install"},
	{"/boot/grub/*/grub.efi", is_regular, NULL, "grub-install"},
	{"/boot/grub/*/core.efi", is_regular, NULL, "grub-install"},
	{"/boot/grub/grub.cfg", is_regular, NULL, "update-grub"},
	{"/boot/grub/grubenv", is_regular, NULL, "grub-editenv"},
	{"/boot/grub/unicode.pf2", is_copy, "/usr/share/grub/unicode.pf2", "a packaged font"},
	{"/boot/grub/fonts/unicode.pf2", is_copy, "/usr/share/grub/unicode.pf2", "a packaged font"},
	{"/boot/grub/locale/*.mo", is_regular, NULL, "grub-install"},
	{"/boot/efi/EFI/*/shimx64.efi", is_copy, "/usr/lib/shim/shimx64.efi.signed",
	 "a copy of the packaged shim"},
	{"/boot/efi/EFI/*/mmx64.efi", is_copy, "/usr/lib/shim/mmx64.efi.signed",
	 "a copy of the packaged MokManager"},
	{"/boot/efi/EFI/*/fbx64.efi", is_copy, "/usr/lib/shim/fbx64.efi.signed",
	 "a copy of the packaged fallback loader"},
	{"/boot/efi/EFI/*/grubx64.efi", is_copy,
	 "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed", "a copy of the packaged GRUB"},
	{"/boot/efi/EFI/BOOT/BOOTX64.EFI", is_copy, "/usr/lib/shim/shimx64.efi.signed",
	 "a copy of the packaged shim"},
	{"/boot/efi/EFI/*/BOOTX64.CSV", is_regular, NULL, "grub-install"},
	{"/boot/efi/EFI/*/grub.cfg", says_only, "search.fs_uuid set configfile",
	 "leads to /boot/grub"},
	{"**/__pycache__/*.pyc", has_source, NULL, "beside a packaged source"},

	/* the usual hidden directories and files */
	{"/tmp/.X11-unix", is_directory, NULL, "systemd-tmpfiles"},
	{"/tmp/.ICE-unix", is_directory, NULL, "systemd-tmpfiles"},
	{"/tmp/.XIM-unix", is_directory, NULL, "systemd-tmpfiles"},
	{"/tmp/.font-unix", is_directory, NULL, "systemd-tmpfiles"},
	{"/tmp/.Test-unix", is_directory, NULL, "systemd-tmpfiles"},
	{"/var/spool/cron/at*/.SEQ", is_regular, NULL, "at"},
};

bool usual_explains(const struct check_context *context, const struct difference *difference,
		    const char **ret_hint)
{
	*ret_hint = NULL;
	for (size_t i = 0; i < ELEMENTS(rules); i++) {
		if (!glob_match(rules[i].glob, difference->path))
			continue;
		if (!rules[i].holds || rules[i].holds(context, difference, rules[i].argument))
			return true;
		*ret_hint = rules[i].reason;
	}
	return false;
}
