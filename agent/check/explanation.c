/* SPDX-License-Identifier: Apache-2.0 */
#include "check/explanation_private.h"

#include "measure/root.h"
#include "text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

enum rule_flags {
	RULE_CHANGED = 1 << 0, /* also what was sealed otherwise */
	RULE_OWNER = 1 << 1,   /* owner and mode are the rule's business */
	RULE_PROGRAM = 1 << 2, /* also with execute bits */
	RULE_LINK = 1 << 3,    /* links, and nothing else */
	RULE_MISSING = 1 << 4, /* also what is gone */
	RULE_LATE = 1 << 5,    /* when the others have been asked */
	RULE_PUBLIC = 1 << 6,  /* mode 0644 is right, whatever was sealed */
};

struct rule {
	const char *glob;
	unsigned flags;
	explain_fn *explain;
	const char *text;
};

#define INSTANCES "/var/lib/cloud/instances/*"

/*
 * What a first boot writes: cloudinit.readthedocs.io "Module reference", and measured with Debian's
 * cloud-init 22.4.2. All rules that match are asked, in this order, until one explains.
 */
static const struct rule rules[] = {
	/* declared by path and content, or installed from packages that were declared */
	{"/**", RULE_CHANGED | RULE_PROGRAM | RULE_OWNER, explain_file, "write_files"},
	{"/**", RULE_CHANGED | RULE_PROGRAM | RULE_OWNER | RULE_MISSING, explain_package, ""},
	{"/var/lib/dpkg/**", RULE_CHANGED | RULE_PROGRAM | RULE_OWNER, explain_database, ""},
	{"/var/lib/apt/extended_states", RULE_CHANGED, explain_made, ""},

	/* accounts and logins */
	{"/etc/passwd*", RULE_CHANGED, explain_account, "passwd"},
	{"/etc/shadow*", RULE_CHANGED, explain_account, "shadow"},
	{"/etc/group*", RULE_CHANGED, explain_account, "group"},
	{"/etc/gshadow*", RULE_CHANGED, explain_account, "gshadow"},
	{"/etc/subuid*", RULE_CHANGED, explain_account, "subuid"},
	{"/etc/subgid*", RULE_CHANGED, explain_account, "subgid"},
	{"**/.ssh/authorized_keys", RULE_CHANGED | RULE_OWNER, explain_keys, ""},
	{"/etc/sudoers.d/90-cloud-init-users", 0, explain_sudoers, ""},
	{"/home/**", RULE_OWNER, explain_home, ""},
	{"/var/mail/*", RULE_OWNER, explain_mailbox, ""},
	{"/var/spool/mail/*", RULE_OWNER, explain_mailbox, ""},

	/* cloud-init's own state */
	{"/var/lib/cloud/instance", RULE_LINK, explain_instance_link, ""},
	{"/var/lib/cloud/data/*", 0, explain_state, "record"},
	{"/var/lib/cloud/sem/*", 0, explain_state, "record"},
	{INSTANCES "/sem/*", 0, explain_state, "record"},
	{INSTANCES "/*.txt", 0, explain_state, "record"},
	{INSTANCES "/*.txt.i", 0, explain_state, "record"},
	{INSTANCES "/*.json", 0, explain_state, "record"},
	{INSTANCES "/datasource", 0, explain_state, "record"},
	{INSTANCES "/boot-finished", 0, explain_state, "record"},
	{INSTANCES "/obj.pkl", 0, explain_state, "record"},
	{INSTANCES "/warnings/**", 0, explain_state, "record"},
	{INSTANCES "/scripts/*", RULE_PROGRAM, explain_script, ""},
	{INSTANCES "/scripts/vendor/*", RULE_PROGRAM, explain_script, ""},
	{INSTANCES "/boothooks/*", RULE_PROGRAM, explain_script, ""},
	{INSTANCES "/handlers/*", RULE_PROGRAM, explain_script, ""},
	{"/etc/cloud/cloud.cfg.d/90_dpkg.cfg", RULE_CHANGED, explain_lines, "datasources"},

	/* names, places, languages */
	{"/etc/hostname", RULE_CHANGED | RULE_PUBLIC, explain_lines, "name"},
	{"/etc/mailname", RULE_CHANGED | RULE_PUBLIC, explain_lines, "name"},
	{"/etc/hosts", RULE_CHANGED | RULE_PUBLIC, explain_hosts, ""},
	{"/etc/timezone", RULE_CHANGED | RULE_PUBLIC, explain_lines, "timezone"},
	{"/etc/localtime", RULE_CHANGED | RULE_LINK, explain_zone, ""},
	{"/etc/default/locale", RULE_CHANGED | RULE_PUBLIC, explain_lines, "locale"},
	{"/etc/locale.conf", RULE_CHANGED | RULE_PUBLIC, explain_lines, "locale"},
	{"/etc/locale.gen", RULE_CHANGED | RULE_PUBLIC, explain_lines, "locale.gen"},
	{"/usr/lib/locale/**", RULE_CHANGED, explain_feature, "locale"},
	{"/etc/default/keyboard", RULE_CHANGED | RULE_PUBLIC, explain_lines, "keyboard"},
	{"/etc/default/console-setup", RULE_CHANGED | RULE_PUBLIC, explain_lines, "keyboard"},
	{"/etc/vconsole.conf", RULE_CHANGED | RULE_PUBLIC, explain_lines, "keyboard"},
	{"/etc/fstab", RULE_CHANGED | RULE_PUBLIC, explain_fstab, ""},

	/* network and time */
	{"/etc/network/interfaces.d/50-cloud-init", RULE_CHANGED | RULE_PUBLIC, explain_lines,
	 "interfaces"},
	{"/etc/netplan/50-cloud-init.yaml", RULE_CHANGED | RULE_PUBLIC, explain_lines, "anything"},
	{"/etc/systemd/network/*cloud-init*.*", RULE_CHANGED | RULE_PUBLIC, explain_lines,
	 "assignments"},
	{"/etc/NetworkManager/system-connections/cloud-init-*.nmconnection",
	 RULE_CHANGED | RULE_PUBLIC, explain_lines, "assignments"},
	{"/etc/NetworkManager/conf.d/*cloud-init*.conf", RULE_CHANGED | RULE_PUBLIC, explain_lines,
	 "assignments"},
	{"/etc/udev/rules.d/70-persistent-net.rules", RULE_CHANGED | RULE_PUBLIC, explain_lines,
	 "net.rules"},
	{"/etc/udev/rules.d/90-cloud-init-hook-hotplug.rules", RULE_CHANGED | RULE_PUBLIC,
	 explain_lines, "hotplug.rules"},
	{"/etc/resolv.conf", RULE_CHANGED | RULE_PUBLIC, explain_lines, "resolver"},
	{"/etc/resolv.conf", RULE_CHANGED | RULE_LINK, explain_zone, "resolver"},
	{"/etc/systemd/timesyncd.conf.d/cloud-init.conf", RULE_CHANGED | RULE_PUBLIC, explain_lines,
	 "ntp"},
	{"/etc/systemd/timesyncd.conf", RULE_CHANGED | RULE_PUBLIC, explain_lines, "ntp"},
	{"/etc/chrony/sources.d/*.sources", RULE_CHANGED | RULE_PUBLIC, explain_lines, "ntp"},
	{"/etc/chrony/chrony.conf", RULE_CHANGED | RULE_PUBLIC, explain_lines, "ntp"},
	{"/etc/ntp*.conf", RULE_CHANGED | RULE_PUBLIC, explain_lines, "ntp"},
	{"/etc/ntpsec/ntp.conf", RULE_CHANGED | RULE_PUBLIC, explain_lines, "ntp"},

	/* services that cloud-init configures */
	{"/etc/ssh/sshd_config.d/50-cloud-init.conf", RULE_CHANGED | RULE_PUBLIC, explain_lines,
	 "sshd"},
	{"/etc/rsyslog.d/*", RULE_CHANGED | RULE_PUBLIC, explain_declared_lines, "rsyslog"},
	{"/etc/rsyslog.conf", RULE_CHANGED | RULE_PUBLIC, explain_declared_lines, "rsyslog"},
	{"/etc/apt/sources.list", RULE_CHANGED | RULE_PUBLIC, explain_sources, ""},
	{"/etc/apt/sources.list.d/*", RULE_CHANGED | RULE_PUBLIC, explain_sources, ""},
	{"/etc/apt/cloud-init.gpg.d/*.gpg", 0, explain_feature, "apt"},
	{"/etc/apt/apt.conf.d/90cloud-init-pipelining", RULE_CHANGED | RULE_PUBLIC, explain_lines,
	 "pipelining"},
	{"/etc/apt/apt.conf.d/94cloud-init-config", RULE_CHANGED | RULE_PUBLIC,
	 explain_declared_lines, "apt"},
	{"/etc/apt/apt.conf.d/90cloud-init-aptproxy", RULE_CHANGED | RULE_PUBLIC, explain_lines,
	 "proxy"},
	{"/etc/salt/**", RULE_CHANGED | RULE_OWNER, explain_feature, "salt_minion"},
	{"/etc/puppet/**", RULE_CHANGED | RULE_OWNER, explain_feature, "puppet"},
	{"/etc/puppetlabs/**", RULE_CHANGED | RULE_OWNER, explain_feature, "puppet"},
	{"/etc/chef/**", RULE_CHANGED | RULE_OWNER, explain_feature, "chef"},
	{"/etc/mcollective/**", RULE_CHANGED | RULE_OWNER, explain_feature, "mcollective"},
	{"/etc/landscape/**", RULE_CHANGED | RULE_OWNER, explain_feature, "landscape"},
	{"/etc/wireguard/*.conf", RULE_CHANGED, explain_feature, "wireguard"},
	{"/swap*", 0, explain_feature, "swap"},

	/* certificates */
	{"/usr/share/ca-certificates/cloud-init-ca-cert*", RULE_CHANGED, explain_certificate, ""},
	{"/usr/local/share/ca-certificates/cloud-init-ca-cert*", RULE_CHANGED, explain_certificate,
	 ""},
	{"/etc/ssl/certs/ca-certificates.crt", RULE_CHANGED, explain_bundle, ""},
	{"/etc/ca-certificates.conf", RULE_CHANGED, explain_bundle, "cloud-init-ca-certs.crt"},

	/* agents of the providers, which write for themselves */
	{"/etc/sudoers.d/waagent", RULE_LATE, explain_agent, "/usr/sbin/waagent"},
	{"/etc/waagent.conf", RULE_CHANGED | RULE_LATE, explain_agent, "/usr/sbin/waagent"},
	{"/var/lib/waagent/**", RULE_OWNER | RULE_LATE, explain_agent, "/usr/sbin/waagent"},
	{"/etc/sudoers.d/google_sudoers", RULE_LATE, explain_agent, "/usr/bin/google_guest_agent"},
	{"/etc/instance_id.google_set", RULE_LATE, explain_agent, "/usr/bin/google_guest_agent"},
	{"/etc/default/instance_configs.cfg", RULE_CHANGED | RULE_LATE, explain_agent,
	 "/usr/bin/google_guest_agent"},
	{"/var/lib/google/**", RULE_LATE, explain_agent, "/usr/bin/google_guest_agent"},
	{"/var/lib/amazon/ssm/**", RULE_OWNER | RULE_LATE, explain_agent,
	 "/usr/bin/amazon-ssm-agent"},

	/* what containers and their like leave when a command starts one */
	{"/var/lib/docker/**", RULE_OWNER | RULE_PROGRAM, explain_command_state, "docker"},
	{"/var/lib/containerd/**", RULE_OWNER | RULE_PROGRAM, explain_command_state, "docker"},
	{"/var/lib/containers/**", RULE_OWNER | RULE_PROGRAM, explain_command_state, "podman"},
	{"/var/lib/rancher/**", RULE_OWNER | RULE_PROGRAM, explain_command_state, "k3s"},
	{"/var/lib/NetworkManager/*", 0, explain_data, "state of NetworkManager"},
	{"/var/lib/dhcp/*", 0, explain_data, "leases"},
	{"/var/lib/dhcpcd/*", 0, explain_data, "leases"},
	{"/var/cache/man/**", RULE_CHANGED | RULE_OWNER, explain_data, "the index of manual pages"},

	/* what the package manager and the interpreters make */
	{"/etc/ld.so.cache", RULE_CHANGED | RULE_LATE, explain_cache, ""},
	{"/var/cache/ldconfig/aux-cache", RULE_CHANGED | RULE_LATE, explain_made, ""},
	{"/var/cache/fontconfig/**", RULE_CHANGED, explain_made, ""},
	{"/var/cache/debconf/*", RULE_CHANGED, explain_made, ""},
	{"/usr/share/mime/**", RULE_CHANGED, explain_made, ""},
	{"/usr/share/applications/mimeinfo.cache", RULE_CHANGED, explain_made, ""},
	{"/usr/share/icons/**.cache", RULE_CHANGED, explain_made, ""},
	{"/usr/share/info/dir*", RULE_CHANGED, explain_made, ""},
	{"/var/lib/ucf/**", RULE_CHANGED, explain_made, ""},
	{"/var/lib/systemd/deb-systemd-*/**", RULE_CHANGED, explain_made, ""},
	{"/var/lib/systemd/catalog/database", RULE_CHANGED, explain_made, ""},
	{"/etc/ssl/**", RULE_OWNER, explain_made, "named"},
	{"/usr/share/glib-2.0/schemas/gschemas.compiled", RULE_CHANGED, explain_made, ""},
	{"/usr/lib/**/giomodule.cache", RULE_CHANGED, explain_made, ""},
	{"/var/lib/dpkg/alternatives/*", RULE_CHANGED | RULE_LATE, explain_paths, ""},
	{"/**", RULE_MISSING | RULE_OWNER, explain_removed, ""},
	{"/boot/initrd.img-*", RULE_CHANGED, explain_kernel, ""},
	{"/boot/grub/grub.cfg", RULE_CHANGED | RULE_OWNER, explain_kernel, "grub"},
	{"/usr/lib/modules/*/modules.*", RULE_CHANGED, explain_kernel, ""},
	{"/lib/modules/*/modules.*", RULE_CHANGED, explain_kernel, ""},
	{"/etc/ssl/private", RULE_CHANGED | RULE_OWNER, explain_override, ""},
	{"/var/**", RULE_CHANGED | RULE_OWNER, explain_override, ""},
	{"/var/lib/*/**", RULE_OWNER, explain_made, "named"},
	{"/var/cache/*/**", RULE_OWNER, explain_made, "named"},
	{"/var/log/*/**", RULE_OWNER, explain_made, "named"},
	{"/usr/lib/python3*/**/__pycache__/*.pyc", RULE_CHANGED, explain_bytecode, ""},
	{"/usr/share/**/__pycache__/*.pyc", RULE_CHANGED, explain_bytecode, ""},

	/* logs, and the directories that systemd makes for PrivateTmp= */
	{"/var/log/cloud-init*.log", RULE_CHANGED | RULE_OWNER, explain_log, ""},
	{"/tmp/systemd-private-*-*", 0, explain_private, ""},
	{"/var/tmp/systemd-private-*-*", 0, explain_private, ""},

	/* links, once their targets have been judged */
	{"/etc/systemd/**", RULE_CHANGED | RULE_LINK | RULE_LATE | RULE_MISSING, explain_enablement,
	 ""},
	{"/etc/rc?.d/*", RULE_LINK | RULE_LATE, explain_trusted_link, "/etc/init.d/"},
	{"/etc/alternatives/*", RULE_CHANGED | RULE_LINK | RULE_LATE, explain_alternative, ""},
	{"/etc/ssl/certs/*", RULE_LINK | RULE_LATE, explain_trusted_link, ""},
	{"/**", RULE_CHANGED | RULE_PROGRAM | RULE_LATE, explain_mentioned, ""},
};

