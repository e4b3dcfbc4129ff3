#!/usr/bin/env bash
# run_synth.sh NAPIER - tools/synth.sh on a small machine: it goes through, its
# numbers are what must be there whatever yosys does, and wrong calls are
# refused.
set -eu
napier=$(realpath "$1")
cd "$(dirname "$0")/../.."
out=$(realpath "${OUT:-build}")/synth
mkdir -p "$out"
export NAPIER=$napier
hardware=configs/hardware/tiny4.yaml
failed=0

complain() { echo "synth: $*"; failed=1; }

field() { sed -n "s/.*\"$2\": \([0-9.]*\).*/\1/p" "$1"; }

# 2x2, 8 bits on an iCE40: a multiplier a PE and a lane, one a pair, two for
# the addresses; the requantizers' 24x32 products take four each, and there is
# one a column and one a pair. Memories as their sizes say: a column's weight
# ROM 1024 x 8 is two blocks of 4096 bits.
tools/synth.sh --modules $hardware ice40 --set array.rows=2 \
    --set array.cols=2 --set memory.weight_depth=1024 > "$out/small" ||
    complain "does not go through"
tail -n 1 "$out/small" > "$out/small.json"
[ "$(awk '$1 == "npu_pe" { print $2, $7 }' "$out/small")" = "6 6" ] ||
    complain "4 PEs and 2 lanes must take 6 DSPs"
[ "$(awk '$1 == "npu_requant" { print $2, $7 }' "$out/small")" = "4 16" ] ||
    complain "4 requantizers must take 16 DSPs"
[ "$(field "$out/small.json" luts)" -gt 1000 ] || complain "no look-up tables"
[ "$(field "$out/small.json" ffs)" -gt 1000 ] || complain "no flip-flops"

# More weights take more blocks of memory: 15 times 1024 x 8 bits in each of
# two columns, two blocks each time. And the answer comes from the cache.
tools/synth.sh $hardware ice40 --set array.rows=2 --set array.cols=2 \
    --set memory.weight_depth=16384 > "$out/large.json" ||
    complain "does not go through"
more=$(($(field "$out/large.json" brams) - $(field "$out/small.json" brams)))
[ $more = 60 ] || complain "$more blocks more, must be 60"

tools/synth.sh --clock $hardware ice40 --set array.rows=2 --set array.cols=2 \
    --set weight.bits=4 --set activation.bits=4 --set accumulator.bits=12 \
    > "$out/clock.json" || complain "no clock"
field "$out/clock.json" mhz | awk '{ exit !($1 > 10 && $1 < 1000) }' ||
    complain "no clock estimate"

! tools/synth.sh $hardware asic > "$out/log" 2>&1 || complain "target 'asic'"
grep -q "must be ice40, ecp5, xilinx or generic" "$out/log" ||
    complain "no message about the target"
! tools/synth.sh "$out/none.yaml" ice40 > "$out/log" 2>&1 || complain "no file"
grep -q "none.yaml: error: cannot read" "$out/log" ||
    complain "no message about the file"

[ $failed = 0 ] && echo "synth: $(cat "$out/small.json" "$out/clock.json" | tr '\n' ' ')"
exit $failed
