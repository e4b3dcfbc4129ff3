/*
 * test_energy.c - the published table, and traffic counted by walking the
 * loops of each dataflow.
 */
#include <CUnit/CUnit.h>
#include <math.h>

#include "sim/array/energy.h"
#include "tests/oracle/stimulus.h"
#include "toy.h"

void suite_energy(void);

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b);
}

static void test_energy__table_is_horowitzs(void)
{
    CU_ASSERT(near(energy_add(8), 0.03));
    CU_ASSERT(near(energy_add(32), 0.1));
    CU_ASSERT(near(energy_multiply(8, 8), 0.2));
    CU_ASSERT(near(energy_multiply(32, 32), 3.1));
    CU_ASSERT(near(energy_sram(8 << 10, 64), 10.0));
    CU_ASSERT(near(energy_sram(32 << 10, 64), 20.0));
    CU_ASSERT(near(energy_sram(1 << 20, 64), 100.0));
    CU_ASSERT(near(energy_sram(8 << 10, 8), 1.25));
    CU_ASSERT(near(energy_dram_least(8), 1300.0));
    CU_ASSERT(near(energy_dram_most(8), 2600.0));
}

static void test_energy__rises_with_width_and_size(void)
{
    int wrong = 0;

    for (int bits = 1; bits < 64; bits++) {
        wrong += energy_add(bits) >= energy_add(bits + 1);
        wrong += energy_multiply(bits, 8) >= energy_multiply(bits + 1, 8);
        wrong += energy_multiply(bits, 8) != energy_multiply(8, bits);
        wrong += energy_sram(64.0 * bits * bits * bits, 64)
                 >= energy_sram(64.0 * (bits + 1) * (bits + 1) * (bits + 1),
                                64);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* --------------------------------------------------------------- traffic */

static int min(int a, int b)
{
    return a < b ? a : b;
}

/* Taps of a position, of one of its channels, that lie inside the image. */
static int inside(const struct program_desc *d, int position, int first,
                  int last)
{
    const int oy = position / d->out.w, ox = position % d->out.w;
    const struct net_window *w = &d->window;
    const int depth = d->op == NET_CONV2D ? d->in.c : 1;
    int count = 0;

    for (int k = first; k < last && k < d->taps; k++) {
        const int ky = k / depth / w->kernel_w, kx = k / depth % w->kernel_w;
        const int y = oy * w->stride_h + ky * w->dilation_h - w->pad_top;
        const int x = ox * w->stride_w + kx * w->dilation_w - w->pad_left;

        count += d->op == NET_FULLY_CONNECTED
                 || (y >= 0 && y < d->in.h && x >= 0 && x < d->in.w);
    }
    return count;
}

static void walk_ws(const struct hw *hw, const struct program_desc *d,
                    struct energy_traffic *t)
{
    for (int tile = 0; tile < d->channel_tiles; tile++)
        for (int p0 = 0; p0 < d->positions; p0 += hw->acc_depth)
            for (int s0 = 0; s0 < d->steps; s0 += hw->rows) {
                const int s1 = min(s0 + hw->rows, d->steps);
                const int p1 = min(p0 + hw->acc_depth, d->positions);

                t->weights += (s1 - s0) * hw->lanes * hw->cols;
                for (int p = p0; p < p1; p++) {
                    t->inputs += inside(d, p, s0 * hw->lanes, s1 * hw->lanes);
                    t->biases += s0 == 0 ? hw->cols : 0;
                    t->sums += s0 > 0 ? hw->cols : 0;           /* read */
                    t->sums += s1 < d->steps ? hw->cols : 0;    /* written */
                    t->scales += s1 == d->steps ? hw->cols : 0;
                }
            }
}

static void walk_os(const struct hw *hw, const struct program_desc *d,
                    struct energy_traffic *t)
{
    for (int tile = 0; tile < d->channel_tiles; tile++)
        for (int p0 = 0; p0 < d->positions; p0 += hw->rows) {
            const int p1 = min(p0 + hw->rows, d->positions);

            t->biases += hw->cols;
            t->scales += (p1 - p0) * hw->cols;
            for (int s = 0; s < d->steps; s++) {
                t->weights += hw->lanes * hw->cols;
                for (int p = p0; p < p1; p++)
                    t->inputs += inside(d, p, s * hw->lanes,
                                        (s + 1) * hw->lanes);
            }
        }
}

static void walk_vector(const struct hw *hw, const struct program_desc *d,
                        struct energy_traffic *t)
{
    const bool weights = d->filters > 0;

    for (int tile = 0; tile < d->channel_tiles; tile++)
        for (int p = 0; p < d->positions; p++) {
            t->weights += weights ? d->steps * hw->lanes * hw->cols : 0;
            t->biases += weights ? hw->cols : 0;
            t->scales += weights ? hw->cols : 0;
            for (int c = tile * hw->cols; c < min((tile + 1) * hw->cols,
                                                  d->out.c); c++)
                t->inputs += inside(d, p, 0, d->taps);
        }
}

static void test_energy__traffic_is_what_the_loops_move(void)
{
    static const enum net_op ops[] = {
        NET_CONV2D, NET_FULLY_CONNECTED, NET_DEPTHWISE_CONV2D, NET_MAX_POOL2D,
        NET_AVERAGE_POOL2D
    };
    static struct toy t;
    struct rng rng;
    int wrong = 0;

    rng_init(&rng, 21);
    for (int i = 0; i < 500; i++) {
        struct energy_traffic walked = { 0 };

        toy_init(&t, stimulus_int(&rng, 1, 4), 24, FX_SATURATE);
        t.hw.dataflow = i & 1 ? HW_WEIGHT_STATIONARY : HW_OUTPUT_STATIONARY;
        t.hw.rows = stimulus_int(&rng, 1, 6);
        t.hw.cols = stimulus_int(&rng, 1, 6);
        t.hw.acc_depth = stimulus_int(&rng, 1, 40);
        toy_random(&t, &rng, ops[i % 5]);
        const struct energy_traffic said = energy_traffic(&t.program, 0);

        if (t.desc.unit == PROGRAM_VECTOR)
            walk_vector(&t.hw, &t.desc, &walked);
        else if (t.hw.dataflow == HW_WEIGHT_STATIONARY)
            walk_ws(&t.hw, &t.desc, &walked);
        else
            walk_os(&t.hw, &t.desc, &walked);
        wrong += said.weights != walked.weights
                 || said.inputs != walked.inputs || said.sums != walked.sums
                 || said.biases != walked.biases
                 || said.scales != walked.scales
                 || said.outputs != net_elements(t.desc.out);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

void suite_energy(void)
{
    CU_pSuite suite = CU_add_suite("energy", NULL, NULL);

    CU_ADD_TEST(suite, test_energy__table_is_horowitzs);
    CU_ADD_TEST(suite, test_energy__rises_with_width_and_size);
    CU_ADD_TEST(suite, test_energy__traffic_is_what_the_loops_move);
}
