/* SPDX-License-Identifier: Apache-2.0 */
#include "check/userdata.h"

#include "text.h"

#include <ctype.h>
#include <string.h>
#include <zlib.h>

#define NESTING_MAX  4 /* multipart in multipart */
#define BOUNDARY_MAX 200
#define GZIP_BITS    (15 + 16) /* zlib.h: the largest window, and a gzip header */
#define BLOCK	     16384

static const char *const kind_names[_USER_DATA_MAX] = {
	[USER_DATA_CONFIG] = "cloud-config",  [USER_DATA_SCRIPT] = "script",
	[USER_DATA_BOOTHOOK] = "boothook",    [USER_DATA_INCLUDE] = "include",
	[USER_DATA_HANDLER] = "part-handler", [USER_DATA_ARCHIVE] = "cloud-config-archive",
	[USER_DATA_OTHER] = "other",
};

const char *user_data_kind_to_string(enum user_data_kind kind)
{
	return kind_names[kind];
}

/* The first bytes of a part, in cloud-init's own order: the longer word before its beginning. */
static const struct {
	const char *start;
	enum user_data_kind kind;
} starts[] = {
	{"#cloud-config-archive", USER_DATA_ARCHIVE},
	{"#cloud-config", USER_DATA_CONFIG},
	{"## template: jinja", USER_DATA_CONFIG},
	{"#cloud-boothook", USER_DATA_BOOTHOOK},
	{"#include", USER_DATA_INCLUDE},
	{"#part-handler", USER_DATA_HANDLER},
	{"#!", USER_DATA_SCRIPT},
};

static const struct {
	const char *type;
	enum user_data_kind kind;
} types[] = {
	{"text/cloud-config-archive", USER_DATA_ARCHIVE},
	{"text/cloud-config", USER_DATA_CONFIG},
	{"text/jinja2", USER_DATA_CONFIG},
	{"text/cloud-boothook", USER_DATA_BOOTHOOK},
	{"text/x-include-", USER_DATA_INCLUDE},
	{"text/part-handler", USER_DATA_HANDLER},
	{"text/x-shellscript", USER_DATA_SCRIPT},
};

void user_data_done(struct user_data *user_data)
{
	for (size_t i = 0; i < user_data->count; i++)
		free(user_data->parts[i].data);
	free(user_data->parts);
	*user_data = (struct user_data){};
}

int base64_unpack(const char *text, size_t length, char **ret_data, size_t *ret_size)
{
	_cleanup_free_ char *packed = malloc(length + 1);
	uint8_t *data;
	size_t used = 0;
	int r;

	if (!packed)
		return -ENOMEM;
	for (size_t i = 0; i < length; i++)
		if (!isspace((unsigned char)text[i]))
			packed[used++] = text[i];
	r = base64_decode(packed, used, &data, ret_size);
	if (r == 0)
		*ret_data = (char *)data;
	return r;
}

int gzip_unpack(const void *data, size_t size, size_t limit, char **ret_data, size_t *ret_size)
{
	_cleanup_buffer_ struct buffer buffer = {};
	z_stream stream = {.next_in = (Bytef *)data, .avail_in = (uInt)size};
	int r = 0, state = Z_OK;

	if (size > UINT32_MAX / 2)
		return -EFBIG;
	if (inflateInit2(&stream, GZIP_BITS) != Z_OK)
		return -ENOMEM;
	while (r == 0 && state == Z_OK) {
		Bytef block[BLOCK];

		stream.next_out = block;
		stream.avail_out = sizeof(block);
		state = inflate(&stream, Z_NO_FLUSH);
		if (state != Z_OK && state != Z_STREAM_END)
			r = -EBADMSG;
		else if (buffer.size + sizeof(block) - stream.avail_out > limit)
			r = -EFBIG;
		else
			r = buffer_append(&buffer, block, sizeof(block) - stream.avail_out);
	}
	(void)inflateEnd(&stream);
	if (r < 0)
		return r;
	*ret_data = buffer.data ? TAKE_PTR(buffer.data) : strdup("");
	*ret_size = buffer.size;
	return *ret_data ? 0 : -ENOMEM;
}

/* A part on its way: a piece of bytes, what its headers say, and how deep it lies. */
struct piece {
	char *data;
	size_t size;
	unsigned nesting;
	enum user_data_kind kind; /* 0: by its first line */
};

struct work {
	struct piece pieces[USER_DATA_PARTS_MAX];
	size_t count;
	size_t total;
	struct user_data *ret;
};

static int push(struct work *work, const char *data, size_t size, const struct piece *like)
{
	struct piece *piece = &work->pieces[work->count];

	if (work->count == USER_DATA_PARTS_MAX || work->total + size > USER_DATA_SIZE_MAX) {
		work->ret->limited = true;
		return 0;
	}
	*piece = *like;
	piece->data = malloc(size + 1);
	if (!piece->data)
		return -ENOMEM;
	memcpy(piece->data, data, size);
	piece->data[size] = '\0';
	piece->size = size;
	work->total += size;
	work->count++;
	return 0;
}

