# Sourced by the scripts of this folder: builds one engine as a shared library.
# OUT (default build/) takes everything; CXX, CCACHE and JOBS may be set.

set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
OUT=${OUT:-$root/build}
JOBS=${JOBS:-2}
CXX=${CXX:-clang++}
if [ -z "${CCACHE+set}" ]; then CCACHE=$(command -v ccache || true); fi
work=$OUT/rtl
vinc=$(verilator --getenv VERILATOR_ROOT)/include
cxxflags="-std=gnu++17 -fPIC -march=native -w -I$vinc -I$vinc/vltstd"

# The parts of Verilator's runtime, compiled once for all engines.
build_runtime() { # [trace]
    local dir=$work/runtime${1:+_$1} part parts="verilated verilated_threads"
    local trace=0
    [ "${1:-}" = trace ] && { trace=1; parts="$parts verilated_vcd_c"; }
    mkdir -p "$dir"
    for part in $parts; do
        [ -e "$dir/$part.o" ] && continue
        $CCACHE $CXX $cxxflags -O2 -DVM_TRACE=$trace -DVM_TRACE_VCD=$trace \
            -c "$vinc/$part.cpp" -o "$dir/$part.o.tmp"
        mv "$dir/$part.o.tmp" "$dir/$part.o"
    done
}

# A package: the sample's fields, with the given ones replaced.
write_package() { # FILE KEY=VALUE...
    local file=$1 edits= pair
    shift
    for pair in "$@"; do
        edits="${edits}s/ ${pair%%=*} *= .*;/ ${pair%%=*} = ${pair#*=};/;"
    done
    sed "$edits" "$here/npu_pkg.sv" > "$file"
}

# DIR gets npu_pkg.sv, libnpu.so; RTL is the folder with the modules.
# plain compiles quickly, fast runs quickly, debug has npu_shim_peek and npu_shim_trace.
build_engine() { # DIR RTL plain|fast|debug KEY=VALUE...
    local dir=$1 rtl=$2 kind=$3 vflags= cflags= runtime=runtime
    shift 3
    mkdir -p "$dir/v"
    write_package "$dir/npu_pkg.sv" "$@"
    if [ "$kind" = debug ]; then
        vflags="--vpi --trace $rtl/debug.vlt"
        cflags="-DNPU_SHIM_DEBUG -DVM_TRACE=1 -DVM_TRACE_VCD=1"
        runtime=runtime_trace
    fi
    verilator --cc --prefix Vnpu_top --top-module npu_top -O3 \
        --x-assign fast --x-initial fast -fno-const-bit-op-tree \
        --output-split 0 --output-split-cfuncs 0 --Mdir "$dir/v" $vflags \
        "$rtl/shim.vlt" "$dir/npu_pkg.sv" -y "$rtl" "$rtl/npu_top.sv"
    {
        cat_includes "$dir"/v/Vnpu_top*.cpp
        echo "#include \"$root/sim/cosim/npu_shim.cpp\""
    } > "$dir/v/all.cpp"
    if [ "$kind" = fast ]; then
        cat_includes $(ls "$dir"/v/Vnpu_top*.cpp | grep -v -e __Slow -e __Syms) > "$dir/v/hot.cpp"
        cat_includes $(ls "$dir"/v/Vnpu_top*.cpp | grep -e __Slow -e __Syms) > "$dir/v/all.cpp"
        echo "#include \"$root/sim/cosim/npu_shim.cpp\"" >> "$dir/v/all.cpp"
        $CCACHE $CXX $cxxflags -I"$dir/v" -O2 -c "$dir/v/hot.cpp" -o "$dir/hot.o"
    fi
    $CCACHE $CXX $cxxflags $cflags -I"$dir/v" -O1 -c "$dir/v/all.cpp" -o "$dir/all.o"
    $CXX -shared -o "$dir/libnpu.so" "$dir"/*.o "$work/$runtime"/*.o -lpthread -latomic
}

cat_includes() {
    local file
    for file in "$@"; do echo "#include \"${file##*/}\""; done
}

build_bench() {
    mkdir -p "$work"
    $CCACHE $CXX -std=gnu++17 -O2 -Wall -Wextra -c "$here/bench.cpp" -o "$work/bench.o"
    $CXX -o "$work/bench" "$work/bench.o" -ldl
}
