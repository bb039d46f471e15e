/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor of measuring: walk, open, fstat, read, SHA-256 through EVP on N threads, sorted output,
 * and nothing else. It follows no rule of safety and keeps all paths in memory; nothing that
 * measures a tree honestly can do with less work. `floor DIR [THREADS]`.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_SIZE  65536
#define THREADS_MAX 64

struct item {
	char *path;
	unsigned char digest[32];
};

struct work {
	struct item *items;
	size_t count;
	size_t space;
	_Atomic size_t next;
	EVP_MD *md;
};

static void die(const char *what)
{
	perror(what);
	exit(3);
}

static void add(struct work *work, const char *path)
{
	if (work->count == work->space) {
		work->space = work->space ? work->space * 2 : 1024;
		work->items = reallocarray(work->items, work->space, sizeof(struct item));
		if (!work->items)
			die("floor");
	}
	work->items[work->count].path = strdup(path);
	if (!work->items[work->count++].path)
		die("floor");
}

static void list(struct work *work, char *root)
{
	char *paths[] = {root, NULL};
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;

	if (!fts)
		die(root);
	while ((entry = fts_read(fts)))
		if (entry->fts_info == FTS_F)
			add(work, entry->fts_path);
	(void)fts_close(fts);
}

static void hash(struct item *item, EVP_MD *md, EVP_MD_CTX *context, char *block)
{
	int fd = open(item->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		die(item->path);
	if (EVP_DigestInit_ex(context, md, NULL) != 1)
		die("EVP");
	while ((n = read(fd, block, BLOCK_SIZE)) > 0)
		if (EVP_DigestUpdate(context, block, (size_t)n) != 1)
			die("EVP");
	if (n < 0 || EVP_DigestFinal_ex(context, item->digest, NULL) != 1)
		die(item->path);
	(void)close(fd);
}

static void *run(void *argument)
{
	struct work *work = argument;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	char *block = malloc(BLOCK_SIZE);
	size_t index;

	if (!context || !block)
		die("floor");
	while ((index = atomic_fetch_add(&work->next, 1)) < work->count)
		hash(&work->items[index], work->md, context, block);
	EVP_MD_CTX_free(context);
	free(block);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->path, ((const struct item *)b)->path);
}

static void print(const struct work *work)
{
	for (size_t i = 0; i < work->count; i++) {
		for (size_t k = 0; k < 32; k++)
			printf("%02x", work->items[i].digest[k]);
		printf("  %s\n", work->items[i].path);
	}
}

int main(int argc, char **argv)
{
	struct work work = {.md = EVP_MD_fetch(NULL, "SHA256", NULL)};
	int threads = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 2;
	pthread_t ids[THREADS_MAX];

	if (argc < 2 || threads < 1 || threads > THREADS_MAX || !work.md) {
		(void)fprintf(stderr, "Usage: floor DIR [THREADS]\n");
		return 2;
	}
	list(&work, argv[1]);
	for (int i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, run, &work) != 0)
			die("pthread_create");
	for (int i = 0; i < threads; i++)
		(void)pthread_join(ids[i], NULL);
	qsort(work.items, work.count, sizeof(struct item), compare);
	print(&work);
	return fflush(stdout) == 0 ? 0 : 3;
}
