/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"

#include "config.h"
#include "deliver/delivery.h"
#include "log.h"
#include "text.h"

#include <string.h>

struct telling {
	bool quiet;
	size_t told;
};

/* The receipt was parsed: its members are strings. */
static void print_escaped(json_t *reason, const char *member)
{
	const char *text = json_string_value(json_object_get(reason, member));
	_cleanup_free_ char *escaped = text_escape(text, strlen(text));

	fputs(escaped ? escaped : "(out of memory)", stdout);
}

static void print_reason(json_t *reason)
{
	printf("  ");
	print_escaped(reason, "stage");
	printf(" ");
	print_escaped(reason, "code");
	printf(": ");
	print_escaped(reason, "text");
	printf("\n");
}

/* "delivered 0193...: fail (T0)" and the collector's reasons. */
static void print_receipt(const struct receipt *receipt)
{
	printf("delivered %s: %s (%s)%s\n", receipt->id, verdict_to_string(receipt->verdict),
	       receipt->tier, receipt->duplicate ? ", known already" : "");
	for (size_t i = 0; i < json_array_size(receipt->reasons); i++)
		print_reason(json_array_get(receipt->reasons, i));
}

static void tell(const struct delivery_outcome *outcome, void *user)
{
	struct telling *telling = user;

	telling->told++;
	if (outcome->receipt) {
		if (!telling->quiet)
			print_receipt(outcome->receipt);
		return;
	}
	log_error("%s: %s: %s", outcome->name,
		  outcome->quarantined ? "can never be delivered, moved to spool/broken"
				       : "not delivered, kept for later",
		  outcome->reason);
}

int deliver_spooled(const struct config *config, bool quiet)
{
	_cleanup_error_ struct error error = {0};
	struct telling telling = {.quiet = quiet};
	const struct delivery_watcher watcher = {.tell = tell, .user = &telling};
	size_t failed;
	int r;

	r = delivery_run(config, &watcher, &failed, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_UNCHECKED;
	}
	if (failed > telling.told || (failed > 0 && telling.told > 1))
		log_error("%zu reports were not delivered", failed);
	else if (telling.told == 0 && !quiet)
		printf("nothing to deliver\n");
	return failed > 0 ? EXIT_UNCHECKED : EXIT_PASS;
}

int cmd_deliver(void *options, int n_arguments _unused_, char **arguments _unused_)
{
	const struct agent_options *given = options;
	_cleanup_(config_free_p) struct config *config = NULL;
	_cleanup_error_ struct error error = {0};
	int r;

	r = config_load(given->config, &config, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_UNCHECKED;
	}
	return deliver_spooled(config, given->quiet);
}
