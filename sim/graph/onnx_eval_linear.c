/* Matrix products. */
#include "sim/graph/onnx_eval_ops.h"

int onnx_eval_gemm(const struct onnx_job *j)
{
    const struct graph_attributes *at = &j->node->at;
    const struct graph_tensor *a = onnx_job_in(j, 0), *b = onnx_job_in(j, 1);
    const struct graph_tensor *c = onnx_job_in(j, 2), *out = onnx_job_out(j, 0);
    const float *pa = onnx_job_data(j, 0), *pb = onnx_job_data(j, 1);
    const float *pc = onnx_job_data(j, 2);
    const int64_t rows = out->dim[0], columns = out->dim[1];
    const int64_t inner = a->dim[at->transpose_a ? 0 : 1];
    const int64_t c_columns = c && c->rank ? c->dim[c->rank - 1] : 1;
    const int64_t c_rows = c && c->rank == 2 ? c->dim[0] : 1;

    for (int64_t r = 0; r < rows; r++)
        for (int64_t k = 0; k < columns; k++) {
            double sum = 0;
            for (int64_t i = 0; i < inner; i++) {
                const int64_t ia = at->transpose_a ? i * a->dim[1] + r
                                                   : r * a->dim[1] + i;
                const int64_t ib = at->transpose_b ? k * b->dim[1] + i
                                                   : i * b->dim[1] + k;
                sum += (double) pa[ia] * (double) pb[ib];
            }
            sum *= at->alpha;
            if (c)
                sum += at->beta
                       * (double) pc[(c_rows > 1 ? r : 0) * c_columns
                                     + (c_columns > 1 ? k : 0)];
            ((float *) onnx_job_result(j, 0))[r * columns + k] = (float) sum;
        }
    return 0;
}

/* Matrices of a batch: where those of `t` for batch i of the result start. */
static int64_t batch_offset(const struct graph_tensor *t,
                            const struct graph_tensor *out, int out_batch,
                            int64_t i)
{
    const int batch = t->rank > 2 ? t->rank - 2 : 0;
    int64_t offset = 0, each = 1;

    for (int k = 0; k < out_batch; k++) {
        const int64_t size = out->dim[out_batch - 1 - k];
        const int64_t dim = k < batch ? t->dim[batch - 1 - k] : 1;
        if (dim > 1)
            offset += i % size * each;
        i /= size;
        each *= dim;
    }
    const int64_t lines = t->rank > 1 ? t->dim[t->rank - 2] : 1;

    return offset * lines * t->dim[t->rank - 1];
}

/* Zero point or scale of a line of an operand: one, or one a line. */
static int64_t line_of(const struct graph_tensor *parameter, int64_t line)
{
    return graph_elements(parameter) > 1 ? line : 0;
}

struct product {
    const struct graph_tensor *a, *b;
    int b_at, a_zero_at, b_zero_at; /* inputs; 0: no zero points */
    int64_t inner, columns;
};

static int64_t zero_at(const struct onnx_job *j, int input, int64_t line)
{
    const struct graph_tensor *zero = input ? onnx_job_in(j, input) : NULL;

    return zero ? onnx_get_int(zero->type, onnx_job_data(j, input),
                               line_of(zero, line))
                : 0;
}

static int64_t dot_codes(const struct onnx_job *j, const struct product *p,
                         int64_t a0, int64_t b0, int64_t row, int64_t column)
{
    const int64_t za = zero_at(j, p->a_zero_at, row);
    const int64_t zb = zero_at(j, p->b_zero_at, column);
    int64_t sum = 0;

    for (int64_t i = 0; i < p->inner; i++)
        sum += (onnx_get_int(p->a->type, onnx_job_data(j, 0), a0 + i) - za)
               * (onnx_get_int(p->b->type, onnx_job_data(j, p->b_at),
                               b0 + i * p->columns) - zb);
    return sum;
}

static float factor_at(const struct onnx_job *j, int64_t row, int64_t column)
{
    const float *a = onnx_job_data(j, 1), *b = onnx_job_data(j, 4);
    const float *y = onnx_job_data(j, 6);

    return a[line_of(onnx_job_in(j, 1), row)]
           * b[line_of(onnx_job_in(j, 4), column)] / y[0];
}

static void put_product(const struct onnx_job *j, const struct product *p,
                        int64_t to, int64_t a0, int64_t b0, int64_t row,
                        int64_t column)
{
    const enum graph_type type = onnx_job_out(j, 0)->type;
    void *result = onnx_job_result(j, 0);
    double sum = 0;

    if (j->node->op == GRAPH_MAT_MUL_INTEGER) {
        ((int32_t *) result)[to] =
            (int32_t) dot_codes(j, p, a0, b0, row, column);
        return;
    }
    if (j->node->op == GRAPH_QLINEAR_MAT_MUL) {
        const int64_t zero = onnx_get_int(type, onnx_job_data(j, 7), 0);
        onnx_put_int(type, result, to,
                     onnx_requantize(dot_codes(j, p, a0, b0, row, column),
                                     factor_at(j, row, column), zero, type));
        return;
    }
    for (int64_t i = 0; i < p->inner; i++)
        sum += onnx_get(p->a->type, onnx_job_data(j, 0), a0 + i)
               * onnx_get(p->b->type, onnx_job_data(j, 1),
                          b0 + i * p->columns);
    onnx_put(type, result, to, sum);
}

int onnx_eval_mat_mul(const struct onnx_job *j)
{
    const bool linear = j->node->op == GRAPH_QLINEAR_MAT_MUL;
    const bool integer = j->node->op == GRAPH_MAT_MUL_INTEGER;
    const int b_at = linear ? 3 : 1;
    const struct graph_tensor *a = onnx_job_in(j, 0), *b = onnx_job_in(j, b_at);
    const struct graph_tensor *out = onnx_job_out(j, 0);
    const struct product p = { a, b, b_at, linear || integer ? 2 : 0,
                               linear ? 5 : integer ? 3 : 0,
                               a->dim[a->rank - 1],
                               b->rank > 1 ? b->dim[b->rank - 1] : 1 };
    const int64_t rows = a->rank > 1 ? a->dim[a->rank - 2] : 1;
    const int out_batch = out->rank - (a->rank > 1) - (b->rank > 1);
    const int64_t batches = graph_elements(out) / (rows * p.columns);

    for (int64_t i = 0; i < batches; i++) {
        const int64_t a0 = batch_offset(a, out, out_batch, i);
        const int64_t b0 = batch_offset(b, out, out_batch, i);
        for (int64_t r = 0; r < rows; r++)
            for (int64_t c = 0; c < p.columns; c++)
                put_product(j, &p, (i * rows + r) * p.columns + c,
                            a0 + r * p.inner, b0 + c, r, c);
    }
    return 0;
}
