/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report as a SARIF 2.1.0 log (OASIS sarif-v2.1.0-errata01), which code hosts and editors read.
 *
 * Objects are built through set() and append(), which take over the value and turn the whole into
 * NULL when memory ended: nothing is ever left out silently.
 */
#include "report.h"

#include "catalog.h"
#include "text.h"

#include <string.h>

#define SARIF_SCHEMA \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define ROOT_BASE_ID "ROOT"

static const char *const levels[_SEVERITY_MAX] = {
	[SEVERITY_INFO] = "note",  [SEVERITY_LOW] = "note",	  [SEVERITY_MEDIUM] = "warning",
	[SEVERITY_HIGH] = "error", [SEVERITY_CRITICAL] = "error",
};

/* The codes that occur, in the order of their first finding: rule `i` describes codes[i]. */
struct rules {
	const char **codes; /* borrowed strings */
	size_t count;
};

static void rules_done(struct rules *rules)
{
	free(rules->codes);
}

static void set(json_t **object, const char *name, json_t *value)
{
	if (json_object_set_new(*object, name, value) < 0) {
		json_decref(*object);
		*object = NULL;
	}
}

static void append(json_t **array, json_t *value)
{
	if (json_array_append_new(*array, value) < 0) {
		json_decref(*array);
		*array = NULL;
	}
}

/* Untrusted bytes as a JSON string. */
static json_t *string_new(const char *text)
{
	_cleanup_free_ char *escaped = text_escape(text, strlen(text));

	return escaped ? json_string(escaped) : NULL;
}

/*
 * In a message, braces are placeholders unless doubled (3.11.5), and "[text](target)" is a link
 * (3.11.6): its "](" is broken by an octal escape, so that no name on a disk becomes a link.
 */
static const char *message_replacement(const char *c)
{
	if (*c == '{')
		return "{{";
	if (*c == '}')
		return "}}";
	return c[1] == '(' ? "\\135" : "]";
}

/* Appends "LABELvalue", the value escaped; nothing when it is NULL. */
static int add_message(struct buffer *message, const char *label, const char *value)
{
	_cleanup_free_ char *escaped = NULL;
	const char *c;
	int r;

	if (!value)
		return 0;
	c = escaped = text_escape(value, strlen(value));
	r = escaped ? buffer_append_text(message, label) : -ENOMEM;
	while (r == 0 && *c) {
		size_t length = strcspn(c, "{}]");

		r = buffer_append(message, c, length);
		c += length;
		if (r == 0 && *c)
			r = buffer_append_text(message, message_replacement(c++));
	}
	return r;
}

/* A message object (3.11) or a multiformatMessageString (3.12): {"text"}. */
static json_t *message_new(const char *text)
{
	_cleanup_buffer_ struct buffer message = {};
	json_t *object = json_object();

	if (add_message(&message, "", text) < 0) {
		json_decref(object);
		return NULL;
	}
	set(&object, "text", json_string(message.data ? message.data : ""));
	return object;
}

static json_t *finding_message_new(const struct finding *finding)
{
	_cleanup_buffer_ struct buffer message = {};
	json_t *object;

	if (add_message(&message, "", finding->title ? finding->title : finding->code) < 0 ||
	    add_message(&message, "\nexpected: ", finding->expected) < 0 ||
	    add_message(&message, "\nactual: ", finding->actual) < 0)
		return NULL;
	object = json_object();
	set(&object, "text", json_string(message.data ? message.data : ""));
	return object;
}

/* Percent-encodes each byte that is neither unreserved (RFC 3986 section 2.3) nor a slash. */
static int add_uri(struct buffer *uri, const char *path)
{
	static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789-._~/";
	int r = 0;

	while (r == 0 && *path) {
		size_t length = strspn(path, kept);

		r = buffer_append(uri, path, length);
		path += length;
		if (r == 0 && *path)
			r = buffer_printf(uri, "%%%02X", (unsigned int)(unsigned char)*path++);
	}
	return r;
}

/* The path below the root, from its raw bytes: exact, whatever they are. */
static json_t *artifact_new(const char *path)
{
	_cleanup_buffer_ struct buffer uri = {};
	json_t *object;

	path += strspn(path, "/");
	if (add_uri(&uri, *path ? path : "./") < 0)
		return NULL;
	object = json_object();
	set(&object, "uri", json_string(uri.data));
	set(&object, "uriBaseId", json_string(ROOT_BASE_ID));
	return object;
}

