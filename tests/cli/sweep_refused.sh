# A sweep of which nothing can run says why, and that it failed; one of which
# something can, what was left out. Results that do not exist are no zeros.
cat > $TMP/s.yaml <<END
name: refused
design: $PWD/configs/designs/digits_w8a8.yaml
images: 10
axes: {hardware: [$TMP/a.yaml, $TMP/b.yaml]}
END
$NAPIER sweep $TMP/s.yaml --db $TMP/s.db | grep refused | sed 's/ in [^,]*,/ in T,/; s/, [0-9.]* ms each//'
$NAPIER sweep $TMP/s.yaml --db $TMP/t.db > /dev/null; echo "= $?"
