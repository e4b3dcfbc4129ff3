# A network that its file has quantized, in a sweep: the same with and without
# reuse as in a run of its own, host layers and all.
F=configs/designs/fashion_tflite.yaml
cat > $TMP/s.yaml <<END
name: imported
design: $PWD/$F
images: 20
axes: {accumulator.bits: [14, 32]}
END
sed 's/images: 20/evaluate: timing/' $TMP/s.yaml > $TMP/t.yaml
rows() {
    sqlite3 $TMP/$1.db "select accuracy, overflows, substr(output_digest, 1, 16)
        from result order by point_id"
}
$NAPIER sweep $TMP/s.yaml --db $TMP/shared.db > /dev/null && rows shared
$NAPIER sweep $TMP/s.yaml --db $TMP/alone.db --no-reuse > /dev/null && rows alone
$NAPIER run $F --images 20 --set accumulator.bits=14 2> /dev/null \
    | grep -E '^(quantized|total|outputs)' | tr -s ' '
$NAPIER sweep $TMP/t.yaml --db $TMP/timing.db > /dev/null
sqlite3 $TMP/timing.db "select unit, count(*) from layer group by unit"
