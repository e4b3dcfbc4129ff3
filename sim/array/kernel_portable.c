/*
 * kernel_portable.c - compiled without machine flags: the fallback, and the
 * oracle of the others. Where the baseline has instructions for the least and
 * the greatest of two lanes they are named, since gcc 12 does not find them.
 */
#include <stddef.h>
#include <string.h>

#include "sim/array/kernel.h"

#define KERNEL_BYTES 16
#ifdef __SSE2__
#include <emmintrin.h>
#define KERNEL_MIN(a, b) _mm_min_ps(a, b)
#define KERNEL_MAX(a, b) _mm_max_ps(a, b)
#else
#define KERNEL_SELECT(m, a, b, T) \
    ((T) (((m) & (__typeof__(m)) (a)) | (~(m) & (__typeof__(m)) (b))))
#define KERNEL_MIN(a, b) KERNEL_SELECT((a) < (b), a, b, __typeof__(a))
#define KERNEL_MAX(a, b) KERNEL_SELECT((a) > (b), a, b, __typeof__(a))
#endif

#define KERNEL_REAL float
#define KERNEL_INT int32_t
#define KERNEL_NAME portable_f32
#include "sim/array/kernel_template.h"
#undef KERNEL_REAL
#undef KERNEL_INT
#undef KERNEL_NAME

#ifdef __SSE2__
#undef KERNEL_MIN
#undef KERNEL_MAX
#define KERNEL_MIN(a, b) _mm_min_pd(a, b)
#define KERNEL_MAX(a, b) _mm_max_pd(a, b)
#endif
#define KERNEL_REAL double
#define KERNEL_INT int64_t
#define KERNEL_NAME portable_f64
#include "sim/array/kernel_template.h"

const struct kernel_set *kernel_portable(void)
{
    static const struct kernel_set set = {
        .name = "portable", .f32 = portable_f32, .f64 = portable_f64
    };
    return &set;
}
