#!/usr/bin/env bash
# run_tools.sh NAPIER - the images as the tools that people use read them: srec_cat, objcopy,
# Verilator and Icarus $readmemh, a C compiler, yosys; and a decoder that knows the manifest's
# page only (stranger.py). Every word is compared. And images that those tools wrote, read back.
#
# OUT (default build/) takes everything.
set -eu
napier=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"
work=${OUT:-build}/images/tools
rm -rf "$work"
mkdir -p "$work"
design=configs/designs/digits_w8a8.yaml
odd="--set weight.bits=5 --set array.lanes=3 --set array.cols=3"
failed=0 count=0

check() { # TITLE COMMAND...
    local title=$1
    shift
    count=$((count + 1))
    "$@" > "$work/log" 2>&1 && return
    failed=1
    echo "images: $title: differs"
    head -n 8 "$work/log"
}

rom() { # DIR OPTION...
    local dir=$work/$1
    shift
    # shellcheck disable=SC2086
    "$napier" rom $design -o "$dir" "$@" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}

# ------------------------------------------------------- a decoder of the page alone
stranger() { # NAME OPTION...
    local name=$1
    shift
    rom "$name" "$@"
    "$napier" rom --decode "$work/$name" -o "$work/$name.npz" > /dev/null
    check "stranger, $*" python3 "$here/stranger.py" check "$work/$name" "$work/$name.npz"
}
stranger s0
stranger s1 $odd --format bin --packing tight --bit-order msb --banking row
stranger s2 --set weight.bits=3 --packing tight --unit 16 --endian big
stranger s3 --format mem --packing padded --unit 24 --endian big --bit-order msb --secded \
    --banking flat --split memory
stranger s4 --set weight.bits=12 --format bin --byte-lanes 3 --unit 16 --endian big --secded
stranger s5 $odd --secded --banking row --addresses

