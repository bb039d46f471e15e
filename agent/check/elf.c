/* SPDX-License-Identifier: Apache-2.0 */
#include "check/elf.h"

#include "measure/root.h"

#include <elf.h>
#include <endian.h>
#include <string.h>

#define NAMES_MAX (64 * 1024) /* bytes of section names that are looked at */

#if __BYTE_ORDER == __LITTLE_ENDIAN
#define OWN_ORDER ELFDATA2LSB
#else
#define OWN_ORDER ELFDATA2MSB
#endif

/* Where the names of the sections are. */
struct names {
	uint64_t offset, size;
};

static int read_section64(int fd, const char *content, struct names *ret)
{
	Elf64_Ehdr header;
	Elf64_Shdr section;
	uint64_t at;

	memcpy(&header, content, sizeof(header));
	if (header.e_shentsize != sizeof(section) || header.e_shoff > INT64_MAX / 2)
		return -EINVAL;
	at = header.e_shoff + (uint64_t)header.e_shstrndx * sizeof(section);
	if (pread(fd, &section, sizeof(section), (off_t)at) != sizeof(section))
		return -EINVAL;
	*ret = (struct names){section.sh_offset, section.sh_size};
	return 0;
}

static int read_section32(int fd, const char *content, struct names *ret)
{
	Elf32_Ehdr header;
	Elf32_Shdr section;
	uint64_t at;

	memcpy(&header, content, sizeof(header));
	if (header.e_shentsize != sizeof(section))
		return -EINVAL;
	at = header.e_shoff + (uint64_t)header.e_shstrndx * sizeof(section);
	if (pread(fd, &section, sizeof(section), (off_t)at) != sizeof(section))
		return -EINVAL;
	*ret = (struct names){section.sh_offset, section.sh_size};
	return 0;
}

/* Both forms begin alike: the type and the machine stand in the same place. */
static bool is_relocatable(const char *content, size_t size, uint16_t *ret_machine)
{
	Elf64_Ehdr header;

	if (size < sizeof(header) || memcmp(content, ELFMAG, SELFMAG) != 0)
		return false;
	memcpy(&header, content, sizeof(header));
	*ret_machine = header.e_machine;
	return header.e_ident[EI_DATA] == OWN_ORDER && header.e_type == ET_REL;
}

static bool has_modinfo(int fd, const char *content)
{
	static const char wanted[] = ".modinfo"; /* with its NUL */
	_cleanup_free_ char *text = NULL;
	struct names names;
	ssize_t n;
	int r;

	r = content[EI_CLASS] == ELFCLASS64 ? read_section64(fd, content, &names)
					    : read_section32(fd, content, &names);
	if (r < 0 || names.size == 0 || names.offset > INT64_MAX / 2)
		return false;
	if (names.size > NAMES_MAX)
		names.size = NAMES_MAX;
	text = malloc(names.size);
	if (!text)
		return false;
	n = pread(fd, text, names.size, (off_t)names.offset);
	return n > 0 && memmem(text, (size_t)n, wanted, sizeof(wanted)) != NULL;
}

bool elf_is_module(int root_fd, const char *path, const char *content, size_t size)
{
	_cleanup_close_ int fd = -EBADF;
	uint16_t machine;

	if (!is_relocatable(content, size, &machine))
		return false;
	if (machine == EM_BPF)
		return true;
	fd = root_open_file(root_fd, path, NULL);
	return fd >= 0 && has_modinfo(fd, content);
}
