# lib.sh - sourced: builds of the firmware tests below $OUT/firmware.
out=$(realpath "${OUT:-build}")
work=$out/firmware
host="-std=c11 -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L -O1 -g -Wall -Wextra -Wconversion"
libs="$(pkg-config --libs yaml-0.1 zlib jansson libcrypto) -ldl -lpthread -lm"

# NAME DESIGN [KEY=VALUE...]
prepare() {
    local dir=$work/$1 design=$2 sets=() s
    shift 2
    for s in "$@"; do sets+=(--set "$s"); done
    rm -rf "$dir"
    mkdir -p "$dir"
    "$napier" rom "$design" "${sets[@]}" --firmware "$dir/pack" > "$dir/log"
    "$napier" rom "$design" "${sets[@]}" -o "$dir/rom" >> "$dir/log"
    gcc $host -I. -Itests/firmware -I"$dir/pack" tests/firmware/emit_hw.c \
        "$out/libnapier.a" $libs -o "$dir/emit_hw"
    "$dir/emit_hw" "$design" "$@" > "$dir/device_hw.c"
    # The same shapes, other weights: all ROMs, and below this one's program.
    "$napier" rom "$design" "${sets[@]}" \
        --set quantization.weights.granularity=tensor -o "$dir/twin" >> "$dir/log"
    cp -r "$dir/twin" "$dir/mixed"
    cp "$dir/rom/program.mem" "$dir/mixed/program.mem"
    # One bit of a descriptor, whose CRC stays.
    cp -r "$dir/rom" "$dir/damaged"
    awk '/^\/\// { print; next }
         ++n == 12 { c = substr($0, 8, 1); $0 = substr($0, 1, 7) (c == "0" ? "1" : "0") }
         { print }' "$dir/rom/program.mem" > "$dir/damaged/program.mem"
}

build_pack() { # DIR
    make -s -C "$1/pack" clean
    make -s -C "$1/pack" CC=gcc CFLAGS="-O1 -g" libnpu.a
}

# The model behind registers, and the RTL's master, with the pack in DIR/pack.
build_model() { # DIR
    gcc $host -I. -Itests/firmware -I"$1/pack" tests/firmware/main_model.c \
        tests/firmware/device.c tests/firmware/driver_tests.c \
        "$1/device_hw.c" "$1/pack/libnpu.a" "$out/libnapier.a" $libs \
        -o "$1/model_test"
}

build_master() { # DIR
    gcc $host -I. -Itests/firmware -I"$1/pack" tests/firmware/main_rtl.c \
        tests/firmware/driver_tests.c "$1/device_hw.c" \
        "$1/pack/libnpu.a" "$out/libnapier.a" $libs -o "$1/rtl_test"
}

run_rtl() { # DIR RTL
    timeout 900 "$1/rtl_test" "$1" "$2" sim/cosim
}

# No message of two compilers and cppcheck; nothing of libc but memcpy.
check_pack() { # PACK
    local cc foreign
    for cc in gcc clang; do
        make -s -C "$1" clean
        make -s -C "$1" CC=$cc CFLAGS="-O2 -Wshadow -Werror" libnpu.a || return 1
        foreign=$(nm -u "$1/libnpu.a" | awk '$1 == "U" { print $2 }' |
            grep -v '^npu_\|^memcpy$\|^_GLOBAL_OFFSET_TABLE_$' || true)
        if [ -n "$foreign" ]; then
            echo "$1: compiled by $cc, asks for $foreign"
            return 1
        fi
    done
    if grep -nwE 'float|double|malloc|free' "$1"/*.c; then
        echo "$1: has floating point or allocates"
        return 1
    fi
    # A pack is a library: what it defines is not all used in it. Without the
    # image, an array of bytes and nothing else, which takes it minutes.
    (cd "$1" && cppcheck --quiet --std=c99 --error-exitcode=1 \
        --enable=warning,style,performance,portability -i npu_image.c .) ||
        return 1
    make -s -C "$1" clean
}

# The example of the README compiles, and its buffers hold what it says.
check_readme() { # PACK
    {
        echo '#include <stdio.h>'
        sed -n '/^```c/,/^```/{/^```/d;/^#include/p}' "$1/README.md"
        echo 'int main(void) {'
        sed -n '/^```c/,/^```/{/^```/d;/^#include/d;p}' "$1/README.md"
        echo 'return 0; }'
    } > "$1/../readme.c"
    gcc -std=c99 -Wall -Wextra -Wconversion -Werror -I"$1" -c "$1/../readme.c" \
        -o "$1/../readme.o" || return 1
    grep -q '^uint8_t pixels\[' "$1/README.md" || {
        echo "$1/README.md: pixels are 0 to 255"
        return 1
    }
    if grep -q 'define NPU_OUTPUT_MAX (65535)' "$1/network.h"; then
        grep -q '^uint16_t scores\[' "$1/README.md"
    fi
}

check_no_float() { # KIND LIBRARY
    local prefix=arm-none-eabi
    [ "$1" = arm ] || prefix=riscv64-unknown-elf
    if "$prefix-nm" -u "$2" | grep -E '__aeabi_[fd]|[sd]f[23]$|float'; then
        echo "$2: needs floating point"
        return 1
    fi
}
