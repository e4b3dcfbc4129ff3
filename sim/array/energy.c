#include "sim/array/energy.h"

#include <math.h>

const char energy_source[] = "Horowitz, ISSCC 2014, 45 nm, 0.9 V";

/* Picojoules; memories for 64 bits. */
static const double add_8 = 0.03, add_32 = 0.1;
static const double multiply_8 = 0.2, multiply_32 = 3.1;
static const double float_add = 0.9, float_multiply = 3.7;
static const double dram_least = 1300.0, dram_most = 2600.0;

static const struct {
    double bytes, pj;
} srams[] = { { 8 << 10, 10.0 }, { 32 << 10, 20.0 }, { 1 << 20, 100.0 } };

/* y at x on the line through two points. */
static double line(double x, double x0, double y0, double x1, double y1)
{
    return y0 + (x - x0) * (y1 - y0) / (x1 - x0);
}

double energy_add(int bits)
{
    return bits < 8 ? add_8 * bits / 8.0 : line(bits, 8, add_8, 32, add_32);
}

double energy_multiply(int a_bits, int b_bits)
{
    const double cells = (double) a_bits * b_bits;

    return cells < 64 ? multiply_8 * cells / 64.0
                      : line(cells, 64, multiply_8, 1024, multiply_32);
}

double energy_sram(double bytes, double bits)
{
    const int i = bytes > srams[1].bytes;

    return bits / 64.0 * exp2(line(log2(bytes < 1.0 ? 1.0 : bytes),
                                   log2(srams[i].bytes), log2(srams[i].pj),
                                   log2(srams[i + 1].bytes),
                                   log2(srams[i + 1].pj)));
}

double energy_dram_least(double bytes)
{
    return bytes / 8.0 * dram_least;
}

double energy_dram_most(double bytes)
{
    return bytes / 8.0 * dram_most;
}

double energy_total(const struct energy *e)
{
    return e->compute + e->weights + e->activations + e->sums + e->parameters;
}

/* --------------------------------------------------------------- traffic */

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/* Pairs of an output index and a tap along one axis that meet a real input. */
static int64_t pairs(int outputs, int taps, int inputs, int stride,
                     int dilation, int pad)
{
    int64_t count = 0;

    for (int o = 0; o < outputs; o++)
        for (int k = 0; k < taps; k++) {
            const int at = o * stride + k * dilation - pad;

            count += at >= 0 && at < inputs;
        }
    return count;
}

/* Pixels that all windows together see: positions times taps, less padding. */
static int64_t pixels(const struct program_desc *d)
{
    const struct net_window *w = &d->window;

    return pairs(d->out.h, w->kernel_h, d->in.h, w->stride_h, w->dilation_h,
                 w->pad_top)
           * pairs(d->out.w, w->kernel_w, d->in.w, w->stride_w, w->dilation_w,
                   w->pad_left);
}

static struct energy_traffic array_traffic(const struct hw *hw,
                                           const struct program_desc *d)
{
    const bool ws = hw->dataflow == HW_WEIGHT_STATIONARY;
    const int64_t columns = (int64_t) d->channel_tiles * hw->cols;
    const int64_t reloads = ceil_div(d->positions, ws ? hw->acc_depth
                                                      : hw->rows);
    const int64_t tiles = ceil_div(d->steps, hw->rows);
    const int64_t seen = d->op == NET_FULLY_CONNECTED ? d->taps
                                                      : pixels(d) * d->in.c;

    return (struct energy_traffic) {
        .macs = (int64_t) d->positions * d->filters * d->taps,
        .weights = columns * d->steps * hw->lanes * reloads,
        .inputs = seen * d->channel_tiles,
        .outputs = (int64_t) d->positions * d->filters,
        .sums = ws ? 2 * (tiles - 1) * d->positions * columns : 0,
        .biases = columns * (ws ? d->positions : reloads),
        .scales = columns * d->positions
    };
}

static struct energy_traffic vector_traffic(const struct hw *hw,
                                            const struct program_desc *d)
{
    const int64_t columns = (int64_t) d->channel_tiles * hw->cols;
    const bool two = d->second >= 0;
    const int64_t seen = two ? 2 * net_elements(d->out)
                             : pixels(d) * d->out.c;
    struct energy_traffic t = {
        .inputs = seen, .outputs = (int64_t) d->positions * d->out.c
    };

    if (d->filters == 0) {
        t.adds = two ? t.outputs : seen;
        return t;
    }
    t.macs = (int64_t) d->positions * d->filters * d->taps;
    t.weights = columns * d->steps * hw->lanes * d->positions;
    t.biases = t.scales = columns * d->positions;
    return t;
}

