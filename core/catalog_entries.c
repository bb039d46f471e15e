/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row a mechanism makes three codes: KIND.changed, KIND.missing and KIND.unexpected, whose
 * texts are put together from the row's. Rows are sorted by code; catalog_find() relies on it.
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

#define CHANGED(kind, noun, severity, attack, why, confirm, remedy)                              \
	ENTRY(kind ".changed", severity, attack,                                                 \
	      noun " is not as it was when the image was sealed.", why, confirm,                 \
	      "Compare it with the sealed image's copy. If the change is meant, make it in the " \
	      "image's build and seal again. If nobody can explain it: " remedy)

#define MISSING(kind, noun, severity, attack, why)                                                 \
	ENTRY(kind ".missing", severity, attack,                                                   \
	      noun " was there when the image was sealed and is gone.",                            \
	      "Taking something away can switch a protection off or make room for a "              \
	      "replacement. " why,                                                                 \
	      "ls -ld FILE; dpkg -S FILE",                                                         \
	      "If it is meant to be gone, take it out in the image's build and seal again. If "    \
	      "nobody can explain it, find out what removed it and replace the instance with one " \
	      "from a sealed image.")

#define UNEXPECTED(kind, noun, severity, attack, why, confirm, remedy)                          \
	ENTRY(kind ".unexpected", severity, attack,                                             \
	      noun " is here and was not in the sealed image.", why, confirm,                   \
	      "If it belongs there, add it in the image's build and seal again. If nobody can " \
	      "explain it: " remedy)

#define MECHANISM(kind, noun, severity, attack, why, confirm, remedy) \
	CHANGED(kind, noun, severity, attack, why, confirm, remedy),  \
		MISSING(kind, noun, severity, attack, why),           \
		UNEXPECTED(kind, noun, severity, attack, why, confirm, remedy)

#define REPLACE "replace the instance with one from a sealed image."

/* Two kinds whose codes differ in severity. */
#define FILE_NOUN "A file"
#define FILE_WHY                                                                                   \
	"The image that runs is not the image that was built. Whatever else is wrong, nobody has " \
	"reviewed this content."
#define FILE_CONFIRM "stat FILE; sha256sum FILE; dpkg -S FILE"
#define FILE_REMEDY \
	"keep a copy, find out which image brought it, stop launching that image, and " REPLACE

#define SSHKEY_NOUN "A file of authorized SSH keys"
#define SSHKEY_WHY                                                                                  \
	"Whoever holds the private half of a key in it logs in without a password, for as long "    \
	"as the line stays there. cloud-init keeps lines that it finds, so a key that was planted " \
	"in an image survives the first boot."
#define SSHKEY_CONFIRM "ssh-keygen -l -f FILE; sshd -T | grep -i authorizedkeys"
#define SSHKEY_REMEDY                                                                          \
	"remove the line, look for its fingerprint in the SSH logs of every instance of this " \
	"image, and " REPLACE

