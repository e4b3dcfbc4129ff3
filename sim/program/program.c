#include "sim/program/program.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/digest.h"
#include "sim/program/image.h"
#include "sim/program/lives.h"
#include "sim/program/plan.h"

int program_weight_word_bits(const struct hw *hw)
{
    return hw->lanes * hw->weight_bits;
}

int program_multiplier_bits(const struct hw *hw)
{
    return hw->multiplier_bits < 8 ? 8 : hw->multiplier_bits;
}

int program_scale_word_bits(const struct hw *hw)
{
    return program_multiplier_bits(hw) + HW_SHIFT_BITS + hw->weight_bits;
}

void program_release(struct program *program)
{
    arena_release(&program->arena);
}

static enum program_unit unit_of(enum net_op op)
{
    switch (op) {
    case NET_CONV2D:
    case NET_FULLY_CONNECTED:
        return PROGRAM_ARRAY;
    case NET_FLATTEN:
        return PROGRAM_NONE;
    case NET_HOST:
        return PROGRAM_HOST;
    default:
        return PROGRAM_VECTOR;
    }
}

static int ceil_div(int a, int b)
{
    return (a + b - 1) / b;
}

/* The bias in the accumulator's format, where every sum starts. */
static int fill_bias(struct program *p, struct program_desc *d,
                     const struct qlayer *q, struct diag *diag)
{
    const struct fx_format format = hw_acc_format(p->hw);
    int64_t *bias = arena_alloc_array(&p->arena, (size_t) d->filters,
                                      sizeof(*bias));
    int32_t *zp = arena_alloc_array(&p->arena, (size_t) d->filters,
                                    sizeof(*zp));

    if (!bias || !zp)
        return diag_error(diag, q->layer->place, "out of memory");
    for (int n = 0; n < d->filters; n++) {
        bool overflowed = false;

        bias[n] = fx_reduce(q->bias[n], &format, &overflowed);
        d->bias_overflows += overflowed;
        zp[n] = q->wparams[n].zero_point;
    }
    d->bias = bias;
    d->weight_zp = zp;
    d->weight = q->weight;
    d->requant = q->requant;
    d->weight_bits = q->weight_bits;
    return 0;
}

/* The divisors of an average, by the taps that lie inside the image. */
static int fill_divisors(struct program *p, struct program_desc *d,
                         struct diag *diag)
{
    const struct place place = p->net->layer[d->layer].place;
    const int bits = program_multiplier_bits(p->hw);
    struct fx_requant *r;

    if (d->taps > INT64_C(1) << (bits - 2))
        return diag_error(diag, place, "layer '%s' averages %d elements, must "
                          "be at most %" PRId64 " with a multiplier of %d bits",
                          d->name, d->taps, INT64_C(1) << (bits - 2), bits);
    r = arena_alloc_array(&p->arena, (size_t) d->taps + 1, sizeof(*r));
    if (!r)
        return diag_error(diag, place, "out of memory");
    for (int count = 1; count <= d->taps; count++) {
        r[count] = (struct fx_requant) { .rounding = d->rounding,
                                         .min = d->out_min,
                                         .max = d->out_max };
        fx_average_multiplier(count, bits, &r[count].mult, &r[count].shift);
    }
    r[0] = (struct fx_requant) { .min = d->out_min, .max = d->out_max };
    d->requant = r;
    return 0;
}

/* What follows from the network's shapes and the machine alone. */
static void shape_desc(struct program *p, int i)
{
    const struct net_layer *l = &p->net->layer[i];

    p->desc[i] = (struct program_desc) {
        .op = l->op, .unit = unit_of(l->op), .layer = i, .name = l->name,
        .in = l->in, .out = l->out, .input = l->input,
        .second = net_op_has_two_inputs(l->op) ? l->second : -1,
        .window = l->window, .multiplier = l->multiplier,
        .filters = l->filters, .taps = l->taps,
        .positions = l->out.h * l->out.w, .steps = ceil_div(l->taps,
                                                            p->hw->lanes),
        .channel_tiles = ceil_div(l->out.c, p->hw->cols),
        .double_round = p->hw->double_round,
        .rounding = (enum fx_rounding) p->hw->requant_rounding
    };
}

static int fill_desc(struct program *p, const struct qnet *qnet, int i,
                     struct diag *diag)
{
    const struct net_layer *l = &qnet->net->layer[i];
    const struct qlayer *q = &qnet->layer[i];
    const struct quant_params *in = &qnet->tensor[l->input];
    const struct quant_params *out = &qnet->tensor[i + 1];
    struct program_desc *d = &p->desc[i];

