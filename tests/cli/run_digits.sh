# The whole test set on the model.
$NAPIER run configs/designs/digits_w8a8.yaml
