#!/usr/bin/env bash
# npu_engine against the reference of bench.cpp over a matrix of hardware.
#
#   run_bench.sh [quick|long] [SEED]     quick: under a minute on two cores
#   run_bench.sh speed [KEY=VALUE...]    3x3 convolution, 64 to 64 channels, on 16x16
#
# RTL=DIR tests another copy of rtl/; OUT takes the build (default build/).
# Each line repeats alone: run_bench.sh one KIND LAYERS SEED KEY=VALUE...
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
RTL=${RTL:-$root/rtl}
self=$here/run_bench.sh

one() { # KIND LAYERS SEED KEY=VALUE...
    local kind=$1 layers=$2 seed=$3 dir command=check status=0
    shift 3
    dir=$(mktemp -d "$work/run.XXXXXX")
    mkdir "$dir/rom"
    [ "$kind" = debug ] && command=peek
    {
        build_engine "$dir" "$RTL" "$kind" WeightDepth=2048 "$@" &&
            "$work/bench" $command "$dir/libnpu.so" "$dir/rom" "$seed" "$layers"
    } > "$dir/log" 2>&1 || status=1
    if [ $status = 0 ]; then
        echo "$(tail -n 1 "$dir/log") | $*"
    else
        echo "FAILED | run_bench.sh one $kind $layers $seed $*"
        grep -v '^make' "$dir/log" | head -n 12
    fi
    [ -n "${KEEP:-}" ] || rm -rf "$dir"
    return $status
}

# Directed: every overflow mode with its wrap bits, every rounding, lanes, narrow products,
# the ends of every width, odd shapes, blocks smaller and larger than a layer.
directed() {
    cat <<'EOF'
plain 40 Dataflow=0 Rows=3 Cols=5 AccDepth=16 AccWidth=24 AccOverflow=0 Rounding=0 SimWidth=32
plain 40 Dataflow=1 Rows=3 Cols=5 AccWidth=24 AccOverflow=0 Rounding=0 SimWidth=32
debug 30 Dataflow=0 Rows=3 Cols=2 Lanes=2 AccDepth=7 AccWidth=18 AccOverflow=2 Rounding=4
debug 30 Dataflow=1 Rows=3 Cols=2 Lanes=2 AccWidth=18 AccOverflow=2 Rounding=4
plain 60 Dataflow=0 Rows=1 Cols=1 AccDepth=1 AccWidth=16 AccOverflow=1 Rounding=1
plain 60 Dataflow=1 Rows=1 Cols=1 AccWidth=16 AccOverflow=1 Rounding=1 SimWidth=32
plain 40 Dataflow=0 Rows=4 Cols=4 AccDepth=256 AccWidth=32 AccOverflow=3 Rounding=2 SimWidth=32
plain 40 Dataflow=1 Rows=4 Cols=4 AccWidth=12 AccOverflow=3 Rounding=2 WeightZeroPoint=1 ActSigned=0
plain 40 Dataflow=0 Rows=5 Cols=2 AccDepth=9 AccWidth=12 AccOverflow=4 Rounding=3 WeightZeroPoint=1
plain 40 Dataflow=1 Rows=5 Cols=2 AccWidth=20 AccOverflow=4 Rounding=3 Lanes=4
plain 40 Dataflow=0 Rows=2 Cols=3 AccDepth=5 AccWidth=16 AccOverflow=3 AccWrapBits=3 Rounding=5 Lanes=4
plain 40 Dataflow=1 Rows=2 Cols=3 AccWidth=13 AccOverflow=4 AccWrapBits=1 Rounding=5 MultWidth=16
plain 40 Dataflow=0 Rows=4 Cols=3 AccDepth=8 AccWidth=15 AccOverflow=4 AccWrapBits=4 Rounding=6
plain 40 Dataflow=1 Rows=4 Cols=3 AccWidth=11 AccOverflow=3 AccWrapBits=11 Rounding=6 SimWidth=32
plain 40 Dataflow=0 Rows=3 Cols=3 AccDepth=6 ActWidth=16 WeightWidth=16 WeightZeroPoint=1 AccWidth=40 SimWidth=64 Rounding=4
plain 40 Dataflow=1 Rows=3 Cols=3 ActWidth=16 WeightWidth=16 AccWidth=48 Rounding=0 Lanes=2 ActSigned=0
plain 40 Dataflow=0 Rows=6 Cols=4 AccDepth=12 ActWidth=2 ActSigned=0 WeightWidth=1 AccWidth=8 MultWidth=8
plain 40 Dataflow=1 Rows=6 Cols=4 ActWidth=4 WeightWidth=1 AccWidth=8 MultWidth=8 Lanes=2 SimWidth=32
plain 40 Dataflow=0 Rows=4 Cols=2 AccDepth=10 ProductWidth=8 ProductDrop=5 ProductRounding=4 ProductOverflow=0 AccWidth=12 Lanes=2
plain 40 Dataflow=1 Rows=4 Cols=2 ProductWidth=10 ProductDrop=3 ProductRounding=6 ProductOverflow=3 AccWidth=11 SimWidth=32
plain 40 Dataflow=0 Rows=2 Cols=2 AccDepth=4 ProductWidth=6 ProductDrop=1 ProductRounding=1 ProductOverflow=4 AccWidth=8 AccOverflow=2
plain 40 Dataflow=1 Rows=2 Cols=2 ProductWidth=9 ProductDrop=8 ProductRounding=3 ProductOverflow=2 AccWidth=9 WeightZeroPoint=1
plain 40 Dataflow=0 Rows=7 Cols=3 AccDepth=3 WeightWidth=3 ActWidth=5 AccWidth=14 AccOverflow=1 Rounding=2 SimWidth=32
plain 40 Dataflow=1 Rows=8 Cols=1 WeightWidth=2 ActWidth=3 AccWidth=10 WeightZeroPoint=1 Rounding=1
EOF
}

