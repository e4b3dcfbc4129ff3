# Other layouts, decoding, differences, soft errors, and a run from images.
D=configs/designs/digits_w8a8.yaml
$NAPIER rom $D -o $TMP/a > /dev/null
$NAPIER rom $D -o $TMP/b --format ihex --packing tight --bit-order msb --banking row | tail -n 2
ls $TMP/b
$NAPIER rom --decode $TMP/b -o $TMP/t.npz
$NAPIER rom --diff $TMP/a $TMP/b
$NAPIER rom $D -o $TMP/c --inject 3 --seed 5 --inject-into weight | tail -n 1
$NAPIER rom --diff $TMP/a $TMP/c || echo "status $?"
$NAPIER rom --decode $TMP/c -o $TMP/t.npz || echo "status $?"
$NAPIER run $D --rom $TMP/c --images 100 | grep -e rom -e quantized
$NAPIER rom $D -o $TMP/d --secded --format srec --inject 20 --seed 5 | tail -n 1
$NAPIER rom $D -o $TMP/d --verify | tail -n 1
$NAPIER run $D --rom $TMP/d --images 100 | grep -e rom -e quantized
