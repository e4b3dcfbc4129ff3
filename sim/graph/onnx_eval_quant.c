/* Reals to codes and back. */
#include <float.h>
#include <math.h>

#include "sim/graph/onnx_eval_ops.h"

__extension__ typedef __int128 int128;

/*
 * A float32 factor is m * 2^e with |m| < 2^24, so that acc * m fits 64 bits for
 * every accumulator of up to 39 bits, and is rounded where it stands. `acc` is
 * a sum of at most 2^28 products of 8-bit codes less zero points (17 bits).
 */
int64_t onnx_requantize(int64_t acc, float factor, int64_t zero,
                        enum graph_type type)
{
    const int64_t lo = onnx_type_min(type), hi = onnx_type_max(type);
    int exponent;
    const double mantissa = frexp((double) factor, &exponent);

    if (!isfinite(factor))
        return zero;
    /* Bits of both together: what is surely out of range is saturated. */
    const int128 product = (int128) acc * (int64_t) ldexp(mantissa, 24);
    const int shift = 24 - exponent;
    int128 rounded;

    if (shift <= 0) {
        rounded = shift < -40 ? (product > 0) - (product < 0) : product;
        for (int i = shift < -40 ? -40 : shift; i < 0; i++)
            rounded *= 2;
    } else if (shift > 100) {
        rounded = 0;
    } else {
        const int128 one = (int128) 1 << shift, half = one / 2;
        const int128 floor = product >> shift, rest = product - floor * one;
        rounded = floor + (rest > half || (rest == half && (floor & 1)));
    }
    rounded += zero;
    return rounded < lo ? lo : rounded > hi ? hi : (int64_t) rounded;
}

/* Which scale element i of x has: one, by index along the axis, or by block. */
struct scales {
    int64_t count, inner, dim, block;
};

static struct scales scales_of(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0);
    struct scales s = { graph_elements(onnx_job_in(j, 1)), 1, 1,
                        j->node->at.ints[0] };

    if (s.count > 1 || onnx_job_in(j, 1)->rank > 1) {
        s.dim = x->dim[j->node->at.axis];
        for (int i = j->node->at.axis + 1; i < x->rank; i++)
            s.inner *= x->dim[i];
    }
    return s;
}

static int64_t scale_index(const struct scales *s, int64_t i)
{
    if (s->count == 1)
        return 0;
    const int64_t along = i / s->inner % s->dim;

    if (!s->block)
        return along;
    const int64_t blocks = (s->dim + s->block - 1) / s->block;

    return (i / s->inner / s->dim * blocks + along / s->block) * s->inner
           + i % s->inner;
}

static int64_t zero_of(const struct onnx_job *j, int64_t index)
{
    const struct graph_tensor *zero = onnx_job_in(j, 2);

    return zero ? onnx_get_int(zero->type, onnx_job_data(j, 2), index) : 0;
}

static int64_t saturate(double rounded, int64_t zero, enum graph_type type)
{
    const double lo = (double) onnx_type_min(type);
    const double hi = (double) onnx_type_max(type);
    const double code = rounded + (double) zero;

    return code <= lo || isnan(code) ? (int64_t) lo
           : code >= hi              ? (int64_t) hi
                                     : (int64_t) code;
}

int onnx_eval_quantize(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0), *out = onnx_job_out(j, 0);
    const float *scale = onnx_job_data(j, 1);
    const struct scales s = scales_of(j);
    const int64_t count = graph_elements(x);

    for (int64_t i = 0; i < count; i++) {
        const int64_t at = scale_index(&s, i);
        const float real = (float) onnx_get(x->type, onnx_job_data(j, 0), i);
        onnx_put_int(out->type, onnx_job_result(j, 0), i,
                     saturate((double) rintf(real / scale[at]), zero_of(j, at),
                              out->type));
    }
    return 0;
}

int onnx_eval_dequantize(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0);
    const float *scale = onnx_job_data(j, 1);
    const struct scales s = scales_of(j);
    const int64_t count = graph_elements(x);

    for (int64_t i = 0; i < count; i++) {
        const int64_t at = scale_index(&s, i);
        const int64_t code = onnx_get_int(x->type, onnx_job_data(j, 0), i);
        ((float *) onnx_job_result(j, 0))[i] =
            (float) (code - zero_of(j, at)) * scale[at];
    }
    return 0;
}

int onnx_eval_dynamic_quantize(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0);
    const float *from = onnx_job_data(j, 0);
    const int64_t count = graph_elements(x);
    float lo = 0, hi = 0;

    for (int64_t i = 0; i < count; i++) {
        lo = from[i] < lo ? from[i] : lo;
        hi = from[i] > hi ? from[i] : hi;
    }
    const float scale = (hi - lo) / 255.0f;
    const float safe = scale > 0 ? scale : 1;
    const float ideal = 0.0f - lo / safe;
    const float bounded = ideal < 0 ? 0 : ideal > 255 ? 255 : ideal;
    const int64_t zero = (int64_t) rintf(bounded);

    for (int64_t i = 0; onnx_job_out(j, 0) && i < count; i++)
        ((uint8_t *) onnx_job_result(j, 0))[i] = (uint8_t)
            saturate((double) rintf(from[i] / safe), zero, GRAPH_UINT8);
    if (onnx_job_out(j, 1))
        *(float *) onnx_job_result(j, 1) = scale;
    if (onnx_job_out(j, 2))
        *(uint8_t *) onnx_job_result(j, 2) = (uint8_t) zero;
    return 0;
}

/* ------------------------------------------------------------------- QONNX */

/* Element of input k that broadcasts to element i of x. */
static double broadcast_at(const struct onnx_job *j, int k, int64_t i)
{
    const struct graph_tensor *x = onnx_job_in(j, 0), *t = onnx_job_in(j, k);
    int64_t offset = 0, each = 1;

    for (int d = 1; d <= t->rank; d++) {
        const int64_t size = t->dim[t->rank - d];
        if (size > 1)
            offset += i % x->dim[x->rank - d] * each;
        i /= x->dim[x->rank - d];
        each *= size;
    }
    return (double) ((const float *) onnx_job_data(j, k))[offset];
}

static double round_by(int64_t mode, double x)
{
    return mode == 0 ? rint(x) : mode == 1 ? ceil(x)
           : mode == 2 ? floor(x)          : trunc(x);
}

int onnx_eval_qonnx(const struct onnx_job *j)
{
    const float *x = onnx_job_data(j, 0);
    const int64_t *how = j->node->at.ints;
    const int64_t count = graph_elements(onnx_job_in(j, 0));
    float *y = onnx_job_result(j, 0);

    for (int64_t i = 0; i < count; i++) {
        const double scale = broadcast_at(j, 1, i);
        if (j->node->op == GRAPH_QONNX_BIPOLAR) {
            y[i] = (float) (x[i] >= 0 ? scale : -scale);
            continue;
        }
        const double zero = broadcast_at(j, 2, i), bits = broadcast_at(j, 3, i);
        const bool is_signed = how[0] != 0, narrow = how[1] != 0;
        const double top = exp2(bits - (is_signed ? 1 : 0));
        const double hi = top - 1 - (!is_signed && narrow ? 1 : 0);
        const double lo = is_signed ? -top + (narrow ? 1 : 0) : 0;
        double code = (double) x[i] / scale + zero;

        code = code < lo ? lo : code > hi ? hi : code;
        code = round_by(how[2], code);
        y[i] = (float) ((code - zero) * scale);
    }
    return 0;
}
