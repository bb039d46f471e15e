/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/dm.h"

#include "cleanup.h"
#include "text.h"

#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define CONTROL	   "/dev/mapper/control"
#define TARGET	   "verity"
#define ANSWER_MAX 16384 /* a verity table line has some 400 bytes */
#define WORDS_MAX  64
#define WORDS_BASE 10 /* before the options: version to salt */
#define HEX_MAX	   512

void dm_verity_done(struct dm_verity *verity)
{
	free(verity->root_hash);
	free(verity->algorithm);
	free(verity->salt);
	free(verity->data_device);
	free(verity->hash_device);
	*verity = (struct dm_verity){};
}

bool dm_verity_is_enforced(const struct dm_verity *verity)
{
	return verity->is_read_only && !verity->ignores_corruption;
}

/* -- The table line ------------------------------------------------------------------------------
 */

static int bad_line(struct error *error, const char *what, const char *word)
{
	_cleanup_free_ char *shown = text_escape(word, strlen(word));

	return error_set(error, -EBADMSG, "the kernel's dm-verity table: %s: %s", what,
			 shown ? shown : "out of memory");
}

/* Splits at blanks. How many words, or -E2BIG. */
static int split(char *line, char *words[static WORDS_MAX])
{
	int count = 0;
	char *rest = NULL;

	for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		if (count == WORDS_MAX)
			return -E2BIG;
		words[count++] = word;
	}
	return count;
}