    shape_desc(p, i);
    d->in_zp = in->zero_point;
    d->in_min = in->min;
    d->in_max = in->max;
    d->out_zp = out->zero_point;
    d->out_min = out->min;
    d->out_max = out->max;
    if (l->given) {
        d->out_min = l->given->out_min;
        d->out_max = l->given->out_max;
    }
    if (d->second >= 0) {
        const struct fx_requant *last = &q->requant[l->op == NET_ADD ? 2 : 0];

        d->second_zp = qnet->tensor[l->second].zero_point;
        d->add_shift = l->op == NET_ADD ? hw_add_shift(p->hw) : 0;
        d->requant = q->requant;
        d->out_min = last->min;
        d->out_max = last->max;
        return 0;
    }
    if (!l->has_weights) {
        if (isfinite(l->clamp_lo) && !l->given)
            d->out_min = quant_code(out, l->clamp_lo);
        if (isfinite(l->clamp_hi) && !l->given)
            d->out_max = quant_code(out, l->clamp_hi);
        return l->op == NET_AVERAGE_POOL2D ? fill_divisors(p, d, diag) : 0;
    }
    d->out_min = q->requant[0].min;
    d->out_max = q->requant[0].max;
    return fill_bias(p, d, q, diag);
}

static uint32_t param_words(const struct program_desc *d)
{
    switch (d->op) {
    case NET_MAX_POOL2D:
    case NET_HOST:
    case NET_FLATTEN: return 0;
    case NET_AVERAGE_POOL2D: return (uint32_t) d->taps + 1;
    case NET_ADD: return 3;
    case NET_MUL: return 1;
    default: return (uint32_t) d->channel_tiles;
    }
}

/* Layers get addresses one behind the other; depthwise weights follow the same
 * rule with one channel's taps as the steps. */
static void place_desc(struct program *p, struct program_desc *d,
                       uint64_t *weights, uint64_t *params, struct diag *diag)
{
    const struct hw *hw = p->hw;
    const struct place place = p->net->layer[d->layer].place;

    d->param_words = param_words(d);
    d->weight_base = d->filters ? (uint32_t) *weights : 0;
    d->param_base = d->param_words ? (uint32_t) *params : 0;
    *params += d->param_words;
    if (d->filters)
        *weights += (uint64_t) d->channel_tiles * (uint64_t) d->steps;
    if (*weights > (uint64_t) hw->weight_depth) {
        diag_error(diag, place, "layer '%s' needs words up to %" PRIu64 " of "
                   "each weight bank, must fit 'memory.weight_depth' of "
                   "hardware '%s', %d", d->name, *weights, hw->name,
                   hw->weight_depth);
        *weights = 0;    /* one message a layer, not one for all that follow */
    }
    if (*params > (uint64_t) hw->param_depth) {
        diag_error(diag, place, "layer '%s' needs words up to %" PRIu64 " of "
                   "each parameter bank, must fit 'memory.param_depth' of "
                   "hardware '%s', %d", d->name, *params, hw->name,
                   hw->param_depth);
        *params = 0;
    }
}

/* ------------------------------------------------------ activation memory */

static void check_fit(const struct program *p, struct diag *diag)
{
    const int64_t room = hw_act_elements(p->hw);

    for (int t = 0; t < p->tensor_count; t++) {
        const int64_t end = p->address[t]
                            + net_elements(net_tensor_shape(p->net, t));

        if (end <= room || lives_root(p, t) != t || p->address[t] < 0)
            continue;
        diag_error(diag, t ? p->net->layer[t - 1].place : p->net->place,
                   "the output of '%s' needs elements up to %" PRId64 " of "
                   "activation memory, must fit the %" PRId64 " of hardware "
                   "'%s': 'memory.activation_depth' %d in %d banks",
                   t ? p->desc[t - 1].name : "input", end, room, p->hw->name,
                   p->hw->act_depth, hw_act_banks(p->hw));
    }
}

int64_t program_window_elements(const struct hw *hw)
{
    return (INT64_C(8) << 20) / (hw->act_bits > 8 ? 2 : 1);
}

void program_check_window(const struct program *p, struct diag *diag)
{
    const int64_t room = program_window_elements(p->hw);
    const int64_t memory = hw_act_elements(p->hw);

    for (int t = 0; t < p->tensor_count; t++) {
        const int64_t end = p->address[t]
                            + net_elements(net_tensor_shape(p->net, t));

        /* What the memory itself does not hold has its own message. */
        if (p->address[t] < 0 || end <= room || end > memory
            || !lives_host_reaches(p, t))
            continue;
        diag_error(diag, t ? p->net->layer[t - 1].place : p->net->place,
                   "the host must reach the output of '%s' at elements up to %"
                   PRId64 " of activation memory, must be within the %" PRId64
                   " that its window of 8 MiB has at 'activation.bits' %d",
                   t ? p->desc[t - 1].name : "input", end, room,
                   p->hw->act_bits);
    }
}

