# A quantized file, a float one, one with much for the host; as JSON.
F=tests/import/fixtures/tflite
$NAPIER import $F/pad_then_conv/model.tflite
$NAPIER import $F/mixed_all/model.tflite
$NAPIER import $F/float_conv_valid/model.tflite
$NAPIER import $F/shape_flatten/model.tflite --set data.shape=[4,5,3]
$NAPIER import $F/pad_then_conv/model.tflite --json -
# With a machine: proved sums, and whether the arithmetic is the file's.
$NAPIER check configs/designs/fashion_tflite.yaml
$NAPIER check configs/designs/fashion_tflite.yaml --set accumulator.bits=18 \
    --set requantize.preset=tosa | tail -6
$NAPIER check configs/designs/fashion_tflite.yaml \
    --set requantize.preset=onnx | grep '^exact'
# Run: layers of the host take no cycles.
$NAPIER run configs/designs/fashion_tflite.yaml --images 40 | grep -v energy
# No product may be narrowed; fewer bits do where every channel is proved.
$NAPIER check configs/designs/fashion_tflite.yaml --set product.bits=12 \
    | grep '^exact'
$NAPIER check configs/designs/fashion_tflite.yaml --set accumulator.bits=24 \
    | grep '^exact'
$NAPIER check configs/designs/fashion_tflite.yaml --set accumulator.bits=21 \
    --json - | tr -d ' \n' | grep -o '"channels":[^}]*' | tail -2
echo
# ONNX: a row an operator, in the file's order; whose results they are.
onnx() {
    cat > $TMP/d.yaml <<END
name: d
hardware: $PWD/configs/hardware/onnx_16x16.yaml
network: $PWD/tests/import/fixtures/onnx/$1/model.onnx
data: {test: $PWD/tests/import/fixtures/onnx/$1/in.npy}
END
}
onnx net_mixed_qoperator_u8u8
$NAPIER check $TMP/d.yaml | tail -n +4
$NAPIER check $TMP/d.yaml --set product.bits=12 | grep '^exact'
onnx qlinear_conv_u8u8_same
$NAPIER check $TMP/d.yaml | tail -n +4
$NAPIER check $TMP/d.yaml --set accumulator.bits=24 | grep '^exact'
$NAPIER check $TMP/d.yaml --set accumulator.bits=17 | grep '^exact'
$NAPIER import tests/import/fixtures/onnx/qlinear_mul_uint8/model.onnx 2>&1 \
    | head -2
# What is refused is listed all the same, with its work.
$NAPIER import $F/add/model.tflite 2>&1
$NAPIER import $F/shape_product/model.tflite 2>&1
$NAPIER import $F/conv_grouped/model.tflite
$NAPIER import $F/transpose_conv_2x2/model.tflite
$NAPIER import tests/import/fixtures/onnx/float_matmul_two_inputs/model.onnx 2>&1
# Scales that are found while running, behind a layer of the core.
cat > $TMP/d.yaml <<END
name: d
hardware: $PWD/configs/hardware/onnx_16x16.yaml
network: $PWD/tests/import/onnx/dynamic_behind_codes/model.onnx
data: {test: $PWD/tests/import/onnx/dynamic_behind_codes/in.npy}
END
$NAPIER check $TMP/d.yaml | tail -n +4
$NAPIER run $TMP/d.yaml | grep digest