static _printf_(2, 0) int set_text(struct explanation *ret, const char *format, va_list arguments)
{
	char *text;

	if (vasprintf(&text, format, arguments) < 0)
		return -ENOMEM;
	free(ret->text);
	ret->text = text;
	return 0;
}

int explain_as(struct explanation *ret, enum severity severity, const char *format, ...)
{
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = set_text(ret, format, arguments);
	va_end(arguments);
	if (r < 0)
		return r;
	ret->explained = true;
	ret->severity = severity;
	return 1;
}

int explain_weakly(struct explanation *ret, const char *format, ...)
{
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = set_text(ret, format, arguments);
	va_end(arguments);
	if (r < 0)
		return r;
	ret->explained = true;
	ret->suspect = true;
	ret->severity = SEVERITY_LOW;
	return 1;
}

int explain_remark(struct explanation *ret, const char *format, ...)
{
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = set_text(ret, format, arguments);
	va_end(arguments);
	return r;
}

void explanations_done(struct explanations *explanations)
{
	for (size_t i = 0; i < explanations->count; i++)
		free(explanations->items[i].text);
	free(explanations->items);
	*explanations = (struct explanations){};
}

bool explanations_cover(const struct explanations *explanations, size_t index)
{
	return explanations && explanations->items[index].explained;
}

