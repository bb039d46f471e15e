/* SPDX-License-Identifier: Apache-2.0 */
#include "trust.h"
#include "file.h"
#include "text.h"

#include <fcntl.h>
#include <string.h>

#define REVOKED_NAME	 "revoked"
#define REVOKED_FILE_MAX (1024 * 1024)

struct key_list {
	struct key **items;
	size_t count;
};

struct trust {
	struct key_list trusted;
	struct key_list revoked; /* kept only to tell who signed */
	struct digest *revoked_ids;
	size_t n_revoked_ids;
};

/* Takes `key` over on success. */
static int list_append(struct key_list *list, struct key *key)
{
	struct key **items = reallocarray(list->items, list->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	items[list->count] = key;
	list->items = items;
	list->count++;
	return 0;
}

static bool list_find(const struct key_list *list, const char *key_id, size_t *ret_index)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(key_get_id(list->items[i]), key_id) != 0)
			continue;
		*ret_index = i;
		return true;
	}
	return false;
}

/* Keeps the order of the others, for messages and tests. */
static void list_remove(struct key_list *list, size_t index)
{
	list->count--;
	for (size_t i = index; i < list->count; i++)
		list->items[i] = list->items[i + 1];
}

static void list_done(struct key_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		key_free(list->items[i]);
	free(list->items);
}

int trust_new(struct trust **ret)
{
	struct trust *trust = calloc(1, sizeof(*trust));

	if (!trust)
		return -ENOMEM;
	*ret = trust;
	return 0;
}

void trust_free(struct trust *trust)
{
	if (!trust)
		return;
	list_done(&trust->trusted);
	list_done(&trust->revoked);
	free(trust->revoked_ids);
	free(trust);
}

int trust_add(struct trust *trust, struct key *key)
{
	size_t index;

	if (list_find(&trust->trusted, key_get_id(key), &index) ||
	    list_find(&trust->revoked, key_get_id(key), &index))
		return -EEXIST;
	if (trust_is_revoked(trust, key_get_id(key)))
		return list_append(&trust->revoked, key);
	return list_append(&trust->trusted, key);
}

static int append_revoked_id(struct trust *trust, const struct digest *id)
{
	struct digest *ids =
		reallocarray(trust->revoked_ids, trust->n_revoked_ids + 1, sizeof(*ids));

	if (!ids)
		return -ENOMEM;
	ids[trust->n_revoked_ids] = *id;
	trust->revoked_ids = ids;
	trust->n_revoked_ids++;
	return 0;
}

int trust_revoke(struct trust *trust, const char *key_id)
{
	struct digest id;
	size_t index;
	int r;

	r = digest_from_hex(key_id, strlen(key_id), &id);
	if (r < 0)
		return r;
	if (trust_is_revoked(trust, key_id))
		return 0;
	if (list_find(&trust->trusted, key_id, &index)) {
		r = list_append(&trust->revoked, trust->trusted.items[index]);
		if (r < 0)
			return r;
		list_remove(&trust->trusted, index);
	}
	return append_revoked_id(trust, &id);
}

size_t trust_count(const struct trust *trust)
{
	return trust->trusted.count;
}

const struct key *trust_get(const struct trust *trust, size_t index)
{
	return index < trust->trusted.count ? trust->trusted.items[index] : NULL;
}

size_t trust_count_revoked(const struct trust *trust)
{
	return trust->revoked.count;
}

const struct key *trust_get_revoked(const struct trust *trust, size_t index)
{
	return index < trust->revoked.count ? trust->revoked.items[index] : NULL;
}

bool trust_is_revoked(const struct trust *trust, const char *key_id)
{
	struct digest id;

	if (digest_from_hex(key_id, strlen(key_id), &id) < 0)
		return false;
	for (size_t i = 0; i < trust->n_revoked_ids; i++)
		if (digest_is_equal(&trust->revoked_ids[i], &id))
			return true;
	return false;
}

/* Takes `key` over, also on failure. The same key in two files is one key. */
static int add_loaded(struct trust *trust, struct key *key, const char *path, struct error *error)
{
	int r = trust_add(trust, key);

	if (r < 0)
		key_free(key);
	if (r == -EEXIST)
		return 0;
	return r < 0 ? error_set(error, r, "%s: out of memory", path) : 0;
}

static int load_file(const char *path, struct trust *trust, struct error *error)
{
	struct key *key;
	int r;

	r = key_load_public(path, &key, error);
	return r < 0 ? r : add_loaded(trust, key, path, error);
}

/* Revokes what one line of the list says; `line` has its end cut off. */
static int revoke_line(struct trust *trust, char *line)
{
	char *start = line + strspn(line, " \t");

	start[strcspn(start, "#")] = '\0';
	for (size_t n = strlen(start); n > 0 && strchr(" \t\r", start[n - 1]); n--)
		start[n - 1] = '\0';
	return *start ? trust_revoke(trust, start) : 0;
}

/* Reads DIRECTORY/revoked, which need not exist. */
static int load_revoked(const char *directory, int dir_fd, struct trust *trust, struct error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t size, number = 1;
	char *rest, *line;
	int r;

	/* A link that leads nowhere is there, and is an error below. */
	if (faccessat(dir_fd, REVOKED_NAME, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return 0;
	r = file_read(dir_fd, REVOKED_NAME, REVOKED_FILE_MAX, true, &text, &size, error);
	if (r < 0)
		return error_prefix(error, r, "%s", directory);
	if (strlen(text) != size)
		return error_set(error, -EINVAL, "%s/" REVOKED_NAME ": a NUL byte", directory);
	for (rest = text; (line = strsep(&rest, "\n")); number++) {
		r = revoke_line(trust, line);
		if (r < 0)
			return error_set(
				error, r,
				"%s/" REVOKED_NAME
				":%zu: expected a key id: 64 lower-case hexadecimal digits",
				directory, number);
	}
	return 0;
}

static int is_pem(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 4 &&
	       strcmp(entry->d_name + length - 4, ".pem") == 0;
}

static int load_named(const char *directory, const char *name, struct trust *trust,
		      struct error *error)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		path = NULL;
		return error_set(error, -ENOMEM, "%s: out of memory", directory);
	}
	return load_file(path, trust, error);
}

/* Every file is freed; the first failure is kept. */
static int load_directory(const char *path, int dir_fd, struct trust *trust, struct error *error)
{
	struct dirent **entries;
	int n, r;

	r = load_revoked(path, dir_fd, trust, error);
	if (r < 0)
		return r;
	n = scandirat(dir_fd, ".", &entries, is_pem, alphasort);
	if (n < 0)
		return error_set(error, -errno, "%s: cannot list: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = load_named(path, entries[i]->d_name, trust, error);
		free(entries[i]);
	}
	free(entries);
	return r;
}

int trust_load(const char *path, struct trust **ret, struct error *error)
{
	_cleanup_(trust_free_p) struct trust *trust = NULL;
	_cleanup_close_ int dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = dir_fd < 0 ? -errno : 0;

	if (r < 0 && r != -ENOTDIR)
		return error_set(error, r, "%s: cannot open the trust anchors: %s", path,
				 strerror(-r));
	r = trust_new(&trust);
	if (r < 0)
		return error_set(error, r, "%s: out of memory", path);
	r = dir_fd < 0 ? load_file(path, trust, error) : load_directory(path, dir_fd, trust, error);
	if (r < 0)
		return r;
	if (trust_count(trust) == 0)
		return error_set(error, -ENOKEY,
				 "%s: no trusted key; put public keys there as NAME.pem", path);
	*ret = TAKE_PTR(trust);
	return 0;
}
