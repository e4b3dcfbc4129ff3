#!/bin/sh
# run_mlperf.sh NAPIER SHARED - the four networks of MLPerf Tiny, whole, on the
# Verilated core in both dataflows: values, overflows, signatures and cycles as
# the model has them, which tflite_fixtures compares with TensorFlow Lite.
# Prints the table of docs/import.md.
set -eu
napier=$(realpath "$1")
shared=$2
out=$(realpath -m "${OUT:-build}")/import/mlperf
hardware=$(realpath "$(dirname "$0")/../../configs/hardware/mlperf_16x16.yaml")
mkdir -p "$out"
bad=0

# NAME FILE INPUT
run() {
    [ -f "$shared/$1/$2" ] || return 0
    cat > "$out/$1.yaml" <<END
name: $1
hardware: $hardware
network: $(realpath "$shared/$1/$2")
data: {test: $(realpath "$shared/$1/$3")}
END
    row="| $1 |"
    for flow in weight_stationary output_stationary; do
        if ! "$napier" cosim "$out/$1.yaml" --images "${IMAGES:-2}" \
                --set "array.dataflow=$flow" -o "$out/rom" \
                > "$out/$1.$flow.txt" 2>&1; then
            tail -5 "$out/$1.$flow.txt"
            bad=1
            continue
        fi
        "$napier" run "$out/$1.yaml" --images 1 --set "array.dataflow=$flow" \
            > "$out/run.txt"
        row="$row $(awk '/^total/ { print $3, "|", $4 }' "$out/run.txt") |"
        elements=$(sed -n 's/^EQUAL: \([0-9,]*\).*/\1/p' "$out/$1.$flow.txt")
    done
    macs=$(awk '/^total/ { print $2 }' "$out/run.txt")
    count=$("$napier" import "$shared/$1/$2" | sed -n 's/^operators //p')
    echo "$row $macs | $count | $elements elements equal"
}

echo "| network | cycles WS | use | cycles OS | use | MACs | operators | on the core |"
run resnet8_cifar10 pretrainedResnet_quant.tflite real_in.npy
run dscnn_kws kws_ref_model.tflite real_in.npy
run mobilenet_vww vww_96_int8.tflite rand_in.npy
run autoencoder_ad ad01_int8.tflite real_in.npy
exit $bad