void explanations_clear(const struct explanations *explanations,
			const struct comparison *comparison, struct suspects *suspects)
{
	size_t count = 0;

	for (size_t i = 0; i < suspects->count; i++) {
		size_t index = (size_t)(suspects->by_path[i] - comparison->differences);

		if (!explanations_cover(explanations, index) || explanations->items[index].suspect)
			suspects->by_path[count++] = suspects->by_path[i];
	}
	suspects->count = count;
}

char *explainer_read(const struct explainer *explainer, const char *path, size_t *ret_size)
{
	char *data;

	return root_read(explainer->context->root_fd, path, TEXT_MAX, &data, ret_size) == 0 ? data
											    : NULL;
}

const struct difference *explainer_find(const struct explainer *explainer, const char *path)
{
	return suspects_find(&explainer->context->suspects, path);
}

bool explainer_trusts(const struct explainer *explainer, const char *path)
{
	const struct difference *found = explainer_find(explainer, path);

	return !found ||
	       explainer->items[found - explainer->context->comparison->differences].explained;
}

bool explainer_vouches(const struct explainer *explainer, const char *path)
{
	const struct difference *found = explainer_find(explainer, path);

	return found &&
	       explainer->items[found - explainer->context->comparison->differences].explained;
}

bool explainer_exists(const struct explainer *explainer, const char *path)
{
	int fd = root_open_stepwise(explainer->context->root_fd, path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

char *link_resolve(const char *path, const char *target)
{
	const char *slash = strrchr(path, '/');
	char *full, *out;

	if (!target)
		return NULL;
	if ((target[0] == '/' ? asprintf(&full, "%s", target)
			      : asprintf(&full, "%.*s/%s", (int)(slash - path), path, target)) < 0)
		return NULL;
	out = full;
	for (char *in = full; *in;) {
		size_t length;

		while (*in == '/')
			in++;
		length = strcspn(in, "/");
		if (length == 2 && in[0] == '.' && in[1] == '.') {
			while (out > full && *--out != '/')
				;
		} else if (length > 0 && !(length == 1 && in[0] == '.')) {
			*out++ = '/';
			memmove(out, in, length);
			out += length;
		}
		in += length;
	}
	*out = '\0';
	return full;
}

#define CONTENT_ONLY (ATTRIBUTE_DIGEST | ATTRIBUTE_SIZE | ATTRIBUTE_LINK | ATTRIBUTE_BEGINNING)

/* Whether owner and mode are what a first boot gives a file of its own. */
static bool is_plain(const struct difference *difference, const struct rule *rule)
{
	const struct entry *actual = &difference->actual;
	unsigned allowed = CONTENT_ONLY;

	if (rule->flags & RULE_PUBLIC && actual->mode == 0644)
		allowed |= ATTRIBUTE_MODE;
	if (rule->flags & RULE_OWNER || actual->type == ENTRY_LINK)
		return true;
	if (difference->kind == DIFFERENCE_CHANGED && difference->attributes & ~allowed)
		return false;
	if (actual->mode & (S_ISUID | S_ISGID | S_IWOTH) || actual->uid != 0 ||
	    actual->xattrs[XATTR_CAPABILITY].data)
		return false;
	return actual->type == ENTRY_DIRECTORY || !(actual->mode & 0111) ||
	       rule->flags & RULE_PROGRAM;
}

static bool applies(const struct rule *rule, const struct difference *difference)
{
	if (difference->kind == DIFFERENCE_MISSING)
		return rule->flags & RULE_MISSING && glob_match(rule->glob, difference->path);
	if (difference->kind == DIFFERENCE_CHANGED && !(rule->flags & RULE_CHANGED))
		return false;
	if (rule->flags & RULE_LINK
		    ? difference->actual.type != ENTRY_LINK
		    : difference->actual.type == ENTRY_LINK && rule->explain != explain_package)
		return false;
	return glob_match(rule->glob, difference->path) && is_plain(difference, rule);
}

static int ask(struct explainer *explainer, bool late)
{
	const struct comparison *comparison = explainer->context->comparison;

	for (size_t i = 0; i < comparison->count; i++) {
		const struct difference *difference = &comparison->differences[i];
		struct explanation *item = &explainer->items[i];

		if (difference->kind == DIFFERENCE_PROBLEM)
			continue;
		for (size_t k = 0; k < ELEMENTS(rules) && !item->explained; k++) {
			const struct rule *rule = &rules[k];

			if (!(rule->flags & RULE_LATE) != late && applies(rule, difference) &&
			    rule->explain(explainer, difference, rule->text, item) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

/* Notes at each directory above the path that something below it is, or is not, explained. */
static int mark_above(json_t *marks, const char *path, bool explained)
{
	_cleanup_free_ char *above = strdup(path);
	char *slash;

	if (!above)
		return -ENOMEM;
	while ((slash = strrchr(above, '/')) && slash > above) {
		json_t *mark;

		*slash = '\0';
		mark = json_object_get(marks, above);
		if (mark && (explained || json_is_false(mark)))
			break;
		if (json_object_set_new_nocheck(marks, above, json_boolean(explained)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool is_new_directory(const struct difference *difference)
{
	return difference->kind == DIFFERENCE_UNEXPECTED &&
	       difference->actual.type == ENTRY_DIRECTORY;
}

/* A new directory is what is in it. */
static int ask_directories(struct explainer *explainer)
{
	const struct comparison *comparison = explainer->context->comparison;
	_cleanup_json_ json_t *marks = json_object();
	int r = marks ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < comparison->count; i++)
		if (explainer->items[i].explained || !is_new_directory(&comparison->differences[i]))
			r = mark_above(marks, comparison->differences[i].path,
				       explainer->items[i].explained);
	for (size_t i = 0; r >= 0 && i < comparison->count; i++) {
		const struct difference *difference = &comparison->differences[i];
		const struct entry *actual = &difference->actual;

		if (explainer->items[i].explained || !is_new_directory(difference) ||
		    actual->mode & (S_ISUID | S_IWOTH))
			continue;
		if (json_is_true(json_object_get(marks, difference->path)))
			r = explain_as(&explainer->items[i], SEVERITY_INFO,
				       "all that is in the directory is explained");
	}
	return r < 0 ? r : 0;
}

int explanations_make(const struct check_context *context, const struct provenance *provenance,
		      struct explanations *ret)
{
	_cleanup_(installed_free_p) struct installed *installed = NULL;
	struct explainer explainer = {.context = context, .provenance = provenance};
	size_t count = context->comparison->count;
	int r;

	ret->items = calloc(count ? count : 1, sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	ret->count = count;
	if (count == 0)
		return 0;
	explainer.items = ret->items;
	r = installed_read(&explainer);
	installed = explainer.installed;
	if (r == 0)
		r = ask(&explainer, false);
	/* A link may lead to another one. */
	for (unsigned pass = 0; r == 0 && pass < 2; pass++)
		r = ask(&explainer, true);
	return r < 0 ? r : ask_directories(&explainer);
}
