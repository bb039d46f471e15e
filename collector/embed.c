/* SPDX-License-Identifier: Apache-2.0 */
#include "embed.h"

#define EMBED(symbol, path)                                  \
	__asm__(".section .rodata\n"                         \
		".balign 16\n"                               \
		".global " #symbol "\n"                      \
		".type " #symbol ", @object\n" #symbol ":\n" \
		".incbin \"" path "\"\n"                     \
		".byte 0\n"                                  \
		".size " #symbol ", . - " #symbol "\n"       \
		".previous\n")

EMBED(embedded_schema_1, "collector/sql/0001.sql");
EMBED(embedded_openapi, "docs/openapi.json");
