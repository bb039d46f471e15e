# SPDX-License-Identifier: Apache-2.0
# The fleet page: TypeScript to ES modules, and all its files into one table in C.
#
#   TSC  the TypeScript compiler (Debian's node-typescript)       default: tsc

TSC ?= tsc
MAKEFILES_OWN += dashboard/assets.mk

DASHBOARD_SOURCES := $(sort $(wildcard dashboard/src/*.ts))
DASHBOARD_MODULES = $(patsubst dashboard/src/%.ts,$(BUILD)/dashboard/%.js,$(DASHBOARD_SOURCES))
DASHBOARD_FILES = dashboard/index.html dashboard/icon.svg $(sort $(wildcard dashboard/*.css)) \
	$(DASHBOARD_MODULES)
DASHBOARD_OBJS = $(BUILD)/dashboard/assets.o

# Changes when a file is added or removed. One run of tsc (&: below) makes every module.
$(BUILD)/dashboard/.files: FORCE
	@mkdir -p $(@D)
	@echo '$(TSC) $(DASHBOARD_FILES)' | cmp -s - $@ || echo '$(TSC) $(DASHBOARD_FILES)' >$@

$(DASHBOARD_MODULES) &: $(DASHBOARD_SOURCES) dashboard/tsconfig.json $(BUILD)/dashboard/.files
	$(say) TSC dashboard/src
	$(Q)rm -f $(BUILD)/dashboard/*.js
	$(Q)$(TSC) --project dashboard --outDir $(BUILD)/dashboard

$(BUILD)/dashboard/assets.c: $(DASHBOARD_FILES) $(BUILD)/dashboard/.files dashboard/embed
	$(say) EMBED $@
	$(Q)dashboard/embed $@ $(DASHBOARD_FILES)

## dashboard: build only the fleet page
dashboard: $(BUILD)/dashboard/assets.c
.PHONY: dashboard
