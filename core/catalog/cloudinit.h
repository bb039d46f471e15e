/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
CHANGED("cloudinit", CLOUDINIT_NOUN, HIGH, ("T1037", "T1136.001"), CLOUDINIT_WHY, CLOUDINIT_CONFIRM,
	CLOUDINIT_REMEDY),
	ENTRY("cloudinit.disables-security", HIGH, ("T1685", "T1037"),
	      "User-data or vendor-data switches off a part of the system's defence.",
	      "Firewall, audit, mandatory access control and updates are what a script that means "
	      "no good takes away first, and user-data runs as root.",
	      "cloud-init query userdata; systemctl list-unit-files --state=masked,disabled",
	      "Ask who wrote this user-data. If it is meant, make the change in the image's build, "
	      "where it is reviewed and sealed."),
	ENTRY("cloudinit.downloads-and-runs", MEDIUM, ("T1105", "T1059.004"),
	      "User-data or vendor-data downloads a program and runs it at once.",
	      "What runs is whatever the other side serves at that moment; no manifest, package or "
	      "signature vouches for it.",
	      "cloud-init query userdata; less /var/log/cloud-init-output.log",
	      "Fetch it in the image's build, or check a digest before it is run. If nobody knows "
	      "the address, treat the instance as taken over."),
	ENTRY("cloudinit.mines", CRITICAL, ("T1496", "T1037"),
	      "User-data or vendor-data has the words of a cryptocurrency miner.",
	      "Whoever launched the instance, or made its launch template, had it mine.",
	      "cloud-init query userdata",
	      "Stop the instance and find out who can change the launch template and whose "
	      "credentials launched it."),
	MISSING("cloudinit", CLOUDINIT_NOUN, HIGH, ("T1037", "T1136.001"), CLOUDINIT_WHY),
	ENTRY("cloudinit.opens-a-shell", CRITICAL, ("T1059.004", "T1037"),
	      "User-data or vendor-data connects a shell to another machine.",
	      "It is how a reverse shell is written; nothing that sets up an instance needs it.",
	      "cloud-init query userdata; ss -tnp",
	      "Isolate the instance, and find out who can change the launch template and whose "
	      "credentials launched it."),
	ENTRY("cloudinit.told", LOW, (), "What the instance was told at its first boot, by digest.",
	      "Two instances with the same user-data have the same digest; one that differs from "
	      "the rest of its fleet stands out.",
	      "sha256sum /var/lib/cloud/instance/*-data*.txt",
	      "Nothing, unless the digest is not the one that you expect."),
	ENTRY("cloudinit.unclear", LOW, ("T1027"),
	      "A part of user-data or vendor-data could not be understood or was not followed.",
	      "What it declares explains nothing, and what it does was not looked at.",
	      "cloud-init schema --system; cloud-init query userdata",
	      "Read it. Addresses of #include are fetched by cloud-init, not by goldseal."),
	UNEXPECTED("cloudinit", CLOUDINIT_NOUN, HIGH, ("T1037", "T1136.001"), CLOUDINIT_WHY,
		   CLOUDINIT_CONFIRM, CLOUDINIT_REMEDY),
