/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest asks of agent/measure and has no other program for:
 *
 *	lab measure|compute FILE...	the fs-verity digest, or "none"
 *	lab possible PATH...		whether its filesystem can carry fs-verity
 *	lab dm PATH...			whether a directory or block device lies on dm-verity
 *	lab find DEVICE TEXT		the offset of the only place where TEXT stands
 */
#include "measure/dm.h"
#include "measure/verity.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int open_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return fd;
}

static int show_digest(const char *path, int r, const struct verity_digest *digest)
{
	char hex[DIGEST_HEX_SIZE] = "none";

	if (r < 0) {
		(void)fprintf(stderr, "%s: %s\n", path, strerror(-r));
		return 1;
	}
	if (r > 0)
		digest_to_hex(&digest->descriptor, hex);
	(void)printf("%s %s\n", hex, path);
	return 0;
}

static int do_measure(const char *path)
{
	_cleanup_close_ int fd = open_path(path);
	struct verity_digest digest;

	return fd < 0 ? 1 : show_digest(path, verity_measure(fd, &digest), &digest);
}

static int do_compute(const char *path)
{
	_cleanup_close_ int fd = open_path(path);
	struct verity_digest digest;
	int r;

	if (fd < 0)
		return 1;
	r = verity_compute(fd, &digest);
	return show_digest(path, r < 0 ? r : 1, &digest);
}

static int do_possible(const char *path)
{
	_cleanup_close_ int fd = open_path(path);

	if (fd < 0)
		return 1;
	(void)printf("%s %s\n", verity_is_possible(fd) ? "yes" : "no", path);
	return 0;
}

static void show_verity(const struct dm_verity *verity)
{
	(void)printf("verity %s %s%s%s%s%s%s", verity->algorithm, verity->root_hash,
		     dm_verity_is_enforced(verity) ? " enforced" : " worthless",
		     verity->is_read_only ? " read-only" : "",
		     verity->checks_once ? " checks-once" : "",
		     verity->ignores_corruption ? " ignores-corruption" : "",
		     verity->has_seen_corruption ? " corrupted" : "");
}

static int do_dm(const char *path)
{
	_cleanup_close_ int fd = open_path(path);
	_cleanup_dm_verity_ struct dm_verity verity = {};
	_cleanup_error_ struct error error = {};
	const char *filesystem;
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 1;
	r = dm_verity_read(S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev, &verity, &error);
	if (r < 0) {
		(void)fprintf(stderr, "%s: %s\n", path, error_text(&error, r));
		return 1;
	}
	if (r > 0)
		show_verity(&verity);
	else
		(void)printf("none");
	filesystem = dm_name_filesystem(fd);
	(void)printf(" %s\n", filesystem ? filesystem : "-");
	return 0;
}

static int do_find(const char *path, const char *text)
{
	static char window[1 << 20];
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	size_t length = strlen(text), kept = 0, n;
	long long start = 0, found = -1;

	if (!file || length == 0 || length > 4096)
		return 1;
	while ((n = fread(window + kept, 1, sizeof(window) - kept, file)) > 0) {
		size_t size = kept + n;
		char *at = window;

		for (; (at = memmem(at, size - (size_t)(at - window), text, length)); at++) {
			if (found >= 0)
				return 1;
			found = start + (at - window);
		}
		kept = size < length ? size : length - 1;
		memmove(window, window + size - kept, kept);
		start += (long long)(size - kept);
	}
	if (found >= 0)
		(void)printf("%lld\n", found);
	return found < 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*act)(const char *path);
	} verbs[] = {
		{"measure", do_measure},
		{"compute", do_compute},
		{"possible", do_possible},
		{"dm", do_dm},
	};
	int failed = 0;

	if (argc == 4 && strcmp(argv[1], "find") == 0)
		return do_find(argv[2], argv[3]);
	for (size_t i = 0; argc > 2 && i < ELEMENTS(verbs); i++) {
		if (strcmp(argv[1], verbs[i].name) != 0)
			continue;
		for (int k = 2; k < argc; k++)
			failed |= verbs[i].act(argv[k]);
		return fclose(stdout) == 0 ? failed : 1;
	}
	(void)fprintf(stderr,
		      "usage: lab measure|compute|possible|dm PATH...; lab find DEVICE TEXT\n");
	return 2;
}
