/*
 * bench.cpp - npu_engine against an independent reference, through npu_shim.
 *
 *   bench check LIB DIR SEED LAYERS   random and corner layers: every output,
 *                                     the overflow count, the cycle count
 *   bench peek  LIB DIR SEED LAYERS   the same, and every partial sum in the
 *                                     cycle and PE that npu_shim.h states
 *   bench conv  LIB DIR               3x3, 64 to 64 channels, 32x32: speed and
 *                                     utilization
 *   bench missing LIB DIR             an image is missing: refused, not aborted
 *   bench plan  LIB DIR SEED FILE     write ROMs and one layer for smoke_tb.sv
 *
 * The reference is a plain loop in ascending k over exact integers; it shares
 * no code and no formula with the RTL: floor division for rounding, modulo
 * arithmetic for wrapping. The first difference ends the run with status 1.
 */
#include "../../sim/cosim/npu_shim.h"

#include <dlfcn.h>
#include <time.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

typedef __int128 wide;

static struct npu_shape shape;
static npu_shim_new_fn *shim_new;
static npu_shim_free_fn *shim_free;
static npu_shim_run_fn *shim_run;
static npu_shim_on_cycle_fn *shim_on_cycle;
static npu_shim_peek_fn *shim_peek;
static npu_shim_trace_fn *shim_trace;

/* ---- random numbers: splitmix64 ---- */

static uint64_t seed_state;