/* What is no absolute path, such as the "..." after the last of many, is shown as words. */
static json_t *location_new(const char *path)
{
	json_t *location = json_object(), *physical;

	if (*path != '/') {
		set(&location, "message", message_new(path));
		return location;
	}
	physical = json_object();
	set(&physical, "artifactLocation", artifact_new(path));
	set(&location, "physicalLocation", physical);
	return location;
}

static json_t *locations_new(char *const *paths, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		append(&array, location_new(paths[i]));
	return array;
}

static json_t *strings_new(char *const *strings, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		append(&array, string_new(strings[i]));
	return array;
}

/* What makes it the same finding in the next run: its code, and its path or else its title. */
static json_t *fingerprints_new(const struct finding *finding)
{
	const char *subject = finding->path ? finding->path : finding->title;
	_cleanup_buffer_ struct buffer text = {};
	char hex[DIGEST_HEX_SIZE];
	struct digest digest;
	json_t *object;

	if (buffer_append(&text, finding->code, strlen(finding->code) + 1) < 0 ||
	    buffer_append_text(&text, subject ? subject : "") < 0 ||
	    digest_compute(text.data, text.size, &digest) < 0)
		return NULL;
	digest_to_hex(&digest, hex);
	object = json_object();
	set(&object, "codeAndPath/v1", json_string(hex));
	return object;
}

/* Present in each result: either all of a run have the member or none has (3.27.23). */
static json_t *suppressions_new(const struct finding *finding)
{
	json_t *array = json_array(), *suppression;

	if (!finding->waived)
		return array;
	suppression = json_object();
	set(&suppression, "kind", json_string("external"));
	set(&suppression, "justification", string_new(finding->waived));
	append(&array, suppression);
	return array;
}

static json_t *finding_properties_new(const struct finding *finding)
{
	json_t *object = json_object();

	set(&object, "severity", json_string(severity_to_string(finding->severity)));
	set(&object, "package", finding->package ? string_new(finding->package) : json_null());
	set(&object, "attack", strings_new(finding->attack, finding->n_attack));
	return object;
}

/* `rules` holds the code: rules_collect() saw the same findings. */
static size_t rule_index(const struct rules *rules, const char *code)
{
	size_t i = 0;

	while (i < rules->count && strcmp(rules->codes[i], code) != 0)
		i++;
	return i;
}

static int rules_collect(const struct findings *findings, struct rules *ret)
{
	ret->codes = calloc(findings->count + 1, sizeof(*ret->codes));
	if (!ret->codes)
		return -ENOMEM;
	for (size_t i = 0; i < findings->count; i++)
		if (rule_index(ret, findings->items[i].code) == ret->count)
			ret->codes[ret->count++] = findings->items[i].code;
	return 0;
}

static json_t *tags_new(const struct catalog_entry *entry)
{
	json_t *array = json_array();

	for (size_t i = 0; i < CATALOG_ATTACK_MAX && entry->attack[i]; i++)
		append(&array, json_string(entry->attack[i]));
	return array;
}

/* A reportingDescriptor (3.49). A code that the catalogue does not know has no more than its id. */
static json_t *rule_new(const char *code)
{
	const struct catalog_entry *entry = catalog_find(code);
	json_t *rule = json_object(), *configuration, *properties;

	set(&rule, "id", string_new(code));
	if (!entry)
		return rule;
	configuration = json_object();
	set(&configuration, "level", json_string(levels[entry->severity]));
	properties = json_object();
	set(&properties, "tags", tags_new(entry));
	set(&rule, "shortDescription", message_new(entry->summary));
	set(&rule, "fullDescription", message_new(entry->why));
	set(&rule, "help", message_new(entry->remedy));
	set(&rule, "defaultConfiguration", configuration);
	set(&rule, "properties", properties);
	return rule;
}

static json_t *tool_new(const struct rules *rules)
{
	json_t *tool = json_object(), *driver = json_object(), *descriptors = json_array();

	for (size_t i = 0; i < rules->count; i++)
		append(&descriptors, rule_new(rules->codes[i]));
	set(&driver, "name", json_string("goldseal"));
	set(&driver, "version", json_string(GOLDSEAL_VERSION));
	set(&driver, "rules", descriptors);
	set(&tool, "driver", driver);
	return tool;
}

