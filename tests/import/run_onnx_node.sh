#!/bin/sh
# run_onnx_node.sh PROGRAM [FOLDER] - ONNX's node tests.
#
# onnx_integer.list has the 17 integer and quantization tests: all elements
# equal, one line each. onnx_node.list has the others that pass, so that none is
# lost; GOLDEN=1 rewrites it from what passes now.
set -eu
program=$1
folder=${2:-}
here=$(dirname "$0")
if [ -z "$folder" ]; then
    echo "onnx: node tests skipped: libonnx-testdata is not installed"
    exit 0
fi
# shellcheck disable=SC2046
"$program" -v "$folder" $(cat "$here/onnx_integer.list")
if [ "${GOLDEN:-0}" = 1 ]; then
    # shellcheck disable=SC2046
    "$program" -v "$folder" $(ls "$folder") > "$OUT/onnx_node.all" || :
    awk '$3 == "elements" { print $1 }' "$OUT/onnx_node.all" \
        | grep -vxFf "$here/onnx_integer.list" > "$here/onnx_node.list"
fi
# shellcheck disable=SC2046
"$program" "$folder" $(cat "$here/onnx_node.list")
