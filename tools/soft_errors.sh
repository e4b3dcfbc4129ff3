#!/bin/sh
# soft_errors.sh NAPIER DESIGN [IMAGES [SEEDS]] - accuracy against bit-error rate, with and
# without check bits: the table of docs/codegen.md.
#
# For each rate, the rate times the stored bits of weights, biases and scales are flipped
# (SECDED stores more bits, and so gets more errors); the mean and the worst of SEEDS images.
set -eu
napier=$1 design=$2 images=${3:-200} seeds=${4:-5}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT INT TERM
into=weight,bias,scale

field() { # FILE KEY
    python3 -c 'import json,sys
d = json.load(open(sys.argv[1]))
for k in sys.argv[2].split("."): d = d[k]
print(d)' "$1" "$2"
}

one() { # RATE SEED [--secded]
    rate=$1 seed=$2
    shift 2
    "$napier" rom "$design" --format bin -o "$tmp/rom" "$@" --json "$tmp/rom.json" > /dev/null
    bits=$(python3 -c 'import sys; print(round(float(sys.argv[1]) * int(sys.argv[2])))' \
        "$rate" "$(field "$tmp/rom.json" stored_bits)")
    [ "$bits" -gt 0 ] || bits=1
    "$napier" rom "$design" --format bin -o "$tmp/rom" "$@" --inject "$bits" --seed "$seed" \
        --inject-into $into > /dev/null
    "$napier" run "$design" --rom "$tmp/rom" --images "$images" --json "$tmp/run.json" > /dev/null
    echo "$(field "$tmp/run.json" quantized_accuracy)" "$(field "$tmp/run.json" rom.uncorrectable_words)"
}

echo "| bit-error rate | plain: mean | worst | SECDED: mean | worst | words not corrected |"
echo "|---|---|---|---|---|---|"
for rate in 1e-6 1e-5 1e-4 3e-4 1e-3 3e-3 1e-2; do
    : > "$tmp/plain"
    : > "$tmp/secded"
    seed=1
    while [ "$seed" -le "$seeds" ]; do
        one $rate "$seed" >> "$tmp/plain"
        one $rate "$seed" --secded >> "$tmp/secded"
        seed=$((seed + 1))
    done
    python3 - $rate "$tmp/plain" "$tmp/secded" <<'PY'
import sys
rows = [[list(map(float, l.split())) for l in open(f)] for f in sys.argv[2:]]
def say(r): return "%.1f %% | %.1f %%" % (sum(x[0] for x in r) / len(r), min(x[0] for x in r))
print("| %s | %s | %s | %.1f |" % (sys.argv[1], say(rows[0]), say(rows[1]),
                                   sum(x[1] for x in rows[1]) / len(rows[1])))
PY
done
