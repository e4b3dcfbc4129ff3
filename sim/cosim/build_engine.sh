#!/bin/sh
# Build the Verilated engine or core of one machine as a shared library.
#
#   build_engine.sh RTL PACKAGE DIR plain|debug|debug-fst|coverage|unique RUNTIME [npu_top|npu_core_top]
#
# RTL      folder of the modules
# PACKAGE  its npu_pkg.sv, written by codegen
# DIR      gets libnpu.so; all intermediate files stay below it
# debug    with npu_shim_peek or npu_core_peek, and waves (VCD; debug-fst: FST)
# coverage with line and toggle coverage, written to
#          $NPU_COVERAGE.<process>.<number>
# unique   what has no value yet is random, other for each core, by
#          $NPU_RESET_SEED: a register that a reset forgets does not start as 0
# RUNTIME  folder for the parts of Verilator's runtime, compiled once
#
# CXX and CCACHE may be set, each to several words. Flags: measured;
# -fno-const-bit-op-tree is needed for correctness with Verilator 5.006. Paths
# may have any character: those of Verilator's arguments gather in "$@".
set -eu
rtl=$1 package=$2 dir=$3 kind=$4 runtime=$5 top=${6:-npu_top}
here=$(cd "$(dirname "$0")" && pwd)
cflags= libs= split=0 level=-O2 rarely=-O1 unknown=fast
set --
case $top in
npu_top) shim=$here/npu_shim.cpp ;;
npu_core_top) # its assertions are always live
    shim=$here/npu_core_shim.cpp
    set -- --assert
    for file in "$rtl"/sva/*.sv; do
        [ ! -e "$file" ] || set -- "$@" "$file"
    done ;;
esac
CXX=${CXX:-clang++}
CCACHE=${CCACHE-$(command -v ccache || :)}
vinc=$(verilator --getenv VERILATOR_ROOT)/include
parts="verilated verilated_threads"
if [ "$kind" = debug ]; then
    set -- --vpi --trace "$rtl/debug.vlt" "$here/npu_operands.vlt" "$@"
    cflags="-DNPU_SHIM_DEBUG -DVM_TRACE=1 -DVM_TRACE_VCD=1"
    parts="$parts verilated_vcd_c"
    runtime=${runtime}_trace
elif [ "$kind" = debug-fst ]; then
    set -- --vpi --trace-fst "$rtl/debug.vlt" "$here/npu_operands.vlt" "$@"
    cflags="-DNPU_SHIM_DEBUG -DVM_TRACE=1 -DVM_TRACE_FST=1"
    parts="$parts verilated_fst_c"
    runtime=${runtime}_fst
    libs=-lz
elif [ "$kind" = coverage ]; then
    set -- --coverage-line --coverage-toggle --coverage-max-width 64 "$@"
    cflags="-DVM_COVERAGE=1"
    split=2000 # counters between all statements: nothing to vectorize
    level=-O0 rarely=-O0
    parts="$parts verilated_cov"
    runtime=${runtime}_coverage
elif [ "$kind" = unique ]; then
    unknown=unique
fi

compile() { # OPTIMIZATION SOURCE OBJECT
    $CCACHE $CXX -std=gnu++17 -fPIC -march=native -w \
        -include "$here/npu_print_shim.h" "-I$vinc" "-I$vinc/vltstd" \
        "-I$vinc/gtkwave" $cflags "-I$dir/v" "$1" -c "$2" -o "$3"
}

mkdir -p "$dir/v" "$runtime"
for part in $parts; do
    [ -e "$runtime/$part.o" ] && continue
    compile -O2 "$vinc/$part.cpp" "$runtime/$part.$$.o"
    mv "$runtime/$part.$$.o" "$runtime/$part.o"
done

verilator --cc --prefix V$top --top-module $top -O3 \
    --x-assign $unknown --x-initial $unknown -fno-const-bit-op-tree \
    --output-split $split --output-split-cfuncs $split --Mdir "$dir/v" \
    "$rtl/shim.vlt" "$package" -y "$rtl" "$rtl/$top.sv" "$@"
: > "$dir/v/all_fast.cpp"
: > "$dir/v/all_slow.cpp"
for file in "$dir"/v/V$top*.cpp; do
    case $file in
    *__Slow.cpp | *__Syms.cpp | *__Trace*) to=slow ;;
    *) to=fast ;;
    esac
    echo "#include \"${file##*/}\"" >> "$dir/v/all_$to.cpp"
done
compile $rarely "$dir/v/all_slow.cpp" "$dir/slow.o"
compile $level "$dir/v/all_fast.cpp" "$dir/fast.o"
compile -O2 "$shim" "$dir/shim.o"
set -- "$dir/slow.o" "$dir/fast.o" "$dir/shim.o"
for part in $parts; do
    set -- "$@" "$runtime/$part.o"
done
# A damaged part of the runtime is compiled again next time.
$CXX -shared -o "$dir/libnpu.so" "$@" -lpthread -latomic $libs || {
    rm -f "$runtime"/*.o
    exit 1
}
