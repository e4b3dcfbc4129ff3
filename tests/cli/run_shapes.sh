# Values do not depend on the array, cycles do.
for flow in weight output; do
    for shape in '1 1' '3 5' '16 16'; do
        set -- $shape
        $NAPIER run configs/designs/digits_w8a8.yaml --images 20 \
            --set array.rows=$1 --set array.cols=$2 \
            --set array.dataflow=${flow}_stationary \
            --set memory.weight_depth=100000 | grep -E '^(cycles|outputs)'
    done
done
