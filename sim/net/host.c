#include "sim/net/host.h"

#include <string.h>

enum { ALIGN = 16 };

static size_t bytes_of(const struct eval_value *v)
{
    const size_t bytes = (size_t) eval_elements(v) * sizeof(double);

    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static bool is_number(const struct eval_value *v)
{
    return v->type != GRAPH_INT32 && v->type != GRAPH_INT64;
}

/* The scale and zero point of element i. */
static float widen(const struct eval_value *v, int64_t i)
{
    const struct graph_quant *q = v->quant;
    int64_t inner = 1, n = 0;
    int32_t code;

    if (q->count > 1) {
        for (int k = q->axis + 1; k < v->rank; k++)
            inner *= v->dim[k];
        n = i / inner % v->dim[q->axis];
    }
    switch (v->type) {
    case GRAPH_FLOAT32: return ((const float *) v->data)[i];
    case GRAPH_UINT8: code = ((const uint8_t *) v->data)[i]; break;
    case GRAPH_INT16: code = ((const int16_t *) v->data)[i]; break;
    case GRAPH_UINT16: code = ((const uint16_t *) v->data)[i]; break;
    case GRAPH_INT32: code = ((const int32_t *) v->data)[i]; break;
    default: code = ((const int8_t *) v->data)[i]; break;
    }
    return q->count ? q->scale[n] * (float) (code - q->zero_point[n])
                    : (float) code;
}

/* The real twin of a tensor; of lists and shapes, itself. */
static int make_real(struct eval_value *real, const struct eval_value *v,
                     bool is_bias, struct arena *arena)
{
    static const struct graph_quant none = { 0 };

    *real = *v;
    if (!is_number(v) && !is_bias)
        return 0;
    real->type = GRAPH_FLOAT32;
    real->quant = &none;
    if (!v->data || v->type == GRAPH_FLOAT32)
        return 0;
    const int64_t count = eval_elements(v);
    float *data = arena_alloc_array(arena, (size_t) count, sizeof(*data));

    if (!data)
        return -1;
    for (int64_t i = 0; i < count; i++)
        data[i] = v->type == GRAPH_INT64
            ? (float) ((const int64_t *) v->data)[i]
              * (v->quant->count ? v->quant->scale[v->quant->count > 1 ? i : 0]
                                 : 1.0f)
            : widen(v, i);
    real->data = data;
    return 0;
}

/* The input of a node that is a bias of int32; -1: none. */
static int bias_of(const struct graph_node *n)
{
    switch (n->op) {
    case GRAPH_CONV_2D:
    case GRAPH_DEPTHWISE_CONV_2D:
    case GRAPH_FULLY_CONNECTED: return 2;
    case GRAPH_TRANSPOSE_CONV: return 3;
    default: return -1;
    }
}

static int find_live(struct host *h, struct arena *arena)
{
    int *live = arena_alloc_array(arena, (size_t) h->input_count, sizeof(int));

    if (!live)
        return -1;
    for (int k = 0; k < h->input_count; k++) {
        bool seen = h->input[k] < 0;

        for (int i = 0; i < h->live_count && !seen; i++)
            seen = live[i] == h->input[k];
        if (!seen)
            live[h->live_count++] = h->input[k];
    }
    h->live = live;
    return 0;
}

int host_prepare(struct host *host, struct arena *arena)
{
    const int count = host->input_count + host->node->output_count;
    const struct eval_value *codes = host->codes;
    struct eval_value *reals = arena_alloc_array(arena, (size_t) count,
                                                 sizeof(*reals));

    if (!reals || find_live(host, arena))
        return -1;
    for (int i = 0; i < count; i++) {
        if (make_real(&reals[i], &codes[i], i == bias_of(host->node), arena))
            return -1;
        host->scratch += codes[i].data ? 0 : bytes_of(&codes[i]);
    }
    host->reals = reals;
    return 0;
}

/* Scratch memory for the tensors that are not constant. */
static void give_memory(const struct host *h, const struct eval_value *from,
                        struct eval_value *v, char *scratch)
{
    const int count = h->input_count + h->node->output_count;

    for (int i = 0; i < count; i++) {
        v[i] = from[i];
        if (v[i].data)
            continue;
        v[i].data = scratch;
        scratch += bytes_of(&v[i]);
    }
}

static void put_code(struct eval_value *v, int64_t i, int32_t code)
{
    switch (v->type) {
    case GRAPH_INT8: ((int8_t *) v->data)[i] = (int8_t) code; break;
    case GRAPH_UINT8: ((uint8_t *) v->data)[i] = (uint8_t) code; break;
    case GRAPH_INT16: ((int16_t *) v->data)[i] = (int16_t) code; break;
    case GRAPH_UINT16: ((uint16_t *) v->data)[i] = (uint16_t) code; break;
    default: memcpy((char *) v->data + 4 * i, &code, 4); break;
    }
}

static int32_t get_code(const struct eval_value *v, int64_t i)
{
    int32_t code;

    switch (v->type) {
    case GRAPH_INT8: return ((const int8_t *) v->data)[i];
    case GRAPH_UINT8: return ((const uint8_t *) v->data)[i];
    case GRAPH_INT16: return ((const int16_t *) v->data)[i];
    case GRAPH_UINT16: return ((const uint16_t *) v->data)[i];
    default: memcpy(&code, (const char *) v->data + 4 * i, 4); return code;
    }
}

void host_run_codes(const struct host *host, int32_t *const *tensor,
                    int32_t *out, void *scratch)
{
    struct eval_value v[GRAPH_MAX_INPUTS + GRAPH_MAX_INPUTS];
    struct eval_value *made = v + host->input_count;

    give_memory(host, host->codes, v, scratch);
    for (int k = 0; k < host->input_count; k++) {
        const int64_t count = host->input[k] < 0 ? 0 : eval_elements(&v[k]);

        for (int64_t i = 0; i < count; i++)
            put_code(&v[k], i, tensor[host->input[k]][i]);
    }
    eval_run(host->node, v, made);
    const struct eval_value *result = &made[host->output];
    const int64_t count = eval_elements(result);

    for (int64_t i = 0; i < count; i++)
        out[i] = get_code(result, i);
}

void host_run_reals(const struct host *host, float *const *tensor, float *out,
                    void *scratch)
{
    struct eval_value v[GRAPH_MAX_INPUTS + GRAPH_MAX_INPUTS];
    struct eval_value *made = v + host->input_count;

    give_memory(host, host->reals, v, scratch);
    for (int k = 0; k < host->input_count; k++)
        if (host->input[k] >= 0)
            memcpy(v[k].data, tensor[host->input[k]],
                   (size_t) eval_elements(&v[k]) * sizeof(float));
    eval_run(host->node, v, made);
    memcpy(out, made[host->output].data,
           (size_t) eval_elements(&made[host->output]) * sizeof(float));
}

size_t host_scratch(const struct net *net)
{
    size_t most = 0;

    for (int i = 0; i < net->layer_count; i++)
        if (net->layer[i].op == NET_HOST
            && net->layer[i].host->scratch > most)
            most = net->layer[i].host->scratch;
    return most;
}
