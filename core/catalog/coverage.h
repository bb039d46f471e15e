/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
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
	ENTRY("coverage.rules", MEDIUM, (), "A file of content rules could not be used.",
	      "What its rules look for may be there: nothing looked for it.",
	      "yara RULES /dev/null",
	      "Correct the line that the finding names, or take the file out of the directory of "
	      "rules, and examine again."),
	ENTRY("coverage.no-packages", MEDIUM, (),
	      "The root has no database of packages that can be read, so nothing vouches for its files.",
	      "Without a manifest and without packages nobody can say which files belong there. Only "
	      "what is wrong by its content or its place is found.",
	      "ls /var/lib/dpkg/info /var/lib/rpm",
	      "Audit the image that this one was made from, or seal it and verify later copies "
	      "against the manifest."),
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
