/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check.h"

#include "catalog.h"
#include "check/account.h"
#include "check/cloudinit.h"
#include "check/fold.h"
#include "check/kernel.h"
#include "check/miners.h"
#include "check/mounts.h"
#include "check/network.h"
#include "check/package_sources.h"
#include "check/packages.h"
#include "check/pam.h"
#include "check/polkit.h"
#include "check/processes.h"
#include "check/runtime_units.h"
#include "check/secrets.h"
#include "check/services.h"
#include "check/ssh_keys.h"
#include "check/sshd.h"
#include "check/sudo.h"
#include "check/tree.h"
#include "check/trust_store.h"
#include "check/unit_bus.h"
#include "check/waiver.h"

#include <string.h>

#define ALL (SITUATION_IMAGE | SITUATION_AUDIT | SITUATION_BOOT)

/* The first says of each path that it differs; the others say what is wrong with some of them. */
static const struct check checks[] = {
	{"tree", "what differs, grouped by the mechanism that it belongs to", ALL, 0,
	 "*.altered *.changed *.missing *.removed *.unexpected *.unowned", tree_check},
	{"services", "what starts by itself, as whom and when, and what is bad about it", ALL, 0,
	 "*.download-and-run *.connects-shell *.starts-* *.writable-program at.job cron.*-account "
	 "preload.environment service.* trigger.makes-autostart",
	 services_check},
	{"miners", "miners, and what your own content rules look for, by content", ALL, 0,
	 "miner.* file.rule coverage.rules", miners_check},
	{"secrets", "private keys, tokens and passwords, by content", ALL, 0, "secret.*",
	 secrets_check},
	{"cloud-init", "what the instance was told to do at first boot", SITUATION_BOOT, 0,
	 "cloudinit.*", cloudinit_check},
	{"accounts", "who can log in, and with which rights", ALL, 0, "account.*", account_check},
	{"ssh-keys", "keys that open an account over SSH", ALL, 0, "sshkey.*", ssh_keys_check},
	{"sshd", "settings of the SSH server and client", ALL, 0, "sshd.*", sshd_check},
	{"sudo", "rules of sudo and doas, sudo's plug-ins", ALL, 0, "sudo.*", sudo_check},
	{"polkit", "rules of polkit that answer yes", ALL, 0, "polkit.*", polkit_check},
	{"pam", "what PAM lets through, runs or writes down", ALL, 0, "pam.*", pam_check},
	{"trust-store", "certificates that are trusted and come from nowhere known", ALL, 0, "ca.*",
	 trust_store_check},
	{"package-sources", "where packages come from, and who may sign them", ALL, 0,
	 "aptsource.*", package_sources_check},
	{"network", "who waits for connections, reads packets, or is worked through a socket",
	 SITUATION_BOOT, NEEDS_LIVE, "network.*", network_check},
	{"processes", "what runs: from where, under which name, with which libraries",
	 SITUATION_BOOT, NEEDS_LIVE, "process.* miner.* preload.*", processes_check},
	{"mounts", "what is mounted over programs, settings, logs and processes", SITUATION_BOOT,
	 NEEDS_LIVE, "hidden.mount binary.temporary", mounts_check},
	{"kernel", "hidden processes and modules, taint, programs that the kernel starts",
	 SITUATION_BOOT, NEEDS_LIVE, "hidden.process kmod.* trigger.helper defense.kernel",
	 kernel_check},
	{"units", "units and udev rules that exist until the next boot alone", SITUATION_BOOT,
	 NEEDS_LIVE, "service.runtime service.transient udev.runtime", runtime_units_check},
	{"systemd", "units that systemd has loaded, as it says itself", SITUATION_BOOT, NEEDS_LIVE,
	 "service.runtime service.stale", systemd_check},
};

const struct check *checks_list(size_t *ret_count)
{
	*ret_count = ELEMENTS(checks);
	return checks;
}

const struct check *checks_find(const char *name)
{
	for (size_t i = 0; i < ELEMENTS(checks); i++)
		if (strcmp(checks[i].name, name) == 0)
			return &checks[i];
	return NULL;
}

int checks_check_policy(const struct policy *policy, struct error *error)
{
	const char *const *off;
	size_t count;

	off = policy_list_off(policy, &count);
	for (size_t i = 0; i < count; i++) {
		const struct check *check = checks_find(off[i]);

		if (!check)
			return error_set(error, -EINVAL,
					 "the policy turns the check \"%s\" off, which does not "
					 "exist; `goldseal checks` lists them",
					 off[i]);
		if (check == &checks[0])
			return error_set(error, -EINVAL,
					 "the policy turns the check \"%s\" off, without which "
					 "nothing is checked",
					 off[i]);
	}
	return 0;
}

