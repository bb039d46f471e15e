# SPDX-License-Identifier: Apache-2.0
# Tests, fuzzers and lints. tests/run decides what `check` is; here is how its pieces are built.

## check: every test and lint, with gcc, with clang and under the sanitizers
check:
	tests/run all

## tests: build the unit tests and the fuzzers' corpus replays
tests: $(UNIT_TESTS) $(REPLAYS)

.SECONDEXPANSION:
$(UNIT_TESTS): $(BUILD)/%: $(BUILD)/obj/%.o $(call objects,$(UNIT_HELPERS)) \
		$$(archives_$$(call part,%))
	@mkdir -p $(@D)
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group \
		$(filter %.a,$^) -Wl,--end-group $(LDLIBS_$(call part,$*)) -lcmocka

# The same fuzzers without libFuzzer: tests/fuzz/main.c feeds them the files of their corpus.
$(REPLAYS): $(BUILD)/%: $(BUILD)/obj/%.o $(BUILD)/obj/tests/fuzz/main.o $$(archives_$$(call part,%))
	@mkdir -p $(@D)
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group \
		$(filter %.a,$^) -Wl,--end-group $(LDLIBS_$(call part,$*))

## fuzz: build each fuzzer with libFuzzer and the sanitizers and run it FUZZ_SECONDS
fuzz:
	@test -n '$(FUZZERS)' || { echo 'make fuzz: no tests/fuzz/fuzz_*.c' >&2; exit 1; }
	+$(MAKE) BUILD=$(BUILD)/fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined fuzzers
	FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run $(BUILD)/fuzz $(FUZZERS)

LIBFUZZERS := $(addprefix $(BUILD)/libfuzzer/,$(FUZZERS))
fuzzers: $(LIBFUZZERS)
$(LIBFUZZERS): $(BUILD)/libfuzzer/%: $(BUILD)/obj/tests/fuzz/%.o $$(archives_$$(call part,%))
	@mkdir -p $(@D)
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) \
		-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LDLIBS_$(call part,$*))

## format: rewrite the C files in the house's format
format:
	clang-format -i $(C_FILES)

# For the lints, so that they see the very files and flags of the build.
print-%:
	@echo '$($*)'

## compile-commands: write compile_commands.json into BUILD, for linters and editors
compile-commands: $(BUILD)/compile_commands.json
quoted = $(subst ",\",$(subst \,\\,$(1)))
command = $(CC) $(ALL_CPPFLAGS) $(INCLUDES_$(call part,$(1))) $(CFLAGS_$(call part,$(1))) \
	$(ALL_CFLAGS) -c $(1)
define compile_command
{"directory":"$(CURDIR)","file":"$(1)","command":"$(call quoted,$(call command,$(1)))"}

endef
$(BUILD)/compile_commands.json: FORCE
	$(shell mkdir -p $(@D))$(file >$@,[$(subst } {,}$(comma){,$(strip $(foreach file,$(C_SOURCES),$(call \
		compile_command,$(file)))))])
comma := ,

include tests/vm/rules.mk

.PHONY: check tests fuzz fuzzers format compile-commands