# ------------------------------------- Intel HEX, S-record: srec_cat and objcopy
# Bases that cross 64 KiB, gaps, an odd end; the bytes are those of the raw image.
compare_bytes() { # FORMAT SREC-TYPE BFD BASE OPTION...
    local format=$1 type=$2 bfd=$3 base=$4 file
    shift 4
    rom "$format" --format "$format" --base "$base" "$@"
    rom raw --format bin --base "$base" "$@"
    file=$(ls "$work/$format"/image.*)
    local start
    start=$(python3 -c "import json;print(json.load(open('$work/raw/manifest.json'))['images'][0]['address'])")
    local end=$((start + $(stat -c %s "$work/raw/image.bin")))
    srec_cat "$file" -"$type" -fill 0 "$start" "$end" -offset -"$start" -o "$work/cat.bin" -binary
    check "srec_cat $format" cmp "$work/cat.bin" "$work/raw/image.bin"
    objcopy -I "$bfd" -O binary --gap-fill 0 "$file" "$work/copy.bin"
    check "objcopy $format" cmp "$work/copy.bin" "$work/raw/image.bin"
    # And what they write of the same bytes.
    local out=${file##*.}
    srec_cat "$work/raw/image.bin" -binary -offset "$start" -o "$work/cat.$out" -"$type"
    check "read srec_cat's $format" "$napier" rom --decode "$work/cat.$out" \
        --manifest "$work/$format/manifest.json" --format "$format" -o "$work/back.npz"
    objcopy -I binary -O "$bfd" --change-addresses "$start" "$work/raw/image.bin" "$work/copy.$out"
    check "read objcopy's $format" "$napier" rom $design "${@:1}" --verify --decode "$work/copy.$out" \
        --manifest "$work/$format/manifest.json" --format "$format"
}
compare_bytes ihex intel ihex 0x1fff0 $odd
compare_bytes ihex16 intel ihex 0xfff0
compare_bytes ihex8 intel ihex 0x10
compare_bytes srec motorola srec 0xfffff0 $odd
compare_bytes srec28 motorola srec 0x12340
compare_bytes srec19 motorola srec 0x40
for unit in 8 16 32; do
    rom mif --format mif --packing padded --unit $unit --split memory
    rom mifbin --format bin --packing padded --unit $unit --split memory
    srec_cat "$work/mif/scale.mif" -mif -o "$work/cat.mif" -binary
    check "srec_cat mif, units of $unit" cmp "$work/cat.mif" "$work/mifbin/scale.bin"
done
rom lanes --format ihex --byte-lanes 2
rom whole --format bin --align 4
for lane in 0 1; do
    srec_cat "$work/lanes/image.lane$lane.ihex" -intel -o "$work/lane.bin" -binary
    srec_cat "$work/whole/image.bin" -binary -split 2 $lane 1 -o "$work/split.bin" -binary
    check "srec_cat -split, lane $lane" cmp "$work/lane.bin" "$work/split.bin"
done

# ----------------------------------------- $readmemh, case ROM: simulators, yosys
# A bench that reads every file of a folder and prints memory, bank, word.
readmem_bench() { # DIR FILE.sv
    python3 - "$1" > "$2" <<'PY'
import json, sys
m = json.load(open(sys.argv[1] + "/manifest.json"))
stored = {x["name"]: x["stored"] for x in m["memories"]}
files = {i["name"]: i["files"][0]["file"] for i in m["images"]}
body, decl = [], []
for n, b in enumerate(m["banks"]):
    s = stored[b["memory"]]
    decl.append("  reg [%d:0] m%d [0:%d];" % (s["word_bits"] - 1, n, s["words"] - 1))
    body.append('    $readmemh("%s/%s", m%d);' % (sys.argv[1], files[b["image"]], n))
    body.append('    for (i = 0; i < %d; i = i + 1) $display("%s %d %%0d %%h", i, m%d[i]);'
                % (s["words"], b["memory"], b["bank"], n))
print("module bench;\n  integer i;\n%s\n  initial begin\n%s\n    $finish;\n  end\nendmodule"
      % ("\n".join(decl), "\n".join(body)))
PY
}
simulate() { # NAME FILE... : prints the bench's lines, twice
    local name=$1
    shift
    iverilog -g2012 -o "$work/$name.vvp" "$@" && vvp -n "$work/$name.vvp" | grep '^[a-z]* [0-9]* [0-9]* ' > "$work/$name.icarus"
    nice verilator --binary -Wno-fatal --Mdir "$work/$name.v" -o sim --top-module bench "$@" > "$work/$name.log" 2>&1
    "$work/$name.v/sim" | grep '^[a-z]* [0-9]* [0-9]* ' > "$work/$name.verilator"
}
python3 "$here/stranger.py" words "$work/s5" > "$work/s5.words"
readmem_bench "$work/s5" "$work/readmem.sv"
simulate readmem "$work/readmem.sv"
check "Icarus \$readmemh" cmp "$work/s5.words" "$work/readmem.icarus"
check "Verilator \$readmemh" cmp "$work/s5.words" "$work/readmem.verilator"

rom_bench() { # DIR FILE.sv
    python3 - "$1" > "$2" <<'PY'
import json, sys
m = json.load(open(sys.argv[1] + "/manifest.json"))
stored = {x["name"]: x["stored"] for x in m["memories"]}
body, decl = [], []
for n, b in enumerate(m["banks"]):
    s = stored[b["memory"]]
    abits = max(1, (s["words"] - 1).bit_length())
    decl.append("  reg [%d:0] a%d; wire [%d:0] d%d; napier_%s u%d (.addr_i(a%d), .data_o(d%d));"
                % (abits - 1, n, s["word_bits"] - 1, n, b["image"], n, n, n))
    body.append('    for (i = 0; i < %d; i = i + 1) begin a%d = i[%d:0]; #1; $display("%s %d %%0d %%h", i, d%d); end'
                % (s["words"], n, abits - 1, b["memory"], b["bank"], n))
print("`timescale 1ns/1ns\nmodule bench;\n  integer i;\n%s\n  initial begin\n%s\n    $finish;\n  end\nendmodule"
      % ("\n".join(decl), "\n".join(body)))
PY
}
design_was=$design
design=$here/tiny/design.yaml
rom sv --format sv --secded
rom svwords --format mem --secded
design=$design_was
python3 "$here/stranger.py" words "$work/svwords" > "$work/sv.words"
rom_bench "$work/sv" "$work/rombench.sv"
iverilog -g2012 -o "$work/sv.vvp" "$work/rombench.sv" "$work"/sv/[bpsw]*.sv
vvp -n "$work/sv.vvp" | grep '^[a-z]* [0-9]* [0-9]* ' > "$work/sv.icarus"
check "Icarus, case ROM" cmp "$work/sv.words" "$work/sv.icarus"
check "verilator --lint-only, case ROM" verilator --lint-only -Wall "$work/sv/weight_000.sv" \
    -Wno-DECLFILENAME
yosys -q -p "read_verilog -sv $(echo "$work"/sv/[bpsw]*.sv); proc; opt; techmap; opt; write_verilog -noattr $work/netlist.v" > "$work/yosys.log" 2>&1
iverilog -g2012 -o "$work/netlist.vvp" "$work/rombench.sv" "$work/netlist.v"
vvp -n "$work/netlist.vvp" | grep '^[a-z]* [0-9]* [0-9]* ' > "$work/sv.yosys"
check "yosys, case ROM as gates" cmp "$work/sv.words" "$work/sv.yosys"

# ---------------------------------------------------------------- C: a compiler
rom c --format c --set weight.bits=3
rom cbin --format bin --set weight.bits=3
cat > "$work/print.c" <<'C'
#include <stdio.h>
#include "image.h"
int main(void)
{
    fwrite(napier_image, sizeof(napier_image[0]), NAPIER_IMAGE_COUNT, stdout);
    return sizeof(napier_image) != NAPIER_IMAGE_COUNT;
}
C
for cc in gcc clang; do
    $cc -std=c99 -Wall -Wextra -Wconversion -pedantic -Werror -I"$work/c" -o "$work/print" "$work/print.c" "$work/c/image.c"
    "$work/print" > "$work/c.bin"
    check "$cc, C array" cmp "$work/c.bin" "$work/cbin/image.bin"
done
g++ -Wall -Werror -fsyntax-only -I"$work/c" -x c++ "$work/c/image.h"
rom cw --format c --packing words --split bank
rom cwbin --format mem --packing words --split bank
python3 "$here/stranger.py" words "$work/cwbin" | awk '$1 == "scale" && $2 == 3 { print $4 }' > "$work/cw.words"
cat > "$work/printw.c" <<'C'
#include <inttypes.h>
#include <stdio.h>
#include "scale_003.h"
int main(void)
{
    for (unsigned i = 0; i < NAPIER_SCALE_003_COUNT; i++)
        printf("%012" PRIx64 "\n", (uint64_t) napier_scale_003[i]);
    return 0;
}
C
gcc -std=c99 -Wall -Werror -pedantic -I"$work/cw" -o "$work/printw" "$work/printw.c" "$work/cw/scale_003.c"
"$work/printw" | sed 's/^0*\(.\)/\1/' > "$work/cw.printed"
sed -i 's/^0*\(.\)/\1/' "$work/cw.words"
check "gcc, words in C" cmp "$work/cw.words" "$work/cw.printed"

# A sanity check of the checks: a changed word is noticed.
sed -i '0,/^[0-9a-f]/s/^[0-9a-f]/f/' "$work/readmem.icarus"
printf x | dd of="$work/cat.bin" bs=1 seek=40 conv=notrunc status=none
cmp -s "$work/cat.bin" "$work/raw/image.bin" && { echo "images: a changed byte is not noticed"; failed=1; }

echo "images: $count comparisons with other tools, $([ $failed = 0 ] && echo all equal || echo NOT all equal)"
exit $failed
