# SPDX-License-Identifier: Apache-2.0
# Installing: a list of MODE:SOURCE:DESTINATION for each of the two packages. uninstall walks the
# same lists, so it removes exactly what install put.

bindir := $(PREFIX)/bin
libdir := $(PREFIX)/lib
mandir := $(PREFIX)/share/man
docdir = $(PREFIX)/share/doc/$(PACKAGE_$(1))
PACKAGE_agent := goldseal
PACKAGE_collector := goldseal-collector

# $(call put,MODE,FILES,DIRECTORY)
put = $(foreach file,$(2),$(1):$(file):$(3)/$(notdir $(file)))

# Files of units/ by their kind; those with "collector" in their name go with the collector.
UNIT_FILES := $(sort $(shell find units -type f 2>/dev/null))
UNIT_KINDS := %.service %.socket %.timer %.path %.target %.mount %.slice %.preset
UNITS_BUILT := $(addprefix $(BUILD)/,$(UNIT_FILES))
unit_directory = $(or \
	$(if $(filter %.preset,$(1)),$(libdir)/systemd/system-preset), \
	$(if $(filter $(UNIT_KINDS),$(1)),$(libdir)/systemd/system), \
	$(if $(filter %.catalog,$(1)),$(libdir)/systemd/catalog), \
	$(if $(findstring sysusers,$(1)),$(libdir)/sysusers.d), \
	$(if $(findstring tmpfiles,$(1)),$(libdir)/tmpfiles.d), \
	$(error $(1): mk/install.mk does not know where a file of this kind is installed))
# units/sysusers.d/x.conf and units/x.sysusers are both installed as x.conf.
unit_name = $(patsubst %.sysusers,%.conf,$(patsubst %.tmpfiles,%.conf,$(notdir $(1))))
# A drop-in keeps its directory: x.service.d/y.conf.
put_unit = $(if $(findstring .d/,$(filter-out units/sysusers.d/% units/tmpfiles.d/%,$(1))), \
	0644:$(BUILD)/$(1):$(libdir)/systemd/system/$(1:units/%=%), \
	0644:$(BUILD)/$(1):$(call unit_directory,$(1))/$(call unit_name,$(1)))
units_of = $(foreach unit,$(1),$(call put_unit,$(unit)))

UNITS_collector := $(foreach unit,$(UNIT_FILES),$(if $(findstring collector,$(unit)),$(unit)))
UNITS_agent := $(filter-out $(UNITS_collector),$(UNIT_FILES))
MAN_collector := $(filter $(BUILD)/man/goldseal-collector%,$(MAN_PAGES))
MAN_agent := $(filter-out $(MAN_collector),$(MAN_PAGES))
put_man = $(foreach page,$(1),0644:$(page):$(mandir)/man$(patsubst .%,%,$(suffix $(page)))/$(notdir \
	$(page)))
DOCS := README.md CHANGELOG.md $(sort $(wildcard docs/*.md))
CLOUD_INIT := $(sort $(shell find cloud-init -type f 2>/dev/null))

INSTALL_agent = $(call put,0755,$(BUILD)/goldseal,$(bindir)) $(call put_man,$(MAN_agent)) \
	$(call units_of,$(UNITS_agent)) $(call put,0644,$(DOCS) LICENSE,$(call docdir,agent)) \
	$(foreach file,$(CLOUD_INIT),0644:$(file):$(call docdir,agent)/$(file))
INSTALL_collector = $(call put,0755,$(BUILD)/goldseal-collector,$(bindir)) \
	$(call put_man,$(MAN_collector)) $(call units_of,$(UNITS_collector)) \
	$(call put,0644,LICENSE,$(call docdir,collector))

# Kept, so that an installation again need not make them.
.SECONDARY: $(UNITS_BUILT)

# The units name programs in /usr/bin; they follow PREFIX.
$(BUILD)/units/%: units/% $(BUILD)/.prefix
	@mkdir -p $(@D)
	$(Q)sed 's,/usr/bin/goldseal,$(bindir)/goldseal,g' $< >$@

$(BUILD)/.prefix: FORCE
	$(call stamp,$(PREFIX))

words_of = $(subst :, ,$(1))
define install_one
	$(Q)install -D -m $(word 1,$(call words_of,$(1))) -- $(word 2,$(call words_of,$(1))) \
		'$(DESTDIR)$(word 3,$(call words_of,$(1)))'

endef
define uninstall_one
	$(Q)rm -f -- '$(DESTDIR)$(word 3,$(call words_of,$(1)))'

endef

install-%: all $(UNITS_BUILT)
	$(foreach one,$(INSTALL_$*),$(call install_one,$(one)))

## install: install both programs, units, man pages and documents (PREFIX, DESTDIR)
install: install-agent install-collector

## uninstall: remove what install put there; configuration and data stay
uninstall:
	$(foreach one,$(INSTALL_agent) $(INSTALL_collector),$(call uninstall_one,$(one)))
	$(Q)for dir in '$(call docdir,agent)' '$(call docdir,collector)' \
		$(sort $(foreach one,$(INSTALL_agent) $(INSTALL_collector),$(filter $(call \
		docdir,agent)/% %.service.d/,$(dir $(lastword $(call words_of,$(one))))))); do \
		[ ! -d "$(DESTDIR)$$dir" ] || find "$(DESTDIR)$$dir" -depth -type d -empty -delete; done

## deb: build Debian packages of the agent and of the collector into BUILD/deb
deb: all
	+tools/build-deb $(BUILD_ABS) $(VERSION)

.PHONY: install uninstall deb
