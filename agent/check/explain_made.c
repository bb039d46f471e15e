/* SPDX-License-Identifier: Apache-2.0 */
/* What installing packages makes without owning it: caches, records, state of the package's own. */
#include "check/explanation_private.h"

#include "measure/root.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define PYC_HEADER 16 /* bytes; PEP 552 */

/* Whether the file has the mode already, and nobody has tampered with it. */
static bool is_in_force(const struct explainer *explainer, const char *path, unsigned mode)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;

	if (!path || !explainer_trusts(explainer, path))
		return false;
	fd = root_open_stepwise(explainer->context->root_fd, path, O_PATH | O_CLOEXEC);
	return fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 07777) == mode;
}

/*
 * Overrides (dpkg-statoverride(1)) that make nothing setuid, setgid or writable by all that is not
 * so already.
 */
static bool are_harmless_overrides(const struct explainer *explainer, char *data)
{
	char *rest = data, *line;

	while ((line = strsep(&rest, "\n"))) {
		unsigned mode;

		if (*line == '\0')
			continue;
		if (sscanf(line, "%*s %*s %o", &mode) != 1 ||
		    (mode & 07002 && !is_in_force(explainer, strchr(line, '/'), mode)))
			return false;
	}
	return true;
}

bool explainer_is_dpkg_data(const struct explainer *explainer, const char *path)
{
	static const char *const files[] = {
		"/var/lib/dpkg/status*",       "/var/lib/dpkg/available*",
		"/var/lib/dpkg/lock*",	       "/var/lib/dpkg/cmethopt",
		"/var/lib/dpkg/triggers/Lock", "/var/lib/dpkg/triggers/Unincorp",
		"/var/lib/dpkg/triggers/File",
	};

	for (size_t i = 0; i < ELEMENTS(files); i++)
		if (glob_match(files[i], path))
			return true;
	if (glob_match("/var/lib/dpkg/statoverride*", path)) {
		size_t size;
		_cleanup_free_ char *data = explainer_read(explainer, path, &size);

		return data && are_harmless_overrides(explainer, data);
	}
	return false;
}

int explain_made(struct explainer *explainer, const struct difference *difference, const char *text,
		 struct explanation *ret)
{
	const struct entry *actual = &difference->actual;

	if (!explainer_wants_packages(explainer) || actual->mode & 07002 ||
	    (actual->type == ENTRY_FILE && actual->mode & 0111))
		return 0;
	if (strcmp(text, "named") != 0)
		return explain_as(ret, SEVERITY_INFO,
				  "a cache that installing packages makes anew");
	if (!installed_named(explainer->installed, difference->path))
		return 0;
	return explain_as(ret, SEVERITY_INFO, "made by package %s when it was installed",
			  installed_named(explainer->installed, difference->path));
}

/* Owner and mode as an override of dpkg's states them, and nothing else. */
int explain_override(struct explainer *explainer, const struct difference *difference,
		     const char *text _unused_, struct explanation *ret)
{
	size_t size;
	_cleanup_free_ char *data = NULL;
	char *rest, *line;

	if (difference->kind != DIFFERENCE_CHANGED || !explainer_wants_packages(explainer) ||
	    difference->attributes & ~(ATTRIBUTE_MODE | ATTRIBUTE_GID | ATTRIBUTE_UID))
		return 0;
	rest = data = explainer_read(explainer, "/var/lib/dpkg/statoverride", &size);
	while (data && (line = strsep(&rest, "\n"))) {
		const char *path = strchr(line, '/');
		unsigned mode;

		if (path && strcmp(path, difference->path) == 0 &&
		    sscanf(line, "%*s %*s %o", &mode) == 1 && mode == difference->actual.mode &&
		    !(mode & 07002))
			return explain_as(ret, SEVERITY_INFO,
					  "dpkg's record of the packages installed");
	}
	return 0;
}

