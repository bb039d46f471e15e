/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "log.h"
#include "service.h"
#include "text.h"
#include "token.h"

#include <string.h>

static int usage(const char *what)
{
	log_error("%s", what);
	return EXIT_USAGE;
}

static int report(int r, const struct error *error)
{
	if (r >= 0)
		return EXIT_PASS;
	(void)log_error_errno(r, "%s", error_text(error, r));
	return EXIT_UNCHECKED;
}

static int add(struct db *db, const struct options *options)
{
	_cleanup_error_ struct error error = {0};
	_cleanup_(token_free_text_p) char *token = NULL;
	int r = token_generate(&token, &error);

	if (r >= 0)
		r = token_add(db, token, options->names.items[0], role_from_string(options->role),
			      &error);
	if (r >= 0)
		(void)printf("%s\n", token);
	return report(r, &error);
}

static int print_token(const struct token *token, void *data _unused_)
{
	const char *role = role_to_string(token->role);
	char created[21], revoked[21] = "-";
	int r = time_format(token->created_at / 1000, created);

	if (r >= 0 && token->revoked_at)
		r = time_format(token->revoked_at / 1000, revoked);
	if (r < 0)
		return r;
	(void)printf("%-24s  %-8s  %-20s  %s\n", token->name, role ? role : "?", created, revoked);
	return 0;
}

static int list(struct db *db, const struct options *options _unused_)
{
	_cleanup_error_ struct error error = {0};

	(void)printf("%-24s  %-8s  %-20s  %s\n", "NAME", "ROLE", "MADE", "REVOKED");
	return report(token_list(db, print_token, NULL, &error), &error);
}

static int withdraw(struct db *db, const struct options *options)
{
	_cleanup_error_ struct error error = {0};

	return report(token_revoke(db, options->names.items[0], &error), &error);
}

static const struct {
	const char *name;
	bool needs_name;
	int (*run)(struct db *db, const struct options *options);
} actions[] = {
	{"add", true, add},
	{"list", false, list},
	{"revoke", true, withdraw},
};

static int run(size_t action, const struct options *options)
{
	_cleanup_error_ struct error error = {0};
	_cleanup_free_ char *store = data_path(options->data, DATA_STORE);
	_cleanup_(db_free_p) struct db *db = NULL;
	int r = store ? store_open_single(store, &db, &error) : -ENOMEM;

	return r < 0 ? report(r, &error) : actions[action].run(db, options);
}

int cmd_token(void *data, int n_arguments _unused_, char **arguments)
{
	const struct options *options = data;
	size_t action = 0;

	while (action < ELEMENTS(actions) && strcmp(actions[action].name, arguments[0]) != 0)
		action++;
	if (action == ELEMENTS(actions))
		return usage("expected token add, token list or token revoke");
	if (!options_need_data(options))
		return EXIT_USAGE;
	if (actions[action].needs_name &&
	    (options->names.count != 1 || !token_name_is_valid(options->names.items[0])))
		return usage("--name is needed once: 1 to 64 letters, digits and . _ @ -");
	if (actions[action].run == add && (!options->role || role_from_string(options->role) < 0))
		return usage("--role is needed: agent, viewer, operator or admin");
	return run(action, options);
}
