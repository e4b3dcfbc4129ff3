#!/usr/bin/env bash
# run.sh NAPIER [kills] - sweeps as a user runs them.
#
# Rows are compared with `napier run`, with and without reuse, whole and in
# parts, by one process and by four, killed and not. `kills`: how often the
# sweep is killed (10).
NAPIER=$(realpath "$1")
kills=${2:-10}
. "$(dirname "$0")/lib.sh"
trap 'rm -rf "$TMP"' EXIT INT TERM
cd "$top" || exit 1
export LC_ALL=C

# ------------------------------------------------------- values of the rows

sweep tests/sweep/small.yaml "$TMP/whole.db" || cat "$TMP/err"
cp "$TMP/err" "$TMP/progress_err"
check "96 points, all done" \
    [ "$(one "$TMP/whole.db" "SELECT count(*) FROM final WHERE state = 'done'")" = 96 ]
sweep tests/sweep/small.yaml "$TMP/alone.db" --no-reuse
check "with and without reuse the same rows" same_rows "$TMP/whole.db" "$TMP/alone.db"
sweep tests/sweep/small.yaml "$TMP/one.db" --jobs 1
check "one thread and several the same rows" same_rows "$TMP/whole.db" "$TMP/one.db"
check "overflows occur in the rows compared" \
    [ "$(one "$TMP/whole.db" "SELECT count(*) FROM final WHERE overflows > 0")" -gt 20 ]
sweep tests/sweep/quantize.yaml "$TMP/q.db"
sweep tests/sweep/quantize.yaml "$TMP/q_alone.db" --no-reuse
check "quantization settings, with and without reuse" same_rows "$TMP/q.db" "$TMP/q_alone.db"

as_run() { # ORDINAL: its row against napier run with the same settings
    one "$TMP/whole.db" "SELECT settings FROM final WHERE ordinal = $1" > "$TMP/settings"
    python3 - "$TMP/settings" > "$TMP/sets" <<'END'
import json, sys
for key, value in json.load(open(sys.argv[1])).items():
    print("--set")
    print(f"{key}={value}")
END
    mapfile -t sets < "$TMP/sets"
    "$NAPIER" run configs/designs/digits_w8a8.yaml --images 60 --json "$TMP/run.json" \
        --set memory.weight_depth=16384 --set memory.param_depth=1024 "${sets[@]}" > /dev/null
    "$NAPIER" sweep "$TMP/whole.db" --export json -o "$TMP/whole.json" || return 1
    python3 - "$TMP/run.json" "$TMP/whole.json" "$1" <<'END'
import json, sys
run = json.load(open(sys.argv[1]))
row = [p for p in json.load(open(sys.argv[2]))["points"] if p["ordinal"] == int(sys.argv[3])][0]
pairs = [("program_digest", "program_digest"), ("output_digest", "output_digest"),
         ("hardware_digest", "hardware_digest"), ("quantized_accuracy", "accuracy"),
         ("float_accuracy", "float_accuracy"), ("same_class", "same_class"), ("cycles", "cycles")]
bad = [(a, run[a], row[b]) for a, b in pairs if run[a] != row[b]]
for mine, its in zip(row["layers"], run["layers"]):
    for a, b in [("overflows", "overflows"), ("cycles", "cycles"), ("sqnr_db", "sqnr_db")]:
        if mine[a] != its[b]:
            bad.append((mine["name"], a, its[b], mine[a]))
print(*bad, sep="\n", end="" if not bad else "\n")
sys.exit(bool(bad))
END
}
for point in 0 13 37 58 95; do
    check "point $point as napier run says" as_run $point
done

"$NAPIER" check tests/sweep/small.yaml > "$TMP/out" 2> "$TMP/err"
"$NAPIER" check tests/sweep/small.yaml --images 20 > /dev/null 2>&1
check "on fewer images, too" [ $? = 0 ]
check "check counts the points and estimates the time" \
    [ "$(grep -c -e '^points    96 of 128$' -e '^time      about ' "$TMP/out")" = 2 ]
