#!/usr/bin/env bash
# Line and toggle coverage of the RTL, by Verilator, from what the core's bench does: random
# networks on directed machines and on the shipped hardware, and every error status.
#
#   run_coverage.sh NAPIER     a line a module, and the sum; $OUT/rtl/coverage/annotated has the
#                              sources with counts
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
napier=$(realpath "$1")
core=$root/tests/rtl/core
work=$(realpath -m "$OUT")/rtl/coverage
rm -rf "$work"
mkdir -p "$work/parts"
$CCACHE $CXX -std=gnu++17 -O2 -Wall -Wextra -c "$core/bench.cpp" -o "$work/bench.o"
$CXX -o "$work/bench" "$work/bench.o" -ldl

# Every file is merged into the sum as soon as its machine is through: they are large.
cover() { # NAME
    local dir=$work/$1 how
    mkdir -p "$dir/rom"
    sh "$root/sim/cosim/build_core.sh" "$root/rtl" "$dir/npu_pkg.sv" "$dir" coverage \
        "$work/runtime" > "$dir/log" 2>&1 || { tail -n 5 "$dir/log"; exit 1; }
    for how in "check 12" errors; do
        # shellcheck disable=SC2086
        set -- $how
        NPU_COVERAGE=$dir/data "$work/bench" "$1" "$dir/libnpu_core.so" "$dir/rom" 5 \
            ${2:-} >> "$dir/log" 2>&1 || { tail -n 5 "$dir/log"; exit 1; }
    done
    verilator_coverage --write "$work/parts/$(basename "$dir").dat" "$dir"/data.* > /dev/null
    rm -rf "$dir"
}

number=0
while read -r config; do
    number=$((number + 1))
    mkdir -p "$work/m$number"
    write_package "$work/m$number/npu_pkg.sv" WeightDepth=4096 ParamDepth=256 $config
    cover m$number
done <<'EOF'
Dataflow=0 Rows=3 Cols=2 AccDepth=16 AccWidth=14
Dataflow=1 Rows=2 Cols=3 Lanes=2 ActWidth=12 ActSigned=0 WeightWidth=9 AccWidth=40 AccOverflow=3 Rounding=3
Dataflow=0 Rows=2 Cols=2 WeightWidth=1 ActWidth=4 AccWidth=9 AccOverflow=4 ProductWidth=6 ProductDrop=2
EOF
for hardware in tiny4; do
    mkdir -p "$work/$hardware"
    "$napier" package "$root/configs/hardware/$hardware.yaml" -o "$work/$hardware/npu_pkg.sv"
    cover $hardware
done

verilator_coverage --write "$work/all.dat" "$work"/parts/*.dat > /dev/null
# A point is a line of the source and what is counted there; machines share them.
python3 - "$work/all.dat" <<'EOF'
import collections
import os
import sys

hits = {}
for line in open(sys.argv[1], "rb"):
    text = line.decode("latin-1")
    if not text.startswith("C '"):
        continue
    body, count = text[3:].rsplit("' ", 1)
    fields = dict(part.split("\x02", 1) for part in body.split("\x01") if "\x02" in part)
    source = os.path.basename(fields.get("f", ""))
    if not source.startswith("npu_") or source.endswith(("_sva.sv", "_pkg.sv")):
        continue
    page = fields.get("page", "")
    kind = "toggle" if page.startswith("v_toggle") else "line"
    key = (source, kind, fields.get("l"), fields.get("n"), fields.get("o"))
    hits[key] = hits.get(key, 0) + int(count)

table = collections.defaultdict(lambda: [0, 0])
for (source, kind, *_), count in hits.items():
    for name in (source, "all"):
        table[name, kind][0] += count > 0
        table[name, kind][1] += 1
print("%-20s %14s %18s" % ("module", "lines", "toggles"))
for name in sorted({n for n, _ in table} - {"all"}) + ["all"]:
    cells = []
    for kind in ("line", "toggle"):
        hit, points = table[name, kind]
        cells.append("%5d of %5d %5.1f %%" % (hit, points, 100.0 * hit / points)
                     if points else "-")
    print("%-20s %22s %22s" % (name.removesuffix(".sv"), *cells))
EOF
verilator_coverage --annotate "$work/annotated" "$work/all.dat" > /dev/null
