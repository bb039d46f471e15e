/* SPDX-License-Identifier: Apache-2.0 */
/* Where cloud-init keeps what it was told (cloudinit.readthedocs.io, "Instance data"). */
#include "check/provenance_private.h"

#include "check/cloudconfig.h"
#include "digest.h"
#include "json.h"
#include "measure/root.h"
#include "text.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define CLOUD_DIRECTORY "/var/lib/cloud"
#define DROPINS		"/etc/cloud/cloud.cfg.d"
#define DROPINS_MAX	256
#define PICKLE_MAX	(1024 * 1024)	  /* bytes */
#define METADATA_MAX	(4 * 1024 * 1024) /* bytes; it repeats the user-data */
#define SCRIPT_LINES	4096

/* Where the image's own cloud.cfg is not there: the user of the distribution's packaged one. */
static const struct {
	const char *id; /* os-release(5) */
	const char *config;
} packaged[] = {
	{"debian",
	 "system_info: {default_user: {name: debian, sudo: ['ALL=(ALL) NOPASSWD:ALL'], groups: "
	 "[adm, audio, cdrom, dialout, dip, floppy, netdev, plugdev, sudo, video]}}"},
	{"ubuntu",
	 "system_info: {default_user: {name: ubuntu, sudo: ['ALL=(ALL) NOPASSWD:ALL'], groups: "
	 "[adm, audio, cdrom, dialout, dip, floppy, lxd, netdev, plugdev, sudo, video]}}"},
};

static int note_in(json_t *list, const char *name, const char *problem)
{
	_cleanup_free_ char *line = NULL, *shown = NULL;
	json_t *text;

	if (asprintf(&line, "%s: %s", name, problem) < 0) {
		line = NULL;
		return -ENOMEM;
	}
	shown = text_to_utf8(line, strlen(line));
	text = shown ? json_string(shown) : NULL;
	return text && json_array_append_new(list, text) == 0 ? 0 : -ENOMEM;
}

/* What could not be understood. */
static int note(struct provenance *provenance, const char *name, const char *problem)
{
	return note_in(provenance->problems, name, problem);
}

/* What could not be read. */
static int note_limit(struct provenance *provenance, const char *name, const char *problem)
{
	return note_in(provenance->limits, name, problem);
}

static int note_digest(struct provenance *provenance, const char *name, const char *data,
		       size_t size)
{
	char hex[DIGEST_HEX_SIZE];
	struct digest digest;
	json_t *text;
	int r = digest_compute(data, size, &digest);

	if (r < 0)
		return r;
	digest_to_hex(&digest, hex);
	text = json_sprintf("%s sha256:%s", name, hex);
	return text && json_array_append_new(provenance->digests, text) == 0 ? 0 : -ENOMEM;
}

/* A script's lines are commands. */
static int take_script(struct provenance *provenance, const char *script)
{
	_cleanup_free_ char *copy = strdup(script);
	char *rest = copy, *line;
	size_t count = 0;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && count++ < SCRIPT_LINES && (line = strsep(&rest, "\n"))) {
		line += strspn(line, " \t");
		if (*line && *line != '#')
			r = provenance_take_command(provenance, line);
	}
	return r;
}

int provenance_take_part(struct provenance *provenance, const char *source,
			 enum user_data_kind kind, char *data, size_t size)
{
	_cleanup_free_ char *owned = data;
	struct provenance_part *parts;

	if (!data)
		return -ENOMEM;
	if (provenance_has_part(provenance, data, size))
		return 0;
	parts = reallocarray(provenance->parts, provenance->n_parts + 1, sizeof(*parts));
	if (!parts)
		return -ENOMEM;
	provenance->parts = parts;
	parts[provenance->n_parts++] = (struct provenance_part){
		.source = source,
		.part = {.kind = kind, .data = TAKE_PTR(owned), .size = size},
	};
	return kind == USER_DATA_SCRIPT && strcmp(source, "runcmd") != 0
		       ? take_script(provenance, data)
		       : 0;
}

