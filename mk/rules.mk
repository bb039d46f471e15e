# SPDX-License-Identifier: Apache-2.0
# How it is built.

ifeq ($(V),1)
Q :=
say := @:
else
Q := @
say := @printf '  %-8s%s\n'
endif

# $(call part,FILE): core, agent, collector, or `all` for tests. A test is of the part that has the
# noun it is named after; a name that no part has, or that says so, gets them all.
noun = $(patsubst test_%,%,$(patsubst fuzz_%,%,$(basename $(notdir $(1)))))
part = $(or $(filter core agent collector,$(firstword $(subst /, ,$(1)))), \
	$(call noun_part,$(call noun,$(1))))
noun_part = $(or $(if $(filter %/$(1).c,$(SOURCES_core)),core), \
	$(if $(filter %/$(1).c,$(SOURCES_agent)),$(if $(filter %/$(1).c,$(SOURCES_collector)),,agent)), \
	$(if $(filter %/$(1).c,$(SOURCES_collector)),$(if $(filter %/$(1).c,$(SOURCES_agent)),,collector)), \
	all)

archives_core = $(BUILD)/libcore.a
archives_agent = $(BUILD)/libagent.a $(BUILD)/libcore.a
archives_collector = $(BUILD)/libcollector.a $(BUILD)/libcore.a
archives_all = $(LIBS)

# A stamp changes only when its text does, so what depends on it is rebuilt only then.
define stamp
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(1))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(1))' >$@
endef

$(BUILD)/.flags: FORCE
	$(call stamp,$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS))

$(BUILD)/.sources-%: FORCE
	$(call stamp,$(SOURCES_$*) $(if $(filter collector,$*),$(DASHBOARD_OBJS)))

$(BUILD)/obj/%.o: %.c $(BUILD)/.flags
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(ALL_CPPFLAGS) $(INCLUDES_$(call part,$<)) $(CFLAGS_$(call part,$<)) $(ALL_CFLAGS) \
		-MMD -MP -c -o $@ $<

# For generated C, such as the dashboard's files.
$(BUILD)/%.o: $(BUILD)/%.c $(BUILD)/.flags
	$(say) CC $<
	$(Q)$(CC) $(ALL_CPPFLAGS) $(INCLUDES_all) $(CFLAGS_all) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# What .incbin takes in, the compiler does not tell.
$(BUILD)/obj/collector/embed.o: $(wildcard collector/sql/*.sql docs/openapi.json)
$(BUILD)/obj/agent/check/rules_own.o: $(wildcard rules/*.yar)

$(BUILD)/libcore.a: $(call objects,$(SOURCES_core)) $(BUILD)/.sources-core
$(BUILD)/libagent.a: $(call objects,$(SOURCES_agent)) $(BUILD)/.sources-agent
$(BUILD)/libcollector.a: $(call objects,$(SOURCES_collector)) $(DASHBOARD_OBJS) \
	$(BUILD)/.sources-collector

# Made anew each time: ar alone would keep the members of removed files.
$(LIBS):
	$(say) AR $@
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)

$(BUILD)/goldseal: $(call objects,agent/main.c) $(archives_agent)
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LDLIBS_agent)

$(BUILD)/goldseal-collector: $(call objects,collector/main.c) $(archives_collector)
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LDLIBS_collector)

# What the program says of its own checks and codes, so that the page cannot fall behind.
$(BUILD)/man/goldseal-checks.7: $(BUILD)/goldseal tools/checks-page
	@mkdir -p $(@D)
	$(say) SCDOC $@
	$(Q)tools/checks-page $(BUILD_ABS)/goldseal >$@.scd
	$(Q)scdoc <$@.scd >$@
	$(Q)rm -f $@.scd

$(BUILD)/man/%: docs/man/%.scd
	@mkdir -p $(@D)
	$(say) SCDOC $@
	$(Q)scdoc <$< >$@

-include $(patsubst %.o,%.d,$(call objects,$(SOURCES_core) $(SOURCES_agent) $(SOURCES_collector) \
	agent/main.c collector/main.c $(UNIT_SOURCES) $(UNIT_HELPERS) $(FUZZ_SOURCES) \
	tests/fuzz/main.c)) $(DASHBOARD_OBJS:.o=.d)
