/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row a mechanism makes six codes, whose texts are put together from the row's: KIND.changed,
 * KIND.missing and KIND.unexpected of a root and its manifest, KIND.altered, KIND.removed and
 * KIND.unowned of a root and its packages. Kinds are in the order of their names.
 *
 * ATT&CK ids are those of version 19. In commands FILE stands for the finding's path.
 */
#include "catalog_private.h"

#define IDS(...) __VA_ARGS__

#define ENTRY(code_, severity_, attack_, summary_, why_, confirm_, remedy_)                      \
	{                                                                                        \
		.code = (code_), .severity = SEVERITY_##severity_, .attack = {IDS attack_},      \
		.summary = (summary_), .why = (why_), .confirm = (confirm_), .remedy = (remedy_) \
	}

/* Of a root and its packages. */
#define ALTERED(kind, noun, severity, attack, why, confirm, remedy)                              \
	ENTRY(kind ".altered", severity, attack,                                                 \
	      noun " is not as the package that owns it has it.", why, confirm,                  \
	      "Compare it with the package's copy: apt-get download, dpkg-deb -x. The package "  \
	      "database has only MD5 checksums, and root can rewrite it. If nobody can explain " \
	      "the change: " remedy)

#define REMOVED(kind, noun, severity, attack, why)                                           \
	ENTRY(kind ".removed", severity, attack, noun " belongs to a package and is gone.",  \
	      "Taking something away can switch a protection off or make room for a "        \
	      "replacement. " why,                                                           \
	      "ls -ld FILE; dpkg -S FILE",                                                   \
	      "If it is not wanted, remove its package in the image's build. If nobody can " \
	      "explain it, install the package again and find out what removed the file.")

#define UNOWNED(kind, noun, severity, attack, why, confirm, remedy)                               \
	ENTRY(kind ".unowned", severity, attack, noun " is here and belongs to no package.", why, \
	      confirm,                                                                            \
	      "If the image's build puts it there, name that in a waiver, or put it in a "        \
	      "package. If nobody can explain it: " remedy)

/* Of a root and its manifest, and with it what is the same of a root and its packages. */
#define CHANGED(kind, noun, severity, attack, why, confirm, remedy)                                      \
	ALTERED(kind, noun, HIGH, attack, why, confirm, remedy),                                         \
		ENTRY(kind ".changed", severity, attack,                                                 \
		      noun " is not as it was when the image was sealed.", why, confirm,                 \
		      "Compare it with the sealed image's copy. If the change is meant, make it in the " \
		      "image's build and seal again. If nobody can explain it: " remedy)

#define MISSING(kind, noun, severity, attack, why)                                                         \
	REMOVED(kind, noun, LOW, attack, why),                                                             \
		ENTRY(kind ".missing", severity, attack,                                                   \
		      noun " was there when the image was sealed and is gone.",                            \
		      "Taking something away can switch a protection off or make room for a "              \
		      "replacement. " why,                                                                 \
		      "ls -ld FILE; dpkg -S FILE",                                                         \
		      "If it is meant to be gone, take it out in the image's build and seal again. If "    \
		      "nobody can explain it, find out what removed it and replace the instance with one " \
		      "from a sealed image.")

#define UNEXPECTED_ONLY(kind, noun, severity, attack, why, confirm, remedy)                     \
	ENTRY(kind ".unexpected", severity, attack,                                             \
	      noun " is here and was not in the sealed image.", why, confirm,                   \
	      "If it belongs there, add it in the image's build and seal again. If nobody can " \
	      "explain it: " remedy)

#define UNEXPECTED(kind, noun, severity, attack, why, confirm, remedy)       \
	UNEXPECTED_ONLY(kind, noun, severity, attack, why, confirm, remedy), \
		UNOWNED(kind, noun, MEDIUM, attack, why, confirm, remedy)

