/*
 * kernel_template.h - one kernel for one lane type and vector width.
 *
 * Included with these defined:
 *   KERNEL_REAL, KERNEL_INT  float and int32_t, or double and int64_t
 *   KERNEL_BYTES             bytes of a vector
 *   KERNEL_MIN, KERNEL_MAX   least and greatest, lane by lane
 *   KERNEL_NAME              the function
 *
 * The vectors are the compiler's own (vector_size), so that the same text
 * serves every instruction set. Two positions share each load of weights. The
 * mode is a constant in every call of `block`: each becomes a loop of its own.
 */

#define KERNEL_PASTE2(a, b) a##b
#define KERNEL_PASTE(a, b) KERNEL_PASTE2(a, b)
#define KERNEL_BLOCK KERNEL_PASTE(KERNEL_NAME, _block)
#define KERNEL_REDUCE KERNEL_PASTE(KERNEL_NAME, _reduce)
#define KERNEL_WIDEN KERNEL_PASTE(KERNEL_NAME, _widen)
#define KERNEL_SWEEP KERNEL_PASTE(KERNEL_NAME, _sweep)
#define KERNEL_V KERNEL_PASTE(KERNEL_NAME, _v)
#define KERNEL_M KERNEL_PASTE(KERNEL_NAME, _m)
#define KERNEL_WIDE ((int) (KERNEL_BYTES / sizeof(KERNEL_REAL)))
/* 1.5 times the number above which a KERNEL_REAL has no fraction. */
#define KERNEL_MAGIC \
    ((KERNEL_REAL) (sizeof(KERNEL_REAL) == 4 ? 12582912.0 : 6755399441055744.0))
#define KERNEL_VECTORS (KERNEL_LANES / KERNEL_WIDE)

typedef KERNEL_REAL KERNEL_V __attribute__((vector_size(KERNEL_BYTES)));
typedef KERNEL_INT KERNEL_M __attribute__((vector_size(KERNEL_BYTES)));

static inline __attribute__((always_inline)) KERNEL_V
KERNEL_REDUCE(enum kernel_mode mode, KERNEL_V sum, KERNEL_V lo, KERNEL_V hi,
              KERNEL_V span)
{
    if (mode == KERNEL_SATURATE)
        return KERNEL_MAX(KERNEL_MIN(sum, hi), lo);
    if (mode == KERNEL_SATURATE_ZERO)
        return (KERNEL_V) ((KERNEL_M) sum
                           & ~(KERNEL_M) ((sum < lo) | (sum > hi)));
    if (mode == KERNEL_WRAP) {
        /* Beside `magic` the nearest numbers are one span apart, so adding it
         * rounds to a multiple of the span. A tie may leave hi + 1. */
        const KERNEL_V magic = span * KERNEL_MAGIC;
        const KERNEL_V rest = sum - ((sum + magic) - magic);

        return rest - (KERNEL_V) ((KERNEL_M) span & (KERNEL_M) (rest > hi));
    }
    return sum;
}

static inline void KERNEL_WIDEN(const struct kernel_job *job,
                                const KERNEL_V *least, const KERNEL_V *greatest)
{
    KERNEL_REAL *lo = job->least, *hi = job->greatest;

    for (int i = 0; i < KERNEL_LANES; i++) {
        const KERNEL_REAL l = least[i / KERNEL_WIDE][i % KERNEL_WIDE];
        const KERNEL_REAL g = greatest[i / KERNEL_WIDE][i % KERNEL_WIDE];

        lo[i] = l < lo[i] ? l : lo[i];
        hi[i] = g > hi[i] ? g : hi[i];
    }
}

