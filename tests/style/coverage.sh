#!/bin/sh
# coverage.sh OUT PERCENT - line coverage of sim/ and codegen/ after a run of
# the tests below OUT; fails under PERCENT.
set -eu
out=$1 least=$2
cd "$(dirname "$0")/../.."
gcovr --root . --filter 'sim/' --filter 'codegen/' --object-directory "$out/obj" \
    --print-summary --fail-under-line "$least" | tail -80
