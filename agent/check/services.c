/* SPDX-License-Identifier: Apache-2.0 */
#include "check/services.h"

#include "catalog.h"
#include "check/trigger.h"
#include "measure/root.h"

#include <inttypes.h>
#include <string.h>

#define LINE_SHOWN_MAX 200
#define TITLES_MAX     2000 /* findings that this check adds at most */
#define NONE	       SIZE_MAX

/* A path of one of the first check's findings. */
struct member {
	const char *path;
	size_t group; /* index of the finding */
};

/* What is known of one of those findings; of one that is no group's, nothing. */
struct group {
	struct trigger trigger;
	const char *path; /* of the file that was judged worst; borrowed */
	size_t into;	  /* the group that starts this one; its own index when none does */
	bool starts;	  /* there is something that it starts */
	bool joined;	  /* another group came into it */
};

struct services {
	const struct check_context *context;
	struct command_judge judge;
	struct findings *findings;
	struct member *members;
	size_t n_members;
	struct group *groups; /* one for each finding that there was before */
	size_t n_groups;
	uint64_t unread, limited;
	const char *unread_path, *limited_path; /* the first of each */
	size_t added;
};

static void services_done(struct services *services)
{
	for (size_t i = 0; i < services->n_groups; i++)
		trigger_done(&services->groups[i].trigger);
	free(services->groups);
	free(services->members);
}

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : (x->group > y->group) - (x->group < y->group);
}

static int compare_key(const void *path, const void *member)
{
	return strcmp(path, ((const struct member *)member)->path);
}

static bool is_coverage(const struct finding *finding)
{
	return strncmp(finding->code, "coverage.", strlen("coverage.")) == 0;
}

static void list_members(struct services *services, size_t group)
{
	const struct finding *finding = &services->findings->items[group];

	if (!finding->path || is_coverage(finding))
		return;
	services->members[services->n_members++] = (struct member){finding->path, group};
	for (size_t i = 0; i < finding->n_related; i++)
		services->members[services->n_members++] =
			(struct member){finding->related[i], group};
}

static int services_init(struct services *services)
{
	size_t count = services->findings->count, n_members = 1;

	services->groups = calloc(count + 1, sizeof(*services->groups));
	for (size_t i = 0; i < count; i++)
		n_members += 1 + services->findings->items[i].n_related;
	services->members = calloc(n_members, sizeof(*services->members));
	if (!services->groups || !services->members)
		return -ENOMEM;
	services->n_groups = count;
	for (size_t i = 0; i < count; i++) {
		services->groups[i].into = i;
		list_members(services, i);
	}
	qsort(services->members, services->n_members, sizeof(*services->members), compare_members);
	return 0;
}

/* The group of a path as the differences spell it, or NONE. */
static size_t find_group(const struct services *services, const char *path)
{
	const struct member *found = bsearch(path, services->members, services->n_members,
					     sizeof(*services->members), compare_key);

	if (!found)
		return NONE;
	while (found > services->members && strcmp(found[-1].path, path) == 0)
		found--;
	return found->group;
}

static void note_unread(struct services *services, const char *path)
{
	if (services->unread++ == 0)
		services->unread_path = path;
}

static void note_limited(struct services *services, const char *path)
{
	if (services->limited++ == 0)
		services->limited_path = path;
}

static int read_trigger(struct services *services, const struct difference *difference,
			struct trigger *ret)
{
	_cleanup_free_ char *text = NULL;
	struct trigger_source source = {.judge = &services->judge, .path = difference->path};
	int r;

	if (difference->actual.type == ENTRY_LINK) {
		source.link = difference->actual.link;
		return source.link ? trigger_read(&source, ret) : 0;
	}
	if (services->judge.read > COMMAND_READ_MAX) {
		note_unread(services, difference->path);
		return 0;
	}
	r = root_read(services->judge.root_fd, difference->path, COMMAND_TEXT_MAX, &text,
		      &source.size);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		note_unread(services, difference->path);
		return 0;
	}
	services->judge.read += source.size;
	source.text = text;
	/* A unit is read whole by its own reader. */
	if (r > 0 && !glob_match("**/systemd/**", difference->path))
		ret->limited = true;
	return trigger_read(&source, ret);
}

