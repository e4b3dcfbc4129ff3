# What is refused when a network comes from an exchange file.
F=tests/import/fixtures/tflite
D=configs/designs/fashion_tflite.yaml
try() {
    shift
    echo "# napier $*" | sed "s#$PWD/##g"
    "$NAPIER" "$@" 2>&1 > /dev/null | sed "s#$PWD/##g"
}
design() {
    cat > $TMP/d.yaml <<END
name: d
hardware: $PWD/configs/hardware/${2:-mlperf_16x16}.yaml
network: $PWD/$F/$1/model.tflite
data: {test: $PWD/$F/$1/in.npy}
END
}
try $NAPIER import configs/networks/digits.yaml
try $NAPIER import $TMP/none.tflite
try $NAPIER import $F/add/model.tflite
try $NAPIER import $F/shape_product/model.tflite
try $NAPIER import $F/shape_product/model.tflite --set data.shape=[4,5]
try $NAPIER import $F/shape_product/model.tflite --set data.shape=[0,5,3]
try $NAPIER import $F/pad_then_conv/model.tflite --set data.shape=[9,8,3]
try $NAPIER import $F/pad_then_conv/model.tflite --set data.shap=[9,8,3]
try $NAPIER import tests/import/hostile/tflite_unsupported.tflite
try $NAPIER import $F/fashion_int8/model.tflite -o $TMP/net
try $NAPIER import $F/net_decoder_float/model.tflite -o $TMP/net
try $NAPIER check $D --set activation.bits=6
try $NAPIER check $D --set activation.signed=false
try $NAPIER check $D --set weight.bits=4
try $NAPIER check $D --set weight.bits=1
try $NAPIER check $D --set requantize.preset=shift
try $NAPIER quantize $D
try $NAPIER run $D --set data.labels=data/none.npy
try $NAPIER run $D --set data.labels=$F/pad/in.npy
try $NAPIER run $D --set data.test=$F/pad/in.npy
design mixed_all
try $NAPIER cosim $TMP/d.yaml -o $TMP/rom
try $NAPIER rom $TMP/d.yaml -o $TMP/rom
try $NAPIER rom $TMP/d.yaml --firmware $TMP/pack
design float_conv_valid
try $NAPIER run $TMP/d.yaml
design softmax_wide
try $NAPIER run $TMP/d.yaml
design conv_3x3_same_int16x8
try $NAPIER check $TMP/d.yaml
