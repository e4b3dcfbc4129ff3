#include "sim/sweep/machine.h"

#include <math.h>

#include "sim/array/energy.h"
#include "sim/array/timing.h"

struct store_result machine_nothing(void)
{
    return (struct store_result) {
        .accuracy = NAN, .float_accuracy = NAN, .accuracy_loss = NAN,
        .agreement = NAN, .worst_sqnr_db = NAN, .utilization = NAN,
        .clock_mhz = NAN, .latency_ms = NAN, .fps = NAN, .energy_uj = NAN,
        .area_cells = NAN, .area_luts = NAN, .area_dsps = NAN,
        .area_ffs = NAN, .area_brams = NAN, .seconds = NAN
    };
}

static const char *const unit_names[] = { "array", "vector", "none", "host" };

static void measure_layer(const struct program *p, int i,
                          struct store_layer *l)
{
    const struct program_desc *d = &p->desc[i];
    const struct energy energy = energy_layer(p, i);

    *l = (struct store_layer) {
        .name = d->name, .op = net_op_name(d->op), .unit = unit_names[d->unit],
        .macs = (int64_t) d->positions * d->filters * d->taps,
        .cycles = timing_layer_cycles(p->hw, d), .channels = d->out.c,
        .sqnr_db = NAN, .energy_uj = energy_total(&energy) / 1e6
    };
    l->stall_cycles = timing_stall_cycles(p->hw, d, l->cycles);
    l->utilization = l->cycles > 0
        ? timing_utilization(p->hw, d, l->cycles) : NAN;
}

static void add_up(const struct program *p, struct store_result *r)
{
    const struct hw *hw = p->hw;
    int64_t array_macs = 0, array_cycles = 0;

    r->energy_uj = 0;
    for (int i = 0; i < r->layer_count; i++) {
        const struct store_layer *l = &r->layer[i];

        r->macs += l->macs;
        r->cycles += l->cycles;
        r->stall_cycles += l->stall_cycles;
        r->energy_uj += l->energy_uj;
        if (p->desc[i].unit == PROGRAM_ARRAY) {
            array_macs += l->macs;
            array_cycles += l->cycles;
        }
    }
    if (array_cycles > 0)
        r->utilization = (double) array_macs
                         / ((double) hw->rows * hw->cols * hw->lanes
                            * (double) array_cycles);
}

int machine_measure(const struct program *p, struct store_result *r,
                    struct arena *arena)
{
    const struct hw *hw = p->hw;
    struct store_layer *layer = arena_alloc_array(
        arena, (size_t) p->desc_count, sizeof(*layer));

    if (!layer)
        return -1;
    for (int i = 0; i < p->desc_count; i++)
        measure_layer(p, i, &layer[i]);
    r->layer = layer;
    r->layer_count = p->desc_count;
    add_up(p, r);
    r->clock_mhz = hw->clock_mhz;
    r->latency_ms = (double) r->cycles / hw->clock_mhz / 1e3;
    r->fps = r->cycles > 0 ? hw->clock_mhz * 1e6 / (double) r->cycles : NAN;
    r->weight_rom_bits = (int64_t) hw->cols * p->weight_words
                         * program_weight_word_bits(hw);
    r->param_rom_bits = (int64_t) hw->cols * p->param_words
                        * (hw->acc_bits + program_scale_word_bits(hw));
    r->activation_memory_bits = p->act_elements * hw->act_bits;
    r->energy_source = energy_source;
    return 0;
}