static unsigned badness(const struct trigger *trigger)
{
	/* What is wrong with the file itself counts more than that nothing vouches for a program.
	 */
	return (trigger->worst.judged & JUDGED_BAD) + (trigger->code ? JUDGED_WRITABLE : 0);
}

/* Puts what one file says to what its group is known for. */
static int take_trigger(struct group *group, const char *path, struct trigger *trigger)
{
	struct trigger *known = &group->trigger;
	int r = 0;

	if (!group->path || badness(trigger) > badness(known) ||
	    (badness(trigger) == badness(known) && trigger->worst.judged > known->worst.judged)) {
		struct trigger better = *trigger;

		*trigger = *known;
		*known = better;
		group->path = path;
	}
	known->judged |= trigger->judged;
	for (size_t i = 0; r == 0 && i < trigger->n_related; i++)
		r = trigger_add_related(known, trigger->related[i]);
	group->starts = true;
	return r;
}

static int judge_suspect(struct services *services, const struct difference *difference)
{
	_cleanup_trigger_ struct trigger trigger = {};
	size_t index;
	int r;

	if ((difference->actual.type != ENTRY_FILE && difference->actual.type != ENTRY_LINK) ||
	    !trigger_is_place(difference->path))
		return 0;
	index = find_group(services, difference->path);
	r = read_trigger(services, difference, &trigger);
	if (r < 0)
		return r;
	if (trigger.limited)
		note_limited(services, difference->path);
	/* What was left off the list of differences is told by its limit. */
	if (index == NONE)
		return 0;
	return take_trigger(&services->groups[index], difference->path, &trigger);
}

static size_t find_root(struct services *services, size_t index)
{
	while (services->groups[index].into != index) {
		size_t *into = &services->groups[index].into;

		/* Halving the way keeps long chains short. */
		*into = services->groups[*into].into;
		index = *into;
	}
	return index;
}

/* A unit that another one starts, a program that a script starts: one thing. */
static int join_related(struct services *services, size_t index)
{
	struct group *group = &services->groups[index];
	int r = 0;

	for (size_t i = 0; r == 0 && i < group->trigger.n_related; i++) {
		const struct difference *difference =
			suspects_find(services->judge.suspects, group->trigger.related[i]);
		size_t other = difference ? find_group(services, difference->path) : NONE;
		size_t root = find_root(services, index);

		if (other == NONE || find_root(services, other) == root)
			continue;
		other = find_root(services, other);
		if (services->groups[other].starts && services->groups[other].path)
			r = take_trigger(&services->groups[root], services->groups[other].path,
					 &services->groups[other].trigger);
		services->groups[other].into = root;
		services->groups[root].joined = true;
	}
	return r;
}

/* From what was judged to the code, the worst first. */
static const struct ruling {
	unsigned judged;
	const char *what;   /* the code's part after the dot */
	const char *reason; /* after the program's name */
	bool by_words;	    /* the words convict, not the program */
} verdicts[] = {
	{JUDGED_PRELOAD, NULL, "loads a library into what is started", true},
	{JUDGED_SOCKET, "connects-shell", "opens a shell or interpreter to the network", true},
	{JUDGED_DOWNLOAD, "download-and-run", "runs what it downloads or decodes", true},
	{JUDGED_TEMPORARY, "starts-temporary", "lies where everybody may write", false},
	{JUDGED_HIDDEN, "starts-hidden", "is hidden", false},
	{JUDGED_WRITABLE, "writable-program", "can be changed by others than root", false},
};

static const struct ruling unvouched = {JUDGED_UNVOUCHED, "starts-unvouched", "nothing vouches for",
					false};

static const struct ruling *find_verdict(unsigned judged)
{
	for (size_t i = 0; i < ELEMENTS(verdicts); i++)
		if (verdicts[i].judged & judged)
			return &verdicts[i];
	return &unvouched;
}

