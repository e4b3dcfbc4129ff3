#!/bin/bash
# run_mutations.sh NAPIER [PATTERN] - napier cosim must report each defect of
# mutations.txt, planted in a copy of rtl/, in the words given there. Waves are
# written for the last: one of each format.
#
# JOBS (2) at a time, each in a folder of its own.
set -u
napier=$(realpath "$1")
pattern=${2:-.}
self=$(realpath "$0")
cd "$(dirname "$0")/../.."
out=$(realpath "${OUT:-build}")/cosim-mutations
list=tests/cosim/mutations.txt

plant() { # FOLDER FILE EDIT
    rm -rf "$1"
    cp -r rtl "$1"
    sed -i "$3" "$1/$2"
}

one() { # LINE of the list
    local name file edit sets want design dir result=caught status text s
    IFS=$'\t' read -r name file edit sets want design <<< "$(sed -n "$1p" "$list" | sed 's/ ;; /\t/g')"
    dir=$out/$1
    mkdir -p "$dir"
    plant "$dir/rtl" "$file" "$edit"
    local args=()
    for s in $sets; do args+=(--set "$s"); done
    "$napier" cosim "${design:-configs/designs/digits_w8a8.yaml}" --rtl "$dir/rtl" \
        -o "$dir/rom" "${args[@]}" > "$dir/log" 2>&1
    status=$?
    cmp -s "rtl/$file" "$dir/rtl/$file" && result="NO CHANGE"
    [ $status -eq 1 ] || result="NOT CAUGHT"
    while IFS= read -r text; do
        grep -qF -e "$text" "$dir/log" || result="NOT SAID"
    done <<< "${want// && /$'\n'}"
    # No more differences than were compared, and no words of the simulator's.
    sed -n 's/,//g; s/^DIFFERENT: //p' "$dir/log" | awk '{
        for (i = 2; i < NF; i++) if ($i == "of" && $(i - 1) + 0 > $(i + 1) + 0) exit 1
    }' || result="MISCOUNTED"
    ! grep -q '%Error\|\$stop' "$dir/log" || result="RAW ERROR"
    [ "$result" = caught ] || tail -n 15 "$dir/log"
    printf '%-10s %-18s %s: %s\n' "$result" "$file" "$name" \
        "$(grep -m 1 'first diff' "$dir/log")"
    [ "$result" = caught ]
}

if [ "$pattern" = one ]; then
    one "$3"
    exit
fi

rm -rf "$out"
mkdir -p "$out"
failed=0
lines=$(grep -n -v '^#' "$list" | grep "$pattern" | cut -d: -f1)
count=$(wc -w <<< "$lines")
# shellcheck disable=SC2086
printf '%s\n' $lines | xargs -P "${JOBS:-2}" -n 1 "$self" "$napier" one || failed=1

# Waves of the last, one of each format.
IFS=$'\t' read -r _ file edit _ <<< "$(tail -n 1 "$list" | sed 's/ ;; /\t/g')"
plant "$out/rtl" "$file" "$edit"
for format in fst vcd; do
    "$napier" cosim tests/cosim/designs/branches.yaml --rtl "$out/rtl" \
        -o "$out/rom" --waves "$out/waves.$format" > "$out/log" 2>&1
    grep -q "^waves  .*waves.$format" "$out/log" || {
        failed=1; tail -n 15 "$out/log"; }
done
count=$((count + 1))
"$napier" cosim tests/cosim/designs/branches.yaml --rtl "$out/rtl" \
    -o "$out/rom" --waves "$out/none/waves.fst" > "$out/log" 2>&1
grep -q "error: '$out/none/waves.fst' cannot be written" "$out/log" || {
    failed=1; tail -n 15 "$out/log"; }
# An FST file begins with a header block, 0, of 329 bytes.
count=$((count + 2))
[ "$(od -An -tx1 -N9 "$out/waves.fst" | tr -d ' ')" = 000000000000000149 ] &&
    grep -q '\$var' "$out/waves.vcd" &&
    echo "written    $(wc -c < "$out/waves.fst") bytes of FST," \
        "$(wc -c < "$out/waves.vcd") of VCD" || {
    failed=1; echo "NOT WRITTEN waves"; }
# Random cases find a defect, too, shrink it and write files that replay it.
plant "$out/rtl" npu_engine.sv 's/op = code - cfg_in_zp_i/op = code/'
"$napier" cosim --random 3 --seed 2 --rtl "$out/rtl" -o "$out/random" \
    > "$out/log" 2>&1
status=$?
count=$((count + 1))
if [ $status -eq 1 ] && [ -n "$(find "$out/random" -name '*.npz')" ] &&
    grep -q 'first different sum: MAC step' "$out/log" &&
    grep -q 'points to: operands (npu_engine' "$out/log"; then
    echo "caught     npu_engine.sv      at random: $(grep -m 1 'first diff' "$out/log")"
else
    failed=1
    echo "NOT CAUGHT npu_engine.sv      at random"
    tail -n 15 "$out/log"
fi
echo "cosim mutations: $count, $([ $failed = 0 ] && echo all caught || echo NOT all caught)"
exit $failed
