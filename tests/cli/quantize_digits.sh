# The tables of a network, the same for any number of threads; each layer alone;
# learned rounding and bias correction at 3 bits.
for jobs in 1 3; do
    $NAPIER quantize configs/designs/digits_w8a8.yaml --jobs $jobs \
        --set quantization.weights.bits=3 --set quantization.rounding=learned \
        --set quantization.bias_correction=true \
        --set quantization.learned.iterations=200 \
        --set quantization.calibration.method=kl \
        --json $TMP/$jobs.json > $TMP/$jobs.txt
done
cmp $TMP/1.json $TMP/3.json && cmp $TMP/1.txt $TMP/3.txt && echo same
grep -v ^program $TMP/1.txt | grep -v calibration | cut -c1-60
$NAPIER quantize configs/designs/digits_w8a8.yaml --sensitivity --images 100
for rounding in nearest learned; do
    $NAPIER run configs/designs/digits_w8a8.yaml \
        --set quantization.weights.bits=3 \
        --set quantization.rounding=$rounding | grep ^quantized
done