/* Whether the first check calls it by a mechanism that starts something. */
static bool is_starter(const struct finding *plain)
{
	_cleanup_free_ char *code = NULL;

	if (asprintf(&code, "%.*s.starts-unvouched", (int)strcspn(plain->code, "."), plain->code) <
	    0) {
		code = NULL;
		return false;
	}
	return catalog_find(code) != NULL;
}

/* The mechanism's name is that of the first check's code where that says enough. */
static int make_code(const struct finding *plain, const struct group *group,
		     const struct ruling *verdict, char **ret)
{
	const char *kind = is_starter(plain) ? plain->code : trigger_kind(group->path);
	int r;

	if (!(group->trigger.worst.judged & JUDGED_BAD) && group->trigger.code)
		r = asprintf(ret, "%s", group->trigger.code);
	else if (!verdict->what)
		r = asprintf(ret, "preload.environment");
	else
		r = asprintf(ret, "%.*s.%s", (int)strcspn(kind, "."), kind, verdict->what);
	if (r < 0)
		*ret = NULL;
	return r < 0 ? -ENOMEM : 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "Cron job " of "Cron job x is not in the manifest", the file being x; "" when there is none. */
static int noun_length(const struct finding *plain)
{
	const char *found = plain->title ? strstr(plain->title, base_name(plain->path)) : NULL;

	return found ? (int)(found - plain->title) : 0;
}

static const char *started(const struct trigger *trigger)
{
	if (trigger->worst.program)
		return trigger->worst.program;
	return trigger->n_related > 0 ? trigger->related[0] : "something";
}

/* The first check says at the end of its title that a link starts the unit. */
static const char *enabled(const char *title)
{
	return strstr(title, " and is enabled") ? ", and is enabled" : "";
}

static int make_title(const struct finding *plain, const struct group *group,
		      const struct ruling *verdict, char **ret)
{
	const struct start *start = &group->trigger.worst;
	const char *name = base_name(group->path);
	const char *title = plain->title ? plain->title : "";
	int r, noun = noun_length(plain);

	if (!(start->judged & JUDGED_BAD) && group->trigger.code)
		r = asprintf(ret, "%.*s%s %s", noun, title, name, group->trigger.note);
	else if (verdict->by_words)
		r = asprintf(ret, "%.*s%s %s%s", noun, title, name, verdict->reason,
			     enabled(title));
	else
		r = asprintf(ret, "%.*s%s starts %s, which %s%s", noun, title, name,
			     started(&group->trigger), verdict->reason, enabled(title));
	if (r < 0) {
		*ret = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* "as root, every minute: /tmp/x" */
static int make_actual(const struct start *start, char **ret)
{
	struct buffer buffer = {};
	int length = start->line ? (int)strnlen(start->line, LINE_SHOWN_MAX) : 0;
	int r = buffer_printf(&buffer, "as %s", start->who ? start->who : "root");

	if (r == 0 && start->when)
		r = buffer_printf(&buffer, ", %.*s", LINE_SHOWN_MAX, start->when);
	if (r == 0 && start->line)
		r = buffer_printf(&buffer, ": %.*s%s", length, start->line,
				  start->line[length] ? "..." : "");
	if (r == 0 && start->writable)
		r = buffer_printf(&buffer, " (others can write %s)", start->writable);
	if (r < 0)
		buffer_done(&buffer);
	*ret = buffer.data;
	return r;
}

static int add_related(struct finding *finding, const char *path)
{
	if (strcmp(finding->path, path) == 0)
		return 0;
	for (size_t i = 0; i < finding->n_related; i++)
		if (strcmp(finding->related[i], path) == 0)
			return 0;
	return finding_add_related(finding, path);
}

/* Under these paths the first check's findings of the other groups become part of this one. */
static int add_joined(struct services *services, size_t index, struct finding *finding)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < services->n_groups; i++)
		if (i != index && find_root(services, i) == index)
			r = add_related(finding, services->findings->items[i].path);
	return r;
}

/*
 * With a manifest, that nothing vouches for a program is what the first check says already of
 * everything; only the groups become one.
 */
static bool says_enough(const struct services *services, const struct finding *plain,
			const struct group *group, const struct ruling *verdict)
{
	return services->context->situation != SITUATION_AUDIT && verdict == &unvouched &&
	       !group->trigger.code && is_starter(plain);
}

static int tell(struct services *services, size_t index)
{
	const struct group *group = &services->groups[index];
	const struct finding *plain = &services->findings->items[index];
	const struct ruling *verdict = find_verdict(group->trigger.worst.judged);
	_cleanup_(finding_done) struct finding finding = {};
	_cleanup_free_ char *code = NULL;
	bool enough = says_enough(services, plain, group, verdict);
	int r = enough ? 0 : make_code(plain, group, verdict, &code);

	if (r == 0)
		r = finding_start(&finding, enough ? plain->code : code);
	if (r < 0)
		return r;
	/* Of a link and its program the link is what a person must look at. */
	finding.path = strdup(is_starter(plain) ? plain->path : group->path);
	if (!finding.path)
		return -ENOMEM;
	if (enough)
		finding.title = plain->title ? strdup(plain->title) : NULL;
	else
		r = make_title(plain, group, verdict, &finding.title);
	if (r == 0 && !enough && group->trigger.worst.line)
		r = make_actual(&group->trigger.worst, &finding.actual);
	for (size_t i = 0; r == 0 && i < group->trigger.n_related; i++)
		r = add_related(&finding, group->trigger.related[i]);
	if (r == 0 && group->joined)
		r = add_joined(services, index, &finding);
	if (r < 0)
		return r;
	services->added++;
	return findings_take(services->findings, &finding);
}

/*
 * What is explained already needs no second word. Where only small things speak against a file, as
 * for a configuration file that was changed, that nothing vouches for a program adds nothing.
 */
static bool is_worth_telling(const struct services *services, size_t index)
{
	const struct group *group = &services->groups[index];
	enum severity severity = services->findings->items[index].severity;

	if (!group->starts || group->into != index || severity == SEVERITY_INFO ||
	    services->added >= TITLES_MAX)
		return false;
	if (badness(&group->trigger) > 0)
		return true;
	return severity > SEVERITY_LOW &&
	       (group->joined || (group->trigger.worst.judged & JUDGED_UNVOUCHED &&
				  (services->context->situation == SITUATION_AUDIT ||
				   !is_starter(&services->findings->items[index]))));
}

static int take_coverage(struct services *services, const char *code, const char *path,
			 uint64_t count, const char *title)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r;

	if (count == 0)
		return 0;
	r = finding_start(&finding, code);
	if (r < 0)
		return r;
	finding.path = strdup(path);
	if (!finding.path)
		return -ENOMEM;
	if (asprintf(&finding.title, "%s: %" PRIu64, title, count) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	return findings_take(services->findings, &finding);
}

static int judge_all(struct services *services)
{
	const struct suspects *suspects = &services->context->suspects;
	int r = 0;

	for (size_t i = 0; r == 0 && i < suspects->count; i++)
		r = judge_suspect(services, suspects->by_path[i]);
	for (size_t i = 0; r == 0 && i < services->n_groups; i++)
		r = join_related(services, i);
	for (size_t i = 0; r == 0 && i < services->n_groups; i++)
		if (is_worth_telling(services, i))
			r = tell(services, i);
	if (r == 0)
		r = take_coverage(services, "coverage.limit", services->limited_path,
				  services->limited,
				  "Files that start something and were not looked at to their end");
	if (r == 0)
		r = take_coverage(services, "coverage.unreadable", services->unread_path,
				  services->unread,
				  "Files that start something and were not looked into");
	return r;
}

int services_check(const struct check_context *context, struct findings *ret,
		   struct error *error _unused_)
{
	_cleanup_(services_done) struct services services = {
		.context = context,
		.judge = {.root_fd = context->root_fd, .suspects = &context->suspects},
		.findings = ret,
	};
	int r;

	if (context->suspects.count == 0)
		return 0;
	r = services_init(&services);
	return r < 0 ? r : judge_all(&services);
}
