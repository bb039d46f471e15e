/* SPDX-License-Identifier: Apache-2.0 */
#include "check/trust_store.h"

#include "check/declared.h"
#include "check/flaws.h"
#include "check/pem.h"
#include "measure/root.h"

#include <string.h>
#include <sys/stat.h>

#define STORE_MAX	(2 * 1024 * 1024) /* bytes of one file; Debian's bundle has 220 KiB */
#define FILES_MAX	4000
#define VOUCHED_MAX	4000
#define FOREIGN_MAX	64
#define DIRECTORIES_MAX 16

/* A certificate that nothing vouches for, and the files that have it. */
struct foreign {
	struct digest digest;
	char *subject;
	bool is_authority;
	char *path; /* where it comes from, best: a file of its own, not the bundle, not a link */
	int rank;
	struct flaws flaws;
};

struct store {
	const struct check_context *context;
	struct declared declared;
	struct digest *vouched; /* sorted */
	size_t n_vouched;
	struct foreign foreign[FOREIGN_MAX];
	size_t n_foreign;
	size_t n_files;
	bool is_full;
};

static void store_free(struct store *store)
{
	for (size_t i = 0; i < store->n_foreign; i++) {
		free(store->foreign[i].subject);
		free(store->foreign[i].path);
		flaws_done(&store->foreign[i].flaws);
	}
	free(store->vouched);
	declared_done(&store->declared);
	free(store);
}
DEFINE_CLEANUP(struct store *, store_free)

/* Where the trust of the whole system lies. Further bundles are those of single programs. */
static bool is_store(const char *path)
{
	static const char *const globs[] = {"/etc/ssl/certs/*",
					    "/etc/ssl/cert.pem",
					    "/usr/local/share/ca-certificates/**",
					    "/usr/share/ca-certificates/**",
					    "/usr/lib/ssl/certs/*",
					    "/usr/lib/ssl/cert.pem",
					    "/etc/pki/ca-trust/source/**",
					    "/etc/pki/tls/certs/*",
					    "/usr/share/pki/ca-trust-source/**"};

	for (size_t i = 0; i < ELEMENTS(globs); i++)
		if (glob_match(globs[i], path))
			return true;
	return false;
}

static bool is_readable(const struct difference *suspect)
{
	return suspect->actual.type == ENTRY_FILE || suspect->actual.type == ENTRY_LINK;
}

static int compare_digests(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct digest));
}

static int vouch(struct store *store, struct span text)
{
	int r = 1;

	while (r > 0) {
		_cleanup_pem_certificate_ struct pem_certificate certificate = {};

		r = pem_certificate_next(&text, &certificate);
		if (r <= 0)
			break;
		if (store->n_vouched == VOUCHED_MAX) {
			store->is_full = true;
			return 0;
		}
		store->vouched[store->n_vouched++] = certificate.digest;
	}
	return r;
}

/* One file of a directory that packages fill: it vouches unless it is a suspect itself. */
static int vouch_by_file(struct store *store, const char *path)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r;

	if (suspects_find(&store->context->suspects, path))
		return 0;
	r = root_read(store->context->root_fd, path, STORE_MAX, &data, &size);
	if (r == -ENOMEM)
		return r;
	return r == 0 ? vouch(store, (struct span){data, size}) : 0;
}

struct directories {
	char *paths[DIRECTORIES_MAX];
	size_t count;
};

static void directories_done(struct directories *directories)
{
	for (size_t i = 0; i < directories->count; i++)
		free(directories->paths[i]);
}

static int add_directory(struct directories *directories, char *path)
{
	if (!path)
		return -ENOMEM;
	if (directories->count == DIRECTORIES_MAX)
		free(path);
	else
		directories->paths[directories->count++] = path;
	return 0;
}

