#!/bin/sh
# run_onnx_hostile.sh PROGRAM - every wrong ONNX file gets its message.
#
# hostile/index.txt says which damaged files must be refused; onnx_bad has a file
# for each message. onnx_hostile.out and onnx_bad.out have what is said of each.
# GOLDEN=1 rewrites them.
set -eu
program=$(realpath "$1")
cd "$(dirname "$0")"
export LC_ALL=C
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT INT TERM
bad=0 count=0
for folder in hostile onnx_bad; do
    name=onnx_${folder#onnx_}
    files=$(cd $folder && ls | grep '\.onnx$')
    count=$((count + $(echo "$files" | wc -w)))
    # shellcheck disable=SC2086
    "$program" $folder $files > "$tmp/$name.out" || bad=1
    [ "${GOLDEN:-0}" = 1 ] && cp "$tmp/$name.out" .
    diff -u "$name.out" "$tmp/$name.out" || bad=1
done
for file in $(awk -F '\t' '/^onnx_/ && $2 == "refuse" { print $1 }' \
        hostile/index.txt); do
    # onnxruntime has no such kernel; by ONNX's definition it is well formed.
    [ "$file" = onnx_qlinear_conv_zero.onnx ] && continue
    if grep -q "^$file: accepted" onnx_hostile.out \
            || ! grep -q "^$file: " onnx_hostile.out; then
        echo "$file: must be refused"
        bad=1
    fi
done
echo "onnx: $count wrong files, $([ $bad = 0 ] && echo all with || echo NOT all with) their message"
exit $bad