for file in configs/sweeps/*.yaml; do
    check "$file is read" "$NAPIER" check "$file" > "$TMP/out" 2>&1
    grep FAILED "$TMP/out" && failed=1
done

# --------------------------------------------------- shards, merge, processes

for i in 1 2 3; do
    sweep tests/sweep/small.yaml "$TMP/part$i.db" --shard $i/3
done
"$NAPIER" sweep --merge --db "$TMP/merged.db" "$TMP"/part?.db > "$TMP/out"
check "three shards, merged, are the whole" same_rows "$TMP/whole.db" "$TMP/merged.db"
"$NAPIER" sweep --merge --db "$TMP/merged.db" "$TMP"/part?.db > "$TMP/out"
check "merging again adds nothing" [ "$(grep -c ': 0 results added' "$TMP/out")" = 3 ]
"$NAPIER" sweep --merge --db "$TMP/merged.db" "$TMP/q.db" > "$TMP/out" 2> "$TMP/err"
check "another sweep is not merged" grep -q "holds results of another sweep than" "$TMP/err"
check "and changes nothing" same_rows "$TMP/whole.db" "$TMP/merged.db"
if command -v parallel > /dev/null; then
    parallel --will-cite -j 2 "$NAPIER" sweep tests/sweep/small.yaml --shard {}/3 --jobs 1 \
        --db "$TMP/gnu{}.db" ::: 1 2 3 > /dev/null 2>&1
    "$NAPIER" sweep --merge --db "$TMP/gnu.db" "$TMP"/gnu?.db > /dev/null
    check "shards by GNU parallel" same_rows "$TMP/whole.db" "$TMP/gnu.db"
else
    echo "sweep: GNU parallel is not there, skipped"
fi
for i in 1 2 3 4; do
    "$NAPIER" sweep tests/sweep/small.yaml --db "$TMP/four.db" --jobs 1 --no-reuse \
        > "$TMP/four$i" 2>&1 &
    pids[i]=$!
done
status=0
for i in 1 2 3 4; do wait "${pids[i]}" || status=1; done
check "four processes on one file end well" [ $status = 0 ]
check "four processes give the rows of one" same_rows "$TMP/whole.db" "$TMP/four.db"
check "no point was run twice" \
    [ "$(cat "$TMP"/four? | awk '/^run / { n += $2 } END { print n }')" = 96 ]
sweep tests/sweep/small.yaml "$TMP/net.db" --shared
check "with a rollback journal the same rows" same_rows "$TMP/whole.db" "$TMP/net.db"

# -------------------------------------------------------------------- killed

# As many points as keep it busy until the last kill.
sed "s#\.\./\.\./configs#$top/configs#; s/^zip:/  clock_mhz: {from: 1, to: $((kills / 2 + 1))}\n&/" \
    tests/sweep/small.yaml > "$TMP/kill.yaml"
# Half of the kills come at any moment, the start included; the others after one
# to five more results, however long these take, and a moment at random.
moment_to_kill() { # K RESULTS-BEFORE
    local wanted=$(($2 + $1 % 5 + 1))
    if [ $(($1 % 2)) = 0 ]; then
        for _ in $(seq 3000); do
            [ "$(one "$TMP/kill.db" "SELECT count(*) FROM result" 2> /dev/null || echo 0)" -ge $wanted ] && break
            sleep 0.02
        done
    fi
    sleep "$(python3 -c "import random; print(random.Random($1).uniform(0.01, 0.3))")"
}
kill_often() {
    local k done_before=0 now left
    : > "$TMP/seen"
    for k in $(seq "$kills"); do
        "$NAPIER" sweep "$TMP/kill.yaml" --db "$TMP/kill.db" --no-reuse --jobs 1 \
            > /dev/null 2>&1 &
        left=$!
        moment_to_kill "$k" "$done_before"
        kill -9 $left 2> /dev/null
        wait $left 2> /dev/null
        one "$TMP/kill.db" "PRAGMA integrity_check" | grep -qx ok || return 1
        # What was there stays as it was, down to the row's number.
        one "$TMP/kill.db" "SELECT id, point_id, finished FROM result ORDER BY id" \
            > "$TMP/now" 2> /dev/null
        comm -23 <(sort "$TMP/seen") <(sort "$TMP/now") | grep -q . && return 1
        cp "$TMP/now" "$TMP/seen"
        now=$(wc -l < "$TMP/now")
        [ "$now" -ge "$done_before" ] || return 1
        # A result without its layers would be half of a transaction.
        [ "$(one "$TMP/kill.db" "SELECT count(*) FROM result r WHERE state = 'done' AND
            NOT EXISTS (SELECT 1 FROM layer WHERE result_id = r.id)")" = 0 ] || return 1
        done_before=$now
    done
    echo "sweep: $kills kills, $done_before of $(one "$TMP/kill.db" "SELECT count(*) FROM point") points done between them"
    [ "$done_before" -gt 0 ]
}
check "killed $kills times, nothing is lost or done twice" kill_often
sweep "$TMP/kill.yaml" "$TMP/kill.db"
sweep "$TMP/kill.yaml" "$TMP/unkilled.db"
check "and it ends with the same rows" same_rows "$TMP/unkilled.db" "$TMP/kill.db"

"$NAPIER" sweep tests/sweep/small.yaml --db "$TMP/int.db" --no-reuse --jobs 1 > /dev/null 2> "$TMP/err" &
pid=$!
for _ in $(seq 6000); do
    [ "$(one "$TMP/int.db" "SELECT count(*) FROM result" 2> /dev/null || echo 0)" -ge 3 ] && break
    sleep 0.01
done
kill -INT $pid
wait $pid
status=$?
check "an interrupt ends with 130" [ $status = 130 ]
check "and gives its claims back" [ "$(one "$TMP/int.db" "SELECT count(*) FROM claim")" = 0 ]
sweep tests/sweep/small.yaml "$TMP/int.db"
check "and the rest is done later" same_rows "$TMP/whole.db" "$TMP/int.db"

# ------------------------------------------------------------ changed inputs

mkdir -p "$TMP/own"
cp -r configs data "$TMP/own/"
sed "s#\.\./\.\./configs#configs#" tests/sweep/small.yaml > "$TMP/own/s.yaml"
own=$TMP/own/s.yaml
ran() { sed -n 's/^run  *\([0-9,]*\) .*/\1/p' "$TMP/out"; }
sweep "$own" "$TMP/own.db"
sweep "$own" "$TMP/own.db"
check "run again, nothing is run" [ "$(ran)" = 0 ]
echo "# a remark" >> "$TMP/own/configs/hardware/tiny8.yaml"
sweep "$own" "$TMP/own.db"
check "a remark changes nothing" [ "$(ran)" = 0 ]
sed -i 's/accumulator.bits: \[12,/accumulator.bits: [10, 12,/' "$own"
sweep "$own" "$TMP/own.db"
check "a new value runs its points alone" [ "$(ran)" = 24 ]
sed -i 's/method: min_max/method: mse/' "$TMP/own/configs/designs/digits_w8a8.yaml"
sweep "$own" "$TMP/own.db"
check "another calibration runs all again" [ "$(ran)" = 120 ]
check "and no old row counts" \
    [ "$(one "$TMP/own.db" "SELECT count(*) FROM result WHERE stale = 1")" = 0 ]
