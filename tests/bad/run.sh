#!/bin/sh
# run.sh NAPIER - every wrong input of this folder gets the message beside it.
#
#   NAME.design.yaml   a design file
#   NAME.hw.yaml       a hardware file, in the place of good.yaml's
#   NAME.net.yaml      a network file, likewise
#   NAME.sweep.yaml    a sweep file
#   NAME.args          arguments, one a line, run as they stand
#   NAME.err           what must come on standard error, with exit status 1
#                      (or the status in NAME.status)
#
# GOLDEN=1 rewrites the .err files. Paths are as seen from this folder.
set -eu
napier=$(realpath "$1")
cd "$(dirname "$0")"
export LC_ALL=C
failed=0 count=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT INT TERM

run() { # NAME ARGUMENT...
    name=$1
    shift
    want=1
    [ -e "$name.status" ] && want=$(cat "$name.status")
    status=0
    timeout 60 "$napier" "$@" > /dev/null 2> "$tmp/err" || status=$?
    sed "s#$tmp#TMP#g" "$tmp/err" > "$tmp/clean"
    count=$((count + 1))
    [ "${GOLDEN:-0}" = 1 ] && cp "$tmp/clean" "$name.err"
    if [ "$status" -ne "$want" ]; then
        echo "bad/$name: exit status $status, must be $want"
        failed=1
    elif ! diff -u "$name.err" "$tmp/clean"; then
        echo "bad/$name: another message"
        failed=1
    fi
}

python3 make_npz.py "$tmp"
mkfifo "$tmp/fifo"

for file in *.design.yaml; do
    [ -e "$file" ] && run "${file%.design.yaml}" check "$file"
done
for file in *.hw.yaml; do
    [ -e "$file" ] && run "${file%.hw.yaml}" check good.yaml --set "hardware=$file"
done
for file in *.net.yaml; do
    [ -e "$file" ] && run "${file%.net.yaml}" check good.yaml --set "network=$file"
done
for file in *.sweep.yaml; do
    [ -e "$file" ] && run "${file%.sweep.yaml}" check "$file"
done
for file in *.args; do
    [ -e "$file" ] || continue
    set --
    while IFS= read -r line; do
        set -- "$@" "$(echo "$line" | sed "s#TMP#$tmp#g")"
    done < "$file"
    run "${file%.args}" "$@"
done
echo "bad: $count wrong inputs, $([ $failed = 0 ] && echo all with || echo NOT all with) their message"
exit $failed
