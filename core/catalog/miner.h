/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define MINER_WHY                                                                          \
	"It spends your processors for somebody else, and whoever brought it has had the " \
	"rights to bring anything else."
#define MINER_REMEDY "stop its process, keep the file, look for what starts it, and " REPLACE
ENTRY("miner.configuration", CRITICAL, ("T1496"),
      "The settings of a cryptocurrency miner are here.", MINER_WHY,
      "less FILE; top -b -n 1 | head -20; ss -tnp",
      "Look for the program that reads it: " MINER_REMEDY),
	ENTRY("miner.encoded-pool", CRITICAL, ("T1496", "T1027"),
	      "The address of a mining pool is here, encoded so that it is not seen.",
	      "Nobody who mines with permission hides the pool's address. " MINER_WHY,
	      "grep -aoE '[A-Za-z0-9+/=]{16,}' FILE | base64 -d; ss -tnp",
	      "Find out what decodes it: " MINER_REMEDY),
	ENTRY("miner.named-program", MEDIUM, ("T1496"),
	      "A program that nothing vouches for has the name of a miner.",
	      "Many who drop miners do not take the trouble of another name. Its content alone does "
	      "not say so.",
	      "file FILE; strings FILE | grep -iE 'stratum|hashrate'; sha256sum FILE",
	      "Find out what it is. If it mines: " MINER_REMEDY),
	ENTRY("miner.packed-program", HIGH, ("T1496", "T1027.002"),
	      "A packed program lies where no program belongs, or has a kernel thread's name.",
	      "Packing hides what a program does from whoever looks at its file. Miners that are "
	      "dropped on servers usually come so.",
	      "file FILE; upx -l FILE; sha256sum FILE", "Do not run it: " MINER_REMEDY),
	ENTRY("miner.pool", CRITICAL, ("T1496"),
	      "A command that connects a miner with a mining pool is here.", MINER_WHY,
	      "grep -anE 'stratum|-o |--url' FILE; systemctl list-units; ss -tnp",
	      "Find out what runs it: " MINER_REMEDY),
	ENTRY("miner.preparation", HIGH, ("T1496"),
	      "Huge pages and processor registers are set as miners need them.",
	      "The two together make the RandomX algorithm faster and are of no use to others. " MINER_WHY,
	      "grep -nE 'nr_hugepages|wrmsr|msr' FILE; sysctl vm.nr_hugepages",
	      "Find out what runs it, and after that: " MINER_REMEDY),
	ENTRY("miner.program", CRITICAL, ("T1496"), "A cryptocurrency miner is here.", MINER_WHY,
	      "sha256sum FILE; file FILE; strings FILE | grep -iE 'stratum|hashrate'; ss -tnp",
	      "First, " MINER_REMEDY),
	ENTRY("miner.unexpected", CRITICAL, ("T1496"),
	      "A cryptocurrency miner or its configuration is in the image.", MINER_WHY,
	      "sha256sum FILE; file FILE; top -b -n 1 | head -20; ss -tnp", "First, " MINER_REMEDY),
	ENTRY("miner.load", LOW, ("T1496"),
	      "A process has used a whole processor ever since it started.",
	      "Miners do, and so do compilers and jobs of maintenance. By itself this proves nothing; it "
	      "is told so that other signs can be weighed with it.",
	      "top -b -n 1 | head -20; cat /proc/PID/schedstat (PID: the number in the finding)",
	      "Find out what it does and who started it. If it is not meant to run, stop it and look for "
	      "what starts it."),
	ENTRY("miner.process", CRITICAL, ("T1496"),
	      "A process has the command line of a cryptocurrency miner.",
	      "Pools, wallets and options of miners stand in it. It spends your processors for "
	      "somebody else, and whoever started it can start anything else.",
	      "tr '\\0' ' ' < /proc/PID/cmdline; ls -l /proc/PID/exe; ss -tnp (PID: the number in "
	      "the "
	      "finding)",
	      "Stop it, keep its program, look for what starts it, and " REPLACE),
