#!/bin/sh
# run_bad.sh NAPIER - damaged copies of the golden images: each gets one clear
# message and exit status 1. GOLDEN=1 rewrites bad.out.
#
# bad.txt: GOLDEN ;; FILE ;; sed EDIT [;; OPTIONS of --decode]
set -eu
napier=$(realpath "$1")
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT INT TERM
count=0
grep -v '^#' bad.txt > "$tmp/cases"
while IFS= read -r case; do
    golden=${case%% ;; *}; rest=${case#* ;; }
    file=${rest%% ;; *}; rest=${rest#* ;; }
    edit=${rest%% ;; *}
    image=$golden
    case $rest in *" ;; "*) image=${rest#* ;; } ;; esac
    rm -rf "$tmp/i"
    mkdir "$tmp/i"
    cp -R "golden/$golden" "$tmp/i/"
    [ "$edit" = - ] || sed -i "$edit" "$tmp/i/$golden/$file"
    [ "$edit" = - ] && [ "$file" != - ] && rm "$tmp/i/$golden/$file"
    echo "--- $golden $file: $edit"
    status=0
    # shellcheck disable=SC2086
    (cd "$tmp/i" && timeout 60 "$napier" rom --decode $image -o "$tmp/out.npz") 2>&1 || status=$?
    [ $status = 1 ] || echo "EXIT STATUS $status"
    count=$((count + 1))
done < "$tmp/cases" > "$tmp/printed"
[ "${GOLDEN:-0}" = 1 ] && cp "$tmp/printed" bad.out
if diff -u bad.out "$tmp/printed" && ! grep -q "EXIT STATUS" "$tmp/printed"; then
    echo "images: $(grep -c '^---' bad.out) damaged images, all with their message"
else
    echo "images: damaged images: another message"
    exit 1
fi
