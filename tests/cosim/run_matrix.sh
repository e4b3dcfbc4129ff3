#!/bin/bash
# run_matrix.sh NAPIER short|long [IMAGES] - model and Verilated RTL over a
# matrix of machines; a line each, exit 1 if any differs.
#
# short: every value of every axis at least once, and thousands of overflows.
# long:  every shipped design on every shipped hardware file in both dataflows;
#        then sizes x widths x accumulators x overflow modes x presets for
#        `digits` and a network with pools, add and mul, every pair of values
#        together (an orthogonal array of strength two: 16 rows where the full
#        product has 1,024), each in both dataflows, and for `fashion` in one.
set -u
napier=$(realpath "$1")
kind=$2
images=${3:-1}
cd "$(dirname "$0")/../.."
out=$(realpath "${OUT:-build}")/cosim
mkdir -p "$out"
failed=0 count=0 elements=0 overflows=0

design_of() {
    [ "$1" = branches ] && echo tests/cosim/designs/branches.yaml ||
        echo "configs/designs/$1_w8a8.yaml"
}

run() { # NETWORK SIZE DATAFLOW WEIGHT ACT ACC OVERFLOW [SET...]
    local net=$1 size=$2 flow=$3 w=$4 a=$5 acc=$6 mode=$7 json=$out/matrix.json
    shift 7
    local sets=() s
    for s in "$@"; do sets+=(--set "$s"); done
    local name="$net ${size}x$size $flow W${w}A$a acc $acc $mode $*"
    count=$((count + 1))
    if "$napier" cosim "$(design_of "$net")" --images "$images" \
        -o "$out/rom" --json "$json" \
        --set array.rows="$size" --set array.cols="$size" \
        --set array.dataflow="${flow}_stationary" \
        --set weight.bits="$w" --set activation.bits="$a" \
        --set accumulator.bits="$acc" --set accumulator.overflow="$mode" \
        --set memory.weight_depth=32768 "${sets[@]}" > "$out/log" 2>&1
    then
        local n o
        n=$(sed -n 's/^ "elements": \([0-9]*\),*/\1/p' "$json")
        o=$(sed -n 's/.*"rtl_overflows": \([0-9]*\).*/\1/p' "$json" |
            awk '{ s += $1 } END { print s + 0 }')
        elements=$((elements + n)) overflows=$((overflows + o))
        printf 'equal     %-60s %8d elements %9d overflows\n' "$name" "$n" "$o"
    else
        failed=1
        echo "DIFFERENT $name"
        grep -v '^  *[0-9]* |' "$out/log" | tail -n 12
    fi
}

shipped() { # DESIGN HARDWARE DATAFLOW
    local json=$out/matrix.json name="$1 on $2 $3" n o
    count=$((count + 1))
    if "$napier" cosim "configs/designs/$1.yaml" --images "$images" \
        -o "$out/rom" --json "$json" \
        --set hardware="configs/hardware/$2.yaml" \
        --set array.dataflow="$3_stationary" > "$out/log" 2>&1
    then
        n=$(sed -n 's/^ "elements": \([0-9]*\),*/\1/p' "$json")
        o=$(sed -n 's/.*"rtl_overflows": \([0-9]*\).*/\1/p' "$json" |
            awk '{ s += $1 } END { print s + 0 }')
        elements=$((elements + n)) overflows=$((overflows + o))
        printf 'equal     %-60s %8d elements %9d overflows\n' "$name" "$n" "$o"
    else
        failed=1
        echo "DIFFERENT $name"
        grep -v '^  *[0-9]* |' "$out/log" | tail -n 12
    fi
}

# Sums and products of the field with four elements: rows a, b give columns
# a, b, a + b, a + 2 b, a + 3 b, of which any two are independent.
pairs() { # NETWORK FLOW...
    local net=$1 a b flow acc act
    local sizes=(3 4 8 16) widths=('8 8' '4 8' '5 7' '16 16') accs=(12 16 20 32)
    local modes=(wrap saturate saturate_symmetric saturate_zero)
    local presets=(tflite onnx tosa gemmlowp) twice=(0 2 3 1) thrice=(0 3 1 2)
    shift
    for a in 0 1 2 3; do
        for b in 0 1 2 3; do
            # An add needs two bits more than its operands.
            acc=${accs[a ^ b]} act=${widths[b]#* }
            [ $net = branches ] && [ $acc -lt $((act + 2)) ] && acc=$((act + 2))
            for flow in $([ $# = 2 ] && echo "$@" || echo "$1"); do
                [ "$1" = alternate ] && flow=$([ $(((a ^ b) & 1)) = 0 ] &&
                    echo weight || echo output)
                run "$net" "${sizes[a]}" "$flow" ${widths[b]} \
                    "$acc" "${modes[a ^ twice[b]]}" \
                    requantize.preset="${presets[a ^ thrice[b]]}"
            done
        done
    done
}

if [ "$kind" = long ]; then
    for design in configs/designs/*.yaml; do
        for hardware in configs/hardware/*.yaml; do
            for flow in weight output; do
                shipped "$(basename "$design" .yaml)" \
                    "$(basename "$hardware" .yaml)" $flow
            done
        done
    done
    pairs digits weight output
    pairs branches weight output
    pairs fashion alternate
else
    run digits 4 weight 8 8 16 saturate
    run digits 4 output 5 7 12 wrap
    run digits 8 weight 4 8 12 saturate
    run digits 8 output 16 16 32 saturate
    run digits 8 weight 16 16 20 wrap requantize.rounding=half_even
    run digits 3 output 8 8 14 saturate_symmetric requantize.rounding=floor array.cols=5
    run digits 3 weight 1 4 12 saturate_zero requantize.rounding=half_away activation.signed=false array.cols=5
    run digits 4 weight 6 8 14 wrap_sign_magnitude array.lanes=3 weight.zero_point=true quantization.weights.scheme=asymmetric
    run fashion 16 weight 8 8 20 wrap
    run fashion 16 output 8 8 14 saturate
fi
echo "cosim: $count machines, $elements elements, $overflows overflows," \
    "$([ $failed = 0 ] && echo all equal || echo NOT all equal)"
exit $failed
