#!/bin/sh
# Build the Verilated core of one machine: as build_engine.sh, to libnpu_core.so.
#
#   build_core.sh RTL PACKAGE DIR plain|debug|debug-fst|unique RUNTIME
set -eu
sh "$(dirname "$0")/build_engine.sh" "$1" "$2" "$3" "$4" "$5" npu_core_top
mv "$3/libnpu.so" "$3/libnpu_core.so"
