# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What a program's own help says it has. Sourced by the contracts.

# verbs_of PROGRAM: the verbs of its help, one a line.
verbs_of() {
	"$1" --help | awk '/^[^ ]/ { verbs = /^(Verbs|Commands):/ } verbs && /^  [a-z]/ { print $1 }' |
		sort -u
}

# options_in: the long options in the text on standard input, one a line.
options_in() {
	grep -oE '(^|[^A-Za-z0-9-])--[a-z][a-z0-9-]*' | sed 's/^[^-]*//' | sort -u
}

# options_of PROGRAM: the long options of its help and of its verbs' help.
options_of() {
	local verb
	{
		"$1" --help
		for verb in $(verbs_of "$1"); do
			"$1" "$verb" --help
		done
	} | options_in
}
