/* SPDX-License-Identifier: Apache-2.0 */
#include "instance.h"

#include "file.h"
#include "host.h"
#include "text.h"

#include <fcntl.h>
#include <string.h>

#define CLOUD_TEXT_MAX 128

/* What cloud-init calls an instance when its data source names none: many machines share these. */
static const char *const placeholders[] = {"iid-datasource-none", "iid-datasource", "nocloud"};

static bool is_text(const char *text, size_t max, const char *punctuation)
{
	size_t length = strnlen(text, max + 1);

	if (length == 0 || length > max)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      strchr(punctuation, c)))
			return false;
	}
	return true;
}

bool instance_id_is_valid(const char *id)
{
	return is_text(id, INSTANCE_ID_MAX, "._:/@+-");
}

static int refuse(struct error *error, const char *what)
{
	return error_set(error, -EBADMSG, "cloud-init's instance data: %s", what);
}

/* A string, or absent or null: then `ret` stays NULL. */
static int get_text(json_t *object, const char *name, char **ret, struct error *error)
{
	json_t *value = json_object_get(object, name);
	const char *text = json_string_value(value);

	if (!value || json_is_null(value))
		return 0;
	if (!text || !is_text(text, CLOUD_TEXT_MAX, "._:/@+- "))
		return error_set(error, -EBADMSG,
				 "cloud-init's instance data: \"%s\" is not a string of 1 to %d "
				 "letters, digits and . _ : / @ + -",
				 name, CLOUD_TEXT_MAX);
	*ret = strdup(text);
	return *ret ? 0 : error_set(error, -ENOMEM, "out of memory");
}

static int get_id(json_t *v1, char **ret, struct error *error)
{
	int r;

	r = get_text(v1, "instance_id", ret, error);
	if (r < 0)
		return r;
	for (size_t i = 0; *ret && i < ELEMENTS(placeholders); i++)
		if (strcmp(*ret, placeholders[i]) == 0) {
			free(*ret);
			*ret = NULL;
		}
	if (!*ret)
		return error_set(error, -ENXIO, "cloud-init knows no instance id");
	return instance_id_is_valid(*ret) ? 0 : refuse(error, "instance_id has a blank in it");
}

/* Only Amazon's data source names the image. */
static int get_image_id(json_t *root, char **ret, struct error *error)
{
	json_t *meta_data = json_object_get(json_object_get(root, "ds"), "meta_data");

	return json_is_object(meta_data) ? get_text(meta_data, "ami-id", ret, error) : 0;
}

int instance_parse_cloud_init(const char *json, size_t size, struct instance *ret,
			      struct error *error)
{
	_cleanup_json_ json_t *root = json_loadb(json, size, JSON_REJECT_DUPLICATES, NULL);
	_cleanup_instance_ struct instance instance = {.source = "cloud-init"};
	json_t *v1 = json_object_get(root, "v1");
	int r;

	if (!json_is_object(root))
		return refuse(error, "not a JSON object");
	if (!v1)
		return error_set(error, -ENXIO, "cloud-init knows no instance id");
	if (!json_is_object(v1))
		return refuse(error, "\"v1\" is not an object");
	r = get_id(v1, &instance.id, error);
	if (r == 0)
		r = get_text(v1, "cloud_name", &instance.cloud, error);
	if (r == 0)
		r = get_text(v1, "region", &instance.region, error);
	if (r == 0)
		r = get_image_id(root, &instance.image_id, error);
	if (r < 0)
		return r;
	*ret = instance;
	instance = (struct instance){0};
	return 0;
}

/* An id that a person gave. */
static int take_given(const char *id, const char *source, struct instance *ret, struct error *error)
{
	if (!id)
		return -ENXIO;
	if (!instance_id_is_valid(id))
		return error_set(error, -EINVAL,
				 "the instance id (%s) must be 1 to %d letters, digits and any of "
				 ". _ : / @ + -",
				 source, INSTANCE_ID_MAX);
	ret->id = strdup(id);
	ret->source = source;
	return ret->id ? 0 : error_set(error, -ENOMEM, "out of memory");
}

