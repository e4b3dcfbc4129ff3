#!/usr/bin/env bash
# run.sh WORDS - the SECDED modules: proved by yosys' solver for every error of up to two bits,
# compared with C on any errors under Icarus; and both notice planted defects.
#
# WORDS is tests/rtl/secded/words.c, compiled. OUT (default build/) takes everything.
set -eu
words=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=${OUT:-$root/build}/secded
mkdir -p "$work"
work=$(cd "$work" && pwd)
cp "$root"/rtl/npu_secded_*.sv "$work"
status=0

check_bits() { # WIDTH
    local r=2
    while [ $((1 << r)) -lt $(($1 + r + 1)) ]; do r=$((r + 1)); done
    echo $r
}

prove() { # DIR WIDTH
    timeout 300 yosys -q -l "$1/yosys.log" -p "
        read_verilog -sv $1/npu_secded_enc.sv $1/npu_secded_dec.sv $here/prove_secded.sv
        hierarchy -check -top prove_secded -chparam Width $2 -chparam CheckBits $(check_bits "$2")
        proc; flatten; opt -full
        sat -verify -show-inputs -prove bad_o 0" > "$1/yosys.out" 2>&1
}

compare() { # DIR WIDTH
    "$words" "$2" 500 "$2" > "$1/words"
    iverilog -g2012 -s bench -P bench.Width="$2" -P bench.CheckBits="$(check_bits "$2")" \
        -o "$1/bench.vvp" "$here/bench.sv" "$1"/npu_secded_*.sv
    vvp -n "$1/bench.vvp" +FILE="$1/words" > "$1/bench.out"
    grep -q "^width $2: 500 words, 0 differ" "$1/bench.out"
}

proofs=0 compared=0
for width in 1 2 3 4 5 7 8 10; do
    prove "$work" $width || { echo "secded: width $width is not proved"; status=1; }
    proofs=$((proofs + 1))
done
for width in 1 2 3 4 5 6 8 11 12 26 27 38 57 58 64 72 120 121 128 247 248 256 512; do
    compare "$work" $width || { head -n 3 "$work/bench.out"; status=1; }
    compared=$((compared + 1))
done

# FILE s/edit/: each must be noticed.
caught=0
while read -r file edit; do
    mkdir -p "$work/defect"
    cp "$root"/rtl/npu_secded_*.sv "$work/defect"
    sed -i "$edit" "$work/defect/$file"
    if cmp -s "$root/rtl/$file" "$work/defect/$file"; then
        echo "secded: '$edit' changes nothing in $file"
        status=1
    elif prove "$work/defect" 8 && compare "$work/defect" 12; then
        echo "secded: '$edit' in $file is not noticed"
        status=1
    fi
    caught=$((caught + 1))
done <<'LIST'
npu_secded_enc.sv s/number = 3;/number = 5;/
npu_secded_enc.sv s/{^{check, data_i}, /{^data_i, /
npu_secded_dec.sv s/match & {Width{odd}}/match/
npu_secded_dec.sv s/odd ? !valid : (syndrome != '0)/!odd \&\& (syndrome != '0)/
npu_secded_dec.sv s/odd && valid/valid/
npu_secded_dec.sv s/number = i + 1;/number = i + 2;/
LIST

[ $status = 0 ] && echo "secded: $proofs widths proved, $compared widths equal to C, $caught planted defects noticed"
exit $status
