#!/bin/sh
# run.sh NAPIER - each script of this folder must print what stands in its .out.
#
# A script gets the command as $NAPIER and an empty folder as $TMP, and runs
# from the top of the repository. GOLDEN=1 rewrites the .out files.
set -eu
NAPIER=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
export LC_ALL=C NAPIER
unset MAKEFLAGS MAKELEVEL          # a make that a script runs is its own
failed=0 count=0
TMP=$(mktemp -d)
export TMP
trap 'rm -rf "$TMP"' EXIT INT TERM

for script in "$here"/*.sh; do
    name=$(basename "$script" .sh)
    [ "$name" = run ] && continue
    rm -rf "${TMP:?}"/*
    timeout 300 sh "$script" > "$TMP/.printed" 2>&1 || echo "exit status $?" >> "$TMP/.printed"
    sed "s#$TMP#TMP#g" "$TMP/.printed" > "$TMP/.clean"
    count=$((count + 1))
    [ "${GOLDEN:-0}" = 1 ] && cp "$TMP/.clean" "$here/$name.out"
    diff -u "$here/$name.out" "$TMP/.clean" || { echo "cli/$name: prints something else"; failed=1; }
done
echo "cli: $count scripts, $([ $failed = 0 ] && echo all as expected || echo NOT all as expected)"
exit $failed