/* Why the check cannot run here, or NULL. */
static const char *why_not(const struct check *check, const struct check_context *context)
{
	/* Without the first there would be nothing that the others belong to. */
	if (check != &checks[0] && policy_is_off(context->policy, check->name))
		return "off";
	if (check->needs & NEEDS_LIVE && !context->live)
		return "not run: it needs the running system";
	return NULL;
}

static int take_failure(const struct check *check, const char *reason, struct findings *ret)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r = finding_start(&finding, "coverage.check-failed");

	if (r < 0)
		return r;
	if (asprintf(&finding.title, "The check %s did not come to its end: %s", check->name,
		     reason) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	return findings_take(ret, &finding);
}

static int note_failure(const struct check *check, const char *reason, struct coverage *coverage,
			struct findings *ret)
{
	_cleanup_free_ char *state = NULL;
	int r;

	if (asprintf(&state, "failed: %s", reason) < 0) {
		state = NULL;
		return -ENOMEM;
	}
	r = coverage_set_check(coverage, check->name, state);
	return r < 0 ? r : take_failure(check, reason, ret);
}

static int note_absence(const struct check *check, const char *reason, struct coverage *coverage)
{
	_cleanup_free_ char *state = NULL;

	if (asprintf(&state, "not run: %s", reason) < 0) {
		state = NULL;
		return -ENOMEM;
	}
	return coverage_set_check(coverage, check->name, state);
}

static int run_one(const struct check *check, const struct check_context *context,
		   struct coverage *coverage, struct findings *ret)
{
	_cleanup_error_ struct error error = {};
	const char *reason;
	int r;

	if (!(check->situations & context->situation))
		return 0;
	reason = why_not(check, context);
	if (reason)
		return coverage_set_check(coverage, check->name, reason);
	r = check->run(context, ret, &error);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return note_failure(check, error_text(&error, r), coverage, ret);
	if (r > 0)
		return note_absence(check, error_text(&error, -ENOENT), coverage);
	return coverage_set_check(coverage, check->name, "ran");
}

static int set_packages(int root_fd, struct findings *findings)
{
	_cleanup_free_ struct package_query *queries = NULL;
	int r;

	queries = calloc(findings->count ? findings->count : 1, sizeof(*queries));
	if (!queries)
		return -ENOMEM;
	for (size_t i = 0; i < findings->count; i++)
		queries[i].path = findings->items[i].path ? findings->items[i].path : "";
	r = package_find_owners(root_fd, queries, findings->count);
	for (size_t i = 0; i < findings->count; i++)
		findings->items[i].package = queries[i].package;
	/* Not every root has a dpkg database; the package is a help for the reader alone. */
	return r == -ENOMEM ? r : 0;
}

/* From the database that is there already. */
static int set_loaded_packages(const struct packages *packages, struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->items[i];
		struct package_file file;

		if (!finding->path || !packages_find(packages, finding->path, &file))
			continue;
		free(finding->package);
		finding->package = strdup(file.package);
		if (!finding->package)
			return -ENOMEM;
	}
	return 0;
}

static int run_all(struct check_context *context, struct coverage *coverage, struct findings *ret)
{
	size_t n_plain;
	int r = run_one(&checks[0], context, coverage, ret);

	n_plain = ret->count;
	for (size_t i = 1; r == 0 && i < ELEMENTS(checks); i++)
		r = run_one(&checks[i], context, coverage, ret);
	return r < 0 ? r : findings_fold(ret, n_plain);
}

/* What was told and what it explains live only as long as the checks run. */
static int run_explained(struct check_context *context, struct coverage *coverage,
			 struct findings *ret)
{
	_cleanup_(provenance_free_p) struct provenance *provenance = NULL;
	_cleanup_explanations_ struct explanations explanations = {};
	int r = provenance_read(context->root_fd, &context->suspects, &provenance);

	if (r == 0)
		r = explanations_make(context, provenance, &explanations);
	if (r < 0)
		return r;
	explanations_clear(&explanations, context->comparison, &context->suspects);
	context->provenance = provenance;
	context->explanations = &explanations;
	r = run_all(context, coverage, ret);
	context->provenance = NULL;
	context->explanations = NULL;
	return r;
}

int checks_run(struct check_context *context, struct coverage *coverage, struct findings *ret)
{
	int r = suspects_init(context->comparison, &context->suspects);

	if (r == 0)
		r = context->situation == SITUATION_BOOT ? run_explained(context, coverage, ret)
							 : run_all(context, coverage, ret);
	if (r == 0)
		r = context->packages ? set_loaded_packages(context->packages, ret)
				      : set_packages(context->root_fd, ret);
	if (r == 0)
		r = waivers_apply(context->policy, context->now, ret);
	if (r == 0)
		findings_sort(ret);
	suspects_done(&context->suspects);
	return r;
}
