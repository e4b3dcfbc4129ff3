#!/usr/bin/env bash
# Each mutation of mutations.txt, applied to a copy of rtl/, must be caught by the core's bench,
# whose message must have the text (a regular expression) that points to it.
#
#   run_mutations.sh [PATTERN]     a line for each; fails if one survives, changes nothing or is
#                                  reported as something else; KEEP=DIR keeps the messages
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
here=$root/tests/rtl
core=$here/core
work=$OUT/rtl/core
self=$core/run_mutations.sh
list=$core/mutations.txt

one() { # LINE of the list
    local name file edit config text dir result
    IFS=$'\t' read -r name file edit config text <<< "$(sed 's/ ;; /\t/g' <<< "$1")"
    dir=$(mktemp -d "$work/mut.XXXXXX")
    cp -r "$root/rtl" "$dir/rtl"
    sed -i "$edit" "$dir/rtl/$file"
    mkdir "$dir/rom"
    write_package "$dir/npu_pkg.sv" WeightDepth=4096 ParamDepth=256 Rows=3 Cols=3 AccDepth=8 $config
    result=SURVIVED
    if cmp -s "$root/rtl/$file" "$dir/rtl/$file"; then
        result="NO CHANGE"
    elif ! sh "$root/sim/cosim/build_core.sh" "$dir/rtl" "$dir/npu_pkg.sv" "$dir" \
        "$([[ $config = *Kind=unique* ]] && echo unique || echo plain)" "$work/runtime" \
        > "$dir/log" 2>&1; then
        result="NOT BUILT"
    elif ! NPU_RESET_SEED=7 timeout 1000 "$work/bench" check "$dir/libnpu_core.so" "$dir/rom" 7 80 > "$dir/log" 2>&1 ||
        ! NPU_RESET_SEED=7 timeout 1000 "$work/bench" errors "$dir/libnpu_core.so" "$dir/rom" 7 > "$dir/log" 2>&1; then
        result=caught
        grep -q -E -e "$text" "$dir/log" || result="MISNAMED"
    fi
    [ -z "${KEEP:-}" ] || cp "$dir/log" "$KEEP/$name.log"
    printf '%-10s %-18s %s\n' "$result" "$file" "$name: $(grep -m 1 -E -e "$text" "$dir/log" ||
        head -n 1 "$dir/log" 2> /dev/null)"
    rm -rf "$dir"
    [ "$result" = caught ]
}

if [ "${1:-}" = one ]; then
    one "$(sed -n "$2p" "$list")"
    exit
fi

mkdir -p "$work"
$CCACHE $CXX -std=gnu++17 -O2 -Wall -Wextra -c "$core/bench.cpp" -o "$work/bench.o"
$CXX -o "$work/bench" "$work/bench.o" -ldl
grep -n -v '^#' "$list" | grep "${1:-}" | cut -d: -f1 |
    xargs -P "$JOBS" -n 1 "$self" one > "$work/mutations.log" && status=0 || status=1
cat "$work/mutations.log"
awk '/^caught/ {n++} END {printf "mutations: %d of %d caught\n", n, NR; exit n != NR}' \
    "$work/mutations.log" || status=1
exit $status
