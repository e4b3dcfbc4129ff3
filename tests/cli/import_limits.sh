# Models that are too large, or odd beyond what the fixtures have.
python3 tests/cli/make_models.py $TMP
try() {
    shift
    echo "# napier $*"
    "$NAPIER" "$@" 2>&1 > /dev/null
}
for file in external fills input_int32 inputs_many layers_many operators_many \
        output_constant identity_only tensors_many unpacks; do
    try $NAPIER import $TMP/$file.onnx
done
for file in input_data names_long operators_many shuffled squeeze_long \
        tensors_many; do
    try $NAPIER import $TMP/$file.tflite
done
F=tests/import/fixtures/onnx/float_relu/model.onnx
try $NAPIER import $F --set data.shape=[9,9,9,9,9]
try $NAPIER import $F --set data.shape=[9,9]
try $NAPIER import $F --set data.shape=[9,9,9]
echo "-- what a network file has not"
for file in softmax_only rows reshape; do
    try $NAPIER import $TMP/$file.onnx -o $TMP/net
done
[ -e $TMP/net ] || echo "nothing is written"
echo "-- weights with zero points, for hardware that has none"
F=$PWD/tests/import/fixtures/onnx/fashion_qoperator_u8u8
cat > $TMP/d.yaml <<END
name: d
hardware: $PWD/configs/hardware/onnx_16x16.yaml
network: $F/model.onnx
data: {test: $F/in.npy}
END
try $NAPIER check $TMP/d.yaml --set weight.zero_point=false | sed "s#$PWD/##g"
