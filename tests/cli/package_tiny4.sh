$NAPIER package configs/hardware/tiny4.yaml --set array.rows=3 -o $TMP/pkg.sv
$NAPIER package configs/hardware/tiny4.yaml --set array.rows=3 | cmp - $TMP/pkg.sv
sed -n 3,10p $TMP/pkg.sv
$NAPIER package configs/hardware/tiny4.yaml --set array.rows=0
$NAPIER package configs/hardware/tiny4.yaml --set input.height=3
$NAPIER package configs/hardware/tiny4.yaml -o $TMP/no/pkg.sv
ls $TMP
