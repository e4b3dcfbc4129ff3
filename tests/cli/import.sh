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
