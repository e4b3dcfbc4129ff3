#!/usr/bin/env bash
# The RTL's arithmetic against sim/fx, called over DPI by checkers that are bound to it.
#
#   run.sh [CYCLES [SEED]]      the comparisons per module; stops at the first difference
#   run.sh mutations [PATTERN]  every RTL mutation of ../formal/mutations.txt must be found
#
# OUT (default build/) takes everything; CXX, CCACHE and JOBS may be set.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
dpi=$root/tests/rtl/dpi
work=$OUT/rtl          # the runtime is shared with the engine's bench
list=$root/tests/rtl/formal/mutations.txt
flags="-std=gnu++17 -march=native -w -I$root -I$vinc -I$vinc/vltstd"

# DIR/tb from the RTL folder, the mutated one perhaps.
build() { # DIR RTL
    local dir=$1 part
    mkdir -p "$dir"
    verilator --cc --prefix Vtb --top-module tb -O3 \
        --x-assign fast --x-initial fast -fno-const-bit-op-tree \
        --output-split 0 --output-split-cfuncs 0 --Mdir "$dir/v" -Wno-lint \
        "$dpi"/*_pkg.sv "$dpi/tb.sv" "$dpi/binds.sv" -y "$dpi" -y "$2"
    cat_includes $(ls "$dir"/v/*.cpp | grep -v -e __Slow -e __Syms) > "$dir/v/hot.cc"
    cat_includes $(ls "$dir"/v/*.cpp | grep -e __Slow -e __Syms) > "$dir/v/slow.cc"
    $CCACHE $CXX $flags -I"$dir/v" -O1 -c "$dir/v/hot.cc" -o "$dir/hot.o"
    $CCACHE $CXX $flags -I"$dir/v" -O0 -c "$dir/v/slow.cc" -o "$dir/slow.o"
    $CXX $flags -I"$dir/v" -O1 -c "$dpi/main.cpp" -o "$dir/main.o"
    for part in "$dpi/fx_dpi" "$root/sim/fx/fx" "$root/sim/fx/requantize"; do
        ${CC:-gcc} -std=c11 -O2 -I"$root" -I"$vinc/vltstd" -c "$part.c" -o "$dir/${part##*/}.o"
    done
    $CXX -o "$dir/tb" "$dir"/*.o "$work/runtime"/*.o -lm -lpthread -latomic
}

# One line of the list: caught when the bench reports a difference.
one() { # LINE
    local name file edit dir result=SURVIVED
    IFS=$'\t' read -r name file edit _ <<< "$(sed 's/ ;; /\t/g' <<< "$1")"
    dir=$(mktemp -d "$OUT/dpi/mut.XXXXXX")
    cp -r "$root/rtl" "$dir/rtl"
    sed -i "$edit" "$dir/rtl/$file"
    if cmp -s "$root/rtl/$file" "$dir/rtl/$file"; then
        result="NO CHANGE"
    elif ! build "$dir" "$dir/rtl" > "$dir/log" 2>&1; then
        result="NOT BUILT"
    elif ! "$dir/tb" 2000 > "$dir/log" 2>&1; then
        result=caught
    fi
    printf '%-10s %-18s %s\n' "$result" "$file" "$name: $(head -n 1 "$dir/log")"
    rm -rf "$dir"
    [ "$result" = caught ]
}

case ${1:-} in
one)
    one "$2"
    ;;
mutations)
    build_runtime
    mkdir -p "$OUT/dpi"
    grep ' npu_' "$list" | grep -- "${2:-}" | xargs -d '\n' -P "$JOBS" -n 1 "$0" one |
        tee "$OUT/dpi/mutations.log"
    awk '/^caught/ {n++} END {printf "mutations: %d of %d caught\n", n, NR; exit n != NR}' \
        "$OUT/dpi/mutations.log"
    ;;
*)
    build_runtime
    build "$OUT/dpi" "$root/rtl"
    "$OUT/dpi/tb" "${1:-20000}" "${2:-1}"
    ;;
esac