sweep "$own" "$TMP/own.db" --set clock_mhz=50
check "another clock runs all again" [ "$(ran)" = 120 ]
sweep "$own" "$TMP/own.db" --set clock_mhz=50 --images 30
check "fewer images are another result" [ "$(ran)" = 120 ]

# ----------------------------------------------------------- other methods

sweep tests/sweep/halving.yaml "$TMP/halving.db"
check "halving: 28 on 25 images, 14 on 50, 7 on 100, 4 on 200" \
    [ "$(one "$TMP/halving.db" "SELECT images, count(*) FROM result GROUP BY images" | paste -sd' ')" \
      = "25|28 50|14 100|7 200|4" ]
sweep tests/sweep/halving.yaml "$TMP/halving.db"
check "halving goes on where it stood" [ "$(ran)" = 0 ]
sweep tests/sweep/halving.yaml "$TMP/grid.db" --set method=grid
best() { one "$1" "SELECT settings FROM final WHERE images = 200 ORDER BY accuracy DESC, energy_uj LIMIT 1"; }
check "halving finds the grid's best point" [ "$(best "$TMP/halving.db")" = "$(best "$TMP/grid.db")" ]

sweep tests/sweep/random.yaml "$TMP/r1.db"
sweep tests/sweep/random.yaml "$TMP/r2.db"
sweep tests/sweep/random.yaml "$TMP/r3.db" --set seed=2
check "random: 300 points, all different" \
    [ "$(one "$TMP/r1.db" "SELECT count(DISTINCT settings) FROM final")" = 300 ]
