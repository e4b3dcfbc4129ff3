#!/bin/sh
# run_onnx_golden.sh PROGRAM ARGUMENT... - what differs from onnxruntime, and what
# is refused, is what tests/import/PROGRAM.out says, no more and no less.
# GOLDEN=1 writes that file.
set -u
program=$1
shift
golden=tests/import/$(basename "$program").out
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT INT TERM
bad=0
"$program" "$@" > "$tmp/out" || bad=1
[ "${GOLDEN:-0}" = 1 ] && cp "$tmp/out" "$golden"
diff -u "$golden" "$tmp/out" || bad=1
tail -1 "$tmp/out"
exit $bad
