/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the mechanisms by which something starts by itself: what is bad about the program. They
 * stand among the rows of MECHANISM() in the order of the codes, hence in pieces.
 */
#pragma once

#define STARTS_CONFIRM "cat FILE; ls -ld PROGRAM; dpkg -S PROGRAM; sha256sum PROGRAM"
#define STARTS_REMEDY                                                                              \
	"Take the start away, keep a copy of it and of the program, find out which image brought " \
	"it, and " REPLACE

#define STARTS_SHELL(kind, noun, attack)                                                          \
	ENTRY(kind ".connects-shell", CRITICAL, (attack, "T1059.004", "T1095"),                   \
	      noun " opens a shell or an interpreter to the network.",                            \
	      "Whoever has the other end of the connection works on this machine, by itself and " \
	      "past the logins.",                                                                 \
	      STARTS_CONFIRM, STARTS_REMEDY)

#define STARTS_DOWNLOAD(kind, noun, attack)                                                       \
	ENTRY(kind ".download-and-run", CRITICAL, (attack, "T1105", "T1059.004"),                 \
	      noun " runs what it downloads or decodes.",                                         \
	      "Whoever has the other end decides, each time anew, what runs here. No image that " \
	      "is sealed needs code that is not in it.",                                          \
	      STARTS_CONFIRM, STARTS_REMEDY)

#define STARTS_PLACE(kind, noun, attack)                                                          \
	ENTRY(kind ".starts-hidden", HIGH, (attack, "T1564.001"),                                 \
	      noun " starts a hidden program.",                                                   \
	      "Programs are not hidden by those who install them; a dot or a blank keeps this "   \
	      "one out of listings.",                                                             \
	      STARTS_CONFIRM, STARTS_REMEDY),                                                     \
		ENTRY(kind ".starts-temporary", HIGH, (attack, "T1036.005"),                      \
		      noun " starts a program from a directory where everybody may write.",       \
		      "Packages put no programs there. Any account can put one of its own there " \
		      "and wait for it to be started.",                                           \
		      STARTS_CONFIRM, STARTS_REMEDY),                                             \
		ENTRY(kind ".starts-unvouched", MEDIUM, (attack),                                 \
		      noun " starts a program that neither the manifest nor a package vouches "   \
			   "for.",                                                                \
		      "Both the start and the program came later, or from elsewhere, than what "  \
		      "was reviewed.",                                                            \
		      STARTS_CONFIRM,                                                             \
		      "If it belongs there, put both into the image's build and seal again. If "  \
		      "nobody can explain it: keep a copy, and " REPLACE)

#define STARTS_WRITABLE(kind, noun, attack)                                                        \
	ENTRY(kind ".writable-program", HIGH, (attack, "T1222.002"),                               \
	      noun " starts a program that others than root can change.",                          \
	      "Whoever may write the file, or a directory on the way to it, has what the program " \
	      "is started as.",                                                                    \
	      "namei -l PROGRAM; getfacl PROGRAM",                                                 \
	      "Take the write permission away. Compare the program with its package before it is " \
	      "trusted again; if it differs, " REPLACE)

#define STARTER(kind, noun, severity, attack, starts_noun, starts_attack, why, confirm, remedy) \
	CHANGED(kind, noun, severity, attack, why, confirm, remedy),                            \
		STARTS_SHELL(kind, starts_noun, starts_attack),                                 \
		STARTS_DOWNLOAD(kind, starts_noun, starts_attack),                              \
		MISSING(kind, noun, severity, attack, why),                                     \
		STARTS_PLACE(kind, starts_noun, starts_attack),                                 \
		UNEXPECTED(kind, noun, severity, attack, why, confirm, remedy),                 \
		STARTS_WRITABLE(kind, starts_noun, starts_attack)
