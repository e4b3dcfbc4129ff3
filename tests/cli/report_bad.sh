# What is no sweep, or cannot be written, is said; nothing is left behind.
try() {
    "$@" > /dev/null
    echo "-- status $?"
}
db=$TMP/sweep.db
python3 tests/report/make_db.py $db 50
echo "hello" > $TMP/words
: > $TMP/nothing
printf '{"layers": [' > $TMP/cut.json
echo '{"layers": 3}' > $TMP/other.json
echo '{"layers": [{"name": 3}]}' > $TMP/unnamed.json
python3 tests/report/make_db.py $TMP/empty.db 10 empty
sqlite3 $TMP/foreign.db "CREATE TABLE t(x)"
cp $db $TMP/old.db
sqlite3 $TMP/old.db "PRAGMA user_version = 99"
cp $db $TMP/settings.db
sqlite3 $TMP/settings.db "UPDATE point SET settings = 'x' WHERE id = 7"
cp $db $TMP/undefined.db
sqlite3 $TMP/undefined.db "DELETE FROM sweep"
head -c 8192 $db > $TMP/damaged.db
for file in missing words nothing cut.json other.json unnamed.json empty.db \
        foreign.db old.db settings.db undefined.db damaged.db; do
    try $NAPIER report $TMP/$file -o $TMP/page.html
done
try $NAPIER report $TMP
mkfifo $TMP/fifo
try $NAPIER report $TMP/fifo
echo "-- controls in names do not reach the terminal"
cp $db $TMP/esc.db
sqlite3 $TMP/esc.db "UPDATE sweep SET name = 'a' || char(27) || '[31mb';
    UPDATE axis SET key = 'x' || char(27) || 'y' || x'ff' WHERE position = 0"
$NAPIER report $TMP/esc.db --objectives cycles | head -2
$NAPIER report $TMP/esc.db --objectives cycles --json - | head -3
echo "-- objectives"
for list in accuracy:max,cycels:min accuracy:most weight.bits accuracy,accuracy \
        accumulator.overflow:min area_cells:min , zzzzzz; do
    try $NAPIER report $db --objectives $list -o $TMP/page.html
done
try $NAPIER report $db -o $TMP/no/folder.html
try $NAPIER report $db -o $TMP
try $NAPIER report $db --json $TMP/no/folder.json
try $NAPIER report $db --set array.rows=4
try $NAPIER report
echo '{"layers": []}' > $TMP/run.json
try $NAPIER report $TMP/run.json
try $NAPIER report $TMP/run.json --objectives cycles -o $TMP/page.html
try $NAPIER report $TMP/run.json --json $TMP/x.json -o $TMP/page.html
sqlite3 $db "DELETE FROM objective"
cp $db $TMP/sizes.db
sqlite3 $TMP/sizes.db "UPDATE result SET accuracy = NULL, cycles = NULL,
    energy_uj = NULL"
try $NAPIER report $TMP/sizes.db -o $TMP/page.html
many=
for name in images accuracy float_accuracy accuracy_loss agreement clock_mhz \
        seconds array.rows overflows cycles stall_cycles macs utilization \
        latency_ms fps energy_uj worst_sqnr_db weight_rom_bits; do
    many=$many,$name:min
done
try $NAPIER report $db --objectives "${many#,}" -o $TMP/page.html
echo "-- the library"
mkdir $TMP/d3
try env NAPIER_D3=$TMP/d3 $NAPIER report $db -o $TMP/page.html
echo "// https://d3js.org v3.5.17" > $TMP/d3/d3.min.js
echo "terms" > $TMP/d3/LICENSE
try env NAPIER_D3=$TMP/d3 $NAPIER report $db -o $TMP/page.html
echo "// https://d3js.org v5.0.0 </script>" > $TMP/d3/d3.min.js
try env NAPIER_D3=$TMP/d3 $NAPIER report $db -o $TMP/page.html
echo "-- a database that cannot be written keeps no front"
sqlite3 $db "DROP TABLE IF EXISTS front; CREATE TABLE front(x)"
try $NAPIER report $db
ls $TMP
echo "-- nor one in a folder that is read-only"
mkdir $TMP/sealed
python3 tests/report/make_db.py $TMP/sealed/s.db 50
sqlite3 $TMP/sealed/s.db "PRAGMA journal_mode = WAL" > /dev/null
cp $TMP/sealed/s.db $TMP/sealed/old.db
sqlite3 $TMP/sealed/old.db "PRAGMA user_version = 99"
chmod 555 $TMP/sealed
chmod 755 $TMP
cp $NAPIER $TMP/napier
as_nobody() {
    if [ "$(id -u)" -eq 0 ]; then
        su nobody -s /bin/sh -c "$*"
    else
        sh -c "$*"
    fi
}
try as_nobody "$TMP/napier report $TMP/sealed/s.db --objectives cycles | sed -n 2p >&2"
try as_nobody $TMP/napier report $TMP/sealed/old.db
try as_nobody $TMP/napier report $TMP/sealed/s.db -o $TMP/sealed/page.html
chmod 755 $TMP/sealed
