#!/bin/sh
# run_golden.sh NAPIER - the images of golden.txt are those in golden/, byte for
# byte. GOLDEN=1 rewrites them.
set -eu
napier=$(realpath "$1")
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT INT TERM
failed=0 count=0
grep -v '^#' golden.txt > "$tmp/cases"
while read -r name options; do
    # shellcheck disable=SC2086
    "$napier" rom tiny/design.yaml -o "$tmp/$name" $options > /dev/null
    "$napier" rom tiny/design.yaml -o "$tmp/$name" --verify > /dev/null ||
        { echo "images/$name: not read back"; failed=1; }
    rm "$tmp/$name/npu_pkg.sv"
    sed -i 's/"tool": "napier [^"]*"/"tool": "napier"/' "$tmp/$name/manifest.json"
    if [ "${GOLDEN:-0}" = 1 ]; then
        rm -rf "golden/$name"
        mkdir -p golden
        cp -R "$tmp/$name" golden/
    fi
    diff -r "golden/$name" "$tmp/$name" || { echo "images/$name: another image"; failed=1; }
    count=$((count + 1))
done < "$tmp/cases"
python3 - golden/*/manifest.json <<'PY' || failed=1
import json, sys, jsonschema
schema = json.load(open("../../docs/manifest.schema.json"))
jsonschema.Draft7Validator.check_schema(schema)
for path in sys.argv[1:]:
    jsonschema.validate(json.load(open(path)), schema)
PY
echo "images: $count golden images, $([ $failed = 0 ] && echo all equal, manifests by the schema || echo NOT all equal)"
exit $failed