static json_t *result_new(const struct finding *finding, const struct rules *rules)
{
	json_t *result = json_object();

	set(&result, "ruleId", string_new(finding->code));
	set(&result, "ruleIndex", json_integer((json_int_t)rule_index(rules, finding->code)));
	set(&result, "level", json_string(levels[finding->severity]));
	set(&result, "message", finding_message_new(finding));
	set(&result, "locations", locations_new(&finding->path, finding->path ? 1 : 0));
	set(&result, "relatedLocations", locations_new(finding->related, finding->n_related));
	set(&result, "partialFingerprints", fingerprints_new(finding));
	set(&result, "suppressions", suppressions_new(finding));
	set(&result, "properties", finding_properties_new(finding));
	return result;
}

static json_t *results_new(const struct findings *findings, const struct rules *rules)
{
	json_t *array = json_array();

	for (size_t i = 0; i < findings->count; i++)
		append(&array, result_new(&findings->items[i], rules));
	return array;
}

/* Who reads only whether the tool ran well is told here, too, what could not be checked. */
static json_t *notification_new(const struct finding *finding, const struct rules *rules)
{
	json_t *notification = json_object(), *rule = json_object();

	set(&rule, "id", string_new(finding->code));
	set(&rule, "index", json_integer((json_int_t)rule_index(rules, finding->code)));
	set(&notification, "associatedRule", rule);
	set(&notification, "level", json_string(levels[finding->severity]));
	set(&notification, "message", finding_message_new(finding));
	set(&notification, "locations", locations_new(&finding->path, finding->path ? 1 : 0));
	return notification;
}

static json_t *invocations_new(const struct report *report, const struct rules *rules)
{
	json_t *array = json_array(), *invocation = json_object(), *notifications = json_array();

	for (size_t i = 0; i < report->findings->count; i++) {
		const struct finding *finding = &report->findings->items[i];

		if (!finding->waived && strncmp(finding->code, "coverage.", 9) == 0)
			append(&notifications, notification_new(finding, rules));
	}
	set(&invocation, "executionSuccessful", json_boolean(report->verdict != VERDICT_NONE));
	set(&invocation, "toolExecutionNotifications", notifications);
	append(&array, invocation);
	return array;
}

/* The root as a file URI, where it is known as an absolute path; a base ends in a slash. */
static json_t *bases_new(const char *root)
{
	_cleanup_buffer_ struct buffer uri = {};
	json_t *bases = json_object(), *base = json_object();

	set(&base, "description", message_new("The root that was measured."));
	if (root && *root == '/') {
		bool has_slash = root[strlen(root) - 1] == '/';

		if (buffer_append_text(&uri, "file://") < 0 || add_uri(&uri, root) < 0 ||
		    buffer_append_text(&uri, has_slash ? "" : "/") < 0)
			set(&base, "uri", NULL);
		else
			set(&base, "uri", json_string(uri.data));
	}
	set(&bases, ROOT_BASE_ID, base);
	return bases;
}

static json_t *image_new(const struct report *report)
{
	json_t *image = json_object();

	set(&image, "name", string_new(report->image_name));
	set(&image, "version",
	    report->image_version ? string_new(report->image_version) : json_null());
	return image;
}

static json_t *run_properties_new(const struct report *report)
{
	json_t *object = json_object();

	set(&object, "verdict", json_string(verdict_to_string(report->verdict)));
	set(&object, "image", report->image_name ? image_new(report) : json_null());
	set(&object, "coverage", coverage_to_json(report->coverage));
	return object;
}

static json_t *run_new(const struct report *report)
{
	_cleanup_(rules_done) struct rules rules = {};
	json_t *run;

	if (rules_collect(report->findings, &rules) < 0)
		return NULL;
	run = json_object();
	set(&run, "tool", tool_new(&rules));
	set(&run, "originalUriBaseIds", bases_new(report->root));
	set(&run, "invocations", invocations_new(report, &rules));
	set(&run, "results", results_new(report->findings, &rules));
	set(&run, "properties", run_properties_new(report));
	return run;
}

json_t *report_to_sarif(const struct report *report)
{
	json_t *log = json_object(), *runs = json_array();

	append(&runs, run_new(report));
	set(&log, "$schema", json_string(SARIF_SCHEMA));
	set(&log, "version", json_string("2.1.0"));
	set(&log, "runs", runs);
	return log;
}
