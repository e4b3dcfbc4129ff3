#!/bin/sh
# Damaged .tflite files: `napier import` refuses what must be refused with a
# message, accepts or refuses the rest, and never fails otherwise. All messages
# stand in tflite_hostile.out, which GOLDEN=1 rewrites.
set -eu
napier=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
out=$(mktemp)
trap 'rm -f "$out" "$out.one"' EXIT
cd "$here/hostile"
bad=0
count=0
tab=$(printf '\t')
while IFS="$tab" read -r file wanted what _; do
    case $file in tflite_*) ;; *) continue ;; esac
    count=$((count + 1))
    status=0
    "$napier" import "$file" > /dev/null 2> "$out.one" || status=$?
    { echo "# $file: $what"; cat "$out.one"; } >> "$out"
    errors=$(grep -c 'error: ' "$out.one" || true)
    case $wanted:$status in
    refuse:1 | any:1) [ "$errors" -gt 0 ] || { echo "$file: refused without a message"; bad=1; } ;;
    accept:0 | any:0) ;;
    *) echo "$file: exit status $status, must be: $wanted"; bad=1 ;;
    esac
done < index.txt
if [ "${GOLDEN:-0}" = 1 ]; then
    cp "$out" "$here/tflite_hostile.out"
elif ! diff -u "$here/tflite_hostile.out" "$out"; then
    bad=1
fi
[ $bad = 0 ] && echo "import: $count damaged .tflite files, all with their message"
exit $bad