static int vouch_by_entry(struct store *store, struct directories *directories, size_t index,
			  const struct dirent *entry)
{
	_cleanup_free_ char *path = NULL;

	if (entry->d_name[0] == '.')
		return 0;
	if (++store->n_files > FILES_MAX) {
		store->is_full = true;
		return 0;
	}
	if (asprintf(&path, "%s/%s", directories->paths[index], entry->d_name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (entry->d_type == DT_DIR)
		return add_directory(directories, TAKE_PTR(path));
	return entry->d_type == DT_REG ? vouch_by_file(store, path) : 0;
}

static int vouch_by_directory(struct store *store, struct directories *directories, size_t index)
{
	int fd = root_open_directory(store->context->root_fd, directories->paths[index]), r = 0;
	_cleanup_closedir_ DIR *stream = NULL;
	const struct dirent *entry;

	if (fd < 0)
		return fd == -ENOMEM ? fd : 0;
	stream = fdopendir(fd);
	if (!stream) {
		(void)close(fd);
		return -ENOMEM;
	}
	while (r == 0 && !store->is_full && (entry = readdir(stream)))
		r = vouch_by_entry(store, directories, index, entry);
	return r;
}

/* All certificates of files that packages or the manifest stand for. */
static int find_vouched(struct store *store)
{
	_cleanup_(directories_done) struct directories directories = {};
	int r;

	store->vouched = calloc(VOUCHED_MAX, sizeof(*store->vouched));
	if (!store->vouched)
		return -ENOMEM;
	r = add_directory(&directories, strdup("/usr/share/ca-certificates"));
	if (r == 0)
		r = add_directory(&directories, strdup("/usr/local/share/ca-certificates"));
	for (size_t i = 0; r == 0 && i < directories.count; i++)
		r = vouch_by_directory(store, &directories, i);
	if (r == 0)
		r = vouch_by_file(store, "/etc/ssl/certs/ca-certificates.crt");
	if (r == 0)
		qsort(store->vouched, store->n_vouched, sizeof(*store->vouched), compare_digests);
	return r;
}

static bool is_vouched(const struct store *store, const struct digest *digest)
{
	return bsearch(digest, store->vouched, store->n_vouched, sizeof(*digest), compare_digests);
}

static struct foreign *find_foreign(struct store *store, const struct digest *digest)
{
	for (size_t i = 0; i < store->n_foreign; i++)
		if (memcmp(&store->foreign[i].digest, digest, sizeof(*digest)) == 0)
			return &store->foreign[i];
	return NULL;
}

/* NULL in `ret` when it is no certificate, or when there is no room. */
static int add_foreign(struct store *store, const struct pem_certificate *certificate,
		       struct foreign **ret)
{
	struct foreign foreign = {.digest = certificate->digest, .rank = -1};
	int r;

	*ret = NULL;
	if (store->n_foreign == FOREIGN_MAX) {
		store->is_full = true;
		return 0;
	}
	r = pem_certificate_describe(certificate, &foreign.subject, &foreign.is_authority);
	if (r == -EBADMSG)
		return 0;
	if (r < 0)
		return r;
	store->foreign[store->n_foreign] = foreign;
	*ret = &store->foreign[store->n_foreign++];
	return 0;
}

static int rank_of(const struct difference *suspect)
{
	if (suspect->actual.type == ENTRY_LINK)
		return 0;
	if (glob_match("**/ca-certificates.crt", suspect->path))
		return 1;
	return glob_match("/etc/ssl/certs/*", suspect->path) ? 2 : 3;
}

static int place_foreign(struct foreign *foreign, const struct difference *suspect)
{
	int rank = rank_of(suspect);

	if (rank > foreign->rank) {
		free(foreign->path);
		foreign->path = strdup(suspect->path);
		if (!foreign->path)
			return -ENOMEM;
		foreign->rank = rank;
	}
	return flaws_relate(&foreign->flaws, suspect->path);
}

static int judge_text(struct store *store, const struct difference *suspect, struct span text)
{
	int r = 1;

	while (r > 0) {
		_cleanup_pem_certificate_ struct pem_certificate certificate = {};
		struct foreign *foreign;

		r = pem_certificate_next(&text, &certificate);
		if (r <= 0)
			break;
		if (is_vouched(store, &certificate.digest) ||
		    declared_has_certificate(&store->declared, certificate.der, certificate.size))
			continue;
		foreign = find_foreign(store, &certificate.digest);
		if (!foreign) {
			int s = add_foreign(store, &certificate, &foreign);

			if (s < 0)
				return s;
		}
		if (foreign && place_foreign(foreign, suspect) < 0)
			return -ENOMEM;
	}
	return r;
}

static int judge_file(struct store *store, const struct difference *suspect, struct findings *ret)
{
	_cleanup_free_ char *data = NULL;
	size_t size = 0;
	int r;

	if (++store->n_files > FILES_MAX) {
		store->is_full = true;
		return 0;
	}
	r = flaws_read(store->context, suspect->path, STORE_MAX, ret, &data, &size);
	return r <= 0 ? r : judge_text(store, suspect, (struct span){data, size});
}

/* A link to a directory of certificates, or a file in DER, is left to the tree check. */
static int judge_suspects(struct store *store, struct findings *ret)
{
	const struct suspects *suspects = &store->context->suspects;
	int r = 0;

	for (size_t i = 0; r == 0 && !store->is_full && i < suspects->count; i++)
		if (is_readable(suspects->by_path[i]) && is_store(suspects->by_path[i]->path))
			r = judge_file(store, suspects->by_path[i], ret);
	return r;
}

static int report(struct foreign *foreign, struct findings *ret)
{
	char hex[DIGEST_HEX_SIZE];
	int r;

	digest_to_hex(&foreign->digest, hex);
	r = flaws_add(&foreign->flaws, foreign->is_authority ? "ca.authority" : "ca.certificate",
		      "%s (SHA-256 %s)", foreign->subject, hex);
	return r < 0 ? r
		     : flaws_report(&foreign->flaws, foreign->path,
				    foreign->is_authority
					    ? "Trusted certificate authority from nowhere known"
					    : "Trusted certificate from nowhere known",
				    ret);
}

static bool has_suspect(const struct suspects *suspects)
{
	for (size_t i = 0; i < suspects->count; i++)
		if (is_readable(suspects->by_path[i]) && is_store(suspects->by_path[i]->path))
			return true;
	return false;
}

int trust_store_check(const struct check_context *context, struct findings *ret,
		      struct error *error)
{
	_cleanup_(store_free_p) struct store *store = NULL;
	int r;

	if (context->unvouched) {
		(void)error_set(error, -ENOENT, "no package vouches for any certificate");
		return 1;
	}
	if (!has_suspect(&context->suspects))
		return 0;
	store = calloc(1, sizeof(*store));
	if (!store)
		return -ENOMEM;
	store->context = context;
	r = declared_init(context, &store->declared);
	if (r == 0)
		r = find_vouched(store);
	store->n_files = 0;
	if (r == 0)
		r = judge_suspects(store, ret);
	for (size_t i = 0; r == 0 && i < store->n_foreign; i++)
		r = report(&store->foreign[i], ret);
	if (r == 0 && store->is_full)
		r = flaws_uncovered("coverage.limit", "/etc/ssl/certs",
				    "more certificates than are looked at", ret);
	return r;
}
