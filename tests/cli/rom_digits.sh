# Images and their verification; a flipped digit is found.
$NAPIER rom configs/designs/digits_w8a8.yaml -o $TMP/rom
ls $TMP/rom | head -30
head -n 5 $TMP/rom/weight_000.mem
$NAPIER rom configs/designs/digits_w8a8.yaml -o $TMP/rom --verify
sed -i '5s/^../zz/' $TMP/rom/weight_003.mem
$NAPIER rom configs/designs/digits_w8a8.yaml -o $TMP/rom --verify
