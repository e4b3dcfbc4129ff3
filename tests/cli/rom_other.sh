# Images that are whole, but not of this design: each with its message.
D=configs/designs/digits_w8a8.yaml
try() {
    echo "# napier $*" | sed "s#$PWD/##g"
    status=0
    $NAPIER "$@" 2>&1 > /dev/null || status=$?
    echo "-- status $status"
}
$NAPIER rom $D -o $TMP/a > /dev/null
echo "-- other scales: each difference, and how many"
try rom $D -o $TMP/a --verify --set quantization.calibration.method=percentile
echo "-- another machine"
try rom $D -o $TMP/a --verify --set array.dataflow=output_stationary
echo "-- a manifest that says what is not so"
cp -r $TMP/a $TMP/b
sed -i 's/"accumulator_bits": 24/"accumulator_bits": 25/' $TMP/b/manifest.json
try rom $D -o $TMP/b --verify
cp $TMP/a/manifest.json $TMP/b
python3 - $TMP/b/manifest.json <<'END'
import json, sys
m = json.load(open(sys.argv[1]))
t = next(t for t in m["tensors"] if t["name"] == "fc.bias")
t["shape"] = [5, 2]
json.dump(m, open(sys.argv[1], "w"))
END
try rom $D -o $TMP/b --verify
echo "-- words with two wrong bits"
$NAPIER rom $D -o $TMP/s --secded --inject 400 --seed 5 > /dev/null
$NAPIER rom --decode $TMP/s -o $TMP/t.npz 2>&1 | tail -n 1
echo "-- run: a network that ends in a flatten"
cat > $TMP/net.yaml <<END
name: flat
input: {shape: [8, 8, 1], divide: 16}
weights: $PWD/configs/networks/digits.npz
layers:
  - {name: conv1, op: conv2d, filters: 8, kernel: [3, 3], padding: same, activation: relu}
  - {name: flatten, op: flatten}
END
$NAPIER rom $D -o $TMP/n --set network=$TMP/net.yaml > /dev/null
for rom in "" "--rom $TMP/n"; do
    $NAPIER run $D $rom --set network=$TMP/net.yaml --images 1 \
        | grep -e "^outputs" -e "^flatten"
done
echo "-- run: another machine's or network's images under this digest"
digest() { # FROM TO: the digest of the program of manifest FROM, into TO
    python3 - $1/manifest.json $2/manifest.json <<'END'
import json, sys
a, b = (json.load(open(p)) for p in sys.argv[1:])
b["program_digest"] = a["program_digest"]
json.dump(b, open(sys.argv[2], "w"))
END
}
$NAPIER rom $D -o $TMP/c --set array.cols=4 > /dev/null
digest $TMP/a $TMP/c
try run $D --rom $TMP/c --images 1
$NAPIER rom configs/designs/fashion_w8a8.yaml -o $TMP/f \
    --set hardware=$PWD/configs/hardware/edge16.yaml > /dev/null
$NAPIER rom $D -o $TMP/e --set hardware=$PWD/configs/hardware/edge16.yaml > /dev/null
digest $TMP/e $TMP/f
try run $D --rom $TMP/f --images 1 --set hardware=$PWD/configs/hardware/edge16.yaml