static int take_config(struct provenance *provenance, const char *name, const char *text,
		       size_t size)
{
	_cleanup_error_ struct error error = {};
	_cleanup_json_ json_t *document = NULL;
	int r = cloud_config_parse(text, size, &document, &error);

	if (r == -EBADMSG)
		return note(provenance, name, error_text(&error, r));
	if (r < 0 || !json_is_object(document))
		return r;
	if (json_array_append(provenance->documents, document) < 0)
		return -ENOMEM;
	return provenance_take_intent(provenance, document);
}

/* A list of {content, type}, or of plain texts: each as a part of its own. */
static int take_archive(struct provenance *provenance, const char *source, const char *text,
			size_t size)
{
	_cleanup_json_ json_t *archive = NULL;
	const json_t *item;
	size_t i;
	int r = cloud_config_parse(text, size, &archive, NULL);

	if (r == -EBADMSG)
		return note(provenance, source, "a cloud-config-archive that is not YAML");
	json_array_foreach(archive, i, item)
	{
		const json_t *content =
			json_is_string(item) ? item : json_object_get(item, "content");
		const char *data = json_string_value(content);

		if (r < 0 || !data)
			continue;
		if (strncmp(data, "#!", 2) == 0)
			r = provenance_take_part(provenance, source, USER_DATA_SCRIPT, strdup(data),
						 strlen(data));
		else
			r = take_config(provenance, source, data, json_string_length(content));
	}
	return r;
}

static int take_data(struct provenance *provenance, const char *source, const char *data,
		     size_t size)
{
	_cleanup_user_data_ struct user_data user_data = {};
	int r = user_data_read(data, size, &user_data);

	if (r == 0 && user_data.limited)
		r = note_limit(provenance, source, "not all of it could be taken apart");
	for (size_t i = 0; r == 0 && i < user_data.count; i++) {
		struct user_data_part *part = &user_data.parts[i];

		if (part->kind == USER_DATA_CONFIG)
			r = take_config(provenance, source, part->data, part->size);
		else if (part->kind == USER_DATA_ARCHIVE)
			r = take_archive(provenance, source, part->data, part->size);
		else
			r = provenance_take_part(provenance, source, part->kind,
						 TAKE_PTR(part->data), part->size);
	}
	return r;
}

static const struct {
	const char *file;
	const char *source;
	bool digest; /* as it came, not as cloud-init took it apart */
} data_files[] = {
	{"vendor-data.txt", "vendor-data", true},  {"vendor-data.txt.i", "vendor-data", false},
	{"vendor-data2.txt", "vendor-data", true}, {"vendor-data2.txt.i", "vendor-data", false},
	{"user-data.txt", "user-data", true},	   {"user-data.txt.i", "user-data", false},
	{"cloud-config.txt", "user-data", false},
};

