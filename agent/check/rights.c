/* SPDX-License-Identifier: Apache-2.0 */
#include "check/rights.h"

#include "measure/compare.h"

#include <string.h>
#include <sys/stat.h>

/*
 * Set-id programs of Debian 12, from the packages' own modes and maintainer scripts; the bits that
 * each may have at most.
 */
static const struct {
	const char *glob;
	mode_t bits;
} privileged[] = {
	{"/usr/bin/at", S_ISUID | S_ISGID},
	{"/usr/bin/bsd-write", S_ISGID},
	{"/usr/bin/bwrap", S_ISUID},
	{"/usr/bin/chage", S_ISGID},
	{"/usr/bin/chfn", S_ISUID},
	{"/usr/bin/chsh", S_ISUID},
	{"/usr/bin/crontab", S_ISGID},
	{"/usr/bin/doas", S_ISUID},
	{"/usr/bin/dotlock.mailutils", S_ISGID},
	{"/usr/bin/dotlockfile", S_ISGID},
	{"/usr/bin/expiry", S_ISGID},
	{"/usr/bin/fusermount", S_ISUID},
	{"/usr/bin/fusermount3", S_ISUID},
	{"/usr/bin/gpasswd", S_ISUID},
	{"/usr/bin/mlocate", S_ISGID},
	{"/usr/bin/mount", S_ISUID},
	{"/usr/bin/newgidmap", S_ISUID},
	{"/usr/bin/newgrp", S_ISUID},
	{"/usr/bin/newuidmap", S_ISUID},
	{"/usr/bin/ntfs-3g", S_ISUID},
	{"/usr/bin/passwd", S_ISUID},
	{"/usr/bin/pkexec", S_ISUID},
	{"/usr/bin/plocate", S_ISGID},
	{"/usr/bin/screen", S_ISUID | S_ISGID},
	{"/usr/bin/ssh-agent", S_ISGID},
	{"/usr/bin/su", S_ISUID},
	{"/usr/bin/sudo", S_ISUID},
	{"/usr/bin/umount", S_ISUID},
	{"/usr/bin/wall", S_ISGID},
	{"/usr/bin/write.ul", S_ISGID},
	{"/usr/lib/*/utempter/utempter", S_ISGID},
	{"/usr/lib/dbus-1.0/dbus-daemon-launch-helper", S_ISUID},
	{"/usr/lib/eject/dmcrypt-get-device", S_ISUID},
	{"/usr/lib/openssh/ssh-keysign", S_ISUID},
	{"/usr/lib/polkit-1/polkit-agent-helper-1", S_ISUID},
	{"/usr/lib/snapd/snap-confine", S_ISUID},
	{"/usr/lib/xorg/Xorg.wrap", S_ISUID | S_ISGID},
	{"/usr/libexec/polkit-agent-helper-1", S_ISUID},
	{"/usr/sbin/exim4", S_ISUID},
	{"/usr/sbin/mount.cifs", S_ISUID},
	{"/usr/sbin/mount.nfs", S_ISUID},
	{"/usr/sbin/pam_extrausers_chkpwd", S_ISGID},
	{"/usr/sbin/postdrop", S_ISGID},
	{"/usr/sbin/postqueue", S_ISGID},
	{"/usr/sbin/pppd", S_ISUID},
	{"/usr/sbin/unix_chkpwd", S_ISGID},
	/* and those whose owner is another user than root */
	{"/usr/bin/man", S_ISUID | S_ISGID},
	{"/usr/bin/mandb", S_ISUID | S_ISGID},
};

/* Programs to which Debian's packages give file capabilities. */
static const char *const capable[] = {
	"/usr/bin/arping",
	"/usr/bin/dumpcap",
	"/usr/bin/fping",
	"/usr/bin/mtr-packet",
	"/usr/bin/newgidmap",
	"/usr/bin/newuidmap",
	"/usr/bin/ping",
	"/usr/bin/ping4",
	"/usr/bin/ping6",
	"/usr/bin/clockdiff",
	"/usr/bin/systemd-detect-virt",
	"/usr/lib/*/gstreamer1.0/gstreamer-1.0/gst-ptp-helper",
};

static mode_t usual_bits(const struct packages *packages, const char *path)
{
	mode_t mode;

	if (packages_get_override(packages, path, &mode))
		return mode & (S_ISUID | S_ISGID);
	for (size_t i = 0; i < ELEMENTS(privileged); i++)
		if (glob_match(privileged[i].glob, path))
			return privileged[i].bits;
	return 0;
}

static bool may_be_capable(const char *path)
{
	for (size_t i = 0; i < ELEMENTS(capable); i++)
		if (glob_match(capable[i], path))
			return true;
	return false;
}

static bool is_program_place(const char *path)
{
	return glob_match("/usr/**", path) || glob_match("/boot/**", path);
}

unsigned rights_compare(const struct packages *packages, const char *path,
			const struct entry *actual, struct entry *expected)
{
	const mode_t set_id = S_ISUID | S_ISGID;
	mode_t usual;
	unsigned differ = 0;

	if (actual->type != ENTRY_FILE)
		return 0;
	/* Of nearly all files nothing has to be looked up. */
	usual = actual->mode & set_id || actual->uid ? usual_bits(packages, path) : 0;
	if (actual->mode & set_id & ~usual || actual->mode & S_IWOTH)
		differ |= ATTRIBUTE_MODE;
	if (actual->uid != 0 && !usual && is_program_place(path))
		differ |= ATTRIBUTE_UID;
	if (actual->xattrs[XATTR_CAPABILITY].data && !may_be_capable(path))
		differ |= ATTRIBUTE_CAPABILITY;
	expected->mode = actual->mode & ~((set_id & ~usual) | S_IWOTH);
	expected->uid = 0;
	return differ;
}

/* After gtfobins.github.io, "SUID". */
/* clang-format off */
static const char *const dangerous[] = {
	"awk*", "base32", "base64", "bash", "basenc", "busybox", "cat", "chmod", "chown",
	"chroot", "cp", "cpio", "curl", "cut", "dash", "date", "dd", "debugfs", "diff", "dmesg",
	"docker", "dpkg", "ed", "emacs*", "env", "expand", "expect", "file", "find", "flock",
	"fold", "gawk", "gcc*", "gdb", "grep", "gzip", "head", "hexdump", "install", "ionice",
	"ip", "join", "ksh*", "ld*.so*", "less", "logsave", "lua*", "make", "mawk", "more", "mv",
	"nano", "nice", "nl", "nmap", "node*", "nohup", "nsenter", "openssl", "paste", "perl*",
	"pg", "php*", "pidstat", "pr", "python*", "rbash", "readelf", "rsync", "ruby*",
	"run-parts", "rview", "rvim", "sed", "setarch", "sh", "shuf", "socat", "sort", "split",
	"ss", "ssh-keygen", "start-stop-daemon", "stdbuf", "strace", "strings", "systemctl",
	"tac", "tail", "tar", "taskset", "tclsh*", "tee", "tic", "time", "timeout", "tmux",
	"uniq", "unshare", "unzip", "vi", "view", "vim*", "watch", "wc", "wget", "xargs", "xxd",
	"xz", "zip", "zsh*",
};
/* clang-format on */

bool rights_is_dangerous(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	for (size_t i = 0; i < ELEMENTS(dangerous); i++)
		if (glob_match(dangerous[i], name))
			return true;
	return false;
}