static int plan_memory(struct program *p, struct diag *diag)
{
    const size_t count = (size_t) p->tensor_count;
    struct plan_tensor *tensor = arena_alloc_array(&p->arena, 2 * count,
                                                   sizeof(*tensor));
    int used = 0;

    p->address = arena_alloc_array(&p->arena, count, sizeof(*p->address));
    if (!tensor || !p->address)
        return diag_error(diag, p->net->place, "out of memory");
    struct plan_tensor *placed = tensor + count;

    if (lives_find_when(p))
        return diag_error(diag, p->net->place, "out of memory");
    lives_find(p, tensor);
    for (int t = 0; t < p->tensor_count; t++)
        if (lives_root(p, t) == t && tensor[t].elements > 0)
            placed[used++] = tensor[t];
    p->act_elements = plan_place(placed, used);
    if (p->act_elements < 0)
        return diag_error(diag, p->net->place, "out of memory");
    used = 0;
    for (int t = 0; t < p->tensor_count; t++)
        p->address[t] = lives_root(p, t) != t ? p->address[lives_root(p, t)]
                      : tensor[t].elements > 0 ? placed[used++].address : -1;
    check_fit(p, diag);
    program_check_window(p, diag);
    return 0;
}

int program_digest(struct program *p)
{
    const size_t cols = (size_t) p->hw->cols;
    struct digest g;

    if (digest_init(&g))
        return -1;
    digest_update(&g, p->hw->digest, strlen(p->hw->digest));
    digest_update(&g, p->net->digest, strlen(p->net->digest));
    for (int i = 0; i < p->desc_count; i++) {
        const struct program_desc *d = &p->desc[i];
        const int32_t head[] = {
            (int32_t) d->op, d->input, d->filters, d->taps, d->positions,
            d->in_zp, d->out_zp, d->out_min, d->out_max, d->double_round,
            (int32_t) d->rounding, (int32_t) d->weight_base,
            (int32_t) d->param_base
        };

        digest_update(&g, head, sizeof(head));
    }
    digest_update(&g, p->code, p->code_header.words * sizeof(*p->code));
    digest_update(&g, p->weight_image,
                  cols * p->weight_words * p->weight_word_bytes);
    digest_update(&g, p->bias_image,
                  cols * p->param_words * sizeof(*p->bias_image));
    digest_update(&g, p->scale_image,
                  cols * p->param_words * sizeof(*p->scale_image));
    const int failed = digest_finish(&g, p->digest);

    digest_release(&g);
    return failed;
}

static int start(struct program *program, const struct net *net,
                 const struct hw *hw, struct diag *diag)
{
    memset(program, 0, sizeof(*program));
    arena_init(&program->arena, 0);
    program->hw = hw;
    program->net = net;
    program->network = net->name;
    program->tensor_count = net_tensor_count(net);
    program->desc_count = net->layer_count;
    program->desc = arena_alloc_array(&program->arena,
                                      (size_t) net->layer_count,
                                      sizeof(*program->desc));
    return program->desc ? 0 : diag_error(diag, net->place, "out of memory");
}

/* At least a word: no tool reads an empty image without complaint. */
static void set_words(struct program *program, uint64_t weights,
                      uint64_t params)
{
    program->weight_words = weights ? (uint32_t) weights : 1;
    program->param_words = params ? (uint32_t) params : 1;
}

int program_outline(struct program *program, const struct net *net,
                    const struct hw *hw, struct diag *diag)
{
    const int before = diag_error_count(diag);
    uint64_t weights = 0, params = 0;

    if (start(program, net, hw, diag))
        return -1;
    for (int i = 0; i < net->layer_count; i++) {
        shape_desc(program, i);
        place_desc(program, &program->desc[i], &weights, &params, diag);
    }
    if (plan_memory(program, diag) || diag_error_count(diag) > before)
        return -1;
    set_words(program, weights, params);
    return 0;
}

int program_build(struct program *program, const struct qnet *qnet,
                  const struct hw *hw, struct diag *diag)
{
    const int before = diag_error_count(diag);
    const struct net *net = qnet->net;
    uint64_t weights = 0, params = 0;

    if (start(program, net, hw, diag))
        return -1;
    program->tensor = qnet->tensor;
    for (int i = 0; i < net->layer_count; i++) {
        if (fill_desc(program, qnet, i, diag))
            return -1;
        place_desc(program, &program->desc[i], &weights, &params, diag);
    }
    if (plan_memory(program, diag) || diag_error_count(diag) > before)
        return -1;
    set_words(program, weights, params);
    if (image_fill(program, diag) || image_fill_code(program, diag))
        return -1;
    return program_digest(program) ? diag_error(diag, net->place,
                                                "out of memory") : 0;
}