static int read_data_file(struct provenance *provenance, int root_fd, size_t index)
{
	_cleanup_free_ char *path = NULL, *data = NULL;
	size_t size;
	int r;

	if (asprintf(&path, CLOUD_DIRECTORY "/instances/%s/%s", provenance->instance,
		     data_files[index].file) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = root_read(root_fd, path, USER_DATA_SIZE_MAX, &data, &size);
	if (r == -ENOMEM || r == -ENOENT)
		return r == -ENOENT ? 0 : r;
	if (r != 0)
		return note_limit(provenance, data_files[index].file,
				  r > 0 ? "larger than what is looked at" : "cannot be read");
	if (size == 0)
		return 0;
	if (data_files[index].digest)
		r = note_digest(provenance, data_files[index].file, data, size);
	return r < 0 ? r : take_data(provenance, data_files[index].source, data, size);
}

static int add_metadata_key(struct provenance *provenance, const char *line)
{
	_cleanup_free_ char *key = provenance_key_of_line(line, strlen(line));

	return key ? set_add(provenance->metadata_keys, key) : 0;
}

/* Keys lie in lists, in objects of lists, or are lines of one string, as the datasource has them.
 */
static int add_metadata_keys(struct provenance *provenance, json_t *value)
{
	_cleanup_free_ char *copy = NULL;
	const char *name;
	char *rest, *line;
	json_t *member, *inner;
	size_t i, k;
	int r = 0;

	json_array_foreach(value, i, member)
	{
		if (r == 0 && json_is_string(member))
			r = add_metadata_key(provenance, json_string_value(member));
	}
	json_object_foreach(value, name, member)
	{
		if (r == 0 && json_is_string(member))
			r = add_metadata_key(provenance, json_string_value(member));
		json_array_foreach(member, k, inner)
		{
			if (r == 0 && json_is_string(inner))
				r = add_metadata_key(provenance, json_string_value(inner));
		}
	}
	if (!json_is_string(value))
		return r;
	rest = copy = strdup(json_string_value(value));
	if (!copy)
		return -ENOMEM;
	while (r == 0 && (line = strsep(&rest, "\n")))
		r = add_metadata_key(provenance, line);
	return r;
}

static int take_metadata(struct provenance *provenance, const json_t *data)
{
	const json_t *v1 = json_object_get(data, "v1");
	const json_t *metadata = json_object_get(json_object_get(data, "ds"), "meta_data");
	static const char *const names[] = {"local_hostname", "local-hostname", "hostname"};
	const char *id = json_string_value(json_object_get(v1, "instance_id"));
	int r;

	/* Of this instance, and not of one whose disk was copied. */
	if (!id || strcmp(id, provenance->instance) != 0)
		return 0;
	r = add_metadata_keys(provenance, json_object_get(v1, "public_ssh_keys"));
	r = r < 0 ? r : add_metadata_keys(provenance, json_object_get(metadata, "public-keys"));
	r = r < 0 ? r : add_metadata_keys(provenance, json_object_get(metadata, "public_keys"));
	for (size_t i = 0; r == 0 && i < 2 * ELEMENTS(names); i++) {
		const char *name =
			json_string_value(json_object_get(i % 2 ? v1 : metadata, names[i / 2]));
		_cleanup_free_ char *label = name ? strndup(name, strcspn(name, ".")) : NULL;

		if (name)
			r = label ? set_add(provenance->names, name) : -ENOMEM;
		if (r == 0 && label)
			r = set_add(provenance->names, label);
	}
	return r;
}

static int read_metadata(struct provenance *provenance, int root_fd)
{
	static const char *const files[] = {"/run/cloud-init/instance-data-sensitive.json",
					    "/run/cloud-init/instance-data.json"};
	static const struct json_limits limits = {.depth = 64, .values = 100000};
	_cleanup_free_ char *path = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ELEMENTS(files); i++) {
		_cleanup_error_ struct error error = {};
		_cleanup_free_ char *text = NULL;
		_cleanup_json_ json_t *data = NULL;
		size_t size;

		if (root_read(root_fd, files[i], METADATA_MAX, &text, &size) != 0)
			continue;
		r = json_read_object(text, size, &limits, &data, &error);
		r = r == -EBADMSG ? note(provenance, files[i], error_text(&error, r))
				  : take_metadata(provenance, data);
	}
	if (r < 0)
		return r;
	if (asprintf(&path, CLOUD_DIRECTORY "/instances/%s/obj.pkl", provenance->instance) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = root_read(root_fd, path, PICKLE_MAX, &provenance->pickle, &provenance->pickle_size);
	return r == -ENOMEM ? r : 0;
}

/* A file of the image's own configuration, unless somebody has changed or added it. */
static int read_default(struct provenance *provenance, int root_fd, const struct suspects *suspects,
			const char *path)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	if (suspects_find(suspects, path))
		return 0;
	r = root_read(root_fd, path, USER_DATA_SIZE_MAX, &text, &size);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	return r > 0 ? note_limit(provenance, path, "larger than what is looked at")
		     : take_config(provenance, path, text, size);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_dropins(struct provenance *provenance, int root_fd, const struct suspects *suspects)
{
	_cleanup_closedir_ DIR *dir = NULL;
	char *names[DROPINS_MAX];
	struct dirent *dirent;
	size_t count = 0;
	int fd = root_open_directory(root_fd, DROPINS), r = 0;

	if (fd < 0)
		return 0;
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return 0;
	}
	while (count < DROPINS_MAX && (dirent = readdir(dir))) {
		size_t length = strlen(dirent->d_name);

		if (length < 5 || strcmp(dirent->d_name + length - 4, ".cfg") != 0)
			continue;
		if (asprintf(&names[count], DROPINS "/%s", dirent->d_name) < 0)
			r = -ENOMEM;
		else
			count++;
	}
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++) {
		if (r == 0)
			r = read_default(provenance, root_fd, suspects, names[i]);
		free(names[i]);
	}
	return r;
}

