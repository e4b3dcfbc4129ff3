#!/usr/bin/env bash
# run.sh NAPIER - the firmware pack, compiled strictly, and its driver on four
# backends: the C model behind registers, the Verilated core's AXI4-Lite port,
# a Cortex-M7 and a RISC-V under QEMU. Exit 1 if anything differs.
set -euo pipefail
napier=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/firmware/lib.sh
status=0

# NAME DESIGN [KEY=VALUE...]: the pack, its host device and the ROM.
run_host() {
    prepare "$@"
    check_pack "$work/$1/pack" || status=1
    build_host "$work/$1" || return 1
    "$work/$1/model" || status=1
    run_rtl "$work/$1" rtl || status=1
}

run_host digits configs/designs/digits_w8a8.yaml
run_host fashion configs/designs/fashion_w8a8.yaml
run_host wide configs/designs/digits_w8a8.yaml activation.bits=12 \
    activation.signed=false array.dataflow=output_stationary array.lanes=2 \
    accumulator.bits=16 weight.bits=5 array.cols=5

for kind in arm riscv; do
    tests/firmware/bare.sh $kind "$work/digits/pack" \
        "$work/digits/device_hw.c" "$work/$kind" || status=1
    check_no_float "$kind" "$work/$kind/libnpu.a" || status=1
done
[ $status = 0 ] && echo "firmware: all backends passed" ||
    echo "firmware: NOT all backends passed"
exit $status
