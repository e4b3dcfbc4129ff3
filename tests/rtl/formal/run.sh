#!/usr/bin/env bash
# Theorems about rtl/'s arithmetic, proved by yosys' SAT solver for all inputs at once, and
# statements that are false, which it must refute: so that the proofs can fail.
#
#   run.sh [quick|all] [PATTERN]    a line for each; fails unless all is as proofs.txt and
#                                   mutations.txt say
#
# OUT (default build/) takes everything; JOBS (2) run at once; SECONDS_EACH bounds one proof.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
OUT=${OUT:-$root/build}
JOBS=${JOBS:-2}
export SECONDS_EACH=${SECONDS_EACH:-300}
work=$OUT/formal
modules="npu_overflow npu_round_inc npu_product npu_pe npu_requant"

# A copy of MODULE under the name COPY, further edited.
copy() { # DIR MODULE COPY [EDIT]
    sed "s/^module $2 /module $3 /;${4:-}" "$1/$2.sv" > "$1/$3.sv"
}

# DIR gets the RTL, the references and the copies that the proofs compare with.
prepare() { # DIR [FILE EDIT]
    local module
    mkdir -p "$1"
    for module in $modules; do cp "$root/rtl/$module.sv" "$1"; done
    cp "$here"/*.sv "$here/wires.v" "$1"
    copy "$1" npu_pe npu_pe_plain 's/if (Native || Roomy) begin/if (1 == 0) begin/'
    copy "$1" npu_requant npu_requant_wires
    if ! grep -q '(1 == 0)' "$1/npu_pe_plain.sv"; then
        echo "formal: npu_pe's choice of its fast path has another form" >&2
        exit 1
    fi
    [ $# = 1 ] || sed -i "$3" "$1/$2"
}

# Yosys on prove_NAME with its parameters; leaves the log in LOG.
solve() { # DIR verify|falsify LOG NAME [KEY=VALUE...]
    local dir=$1 how=$2 log=$3 name=$4 chparam= pair wires=* sat=
    shift 4
    for pair in "$@"; do chparam="$chparam -chparam ${pair%%=*} ${pair#*=}"; done
    if [ "$name" = pipeline ]; then
        wires='*npu_requant_wires'
        sat="-tempinduct -set-init-zero -maxsteps 10 -seq 1"
    fi
    timeout "$SECONDS_EACH" yosys -q -l "$log" -p "
        read_verilog -sv $dir/npu_*.sv $dir/ref*.sv $dir/prove_$name.sv
        hierarchy -check -top prove_$name $chparam
        proc
        techmap -map $dir/wires.v $wires
        flatten; opt -full; wreduce; opt -full; check -assert
        sat -$how $sat -show-inputs -prove bad_o 0" > /dev/null 2>&1
}

report() { # WORD SECONDS TEXT
    printf '%-9s %6.1f s  %s\n' "$1" "$2" "$3"
}

elapsed() { # FROM
    echo "$(date +%s%N) $1" | awk '{print ($1 - $2) / 1e9}'
}

# One line of a list: a statement to prove, or a mutation to refute.
prove() { # LINE
    local log=$work/log.$$ word=proved began
    began=$(date +%s%N)
    solve "$work/rtl" verify "$log" $1 ||
        { word=FAILED; cp "$log" "$work/failed.${1//[ \/]/_}"; }
    # Shorter logs than a proof has would mean that nothing was asked.
    [ $word = FAILED ] || grep -q 'proof finished - no model\|Induction step proven' "$log" ||
        word=FAILED
    rm -f "$log"
    report $word "$(elapsed "$began")" "$1"
    [ $word = proved ]
}

refute() { # LINE
    local name file edit statement dir word=refuted began
    began=$(date +%s%N)
    IFS=$'\t' read -r name file edit statement <<< "$(sed 's/ ;; /\t/g' <<< "$1")"
    dir=$work/mutation.$$
    prepare "$dir" "$file" "$edit"
    if cmp -s "$root/rtl/$file" "$dir/$file" || cmp -s "$here/$file" "$dir/$file"; then
        word="NO CHANGE"
    elif ! solve "$dir" falsify "$dir/log" $statement; then
        word=SURVIVED
        grep -q '^ERROR: Called with -falsify' "$dir/log" || word="NO ANSWER"
    fi
    rm -rf "$dir"
    report "$word" "$(elapsed "$began")" "$name ($file): $statement"
    [ "$word" = refuted ]
}

# Lines of proofs.txt with each KEY=A,B,C written out; the tier, quick or all, is dropped.
expand() { # TIER
    awk -v tier="$1" '
        function out(i, line,    parts, n, k, key) {
            if (i > NF) { print line; return }
            if (!index($i, "=")) { out(i + 1, line " " $i); return }
            key = substr($i, 1, index($i, "="))
            n = split(substr($i, length(key) + 1), parts, ",")
            for (k = 1; k <= n; k++) out(i + 1, line " " key parts[k])
        }
        /^#/ || !NF { next }
        $1 == "quick" || tier == "all" { out(3, $2) }' "$here/proofs.txt"
}

case ${1:-quick} in
    prove) prove "$2"; exit ;;
    refute) refute "$2"; exit ;;
    quick | all) ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac

rm -rf "$work"
mkdir -p "$work"
prepare "$work/rtl"
began=$(date +%s%N)
status=0
expand "${1:-quick}" | { grep -- "${2:-}" || true; } |
    xargs -r -d '\n' -P "$JOBS" -n 1 "$0" prove | tee "$work/proofs.log" || status=1
{ grep -v '^#' "$here/mutations.txt" | grep -- "${2:-}" || true; } |
    xargs -r -d '\n' -P "$JOBS" -n 1 "$0" refute | tee "$work/mutations.log" || status=1
printf 'formal: %d of %d proved, %d of %d false statements refuted, %.0f s\n' \
    "$(grep -c '^proved' "$work/proofs.log")" "$(wc -l < "$work/proofs.log")" \
    "$(grep -c '^refuted' "$work/mutations.log")" "$(wc -l < "$work/mutations.log")" \
    "$(elapsed "$began")"
exit $status
