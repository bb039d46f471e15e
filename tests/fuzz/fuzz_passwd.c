/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of passwd(5) and its sisters from a hostile disk. */
#include "check/passwd.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* Whether the piece lies in the text, or is none. */
static void require_inside(struct span piece, struct span whole)
{
	require(piece.size == 0 ||
		(piece.text >= whole.text && piece.text + piece.size <= whole.text + whole.size));
}

static void fuzz_line(struct span line, struct span whole)
{
	struct passwd_line account;
	struct shadow_line shadow;
	struct group_line group;

	if (passwd_parse(line, &account)) {
		require_inside(account.name, whole);
		require_inside(account.shell, whole);
		require_inside(account.home, whole);
		(void)shell_is_login(account.shell);
		(void)password_is_weak(account.password);
		/* Nothing imitates itself. */
		require(!account_imitates(account.name) ||
			!span_is(account.name, account_imitates(account.name)));
	}
	if (shadow_parse(line, &shadow)) {
		require_inside(shadow.name, whole);
		require(!password_is_usable(shadow.password) || shadow.password.size > 2);
	}
	if (group_parse(line, &group))
		require_inside(group.members, whole);
	if (gshadow_parse(line, &group))
		require(!group.has_gid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span whole = {(const char *)data, size}, rest = whole, line;

	while (span_line(&rest, &line)) {
		require_inside(line, whole);
		fuzz_line(line, whole);
	}
	return 0;
}