#define MECHANISM(kind, noun, severity, attack, why, confirm, remedy) \
	CHANGED(kind, noun, severity, attack, why, confirm, remedy),  \
		MISSING(kind, noun, severity, attack, why),           \
		UNEXPECTED(kind, noun, severity, attack, why, confirm, remedy)

#define REPLACE "replace the instance with one from a sealed image."

/* Kinds whose codes differ in severity. */
#define FILE_NOUN "A file"
#define FILE_WHY                                                                                   \
	"The image that runs is not the image that was built. Whatever else is wrong, nobody has " \
	"reviewed this content."
#define FILE_CONFIRM "stat FILE; sha256sum FILE; dpkg -S FILE"
#define FILE_REMEDY \
	"keep a copy, find out which image brought it, stop launching that image, and " REPLACE

#define SUID_NOUN "A program with a setuid or setgid bit or file capabilities"
#define SUID_WHY                                                                            \
	"Whoever starts it gets its owner's rights. A copy of a shell with the bit set is " \
	"root for everybody."
#define SUID_CONFIRM "stat FILE; getcap FILE; dpkg -S FILE; dpkg-statoverride --list"
#define SUID_REMEDY  "take the bit away with chmod u-s,g-s or setcap -r, keep a copy, and " REPLACE

#define SSHKEY_NOUN "A file of authorized SSH keys"
#define SSHKEY_WHY                                                                                  \
	"Whoever holds the private half of a key in it logs in without a password, for as long "    \
	"as the line stays there. cloud-init keeps lines that it finds, so a key that was planted " \
	"in an image survives the first boot."
#define SSHKEY_CONFIRM "ssh-keygen -l -f FILE; sshd -T | grep -i authorizedkeys"
#define SSHKEY_REMEDY                                                                          \
	"remove the line, look for its fingerprint in the SSH logs of every instance of this " \
	"image, and " REPLACE

#include "catalog_starts.h"
#define CLOUDINIT_NOUN "A part of cloud-init's configuration, state or code"
#define CLOUDINIT_WHY                                                                         \
	"cloud-init runs it as root at first boot or at each one, before anybody has logged " \
	"in."
#define CLOUDINIT_CONFIRM "cat FILE; cloud-init schema --system; ls -lR /var/lib/cloud/scripts"
#define CLOUDINIT_REMEDY  "keep a copy, run cloud-init clean in the image's build, and " REPLACE

const struct catalog_entry catalog_entries[] = {
/* in the order of the codes */
#include "catalog/account.h"
#include "catalog/aptsource.h"
#include "catalog/at.h"
#include "catalog/binary.h"
#include "catalog/boot.h"
#include "catalog/ca.h"
#include "catalog/cloudinit.h"
#include "catalog/container.h"
#include "catalog/coverage.h"
#include "catalog/cron.h"
#include "catalog/defense.h"
#include "catalog/dnshosts.h"
#include "catalog/evidence.h"
#include "catalog/file.h"
#include "catalog/generated.h"
#include "catalog/hidden.h"
#include "catalog/init.h"
#include "catalog/keys.h"
#include "catalog/kmod.h"
#include "catalog/linker.h"
#include "catalog/manifest.h"
#include "catalog/miner.h"
#include "catalog/motd.h"
#include "catalog/nethook.h"
#include "catalog/network.h"
#include "catalog/pam.h"
#include "catalog/pkghook.h"
#include "catalog/polkit.h"
#include "catalog/preload.h"
#include "catalog/process.h"
#include "catalog/remote.h"
#include "catalog/secret.h"
#include "catalog/service.h"
#include "catalog/shell.h"
#include "catalog/sshd.h"
#include "catalog/sshkey.h"
#include "catalog/sudo.h"
#include "catalog/suid.h"
#include "catalog/timer.h"
#include "catalog/trigger.h"
#include "catalog/udev.h"
#include "catalog/waiver.h"
#include "catalog/xdg.h"

};

const size_t catalog_entries_count = ELEMENTS(catalog_entries);
