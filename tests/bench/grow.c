/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a tree to measure growth with: `grow DIR ENTRIES SEED [one]`.
 *
 * Exactly ENTRIES entries come to lie below DIR, the same ones for the same numbers on any machine.
 * They are shaped as a Debian root is: about every tenth is a directory, up to seven deep, every
 * twelfth a symbolic link, and names are some 14 bytes long. Files hold up to 2,000 bytes, so that
 * what an entry costs shows, not what hashing does. With `one` they are all files in one directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX     7
#define SIZE_MAX_FILE 2000
#define NAME_SPACE    64
#define PATH_SPACE    (NAME_SPACE * (DEPTH_MAX + 1))
#define ELEMENTS(x)   (sizeof(x) / sizeof((x)[0]))

struct grow {
	uint64_t state;	 /* of the generator */
	uint64_t left;	 /* entries still to be made */
	uint64_t serial; /* makes each name its directory's only one */
	bool one;	 /* all in one directory */
	char content[SIZE_MAX_FILE];
};

static const char *const syllables[] = {
	"lib", "con", "tex", "mod", "py", "ser", "net", "dev", "ut", "gen", "ker", "pro", "ma",
	"int", "er",  "al",  "io",  "st", "re",	 "de",	"in",  "on", "ta",  "ro",  "ne",  "is",
};

static const char *const suffixes[] = {
	".so.1", ".py", ".h", ".html", ".gz", ".conf", ".svg", ".go", ".ko", ".txt", ".js", "",
};

static void die(const char *what)
{
	perror(what);
	exit(3);
}

/* Xorshift64*, as Vigna gives it. */
static uint64_t draw(struct grow *grow, uint64_t below)
{
	grow->state ^= grow->state >> 12;
	grow->state ^= grow->state << 25;
	grow->state ^= grow->state >> 27;
	return (grow->state * UINT64_C(0x2545F4914F6CDD1D) >> 33) % below;
}

static void make_name(struct grow *grow, bool file, char *name)
{
	uint64_t count = 2 + draw(grow, 3);
	size_t n = 0;

	for (uint64_t i = 0; i < count; i++) {
		const char *syllable = syllables[draw(grow, ELEMENTS(syllables))];

		n += (size_t)snprintf(name + n, NAME_SPACE - n, "%s", syllable);
	}
	(void)snprintf(name + n, NAME_SPACE - n, "-%jx%s", (uintmax_t)grow->serial++,
		       file ? suffixes[draw(grow, ELEMENTS(suffixes))] : "");
}

static void make_file(struct grow *grow, int directory, const char *name)
{
	size_t size = draw(grow, SIZE_MAX_FILE);
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		die(name);
	(void)snprintf(grow->content, sizeof(grow->content), "%jx\n", (uintmax_t)grow->serial);
	if (write(fd, grow->content, size) != (ssize_t)size || close(fd) < 0)
		die(name);
}

static void make_entry(struct grow *grow, int directory)
{
	char name[NAME_SPACE];

	make_name(grow, true, name);
	if (!grow->one && draw(grow, 11) == 0) {
		if (symlinkat("../lib/libc.so.6", directory, name) < 0)
			die(name);
	} else {
		make_file(grow, directory, name);
	}
	grow->left--;
}

static int make_directory(struct grow *grow, int parent)
{
	char name[NAME_SPACE];
	int fd;

	make_name(grow, false, name);
	if (mkdirat(parent, name, 0755) < 0)
		die(name);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		die(name);
	grow->left--;
	return fd;
}

/* Most directories hold few entries and a few hold hundreds. */
static uint64_t draw_width(struct grow *grow)
{
	return draw(grow, 16) == 0 ? 40 + draw(grow, 100) : draw(grow, 8);
}

static void fill(struct grow *grow, int directory, unsigned depth)
{
	uint64_t files = grow->one ? UINT64_MAX : draw_width(grow);
	uint64_t directories = depth < DEPTH_MAX ? draw(grow, depth < 3 ? 7 : 3) : 0;

	for (uint64_t i = 0; i < files && grow->left > 0; i++)
		make_entry(grow, directory);
	for (uint64_t i = 0; i < directories && grow->left > 0; i++) {
		int child = make_directory(grow, directory);

		fill(grow, child, depth + 1);
		if (close(child) < 0)
			die("close");
	}
}

int main(int argc, char **argv)
{
	struct grow grow = {.one = argc == 5 && strcmp(argv[4], "one") == 0};
	int root, top;

	if (argc < 4 || argc > 5 || (argc == 5 && !grow.one)) {
		(void)fprintf(stderr, "Usage: grow DIR ENTRIES SEED [one]\n");
		return 2;
	}
	grow.left = strtoull(argv[2], NULL, 10);
	grow.state = strtoull(argv[3], NULL, 10) * 2 + 1;
	memset(grow.content, 'x', sizeof(grow.content));
	if (mkdir(argv[1], 0755) < 0)
		die(argv[1]);
	root = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		die(argv[1]);
	while (grow.left > 0) {
		top = make_directory(&grow, root);
		fill(&grow, top, 1);
		(void)close(top);
	}
	return 0;
}
