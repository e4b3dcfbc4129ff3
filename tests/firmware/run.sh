#!/usr/bin/env bash
# run.sh NAPIER - the firmware pack, compiled strictly, and its driver on four
# backends: the C model behind registers, the Verilated core's AXI4-Lite port,
# a Cortex-M7 and a RISC-V under QEMU. Exit 1 if anything differs.
set -euo pipefail
napier=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/firmware/lib.sh
status=0

step() { # COMMAND...
    "$@" && return
    echo "FAILED     $*"
    status=1
}

# NAME DESIGN [KEY=VALUE...]: the pack, its device on this machine, the RTL.
run_host() {
    prepare "$@"
    step check_pack "$work/$1/pack"
    step check_readme "$work/$1/pack"
    build_pack "$work/$1"
    build_model "$work/$1"
    build_master "$work/$1"
    step "$work/$1/model_test"
    step run_rtl "$work/$1" rtl
}

run_host digits configs/designs/digits_w8a8.yaml
gcc $host -I. -I"$work/digits/pack" tests/firmware/main_numbers.c \
    "$work/digits/pack/libnpu.a" "$out/libnapier.a" $libs -o "$work/numbers"
step "$work/numbers"
run_host fashion configs/designs/fashion_w8a8.yaml
run_host wide configs/designs/digits_w8a8.yaml activation.bits=12 \
    activation.signed=false array.dataflow=output_stationary array.lanes=2 \
    accumulator.bits=16 weight.bits=5 array.cols=5

# Codes that 16 bits just hold.
run_host full_signed configs/designs/digits_w8a8.yaml activation.bits=16 \
    accumulator.bits=40
run_host full_unsigned configs/designs/digits_w8a8.yaml activation.bits=16 \
    activation.signed=false accumulator.bits=40

for kind in arm riscv; do
    step tests/firmware/bare.sh $kind "$work/digits/pack" \
        "$work/digits/device_hw.c" "$work/$kind"
    step check_no_float "$kind" "$work/$kind/libnpu.a"
done
[ $status = 0 ] && echo "firmware: all backends passed" ||
    echo "firmware: NOT all backends passed"
exit $status
