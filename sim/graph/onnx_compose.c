/*
 * Operators of onnxruntime that are defined as other operators on dequantized
 * values, quantized again. They are read as these.
 */
#include "sim/graph/onnx_build.h"

#include <string.h>

#include "onnx.pb-c.h"

/* Where the operands stand: `operands` times (x, scale, zero point) from
 * `first`; then, or before them, scale and zero point of the result. */
static const struct composed {
    const char *name, *inner;
    int operands;                 /* -1: all that follow */
    int first, result;
} composed[] = {
    { "QLinearAdd", "Add", 2, 0, 6 },
    { "QLinearMul", "Mul", 2, 0, 6 },
    { "QLinearSigmoid", "Sigmoid", 1, 0, 3 },
    { "QLinearLeakyRelu", "LeakyRelu", 1, 0, 3 },
    { "QLinearSoftmax", "Softmax", 1, 0, 3 },
    { "QLinearAveragePool", "AveragePool", 1, 0, 3 },
    { "QLinearGlobalAveragePool", "GlobalAveragePool", 1, 0, 3 },
    { "QLinearConcat", "Concat", -1, 2, 0 },
    { "QGemm", "Gemm", 2, 0, 7 },
};

enum {
    COMPOSED_COUNT = sizeof(composed) / sizeof(composed[0]),
    PART_MAX = 256                    /* operands of QLinearConcat */
};

static const struct composed *find(const char *domain, const char *name)
{
    if (strcmp(domain, "com.microsoft") != 0)
        return NULL;
    for (int i = 0; i < COMPOSED_COUNT; i++)
        if (strcmp(composed[i].name, name) == 0)
            return &composed[i];
    return NULL;
}

bool onnx_is_composed(const char *domain, const char *name)
{
    return find(domain, name) != NULL;
}

static int input_at(const struct onnx_node *n, int i)
{
    return i < n->node->input_count ? n->node->input[i] : -1;
}

/* One part, from the tensors in `input` to `output`. */
static int add_part(struct onnx_node *n, const char *name, int input_count,
                    const int *input, int output)
{
    return onnx_build_node(n->build, n->proto, n->node->index,
                           onnx_op_find("", name), input_count, input, 1,
                           &output);
}

/* Operand, scale, zero point at `at` as reals: a new tensor, or -1. Scales of
 * QGemm's second operand are one for each column of the product. */
static int dequantize(struct onnx_node *n, int at)
{
    const int input[3] = { input_at(n, at), input_at(n, at + 1),
                           input_at(n, at + 2) };
    const int real = onnx_add_tensor(n->build, "");

    if (real < 0)
        return -1;
    if (input[0] < 0 || input[1] < 0)
        return onnx_fail(n, "its inputs %d and %d must be there", at, at + 1);
    const struct Onnx__Attribute *transposed = onnx_attr(n, "transB");

    n->build->first_axis = at == 3 && transposed && transposed->i;
    const int status = add_part(n, "DequantizeLinear", input[2] < 0 ? 2 : 3,
                                input, real);
    n->build->first_axis = false;
    return status ? -1 : real;
}

/* QGemm's bias, int32 of the scale a * b: a new tensor, -1, or -2 for none. */
static int dequantize_bias(struct onnx_node *n)
{
    const struct onnx_build *build = n->build;
    const int a_at = input_at(n, 1), b_at = input_at(n, 4);
    const int bias = input_at(n, 6);

    if (bias < 0)
        return -2;
    const struct graph_tensor *a = &build->graph->tensor[a_at];
    const struct graph_tensor *b = &build->graph->tensor[b_at];
    const int64_t count = graph_elements(b);

    if (!a->data || !b->data || graph_elements(a) != 1)
        return onnx_fail(n, "its scales must be constant");
    float *scale = arena_alloc_array(&n->build->graph->arena, (size_t) count,
                                     sizeof(*scale));
    if (!scale)
        return onnx_no_memory(n->build);
    for (int64_t i = 0; i < count; i++)
        scale[i] = *(const float *) a->data * ((const float *) b->data)[i];
    if (onnx_set_input(n, 9, GRAPH_FLOAT32, count > 1, count, scale))
        return -1;
    const int real = onnx_add_tensor(n->build, "");
    const int input[2] = { bias, n->node->input[9] };

    n->build->first_axis = true;
    const int status = real < 0 ? -1 : add_part(n, "DequantizeLinear", 2, input,
                                                real);
    n->build->first_axis = false;
    return status ? -1 : real;
}

int onnx_compose(struct onnx_node *n)
{
    const struct composed *c = find(n->proto->domain, n->proto->op_type);
    const int all = (n->node->input_count - c->first) / 3;
    const int operands = c->operands < 0 ? all : c->operands;
    int part[PART_MAX], count = 0;

    if (operands < 1 || operands > PART_MAX
        || n->node->input_count < c->first + 3 * operands - 1)
        return onnx_fail(n, "has %d inputs, which is too few or too many",
                         n->node->input_count);
    for (int i = 0; i < operands; i++) {
        part[count] = dequantize(n, c->first + 3 * i);
        if (part[count++] < 0)
            return -1;
    }
    if (strcmp(c->name, "QGemm") == 0) {
        const int bias = dequantize_bias(n);
        if (bias == -1)
            return -1;
        if (bias >= 0)
            part[count++] = bias;
    }
    const int scale = input_at(n, c->result), zero = input_at(n, c->result + 1);
    const bool real_result = scale < 0 && strcmp(c->name, "QGemm") == 0;
    const int inner = real_result ? n->node->output[0]
                                  : onnx_add_tensor(n->build, "");

    if (inner < 0 || add_part(n, c->inner, count, part, inner))
        return -1;
    if (real_result)
        return 0;
    if (scale < 0)
        return onnx_fail(n, "its result has no scale");
    const int result[3] = { inner, scale, zero };

    return add_part(n, "QuantizeLinear", zero < 0 ? 2 : 3, result,
                    n->node->output[0]);
}