check "random repeats with its seed" same_rows "$TMP/r1.db" "$TMP/r2.db"
check "and differs with another" [ "$(one "$TMP/r3.db" "ATTACH '$TMP/r1.db' AS o;
    SELECT count(*) FROM final WHERE settings IN (SELECT settings FROM o.final)")" -lt 30 ]
check "random keeps the constraint" [ "$(one "$TMP/r1.db" "SELECT count(*) FROM final WHERE
    json_extract(settings, '\$.\"array.rows\"') * json_extract(settings, '\$.\"array.cols\"') > 1024")" = 0 ]

sweep tests/sweep/small.yaml "$TMP/timing.db" --set evaluate=timing --set 'objectives={cycles: min}'
check "timing alone gives the same cycles and energy" \
    [ "$(one "$TMP/timing.db" "ATTACH '$TMP/whole.db' AS o; SELECT count(*) FROM final a
        JOIN o.final b USING (settings) WHERE a.cycles = b.cycles AND a.energy_uj = b.energy_uj
        AND a.stall_cycles = b.stall_cycles AND a.weight_rom_bits = b.weight_rom_bits")" = 96 ]

# -------------------------------------------------------------- what cannot be

sweep tests/sweep/small.yaml "$TMP/refused.db" --set memory.weight_depth=200
check "machines too small are refused, not the sweep" \
    [ "$(one "$TMP/refused.db" "SELECT count(DISTINCT state) FROM final")" = 2 ]
check "and say why" [ "$(one "$TMP/refused.db" "SELECT count(*) FROM final WHERE state = 'refused'
    AND message LIKE '%must fit ''memory.weight_depth''%'")" -gt 0 ]

refuses() { # TEXT: in the message, the status 1
    grep -q -- "$1" "$TMP/err" || { cat "$TMP/err"; return 1; }
}
cp "$TMP/whole.db" "$TMP/version.db"
one "$TMP/version.db" "PRAGMA user_version = 7"
before=$(sha256sum < "$TMP/version.db")
sweep tests/sweep/small.yaml "$TMP/version.db"
check "another version is refused" refuses "has version 7 of the tables, must have version 2"
check "and left as it is" [ "$before" = "$(sha256sum < "$TMP/version.db")" ]
one "$TMP/other.db" "CREATE TABLE t(x)"
sweep tests/sweep/small.yaml "$TMP/other.db"
check "a database of another program is refused" refuses "is a database of another program"
head -c 5000 "$TMP/whole.db" > "$TMP/torn.db"
sweep tests/sweep/small.yaml "$TMP/torn.db"
check "half a file is refused" refuses "torn.db"

cp "$TMP/part1.db" "$TMP/full.db"
done_before=$(one "$TMP/full.db" "SELECT count(*) FROM result")
(ulimit -f 200; sweep tests/sweep/small.yaml "$TMP/full.db")
check "a full disk is an error" refuses "no space is left; the results so far are kept"
check "that keeps what was done" \
    [ "$(one "$TMP/full.db" "SELECT count(*) FROM result")" -ge "$done_before" ]
