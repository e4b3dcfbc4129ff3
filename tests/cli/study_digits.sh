# The accumulator study; the same with and without reuse of layers.
$NAPIER run configs/designs/digits_w8a8.yaml --images 30 --accumulator-study \
    --widths 13:19 > $TMP/reuse
$NAPIER run configs/designs/digits_w8a8.yaml --images 30 --accumulator-study \
    --widths 13:19 --no-reuse > $TMP/all
cat $TMP/reuse
grep -E '^ *1[3-9] ' $TMP/reuse > $TMP/a
grep -E '^ *1[3-9] ' $TMP/all > $TMP/b
cmp $TMP/a $TMP/b && echo same
