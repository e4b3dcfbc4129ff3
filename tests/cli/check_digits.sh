# A good design has no errors.
$NAPIER check configs/designs/digits_w8a8.yaml
