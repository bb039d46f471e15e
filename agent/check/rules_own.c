/* SPDX-License-Identifier: Apache-2.0 */
#include "check/rules_own.h"

__asm__(".section .rodata\n"
	".global rules_own\n"
	".type rules_own, @object\n"
	"rules_own:\n"
	".incbin \"rules/miner.yar\"\n"
	".byte 0\n"
	".size rules_own, . - rules_own\n"
	".previous\n");
