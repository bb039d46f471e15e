/* SPDX-License-Identifier: Apache-2.0 */
#include "check/sshd_config.h"

#include <string.h>

bool ssh_argument_next(struct span *arguments, struct span *ret)
{
	/* An argument that begins with '#' ends the line, since OpenSSH 8.7. */
	return span_quoted(arguments, ret) && ret->size > 0 && ret->text[0] != '#';
}

bool ssh_directive_parse(struct span line, struct ssh_directive *ret)
{
	struct span rest = span_trim(line), arguments;
	size_t size = 0;

	if (rest.size == 0 || rest.text[0] == '#')
		return false;
	/* The keyword may be quoted too. */
	if (rest.text[0] == '"')
		rest = span_after(rest, 1);
	while (size < rest.size && !strchr(" \t=\"", rest.text[size]))
		size++;
	*ret = (struct ssh_directive){.keyword = {rest.text, size}};
	rest = span_after(rest, size);
	if (rest.size > 0 && rest.text[0] == '"')
		rest = span_after(rest, 1);
	rest = span_trim(rest);
	if (rest.size > 0 && rest.text[0] == '=')
		rest = span_trim(span_after(rest, 1));
	ret->arguments = arguments = rest;
	if (!ssh_argument_next(&arguments, &ret->first))
		ret->first = (struct span){};
	return ret->keyword.size > 0;
}