const struct catalog_entry catalog_entries[] = {
	MECHANISM("account", "An account or group database", HIGH, ("T1136.001", "T1078.003"),
		  "A further account, a second uid 0, an empty password or a membership in a "
		  "privileged group gives somebody a way to log in that looks like any other.",
		  "getent passwd; awk -F: '$3 == 0' /etc/passwd; getent group sudo",
		  "lock the account, look for its sessions with last(1), and " REPLACE),
	MECHANISM("aptsource", "A package source, signing key or pin", HIGH, ("T1195.002"),
		  "It decides from where software comes and whose signature is enough. With one "
		  "foreign key or source the next upgrade installs a stranger's code as root.",
		  "apt-cache policy; grep -rn . /etc/apt/sources.list /etc/apt/sources.list.d",
		  "remove it, list what was installed from it with apt-cache policy, and " REPLACE),
	MECHANISM("at", "A job of at(1)", HIGH, ("T1053.002"),
		  "An image has no reason to hold a job that waits for its hour; this one runs "
		  "once, with its owner's rights, and then removes its own trace.",
		  "ls -l /var/spool/cron/atjobs; at -l; cat FILE",
		  "keep a copy, remove the job with atrm(1), and " REPLACE),
	MECHANISM(
		"binary", "A program or shared library", HIGH, ("T1554"),
		"Code that the system trusts runs with the rights of whoever calls it. A doctored "
		"copy keeps working and does its second job unseen.",
		"dpkg -S FILE; dpkg --verify; sha256sum FILE",
		"keep a copy for analysis, do not run it, and " REPLACE),
	MECHANISM("boot", "A part of the boot chain", CRITICAL, ("T1542.003"),
		  "Boot loader, kernel, initrd and their configuration run before every protection "
		  "and can switch each of them off.",
		  "cat /proc/cmdline; sha256sum FILE; lsinitramfs /boot/initrd.img-$(uname -r)",
		  "do not trust what this instance reports, isolate it, and " REPLACE),
	MECHANISM("ca", "A trusted certificate authority", HIGH, ("T1553.004"),
		  "Whoever holds its private key can stand in for any server that this machine "
		  "talks to over TLS, package mirrors and cloud interfaces included.",
		  "openssl x509 -in FILE -noout -subject -issuer -fingerprint -sha256",
		  "remove it, run update-ca-certificates --fresh, and " REPLACE),
	MECHANISM("cloudinit", "A part of cloud-init's configuration, state or code", HIGH,
		  ("T1037", "T1136.001"),
		  "cloud-init runs it as root at first boot or at each one, before anybody has "
		  "logged in.",
		  "cat FILE; cloud-init schema --system; ls -lR /var/lib/cloud/scripts",
		  "keep a copy, run cloud-init clean in the image's build, and " REPLACE),
	MECHANISM("container", "A container, its image or the engine's configuration", HIGH,
		  ("T1610"),
		  "A container that lies ready in an image starts by itself and may be given the "
		  "whole host; miners like to come this way.",
		  "docker ps -a; docker images --digests; ctr -n k8s.io containers list",
		  "stop the container, keep its image for analysis, and " REPLACE),
	ENTRY("coverage.changed-while-read", MEDIUM, (),
	      "A file changed while it was being read, so its digest says nothing.",
	      "Before the network is up few programs write. One that does can show one content to "
	      "the agent and another to everybody else.",
	      "fuser -v FILE; stat FILE",
	      "Find the program that writes the file. If it is meant to, give the path the class "
	      "append or mutable in the policy and seal again."),
	ENTRY("coverage.check-failed", MEDIUM, ("T1685"),
	      "A check could not run, so what it looks for may be there.",
	      "A check that did not run has found nothing, which is not the same as nothing being "
	      "there.",
	      "journalctl -b -u 'goldseal-*'",
	      "Read the reason in the finding, remove the cause and attest again."),
	ENTRY("coverage.deadline", MEDIUM, (),
	      "The time that was allowed ran out before all entries were examined.",
	      "What was not examined may hold anything. A disk that has become slow, or a tree that "
	      "has grown beyond the sealed one, is itself a reason to look.",
	      "goldseal verify --root /; iostat -x 1 3; dmesg | tail",
	      "Examine again without a deadline, or with a longer one. If it repeats, find out what "
	      "makes reading slow or the tree large."),
	ENTRY("coverage.limit", MEDIUM, (),
	      "A limit of size, depth or number was reached, and what lies beyond was not examined.",
	      "Limits keep a hostile disk from exhausting the agent. Something that reaches one is "
	      "seldom an accident in a sealed image.",
	      "find FILE -xdev | wc -l; du -sh FILE",
	      "Look at what is there. If it is meant, leave the path out by name with the class "
	      "ignored."),
	ENTRY("coverage.mount", MEDIUM, ("T1564"),
	      "Another filesystem is mounted here, and its content was not examined.",
	      "A mount hides what lies under it and brings content that no manifest describes.",
	      "findmnt FILE; cat /proc/self/mountinfo",
	      "If the mount is meant, name it in the policy with the class ignored; its content is "
	      "then left out knowingly."),
	ENTRY("coverage.unreadable", MEDIUM, (),
	      "Something could not be read, so it was not compared.",
	      "The agent reads with full rights. What refuses it is damaged, or made to refuse.",
	      "ls -ld FILE; lsattr -d FILE; dmesg | tail",
	      "Check the disk and the reason in the finding. If the object cannot be repaired, "
	      "replace the instance."),
	ENTRY("coverage.vanished", LOW, (), "Something was listed and was gone when it was opened.",
	      "Usually a temporary file. Again and again in the same place it is something that "
	      "hides.",
	      "ls -la $(dirname FILE); fuser -vm FILE",
	      "Attest again. If it repeats, find the program that makes and removes it."),
	MECHANISM("cron", "A cron table or script", HIGH, ("T1053.003"),
		  "cron runs it by the clock and as its owner, often root. It is where most miners "
		  "restart themselves.",
		  "cat FILE; ls -l /etc/cron.* /var/spool/cron/crontabs; dpkg -S FILE",
		  "comment the line out, keep a copy of the program that it starts, and " REPLACE),
	MECHANISM("defense", "A part of logging, auditing, access control or updating", HIGH,
		  ("T1685"),
		  "What is switched off here would have recorded or stopped the rest of an attack.",
		  "systemctl is-enabled auditd rsyslog apparmor unattended-upgrades; cat FILE",
		  "switch it on again, treat the time without it as unobserved, and " REPLACE),
	MECHANISM("dnshosts", "The configuration of name resolution or a proxy", HIGH,
		  ("T1565.001", "T1557"),
		  "A redirected name sends updates, metadata requests or logins to somebody else's "
		  "server.",
		  "cat /etc/hosts /etc/resolv.conf /etc/nsswitch.conf; getent hosts deb.debian.org",
		  "find out where the names lead, and " REPLACE),
	ENTRY("evidence.coverage", MEDIUM, ("T1685"),
	      "Entries could not be read, and no finding of the evidence says which.",
	      "What was not read was not compared. An agent that counts it and does not name it is "
	      "damaged or has been made to keep quiet.",
	      "goldseal verify --root / --trust KEY",
	      "Measure the instance's disk from outside, with an agent of your own."),
	ENTRY("evidence.digest-mismatch", CRITICAL, ("T1685"),
	      "The measured digest differs from the manifest's, yet the evidence lists no "
	      "difference.",
	      "The agent says that nothing is wrong and its own measurement says otherwise. The "
	      "agent or its report has been tampered with.",
	      "goldseal verify --root MOUNTED-DISK --trust KEY",
	      "Isolate the instance and measure its disk from outside, with an agent of your own."),
	ENTRY("evidence.expired-manifest", HIGH, ("T1204.003"),
	      "The instance runs an image whose manifest has expired.",
	      "Old images are genuine and full of known holes; expiry is what retires them.",
	      "goldseal verify --root / --trust KEY",
	      "Launch the image's current version instead, and take the old one out of the "
	      "catalogue."),
	ENTRY("evidence.findings", HIGH, (),
	      "The findings of the evidence, weighed without the waived ones, are the reason for the "
	      "verdict.",
	      "The collector weighs them itself and does not take the agent's word for what they "
	      "amount to.",
	      "goldseal report",
	      "Go through the instance's findings, the gravest first; goldseal explain has a text "
	      "for each code."),
	ENTRY("evidence.id-reuse", HIGH, (),
	      "Other evidence arrived under the id of a report that is stored already.",
	      "Each report has an id of its own. A second content under the same id is an attempt to "
	      "replace what was reported, or a disk that was cloned with reports in its spool.",
	      "journalctl -u goldseal-deliver",
	      "Keep the stored report, attest again, and find out which machine sent the other one."),
	ENTRY("evidence.key-change", CRITICAL, (),
	      "A known instance id reports with another key than before.",
	      "The key is made at first boot and stays. Either the disk was cloned or reset, or "
	      "another machine claims to be this one.",
	      "openssl pkey -pubin -in KEY.pem -outform DER | sha256sum",
	      "Find out which of the two is the instance that you launched. Trust neither until "
	      "then."),
	ENTRY("evidence.manifest-mismatch", CRITICAL, ("T1685"),
	      "The evidence says other things of its manifest than stand in it.",
	      "Signer, image name and version stand in the signed manifest. An agent that says "
	      "otherwise has not read it or does not want it known.",
	      "goldseal report; sha256sum /usr/lib/goldseal/manifest.json",
	      "Isolate the instance and measure its disk from outside, with an agent of your own."),
	ENTRY("evidence.no-manifest", HIGH, ("T1204.003"),
	      "The instance runs an image without a manifest.",
	      "Nobody has sealed this image, so nothing can be said about what is in it.",
	      "ls -l /usr/lib/goldseal; goldseal audit --root /",
	      "Launch a sealed image instead; if the image is yours, add the seal to its build."),
	ENTRY("evidence.not-evaluated", MEDIUM, ("T1685"),
	      "The agent did not get to the end of its examination.",
	      "What it had not reached yet may hold anything.", "journalctl -b -u 'goldseal-*'",
	      "Read why it stopped, remove the cause and attest again."),
	ENTRY("evidence.replay", CRITICAL, (),
	      "Evidence was delivered with a nonce that is used up, or under another instance's "
	      "name.",
	      "Somebody recorded a good report and shows it in the place of a bad one.",
	      "goldseal report --evidence FILE",
	      "Isolate the instance that sent it, and look for where the recorded report came from."),
	ENTRY("evidence.revoked-manifest", CRITICAL, ("T1204.003"),
	      "The instance runs an image whose manifest has been revoked.",
	      "An operator has withdrawn this image, usually because something bad was found in it "
	      "after it was sealed.",
	      "goldseal report",
	      "Replace the instance with one from the image's current version, without delay."),
	ENTRY("evidence.unknown-manifest", CRITICAL, ("T1204.003"),
	      "The instance runs an image that no pipeline of yours has published.",
	      "A manifest can be made by anybody. One that the collector has not been told of is how "
	      "a look-alike or re-signed image shows itself.",
	      "sha256sum /usr/lib/goldseal/manifest.json",
	      "If the image is yours, publish its manifest to the collector. If not, stop the "
	      "instance, keep its disk, and find out who launched it and why."),
	ENTRY("evidence.untrusted-signer", CRITICAL, ("T1204.003", "T1553.004"),
	      "The image's manifest is signed with a key that the collector does not trust.",
	      "Whoever changes an image and the trust anchor inside it can sign as they like; only "
	      "the collector's own anchors tell the difference.",
	      "ls -l /etc/goldseal/trust.d; sha256sum /etc/goldseal/trust.d/*.pem",
	      "Stop the instance, keep its disk, and find out where the image came from."),
	ENTRY("evidence.verdict-differs", MEDIUM, ("T1685"),
	      "The agent's verdict is graver than its findings amount to.",
	      "Agent and collector weigh by the same rule, so one of them knows a waiver that the "
	      "other does not, or findings were lost on the way.",
	      "goldseal report",
	      "Compare the versions of agent and collector and the waivers of the manifest, and "
	      "attest again."),
	ENTRY("evidence.wrong-nonce", HIGH, (),
	      "The delivery's proof does not hold the nonce that the collector gave out.",
	      "Without the right nonce nothing shows that the report is being sent now, by the "
	      "instance that made it.",
	      "journalctl -u goldseal-deliver",
	      "Have the instance deliver again. If it repeats, isolate the instance."),
	CHANGED("file", FILE_NOUN, HIGH, (), FILE_WHY, FILE_CONFIRM, FILE_REMEDY),
	MISSING("file", FILE_NOUN, MEDIUM, (), FILE_WHY),
	UNEXPECTED("file", FILE_NOUN, MEDIUM, (), FILE_WHY, FILE_CONFIRM, FILE_REMEDY),
	ENTRY("generated.baked-in", MEDIUM, ("T1552.004"),
	      "Something that each instance must make for itself was already in the image.",
	      "All instances of the image share it, and so does everybody who has ever had a copy of "
	      "the image. A shared SSH host key lets any of them pose as all others.",
	      "ls -l FILE; ssh-keygen -l -f FILE",
	      "Remove it as the last step of the image's build, and make it anew on every instance "
	      "that runs now."),
	MECHANISM("hidden", "A hidden or oddly named file", HIGH, ("T1564.001", "T1036"),
		  "Its name or place is chosen so that people and listings overlook it: a leading "
		  "dot, blanks, look-alike letters, or a program where none belongs.",
		  "ls -lab $(dirname FILE); file FILE; sha256sum FILE", FILE_REMEDY),
	MECHANISM("init", "A boot script", HIGH, ("T1037.004"),
		  "rc.local and init scripts run as root at each boot, and systemd starts them "
		  "without a unit of their own.",
		  "cat FILE; ls -l /etc/rc.local /etc/init.d /etc/rc?.d",
		  "take away its execute permission, keep a copy, and " REPLACE),
	ENTRY("keys.instance-key", HIGH, ("T1552.004"),
	      "An instance's private key of goldseal is in the image.",
	      "Each instance of this image would sign with the same key, so that one can speak for "
	      "all of them, and whoever has the image can speak for each.",
	      "ls -l /var/lib/goldseal",
	      "Remove /var/lib/goldseal as the last step of the image's build and seal again; "
	      "distrust the key at the collector."),
	MECHANISM("kmod", "A kernel module or its configuration", CRITICAL, ("T1547.006", "T1014"),
		  "A module runs inside the kernel and can hide files, processes and connections "
		  "from everything, this agent included.",
		  "modinfo FILE; lsmod; cat /proc/sys/kernel/tainted",
		  "do not trust what this instance reports, isolate it, and " REPLACE),
	MECHANISM("linker", "A part of the dynamic linker's search path or cache", HIGH, ("T1574"),
		  "It decides which library a program loads; a directory or link put first gives "
		  "a doctored library to programs that are themselves unchanged.",
		  "ldconfig -p; cat /etc/ld.so.conf /etc/ld.so.conf.d/*; ls -l FILE",
		  "keep a copy of the library that it leads to, and " REPLACE),
	ENTRY("manifest.expired", HIGH, ("T1204.003"), "The image's manifest has expired.",
	      "Old images are genuine and full of known holes; expiry is what retires them.",
	      "date -u; goldseal report",
	      "Launch the image's current version. Check the instance's clock as well, which decides "
	      "about expiry."),
	ENTRY("manifest.mismatch", CRITICAL, ("T1204.003", "T1685"),
	      "The manifest's body is not the one that was signed.",
	      "Somebody has changed the list of what belongs in the image, as is needed to make a "
	      "planted file look expected.",
	      "sha256sum /usr/lib/goldseal/manifest.mtree",
	      "Stop launching this image, and " REPLACE),
	ENTRY("manifest.untrusted", CRITICAL, ("T1204.003", "T1553.004"),
	      "No trusted key has signed the image's manifest.",
	      "It may be a stranger's image, one that was changed and signed again, or one whose "
	      "signing key is revoked.",
	      "ls -l /etc/goldseal/trust.d /usr/lib/goldseal",
	      "If the key is yours, install its public half among the trust anchors. If not, stop "
	      "launching this image."),
	ENTRY("miner.unexpected", CRITICAL, ("T1496"),
	      "A cryptocurrency miner or its configuration is in the image.",
	      "It spends your processors for somebody else, and whoever brought it has had "
	      "the rights to bring anything else.",
	      "sha256sum FILE; file FILE; top -b -n 1 | head -20; ss -tnp",
	      "Stop its process, keep the file, look for what starts it, and " REPLACE),
	MECHANISM("motd", "A login message or the script that makes it", HIGH, ("T1037"),
		  "Scripts in update-motd.d run as root at each login over SSH.",
		  "ls -l /etc/update-motd.d; cat FILE; dpkg -S FILE",
		  "take away its execute permission, keep a copy, and " REPLACE),
	MECHANISM("nethook", "A script or setting that the network's start runs", HIGH, ("T1546"),
		  "Dispatcher scripts and hooks of DHCP and interfaces run as root whenever the "
		  "network changes, which is at each boot.",
		  "cat FILE; grep -rnE '(pre|post)-?(up|down)' /etc/network; dpkg -S FILE",
		  "take away its execute permission, keep a copy, and " REPLACE),
	MECHANISM(
		"pam", "A part of PAM", CRITICAL, ("T1556.003"),
		"PAM decides who may log in. One changed line or module accepts a secret password "
		"for every account, or keeps all those that are typed.",
		"dpkg --verify libpam-modules libpam-runtime; grep -rn . /etc/pam.d; dpkg -S FILE",
		"consider every password typed on this instance lost, and " REPLACE),
	MECHANISM("pkghook", "A hook of the package manager", HIGH, ("T1546.016"),
		  "apt and dpkg run it as root at each installation and upgrade, automatic ones "
		  "included.",
		  "apt-config dump | grep -iE 'invoke|pre-install'; dpkg -S FILE",
		  "remove the hook, keep a copy, and " REPLACE),
	MECHANISM("polkit", "A rule or action of polkit", HIGH, ("T1556", "T1548"),
		  "A rule that answers yes lets an ordinary user do what only root may, without a "
		  "password.",
		  "ls -l /etc/polkit-1/rules.d /usr/share/polkit-1/rules.d; cat FILE; pkaction",
		  "remove the rule, keep a copy, and " REPLACE),
	MECHANISM(
		"preload", "A library that is loaded into every program", CRITICAL, ("T1574.006"),
		"What ld.so.preload or LD_PRELOAD names runs inside each program that starts, and "
		"can hide files, processes and itself from all of them.",
		"cat /etc/ld.so.preload; grep -rn LD_ /etc/environment /etc/security/pam_env.conf",
		"look at the disk from another system, as this one's tools may lie, and " REPLACE),
	MECHANISM("secret", "A private key, token or password", HIGH, ("T1552.004", "T1552.001"),
		  "Everybody who can launch or copy the image has it, and can act as its owner "
		  "wherever it is accepted.",
		  "ls -l FILE; file FILE",
		  "revoke the secret where it is accepted, look for its use, and " REPLACE),
	MECHANISM(
		"service", "A systemd unit or its enablement", HIGH, ("T1543.002"),
		"systemd starts it at boot with whatever rights it asks for, and starts it again "
		"when it is stopped.",
		"systemctl cat \"$(basename FILE)\"; systemctl status \"$(basename FILE)\"; dpkg -S "
		"FILE",
		"stop and disable the unit, keep a copy of it and of the program that it starts, "
		"and " REPLACE),
	MECHANISM("shell", "A start-up file of a shell", HIGH, ("T1546.004"),
		  "It runs each time that somebody logs in or opens a shell, with that person's "
		  "rights, and can replace sudo and su by look-alikes that keep passwords.",
		  "cat FILE; diff FILE /etc/skel/$(basename FILE)",
		  "consider what was typed in these shells known to others, and " REPLACE),
	MECHANISM(
		"sshd", "A part of the SSH server's configuration", HIGH, ("T1556", "T1098.004"),
		"It decides who may log in and how: root, empty passwords, further key files, a "
		"command that supplies keys, a foreign certificate authority.",
		"sshd -T; dpkg -S FILE",
		"compare sshd -T with the sealed image's, look at who has logged in, and " REPLACE),
	CHANGED("sshkey", SSHKEY_NOUN, CRITICAL, ("T1098.004"), SSHKEY_WHY, SSHKEY_CONFIRM,
		SSHKEY_REMEDY),
	MISSING("sshkey", SSHKEY_NOUN, HIGH, ("T1098.004"), SSHKEY_WHY),
	UNEXPECTED("sshkey", SSHKEY_NOUN, CRITICAL, ("T1098.004"), SSHKEY_WHY, SSHKEY_CONFIRM,
		   SSHKEY_REMEDY),
	MECHANISM("sudo", "A rule of sudo or doas", HIGH, ("T1548.003"),
		  "It says who becomes root, with which command and whether a password is asked.",
		  "visudo -c; sudo -ll -U root; cat FILE",
		  "remove the rule, look in the journal for who has used it, and " REPLACE),
	MECHANISM(
		"suid", "A program with a setuid or setgid bit or file capabilities", HIGH,
		("T1548.001"),
		"Whoever starts it gets its owner's rights. A copy of a shell with the bit set is "
		"root for everybody.",
		"stat FILE; getcap FILE; dpkg -S FILE; dpkg-statoverride --list",
		"take the bit away with chmod u-s,g-s or setcap -r, keep a copy, and " REPLACE),
	MECHANISM(
		"timer", "A systemd timer", HIGH, ("T1053.006"),
		"It starts its service by the clock, again and again, and is seldom looked at.",
		"systemctl list-timers --all; systemctl cat \"$(basename FILE)\"",
		"stop and disable the timer, keep a copy of the service that it starts, and " REPLACE),
	MECHANISM("trigger", "Something that an event runs", HIGH, ("T1546"),
		  "Plug-ins, hooks and handlers run when something harmless happens: a log is "
		  "rotated, an interpreter starts, a message bus name is asked for.",
		  "cat FILE; dpkg -S FILE", "keep a copy, find out what runs it, and " REPLACE),
	MECHANISM("udev", "A udev rule or helper", HIGH, ("T1546.017"),
		  "udev runs it as root for each device that appears, so at each boot, before "
		  "anything else looks.",
		  "cat FILE; grep -rnE 'RUN|PROGRAM|IMPORT' /etc/udev/rules.d; dpkg -S FILE",
		  "remove the rule, keep a copy of the program that it starts, and " REPLACE),
	ENTRY("waiver.expired", MEDIUM, (),
	      "A waiver in the policy has expired, and what it accepted is still there.",
	      "A waiver is a promise to look again by a date. That date is past.",
	      "grep -n '^waive' POLICY",
	      "Remove what was accepted. If it must stay, have the waiver's owner renew it with a "
	      "reason and a new date, and seal again."),
	MECHANISM("xdg", "An autostart entry of a desktop session", HIGH, ("T1547.013"),
		  "It starts a program when somebody logs in to a desktop, with that person's "
		  "rights.",
		  "cat FILE; ls -l /etc/xdg/autostart; dpkg -S FILE",
		  "remove the entry, keep a copy of the program that it starts, and " REPLACE),
};

const size_t catalog_entries_count = ELEMENTS(catalog_entries);
