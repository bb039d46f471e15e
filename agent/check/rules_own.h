/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of rules/, in the program: nobody can take them away or change them alone. */
#pragma once

extern const char rules_own[]; /* their text */