static uint64_t random64(void)
{
    uint64_t z = seed_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static int64_t between(int64_t low, int64_t high)
{
    return low + int64_t(random64() % uint64_t(high - low + 1));
}

static bool chance(int percent) { return between(0, 99) < percent; }

/* ---- the reference ---- */

static wide power2(int n) { return wide(1) << n; }

static wide floor_div(wide a, wide b)
{
    const wide q = a / b;
    return q * b > a ? q - 1 : q;
}

/* v / 2^s to an integer; SystemC's order of modes. */
static wide round_shift(wide v, int s, int mode)
{
    if (s == 0)
        return v;
    const wide step = power2(s);
    const wide low = floor_div(v, step);
    const wide rest2 = 2 * (v - low * step); /* against step: the half */
    const bool above = rest2 > step, tie = rest2 == step;
    switch (mode) {
    case 0: return low + (above || tie);
    case 1: return low + (above || (tie && v < 0));
    case 2: return low + above;
    case 3: return low + (above || (tie && v > 0));
    case 4: return low + (above || (tie && low % 2 != 0));
    case 5: return low;
    default: return low + (v < 0 && rest2 != 0);
    }
}

static wide wrap_signed(wide v, int n)
{
    const wide m = v - floor_div(v, power2(n)) * power2(n);
    return m >= power2(n - 1) ? m - power2(n) : m;
}

static bool bit_of(wide v, int n)
{
    return floor_div(v, power2(n)) % 2 != 0;
}

/* v into n bits; SystemC's order of modes; nb is n_bits. */
static wide reduce(wide v, int n, int mode, int nb, bool *flag)
{
    const wide hi = power2(n - 1) - 1, lo = mode == 2 ? -hi : -hi - 1;
    *flag = v > hi || v < lo;
    if (!*flag)
        return v;
    const wide limit = v > hi ? hi : lo;
    const bool saturates = nb >= n && !(mode == 4 && nb == 1);
    if (mode == 0 || mode == 2 || (mode >= 3 && saturates))
        return limit;
    if (mode == 1)
        return 0;
    if (mode == 3 && nb == 0)
        return wrap_signed(v, n);
    if (mode == 4 && nb == 0)
        return wrap_signed(bit_of(v, n) != bit_of(v, n - 1) ? -v - 1 : v, n);
    if (mode == 4 && nb == 1)
        return wrap_signed((v < 0) != bit_of(v, n - 1) ? -v - 1 : v, n);
    const int m = n - nb;
    if (mode == 4 && (v < 0) == bit_of(v, m))
        v = -v - 1;
    const wide low = v - floor_div(v, power2(m)) * power2(m);
    return (limit > 0 ? hi - (power2(m) - 1) : lo) + low;
}

struct layer {
    int K, N, M;
    struct npu_layer_regs regs;
    std::vector<int32_t> acts;      /* [M][K] codes */
    std::vector<int32_t> weights;   /* [N][K] codes */
    std::vector<int32_t> weight_zp; /* [N] */
    std::vector<int64_t> bias;      /* [N] */
    std::vector<uint32_t> mult;     /* [N] */
    std::vector<int> shift;         /* [N] */
    /* the reference's result */
    std::vector<int32_t> out;       /* [M][N] */
    std::vector<int64_t> partial;   /* [M][N][steps], if kept */
    std::vector<uint8_t> flags;     /* the same */
    uint64_t overflows;
    uint64_t cycles;
};

static wide product_of(const layer &l, int pos, int n, int k)
{
    const wide a = l.acts[size_t(pos) * l.K + k] - l.regs.in_zp;
    const int32_t code = l.weights[size_t(n) * l.K + k];
    wide w = code - (shape.weight_zero_point ? l.weight_zp[n] : 0);
    if (shape.weight_bits == 1)
        w = code ? 1 : -1;
    wide p = a * w;
    if (shape.product_bits) {
        bool unused;
        p = round_shift(p, int(shape.product_drop),
                        int(shape.product_rounding));
        p = reduce(p, int(shape.product_bits), int(shape.product_overflow), 0,
                   &unused);
    }
    return p;
}

static int32_t requantize(const layer &l, int n, wide acc)
{
    wide p = acc * l.mult[n];
    if (l.regs.double_round && l.shift[n] > 31)
        p += p >= 0 ? power2(30) : -power2(30);
    wide y = round_shift(p, l.shift[n], int(shape.rounding)) + l.regs.out_zp;
    y = y < l.regs.act_min ? l.regs.act_min : y;
    y = y > l.regs.act_max ? l.regs.act_max : y;
    return int32_t(y);
}

/* docs/rtl/engine.md, "Cycles". */
static uint64_t cycles_of(const layer &l)
{
    const uint64_t rows = shape.rows, M = l.regs.positions;
    const uint64_t steps = l.regs.steps, ctiles = l.regs.ctiles;
    uint64_t total = 0;
    if (shape.dataflow == 0) {
        const uint64_t passes = (steps + rows - 1) / rows;
        uint64_t last = 0, length = 0;
        for (uint64_t p = 0; p < M; p += shape.acc_depth) {
            last = std::min<uint64_t>(M - p, shape.acc_depth);
            length = std::max(last, rows + 2);
            total += length * passes * ctiles;
        }
        return total - length + last + rows + 7;
    }
    uint64_t last = 0, length = 0;
    for (uint64_t p = 0; p < M; p += rows) {
        last = std::min(M - p, rows);
        length = std::max(steps, last);
        total += length * ctiles;
    }
    return total - length + steps + last + 8;
}

static void reference(layer &l, bool keep)
{
    const int steps = int(l.regs.steps);
    l.out.assign(size_t(l.M) * l.N, 0);
    l.partial.assign(keep ? size_t(l.M) * l.N * steps : 0, 0);
    l.flags.assign(l.partial.size(), 0);
    l.overflows = 0;
    for (int pos = 0; pos < l.M; pos++) {
        for (int n = 0; n < l.N; n++) {
            wide acc = l.bias[n];
            for (int step = 0; step < steps; step++) {
                wide sum = acc;
                bool flag;
                for (int lane = 0; lane < int(shape.lanes); lane++) {
                    const int k = step * int(shape.lanes) + lane;
                    if (k < l.K)
                        sum += product_of(l, pos, n, k);
                }
                acc = reduce(sum, int(shape.acc_bits), int(shape.acc_overflow),
                             int(shape.acc_wrap_bits), &flag);
                l.overflows += flag;
                if (keep) {
                    const size_t i = (size_t(pos) * l.N + n) * steps + step;
                    l.partial[i] = int64_t(acc);
                    l.flags[i] = flag;
                }
            }
            l.out[size_t(pos) * l.N + n] = requantize(l, n, acc);
        }
    }
    l.cycles = cycles_of(l);
}

/* ---- stimulus ---- */

static int32_t act_low(void)
{
    return shape.act_signed ? -(1 << (shape.act_bits - 1)) : 0;
}

static int32_t act_high(void)
{
    return act_low() + (1 << shape.act_bits) - 1;
}

/* Uniform, or the ends, or near an end, or one value all over. */
static void fill(std::vector<int32_t> &v, int32_t low, int32_t high)
{
    const int kind = int(between(0, 5));
    const int32_t one = int32_t(between(low, high));
    for (int32_t &x : v) {
        switch (kind) {
        case 0: x = chance(50) ? low : high; break;
        case 1: x = high; break;
        case 2: x = chance(90) ? low : int32_t(between(low, high)); break;
        case 3: x = chance(80) ? one : int32_t(between(low, high)); break;
        default: x = int32_t(between(low, high));
        }
    }
}

static int64_t some_bias(void)
{
    const int64_t hi = (int64_t(1) << (shape.acc_bits - 1)) - 1;
    switch (between(0, 5)) {
    case 0: return 0;
    case 1: return hi;
    case 2: return -hi - 1;
    case 3: return between(-hi - 1, hi);
    default: return between(-hi - 1, hi) >> between(0, shape.acc_bits - 1);
    }
}

/* A quarter powers of two, so that ties happen; zero; the largest. */
static uint32_t some_mult(void)
{
    const int bits = int(shape.mult_bits) - 1;
    switch (between(0, 7)) {
    case 0:
    case 1: return 1u << between(0, bits - 1);
    case 2: return chance(30) ? 0 : (1u << bits) - 1;
    case 3: return 1;
    default: return uint32_t(between(0, (int64_t(1) << bits) - 1));
    }
}

/* Mostly such that a sum of `acc_bits` bits fills an activation. */
static int some_shift(uint32_t mult, int acc_bits)
{
    int bits = 0;
    while (bits < 32 && mult >> bits)
        bits++;
    const int fit = bits + acc_bits - int(shape.act_bits) -
                    int(between(-1, 3));
    if (chance(8))
        return int(between(0, 63));
    return std::min(63, std::max(0, fit));
}

/* Bits of a typical sum of K products, with its sign. */
static int sum_bits(const layer &l)
{
    int bits = int(shape.act_bits + shape.weight_bits);
    for (int k = l.K; k > 1; k /= 4)
        bits++;
    if (shape.product_bits)
        bits = std::max(2, bits - int(shape.product_drop));
    return std::min(bits, int(shape.acc_bits));
}

static void choose_params(layer &l)
{
    const int32_t top = 1 << (shape.weight_bits - 1);
    const bool wide_bias = chance(50);
    l.weight_zp.resize(l.N);
    l.bias.resize(l.N);
    l.mult.resize(l.N);
    l.shift.resize(l.N);
    for (int n = 0; n < l.N; n++) {
        const int bits = wide_bias ? int(shape.acc_bits) : sum_bits(l);
        l.weight_zp[n] = int32_t(between(-top, top - 1));
        l.bias[n] = some_bias() >> (shape.acc_bits - bits);
        l.mult[n] = some_mult();
        l.shift[n] = some_shift(l.mult[n], bits);
    }
    l.regs.in_zp = chance(30) ? act_low()
                              : int32_t(between(act_low(), act_high()));
    l.regs.out_zp = int32_t(between(act_low(), act_high()));
    l.regs.act_min = act_low();
    l.regs.act_max = act_high();
    if (chance(30)) {
        l.regs.act_min = int32_t(between(act_low(), act_high()));
        l.regs.act_max = int32_t(between(l.regs.act_min, act_high()));
    }
    l.regs.double_round = chance(50);
}

/* Sums of a few units, scaled by 1/2 to 1/8: ties of both signs all over. */
static void make_ties(layer &l)
{
    const int32_t weight_low = -(1 << (shape.weight_bits - 1));
    const int32_t weight_high = (1 << (shape.weight_bits - 1)) - 1;
    for (int n = 0; n < l.N; n++) {
        const int b = int(between(chance(50) ? shape.mult_bits - 2 : 0,
                                  shape.mult_bits - 2));
        l.mult[n] = 1u << b;
        l.shift[n] = b + int(between(1, 3));
        l.bias[n] = between(-12, 12);
    }
    l.regs.out_zp = chance(50) ? 0 : (act_low() + act_high()) / 2;
    l.regs.act_min = act_low();
    l.regs.act_max = act_high();
    if (shape.weight_bits == 1)
        fill(l.weights, 0, 1);
    else
        for (int32_t &w : l.weights)
            w = std::max(weight_low, std::min(weight_high,
                                              int32_t(between(-2, 2))));
    for (int32_t &a : l.acts)
        a = std::max(act_low(), std::min(act_high(), l.regs.in_zp +
                                                         int(between(-2, 2))));
}

static int some_size(int typical)
{
    if (chance(15))
        return 1;
    if (chance(25)) /* around a tile's edge */
        return int(std::max<int64_t>(1, typical + between(-1, 1)));
    return int(between(1, 3 * int64_t(typical) + 2));
}

static layer some_layer(void)
{
    layer l = {};
    const int rows = int(shape.rows);
    l.K = some_size(rows * int(shape.lanes));
    l.N = some_size(int(shape.cols));
    l.M = some_size(chance(50) ? rows : int(std::min(shape.acc_depth, 40u)));
    choose_params(l);
    l.acts.resize(size_t(l.M) * l.K);
    l.weights.resize(size_t(l.N) * l.K);
    fill(l.acts, act_low(), act_high());
    if (shape.weight_bits == 1)
        fill(l.weights, 0, 1);
    else
        fill(l.weights, -(1 << (shape.weight_bits - 1)),
             (1 << (shape.weight_bits - 1)) - 1);
    if (chance(30))
        make_ties(l);
    return l;
}

/* ---- ROM images ---- */

struct word { /* up to 128 bits, least significant first */
    unsigned __int128 bits = 0;
    unsigned width = 0;

    void put(uint64_t value, unsigned n)
    {
        const uint64_t mask = n < 64 ? (uint64_t(1) << n) - 1 : ~uint64_t(0);
        bits |= (unsigned __int128)(value & mask) << width;
        width += n;
    }
};

static void write_words(const std::string &dir, const char *bank, unsigned col,
                        const std::vector<word> &words)
{
    char name[64];
    snprintf(name, sizeof name, "/%s_%03u.mem", bank, col);
    FILE *file = fopen((dir + name).c_str(), "w");
    if (!file) {
        perror((dir + name).c_str());
        exit(1);
    }
    for (const word &w : words) {
        const unsigned digits = (w.width + 3) / 4;
        for (unsigned d = digits; d-- > 0;)
            fputc("0123456789abcdef"[int(w.bits >> 4 * d) & 15], file);
        fputc('\n', file);
    }
    fclose(file);
}

static word weight_word(const layer &l, int n, int step)
{
    word w;
    for (int lane = 0; lane < int(shape.lanes); lane++) {
        const int k = step * int(shape.lanes) + lane;
        int32_t code = 0;
        if (n < l.N && k < l.K)
            code = l.weights[size_t(n) * l.K + k];
        w.put(uint64_t(int64_t(code)), shape.weight_bits);
    }
    return w;
}

static word scale_word(const layer &l, int n)
{
    const bool used = n < l.N;
    word w;
    w.put(used ? l.mult[n] : some_mult(), shape.mult_bits);
    w.put(used ? uint64_t(l.shift[n]) : 0, shape.shift_bits);
    if (shape.weight_bits == 1)
        w.put(!used, 1); /* the operand of an unused column is 0 */
    else
        w.put(used ? uint64_t(int64_t(l.weight_zp[n])) : 0, shape.weight_bits);
    return w;
}

static word bias_word(const layer &l, int n)
{
    word w;
    w.put(n < l.N ? uint64_t(l.bias[n]) : 0, shape.acc_bits);
    return w;
}

/* Places the layers one after another until a ROM is full. */
static void write_roms(const std::string &dir, std::vector<layer> &layers)
{
    uint32_t weight_base = 0, param_base = 0;
    size_t kept = 0;
    for (layer &l : layers) {
        l.regs.positions = uint32_t(l.M);
        l.regs.steps = (uint32_t(l.K) + shape.lanes - 1) / shape.lanes;
        l.regs.ctiles = (uint32_t(l.N) + shape.cols - 1) / shape.cols;
        l.regs.weight_base = weight_base;
        l.regs.param_base = param_base;
        if (weight_base + l.regs.steps * l.regs.ctiles > shape.weight_depth ||
            param_base + l.regs.ctiles > shape.param_depth)
            break;
        weight_base += l.regs.steps * l.regs.ctiles;
        param_base += l.regs.ctiles;
        kept++;
    }
    layers.resize(kept);
    for (unsigned col = 0; col < shape.cols; col++) {
        std::vector<word> weights, biases, scales;
        for (const layer &l : layers) {
            for (uint32_t t = 0; t < l.regs.ctiles; t++) {
                const int n = int(t * shape.cols + col);
                for (uint32_t step = 0; step < l.regs.steps; step++)
                    weights.push_back(weight_word(l, n, int(step)));
                biases.push_back(bias_word(l, n));
                scales.push_back(scale_word(l, n));
            }
        }
        write_words(dir, "weight", col, weights);
        write_words(dir, "bias", col, biases);
        write_words(dir, "scale", col, scales);
    }
}

/* ---- a run ---- */

struct expectation { /* what a PE must hold in a cycle to come */
    uint64_t cycle;
    unsigned row, col;
    int pos, n, step;
};

struct run {
    const layer *l;
    struct npu *npu;
    std::vector<uint8_t> seen; /* [M][ctiles] */
    uint64_t now = 0, stored = 0, peeked = 0;
    std::vector<expectation> expected;
    bool peek = false, failed = false;
};

static int32_t act_or_zp(const layer &l, int64_t pos, int64_t k)
{
    if (pos >= l.M || k >= l.K)
        return l.regs.in_zp;
    return l.acts[size_t(pos) * l.K + size_t(k)];
}

static void expect(run *r, uint32_t position, uint32_t step, uint32_t ctile)
{
    const bool ws = shape.dataflow == 0;
    for (unsigned row = 0; row < shape.rows; row++) {
        const uint32_t s = ws ? step + row : step;
        const uint32_t pos = ws ? position : position + row;
        for (unsigned col = 0; col < shape.cols; col++) {
            const uint32_t n = ctile * shape.cols + col;
            if (s < r->l->regs.steps && int(pos) < r->l->M && int(n) < r->l->N)
                r->expected.push_back({r->now + 3 + (ws ? row : 0), row, col,
                                       int(pos), int(n), int(s)});
        }
    }
}

static void fetch(void *ctx, uint32_t position, uint32_t step, int32_t *codes)
{
    run *r = static_cast<run *>(ctx);
    const bool ws = shape.dataflow == 0;
    for (unsigned row = 0; row < shape.rows; row++) {
        for (unsigned lane = 0; lane < shape.lanes; lane++) {
            const int64_t s = int64_t(step) + (ws ? row : 0);
            const int64_t pos = int64_t(position) + (ws ? 0 : row);
            codes[row * shape.lanes + lane] =
                s < r->l->regs.steps /* beyond, anything goes */
                    ? act_or_zp(*r->l, pos, s * shape.lanes + lane)
                    : int32_t(between(act_low(), act_high()));
        }
    }
    if (r->peek) {
        /* The channel tile is the count of full walks so far. */
        static uint64_t requests;
        if (r->now == 2)
            requests = 0;
        const uint64_t rows = shape.rows, M = r->l->regs.positions;
        const uint64_t steps = r->l->regs.steps;
        const uint64_t walk = ws ? M * ((steps + rows - 1) / rows)
                                 : (M + rows - 1) / rows * steps;
        expect(r, position, step, uint32_t(requests++ / walk));
    }
}

static void store(void *ctx, uint32_t position, uint32_t ctile,
                  const int32_t *codes, uint64_t)
{
    run *r = static_cast<run *>(ctx);
    const layer &l = *r->l;
    if (r->failed)
        return;
    if (position >= l.regs.positions || ctile >= l.regs.ctiles ||
        r->seen[position * l.regs.ctiles + ctile]++) {
        printf("  unexpected output: position %u ctile %u\n", position, ctile);
        r->failed = true;
        return;
    }
    r->stored++;
    for (unsigned col = 0; col < shape.cols; col++) {
        const int n = int(ctile * shape.cols + col);
        if (n >= l.N)
            break;
        const int32_t want = l.out[size_t(position) * l.N + n];
        if (codes[col] != want) {
            printf("  output [%u][%d] is %d, reference %d\n", position, n,
                   codes[col], want);
            r->failed = true;
            return;
        }
    }
}

static void on_cycle(void *ctx, uint64_t cycle)
{
    run *r = static_cast<run *>(ctx);
    r->now = cycle + 1; /* fetches of the next cycle come before its hook */
    auto due = [&](const expectation &e) {
        if (e.cycle != cycle)
            return false;
        const size_t i = (size_t(e.pos) * r->l->N + e.n) * r->l->regs.steps +
                         e.step;
        int64_t acc = 0;
        int overflow = 0;
        if (shim_peek(r->npu, e.row, e.col, &acc, &overflow) ||
            acc != r->l->partial[i] || overflow != r->l->flags[i]) {
            printf("  cycle %" PRIu64 " PE (%u, %u): sum %" PRId64 " flag %d, "
                   "reference [%d][%d] step %d %" PRId64 " flag %d\n", cycle,
                   e.row, e.col, acc, overflow, e.pos, e.n, e.step,
                   r->l->partial[i], r->l->flags[i]);
            r->failed = true;
        }
        r->peeked++;
        return true;
    };
    r->expected.erase(
        std::remove_if(r->expected.begin(), r->expected.end(), due),
        r->expected.end());
}

static void describe(const layer &l)
{
    printf("  layer M %d K %d N %d: %s %ux%u lanes %u, act %u%s zp %d, weight "
           "%u%s, product %u>>%u r%u o%u, acc %u o%u nb %u depth %u, mult %u, "
           "rounding %u, double %d, sim %u\n", l.M, l.K, l.N,
           shape.dataflow ? "OS" : "WS", shape.rows, shape.cols, shape.lanes,
           shape.act_bits, shape.act_signed ? "s" : "u", l.regs.in_zp,
           shape.weight_bits, shape.weight_zero_point ? "zp" : "",
           shape.product_bits, shape.product_drop, shape.product_rounding,
           shape.product_overflow, shape.acc_bits, shape.acc_overflow,
           shape.acc_wrap_bits, shape.acc_depth, shape.mult_bits,
           shape.rounding, l.regs.double_round, shape.sim_bits);
}

static bool run_layer(struct npu *npu, const layer &l, bool peek,
                      uint64_t *peeked)
{
    run r;
    uint64_t cycles = 0, overflows = 0;
    r.l = &l;
    r.npu = npu;
    r.peek = peek;
    r.seen.assign(size_t(l.regs.positions) * l.regs.ctiles, 0);
    shim_on_cycle(npu, peek ? on_cycle : nullptr, &r);
    const int status = shim_run(npu, &l.regs, fetch, store, &r,
                                2 * l.cycles + 1000, &cycles, &overflows);
    if (status) {
        printf("  no end within %" PRIu64 " cycles\n", 2 * l.cycles + 1000);
        r.failed = true;
    }
    if (!r.failed && r.stored != r.seen.size()) {
        printf("  %" PRIu64 " of %zu vectors came\n", r.stored, r.seen.size());
        r.failed = true;
    }
    if (!r.failed && overflows != l.overflows) {
        printf("  overflows are %" PRIu64 ", reference %" PRIu64 "\n",
               overflows, l.overflows);
        r.failed = true;
    }
    if (!r.failed && cycles != l.cycles) {
        printf("  cycles are %" PRIu64 ", formula %" PRIu64 "\n", cycles,
               l.cycles);
        r.failed = true;
    }
    if (!r.failed && !r.expected.empty()) {
        printf("  %zu sums were never due\n", r.expected.size());
        r.failed = true;
    }
    if (r.failed)
        describe(l);
    *peeked += r.peeked;
    return !r.failed;
}

static struct npu *open_engine(const std::string &dir)
{
    char err[256];
    struct npu *npu = shim_new(dir.c_str(), err, sizeof err);
    if (!npu) {
        printf("  %s\n", err);
        exit(1);
    }
    return npu;
}

static bool has_signal(const std::string &vcd, const char *name)
{
    char line[512];
    bool found = false;
    FILE *file = fopen(vcd.c_str(), "r");
    while (file && fgets(line, sizeof line, file) && !found)
        found = strstr(line, name) != nullptr;
    if (file)
        fclose(file);
    if (!found)
        printf("  %s has no signal '%s'\n", vcd.c_str(), name);
    return found;
}

static int check(const std::string &dir, int count, bool peek)
{
    std::vector<layer> layers;
    for (int i = 0; i < count; i++)
        layers.push_back(some_layer());
    write_roms(dir, layers);
    struct npu *npu = open_engine(dir);
    uint64_t outputs = 0, overflows = 0, peeked = 0;
    bool ok = true;
    for (layer &l : layers) {
        const bool wave = peek && &l == &layers[0];
        reference(l, peek);
        if (wave && shim_trace(npu, (dir + "/wave.vcd").c_str()))
            ok = false;
        ok = ok && run_layer(npu, l, peek, &peeked);
        if (wave) {
            shim_trace(npu, nullptr);
            ok = ok && has_signal(dir + "/wave.vcd", " sum_q ");
        }
        if (!ok)
            break;
        outputs += l.out.size();
        overflows += l.overflows;
    }
    shim_free(npu);
    if (!ok)
        return 1;
    printf("ok: %zu layers, %" PRIu64 " outputs, %" PRIu64 " overflows",
           layers.size(), outputs, overflows);
    if (peek)
        printf(", %" PRIu64 " partial sums", peeked);
    printf("\n");
    return 0;
}

/* ---- the convolution ---- */

struct image_run {
    std::vector<int32_t> image; /* [34][34][64], padded */
    uint64_t sum = 0;
};

static void fetch_image(void *ctx, uint32_t position, uint32_t step,
                        int32_t *codes)
{
    const image_run *r = static_cast<image_run *>(ctx);
    const bool ws = shape.dataflow == 0;
    for (unsigned i = 0; i < shape.rows * shape.lanes; i++) {
        const unsigned row = i / shape.lanes, lane = i % shape.lanes;
        const unsigned pos = position + (ws ? 0 : row);
        const unsigned k = (step + (ws ? row : 0)) * shape.lanes + lane;
        const unsigned y = pos / 32 + k / 64 / 3, x = pos % 32 + k / 64 % 3;
        codes[i] = pos < 1024 && k < 576 ? r->image[(y * 34 + x) * 64 + k % 64]
                                         : 0;
    }
}

static void store_image(void *ctx, uint32_t, uint32_t, const int32_t *codes,
                        uint64_t)
{
    static_cast<image_run *>(ctx)->sum += uint64_t(codes[0]);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

static int conv(const std::string &dir)
{
    std::vector<layer> layers(1);
    layer &l = layers[0];
    l = {};
    l.K = 576;
    l.N = 64;
    l.M = 1024;
    choose_params(l);
    l.regs.in_zp = 0;
    l.weights.resize(size_t(l.N) * l.K);
    for (int32_t &w : l.weights)
        w = int32_t(between(-100, 100));
    image_run r;
    r.image.assign(34 * 34 * 64, 0);
    for (int32_t &x : r.image)
        x = int32_t(between(act_low(), act_high()));
    write_roms(dir, layers);
    if (layers.empty()) {
        printf("  the ROMs are too small\n");
        return 1;
    }
    l.cycles = cycles_of(l);
    struct npu *npu = open_engine(dir);
    uint64_t cycles = 0, overflows = 0, total = 0;
    const double start = seconds();
    int runs = 0;
    while (runs < 3 || seconds() - start < 1) {
        if (shim_run(npu, &l.regs, fetch_image, store_image, &r, 2 * l.cycles,
                     &cycles, &overflows))
            return 1;
        total += cycles;
        runs++;
    }
    const double elapsed = seconds() - start;
    const double bound = 576.0 * 64 * 1024 /
                         (shape.rows * shape.cols * shape.lanes);
    printf("conv 3x3 64->64 32x32 on %ux%u %s: %" PRIu64 " cycles (%s the "
           "formula), bound %.0f, utilization %.2f %%, %.2f Mcycles/s\n",
           shape.rows, shape.cols, shape.dataflow ? "OS" : "WS", cycles,
           cycles == l.cycles ? "as" : "NOT", bound, 100 * bound / double(cycles),
           1e-6 * double(total) / elapsed);
    shim_free(npu);
    return cycles != l.cycles;
}

static int missing(const std::string &dir)
{
    char err[256] = "";
    std::vector<layer> layers(1, some_layer());
    write_roms(dir, layers);
    remove((dir + "/scale_000.mem").c_str());
    struct npu *npu = shim_new(dir.c_str(), err, sizeof err);
    if (npu || !strstr(err, "scale_000.mem: cannot open")) {
        printf("  a missing image gave '%s'\n", err);
        return 1;
    }
    printf("ok: a missing image is refused\n");
    return 0;
}

/* Registers, then the activations by position, then outputs, for smoke_tb. */
static int plan(const std::string &dir, const char *path)
{
    std::vector<layer> layers;
    layers.push_back(some_layer());
    layer &l = layers[0];
    l.K = 11;
    l.N = 7;
    l.M = 9;
    choose_params(l);
    l.acts.resize(size_t(l.M) * l.K);
    l.weights.resize(size_t(l.N) * l.K);
    fill(l.acts, act_low(), act_high());
    for (int32_t &w : l.weights)
        w = int32_t(between(-(1 << (shape.weight_bits - 1)),
                            (1 << (shape.weight_bits - 1)) - 1));
    write_roms(dir, layers);
    reference(l, false);
    FILE *file = fopen(path, "w");
    if (!file || layers.empty())
        return 1;
    fprintf(file, "%u %u %u %d %d %d %d %d %d %d %d %" PRIu64 " %" PRIu64 "\n",
            l.regs.positions, l.regs.steps, l.regs.ctiles, l.regs.in_zp,
            l.regs.out_zp, l.regs.act_min, l.regs.act_max,
            l.regs.double_round, l.M, l.K, l.N, l.overflows, l.cycles);
    for (int32_t x : l.acts)
        fprintf(file, "%d\n", x);
    for (int32_t y : l.out)
        fprintf(file, "%d\n", y);
    fclose(file);
    return 0;
}

template <class T> static void bind(void *lib, const char *name, T **function)
{
    *function = reinterpret_cast<T *>(dlsym(lib, name));
    if (!*function) {
        printf("  %s\n", dlerror());
        exit(1);
    }
}

static void open_library(const char *path)
{
    void *lib = dlopen(path, RTLD_NOW);
    if (!lib) {
        printf("  %s\n", dlerror());
        exit(1);
    }
    npu_shim_shape_fn *get_shape;
    bind(lib, "npu_shim_shape", &get_shape);
    bind(lib, "npu_shim_new", &shim_new);
    bind(lib, "npu_shim_free", &shim_free);
    bind(lib, "npu_shim_run", &shim_run);
    bind(lib, "npu_shim_on_cycle", &shim_on_cycle);
    bind(lib, "npu_shim_peek", &shim_peek);
    bind(lib, "npu_shim_trace", &shim_trace);
    get_shape(&shape);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: bench check|peek|conv|missing|plan LIB DIR "
                        "[SEED [LAYERS|FILE]]\n");
        return 2;
    }
    const std::string what = argv[1];
    open_library(argv[2]);
    seed_state = argc > 4 ? strtoull(argv[4], nullptr, 0) : 1;
    const int count = argc > 5 ? atoi(argv[5]) : 20;
    if (what == "check" || what == "peek")
        return check(argv[3], count, what == "peek");
    if (what == "conv")
        return conv(argv[3]);
    if (what == "missing")
        return missing(argv[3]);
    if (what == "plan" && argc > 5)
        return plan(argv[3], argv[5]);
    fprintf(stderr, "bench: unknown command '%s'\n", argv[1]);
    return 2;
}
