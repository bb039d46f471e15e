/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
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
