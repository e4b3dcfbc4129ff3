# The front on the terminal, in the database and as JSON; the page.
db=$TMP/sweep.db
python3 tests/report/make_db.py $db 300
$NAPIER report $db --objectives accuracy:max,cycles:min
sqlite3 $db "SELECT objectives, count(*) FROM front GROUP BY objectives"
echo "-- another front beside it, the first one anew"
$NAPIER report $db --objectives worst_sqnr_db,weight_rom_bits > /dev/null
$NAPIER report $db --objectives accuracy,cycles > /dev/null
sqlite3 $db "SELECT objectives, count(*) FROM front GROUP BY objectives"
echo "-- JSON"
$NAPIER report $db --json - | python3 -c '
import json, sys
d = json.load(sys.stdin)
print(d["title"], d["points"], d["objectives"], len(d["front"]))
print(sorted(d["front"][0]), d["front"][0]["settings"])'
echo "-- halving: fewer images are not compared"
python3 tests/report/make_db.py $TMP/halving.db 100 halving
$NAPIER report $TMP/halving.db --objectives accuracy | head -3
echo "-- a base that has changed since"
$NAPIER run configs/designs/fashion_w8a8.yaml --images 1 --json $TMP/base.json \
    --set weight.bits=2 --set activation.bits=4 --set accumulator.bits=12 \
    --set accumulator.overflow=wrap --set array.rows=8 > /dev/null 2>&1
python3 tests/report/make_db.py $TMP/all.db
for digest in $(python3 -c '
import json, os
print(json.load(open(os.environ["TMP"] + "/base.json"))["hardware_digest"])') 0; do
    sqlite3 $TMP/all.db "UPDATE result SET hardware_digest = '$digest'"
    $NAPIER report $TMP/all.db | grep -c 'has changed since'
done
echo "-- the page of a sweep and of a run"
$NAPIER report $db -o $TMP/page.html | tail -1
$NAPIER run configs/designs/digits_w8a8.yaml --images 5 --json $TMP/run.json > /dev/null
$NAPIER report $TMP/run.json -o $TMP/run.html
python3 - <<'P'
import os, re
for name in "page", "run":
    text = open("%s/%s.html" % (os.environ["TMP"], name)).read()
    print(name, "scripts", len(re.findall("<script", text)), "marks left",
          len(re.findall(r"\{\{(?:style|data|script|library|hashes)\}\}", text)),
          "licence", "Redistribution" in text,
          "loads", len(re.findall(r"""(?:src|href)\s*=\s*["'](?!data:,)""",
                                  re.sub("<script.*?</script>", "", text,
                                         flags=re.S))))
P
echo "-- what --set had is in the machine to run"
cat > $TMP/set.yaml <<S
name: set
design: $PWD/configs/designs/digits_w8a8.yaml
images: 5
axes: {accumulator.bits: [20, 24]}
set: {array.rows: 16, memory: {weight_depth: 8192}}
S
$NAPIER sweep $TMP/set.yaml --db $TMP/set.db --set array.rows=4 --set 'array={cols: 4}' > /dev/null
$NAPIER report $TMP/set.db -o $TMP/set.html | grep -c 'has changed since'
python3 - <<'P'
import os, re
text = open(os.environ["TMP"] + "/set.html").read()
print(sorted(set(re.findall(r'"(array\.\w+|memory\.\w+)"', text))))
P