/* A header's value in the lines up to the first empty one; NULL when it is not there. */
static const char *find_header(const char *text, const char *name)
{
	size_t length = strlen(name);

	while (*text && *text != '\n' && *text != '\r') {
		if (strncasecmp(text, name, length) == 0 && text[length] == ':')
			return text + length + 1 + strspn(text + length + 1, " \t");
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return NULL;
}

/* What follows the first empty line, or NULL. */
static const char *find_body(const char *text)
{
	const char *unix_end = strstr(text, "\n\n"), *dos_end = strstr(text, "\n\r\n");

	if (dos_end && (!unix_end || dos_end < unix_end))
		return dos_end + 3;
	return unix_end ? unix_end + 2 : NULL;
}

/* The boundary of a multipart message; false for anything else. */
static bool find_boundary(const char *text, char ret[BOUNDARY_MAX])
{
	const char *type = find_header(text, "Content-Type");
	const char *at, *end = find_body(text);
	size_t length;

	if (!type || !end || strncasecmp(type, "multipart/", 10) != 0)
		return false;
	at = strcasestr(type, "boundary=");
	if (!at || at > end)
		return false;
	at += strlen("boundary=");
	at += *at == '"';
	length = strcspn(at, "\";\r\n");
	if (length == 0 || length + 3 > BOUNDARY_MAX)
		return false;
	(void)snprintf(ret, BOUNDARY_MAX, "--%.*s", (int)length, at);
	return true;
}

static enum user_data_kind kind_of_type(const char *type)
{
	for (size_t i = 0; type && i < ELEMENTS(types); i++)
		if (strncasecmp(type, types[i].type, strlen(types[i].type)) == 0)
			return types[i].kind;
	return 0;
}

static int push_encoded(struct work *work, const char *body, size_t size, const struct piece *like)
{
	_cleanup_free_ char *data = NULL;
	size_t length;
	int r = base64_unpack(body, size, &data, &length);

	if (r == -ENOMEM)
		return r;
	if (r == 0)
		return push(work, data, length, like);
	work->ret->limited = true;
	return push(work, body, size, like);
}

/* One part of a message, its headers and all. */
static int push_message_part(struct work *work, char *text, size_t size, unsigned nesting)
{
	char boundary[BOUNDARY_MAX];
	const char *body, *encoding;
	struct piece like = {.nesting = nesting + 1};
	char saved = text[size];
	int r;

	text[size] = '\0';
	body = *text == '\n' ? text + 1 : find_body(text);
	encoding = find_header(text, "Content-Transfer-Encoding");
	like.kind = kind_of_type(find_header(text, "Content-Type"));
	if (!body || find_boundary(text, boundary))
		r = push(work, text, size, &(struct piece){.nesting = nesting + 1});
	else if (encoding && strncasecmp(encoding, "base64", 6) == 0)
		r = push_encoded(work, body, size - (size_t)(body - text), &like);
	else
		r = push(work, body, size - (size_t)(body - text), &like);
	text[size] = saved;
	return r;
}

static int split_message(struct work *work, struct piece *piece, const char *boundary)
{
	char *at = strstr(piece->data, boundary);
	size_t length = strlen(boundary);
	int r = 0;

	while (r == 0 && at && strncmp(at + length, "--", 2) != 0) {
		char *start = at + length, *next;

		start += strcspn(start, "\n");
		start += *start == '\n';
		next = strstr(start, boundary);
		if (!next)
			next = piece->data + piece->size;
		/* The newline before a boundary belongs to it (RFC 2046 section 5.1.1). */
		r = push_message_part(work, start,
				      (size_t)(next - start) - (next > start && next[-1] == '\n'),
				      piece->nesting);
		at = *next ? next : NULL;
	}
	return r;
}

static enum user_data_kind kind_of_text(const char *text)
{
	for (size_t i = 0; i < ELEMENTS(starts); i++)
		if (strncasecmp(text, starts[i].start, strlen(starts[i].start)) == 0)
			return starts[i].kind;
	return USER_DATA_OTHER;
}

static int take_part(struct user_data *ret, struct piece *piece)
{
	struct user_data_part *parts =
		reallocarray(ret->parts, ret->count + 1, sizeof(struct user_data_part));

	if (!parts)
		return -ENOMEM;
	ret->parts = parts;
	parts[ret->count++] = (struct user_data_part){
		.kind = piece->kind ? piece->kind : kind_of_text(piece->data),
		.data = TAKE_PTR(piece->data),
		.size = piece->size,
	};
	return 0;
}

static int unpack_piece(struct work *work, struct piece *piece)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r = gzip_unpack(piece->data, piece->size, USER_DATA_SIZE_MAX, &data, &size);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		work->ret->limited = true;
		return take_part(work->ret, piece);
	}
	return push(work, data, size, &(struct piece){.nesting = piece->nesting + 1});
}

static bool is_gzip(const struct piece *piece)
{
	return piece->size > 2 && memcmp(piece->data, "\x1f\x8b", 2) == 0;
}

static int take_piece(struct work *work, struct piece *piece)
{
	char boundary[BOUNDARY_MAX];

	if (piece->nesting > NESTING_MAX) {
		work->ret->limited = true;
		return take_part(work->ret, piece);
	}
	if (is_gzip(piece))
		return unpack_piece(work, piece);
	if (find_boundary(piece->data, boundary)) {
		/* What follows a NUL is not looked into. */
		work->ret->limited |= memchr(piece->data, '\0', piece->size) != NULL;
		return split_message(work, piece, boundary);
	}
	if (piece->data[strspn(piece->data, " \t\r\n")] == '\0')
		return 0;
	return take_part(work->ret, piece);
}

int user_data_read(const void *data, size_t size, struct user_data *ret)
{
	_cleanup_free_ struct work *work = calloc(1, sizeof(*work));
	int r;

	*ret = (struct user_data){};
	if (!work)
		return -ENOMEM;
	work->ret = ret;
	r = push(work, data, size, &(struct piece){});
	for (size_t i = 0; r == 0 && i < work->count; i++)
		r = take_piece(work, &work->pieces[i]);
	for (size_t i = 0; i < work->count; i++)
		free(work->pieces[i].data);
	if (r < 0)
		user_data_done(ret);
	return r;
}
