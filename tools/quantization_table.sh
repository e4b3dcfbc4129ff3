#!/bin/sh
# The accuracy tables of docs/quantization.md, on all 10,000 test images.
#
#   make && make data && tools/quantization_table.sh [methods|refined]
#
# Prints markdown. Each run leaves its JSON in $OUT/quantization (OUT: build),
# and is not repeated when that is there: remove the folder after a change of
# the quantizer. JOBS=N sets the threads.
set -eu

OUT=${OUT:-build}
NAPIER=${NAPIER:-$OUT/napier}
JOBS=${JOBS:-0}
IMAGES=${IMAGES:-$OUT/data/t10k-images-idx3-ubyte.gz}
RESULTS=$OUT/quantization
W8A8=configs/designs/fashion_w8a8.yaml
W4A4=configs/designs/fashion_w4a4.yaml
WIDTHS="8 6 5 4 3 2"

[ -f "$IMAGES" ] || { echo "no $IMAGES: run 'make data' first" >&2; exit 1; }
mkdir -p "$RESULTS"

# measure NAME DESIGN [KEY=VALUE]...: prints correct images and float's.
measure() {
    name=$1 design=$2
    shift 2
    if [ ! -s "$RESULTS/$name.json" ]; then
        sets=
        for pair in "$@"; do
            sets="$sets --set quantization.$pair"
        done
        # Word splitting is meant: no value has blanks.
        "$NAPIER" run "$design" $sets --set "data.test=$IMAGES" \
            --jobs "$JOBS" --json "$RESULTS/$name.json" >/dev/null
    fi
    sed -n 's/^ "\(quantized\|float\)_accuracy": \([0-9.]*\).*/\1 \2/p' \
        "$RESULTS/$name.json" | sort
}

# cell NAME DESIGN [KEY=VALUE]...: "92.86 (-0.08)".
cell() {
    measure "$@" | awk '{ v[$1] = $2 }
        END { printf "%.2f (%+.2f)", v["quantized"],
              v["quantized"] - v["float"] }'
}

# table NAME DESIGN [KEY=VALUE]...: weights down, activations across.
table() {
    table=$1 base=$2
    shift 2
    printf '| |'
    for a in $WIDTHS; do printf ' A%s |' "$a"; done
    printf '\n|---|'
    for a in $WIDTHS; do printf -- '---|'; done
    printf '\n'
    for w in $WIDTHS; do
        printf '| W%s |' "$w"
        for a in $WIDTHS; do
            printf ' %s |' "$(cell "${table}_w${w}a${a}" "$base" \
                "weights.bits=$w" "activations.bits=$a" "$@")"
        done
        printf '\n'
    done
}

refined() {
    table refined "$W4A4"
    echo
}

# One setting at a time. row TITLE NAME DESIGN [KEY=VALUE]...
row() {
    title=$1
    shift
    settings=$*
    settings=${settings#* configs/designs/}
    printf '| %s | `%s` | %s |\n' "$title" "$settings" "$(cell "$@")"
}

methods() {
    echo "| what | design and settings | accuracy |"
    echo "|---|---|---|"
    row "W8A8" w8a8 $W8A8
    row "W8A8, per tensor" w8a8_tensor $W8A8 weights.granularity=tensor
    row "W8A8, groups of 8 channels" w8a8_group $W8A8 \
        weights.granularity=group
    row "W8A8, symmetric activations" w8a8_symmetric $W8A8 \
        activations.scheme=symmetric
    row "W8A8, powers of two, rounded up" w8a8_up $W8A8 power_of_two=true
    row "W8A8, powers of two, better of two" w8a8_mse $W8A8 \
        power_of_two=true power_of_two_choice=mse
    for m in mse moving_average percentile kl; do
        row "W8A8, activations by $m" w8a8_$m $W8A8 calibration.method=$m
    done
    for m in min_max mse moving_average percentile kl; do
        row "W8A4, activations by $m" w8a4_$m $W8A8 activations.bits=4 \
            calibration.method=$m
    done
    row "W4A8" w4a8 $W8A8 weights.bits=4
    row "W4A8, per tensor" w4a8_tensor $W8A8 weights.bits=4 \
        weights.granularity=tensor
    row "W4A8, per tensor, equalized" w4a8_tensor_equal $W8A8 weights.bits=4 \
        weights.granularity=tensor equalize=true
    row "W4A8, per tensor, bias correction" w4a8_tensor_bias $W8A8 \
        weights.bits=4 weights.granularity=tensor bias_correction=true
    row "W4A8, per tensor, both" w4a8_tensor_both $W8A8 weights.bits=4 \
        weights.granularity=tensor equalize=true bias_correction=true
    row "W4A8, clipped by mse" w4a8_mse $W8A8 weights.bits=4 \
        weights.calibration=mse
    row "W4A8, bias correction" w4a8_bias $W8A8 weights.bits=4 \
        bias_correction=true
    row "W4A8, learned rounding" w4a8_learned $W8A8 weights.bits=4 \
        rounding=learned
    row "W3A8" w3a8 $W8A8 weights.bits=3
    row "W3A8, bias correction" w3a8_bias $W8A8 weights.bits=3 \
        bias_correction=true
    row "W3A8, learned rounding" w3a8_learned $W8A8 weights.bits=3 \
        rounding=learned
    row "W3A8, learned rounding, bias correction, mse" w3a8_all $W8A8 \
        weights.bits=3 rounding=learned bias_correction=true \
        weights.calibration=mse
    PLAIN="weights.calibration=min_max calibration.method=min_max"
    PLAIN="$PLAIN rounding=nearest bias_correction=false"
    row "W4A4, nothing of it" w4a4_plain $W4A4 $PLAIN
    row "W4A4, all of it" refined_w4a4 $W4A4 weights.bits=4 activations.bits=4
    row "W2A8, nothing of it" w2a8_plain $W4A4 weights.bits=2 \
        activations.bits=8 $PLAIN
    row "W2A8, all of it" refined_w2a8 $W4A4 weights.bits=2 activations.bits=8
    echo
}

case ${1:-all} in
    refined) refined ;;
    methods) methods ;;
    all) methods; refined ;;
    *) echo "usage: $0 [methods|refined]" >&2; exit 2 ;;
esac
