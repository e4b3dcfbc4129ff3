#!/usr/bin/env bash
# The same RTL and ROM images in a second, four-state simulator, against bench.cpp's reference.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
build_runtime
build_bench
status=0
while read -r config; do
    dir=$(mktemp -d "$work/smoke.XXXXXX")
    mkdir "$dir/rom"
    result="FAILED: not built"
    if build_engine "$dir" "$root/rtl" plain $config > "$dir/log" 2>&1 &&
        "$work/bench" plan "$dir/libnpu.so" "$dir/rom" 3 "$dir/plan" >> "$dir/log" 2>&1 &&
        iverilog -g2012 -o "$dir/smoke" -s smoke_tb "$dir/npu_pkg.sv" "$here/smoke_tb.sv" \
            "$root"/rtl/npu_*.sv >> "$dir/log" 2>&1; then
        result=$(vvp -n "$dir/smoke" "+NPU_ROM_DIR=$dir/rom" "+PLAN=$dir/plan" 2>&1 |
            grep -v -e 'Not enough words' -e 'Standard inconsistency')
    fi
    echo "$(tail -n 1 <<< "$result") | iverilog $config"
    case $result in ok:*) ;; *) status=1; cat "$dir/log"; head -n 5 <<< "$result" ;; esac
    rm -rf "$dir"
done <<'EOF'
Dataflow=0 Rows=3 Cols=5 AccDepth=4 AccWidth=18
Dataflow=1 Rows=3 Cols=5 AccWidth=18
Dataflow=0 Rows=2 Cols=3 Lanes=2 AccDepth=16 WeightZeroPoint=1 AccWidth=16 AccOverflow=4 Rounding=4
Dataflow=1 Rows=4 Cols=2 Lanes=3 WeightZeroPoint=1 AccWidth=14 AccOverflow=2 Rounding=3 ProductWidth=12 ProductDrop=3
Dataflow=0 Rows=4 Cols=4 AccWidth=24 SimWidth=32 AccOverflow=1
EOF
exit $status
