#!/usr/bin/env bash
# bare.sh arm|riscv PACK DEVICE_HW OUT - the driver on an emulated processor.
#
# The processor's own gcc compiles the pack, as a firmware engineer would; the
# device beside it is the C model, compiled by clang, for its 128-bit sums need
# an integer that gcc has on 64-bit processors only.
set -euo pipefail
kind=$1 pack=$2 device_hw=$3 out=$4
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
model="sim/fx/fx.c sim/fx/requantize.c sim/array/array.c sim/array/gather.c
    sim/array/kernel.c sim/array/kernel_portable.c sim/array/kernel_avx2.c
    sim/array/timing.c sim/array/signature.c sim/array/elementwise.c
    sim/program/program.c sim/program/program_load.c
    sim/program/program_params.c sim/program/image.c sim/program/descriptor.c
    sim/program/plan.c sim/quant/quant.c sim/config/hardware.c sim/base/arena.c
    sim/base/diag.c sim/base/strbuf.c sim/base/text.c
    tests/firmware/bare/digest_bare.c tests/firmware/bare/host_bare.c
    tests/firmware/device.c $device_hw"
common="-O2 -g -ffunction-sections -fdata-sections -Wall -Wextra"
case $kind in
arm)
    gcc=arm-none-eabi-gcc
    cpu="-mthumb -mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=hard"
    clang="clang --target=thumbv7em-none-eabi -mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=hard -fshort-enums
        -isystem /usr/include/newlib"
    link="--specs=rdimon.specs -nostartfiles -T tests/firmware/bare/mps2.ld"
    more=tests/firmware/bare/startup_arm.c
    name="Cortex-M7"
    run="qemu-system-arm -M mps2-an500 -display none -serial none -monitor none
        -semihosting-config enable=on,target=native -kernel" ;;
riscv)
    gcc=riscv64-unknown-elf-gcc
    cpu="-march=rv32imac -mabi=ilp32 --specs=picolibc.specs"
    clang="clang --target=riscv32-unknown-elf -march=rv32imac -mabi=ilp32
        -isystem /usr/lib/picolibc/riscv64-unknown-elf/include"
    link="--oslib=semihost --crt0=hosted
        -Wl,--defsym=__flash=0x80000000 -Wl,--defsym=__flash_size=4M
        -Wl,--defsym=__ram=0x80400000 -Wl,--defsym=__ram_size=16M
        -Wl,--defsym=__stack_size=64k"
    more=
    name="RISC-V (rv32imac)"
    run="qemu-system-riscv32 -M virt -m 64M -bios none -display none -serial none -monitor none
        -semihosting-config enable=on,target=native -kernel" ;;
esac

mkdir -p "$out"
cp "$pack"/*.[ch] "$pack/Makefile" "$out/"
make -s -C "$out" CC=$gcc AR="${gcc%gcc}ar" CFLAGS="$cpu $common -Werror" libnpu.a
objects=
for source in $model; do
    object=$out/$(basename "$source" .c).o
    $clang -std=c11 -D'FX_INT128=_BitInt(128)' -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L $common -Wno-gnu-folding-constant \
        -I. -I"$out" -Itests/firmware -c "$source" -o "$object"
    objects="$objects $object"
done
for source in tests/firmware/main_model.c tests/firmware/driver_tests.c $more; do
    object=$out/$(basename "$source" .c).o
    $gcc $cpu -std=gnu11 $common -DBACKEND="\"$name\"" -I. -I"$out" \
        -Itests/firmware -Itests/firmware/bare -c "$source" -o "$object"
    objects="$objects $object"
done
$gcc $cpu $objects "$out/libnpu.a" -Wl,--gc-sections,-z,noexecstack $link -lm -o "$out/test.elf"
timeout 120 $run "$out/test.elf" 2>&1 | tr -d '\r' | tee "$out/log"
grep -q 'PASSED$' "$out/log"
