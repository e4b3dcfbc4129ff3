# Napier. `make help` lists the targets; all output goes to $(OUT).

OUT ?= build
prefix ?= /usr/local
DESTDIR ?=
V ?= 0
CC ?= gcc
CFLAGS ?= -O2 -g
JOBS ?= 2

VERSION := $(shell sed -n 's/.*NAPIER_VERSION "\(.*\)"/\1/p' sim/version.h)

include mk/flags.mk

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

all: $(OUT)/napier ## build the command (the default)

include mk/onnx.mk
include mk/build.mk
include mk/setup.mk
include mk/demo.mk
include mk/check.mk
include mk/import_onnx.mk
include mk/formal.mk
include mk/core.mk
include mk/synth.mk
include mk/fuzz.mk
include mk/report.mk
include mk/import.mk
include mk/firmware.mk
include mk/images.mk
include mk/install.mk
include mk/sweep.mk

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort \
	    | awk -F ':.*## ' '{ printf "  %-18s %s\n", $$1, $$2 }'

clean: ## remove $(OUT)
	rm -rf $(OUT)

.PHONY: all help clean
