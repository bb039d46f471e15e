/* SPDX-License-Identifier: Apache-2.0 */
#include "check/cloudconfig.h"

#include "check/userdata.h"

#include <string.h>
#include <yaml.h>

#define MERGE_KEY "<<"

/* A mapping or sequence that is being read. */
struct level {
	json_t *value;
	char *key;    /* of the mapping's next value; NULL: a key comes next */
	char *anchor; /* to be known by when it is complete */
};

struct reader {
	yaml_parser_t parser;
	struct level levels[CLOUD_CONFIG_DEPTH_MAX];
	size_t depth;
	json_t *anchors; /* name to value */
	json_t *root;
	size_t values;
	struct error *error;
};

static void reader_done(struct reader *reader)
{
	while (reader->depth > 0) {
		struct level *level = &reader->levels[--reader->depth];

		json_decref(level->value);
		free(level->key);
		free(level->anchor);
	}
	json_decref(reader->anchors);
	json_decref(reader->root);
	yaml_parser_delete(&reader->parser);
}

static int refuse(struct reader *reader, const yaml_event_t *event, const char *reason)
{
	return error_set(reader->error, -EBADMSG, "line %zu: %s", event->start_mark.line + 1,
			 reason);
}

/* How many values stand in it; it is no deeper than CLOUD_CONFIG_DEPTH_MAX. */
static size_t count_values(const json_t *value, size_t limit)
{
	size_t count = 1;
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach(value, i, member)
		{
			if (count > limit)
				break;
			count += count_values(member, limit - count);
		}
	} else if (json_is_object(value)) {
		json_object_foreach((json_t *)value, key, member)
		{
			if (count > limit)
				break;
			count += count_values(member, limit - count);
		}
	}
	return count;
}

