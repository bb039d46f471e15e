# SPDX-License-Identifier: Apache-2.0
# What is built from what.

MAKEFILES_OWN := Makefile $(wildcard mk/*.mk) tests/vm/rules.mk
BUILD_ABS = $(abspath $(BUILD))

SOURCES_core := $(sort $(wildcard core/*.c))
SOURCES_agent := $(sort $(filter-out agent/main.c,$(shell find agent -name '*.c')))
SOURCES_collector := $(sort $(filter-out collector/main.c,$(shell find collector -name '*.c')))

# $(call objects,SOURCES)
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

LIBS := $(BUILD)/libcore.a $(BUILD)/libagent.a $(BUILD)/libcollector.a
PROGRAMS := $(BUILD)/goldseal $(BUILD)/goldseal-collector

MAN_SOURCES := $(sort $(wildcard docs/man/*.scd))
MAN_PAGES := $(patsubst docs/man/%.scd,$(BUILD)/man/%,$(MAN_SOURCES)) $(BUILD)/man/goldseal-checks.7

UNIT_SOURCES := $(sort $(wildcard tests/unit/test_*.c))
UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(UNIT_SOURCES))
UNIT_HELPERS := $(sort $(filter-out $(UNIT_SOURCES),$(wildcard tests/unit/*.c)))
FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(FUZZ_SOURCES))
REPLAYS := $(addprefix $(BUILD)/tests/fuzz/,$(FUZZERS))

C_FILES := $(sort $(shell find include core agent collector tests demo tools -name '*.[ch]' 2>/dev/null))
C_SOURCES := $(filter %.c,$(C_FILES))
# Tests are compiled under every warning; clang-tidy's reading is for what ships.
TIDY_SOURCES := $(sort $(filter core/% agent/% collector/%,$(C_SOURCES)))
