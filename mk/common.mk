# What every other file of this folder reads. They read packages.mk too, and further ones where their first line says so.

SHELL := /bin/bash
# Where TIMINGS names a file, each command of a target leaves its seconds there.
.SHELLFLAGS = $(and $(TIMINGS),$@,mk/timed.sh $@) -eu -o pipefail -c
.DELETE_ON_ERROR:
export CARGO_TERM_COLOR ?= auto

# What is fetched or built once is kept below target/, and a file for each such thing in STAMPS.
STAMPS := target/stamps
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)

# What may take long, and is waited for by nobody, is started by this: `nice` where clients are tested beside it.
NICE :=
