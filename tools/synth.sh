#!/usr/bin/env bash
# synth.sh - what the core of a hardware file takes on an FPGA, by yosys.
#
#   synth.sh [--modules|--clock] HARDWARE.yaml TARGET [--set KEY=VALUE]...
#
#   TARGET     ice40 (UltraPlus, with its DSPs), ecp5, xilinx (7 series), generic (gates)
#   (nothing)  one line of JSON: cells, luts, ffs, carries, dsps, brams
#   --modules  a table as well: what each module takes, all of its instances together
#   --clock    ice40 only: the array alone between registers, placed and routed by
#              nextpnr-ice40 on an HX8K; JSON with mhz added
#
# Every module is synthesized once and counted as often as it is there, so nothing is optimized
# across module boundaries: an upper bound. Memories are counted in the target's blocks from their
# width and depth (tools/synth/memories.sv).
#
# Results are kept under a key of all that goes in ($NAPIER_CACHE or ~/.cache/napier, synth/).
# NAPIER names the command (build/napier or the installed one), RTL the modules (rtl/). Exit status: 0; 1 with yosys'
# message; 2 usage.
set -eu
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
RTL=${RTL:-$root/rtl}
if [ -z "${NAPIER:-}" ]; then # of the source tree, or where it is installed
    NAPIER=${OUT:-$root/build}/napier
    [ -x "$NAPIER" ] || NAPIER=$root/../../bin/napier
fi

usage() {
    sed -n '2,/^# message/{/^set/q;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" | sed -n 3,9p >&2
    exit 2
}

mode=area
case ${1:-} in
--modules) mode=modules; shift ;;
--clock) mode=clock; shift ;;
esac
[ $# -ge 2 ] || usage
hardware=$1 target=$2
shift 2

case $target in # command; bits and widest word of a block memory
ice40) synth="synth_ice40 -noflatten -dsp -device u" bits=4096 widest=16 ;;
ecp5) synth="synth_ecp5 -noflatten" bits=16384 widest=32 ;;
xilinx) synth="synth_xilinx -family xc7 -noiopad -noclkbuf" bits=16384 widest=32 ;;
generic) synth="synth" bits=16384 widest=32 ;;
*) echo "synth.sh: target is '$target', must be ice40, ecp5, xilinx or generic" >&2; exit 2 ;;
esac
if [ $mode = clock ] && [ "$target" != ice40 ]; then
    echo "synth.sh: --clock is for ice40, not for '$target'" >&2
    exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
"$NAPIER" package "$hardware" -o "$work/npu_pkg.sv" "$@" || exit 1
name=$(sed -n "1s/.*'\(.*\)'.*/\1/p" "$work/npu_pkg.sv")
cp "$RTL"/npu_*.sv "$root"/tools/synth/* "$work"
rm -f "$work/npu_top.sv" "$work/npu_rom.sv" "$work/npu_ram.sv"

# The first two lines of the package are the name and the digest: not part of the machine.
key=$({
    sed 1,2d "$work/npu_pkg.sv"
    (cd "$work" && find . -type f ! -name npu_pkg.sv | LC_ALL=C sort | xargs cat)
    cat "${BASH_SOURCE[0]}"
    yosys -V
    [ $mode != clock ] || nextpnr-ice40 --version 2>&1
    echo "$target $mode"
} | sha256sum | cut -c1-32)
cache=${NAPIER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/napier}/synth
kept=$cache/$key

show() { # the name is the caller's, not the cache's
    sed "s/@NAME@/$name/" "$kept"
}

if [ -e "$kept" ]; then
    show
    exit
fi

fail() { # LOG
    grep -E 'ERROR|Assert' "$1" | head -n 5 >&2 || tail -n 5 "$1" >&2
    exit 1
}

cd "$work"
read_all="read_verilog -sv -DSYNTHESIS -DNPU_SYNTH_BITS=$bits -DNPU_SYNTH_WIDEST=$widest npu_pkg.sv $(ls npu_*.sv | grep -v -e npu_pkg.sv -e npu_synth_clock.sv | tr '\n' ' ') memories.sv"

if [ $mode = clock ]; then
    yosys -q -l log -p "read_verilog -sv npu_pkg.sv npu_array_ws.sv npu_array_os.sv npu_pe.sv \
        npu_product.sv npu_overflow.sv npu_round_inc.sv npu_synth_clock.sv
        synth_ice40 -device hx -top npu_synth_clock -json top.json
        tee -q -o stat stat" > /dev/null 2>&1 || fail log
    nextpnr-ice40 --hx8k --package ct256 --json top.json --seed 1 --freq 100 \
        --pcf-allow-unconstrained --timing-allow-fail > pnr 2>&1 || fail pnr
    mhz=$(sed -n "s/.*Max frequency for clock.*: \([0-9.]*\) MHz.*/\1/p" pnr | tail -n 1)
    top=npu_synth_clock
else
    yosys -q -l log -p "$read_all; $synth -top npu_core_top; tee -q -o stat stat" \
        > /dev/null 2>&1 || fail log
    top=npu_core_top mhz=
fi

python3 count.py stat "$top" "$target" @NAME@ "$mode" $mhz > result
mkdir -p "$cache"
mv result "$kept.$$"
mv "$kept.$$" "$kept"
show
