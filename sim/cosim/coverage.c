#include "sim/cosim/coverage.h"

#include "sim/array/gather.h"

static const char *const edge_names[EDGE_COUNT] = {
    "any", "stride", "padding", "dilation", "odd channels", "channel tiles",
    "position blocks", "k tiles", "ragged k tile", "lanes", "ragged lanes",
    "many segments", "one position", "overflow", "clamp", "1-bit weights",
    "unsigned", "weight zero point", "narrow product", "above 8 bits",
    "multiplier", "branch"
};

static const char *const mode_names[FX_OVERFLOW_COUNT] = {
    "sat", "sat0", "satsym", "wrap", "wrapsm"
};

/* Layer types that run, in the order of the tables. */
static const enum net_op ops[] = {
    NET_CONV2D, NET_FULLY_CONNECTED, NET_DEPTHWISE_CONV2D, NET_MAX_POOL2D,
    NET_AVERAGE_POOL2D, NET_ADD, NET_MUL
};

static const char *const op_names[] = {
    "conv", "fc", "depthwise", "max", "average", "add", "mul"
};

enum { OPS = sizeof(ops) / sizeof(*ops) };

static bool is_array(enum net_op op)
{
    return op == NET_CONV2D || op == NET_FULLY_CONNECTED;
}

static bool has_weights(enum net_op op)
{
    return op <= NET_FULLY_CONNECTED;
}

static bool has_window(enum net_op op)
{
    return op != NET_FULLY_CONNECTED && !net_op_has_two_inputs(op);
}

static bool possible(enum net_op op, enum coverage_edge edge)
{
    switch (edge) {
    case EDGE_STRIDE:
    case EDGE_PADDING: return has_window(op);
    case EDGE_DILATION: return op == NET_CONV2D || op == NET_DEPTHWISE_CONV2D;
    case EDGE_BLOCKS: return op == NET_CONV2D;
    case EDGE_CHUNKS:
    case EDGE_RAGGED: return is_array(op);
    case EDGE_SEGMENTS: return op == NET_CONV2D;
    case EDGE_RAGGED_LANES:
    case EDGE_LANES:
    case EDGE_ONE_BIT:
    case EDGE_WEIGHT_ZERO_POINT:
    case EDGE_NARROW_PRODUCT: return has_weights(op);
    case EDGE_OVERFLOW: return has_weights(op) || op == NET_AVERAGE_POOL2D
                               || op == NET_MUL;
    case EDGE_MULTIPLIER: return op == NET_DEPTHWISE_CONV2D;
    default: return true;
    }
}

static int most_segments(const struct hw *hw, const struct program_desc *d)
{
    struct gather g;
    int most = 0;

    gather_init(&g, hw, d);
    for (int64_t t = 0; t < gather_chunks(&g); t++) {
        const int n = gather_take(&g, t);

        most = n > most ? n : most;
    }
    return most;
}