sweep tests/sweep/small.yaml "$TMP/full.db"
check "and goes on when there is room" same_rows "$TMP/whole.db" "$TMP/full.db"

mkdir "$TMP/locked"
cp "$TMP/part1.db" "$TMP/locked/kept.db"
chmod -R a+rX "$TMP"
chmod 555 "$TMP/locked"
chmod 444 "$TMP/locked/kept.db"
nobody() { # as one whom permissions hold
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        "$@"
    fi
}
if nobody test -r "$top/tests/sweep/small.yaml" -a -x "$NAPIER"; then
    nobody "$NAPIER" sweep tests/sweep/small.yaml --db "$TMP/locked/x.db" > /dev/null 2> "$TMP/err"
    check "a read-only folder is an error" refuses "cannot be opened: Permission denied"
    nobody "$NAPIER" sweep tests/sweep/small.yaml --db "$TMP/locked/kept.db" > /dev/null 2> "$TMP/err"
    check "a read-only file is an error" refuses "cannot be written: it is read-only"
    nobody "$NAPIER" sweep "$TMP/locked/kept.db" --export csv > "$TMP/out" 2> "$TMP/err"
    check "but it can be exported" [ "$(wc -l < "$TMP/out")" = 33 ]
else
    echo "sweep: nobody cannot read this folder, skipped"
fi

# ------------------------------------------------------------ progress, area

check "a pipe gets no progress" [ ! -s "$TMP/progress_err" ]
if script -qec true /dev/null > /dev/null 2>&1; then
    TERM=xterm script -qec "$NAPIER sweep tests/sweep/small.yaml --db $TMP/tty.db --images 540 \
        --no-reuse --jobs 1" "$TMP/typescript" > /dev/null < /dev/null
    check "a terminal sees rate, time left and the best so far" \
        grep -aq 'of 96, [0-9.]*/s, .* left, best accuracy' "$TMP/typescript"
else
    echo "sweep: there is no terminal, the progress line is not tested"
fi

# The script beside the program is asked for the area, with the settings. A
# folder with the RTL's top is the program's own tree.
mkdir -p "$TMP/tree/build" "$TMP/tree/tools" "$TMP/tree/rtl"
cp rtl/npu_top.sv "$TMP/tree/rtl/"
cp "$NAPIER" "$TMP/tree/build/napier"
cat > "$TMP/tree/tools/synth.sh" <<'END'
#!/bin/sh
echo "$@" >> "$(dirname "$0")/asked"
case "$*" in *rows=8*) echo "no yosys" >&2; exit 1 ;; esac
echo '{"cells": 100, "luts": 64, "dsps": 4, "ffs": 30, "brams": 7}'
END
chmod +x "$TMP/tree/tools/synth.sh"
sed "s#\.\./\.\./configs#$top/configs#; s/array.rows: .*/array.rows: [4]/; s/array.cols: .*/array.cols: [4]/" \
    tests/sweep/small.yaml > "$TMP/area.yaml"
"$TMP/tree/build/napier" sweep "$TMP/area.yaml" --db "$TMP/area.db" --set area=ecp5 > /dev/null 2> "$TMP/err"
check "area is asked of tools/synth.sh and kept" \
    [ "$(one "$TMP/area.db" "SELECT DISTINCT area_luts, area_cells, area_target FROM final")" = "64.0|100.0|ecp5" ]
check "with the settings of the point" grep -q -- \
    'tiny8.yaml ecp5 .*--set memory.weight_depth=16384 .*--set accumulator.bits=24 --set accumulator.overflow="wrap"' \
    "$TMP/tree/tools/asked"
sed -i 's/array.rows: .*/array.rows: [8]/' "$TMP/area.yaml"
"$TMP/tree/build/napier" sweep "$TMP/area.yaml" --db "$TMP/area2.db" --set area=ecp5 > /dev/null 2> "$TMP/err"
check "a synthesis that fails is an error" refuses "failed (is yosys installed?): no yosys"

