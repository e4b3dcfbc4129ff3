#!/usr/bin/env bash
# The core's RTL and ROM images in a second, four-state simulator, against bench.cpp's reference.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
core=$root/tests/rtl/core
here=$root/tests/rtl
work=$OUT/rtl/core
mkdir -p "$work"
$CCACHE $CXX -std=gnu++17 -O2 -Wall -Wextra -c "$core/bench.cpp" -o "$work/bench.o"
$CXX -o "$work/bench" "$work/bench.o" -ldl
status=0
while read -r seed config; do
    dir=$(mktemp -d "$work/smoke.XXXXXX")
    mkdir "$dir/rom"
    result="FAILED: not built"
    write_package "$dir/npu_pkg.sv" $config
    if sh "$root/sim/cosim/build_core.sh" "$root/rtl" "$dir/npu_pkg.sv" "$dir" plain \
            "$work/runtime" > "$dir/log" 2>&1 &&
        "$work/bench" plan "$dir/libnpu_core.so" "$dir/rom" "$seed" "$dir/plan" >> "$dir/log" 2>&1 &&
        iverilog -g2012 -o "$dir/smoke" -s smoke_tb "$dir/npu_pkg.sv" "$core/smoke_tb.sv" \
            "$root"/rtl/npu_*.sv >> "$dir/log" 2>&1; then
        result=$(vvp -n "$dir/smoke" "+NPU_ROM_DIR=$dir/rom" "+PLAN=$dir/plan" 2>&1 |
            grep -v -e 'Not enough words' -e 'Standard inconsistency')
    fi
    echo "$(tail -n 1 <<< "$result") | iverilog $config"
    case $result in ok:*) ;; *) status=1; cat "$dir/log"; head -n 5 <<< "$result" ;; esac
    rm -rf "$dir"
done <<'EOF'
1 Dataflow=0 Rows=3 Cols=5 AccDepth=16 AccWidth=18
2 Dataflow=1 Rows=3 Cols=5 AccWidth=18 WeightZeroPoint=1
3 Dataflow=0 Rows=4 Cols=4 Lanes=2 AccWidth=24 ActSigned=0
EOF
exit $status
