# MNIST's own file format is read as it comes from the Debian package.
make -s data OUT=$TMP > /dev/null
$NAPIER run configs/designs/fashion_w8a8.yaml --images 40 \
    --set data.test=$TMP/data/t10k-images-idx3-ubyte.gz | grep -E '^(float|quantized)'
head -c 5000 $TMP/data/t10k-images-idx3-ubyte.gz > $TMP/data/short-images-idx3-ubyte.gz
cp $TMP/data/t10k-labels-idx1-ubyte.gz $TMP/data/short-labels-idx1-ubyte.gz
$NAPIER run configs/designs/fashion_w8a8.yaml --images 40 \
    --set data.test=$TMP/data/short-images-idx3-ubyte.gz