cat > "$TMP/tree/tools/synth.sh" <<'END'
#!/bin/sh
head -c 300000 /dev/zero >&2
echo "$@" >> "$(dirname "$0")/asked"
echo '{"cells": 100, "luts": 64, "dsps": 4, "ffs": 30, "brams": 7}'
END
"$TMP/tree/build/napier" sweep "$TMP/area.yaml" --db "$TMP/area3.db" --set area=ecp5 \
    --set 'memory={weight_depth: 16384, param_depth: 512}' > /dev/null 2> "$TMP/err"
check "a script that complains at length does not hang, settings in a mapping reach it" \
    grep -q -- '--set memory.weight_depth=16384 --set memory.param_depth=512' "$TMP/tree/tools/asked"
"$NAPIER" sweep "$TMP/area.yaml" --db "$TMP/none.db" --set 'objectives={area_luts: min}' > /dev/null 2> "$TMP/err"
check "an objective of area needs the area" refuses "objective 'area_luts' has no values without 'area'"

# ------------------------------------------------- whose results a file has

# As many points as before, but others: none is taken for another.
cat > "$TMP/same.yaml" <<END
name: same
design: $top/configs/designs/digits_w8a8.yaml
images: 10
axes: {weight.bits: [3, 8], accumulator.bits: [12, 24]}
objectives: {accuracy: max}
END
sweep "$TMP/same.yaml" "$TMP/same.db" --set 'constraints=[weight.bits == 3]'
sweep "$TMP/same.yaml" "$TMP/same.db" --set 'constraints=[weight.bits == 8]'
sweep "$TMP/same.yaml" "$TMP/fresh.db" --set 'constraints=[weight.bits == 8]'
check "as many other points are not those that were there" same_rows "$TMP/fresh.db" "$TMP/same.db"
check "and those keep their rows" [ "$(one "$TMP/same.db" "SELECT count(*) FROM result WHERE stale = 0")" = 4 ]
sweep "$TMP/same.yaml" "$TMP/same.db" --set 'objectives={energy_uj: min}'
check "objectives from the command line are kept" \
    [ "$(one "$TMP/same.db" "SELECT name || ' ' || direction FROM objective")" = "energy_uj min" ]
check "and so are the settings" \
    [ "$(one "$TMP/same.db" "SELECT settings FROM sweep")" = "objectives={energy_uj: min}" ]
sed 's/^name: same/name: other/' "$TMP/same.yaml" > "$TMP/other.yaml"
sweep "$TMP/other.yaml" "$TMP/same.db"
check "another sweep's file is refused" refuses "'$TMP/same.db' has the results of sweep 'same', must be another file for 'other'"
check "and keeps them" [ "$(one "$TMP/same.db" "SELECT count(*) FROM result WHERE stale = 0")" = 4 ]

# Shards of other bases are not one sweep, and a file is not merged into itself.
sweep "$TMP/same.yaml" "$TMP/s1.db" --shard 1/2
sweep "$TMP/same.yaml" "$TMP/s2.db" --shard 2/2 --set clock_mhz=50
"$NAPIER" sweep --merge --db "$TMP/both.db" "$TMP/s1.db" "$TMP/s2.db" > "$TMP/out" 2> "$TMP/err"
check "shards of other settings are not merged" refuses "holds results of another sweep than"
sed "s#/digits_w8a8.yaml#/copy.yaml#; s#design: .*/#design: $TMP/#" "$TMP/same.yaml" > "$TMP/copied.yaml"
sed "s#: \.\./#: $top/configs/#; s#\.\./\.\./data#$top/data#g" configs/designs/digits_w8a8.yaml > "$TMP/copy.yaml"
sweep "$TMP/copied.yaml" "$TMP/c1.db" --shard 1/2
sed -i 's/min_max/mse/' "$TMP/copy.yaml"
sweep "$TMP/copied.yaml" "$TMP/c2.db" --shard 2/2
"$NAPIER" sweep --merge --db "$TMP/bases.db" "$TMP/c1.db" "$TMP/c2.db" > "$TMP/out" 2> "$TMP/err"
check "nor shards of another base" refuses "holds results of another base (design, hardware, network, data or settings)"
"$NAPIER" sweep --merge --db "$TMP/s1.db" "$TMP/s1.db" > "$TMP/out" 2> "$TMP/err"
check "nor a file into itself" refuses "is the file to merge into"
"$NAPIER" sweep --merge --db "$TMP/made.db" "$TMP/none.db" > "$TMP/out" 2> "$TMP/err"
check "a merge of nothing makes no file" [ ! -e "$TMP/made.db" ]
"$NAPIER" sweep "$TMP/s1.db" > "$TMP/out" 2> "$TMP/err"
check "a database is no sweep file" refuses "is a database, must be a sweep file"
"$NAPIER" sweep "$TMP/same.yaml" --db :memory: > "$TMP/out" 2> "$TMP/err"
check "results stay in a file" refuses "'--db' is ':memory:'"

