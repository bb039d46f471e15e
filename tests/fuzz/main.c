/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds a fuzzer the files and directories named on the command line, for builds without libFuzzer:
 * so each compiler and sanitizer replays the whole corpus. No file at all is a failure.
 */
#include "cleanup.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (16U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "rbe");
	_cleanup_free_ uint8_t *data = malloc(INPUT_MAX);
	_cleanup_free_ uint8_t *exact = NULL;
	size_t size;

	if (!file || !data) {
		fprintf(stderr, "%s: %m\n", path);
		return -1;
	}
	size = fread(data, 1, INPUT_MAX, file);
	if (ferror(file) || !feof(file)) {
		fprintf(stderr, "%s: could not be read whole (at most %u bytes)\n", path,
			INPUT_MAX);
		return -1;
	}
	/* A block of just this size, so that a sanitizer sees a read past the end. */
	exact = malloc(size ? size : 1);
	if (!exact)
		return -1;
	memcpy(exact, data, size);
	if (LLVMFuzzerTestOneInput(exact, size) != 0) {
		fprintf(stderr, "%s: the fuzzer refused it\n", path);
		return -1;
	}
	return 1;
}

/* Returns how many inputs were replayed, or -1. */
static int replay(const char *path)
{
	struct stat st;
	struct dirent **names;
	int n, total = 0;

	if (stat(path, &st) < 0) {
		fprintf(stderr, "%s: %m\n", path);
		return -1;
	}
	if (!S_ISDIR(st.st_mode))
		return replay_file(path);

	n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *child = NULL;
		int done = 0;

		if (names[i]->d_name[0] != '.' && total >= 0)
			done = asprintf(&child, "%s/%s", path, names[i]->d_name) < 0
				       ? -1
				       : replay(child);
		total = done < 0 || total < 0 ? -1 : total + done;
		free(names[i]);
	}
	if (n < 0)
		return -1;
	free(names);
	return total;
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		int done = replay(argv[i]);

		if (done < 0)
			return 1;
		total += done;
	}
	if (total == 0) {
		fprintf(stderr, "%s: no inputs: name the corpus, files or directories\n", argv[0]);
		return 1;
	}
	return printf("replayed %d inputs\n", total) < 0;
}
