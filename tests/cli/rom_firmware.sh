# The firmware pack: the same bytes twice, and what a name cannot do.
$NAPIER rom configs/designs/digits_w8a8.yaml --firmware $TMP/npu
ls $TMP/npu
$NAPIER rom configs/designs/digits_w8a8.yaml --firmware $TMP/again > /dev/null
diff -r $TMP/npu $TMP/again && echo the same
sed -n '/npu_section sections/,/};/p' $TMP/npu/npu_network.c
NAPIER_DATA=/nowhere $NAPIER rom configs/designs/digits_w8a8.yaml --firmware $TMP/npu
cp $NAPIER $TMP/moved
$TMP/moved rom configs/designs/digits_w8a8.yaml --firmware $TMP/npu
