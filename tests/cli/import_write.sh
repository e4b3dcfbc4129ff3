# A float .tflite as a network file of ours: the same network, layer by layer.
F=tests/import/fixtures/tflite
$NAPIER import $F/net_residual_float/model.tflite -o $TMP/net > /dev/null
cat $TMP/net/model.yaml
for network in $TMP/net/model.yaml $PWD/$F/net_residual_float/model.tflite; do
    cat > $TMP/d.yaml <<END
name: d
hardware: $PWD/configs/hardware/edge16.yaml
network: $network
data: {test: $PWD/$F/net_residual_float/in.npy, calibration: $PWD/$F/net_residual_float/in.npy}
END
    $NAPIER run $TMP/d.yaml --json $TMP/r.json > /dev/null
    python3 - $TMP/r.json <<'END'
import json, sys
for l in json.load(open(sys.argv[1]))["layers"]:
    if l["unit"] != "host":
        print(l["name"], l["op"], l["cycles"], "%.2f" % l["sqnr_db"])
END
done
