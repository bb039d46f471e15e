/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the packages that the first boot installed, by their MD5 sums (deb-md5sums(5)). */
#include "check/explanation_private.h"

#include "measure/root.h"
#include "text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define INFO	"/var/lib/dpkg/info/"
#define MD5_HEX 32
#define BLOCK	65536

static int hash_file(int fd, EVP_MD_CTX *context, char ret[MD5_HEX + 1])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	char block[BLOCK];
	ssize_t got;

	if (EVP_DigestInit_ex(context, EVP_md5(), NULL) != 1)
		return -EIO;
	while ((got = read(fd, block, sizeof(block))) > 0)
		if (EVP_DigestUpdate(context, block, (size_t)got) != 1)
			return -EIO;
	if (got < 0 || EVP_DigestFinal_ex(context, digest, &size) != 1 || size != MD5_HEX / 2)
		return -EIO;
	hex_encode(digest, size, ret);
	return 0;
}

static bool has_sum(const struct explainer *explainer, const char *path, const char *md5)
{
	_cleanup_close_ int fd = root_open_stepwise(explainer->context->root_fd, path,
						    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_(EVP_MD_CTX_free_p) EVP_MD_CTX *context = EVP_MD_CTX_new();
	char own_sum[MD5_HEX + 1];
	struct stat st;

	return fd >= 0 && context && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       hash_file(fd, context, own_sum) == 0 && strcmp(own_sum, md5) == 0;
}

static int explain_by(const struct explainer *explainer, const char *name, struct explanation *ret)
{
	enum severity severity = SEVERITY_INFO;
	const char *version = installed_version(explainer->installed, name, &severity);

	if (!version)
		return 0;
	return explain_as(
		ret, severity, "package %s %s, installed at first boot as %s", name, version,
		severity == SEVERITY_INFO ? "user-data wants it" : "the provider's agent");
}

int explain_package(struct explainer *explainer, const struct difference *difference,
		    const char *text _unused_, struct explanation *ret)
{
	const struct entry *actual = &difference->actual;
	const char *md5 = NULL;
	const char *name = installed_owner(explainer->installed, difference->path, &md5);

	if (!name || difference->kind == DIFFERENCE_MISSING)
		return 0;
	if (actual->type == ENTRY_FILE &&
	    (!md5 || *md5 == '\0' || !has_sum(explainer, difference->path, md5)))
		return explain_remark(ret, "not as package %s has it", name);
	if (difference->kind == DIFFERENCE_CHANGED && difference->attributes & ATTRIBUTE_MODE &&
	    actual->mode & (S_ISUID | S_ISGID | S_IWOTH))
		return 0;
	if (actual->type != ENTRY_FILE && actual->type != ENTRY_DIRECTORY &&
	    actual->type != ENTRY_LINK)
		return 0;
	return explain_by(explainer, name, ret);
}

/* Scripts of a package that run as root, and of which no sum says whether they are its own. */
static bool is_maintainer_script(const char *path)
{
	static const char *const suffixes[] = {".preinst", ".postinst", ".prerm", ".postrm",
					       ".config"};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < ELEMENTS(suffixes); i++)
		if (strcmp(dot, suffixes[i]) == 0)
			return true;
	return false;
}

int explain_database(struct explainer *explainer, const struct difference *difference,
		     const char *text _unused_, struct explanation *ret)
{
	_cleanup_free_ char *name = NULL;
	int r;

	if (!explainer_wants_packages(explainer))
		return 0;
	if (strncmp(difference->path, INFO, strlen(INFO)) != 0) {
		if (!explainer_is_dpkg_data(explainer, difference->path))
			return 0;
		return explain_as(ret, SEVERITY_INFO, "dpkg's record of the packages installed");
	}
	name = package_of_info(difference->path);
	if (!name)
		return -ENOMEM;
	r = explain_by(explainer, name, ret);
	if (r == 1 && difference->kind == DIFFERENCE_CHANGED &&
	    is_maintainer_script(difference->path))
		return explain_weakly(ret,
				      "a script of package %s, which was upgraded; no sum "
				      "says that it is its own",
				      name);
	return r;
}

/* What was sealed, and went with a package that another one replaced or a newer version dropped. */
int explain_removed(struct explainer *explainer, const struct difference *difference,
		    const char *text _unused_, struct explanation *ret)
{
	if (difference->kind != DIFFERENCE_MISSING ||
	    !installed_has_lost(explainer->installed, difference->path))
		return 0;
	return explain_weakly(ret, "no package has it any more, since others were installed");
}
