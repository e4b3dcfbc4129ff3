# The images of a .tflite file, read back.
$NAPIER rom configs/designs/fashion_tflite.yaml -o $TMP/rom
$NAPIER rom configs/designs/fashion_tflite.yaml -o $TMP/rom --verify
