# Options that would do nothing are refused, not passed over.
design=configs/designs/digits_w8a8.yaml
napier() { $NAPIER "$@" 2>&1 > /dev/null; echo "= $?"; }
for tile in conv1:abc conv1:-5 conv1: conv1:+1 'conv1: 1' conv1:99999999999 conv1:7 conv9 conv9:0 :0; do
    napier cosim $design --only "$tile" -o $TMP/rom
done
napier cosim --random 2 $design --only conv1 --waves w.vcd --images 3 --first 2 --firmware f
napier cosim --random 2 --images 3 -o $TMP/random
napier cosim --random 2 $design
napier cosim --random 2 --engine -o $TMP/random
napier cosim --random 0
napier cosim --random x
napier cosim $design --engine --waves $TMP/w.vcd --seed 3 -o $TMP/rom
napier cosim $design --energy --format hex
# Keys of the hardware can be fixed.
napier cosim --random 6 -o $TMP/random --set array.rows=0
napier cosim --random 6 -o $TMP/random --set array.row=2 --set network=x.yaml
$NAPIER cosim --random 6 -o $TMP/random --set array.rows=1 --set array.cols=1 --set array.lanes=1 | grep -o 'EQUAL\|^random .* machines'
# Waves are refused before the run, not after it; and none are written of equal.
napier cosim $design --waves $TMP/none/waves.vcd -o $TMP/rom
napier cosim $design --waves $TMP -o $TMP/rom
$NAPIER cosim $design --waves $TMP/waves.vcd -o $TMP/rom | grep -E '^(EQUAL|waves)'
ls $TMP/waves.vcd 2> /dev/null || echo "no file"
