#!/bin/sh
# run_tflite_core.sh NAPIER - every quantized .tflite fixture that the core can
# run, on the Verilated core of the int8 and of the int16 machine: values,
# overflow counts, signatures and cycles as the model has them.
set -eu
napier=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
out=$(realpath -m "${OUT:-build}")/import/core
mkdir -p "$out"
bad=0 equal=0 between=0 none=0
for folder in "$here"/fixtures/tflite/*/; do
    name=$(basename "$folder")
    # Several inputs, float, or an input shape that must be told.
    [ -e "$folder/in_1.npy" ] && continue
    case $name in
    float_* | *_float | shape_* | other_*) continue ;;
    *int16x8*) hardware=int16x8_16x16 ;;
    *) hardware=mlperf_16x16 ;;
    esac
    cat > "$out/$name.yaml" <<END
name: $name
hardware: $here/../../configs/hardware/$hardware.yaml
network: $folder/model.tflite
data: {test: $folder/in.npy}
END
    if "$napier" cosim "$out/$name.yaml" --images 2 -o "$out/rom" \
            > "$out/said.txt" 2>&1; then
        equal=$((equal + 1))
    elif grep -q 'has no layer that computes' "$out/said.txt"; then
        none=$((none + 1))
    elif grep -q 'runs on the host between layers' "$out/said.txt"; then
        between=$((between + 1))
    else
        echo "$name:"
        tail -5 "$out/said.txt"
        bad=1
    fi
done
echo "import: $equal fixtures equal on the core; $none have no layer for it," \
    "$between need the host in between"
[ "$equal" -gt 0 ] || bad=1
exit $bad
