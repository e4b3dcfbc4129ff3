# New images in a folder of old ones; damage named by tensor; names in comments.
D=configs/designs/digits_w8a8.yaml
$NAPIER rom $D -o $TMP/r > /dev/null
echo mine > $TMP/r/weight_003.mem
$NAPIER rom $D -o $TMP/r --format bin | grep -e wrote -e removed
ls $TMP/r
echo "# a word that a tensor has, and one that none has"
$NAPIER rom $D -o $TMP/v > /dev/null
awk 'NR == 5 { $0 = $0 == "00" ? "01" : "00" } 1' $TMP/v/weight_002.mem > $TMP/w && mv $TMP/w $TMP/v/weight_002.mem
$NAPIER rom $D -o $TMP/v --verify 2>&1 > /dev/null | sed 's#is -\{0,1\}[0-9]*, must be -\{0,1\}[0-9]* #is X, must be Y #'
$NAPIER rom $D -o $TMP/v > /dev/null
echo "# differences as JSON"
$NAPIER rom $D -o $TMP/x --inject 3 --seed 5 --inject-into weight > /dev/null
$NAPIER rom --diff $TMP/v $TMP/x --json $TMP/diff.json > /dev/null
tr -d ' \n' < $TMP/diff.json; echo
echo "# a name that would end the comment"
printf 'name: "t */ int evil; /* %s"\n' % > $TMP/evil.yaml
sed 1d configs/hardware/tiny8.yaml | grep -v '^name:' >> $TMP/evil.yaml
$NAPIER rom $D -o $TMP/e --set hardware=$TMP/evil.yaml --format c > /dev/null
sed -n 2p $TMP/e/image.c
gcc -std=c99 -c -o $TMP/image.o $TMP/e/image.c && nm $TMP/image.o | grep evil || true
