#!/usr/bin/env bash
# run_mutations.sh NAPIER - each line of mutations.txt is a wrong constant or a
# wrong line; the driver's tests on the RTL must fail for it.
set -euo pipefail
napier=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/firmware/lib.sh
caught=0 missed=0
prepare plain configs/designs/digits_w8a8.yaml
prepare wide_plain configs/designs/digits_w8a8.yaml activation.bits=12 \
    activation.signed=false

try_one() { # BASE FILE SED
    local dir=$work/mutant rtl=rtl file
    rm -rf "$dir"
    cp -r "$1" "$dir"
    file=$dir/pack/$2
    if [ "${2#rtl/}" != "$2" ]; then
        cp -r rtl "$dir/rtl"
        rtl=$dir/rtl file=$dir/$2
    fi
    cp "$file" "$dir/before"
    sed -i "$3" "$file"
    if cmp -s "$dir/before" "$file"; then
        return 2
    fi
    build_pack "$dir" > "$dir/log" 2>&1
    build_master "$dir" >> "$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
    run_rtl "$dir" "$rtl" >> "$dir/log" 2>&1
}

while IFS= read -r line; do
    case $line in '#'* | '') continue ;; esac
    name=${line%% ;; *} rest=${line#* ;; }
    file=${rest%% ;; *} edit=${rest#* ;; }
    passed=0 changed=0
    for base in plain wide_plain; do
        code=0
        try_one "$work/$base" "$file" "$edit" || code=$?
        [ $code = 2 ] || changed=1
        [ $code = 0 ] || [ $code = 2 ] || { passed=1; break; }
    done
    if [ $passed = 1 ]; then
        caught=$((caught + 1))
        echo "caught     $name: $(grep -m 1 '^driver_tests.c' "$work/mutant/log" | cut -c1-90)"
    elif [ $changed = 0 ]; then
        missed=$((missed + 1))
        echo "NO CHANGE  $name"
    else
        missed=$((missed + 1))
        echo "NOT CAUGHT $name"
    fi
done < tests/firmware/mutations.txt
echo "firmware: $caught of $((caught + missed)) planted defects caught"
[ $missed = 0 ]
