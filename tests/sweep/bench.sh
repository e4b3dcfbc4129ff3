#!/usr/bin/env bash
# bench.sh NAPIER - how fast sweeps are, and how much faster than napier run.
#
# Processor time (user and system, all threads) beside wall time: the former
# does not depend on what else the machine does.
set -eu
NAPIER=$(realpath "$1")
cd "$(dirname "$0")/../.."
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT INT TERM
export LC_ALL=C TIMEFORMAT='%R %U %S'

compute() { # EXPRESSION
    awk "BEGIN { printf \"%.9f\", $1 }"
}

timed() { # COMMAND...: wall and processor seconds into $wall and $cpu
    { time "$@" > "$TMP/out" 2>&1; } 2> "$TMP/time"
    read -r wall user system < "$TMP/time"
    cpu=$(compute "$user + $system")
}

design=configs/designs/fashion_w8a8.yaml
timed "$NAPIER" run $design --set accumulator.bits=14
narrow=$cpu
timed "$NAPIER" run $design
run_cpu=$(compute "($cpu + $narrow) / 2") run_wall=$wall
printf '%-52s %9s %11s %8s\n' "sweep of fashion, 1,000 images" "wall s" "CPU s/point" "run's"
printf '%-52s %9.2f %11.3f %8s\n' "napier run, one point" "$run_wall" "$run_cpu" 1

accumulators() { # FROM TO
    cat > "$TMP/a.yaml" <<END
name: a
design: $PWD/$design
images: 1000
axes:
  accumulator.bits: {from: $1, to: $2}
  accumulator.overflow: [wrap, saturate]
END
    timed "$NAPIER" sweep "$TMP/a.yaml" --db "$TMP/a$1.db"
    points=$((2 * ($2 - $1 + 1)))
    printf '%-52s %9.2f %11.4f %7.1fx\n' "$points points, accumulators of $1 to $2 bits" "$wall" \
        "$(compute "$cpu / $points")" "$(compute "$run_cpu * $points / $cpu")"
}
accumulators 18 48    # 5,509 events at 18 bits, none above
accumulators 16 32    # 16 and 17 bits ruin the network: nothing to reuse
accumulators 12 32    # as the shipped sweep

cat > "$TMP/hundred.yaml" <<END
name: hundred
design: $PWD/$design
images: 1000
axes:
  weight.bits: [3, 4, 5, 6, 8]
  activation.bits: [4, 5, 6, 7, 8]
  accumulator.bits: [16, 20]
  accumulator.overflow: [wrap, saturate]
END
timed "$NAPIER" sweep "$TMP/hundred.yaml" --db "$TMP/hundred.db"
printf '%-52s %9.2f %11.4f %7.1fx\n' "100 points: 5 x 5 widths x 2 accumulators x 2 modes" "$wall" \
    "$(compute "$cpu / 100")" "$(compute "$run_cpu * 100 / $cpu")"
timed "$NAPIER" sweep configs/sweeps/shapes.yaml --db "$TMP/shapes.db"
points=$(sqlite3 "$TMP/shapes.db" "SELECT count(*) FROM final")
printf '%-52s %9.2f %11.6f\n' "$points points, timing alone" "$wall" "$(compute "$cpu / $points")"
