/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
ENTRY("generated.baked-in", MEDIUM, ("T1552.004"),
      "Something that each instance must make for itself was already in the image.",
      "All instances of the image share it, and so does everybody who has ever had a copy of "
      "the image. A shared SSH host key lets any of them pose as all others.",
      "ls -l FILE; ssh-keygen -l -f FILE",
      "Remove it as the last step of the image's build, and make it anew on every instance "
      "that runs now."),
