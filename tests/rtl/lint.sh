#!/usr/bin/env bash
# Three front ends accept every module alone, and verilator -Wall says nothing.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root/rtl"
status=0
modules=$(ls npu_*.sv | sed 's/\.sv$//' | grep -v '_top$')

complain() { # TITLE TEXT
    [ -z "$2" ] && return
    echo "$1"
    echo "$2" | head -n 20
    status=1
}

for m in $modules; do
    complain "verilator $m" "$(verilator --lint-only -Wall -y . --top-module "$m" lint.vlt "$m.sv" 2>&1)"
    complain "iverilog $m" "$(iverilog -g2012 -Wall -Wno-timescale -t null -y . -Y .sv -s "$m" "$m.sv" 2>&1)"
    complain "yosys $m" "$(yosys -q -p "read_verilog -sv $(printf '%s.sv ' $modules); hierarchy -check -top $m; proc; check -assert" 2>&1 |
        grep -v 'Replacing memory')"
done
for top in npu_top npu_core_top; do
    complain "verilator $top" "$(verilator --lint-only -Wall -y . --top-module $top lint.vlt "$here/npu_pkg.sv" $top.sv 2>&1)"
    complain "iverilog $top" "$(iverilog -g2012 -Wall -Wno-timescale -t null -s $top "$here/npu_pkg.sv" npu_*.sv 2>&1)"
    complain "yosys $top" "$(yosys -q -p "read_verilog -sv $here/npu_pkg.sv $(printf '%s.sv ' $modules) $top.sv; hierarchy -check -top $top; proc; check -assert" 2>&1 |
        grep -v 'Replacing memory')"
done

# Odd sizes reach other branches.
while read -r config; do
    package=$(mktemp)
    write_package "$package" $config
    for top in npu_top npu_core_top; do
        complain "verilator $top $config" "$(verilator --lint-only -Wall -Wno-DECLFILENAME -y . \
            --top-module $top lint.vlt "$package" $top.sv 2>&1)"
    done
    rm -f "$package"
done <<'EOF'
Dataflow=1
Rows=1 Cols=1 AccDepth=1 ParamDepth=1 WeightDepth=1
Rows=1 Cols=1 Dataflow=1 Lanes=3 WeightWidth=1 ActBanks=4 ActDepth=1 ProgramDepth=40
Rows=5 Cols=3 AccDepth=300 WeightZeroPoint=1 AccOverflow=2 AccWidth=12
Rows=5 Cols=3 Lanes=4 ActBanks=32 Dataflow=1 ActSigned=0 ActWidth=16 WeightWidth=16 AccWidth=48 AccOverflow=4 AccWrapBits=2
Rows=3 Cols=3 ProductWidth=7 ProductDrop=9 ProductRounding=4 AccWidth=8 SimWidth=32 MultWidth=8
Rows=3 Cols=3 Dataflow=1 AccWidth=20 SimWidth=32 AccOverflow=1
Rows=3 Cols=3 AccWidth=24 SimWidth=64 AccOverflow=3
EOF

[ $status = 0 ] && echo "lint: $(wc -w <<< "$modules") modules, npu_top and npu_core_top, three tools, no message"
exit $status