# Another definition while somebody works on the first.
"$NAPIER" sweep tests/sweep/small.yaml --db "$TMP/busy.db" --no-reuse --jobs 1 > /dev/null 2>&1 &
pid=$!
for _ in $(seq 6000); do
    [ "$(one "$TMP/busy.db" "SELECT count(*) FROM result" 2> /dev/null || echo 0)" -ge 1 ] && break
    sleep 0.01
done
kill -STOP $pid
sweep tests/sweep/small.yaml "$TMP/busy.db" --set images=20
check "a definition that somebody works on stays" refuses "process $pid works on another definition of the sweep in '$TMP/busy.db', must be waited for"
kill -CONT $pid
kill -INT $pid
wait $pid

# A part of refused points alone is a part that is done.
sweep "$TMP/same.yaml" "$TMP/part.db" --shard 1/2 --set memory.weight_depth=16
check "a part may be refused as a whole" [ $? = 0 ]
sweep "$TMP/same.yaml" "$TMP/all.db" --set memory.weight_depth=16
check "a sweep may not" refuses "every point is refused"
sweep "$TMP/same.yaml" "$TMP/all.db" --set memory.weight_depth=16
check "however often it is asked" refuses "every point is refused"
"$NAPIER" check "$TMP/same.yaml" --set memory.weight_depth=16 > "$TMP/out" 2> "$TMP/err"
check "check says that points cannot run" refuses "4 of 4 points that were tried cannot run; the first says: "

# -------------------------------------------------------------------- export

"$NAPIER" sweep "$TMP/whole.db" --export csv -o "$TMP/whole.csv"
"$NAPIER" sweep "$TMP/whole.db" --export json -o "$TMP/whole.json"
exported() {
    python3 - "$TMP/whole.csv" "$TMP/whole.json" "$TMP/whole.db" <<'END'
import csv, json, sqlite3, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
doc = json.load(open(sys.argv[2]))
db = sqlite3.connect(sys.argv[3])
db.row_factory = sqlite3.Row
final = list(db.execute("SELECT * FROM final ORDER BY ordinal"))
assert len(rows) == len(doc["points"]) == len(final) == 96
for c, j, f in zip(rows, doc["points"], final):
    settings = json.loads(f["settings"])
    assert j["settings"] == settings
    for key, value in settings.items():
        assert c[key] == str(value), (key, c[key], value)
    for key in ("accuracy", "cycles", "energy_uj", "overflows", "output_digest"):
        assert j[key] == f[key] and type(f[key])(c[key]) == f[key], key
    assert len(j["layers"]) == db.execute(
        "SELECT count(*) FROM layer WHERE result_id = ?", (f["id"],)).fetchone()[0]
END
}
"$NAPIER" sweep tests/sweep/small.yaml --db "$TMP/whole.db" --json - > "$TMP/json" 2> "$TMP/err"
check "--json - is the same JSON" cmp -s "$TMP/json" "$TMP/whole.json"
check "CSV and JSON say what the database says" exported
exit $failed
