# The engine alone, fed by C, and one layer of the core.
$NAPIER cosim configs/designs/digits_w8a8.yaml --engine -o $TMP/rom | grep -v '^engine'
$NAPIER cosim configs/designs/digits_w8a8.yaml --only conv2 -o $TMP/rom | grep -v '^core'