static int read_number(const char *word, uint64_t max, uint64_t *ret)
{
	char *end;
	unsigned long long value;

	if (*word < '0' || *word > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(word, &end, 10);
	if (errno || *end || value > max)
		return -EINVAL;
	*ret = value;
	return 0;
}

static bool is_hex(const char *word)
{
	size_t length = strspn(word, "0123456789abcdef");

	return !word[length] && length > 0 && length % 2 == 0 && length <= HEX_MAX;
}

static bool is_block_size(uint64_t size)
{
	return size >= 512 && size <= 1U << 20 && !(size & (size - 1));
}

static int read_numbers(char *const words[], struct dm_verity *verity, struct error *error)
{
	uint64_t version, data_size, hash_size, start;

	if (read_number(words[0], 1, &version) < 0)
		return bad_line(error, "a version that is not known", words[0]);
	if (read_number(words[3], UINT32_MAX, &data_size) < 0 || !is_block_size(data_size))
		return bad_line(error, "not a block size", words[3]);
	if (read_number(words[4], UINT32_MAX, &hash_size) < 0 || !is_block_size(hash_size))
		return bad_line(error, "not a block size", words[4]);
	if (read_number(words[5], UINT64_MAX, &verity->data_blocks) < 0)
		return bad_line(error, "not a number of blocks", words[5]);
	if (read_number(words[6], UINT64_MAX, &start) < 0)
		return bad_line(error, "not a block number", words[6]);
	verity->version = (uint32_t)version;
	verity->data_block_size = (uint32_t)data_size;
	verity->hash_block_size = (uint32_t)hash_size;
	return 0;
}

static int read_texts(char *const words[], struct dm_verity *verity, struct error *error)
{
	if (words[7][strspn(words[7], "abcdefghijklmnopqrstuvwxyz0123456789-_")])
		return bad_line(error, "not a hash algorithm", words[7]);
	if (!is_hex(words[8]))
		return bad_line(error, "not a root hash", words[8]);
	if (strcmp(words[9], "-") != 0) {
		if (!is_hex(words[9]))
			return bad_line(error, "not a salt", words[9]);
		verity->salt = strdup(words[9]);
		if (!verity->salt)
			return -ENOMEM;
	}
	verity->data_device = strdup(words[1]);
	verity->hash_device = strdup(words[2]);
	verity->algorithm = strdup(words[7]);
	verity->root_hash = strdup(words[8]);
	if (!verity->data_device || !verity->hash_device || !verity->algorithm ||
	    !verity->root_hash)
		return -ENOMEM;
	return 0;
}

/* An optional word of the table, how many values follow it, and what it says. */
struct feature {
	const char *name;
	int values;
	size_t flag; /* offset in struct dm_verity; NO_FLAG when it weakens nothing */
};

#define NO_FLAG SIZE_MAX

static const struct feature features[] = {
	{"ignore_corruption", 0, offsetof(struct dm_verity, ignores_corruption)},
	{"restart_on_corruption", 0, offsetof(struct dm_verity, restarts_or_panics)},
	{"panic_on_corruption", 0, offsetof(struct dm_verity, restarts_or_panics)},
	{"restart_on_error", 0, offsetof(struct dm_verity, restarts_or_panics)},
	{"panic_on_error", 0, offsetof(struct dm_verity, restarts_or_panics)},
	{"check_at_most_once", 0, offsetof(struct dm_verity, checks_once)},
	{"root_hash_sig_key_desc", 1, offsetof(struct dm_verity, is_signed)},
	{"ignore_zero_blocks", 0, NO_FLAG}, /* gives zeros where zeros were sealed */
	{"try_verify_in_tasklet", 0, NO_FLAG},
	{"use_fec_from_device", 1, NO_FLAG}, /* corrected blocks are checked like others */
	{"fec_roots", 1, NO_FLAG},
	{"fec_blocks", 1, NO_FLAG},
	{"fec_start", 1, NO_FLAG},
};

static const struct feature *find_feature(const char *name)
{
	for (size_t i = 0; i < ELEMENTS(features); i++)
		if (strcmp(features[i].name, name) == 0)
			return &features[i];
	return NULL;
}

static int read_features(char *const words[], int count, struct dm_verity *verity,
			 struct error *error)
{
	for (int i = 0; i < count; i++) {
		const struct feature *feature = find_feature(words[i]);

		if (!feature)
			return bad_line(error, "an option that is not known", words[i]);
		if (feature->values >= count - i)
			return bad_line(error, "an option without its value", words[i]);
		if (feature->flag != NO_FLAG)
			*(bool *)((char *)verity + feature->flag) = true;
		i += feature->values;
	}
	return 0;
}

static int read_words(char *const words[], int count, struct dm_verity *verity, struct error *error)
{
	uint64_t options = 0;
	int r;

	if (count < WORDS_BASE)
		return error_set(error, -EBADMSG,
				 "the kernel's dm-verity table: %d words, "
				 "expected at least %d",
				 count, WORDS_BASE);
	r = read_numbers(words, verity, error);
	if (r == 0)
		r = read_texts(words, verity, error);
	if (r < 0 || count == WORDS_BASE)
		return r;
	if (read_number(words[WORDS_BASE], WORDS_MAX, &options) < 0 ||
	    (int)options != count - WORDS_BASE - 1)
		return bad_line(error, "a wrong number of options", words[WORDS_BASE]);
	return read_features(words + WORDS_BASE + 1, (int)options, verity, error);
}

int dm_verity_parse(const char *line, struct dm_verity *ret, struct error *error)
{
	_cleanup_dm_verity_ struct dm_verity verity = {};
	_cleanup_free_ char *copy = strdup(line);
	char *words[WORDS_MAX];
	int count, r;

	if (!copy)
		return -ENOMEM;
	count = split(copy, words);
	if (count < 0)
		return error_set(error, -EBADMSG,
				 "the kernel's dm-verity table: more than %d words", WORDS_MAX);
	r = read_words(words, count, &verity, error);
	if (r < 0)
		return r;
	*ret = verity;
	verity = (struct dm_verity){};
	return 0;
}

/* -- The kernel ----------------------------------------------------------------------------------
 */

union answer {
	struct dm_ioctl head;
	char bytes[ANSWER_MAX];
};

/* The kernel's own form of a device number. */
static uint64_t encode(dev_t device)
{
	uint64_t major_number = major(device), minor_number = minor(device);

	return (minor_number & 0xff) | major_number << 8 | (minor_number & ~UINT64_C(0xff)) << 12;
}

/* The table (DM_STATUS_TABLE_FLAG) or the state (0) of all targets of a device. */
static int ask(int control, dev_t device, uint32_t flags, union answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	/* The lowest minor version: nothing newer is used. */
	answer->head.version[0] = DM_VERSION_MAJOR;
	answer->head.data_size = sizeof(*answer);
	answer->head.data_start = sizeof(answer->head);
	answer->head.dev = encode(device);
	/* Some targets write out what they hold before they answer, unless told not to. */
	answer->head.flags = flags | DM_NOFLUSH_FLAG;
	if (ioctl(control, DM_TABLE_STATUS, answer) < 0)
		return -errno;
	if (answer->head.flags & DM_BUFFER_FULL_FLAG)
		return -E2BIG;
	return 0;
}

/*
 * The text of a device's only target when that is a verity one: 1; 0 when there are others, or
 * none. -EBADMSG when the answer is not what the kernel gives.
 */
static int get_only(const union answer *answer, const char **ret)
{
	size_t start = answer->head.data_start;
	struct dm_target_spec target;
	const char *text;

	if (!(answer->head.flags & DM_ACTIVE_PRESENT_FLAG) || answer->head.target_count != 1)
		return 0;
	if (start > sizeof(*answer) - sizeof(target))
		return -EBADMSG;
	memcpy(&target, answer->bytes + start, sizeof(target));
	if (strncmp(target.target_type, TARGET, sizeof(target.target_type)) != 0)
		return 0;
	text = answer->bytes + start + sizeof(target);
	if (!memchr(text, 0, sizeof(*answer) - start - sizeof(target)))
		return -EBADMSG;
	*ret = text;
	return 1;
}

static int read_table(int control, dev_t device, struct dm_verity *ret, struct error *error)
{
	_cleanup_dm_verity_ struct dm_verity verity = {};
	const char *text = NULL;
	union answer answer;
	int r;

	r = ask(control, device, DM_STATUS_TABLE_FLAG, &answer);
	if (r == 0)
		r = get_only(&answer, &text);
	if (r == 0)
		return 0;
	if (r > 0)
		r = dm_verity_parse(text, &verity, error);
	if (r < 0)
		return r;
	verity.is_read_only = answer.head.flags & DM_READONLY_FLAG;

	r = ask(control, device, 0, &answer);
	if (r == 0)
		r = get_only(&answer, &text);
	/* Anything but a verity target now is another table than the one just read. */
	if (r <= 0)
		return r < 0 ? r : -ESTALE;
	verity.has_seen_corruption = *text != 'V';
	*ret = verity;
	verity = (struct dm_verity){};
	return 1;
}

/*
 * From sysfs, because opening the control node loads the module where it was never needed. 1: a
 * device-mapper device, 0: another, or a negative errno.
 */
static int is_mapped(dev_t device, struct error *error)
{
	char path[64];

	if (major(device) == 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(device), minor(device));
	if (access(path, F_OK) < 0)
		return error_set(error, -errno, "%s: %s; is /sys mounted?", path, strerror(errno));
	(void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/dm", major(device), minor(device));
	if (access(path, F_OK) == 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

int dm_verity_read(dev_t device, struct dm_verity *ret, struct error *error)
{
	_cleanup_close_ int control = -EBADF;
	int r = is_mapped(device, error);

	if (r <= 0)
		return r;
	control = open(CONTROL, O_RDWR | O_CLOEXEC);
	if (control < 0)
		return error_set(error, -errno,
				 "%s: %s; only root can ask what the device %u:%u is", CONTROL,
				 strerror(errno), major(device), minor(device));
	r = read_table(control, device, ret, error);
	if (r < 0)
		return error_prefix(error, r, "device %u:%u", major(device), minor(device));
	return r;
}

const char *dm_name_filesystem(int fd)
{
	static const struct {
		uint32_t magic;
		const char *name;
	} names[] = {
		{EROFS_SUPER_MAGIC_V1, "erofs"}, {SQUASHFS_MAGIC, "squashfs"},
		{EXT4_SUPER_MAGIC, "ext4"},	 {XFS_SUPER_MAGIC, "xfs"},
		{BTRFS_SUPER_MAGIC, "btrfs"},	 {F2FS_SUPER_MAGIC, "f2fs"},
		{MSDOS_SUPER_MAGIC, "vfat"},	 {OVERLAYFS_SUPER_MAGIC, "overlay"},
		{TMPFS_MAGIC, "tmpfs"},		 {FUSE_SUPER_MAGIC, "fuse"},
	};
	struct statfs statfs;

	if (fstatfs(fd, &statfs) < 0)
		return NULL;
	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (names[i].magic == (uint32_t)statfs.f_type)
			return names[i].name;
	return NULL;
}