between() { echo $(($1 + RANDOM % ($2 - $1 + 1))); }
pick() { local a=("$@"); echo "${a[RANDOM % ${#a[@]}]}"; }

random_config() {
    local acc kind=plain
    acc=$(between 8 48)
    [ $((RANDOM % 6)) = 0 ] && kind=debug
    echo "$kind 30 Dataflow=$(between 0 1) Rows=$(between 1 7) Cols=$(between 1 6)" \
        "Lanes=$(pick 1 1 1 2 3 4) AccDepth=$(between 1 40)" \
        "ActWidth=$(between 2 16) ActSigned=$(between 0 1)" \
        "WeightWidth=$(between 1 16) WeightZeroPoint=$(between 0 1)" \
        "ProductWidth=$(pick 0 0 0 $(between 2 20)) ProductDrop=$(between 0 20)" \
        "ProductRounding=$(between 0 6) ProductOverflow=$(between 0 4)" \
        "AccWidth=$acc AccOverflow=$(between 0 4)" \
        "AccWrapBits=$(pick 0 0 1 $(between 2 $((acc + 1))))" \
        "MultWidth=$(between 8 32) Rounding=$(between 0 6) SimWidth=$(pick 0 32 64)"
}

large() {
    cat <<'EOF'
fast 20 Dataflow=0 Rows=16 Cols=16 AccDepth=64 SimWidth=32
fast 20 Dataflow=1 Rows=16 Cols=16 SimWidth=32
fast 20 Dataflow=0 Rows=16 Cols=16 AccDepth=64 AccWidth=20
fast 12 Dataflow=0 Rows=32 Cols=32 AccDepth=64 SimWidth=32
fast 12 Dataflow=1 Rows=32 Cols=32 SimWidth=32
EOF
}

matrix() { # MODE SEED
    local i n=4
    RANDOM=$2
    directed
    [ "$1" = long ] && { large; n=${CONFIGS:-100}; }
    for ((i = 0; i < n; i++)); do random_config; done
}

if [ "${1:-}" = one ]; then
    shift
    one "$@"
    exit
fi

if [ "${1:-}" = speed ]; then
    shift
    build_runtime
    build_bench
    for flow in 0 1; do
        dir=$(mktemp -d "$work/speed.XXXXXX")
        mkdir "$dir/rom"
        build_engine "$dir" "$RTL" fast Rows=16 Cols=16 SimWidth=32 AccDepth=1024 \
            WeightDepth=4096 "$@" Dataflow=$flow
        "$work/bench" conv "$dir/libnpu.so" "$dir/rom"
        rm -rf "$dir"
    done
    exit
fi

mode=${1:-quick}
seed=${2:-1}
build_runtime
build_runtime trace
build_bench
start=$SECONDS
number=0
matrix "$mode" "$seed" | while read -r kind layers config; do
    number=$((number + 1))
    [ "$mode" = long ] && layers=$((layers * 4))
    echo "$kind $layers $((seed * 1000 + number)) $config"
done | RTL=$RTL xargs -P "$JOBS" -L 1 "$self" one > "$work/bench.log" && status=0 || status=1
cat "$work/bench.log"
awk -v t=$((SECONDS - start)) '/^ok:/ {n++; l += $2; o += $4; f += $6} /^FAILED/ {bad++}
    END {printf "bench: %d configurations, %d layers, %d outputs, %d overflows, %d failed, %d s\n",
         n + bad, l, o, f, bad, t}' "$work/bench.log"
exit $status
