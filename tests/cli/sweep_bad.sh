# What keeps a sweep from being run, submitted or merged.
try() {
    shift
    echo "# napier $*"
    status=0
    "$NAPIER" "$@" 2>&1 > /dev/null || status=$?
    echo "-- status $status"
}
sweep() { # NAME TEXT...
    { echo "name: $1"; echo "design: $PWD/configs/designs/digits_w8a8.yaml"
      shift; printf '%s\n' "$@"; } > $TMP/$name.yaml
}
name=two
sweep two 'images: 2' 'axes: {accumulator.bits: [16, 24]}'
name=other
sweep other 'images: 2' 'axes: {accumulator.bits: [16, 20]}'
name=large
sweep large 'method: halving' 'halving: {first: 1, keep: 0.5}' 'images: 4' \
    'axes: {clock_mhz: {from: 1, to: 200}, accumulator.depth: {from: 1, to: 101}}'
echo "-- two sweeps are not one"
try $NAPIER sweep $TMP/two.yaml --db $TMP/two.db
try $NAPIER sweep $TMP/other.yaml --db $TMP/other.db
try $NAPIER sweep --merge --db $TMP/two.db $TMP/other.db
echo "-- a database that cannot be written"
cp $TMP/two.db $TMP/sealed.db
sqlite3 $TMP/sealed.db "PRAGMA journal_mode = DELETE" > /dev/null
cp $NAPIER $TMP/napier
chmod 444 $TMP/sealed.db
chmod 555 $TMP
as_nobody() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        "$@"
    fi
}
as_nobody $TMP/napier sweep $TMP/other.yaml --db $TMP/sealed.db 2>&1 > /dev/null
chmod 755 $TMP
echo "-- halving keeps all points in memory"
try $NAPIER sweep $TMP/large.yaml --db $TMP/large.db
echo "-- no synthesis beside the program"
mkdir -p $TMP/alone/build
cp $NAPIER $TMP/alone/build/napier
$TMP/alone/build/napier sweep $TMP/two.yaml --db $TMP/area.db --set area=ecp5 2>&1 > /dev/null
echo "-- no Slurm, and one that refuses"
mkdir $TMP/bin
for tool in sh sed cat; do ln -s "$(command -v $tool)" $TMP/bin; done
PATH=$TMP/bin $NAPIER sweep $TMP/two.yaml --slurm 2 -o $TMP/array 2>&1 > /dev/null
cat > $TMP/bin/sbatch <<'END'
#!/bin/sh
echo "sbatch: error: Batch job submission failed: Invalid account" >&2
exit 1
END
chmod +x $TMP/bin/sbatch
PATH=$TMP/bin $NAPIER sweep $TMP/two.yaml --slurm 2 -o $TMP/array 2>&1 > /dev/null
echo "-- names and files that cannot be meant"
try $NAPIER sweep $TMP/two.yaml --db :memory:
try $NAPIER sweep $TMP/two.yaml --db $TMP/o.db -o $TMP/o.csv
try $NAPIER sweep $TMP/two.yaml --slurm 2 --shard 1/2
try $NAPIER sweep --merge --db $TMP/two.db $TMP/two.db
try $NAPIER sweep $TMP/two.db
try $NAPIER sweep $TMP/two.yaml --db $TMP/o.db --set 'objectives={area_luts: min}'