struct energy_traffic energy_traffic(const struct program *program, int layer)
{
    const struct program_desc *d = &program->desc[layer];

    switch (d->unit) {
    case PROGRAM_ARRAY: return array_traffic(program->hw, d);
    case PROGRAM_VECTOR: return vector_traffic(program->hw, d);
    default: return (struct energy_traffic) { 0 };
    }
}

/* ---------------------------------------------------------------- energy */

/* Widths of the words, in bits. */
struct words {
    double weight, activation, sum, bias, scale;
};

static struct words machine_words(const struct program *p)
{
    return (struct words) { p->hw->weight_bits, p->hw->act_bits,
                            p->hw->acc_bits, p->hw->acc_bits,
                            program_scale_word_bits(p->hw) };
}

static const struct words float_words = { 32, 32, 32, 32, 0 };

static struct energy_memories memories(const struct program *p,
                                       const struct words *w)
{
    const struct hw *hw = p->hw;

    return (struct energy_memories) {
        .weight_bank = (double) hw->weight_depth * hw->lanes * w->weight / 8.0,
        .activation_bank = hw->act_depth * w->activation / 8.0,
        .sum_bank = hw->acc_depth * w->sum / 8.0,
        .bias_bank = hw->param_depth * w->bias / 8.0,
        .scale_bank = hw->param_depth * w->scale / 8.0
    };
}

struct energy_memories energy_memories(const struct program *program)
{
    const struct words words = machine_words(program);

    return memories(program, &words);
}

static struct energy memory_energy(const struct program *p,
                                   const struct words *w,
                                   const struct energy_traffic *t)
{
    const struct energy_memories m = memories(p, w);

    return (struct energy) {
        .weights = (double) t->weights * energy_sram(m.weight_bank, w->weight),
        .activations = (double) (t->inputs + t->outputs)
                       * energy_sram(m.activation_bank, w->activation),
        .sums = (double) t->sums * energy_sram(m.sum_bank, w->sum),
        .parameters =
            (double) t->biases * energy_sram(m.bias_bank, w->bias)
            + (double) t->scales * energy_sram(m.scale_bank, w->scale)
    };
}

/* Multiplier, rounding add, zero point, for each output. */
static double requantize(const struct hw *hw)
{
    const double add = energy_add(hw->acc_bits + hw->multiplier_bits)
                       + energy_add(hw->act_bits);

    return hw->multiplier_bits == 0
        ? add : add + energy_multiply(hw->acc_bits, hw->multiplier_bits);
}

/* Of the pairs of an add, whose inputs are scaled first, or of a mul. */
static double pair(const struct hw *hw, const struct program_desc *d)
{
    const int bits = hw_act_operand_bits(hw);

    return d->op == NET_MUL
        ? energy_multiply(bits, bits)
        : 2.0 * requantize(hw) + energy_add(hw->acc_bits);
}

static double operations(const struct hw *hw, const struct program_desc *d,
                         const struct energy_traffic *t)
{
    const double mac = energy_multiply(hw_act_operand_bits(hw),
                                       hw_weight_operand_bits(hw))
                       + energy_add(hw->acc_bits);
    double pj = (double) t->macs * mac;

    if (d->filters > 0)
        pj += (double) t->inputs * energy_add(hw_act_operand_bits(hw));
    if (d->filters > 0 && hw->weight_zero_point)
        pj += (double) t->weights * energy_add(hw_weight_operand_bits(hw));
    if (d->second >= 0)
        return pj + (double) t->outputs * (pair(hw, d) + requantize(hw))
               + (double) t->inputs * energy_add(hw_act_operand_bits(hw));
    pj += (double) t->adds * energy_add(d->op == NET_AVERAGE_POOL2D
                                        ? hw->acc_bits : hw->act_bits);
    if (d->op != NET_MAX_POOL2D)
        pj += (double) t->outputs * requantize(hw);
    return pj;
}

struct energy energy_layer(const struct program *program, int layer)
{
    const struct energy_traffic t = energy_traffic(program, layer);
    const struct words words = machine_words(program);
    struct energy e = memory_energy(program, &words, &t);

    e.compute = operations(program->hw, &program->desc[layer], &t);
    return e;
}

struct energy energy_layer_float(const struct program *program, int layer)
{
    const struct energy_traffic t = energy_traffic(program, layer);
    struct energy e = memory_energy(program, &float_words, &t);

    e.compute = (double) t.macs * (float_multiply + float_add)
                + (double) t.adds * float_add;
    if (program->desc[layer].op == NET_AVERAGE_POOL2D)
        e.compute += (double) t.outputs * float_multiply;
    return e;
}
