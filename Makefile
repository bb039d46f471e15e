# SPDX-License-Identifier: Apache-2.0
#
# goldseal: `make help` lists the targets. Variables, each settable on the command line:
#
#   CC        compiler (gcc 12 and clang 14 are tested)            default: gcc
#   CFLAGS    optimisation and debugging                           default: -O2 -g
#   LDFLAGS   further linker options                               default: none
#   BUILD     where everything that is made goes                   default: build
#   PREFIX    where `install` puts things                          default: /usr/local
#   DESTDIR   a directory before PREFIX, for packagers             default: none
#   V         1: show whole commands                               default: 0
#   WERROR    1: a warning is an error (what `make check` uses)    default: 0
#   SANITIZE  -fsanitize= list, for example address,undefined      default: none
#   FUZZ_SECONDS  how long `make fuzz` runs each fuzzer            default: 60
#
# Sources are found by wildcard: a new file needs no change here. The flags of the last build are
# remembered, so a change of any of them rebuilds what it touches.

ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -O2 -g
LDFLAGS ?=
BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
V ?= 0
WERROR ?= 0
SANITIZE ?=
FUZZ_SECONDS ?= 60

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

VERSION := $(strip $(file <VERSION))

include mk/flags.mk
include mk/sources.mk
-include dashboard/assets.mk
include mk/rules.mk
include mk/tests.mk
include mk/install.mk

## all: build both programs, the dashboard and the man pages (the default)
all: $(PROGRAMS) $(MAN_PAGES)

## libs: build only the archives that programs, tests and fuzzers link
libs: $(LIBS)

## demo: show it at work on an image made and doctored on the spot
demo: all
	BUILD=$(BUILD_ABS) demo/run

## bench: measure against the peers that are installed
bench: all
	@test -x tests/bench/run || { echo 'make bench: tests/bench/run is missing' >&2; exit 1; }
	BUILD=$(BUILD_ABS) tests/bench/run

## clean: remove everything that was made
clean:
	rm -rf $(BUILD)

## help: this list
help:
	@echo 'goldseal $(VERSION). Targets:'
	@sed -n 's/^## \([a-z-]*\): \(.*\)/  \1\t\2/p' $(sort $(MAKEFILES_OWN)) | expand -t 20 | sort
	@echo 'Variables:'
	@sed -n 's/^#   \([A-Z_]* .*\)/  \1/p' Makefile

.PHONY: all libs demo bench clean help FORCE
FORCE:
