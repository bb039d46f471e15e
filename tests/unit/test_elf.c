/* SPDX-License-Identifier: Apache-2.0 */
#include "check/elf.h"
#include "trial.h"

#include <elf.h>
#include <endian.h>

/* An object for the kernel is told by its sections, wherever it lies and whatever its name is. */
static void test_module(void **state)
{
	static const char names[] = "\0.text\0.modinfo";
	struct trial *trial = *state;
	struct {
		Elf64_Ehdr header;
		Elf64_Shdr section;
		char names[sizeof(names)];
	} object = {
		.header = {.e_ident = ELFMAG,
			   .e_type = ET_REL,
			   .e_shoff = sizeof(Elf64_Ehdr),
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shnum = 1},
		.section = {.sh_offset = sizeof(Elf64_Ehdr) + sizeof(Elf64_Shdr),
			    .sh_size = sizeof(names)},
	};
	_cleanup_close_ int fd = root_open(trial->root);

	object.header.e_ident[EI_CLASS] = ELFCLASS64;
	object.header.e_ident[EI_DATA] =
		__BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
	memcpy(object.names, names, sizeof(names));
	tree_bytes(trial->root, "x", &object, sizeof(object));
	assert_true(elf_is_module(fd, "/x", (const char *)&object, sizeof(object)));
	/* Every cut and every lie about the layout is answered, and with no. */
	for (size_t size = 0; size < sizeof(object.header); size++)
		assert_false(elf_is_module(fd, "/x", (const char *)&object, size));
	object.header.e_shoff = UINT64_MAX - 8;
	assert_false(elf_is_module(fd, "/x", (const char *)&object, sizeof(object)));
	object.header.e_shoff = sizeof(object);
	assert_false(elf_is_module(fd, "/x", (const char *)&object, sizeof(object)));
	object.header.e_shoff = sizeof(Elf64_Ehdr);
	object.section.sh_offset = UINT64_MAX;
	object.section.sh_size = UINT64_MAX;
	tree_bytes(trial->root, "x", &object, sizeof(object));
	assert_false(elf_is_module(fd, "/x", (const char *)&object, sizeof(object)));
}

/* eBPF programs are objects too; a program that is linked, and no ELF at all, are not. */
static void test_machine(void **state)
{
	struct trial *trial = *state;
	Elf64_Ehdr header = {.e_ident = ELFMAG, .e_type = ET_REL, .e_machine = EM_BPF};
	_cleanup_close_ int fd = root_open(trial->root);

	header.e_ident[EI_CLASS] = ELFCLASS64;
	header.e_ident[EI_DATA] = __BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
	assert_true(elf_is_module(fd, "/x", (const char *)&header, sizeof(header)));
	header.e_type = ET_EXEC;
	assert_false(elf_is_module(fd, "/x", (const char *)&header, sizeof(header)));
	header.e_ident[0] = 'x';
	assert_false(elf_is_module(fd, "/x", (const char *)&header, sizeof(header)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_module, trial_setup, trial_teardown),
		cmocka_unit_test_setup_teardown(test_machine, trial_setup, trial_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