void coverage_add(struct coverage *c, const struct hw *hw,
                  const struct program_desc *d, bool clamped,
                  int64_t overflows)
{
    const struct net_window *w = &d->window;
    const int block = hw->dataflow == HW_WEIGHT_STATIONARY ? hw->acc_depth
                                                           : hw->rows;
    const bool hit[EDGE_COUNT] = {
        [EDGE_ANY] = true,
        [EDGE_STRIDE] = w->stride_h > 1 || w->stride_w > 1,
        [EDGE_PADDING] = w->pad_top + w->pad_bottom + w->pad_left
                         + w->pad_right > 0,
        [EDGE_DILATION] = (w->dilation_h > 1 && w->kernel_h > 1)
                          || (w->dilation_w > 1 && w->kernel_w > 1),
        [EDGE_ODD_CHANNELS] = d->out.c % hw->cols != 0,
        [EDGE_TILES] = d->channel_tiles > 1,
        [EDGE_BLOCKS] = d->positions > block,
        [EDGE_CHUNKS] = d->steps > hw->rows,
        [EDGE_RAGGED] = d->steps % hw->rows != 0,
        [EDGE_LANES] = hw->lanes > 1,
        [EDGE_RAGGED_LANES] = d->taps % hw->lanes != 0,
        [EDGE_SEGMENTS] = d->op == NET_CONV2D
                          && most_segments(hw, d) > HW_GATHER_WAYS,
        [EDGE_ONE_POSITION] = d->positions == 1,
        [EDGE_OVERFLOW] = overflows > 0,
        [EDGE_CLAMP] = clamped,
        [EDGE_ONE_BIT] = hw->weight_bits == 1,
        [EDGE_UNSIGNED] = !hw->act_signed,
        [EDGE_WEIGHT_ZERO_POINT] = hw->weight_zero_point,
        [EDGE_NARROW_PRODUCT] = hw->product_bits > 0,
        [EDGE_WIDE] = hw->act_bits > 8,
        [EDGE_MULTIPLIER] = d->multiplier > 1,
        [EDGE_BRANCH] = d->input != d->layer
    };

    for (int e = 0; e < EDGE_COUNT; e++)
        if (hit[e] && possible(d->op, (enum coverage_edge) e))
            c->hits[hw->acc_overflow][hw->dataflow][d->op][e]++;
}

void coverage_merge(struct coverage *to, const struct coverage *from)
{
    const uint32_t *more = &from->hits[0][0][0][0];
    uint32_t *hits = &to->hits[0][0][0][0];

    for (size_t i = 0; i < sizeof(to->hits) / sizeof(*hits); i++)
        hits[i] += more[i];
}

void coverage_total(const struct coverage *c, int *all, int *hit)
{
    *all = *hit = 0;
    for (int m = 0; m < FX_OVERFLOW_COUNT; m++)
        for (int f = 0; f < 2; f++)
            for (int o = 0; o < OPS; o++)
                for (int e = 0; e < EDGE_COUNT; e++) {
                    if (!possible(ops[o], (enum coverage_edge) e))
                        continue;
                    (*all)++;
                    *hit += c->hits[m][f][ops[o]][e] > 0;
                }
}

void coverage_print(const struct coverage *c, FILE *out)
{
    int all, hit;

    fprintf(out, "\n%-18s", "layers run");
    for (int m = 0; m < FX_OVERFLOW_COUNT; m++)
        for (int f = 0; f < 2; f++)
            fprintf(out, " %6s%s", mode_names[m], f ? ".os" : ".ws");
    fprintf(out, "\n");
    for (int o = 0; o < OPS; o++) {
        fprintf(out, "%-18s", op_names[o]);
        for (int m = 0; m < FX_OVERFLOW_COUNT; m++)
            for (int f = 0; f < 2; f++)
                fprintf(out, " %9u", c->hits[m][f][ops[o]][EDGE_ANY]);
        fprintf(out, "\n");
    }
    fprintf(out, "\n%-18s", "edge cases");
    for (int o = 0; o < OPS; o++)
        fprintf(out, " %9s", op_names[o]);
    fprintf(out, "   mode x dataflow\n");
    for (int e = 1; e < EDGE_COUNT; e++) {
        int of = 0, met = 0;

        fprintf(out, "%-18s", edge_names[e]);
        for (int o = 0; o < OPS; o++) {
            uint32_t sum = 0;

            for (int m = 0; m < FX_OVERFLOW_COUNT; m++)
                for (int f = 0; f < 2; f++)
                    sum += c->hits[m][f][ops[o]][e];
            if (!possible(ops[o], (enum coverage_edge) e)) {
                fprintf(out, " %9s", "");
                continue;
            }
            fprintf(out, " %9u", sum);
            for (int m = 0; m < FX_OVERFLOW_COUNT; m++)
                for (int f = 0; f < 2; f++) {
                    of++;
                    met += c->hits[m][f][ops[o]][e] > 0;
                }
        }
        fprintf(out, "   %d of %d\n", met, of);
    }
    coverage_total(c, &all, &hit);
    fprintf(out, "\ncoverage  %d of %d combinations of mode x dataflow x layer "
            "x edge case\n", hit, all);
}
