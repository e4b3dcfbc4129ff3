# Error growth, traffic and energy by layer.
$NAPIER run configs/designs/digits_w8a8.yaml --images 30 --errors --energy
