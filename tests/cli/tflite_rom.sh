# The images of a .tflite file, read back; where the host is needed, it is said.
$NAPIER rom configs/designs/fashion_tflite.yaml -o $TMP/rom
$NAPIER rom configs/designs/fashion_tflite.yaml -o $TMP/rom --verify