static int from_option(const struct instance_sources *sources, struct instance *ret,
		       struct error *error)
{
	return take_given(sources->option, "option", ret, error);
}

static int from_config(const struct instance_sources *sources, struct instance *ret,
		       struct error *error)
{
	return take_given(sources->configured, "config", ret, error);
}

static int from_cloud_init(const struct instance_sources *sources, struct instance *ret,
			   struct error *error)
{
	const char *path =
		sources->cloud_init_file ? sources->cloud_init_file : INSTANCE_CLOUD_INIT_FILE;
	_cleanup_free_ char *json = NULL;
	size_t size;
	int r;

	r = file_read(AT_FDCWD, path, INSTANCE_DATA_MAX, false, &json, &size, error);
	if (r == -ENOENT || r == -ENOTDIR)
		return -ENXIO;
	if (r < 0)
		return r;
	r = instance_parse_cloud_init(json, size, ret, error);
	return r == -EBADMSG ? error_prefix(error, r, "%s", path) : r;
}

static int from_machine_id(const struct instance_sources *sources _unused_, struct instance *ret,
			   struct error *error)
{
	int r;

	r = host_get_machine_id(&ret->id);
	if (r == -ENOENT || r == -ENOMEDIUM || r == -ENOPKG)
		return -ENXIO;
	if (r < 0)
		return error_set(error, r, "cannot read /etc/machine-id: %s", strerror(-r));
	ret->source = "machine-id";
	return 0;
}

int instance_identify(const struct instance_sources *sources, struct instance *ret,
		      struct error *error)
{
	static const struct {
		int (*get)(const struct instance_sources *, struct instance *, struct error *);
		bool is_of_running_system;
	} rows[] = {
		{from_option, false},
		{from_config, false},
		{from_cloud_init, true},
		{from_machine_id, true},
	};
	bool is_running = sources->root && strcmp(sources->root, "/") == 0;
	struct instance instance = {0};

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		int r;

		if (rows[i].is_of_running_system && !is_running)
			continue;
		r = rows[i].get(sources, &instance, error);
		if (r == 0)
			*ret = instance;
		if (r != -ENXIO)
			return r;
	}
	return error_set(error, -ENXIO,
			 "no instance id: %s; give --instance-id ID, or instance-id in section "
			 "[agent] of the configuration",
			 is_running ? "neither cloud-init nor /etc/machine-id has one"
				    : "the root is not / and so has none of its own");
}

void instance_done(struct instance *instance)
{
	free(instance->id);
	free(instance->cloud);
	free(instance->region);
	free(instance->image_id);
	*instance = (struct instance){0};
}

static char *key_path(const char *state_directory)
{
	char *path;

	return asprintf(&path, "%s/%s", state_directory, INSTANCE_KEY_NAME) < 0 ? NULL : path;
}

int instance_key_load(const char *state_directory, struct key **ret, struct error *error)
{
	_cleanup_free_ char *path = key_path(state_directory);

	if (!path)
		return error_set(error, -ENOMEM, "out of memory");
	return key_load_private(path, ret, error);
}

static int make_key(const char *state_directory, struct error *error)
{
	_cleanup_(key_free_p) struct key *key = NULL;
	_cleanup_free_ char *path = key_path(state_directory);
	int r;

	if (!path)
		return error_set(error, -ENOMEM, "out of memory");
	r = directory_make(state_directory, 0700, error);
	if (r < 0)
		return r;
	r = key_generate(KEY_P256, &key, error);
	if (r < 0)
		return r;
	return key_save_private(key, path, error);
}

int instance_key_open(const char *state_directory, struct key **ret, struct error *error)
{
	int r;

	r = instance_key_load(state_directory, ret, error);
	if (r != -ENOENT)
		return r;
	r = make_key(state_directory, error);
	if (r < 0 && r != -EEXIST)
		return r;
	/* Loaded and not kept from the making: who lost a race gets the winner's. */
	if (error)
		error_done(error);
	return instance_key_load(state_directory, ret, error);
}
