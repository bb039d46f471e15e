# SPDX-License-Identifier: Apache-2.0
# Compiler and linker flags, and the libraries of each part.

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wformat=2 -Wvla -Wundef -Wimplicit-fallthrough

# $(call accepted,FLAG...): those that $(CC) takes.
accepted = $(foreach flag,$(1),$(shell $(CC) -Werror $(flag) -x c -c /dev/null -o /dev/null \
	2>/dev/null && echo $(flag)))

# Expanded at first use and then kept, so `make help` needs neither compiler nor libraries.
once = $(eval $(1) := $(2))$($(1))

HARDENING = $(call once,HARDENING,$(call accepted,-fstack-protector-strong \
	-fstack-clash-protection -fcf-protection))

# Fortify needs optimisation, and the sanitizers' own interceptors replace it.
ifeq ($(SANITIZE)$(filter -O0,$(CFLAGS)),)
FORTIFY := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
endif
ifneq ($(SANITIZE),)
SANITIZER := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

ALL_CFLAGS = -std=gnu17 $(CFLAGS) $(WARNINGS) $(if $(filter 1,$(WERROR)),-Werror) -fPIE \
	$(HARDENING) $(SANITIZER)
ALL_CPPFLAGS = -D_GNU_SOURCE -DGOLDSEAL_VERSION=\"$(VERSION)\" $(FORTIFY) $(CPPFLAGS)
ALL_LDFLAGS = $(LDFLAGS) $(SANITIZER) -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed

PACKAGES_core := libcrypto jansson
# libcurl is loaded when it is needed (agent/deliver/libcurl.h): its headers alone are used.
PACKAGES_agent := $(PACKAGES_core) libsystemd inih yaml-0.1 yara zlib
PACKAGES_collector := $(PACKAGES_core) libmicrohttpd sqlite3 gnutls libsystemd inih
PACKAGES_all := $(sort $(PACKAGES_agent) $(PACKAGES_collector))

# $(call pkg,--cflags|--libs,PACKAGES): stops with advice when one is not installed.
pkg = $(shell pkg-config $(1) $(2) || echo '*missing*')
checked = $(if $(findstring *missing*,$(1)),$(error libraries are missing (see above): \
	./quickstart check or demo installs them, or take the build section of packages.txt),$(1))

CFLAGS_core = $(call once,CFLAGS_core,$(call checked,$(call pkg,--cflags,$(PACKAGES_core))))
CFLAGS_agent = $(call once,CFLAGS_agent,$(call checked,$(call pkg,--cflags,$(PACKAGES_agent))))
CFLAGS_collector = $(call once,CFLAGS_collector,$(call checked,$(call \
	pkg,--cflags,$(PACKAGES_collector))))
CFLAGS_all = $(call once,CFLAGS_all,$(call checked,$(call pkg,--cflags,$(PACKAGES_all))))

LDLIBS_core = $(call once,LDLIBS_core,$(call checked,$(call pkg,--libs,$(PACKAGES_core))))
# -lm: the entropy of what may be a secret
LDLIBS_agent = $(call once,LDLIBS_agent,$(call checked,$(call pkg,--libs,$(PACKAGES_agent))) -lm)
LDLIBS_collector = $(call once,LDLIBS_collector,$(call checked,$(call \
	pkg,--libs,$(PACKAGES_collector))))
LDLIBS_all = $(call once,LDLIBS_all,$(call checked,$(call pkg,--libs,$(PACKAGES_all))) -lm)

INCLUDES_core := -Iinclude
INCLUDES_agent := -Iinclude -Iagent
INCLUDES_collector := -Iinclude -Icollector -I$(BUILD)/generated
INCLUDES_all := -Iinclude -Iagent -Icollector -I$(BUILD)/generated
