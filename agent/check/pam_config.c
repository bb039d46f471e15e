/* SPDX-License-Identifier: Apache-2.0 */
#include "check/pam_config.h"

#include <string.h>

/* One word, or all between brackets. */
static bool take_control(struct span *rest, struct span *ret)
{
	const char *end;

	*rest = span_trim(*rest);
	if (rest->size == 0 || rest->text[0] != '[')
		return span_word(rest, ret);
	end = memchr(rest->text, ']', rest->size);
	if (!end)
		return false;
	*ret = (struct span){rest->text, (size_t)(end + 1 - rest->text)};
	*rest = span_after(*rest, ret->size);
	return true;
}

bool pam_line_parse(struct span line, bool has_service, struct pam_line *ret)
{
	struct span rest = span_trim(line), service;

	if (rest.size == 0 || rest.text[0] == '#' || rest.text[0] == '@')
		return false;
	if (has_service && !span_word(&rest, &service))
		return false;
	*ret = (struct pam_line){};
	if (!span_word(&rest, &ret->type) || !take_control(&rest, &ret->control) ||
	    !span_word(&rest, &ret->module))
		return false;
	if (ret->type.text[0] == '-')
		ret->type = span_after(ret->type, 1);
	ret->arguments = span_trim(rest);
	return true;
}

struct span pam_module_name(struct span module)
{
	const char *slash = module.size ? memrchr(module.text, '/', module.size) : NULL;

	return slash ? span_after(module, (size_t)(slash + 1 - module.text)) : module;
}

bool pam_control_suffices(struct span control)
{
	return span_is_nocase(control, "sufficient") || span_has_nocase(control, "success=done") ||
	       span_has_nocase(control, "success=ok") || span_has_nocase(control, "success=end") ||
	       span_has_nocase(control, "default=done");
}

bool pam_has_argument(struct span arguments, const char *word)
{
	struct span argument;

	while (span_word(&arguments, &argument))
		if (span_is(argument, word))
			return true;
	return false;
}
