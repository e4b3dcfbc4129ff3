# Narrow accumulators overflow, differently in each mode, and are counted; the
# result does not depend on the number of threads.
for mode in saturate wrap saturate_zero saturate_symmetric wrap_sign_magnitude; do
    for jobs in 1 2; do
        $NAPIER run configs/designs/digits_w8a8.yaml --images 60 --jobs $jobs \
            --set accumulator.bits=13 --set accumulator.overflow=$mode \
            2> /dev/null | grep -E "^(quantized|outputs|conv2|total)"
    done
done
