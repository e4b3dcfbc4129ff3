/*
 * kernel_avx2.c - the same loops, eight and four lanes at a time.
 *
 * Compiled for AVX2 whatever the machine flags; kernel.c asks the processor.
 */
#include <stddef.h>
#include <string.h>

#include "sim/array/kernel.h"

#if defined(__x86_64__) && defined(__GNUC__)

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
#include <immintrin.h>

#define KERNEL_BYTES 32
#define KERNEL_REAL float
#define KERNEL_INT int32_t
#define KERNEL_NAME avx2_f32
#define KERNEL_MIN(a, b) _mm256_min_ps(a, b)
#define KERNEL_MAX(a, b) _mm256_max_ps(a, b)
#include "sim/array/kernel_template.h"
#undef KERNEL_REAL
#undef KERNEL_INT
#undef KERNEL_NAME
#undef KERNEL_MIN
#undef KERNEL_MAX

#define KERNEL_REAL double
#define KERNEL_INT int64_t
#define KERNEL_NAME avx2_f64
#define KERNEL_MIN(a, b) _mm256_min_pd(a, b)
#define KERNEL_MAX(a, b) _mm256_max_pd(a, b)
#include "sim/array/kernel_template.h"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const struct kernel_set *kernel_avx2(void)
{
    static const struct kernel_set set = {
        .name = "avx2", .f32 = avx2_f32, .f64 = avx2_f64
    };
    return __builtin_cpu_supports("avx2") ? &set : NULL;
}

#else

const struct kernel_set *kernel_avx2(void)
{
    return NULL;
}

#endif