/* `rows` positions (1 or 2, a constant) from `act` on. */
static inline __attribute__((always_inline)) void
KERNEL_BLOCK(const struct kernel_job *job, enum kernel_mode mode, int rows,
             const KERNEL_REAL *act, KERNEL_REAL *out)
{
    const KERNEL_V zero = { 0 };
    const KERNEL_V lo = zero + (KERNEL_REAL) job->lo;
    const KERNEL_V hi = zero + (KERNEL_REAL) job->hi;
    const KERNEL_V span = hi - lo + 1;
    const KERNEL_REAL *weight = job->weight;
    const KERNEL_REAL *bias = job->bias;
    const size_t taps = (size_t) job->taps;
    const int step = job->step;
    KERNEL_V acc[2][KERNEL_VECTORS];
    KERNEL_M count[KERNEL_VECTORS];
    KERNEL_V least[KERNEL_VECTORS], greatest[KERNEL_VECTORS];

    for (int i = 0; i < KERNEL_VECTORS; i++) {
        memcpy(&acc[0][i], bias + i * KERNEL_WIDE, KERNEL_BYTES);
        acc[1][i] = least[i] = greatest[i] = acc[0][i];
        count[i] = (KERNEL_M) { 0 };
    }
    for (size_t k = 0; k < taps; k += (size_t) step) {
        for (int i = 0; i < KERNEL_VECTORS; i++) {
            KERNEL_V sum[2] = { acc[0][i], acc[1][i] };

            for (int l = 0; l < step; l++) {
                KERNEL_V w;

                memcpy(&w, weight + (k + (size_t) l) * KERNEL_LANES
                               + i * KERNEL_WIDE, KERNEL_BYTES);
                for (int r = 0; r < rows; r++)
                    sum[r] += w * act[(size_t) r * taps + k + (size_t) l];
            }
            for (int r = 0; r < rows; r++) {
                acc[r][i] = KERNEL_REDUCE(mode, sum[r], lo, hi, span);
                if (mode == KERNEL_PEAK) {
                    least[i] = KERNEL_MIN(least[i], sum[r]);
                    greatest[i] = KERNEL_MAX(greatest[i], sum[r]);
                } else if (mode != KERNEL_PLAIN) {
                    count[i] -= (KERNEL_M) (acc[r][i] != sum[r]);
                }
            }
        }
    }
    for (int r = 0; r < rows; r++)
        memcpy(out + r * KERNEL_LANES, acc[r],
               KERNEL_LANES * sizeof(KERNEL_REAL));
    if (mode == KERNEL_PEAK)
        KERNEL_WIDEN(job, least, greatest);
    else if (mode != KERNEL_PLAIN)
        for (int i = 0; i < KERNEL_LANES; i++)
            job->overflows[i] += count[i / KERNEL_WIDE][i % KERNEL_WIDE];
}

static inline __attribute__((always_inline)) void
KERNEL_SWEEP(const struct kernel_job *job, enum kernel_mode mode)
{
    const KERNEL_REAL *act = job->act;
    KERNEL_REAL *out = job->acc;
    const size_t taps = (size_t) job->taps;
    const size_t positions = (size_t) job->positions;
    size_t p = 0;

    for (; p + 2 <= positions; p += 2)
        KERNEL_BLOCK(job, mode, 2, act + p * taps, out + p * KERNEL_LANES);
    if (p < positions)
        KERNEL_BLOCK(job, mode, 1, act + p * taps, out + p * KERNEL_LANES);
}

static void KERNEL_NAME(const struct kernel_job *job)
{
    switch (job->mode) {
    case KERNEL_PLAIN: KERNEL_SWEEP(job, KERNEL_PLAIN); break;
    case KERNEL_SATURATE: KERNEL_SWEEP(job, KERNEL_SATURATE); break;
    case KERNEL_SATURATE_ZERO: KERNEL_SWEEP(job, KERNEL_SATURATE_ZERO); break;
    case KERNEL_PEAK: KERNEL_SWEEP(job, KERNEL_PEAK); break;
    default: KERNEL_SWEEP(job, KERNEL_WRAP); break;
    }
}

#undef KERNEL_BLOCK
#undef KERNEL_REDUCE
#undef KERNEL_WIDEN
#undef KERNEL_SWEEP
#undef KERNEL_V
#undef KERNEL_M
#undef KERNEL_WIDE
#undef KERNEL_MAGIC
#undef KERNEL_VECTORS
#undef KERNEL_PASTE
#undef KERNEL_PASTE2
