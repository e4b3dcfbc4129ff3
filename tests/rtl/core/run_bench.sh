#!/usr/bin/env bash
# npu_core against the reference of bench.cpp over a matrix of hardware.
#
#   run_bench.sh [quick|long|speed] [SEED]
#
# RTL=DIR tests another copy of rtl/; OUT takes the build (default build/).
# Each line repeats alone: run_bench.sh one check NETS SEED KEY=VALUE... Kind=unique is a build
# whose registers and memories hold random values before the reset.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
here=$root/tests/rtl
core=$here/core
work=$OUT/rtl/core
RTL=${RTL:-$root/rtl}
self=$core/run_bench.sh

value() { # KEY DEFAULT KEY=VALUE...
    local key=$1 result=$2 pair
    shift 2
    for pair in "$@"; do [ "${pair%%=*}" = "$key" ] && result=${pair#*=}; done
    echo "$result"
}

# The least power of two that the banks may be.
banks() {
    local chunk cols n=4
    chunk=$(($(value Rows 4 "$@") * $(value Lanes 1 "$@")))
    cols=$(value Cols 4 "$@")
    while [ $n -lt $chunk ] || [ $n -lt "$cols" ]; do n=$((n * 2)); done
    echo $n
}

one() { # COMMAND NETS SEED KEY=VALUE...
    local command=$1 nets=$2 seed=$3 dir status=0
    shift 3
    dir=$(mktemp -d "$work/run.XXXXXX")
    mkdir "$dir/rom"
    {
        write_package "$dir/npu_pkg.sv" WeightDepth=4096 ParamDepth=256 \
            ActBanks="$(banks "$@")" "$@" &&
            sh "$root/sim/cosim/build_core.sh" "$RTL" "$dir/npu_pkg.sv" \
                "$dir" "$(value Kind plain "$@")" "$work/runtime" &&
            NPU_RESET_SEED=$seed "$work/bench" $command "$dir/libnpu_core.so" "$dir/rom" "$seed" "$nets"
    } > "$dir/log" 2>&1 || status=1
    if [ $status = 0 ] && [ $command = speed ]; then
        echo "$*"
        cat "$dir/log"
    elif [ $status = 0 ]; then
        echo "$(tail -n 1 "$dir/log") | $*"
    else
        echo "FAILED | run_bench.sh one $command $nets $seed $*"
        grep -v '^make' "$dir/log" | head -n 12
    fi
    [ -n "${KEEP:-}" ] || rm -rf "$dir"
    return $status
}

# Directed: sizes from 1, odd ones, lanes, every overflow and rounding mode, ends of the widths.
directed() {
    cat <<'EOF'
check 60 Dataflow=0 Rows=3 Cols=5 AccDepth=16 AccWidth=24 SimWidth=32
check 60 Dataflow=1 Rows=3 Cols=5 AccWidth=24 SimWidth=32
check 60 Dataflow=0 Rows=1 Cols=1 AccDepth=1 AccWidth=16 AccOverflow=1 Rounding=1
check 60 Dataflow=1 Rows=1 Cols=1 AccWidth=16 AccOverflow=2 Rounding=2
check 60 Dataflow=0 Rows=3 Cols=2 Lanes=2 AccDepth=7 AccWidth=18 AccOverflow=2 Rounding=4 ActDepth=999
check 60 Dataflow=1 Rows=2 Cols=6 Lanes=3 AccWidth=14 AccOverflow=0 Rounding=3 WeightZeroPoint=1
check 60 Dataflow=0 Rows=4 Cols=4 AccWidth=12 AccOverflow=3 Rounding=2 WeightZeroPoint=1 ActSigned=0
check 60 Dataflow=1 Rows=5 Cols=2 AccWidth=20 AccOverflow=4 Rounding=5 ActWidth=5 WeightWidth=3
check 60 Dataflow=0 Rows=2 Cols=3 Lanes=4 AccDepth=5 ActWidth=16 WeightWidth=16 AccWidth=40 SimWidth=64
check 60 Dataflow=1 Rows=3 Cols=3 ActWidth=12 ActSigned=0 WeightWidth=9 AccWidth=48 Rounding=6 Lanes=2
check 60 Dataflow=0 Rows=6 Cols=4 ActWidth=2 ActSigned=0 WeightWidth=1 AccWidth=8 MultWidth=8
check 60 Dataflow=1 Rows=6 Cols=4 ActWidth=4 WeightWidth=1 AccWidth=8 MultWidth=8 Lanes=2
check 60 Dataflow=0 Rows=4 Cols=2 ProductWidth=8 ProductDrop=5 ProductRounding=4 AccWidth=12 Lanes=2
check 60 Dataflow=1 Rows=2 Cols=9 ProductWidth=10 ProductDrop=3 ProductOverflow=3 AccWidth=11 AccOverflow=4 AccWrapBits=1
check 30 Dataflow=0 Rows=16 Cols=16 AccDepth=64 SimWidth=32
check 30 Dataflow=1 Rows=16 Cols=16 SimWidth=32
check 40 Kind=unique Dataflow=0 Rows=3 Cols=3 AccDepth=8
check 40 Kind=unique Dataflow=1 Rows=3 Cols=3 Lanes=2
errors 0 Kind=unique Dataflow=0 Rows=3 Cols=5
errors 0 Dataflow=0 Rows=2 Cols=2 ActDepth=999
errors 0 Dataflow=1 Rows=2 Cols=2 ActWidth=16 AccWidth=40
EOF
}

between() { echo $(($1 + RANDOM % ($2 - $1 + 1))); }
pick() { local a=("$@"); echo "${a[RANDOM % ${#a[@]}]}"; }

random_config() {
    local acc
    acc=$(between 8 48)
    echo "check 50 Dataflow=$(between 0 1) Rows=$(between 1 9) Cols=$(between 1 9)" \
        "Lanes=$(pick 1 1 1 2 3 4) AccDepth=$(between 1 60) ActDepth=$(between 400 1100)" \
        "ActWidth=$(between 2 16) ActSigned=$(between 0 1)" \
        "WeightWidth=$(between 1 16) WeightZeroPoint=$(between 0 1)" \
        "ProductWidth=$(pick 0 0 0 $(between 2 20)) ProductDrop=$(between 0 20)" \
        "ProductRounding=$(between 0 6) ProductOverflow=$(between 0 4)" \
        "AccWidth=$acc AccOverflow=$(between 0 4)" \
        "AccWrapBits=$(pick 0 0 1 $(between 2 $((acc + 1))))" \
        "MultWidth=$(between 8 32) Rounding=$(between 0 6)"
}

matrix() { # MODE SEED
    local i n=4 size flow overflow
    RANDOM=$2
    case $1 in
    speed)
        for size in 16 32; do for flow in 0 1; do for overflow in 0 3; do
            [ "$size$overflow" = 323 ] && continue
            echo "speed 0 Dataflow=$flow AccOverflow=$overflow Rows=$size Cols=$size" \
                "AccDepth=1024 ActDepth=16384 WeightDepth=8192 SimWidth=32"
        done; done; done
        return ;;
    long) n=${CONFIGS:-60} ;;
    esac
    directed
    for ((i = 0; i < n; i++)); do random_config; done
}

if [ "${1:-}" = one ]; then
    shift
    one "$@"
    exit
fi

mode=${1:-quick}
seed=${2:-1}
mkdir -p "$work"
$CCACHE $CXX -std=gnu++17 -O2 -Wall -Wextra -c "$core/bench.cpp" -o "$work/bench.o"
$CXX -o "$work/bench" "$work/bench.o" -ldl
[ "$mode" = speed ] && JOBS=1 # overflow mode 0 saturates, 3 wraps; dataflow 1 is output stationary
start=$SECONDS
number=0
matrix "$mode" "$seed" | while read -r command nets config; do
    number=$((number + 1))
    [ "$mode" = long ] && nets=$((nets * 4))
    echo "$command $nets $((seed * 1000 + number)) $config"
done | RTL=$RTL xargs -P "$JOBS" -L 1 "$self" one > "$work/bench.log" && status=0 || status=1
cat "$work/bench.log"
awk -v t=$((SECONDS - start)) '/^ok:/ {n++; l += $2; o += $4; f += $6} /^FAILED/ {bad++}
    END {printf "core bench: %d configurations, %d layers, %d vectors, %d overflows, %d failed, %d s\n",
         n + bad, l, o, f, bad, t}' "$work/bench.log"
exit $status