static int take_packaged(struct provenance *provenance, int root_fd)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (root_read(root_fd, "/etc/os-release", 65536, &text, &size) != 0)
		return 0;
	for (size_t i = 0; i < ELEMENTS(packaged); i++) {
		char line[64];
		const char *found;

		(void)snprintf(line, sizeof(line), "ID=%s\n", packaged[i].id);
		found = strstr(text, line);
		if (found && (found == text || found[-1] == '\n'))
			return take_config(provenance, "packaged", packaged[i].config,
					   strlen(packaged[i].config));
	}
	return 0;
}

static int read_defaults(struct provenance *provenance, int root_fd,
			 const struct suspects *suspects)
{
	int r = take_packaged(provenance, root_fd);

	if (r == 0)
		r = read_default(provenance, root_fd, suspects, "/etc/cloud/cloud.cfg");
	return r < 0 ? r : read_dropins(provenance, root_fd, suspects);
}

/* The last component of what /var/lib/cloud/instance points to. */
static int find_instance(struct provenance *provenance, int root_fd)
{
	_cleanup_close_ int fd = root_open_directory(root_fd, CLOUD_DIRECTORY);
	char target[PATH_MAX];
	const char *name;
	ssize_t length;

	if (fd < 0)
		return 0;
	length = readlinkat(fd, "instance", target, sizeof(target) - 1);
	if (length <= 0)
		return 0;
	target[length] = '\0';
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	provenance->instance = strdup(name);
	return provenance->instance ? 0 : -ENOMEM;
}

static int provenance_new(struct provenance **ret)
{
	struct provenance *provenance = calloc(1, sizeof(*provenance));

	if (!provenance)
		return -ENOMEM;
	*ret = provenance;
	provenance->documents = json_array();
	provenance->users = json_object();
	provenance->groups = json_object();
	provenance->files = json_object();
	provenance->packages = json_object();
	provenance->names = json_object();
	provenance->certificates = json_object();
	provenance->metadata_keys = json_object();
	provenance->commands = json_array();
	provenance->strings = json_array();
	provenance->words = json_object();
	provenance->lines = json_object();
	provenance->digests = json_array();
	provenance->problems = json_array();
	provenance->limits = json_array();
	return provenance->documents && provenance->users && provenance->groups &&
			       provenance->files && provenance->packages && provenance->names &&
			       provenance->certificates && provenance->metadata_keys &&
			       provenance->commands && provenance->strings && provenance->digests &&
			       provenance->problems && provenance->limits && provenance->words &&
			       provenance->lines
		       ? 0
		       : -ENOMEM;
}

int provenance_read(int root_fd, const struct suspects *suspects, struct provenance **ret)
{
	_cleanup_(provenance_free_p) struct provenance *provenance = NULL;
	int r = provenance_new(&provenance);

	if (r == 0)
		r = find_instance(provenance, root_fd);
	if (r == 0 && provenance->instance) {
		r = read_defaults(provenance, root_fd, suspects);
		for (size_t i = 0; r == 0 && i < ELEMENTS(data_files); i++)
			r = read_data_file(provenance, root_fd, i);
		if (r == 0)
			r = read_metadata(provenance, root_fd);
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(provenance);
	return 0;
}
