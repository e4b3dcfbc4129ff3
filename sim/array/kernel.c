#include "sim/array/kernel.h"

#include <stddef.h>

int kernel_sets(const struct kernel_set **sets, int capacity)
{
    const struct kernel_set *const all[] = { kernel_portable(), kernel_avx2() };
    int count = 0;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i] && count < capacity)
            sets[count++] = all[i];
    return count;
}

const struct kernel_set *kernel_best(void)
{
    const struct kernel_set *sets[8];
    const int count = kernel_sets(sets, 8);

    return sets[count - 1];
}
