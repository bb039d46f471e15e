/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("container", "A container, its image or the engine's configuration", HIGH, ("T1610"),
	  "A container that lies ready in an image starts by itself and may be given the "
	  "whole host; miners like to come this way.",
	  "docker ps -a; docker images --digests; ctr -n k8s.io containers list",
	  "stop the container, keep its image for analysis, and " REPLACE),