static int depth_of(const json_t *value)
{
	int deepest = 0;
	const char *key;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member)
	{
		int depth = depth_of(member);

		deepest = depth > deepest ? depth : deepest;
	}
	json_object_foreach((json_t *)value, key, member)
	{
		int depth = depth_of(member);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

/* "<<": what the mapping does not say itself comes from the other ones. */
static int merge(json_t *into, const json_t *from)
{
	json_t *member;
	size_t i;
	int r = 0;

	if (json_is_object(from))
		return json_object_update_missing(into, (json_t *)from) < 0 ? -ENOMEM : 0;
	json_array_foreach(from, i, member)
	{
		if (json_is_object(member) && json_object_update_missing(into, member) < 0)
			r = -ENOMEM;
	}
	return r;
}

/* Puts a complete value where it belongs; takes it over in any case. */
static int place(struct reader *reader, json_t *value)
{
	struct level *level = reader->depth > 0 ? &reader->levels[reader->depth - 1] : NULL;
	int r;

	if (!value)
		return -ENOMEM;
	if (!level) {
		reader->root = value;
		return 0;
	}
	if (json_is_array(level->value))
		return json_array_append_new(level->value, value) < 0 ? -ENOMEM : 0;
	if (strcmp(level->key, MERGE_KEY) == 0) {
		r = merge(level->value, value);
		json_decref(value);
	} else {
		r = json_object_set_new_nocheck(level->value, level->key, value) < 0 ? -ENOMEM : 0;
	}
	free(level->key);
	level->key = NULL;
	return r;
}

static bool wants_key(const struct reader *reader)
{
	const struct level *level = reader->depth > 0 ? &reader->levels[reader->depth - 1] : NULL;

	return level && json_is_object(level->value) && !level->key;
}

static int set_anchor(struct reader *reader, const char *anchor, json_t *value)
{
	return anchor && json_object_set_nocheck(reader->anchors, anchor, value) < 0 ? -ENOMEM : 0;
}

static json_t *read_binary(const char *text, size_t length)
{
	_cleanup_free_ char *data = NULL;
	size_t size;

	if (base64_unpack(text, length, &data, &size) < 0)
		return json_stringn_nocheck(text, length);
	return json_stringn_nocheck(data, size);
}

static bool is_null(const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;

	if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	return *text == '\0' || strcmp(text, "~") == 0 || strcasecmp(text, "null") == 0;
}

static json_t *read_scalar(const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	const char *tag = (const char *)event->data.scalar.tag;

	if (tag && strcmp(tag, "tag:yaml.org,2002:binary") == 0)
		return read_binary(text, event->data.scalar.length);
	return is_null(event) ? json_null() : json_stringn_nocheck(text, event->data.scalar.length);
}

static int take_key(struct reader *reader, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;

	if (strlen(text) != event->data.scalar.length)
		return refuse(reader, event, "a key has a NUL");
	reader->levels[reader->depth - 1].key = strdup(text);
	return reader->levels[reader->depth - 1].key ? 0 : -ENOMEM;
}

static int take_scalar(struct reader *reader, const yaml_event_t *event)
{
	json_t *value;
	int r;

	if (wants_key(reader))
		return take_key(reader, event);
	value = read_scalar(event);
	r = value ? set_anchor(reader, (const char *)event->data.scalar.anchor, value) : -ENOMEM;
	if (r < 0) {
		json_decref(value);
		return r;
	}
	return place(reader, value);
}

static int take_alias(struct reader *reader, const yaml_event_t *event)
{
	json_t *value = json_object_get(reader->anchors, (const char *)event->data.alias.anchor);

	if (!value)
		return refuse(reader, event, "an alias of nothing that is complete");
	if (wants_key(reader))
		return refuse(reader, event, "an alias as a key");
	reader->values += count_values(value, CLOUD_CONFIG_VALUES_MAX);
	if (reader->depth + (size_t)depth_of(value) > CLOUD_CONFIG_DEPTH_MAX)
		return refuse(reader, event, "nested too deeply");
	return place(reader, json_incref(value));
}

static int enter(struct reader *reader, const yaml_event_t *event, json_t *value,
		 const yaml_char_t *anchor)
{
	struct level *level;

	if (!value)
		return -ENOMEM;
	if (wants_key(reader) || reader->depth == CLOUD_CONFIG_DEPTH_MAX) {
		json_decref(value);
		return refuse(reader, event,
			      wants_key(reader) ? "a key that is not a scalar"
						: "nested too deeply");
	}
	level = &reader->levels[reader->depth++];
	*level = (struct level){.value = value};
	level->anchor = anchor ? strdup((const char *)anchor) : NULL;
	return anchor && !level->anchor ? -ENOMEM : 0;
}

static int leave(struct reader *reader)
{
	struct level level = reader->levels[--reader->depth];
	int r = set_anchor(reader, level.anchor, level.value);

	free(level.anchor);
	if (r < 0) {
		json_decref(level.value);
		return r;
	}
	return place(reader, level.value);
}

static int take_event(struct reader *reader, const yaml_event_t *event)
{
	if (++reader->values > CLOUD_CONFIG_VALUES_MAX)
		return refuse(reader, event, "too many values");
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return reader->root ? refuse(reader, event, "a second document") : 0;
	case YAML_SCALAR_EVENT:
		return take_scalar(reader, event);
	case YAML_ALIAS_EVENT:
		return take_alias(reader, event);
	case YAML_SEQUENCE_START_EVENT:
		return enter(reader, event, json_array(), event->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		return enter(reader, event, json_object(), event->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return leave(reader);
	default:
		return 0;
	}
}

static int read_events(struct reader *reader)
{
	bool end = false;
	int r = 0;

	while (r == 0 && !end) {
		yaml_event_t event;

		if (!yaml_parser_parse(&reader->parser, &event))
			return error_set(reader->error, -EBADMSG, "line %zu: %s",
					 reader->parser.problem_mark.line + 1,
					 reader->parser.problem ? reader->parser.problem
								: "not YAML");
		end = event.type == YAML_STREAM_END_EVENT;
		r = take_event(reader, &event);
		yaml_event_delete(&event);
	}
	return r;
}

int cloud_config_parse(const char *text, size_t size, json_t **ret, struct error *error)
{
	_cleanup_(reader_done) struct reader reader = {.error = error};

	if (!yaml_parser_initialize(&reader.parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, size);
	reader.anchors = json_object();
	if (!reader.anchors)
		return -ENOMEM;
	if (read_events(&reader) < 0)
		return error && error->message ? -EBADMSG : error_set(error, -EBADMSG, "not YAML");
	*ret = reader.root ? TAKE_PTR(reader.root) : json_null();
	return 0;
}