/* The linker's cache: no library in it may be one that nothing explains. */
int explain_cache(struct explainer *explainer, const struct difference *difference,
		  const char *text _unused_, struct explanation *ret)
{
	size_t size;
	_cleanup_free_ char *data = explainer_read(explainer, difference->path, &size);

	if (!data)
		return 0;
	for (const char *at = data, *end = data + size; at < end; at += strlen(at) + 1)
		if (*at == '/' && !explainer_trusts(explainer, at))
			return explain_remark(ret, "it leads to %s", at);
	if (!explainer_wants_packages(explainer))
		return explain_weakly(ret, "all libraries that it leads to are as sealed");
	return explain_as(ret, SEVERITY_INFO, "a cache that installing packages makes anew");
}

static uint32_t read_le32(const unsigned char *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/* DIR/__pycache__/NAME.cpython-311.pyc comes from DIR/NAME.py. */
static char *source_of(const char *path)
{
	const char *cache = strstr(path, "/__pycache__/"), *name, *dot;
	char *source;

	if (!cache)
		return NULL;
	name = cache + strlen("/__pycache__/");
	dot = strchrnul(name, '.');
	return asprintf(&source, "%.*s/%.*s.py", (int)(cache - path), path, (int)(dot - name),
			name) < 0
		       ? NULL
		       : source;
}

/* Compiled from a source that is as sealed, by its header; its code itself is not compared. */
int explain_bytecode(struct explainer *explainer, const struct difference *difference,
		     const char *text _unused_, struct explanation *ret)
{
	_cleanup_free_ char *source = source_of(difference->path), *data = NULL;
	_cleanup_close_ int fd = -EBADF;
	const unsigned char *header;
	struct stat st;
	size_t size;

	if (!source || !explainer_trusts(explainer, source))
		return 0;
	fd = root_open_stepwise(explainer->context->root_fd, source, O_PATH | O_CLOEXEC);
	data = explainer_read(explainer, difference->path, &size);
	if (fd < 0 || !data || size < PYC_HEADER || fstat(fd, &st) < 0)
		return 0;
	header = (const unsigned char *)data;
	if (read_le32(header + 4) != 0 || read_le32(header + 8) != (uint32_t)st.st_mtime ||
	    read_le32(header + 12) != (uint32_t)st.st_size)
		return explain_remark(ret, "not compiled from %s as it is", source);
	return explain_weakly(ret, "compiled by Python from sources that are as sealed");
}

/* A list of paths, one a line: each must be as sealed or explained. */
int explain_paths(struct explainer *explainer, const struct difference *difference,
		  const char *text _unused_, struct explanation *ret)
{
	size_t size;
	_cleanup_free_ char *data = explainer_read(explainer, difference->path, &size);
	char *rest = data, *line;

	if (!data || strlen(data) != size || !explainer_wants_packages(explainer))
		return 0;
	while ((line = strsep(&rest, "\n")))
		if (*line == '/' && !explainer_trusts(explainer, line))
			return explain_remark(ret, "it leads to %s", line);
	return explain_as(ret, SEVERITY_INFO, "dpkg's record of the packages installed");
}

/* Words of a kernel command line that take the machine over, or its defences away. */
static bool is_harmless_menu(const char *data)
{
	static const char *const bad[] = {
		" init=",
		" rdinit=",
		" rd.break",
		" systemd.debug_shell",
		" apparmor=0",
		" selinux=0",
		" audit=0",
		" single",
		" systemd.unit=rescue",
		" lockdown=none",
		" module.sig_enforce=0",
		" ima_appraise=off",
		"\nsource /",
		"\nconfigfile /",
	};

	for (size_t i = 0; i < ELEMENTS(bad); i++)
		if (strstr(data, bad[i]))
			return false;
	return true;
}

/* Made anew after a kernel or what goes into its initial RAM disk was upgraded. */
int explain_kernel(struct explainer *explainer, const struct difference *difference,
		   const char *text, struct explanation *ret)
{
	const struct installed *installed = explainer->installed;
	size_t size;

	if (!provenance_declares_upgrade(explainer->provenance) &&
	    !installed_has(installed, "linux-image") && !installed_has(installed, "initramfs") &&
	    !installed_has(installed, "grub"))
		return 0;
	if (strcmp(text, "grub") == 0) {
		_cleanup_free_ char *data = explainer_read(explainer, difference->path, &size);

		if (!data || strlen(data) != size || !is_harmless_menu(data))
			return 0;
	}
	return explain_weakly(ret, "made anew when packages were upgraded");
}
