/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
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
