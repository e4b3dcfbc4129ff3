/*
 * bench.cpp - npu_core against an independent reference, through
 * npu_core_shim: whole networks from ROMs that the bench itself writes.
 *
 *   bench check  LIB DIR SEED NETS  random networks: every intermediate code,
 *                                   overflows, signature and cycles of a layer
 *   bench errors LIB DIR SEED       every error status, bad descriptors, aborts
 *   bench plan   LIB DIR SEED FILE  write ROMs and what smoke_tb.sv is to do
 *   bench speed  LIB DIR            large layers: utilization; cycles a second
 *
 * The reference is plain loops over exact integers and shares nothing with the
 * RTL or the C model. Cycles are docs/rtl/core.md's formula. The first
 * difference ends the run with status 1.
 */
#include "../../../sim/cosim/npu_core_shim.h"

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

static struct npu_core_shape hw;
static npu_core_new_fn *core_new;
static npu_core_free_fn *library_free;
static npu_core_failure_fn *core_failure;
static npu_core_reset_fn *core_reset;
static npu_core_write_fn *core_write;
static npu_core_read_fn *core_read;
static npu_core_bus_pauses_fn *core_bus_pauses;
static npu_core_step_fn *core_step;
static npu_core_wait_fn *core_wait;
static npu_core_irq_fn *core_irq;
static npu_core_on_cycle_fn *core_on_result;

/* Cycles of a layer besides its passes, docs/rtl/core.md. */
enum { WS_CORE = 44, OS_CORE = 45, VECTOR_CORE = 44 };
enum { WAYS = 4, HEADER = 8, WORDS = 32 };

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

/* ---- arithmetic ---- */

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
    const wide step = power2(s), low = floor_div(v, step);
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

static bool bit_of(wide v, int n) { return floor_div(v, power2(n)) % 2 != 0; }

/* v into n bits; SystemC's order of modes; nb is n_bits. */
static wide reduce(wide v, int n, int mode, int nb, bool *flag)
{
    const wide hi = power2(n - 1) - 1, lo = mode == 2 ? -hi : -hi - 1;
    *flag = v > hi || v < lo;
    if (!*flag)
        return v;
    const wide limit = v > hi ? hi : lo;
    if (mode == 0 || mode == 2 ||
        (mode >= 3 && nb >= n && !(mode == 4 && nb == 1)))
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

static uint32_t crc_bytes(uint32_t crc, const uint8_t *bytes, size_t count)
{
    crc = ~crc;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int b = 0; b < 8; b++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static uint32_t crc_words(const uint32_t *words, size_t count)
{
    return crc_bytes(0, reinterpret_cast<const uint8_t *>(words), 4 * count);
}

/* ---- networks ---- */

enum op { CONV = 1, DEPTHWISE, MAX_POOL, AVERAGE_POOL, ADD, MUL };

struct shape { int h, w, c; };

static int size_of(const shape &s) { return s.h * s.w * s.c; }

struct layer {
    int op;
    shape in, out;
    int kh = 1, kw = 1, sy = 1, sx = 1, dy = 1, dx = 1, pt = 0, pl = 0;
    int multiplier = 1;
    int K, N, M, steps, ctiles; /* K: taps */
    int input, second;          /* tensors; output is the layer's number + 1 */
    uint32_t in_at, second_at, out_at, weight_base, param_base, param_words;
    int32_t in_zp, second_zp, out_zp, act_min, act_max;
    bool double_round;
    std::vector<int32_t> weights;   /* [N][K] codes */
    std::vector<int32_t> weight_zp; /* [N] */
    std::vector<int64_t> bias;      /* [N] */
    std::vector<uint32_t> mult;     /* [N]; pools, add, mul: [param_words] */
    std::vector<int> shift;
    /* the reference's */
    std::vector<int32_t> result; /* [M][N] */
    uint64_t overflows, cycles;
    uint32_t signature;
};

struct network {
    std::vector<layer> layers;
    std::vector<shape> tensors;
    std::vector<uint32_t> at; /* element addresses of tensors */
    std::vector<int32_t> input;
};

static int32_t act_low(void)
{
    return hw.act_signed ? -(1 << (hw.act_bits - 1)) : 0;
}

static int32_t act_high(void) { return act_low() + (1 << hw.act_bits) - 1; }

/* ---- the reference ---- */

static wide operand(const layer &l, int n, int k)
{
    const int32_t code = l.weights[size_t(n) * l.K + k];
    if (hw.weight_bits == 1)
        return code ? 1 : -1;
    return code - (hw.weight_zero_point ? l.weight_zp[n] : 0);
}

static wide product_of(wide a, wide w)
{
    wide p = a * w;
    bool unused;
    if (!hw.product_bits)
        return p;
    p = round_shift(p, int(hw.product_drop), int(hw.product_rounding));
    return reduce(p, int(hw.product_bits), int(hw.product_overflow), 0,
                  &unused);
}

static wide acc_of(layer &l, wide sum)
{
    bool flag;
    sum = reduce(sum, int(hw.acc_bits), int(hw.acc_overflow),
                 int(hw.acc_wrap_bits), &flag);
    l.overflows += flag;
    return sum;
}

static wide scale(const layer &l, wide acc, uint32_t mult, int shift, bool twice)
{
    wide p = acc * mult;
    if (l.double_round && twice && shift > 31)
        p += p >= 0 ? power2(30) : -power2(30);
    return round_shift(p, shift, int(hw.rounding));
}

static int32_t clamp(const layer &l, wide y)
{
    y = y < l.act_min ? wide(l.act_min) : y;
    return int32_t(y > l.act_max ? wide(l.act_max) : y);
}

/* The code at a tap, or false outside the image. */
static bool tap(const layer &l, const std::vector<int32_t> &in, int pos, int ky,
                int kx, int c, int32_t *code)
{
    const int y = pos / l.out.w * l.sy - l.pt + ky * l.dy;
    const int x = pos % l.out.w * l.sx - l.pl + kx * l.dx;
    if (y < 0 || y >= l.in.h || x < 0 || x >= l.in.w)
        return false;
    *code = in[(size_t(y) * l.in.w + x) * l.in.c + c];
    return true;
}

static int32_t weighted(layer &l, const std::vector<int32_t> &in, int pos, int n)
{
    const int channels = l.op == CONV ? l.in.c : 1;
    wide acc = l.bias[n], sum = acc;
    for (int k = 0; k < l.K; k++) {
        const int c = l.op == CONV ? k % channels : n / l.multiplier;
        const int at = k / channels;
        int32_t code = l.in_zp;
        tap(l, in, pos, at / l.kw, at % l.kw, c, &code);
        sum += product_of(code - l.in_zp, operand(l, n, k));
        if ((k + 1) % int(hw.lanes) == 0 || k + 1 == l.K)
            sum = acc = acc_of(l, sum);
    }
    return clamp(l, scale(l, acc, l.mult[n], l.shift[n], true) + l.out_zp);
}

static int32_t pooled(layer &l, const std::vector<int32_t> &in, int pos, int c)
{
    wide acc = 0, peak = -power2(40);
    int count = 0;
    for (int ky = 0; ky < l.kh; ky++)
        for (int kx = 0; kx < l.kw; kx++) {
            int32_t code;
            if (!tap(l, in, pos, ky, kx, c, &code))
                continue;
            count++;
            peak = code > peak ? wide(code) : peak;
            if (l.op == AVERAGE_POOL)
                acc = acc_of(l, acc + code);
        }
    if (l.op == MAX_POOL)
        return clamp(l, peak);
    return clamp(l, scale(l, acc, l.mult[count], l.shift[count], false));
}

static int32_t elementwise(layer &l, int32_t a, int32_t b)
{
    const wide x = a - l.in_zp, y = b - l.second_zp;
    const int left = std::min(20, int(hw.acc_bits) - int(hw.act_bits) - 2);
    wide acc;
    int last = 0;
    if (l.op == MUL) {
        acc = acc_of(l, x * y);
    } else {
        acc = scale(l, x * power2(left), l.mult[0], l.shift[0], true) +
              scale(l, y * power2(left), l.mult[1], l.shift[1], true);
        last = 2;
    }
    return clamp(l, scale(l, acc, l.mult[last], l.shift[last], true) + l.out_zp);
}

static void run_reference(layer &l, const std::vector<int32_t> &in,
                          const std::vector<int32_t> &second)
{
    l.result.assign(size_t(l.M) * l.N, 0);
    l.overflows = 0;
    for (int pos = 0; pos < l.M; pos++)
        for (int n = 0; n < l.N; n++) {
            const size_t i = size_t(pos) * l.N + n;
            l.result[i] = l.op <= DEPTHWISE ? weighted(l, in, pos, n)
                          : l.op <= AVERAGE_POOL
                              ? pooled(l, in, pos, n)
                              : elementwise(l, in[i], second[i]);
        }
    l.signature = 0;
    for (int first = 0; first < l.N; first += int(hw.cols))
        for (int pos = 0; pos < l.M; pos++)
            for (int n = first; n < std::min(l.N, first + int(hw.cols)); n++) {
                const int32_t code = l.result[size_t(pos) * l.N + n];
                const uint8_t bytes[] = {uint8_t(code), uint8_t(code >> 8)};
                l.signature = crc_bytes(l.signature, bytes, 2);
            }
}

/* ---- cycles: docs/rtl/core.md ---- */

struct segment { int row, x, length; };

/* The segments of every chunk. */
static std::vector<std::vector<segment>> list_segments(const layer &l)
{
    const int chunk = int(hw.rows * hw.lanes);
    const int runs = l.dx == 1 ? 1 : l.kw;
    const int run = l.dx == 1 ? l.kw * l.in.c : l.in.c;
    std::vector<std::vector<segment>> chunks(1);
    int left = chunk;
    for (int ky = 0; ky < l.kh; ky++)
        for (int r = 0; r < runs; r++)
            for (int at = 0; at < run;) {
                const int length = std::min(run - at, left);
                if (left == chunk && !chunks.back().empty())
                    chunks.emplace_back();
                chunks.back().push_back(
                    {ky * l.dy, r * l.dx * l.in.c + at, length});
                at += length;
                left -= length;
                if (left == 0)
                    left = chunk;
            }
    return chunks;
}

/* Cycles that a chunk takes at positions first .. first + count - 1. */
static int64_t gather(const layer &l, const std::vector<segment> &segments,
                      int first, int count)
{
    const int64_t row_size = int64_t(l.in.w) * l.in.c;
    bool filled[WAYS] = {};
    int64_t base[WAYS] = {}, cycles = 0;
    for (int pos = first; pos < first + count; pos++) {
        const int64_t wy = int64_t(pos / l.out.w) * l.sy - l.pt;
        const int64_t wx = (int64_t(pos % l.out.w) * l.sx - l.pl) * l.in.c;
        int reads = 0;
        for (size_t j = 0; j < segments.size(); j++) {
            const segment &s = segments[j];
            if (j >= WAYS) {
                reads++;
                continue;
            }
            const int64_t y = wy + s.row;
            const int64_t x0 = std::max<int64_t>(0, wx + s.x);
            const int64_t x1 = std::min(row_size, wx + s.x + s.length);
            if (y < 0 || y >= l.in.h || x0 >= x1)
                continue;
            const int64_t a = y * row_size + x0, b = y * row_size + x1;
            if (filled[j] && a >= base[j] && b <= base[j] + hw.act_banks)
                continue;
            filled[j] = true;
            base[j] = a;
            reads++;
        }
        cycles += std::max(1, reads);
    }
    return cycles;
}

static int64_t array_cycles(const layer &l)
{
    const bool ws = hw.dataflow == 0;
    const int rows = int(hw.rows), block = ws ? int(hw.acc_depth) : rows;
    const auto chunks = list_segments(l);
    const size_t T = chunks.size();
    int64_t X = int64_t(chunks[0].size()); /* segments are listed */
    int64_t E = 0, gap = 0;                /* gather's end; wait after it */
    int64_t S = 0, s = 0, S2 = 0, s2 = 0;  /* the last two plays */
    int64_t pass = 0;
    int m = 0;
    for (int tile = 0; tile < l.ctiles; tile++)
        for (int first = 0; first < l.M; first += block)
            for (size_t t = 0; t < T; t++, pass++) {
                const int before = m;
                m = std::min(block, l.M - first);
                const int64_t D = gather(l, chunks[t], first, m);
                int64_t I = X;
                if (ws)
                    I = std::max(I, E + gap);
                else if (pass >= 2)
                    I = std::max(I, S2 + std::max<int64_t>(1, s2 - 2));
                E = I + D;
                X = std::max(E, X + int64_t(chunks[(t + 1) % T].size()) + 1);
                gap = std::max(0, rows + 2 - m);
                const int64_t wait = t == 0 && pass
                                         ? std::max(0, before - l.steps) : 0;
                const int64_t play = pass ? std::max(E + 2, S + s + wait) : E + 2;
                S2 = S, s2 = s;
                S = play;
                s = std::min<int64_t>(rows, l.steps - int64_t(t) * rows);
            }
    return ws ? E + rows + WS_CORE : S + s + m + OS_CORE;
}

static int64_t cycles_of(const layer &l)
{
    if (l.op == CONV)
        return array_cycles(l);
    if (l.op >= ADD)
        return int64_t(l.ctiles) * l.M * 2 + VECTOR_CORE +
               (l.op == ADD ? 3 : 0);
    const int index = l.multiplier > 1 ? int(hw.cols) : 0;
    return int64_t(l.ctiles) * (int64_t(l.M) * l.kh * l.kw + index) +
           VECTOR_CORE;
}

/* ---- stimulus ---- */

/* Uniform, or the ends, or near an end, or one value all over. */
static void fill(std::vector<int32_t> &v, int32_t low, int32_t high)
{
    const int kind = int(between(0, 7));
    const int32_t one = int32_t(between(low, high));
    for (int32_t &x : v)
        switch (kind) {
        case 0: x = chance(50) ? low : high; break;
        case 1: x = chance(90) ? high : int32_t(between(low, high)); break;
        case 2: x = chance(90) ? low : int32_t(between(low, high)); break;
        case 3: x = chance(80) ? one : int32_t(between(low, high)); break;
        default: x = int32_t(between(low, high));
        }
}

/* A quarter powers of two, so that ties happen. */
static uint32_t some_mult(void)
{
    const int bits = int(hw.mult_bits) - 1;
    if (chance(25))
        return 1u << between(0, bits - 1);
    return uint32_t(between(int64_t(1) << (bits - 1), (int64_t(1) << bits) - 1));
}

/* Such that a value of `bits` bits fills an activation. */
static int some_shift(uint32_t mult, int bits)
{
    int width = 0;
    while (width < 32 && mult >> width)
        width++;
    return std::min(63, std::max(0, width + bits - int(hw.act_bits) -
                                        int(between(0, 2))));
}

static void choose_scales(layer &l, int bits)
{
    for (size_t i = 0; i < l.mult.size(); i++) {
        l.mult[i] = some_mult();
        l.shift[i] = some_shift(l.mult[i], bits);
    }
}

static void choose_params(layer &l)
{
    const bool weighs = l.op <= DEPTHWISE;
    const int32_t top = 1 << (hw.weight_bits - 1);
    const int scales = weighs ? l.N : l.op == MAX_POOL ? 0
                       : l.op == AVERAGE_POOL ? l.kh * l.kw + 1
                       : l.op == ADD ? 3 : 1;
    int bits = int(hw.act_bits) + (weighs ? int(hw.weight_bits) : 0);
    for (int k = l.K; k > 1; k /= 4)
        bits++;
    bits = std::max(2, bits - int(hw.product_bits ? hw.product_drop : 0));
    bits = std::min(bits, int(hw.acc_bits));
    l.param_words = weighs ? uint32_t(l.ctiles) : uint32_t(scales);
    l.mult.resize(scales);
    l.shift.resize(scales);
    choose_scales(l, bits);
    l.weight_zp.resize(l.N);
    l.bias.resize(l.N);
    l.weights.resize(weighs ? size_t(l.N) * l.K : 0);
    if (hw.weight_bits == 1)
        fill(l.weights, 0, 1);
    else
        fill(l.weights, -top, top - 1);
    for (int n = 0; n < l.N; n++) {
        l.weight_zp[n] = int32_t(between(-top, top - 1));
        l.bias[n] = between(-power2(bits - 1), power2(bits - 1) - 1);
    }
    l.in_zp = int32_t(between(act_low(), act_high()));
    l.second_zp = int32_t(between(act_low(), act_high()));
    l.out_zp = int32_t(between(act_low(), act_high()));
    if (l.op == MAX_POOL || l.op == AVERAGE_POOL)
        l.in_zp = l.second_zp = l.out_zp = 0;
    if (l.op == ADD) { /* sums fit: factors below 1/2 */
        for (int i = 0; i < 2; i++)
            l.shift[i] = int(hw.mult_bits) - int(between(0, 1));
        const int left = std::min(20, int(hw.acc_bits) - int(hw.act_bits) - 2);
        l.shift[2] = some_shift(l.mult[2], int(hw.act_bits) + left);
    }
    l.act_min = act_low();
    l.act_max = act_high();
    if (chance(30)) {
        l.act_min = int32_t(between(act_low(), act_high()));
        l.act_max = int32_t(between(l.act_min, act_high()));
    }
    l.double_round = chance(50);
}

static int extent(int in, int k, int s, int d, int before, int after)
{
    return (in + before + after - (k - 1) * d - 1) / s + 1;
}

static void choose_window(layer &l)
{
    for (;;) {
        l.kh = int(between(1, chance(20) ? 5 : 3));
        l.kw = int(between(1, chance(20) ? 5 : 3));
        l.sy = int(between(1, chance(30) ? 3 : 1));
        l.sx = int(between(1, chance(30) ? 3 : 1));
        l.dy = int(between(1, chance(20) ? 3 : 1));
        l.dx = int(between(1, chance(20) ? 3 : 1));
        const int py = int(between(0, (l.kh - 1) * l.dy));
        const int px = int(between(0, (l.kw - 1) * l.dx));
        l.pt = int(between(0, py));
        l.pl = int(between(0, px));
        if (l.in.h + py < (l.kh - 1) * l.dy + 1 ||
            l.in.w + px < (l.kw - 1) * l.dx + 1)
            continue;
        l.out.h = extent(l.in.h, l.kh, l.sy, l.dy, l.pt, py - l.pt);
        l.out.w = extent(l.in.w, l.kw, l.sx, l.dx, l.pl, px - l.pl);
        return;
    }
}

static int some_channels(void)
{
    const int typical = int(chance(50) ? hw.rows * hw.lanes : hw.cols);
    if (chance(40))
        return chance(50) ? 1 : 3;
    return int(between(1, std::min(2 * typical + 2, 40)));
}

static layer some_layer(const shape &in, int op)
{
    layer l = {};
    l.op = op;
    l.in = l.out = in;
    if (op == CONV && chance(15)) { /* fully connected */
        l.in = {1, 1, size_of(in)};
        l.out = {1, 1, some_channels()};
    } else if (op <= AVERAGE_POOL) {
        choose_window(l);
        if (op == CONV)
            l.out.c = some_channels();
        if (op == DEPTHWISE) {
            l.multiplier = chance(60) ? 1 : int(between(2, 5));
            l.out.c = in.c * l.multiplier;
        }
    }
    l.N = l.out.c;
    l.M = l.out.h * l.out.w;
    l.K = l.kh * l.kw * (op == CONV ? l.in.c : 1);
    l.steps = (l.K + int(hw.lanes) - 1) / int(hw.lanes);
    l.ctiles = (l.N + int(hw.cols) - 1) / int(hw.cols);
    choose_params(l);
    return l;
}

/* ---- placing ---- */

/* First fit among the tensors that live: the previous one and `second`. */
static bool place(network &net, const std::vector<int> &live, uint32_t *at)
{
    const uint32_t size = uint32_t(size_of(net.tensors.back()));
    const uint32_t all = hw.act_banks * hw.act_depth;
    for (uint32_t a = uint32_t(between(0, hw.act_banks)); a + size <= all;) {
        bool clear = true;
        for (int t : live) {
            const uint32_t b = net.at[t];
            const uint32_t e = b + uint32_t(size_of(net.tensors[t]));
            if (a < e && b < a + size) {
                a = e;
                clear = false;
            }
        }
        if (clear) {
            *at = a;
            return true;
        }
    }
    return false;
}

static bool add_layer(network &net, int op, uint32_t *weights, uint32_t *params)
{
    const int number = int(net.layers.size());
    layer l = some_layer(net.tensors[number], op);
    const uint32_t words = l.op <= DEPTHWISE ? uint32_t(l.steps * l.ctiles) : 0;
    l.input = l.second = number;
    if (op >= ADD) {
        for (int t = std::max(0, number - 1); t < number; t++)
            if (!memcmp(&net.tensors[t], &net.tensors[number], sizeof(shape)))
                l.second = t;
    }
    if (*weights + words > hw.weight_depth ||
        *params + l.param_words > hw.param_depth || size_of(l.out) > 6000 ||
        HEADER + WORDS * (number + 1) > int(hw.program_depth))
        return false;
    net.tensors.push_back(l.out);
    std::vector<int> live = {number};
    if (number > 0)
        live.push_back(number - 1); /* may be a second input */
    uint32_t at;
    if (!place(net, live, &at)) {
        net.tensors.pop_back();
        return false;
    }
    net.at.push_back(at);
    l.in_at = net.at[number];
    l.second_at = net.at[l.second];
    l.out_at = at;
    l.weight_base = *weights;
    l.param_base = *params;
    *weights += words;
    *params += l.param_words;
    net.layers.push_back(l);
    return true;
}

static network some_network(int max_layers, int ops)
{
    network net;
    uint32_t weights = 0, params = 0;
    const shape in = {int(between(1, 9)), int(between(1, 12)), some_channels()};
    net.tensors.push_back(in);
    net.at.push_back(uint32_t(between(0, 3)) * 4);
    net.input.resize(size_of(in));
    fill(net.input, act_low(), act_high());
    /* An operand of an add needs room in the accumulator. */
    const bool adds = hw.acc_bits >= hw.act_bits + 2;
    const int some_ops = adds ? ops : std::min(ops, int(AVERAGE_POOL));
    const int count = int(between(1, max_layers));
    for (int tries = 0; int(net.layers.size()) < count && tries < 20; tries++)
        add_layer(net, chance(50) ? CONV : int(between(1, some_ops)), &weights,
                  &params);
    return net;
}

static void run_references(network &net)
{
    std::vector<std::vector<int32_t>> tensors = {net.input};
    for (layer &l : net.layers) {
        run_reference(l, tensors[l.input], tensors[l.second]);
        l.cycles = uint64_t(cycles_of(l));
        tensors.push_back(l.result);
    }
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

static void write_words(const std::string &path, const std::vector<word> &words)
{
    FILE *file = fopen(path.c_str(), "w");
    if (!file) {
        perror(path.c_str());
        exit(1);
    }
    for (const word &w : words) {
        for (unsigned d = (w.width + 3) / 4; d-- > 0;)
            fputc("0123456789abcdef"[int(w.bits >> 4 * d) & 15], file);
        fputc('\n', file);
    }
    fclose(file);
}

static word weight_word(const layer &l, int n, int step)
{
    word w;
    for (int lane = 0; lane < int(hw.lanes); lane++) {
        const int k = step * int(hw.lanes) + lane;
        const bool used = n < l.N && k < l.K;
        w.put(used ? uint64_t(int64_t(l.weights[size_t(n) * l.K + k])) : 0,
              hw.weight_bits);
    }
    return w;
}

/* Weighted layers: that of a channel; else number i of the layer's table. */
static word scale_word(const layer &l, int i, bool weighs)
{
    const bool used = !weighs || i < l.N;
    word w;
    w.put(used ? l.mult[i] : some_mult(), hw.mult_bits);
    w.put(used ? uint64_t(l.shift[i]) : 0, hw.shift_bits);
    if (hw.weight_bits == 1)
        w.put(!used, 1); /* the operand of an unused column is 0 */
    else
        w.put(used && weighs ? uint64_t(int64_t(l.weight_zp[i])) : 0,
              hw.weight_bits);
    return w;
}

static void write_banks(const std::string &dir, const network &net, unsigned col)
{
    std::vector<word> weights, biases, scales;
    for (const layer &l : net.layers) {
        const bool weighs = l.op <= DEPTHWISE;
        for (uint32_t i = 0; i < l.param_words; i++) {
            const int n = int(i * hw.cols + col);
            word bias;
            bias.put(weighs && n < l.N ? uint64_t(l.bias[n]) : 0, hw.acc_bits);
            biases.push_back(bias);
            scales.push_back(scale_word(l, weighs ? n : int(i), weighs));
            for (int step = 0; weighs && step < l.steps; step++)
                weights.push_back(weight_word(l, n, step));
        }
    }
    char name[32];
    snprintf(name, sizeof name, "_%03u.mem", col);
    write_words(dir + "/weight" + name, weights);
    write_words(dir + "/bias" + name, biases);
    write_words(dir + "/scale" + name, scales);
}

static uint32_t pair(int low, int high) { return uint32_t(low | high << 16); }

static void describe(const layer &l, int number, bool last, uint32_t *w)
{
    const int row = l.in.w * l.in.c;
    const uint32_t words[WORDS] = {
        uint32_t(l.op | l.double_round << 8 | last << 9 | number << 16),
        l.in_at, l.second_at, l.out_at,
        pair(l.in.h, l.in.w), uint32_t(l.in.c),
        pair(l.out.h, l.out.w), uint32_t(l.out.c),
        pair(l.kh, l.kw), pair(l.sy, l.sx), pair(l.dy, l.dx), pair(l.pt, l.pl),
        uint32_t(l.steps), uint32_t(l.K), uint32_t(l.M), uint32_t(l.ctiles),
        l.weight_base, l.param_base,
        uint32_t(l.in_zp), uint32_t(l.second_zp), uint32_t(l.out_zp),
        uint32_t(l.act_min), uint32_t(l.act_max),
        uint32_t(l.op == AVERAGE_POOL ? l.kh * l.kw + 1 : l.multiplier),
        uint32_t(l.dx == 1 ? l.kw * l.in.c : l.in.c), uint32_t(row),
        uint32_t(l.sx * l.in.c), uint32_t(l.sy * row), uint32_t(l.dy * row),
        uint32_t(l.dx * l.in.c), uint32_t(-(l.pt * l.in.w + l.pl) * l.in.c)};
    memcpy(w, words, sizeof words);
    w[31] = crc_words(w, 31);
}

static std::vector<uint32_t> make_program(const network &net)
{
    const size_t count = net.layers.size();
    std::vector<uint32_t> w(HEADER + WORDS * count);
    for (size_t i = 0; i < count; i++)
        describe(net.layers[i], int(i), i + 1 == count, &w[HEADER + WORDS * i]);
    w[0] = 0x3149504e;
    w[1] = 1;
    w[2] = uint32_t(count);
    w[3] = uint32_t(w.size());
    w[4] = crc_words(&w[HEADER], w.size() - HEADER);
    w[5] = 0x89abcdef;
    w[6] = 0x12345678;
    w[7] = crc_words(w.data(), 7);
    return w;
}

static void write_program(const std::string &dir, const std::vector<uint32_t> &w)
{
    std::vector<word> words(w.size());
    for (size_t i = 0; i < w.size(); i++)
        words[i].put(w[i], 32);
    write_words(dir + "/program.mem", words);
}

static void write_roms(const std::string &dir, const network &net)
{
    for (unsigned col = 0; col < hw.cols; col++)
        write_banks(dir, net, col);
    write_program(dir, make_program(net));
}

/* ---- a run ---- */

/* An assertion that failed is said at the latest when its core goes. */
static void core_free(struct npu_core *core)
{
    struct npu_core_failure f;

    if (core && !core_failure(core, &f))
        printf("  assertion '%s' of %s in cycle %llu %s\n", f.name, f.module,
               (unsigned long long)f.cycle, f.text);
    library_free(core);
}

#define FAIL(...) do { printf("  " __VA_ARGS__); putchar('\n'); return false; \
    } while (0)

static uint32_t element_bytes(void) { return hw.act_bits > 8 ? 2 : 1; }

/* Word by word, the ends with strobes. */
static bool write_tensor(struct npu_core *core, uint32_t at,
                         const std::vector<int32_t> &codes)
{
    const uint32_t size = element_bytes(), per = 4 / size;
    const uint32_t end = at + uint32_t(codes.size());
    for (uint32_t first = at / per * per; first < end; first += per) {
        uint32_t data = uint32_t(random64());
        unsigned strobe = 0;
        for (uint32_t i = 0; i < per; i++) {
            const uint32_t e = first + i;
            const uint32_t mask = (size == 2 ? 0xffffu : 0xffu) << 8 * size * i;
            if (e < at || e >= end)
                continue;
            data = (data & ~mask) |
                   (uint32_t(codes[e - at]) << 8 * size * i & mask);
            strobe |= ((1u << size) - 1) << size * i;
        }
        if (core_write(core, NPU_CORE_WINDOW + first * size, data, strobe))
            FAIL("the window refuses element %u", first);
    }
    return true;
}

static bool check_tensor(struct npu_core *core, uint32_t at,
                         const std::vector<int32_t> &codes)
{
    const uint32_t size = element_bytes(), per = 4 / size;
    const uint32_t end = at + uint32_t(codes.size());
    for (uint32_t first = at / per * per; first < end; first += per) {
        uint32_t data;
        if (core_read(core, NPU_CORE_WINDOW + first * size, &data))
            FAIL("the window cannot be read at element %u", first);
        for (uint32_t i = 0; i < per; i++) {
            const uint32_t e = first + i;
            if (e < at || e >= end)
                continue;
            const uint32_t raw = data >> 8 * size * i;
            int32_t code = size == 2 ? int32_t(raw & 0xffff) : int32_t(raw & 0xff);
            if (hw.act_signed)
                code = size == 2 ? int32_t(int16_t(code)) : int32_t(int8_t(code));
            if (code != codes[e - at])
                FAIL("element %u read as %d, reference %d", e - at, code,
                     codes[e - at]);
        }
    }
    return true;
}

static uint32_t reg(struct npu_core *core, uint32_t address)
{
    uint32_t data = 0xdeadbeef;
    if (core_read(core, address, &data))
        printf("  register 0x%x cannot be read\n", address);
    return data;
}

static uint64_t reg64(struct npu_core *core, uint32_t address)
{
    const uint64_t low = reg(core, address);
    return low | uint64_t(reg(core, address + 4)) << 32;
}

struct watch {
    const network *net;
    uint64_t results = 0;
    bool failed = false;
};

static const char *const names[] = {"", "conv", "depthwise", "max pool",
                                    "average pool", "add", "mul"};

static void show(const layer &l)
{
    printf("  %s %dx%dx%d at %u -> %dx%dx%d at %u kernel %dx%d stride %d,%d "
           "dilation %d,%d pad %d,%d multiplier %d K %d\n", names[l.op], l.in.h,
           l.in.w, l.in.c, l.in_at, l.out.h, l.out.w, l.out.c, l.out_at, l.kh,
           l.kw, l.sy, l.sx, l.dy, l.dx, l.pt, l.pl, l.multiplier, l.K);
}

static void on_result(void *ctx, const struct npu_core_event *e)
{
    watch *w = static_cast<watch *>(ctx);
    if (w->failed)
        return;
    w->results++;
    if (e->index >= w->net->layers.size()) {
        printf("  result of descriptor %u\n", e->index);
        w->failed = true;
        return;
    }
    const layer &l = w->net->layers[e->index];
    for (uint32_t col = 0; col < e->count; col++) {
        const uint32_t n = e->result_ctile * hw.cols + col;
        if (int(n) >= l.N || int(e->result_position) >= l.M) {
            printf("  layer %u: result at position %u channel %u\n", e->index,
                   e->result_position, n);
            w->failed = true;
            return;
        }
        const int32_t want = l.result[size_t(e->result_position) * l.N + n];
        if (e->codes[col] != want) {
            printf("  layer %u: position %u channel %u is %d, reference %d\n",
                   e->index, e->result_position, n, e->codes[col], want);
            show(l);
            w->failed = true;
            return;
        }
    }
}

static bool check_layer(struct npu_core *core, const layer &l, int i)
{
    const uint32_t at = NPU_CORE_LAYERS + 32u * uint32_t(i);
    const uint64_t cycles = reg64(core, at + NPU_CORE_LAYER_CYCLES);
    const uint64_t overflows = reg64(core, at + NPU_CORE_LAYER_OVERFLOWS);
    const uint32_t signature = reg(core, at + NPU_CORE_LAYER_SIGNATURE);
    const uint32_t info = reg(core, at + NPU_CORE_LAYER_INFO);
    if (overflows != l.overflows)
        FAIL("layer %d: %" PRIu64 " overflows, reference %" PRIu64, i,
             overflows, l.overflows);
    if (signature != l.signature)
        FAIL("layer %d: signature %08x, reference %08x", i, signature,
             l.signature);
    if (info != uint32_t(l.op | i << 16))
        FAIL("layer %d: info %08x", i, info);
    if (cycles != l.cycles)
        FAIL("layer %d: %" PRIu64 " cycles, formula %" PRIu64, i, cycles,
             l.cycles);
    return true;
}

/* What the core says of the ROM that it ran. */
static bool check_header(struct npu_core *core, const network &net)
{
    const std::vector<uint32_t> w = make_program(net);
    const struct { uint32_t address, word; } shown[] = {
        {NPU_CORE_ROM_COUNT, 2}, {NPU_CORE_PROGRAM_CRC, 4},
        {NPU_CORE_IMAGE_CRC, 5}, {NPU_CORE_ROM_DIGEST, 6}};
    for (const auto &s : shown)
        if (reg(core, s.address) != w[s.word])
            FAIL("register 0x%x is %08x, header word %u is %08x", s.address,
                 reg(core, s.address), s.word, w[s.word]);
    return true;
}

/* Behind a reset, before anything is started. */
static bool check_fresh(struct npu_core *core)
{
    for (uint32_t at = 0; at <= NPU_CORE_IMAGE_CRC; at += 4) {
        const uint32_t want =
            at == NPU_CORE_ID ? 0x3149504e : at == NPU_CORE_VERSION ? 2
            : at == NPU_CORE_ACT_SIZE ? hw.act_banks * hw.act_depth
            : at == NPU_CORE_SHAPE ? hw.rows | hw.cols << 8 | hw.lanes << 16 |
                                         hw.dataflow << 24
            : 0;
        if (reg(core, at) != want)
            FAIL("register 0x%x is %08x after the reset, must be %08x", at,
                 reg(core, at), want);
    }
    if (core_irq(core))
        FAIL("an interrupt after the reset");
    return true;
}

/* A write with strobes leaves the other elements of the word alone. */
static bool check_strobes(struct npu_core *core)
{
    const uint32_t size = element_bytes(), per = 4 / size;
    std::vector<int32_t> codes(per);
    fill(codes, act_low(), act_high());
    if (!write_tensor(core, 0, codes))
        return false;
    for (uint32_t i = 0; i < per; i++) {
        codes[i] = int32_t(between(act_low(), act_high()));
        if (!write_tensor(core, i, {codes[i]}) || !check_tensor(core, 0, codes))
            return false;
    }
    return true;
}

static bool run(struct npu_core *core, const network &net, uint64_t *results)
{
    const bool irq = chance(50);
    watch w = {&net};
    core_on_result(core, on_result, &w);
    if (!check_strobes(core))
        return false;
    if (!write_tensor(core, net.at[0], net.input))
        return false;
    if (core_write(core, NPU_CORE_IRQ_ENABLE, irq, 1) ||
        core_write(core, NPU_CORE_CTRL, 1, 15))
        FAIL("start refused");
    if (core_wait(core, 2000000))
        FAIL("the core does not end");
    core_step(core, 2);
    if (w.failed)
        return false;
    if (core_irq(core) != int(irq))
        FAIL("interrupt is %d", core_irq(core));
    const uint32_t status = reg(core, NPU_CORE_STATUS);
    if ((status & 0xffff) != NPU_CORE_DONE)
        FAIL("status %08x", status);
    if (reg(core, NPU_CORE_FINISHED) != net.layers.size())
        FAIL("%u descriptors finished", reg(core, NPU_CORE_FINISHED));
    if (!check_header(core, net))
        return false;
    for (size_t i = 0; i < net.layers.size(); i++)
        if (!check_layer(core, net.layers[i], int(i))) {
            show(net.layers[i]);
            return false;
        }
    *results += w.results;
    const layer &last = net.layers.back();
    if (!check_tensor(core, last.out_at, last.result))
        return false;
    core_write(core, NPU_CORE_CTRL, 2, 1);
    if (core_irq(core) || reg(core, NPU_CORE_STATUS) & 0xffff)
        FAIL("clear does not clear");
    return true;
}

static int check(const std::string &dir, int nets, int ops)
{
    uint64_t layers = 0, results = 0, overflows = 0;
    for (int i = 0; i < nets; i++) {
        const uint64_t seed = seed_state;
        network net = some_network(4, ops);
        if (net.layers.empty())
            continue;
        run_references(net);
        write_roms(dir, net);
        char err[256] = "";
        struct npu_core *core = core_new(dir.c_str(), err, sizeof err);
        if (!core) {
            printf("  %s\n", err);
            return 1;
        }
        core_bus_pauses(core, chance(50) ? random64() | 1 : 0);
        bool good = check_fresh(core);
        for (int again = int(between(1, 2)); good && again-- > 0;)
            good = run(core, net, &results);
        core_free(core);
        if (!good) {
            printf("  network %d, seed 0x%" PRIx64 "\n", i, seed);
            return 1;
        }
        for (const layer &l : net.layers)
            overflows += l.overflows;
        layers += net.layers.size();
    }
    printf("ok: %" PRIu64 " layers, %" PRIu64 " vectors, %" PRIu64
           " overflows\n", layers, results, overflows);
    return 0;
}

/* ---- errors ---- */

static bool expect_error(const std::string &dir, std::vector<uint32_t> program,
                         unsigned code, unsigned index, const char *what)
{
    char err[256];
    write_program(dir, program);
    struct npu_core *core = core_new(dir.c_str(), err, sizeof err);
    if (!core)
        FAIL("%s", err);
    core_write(core, NPU_CORE_IRQ_ENABLE, 1, 1);
    core_write(core, NPU_CORE_CTRL, 1, 1);
    const int ended = core_wait(core, 200000);
    core_step(core, 2);
    const uint32_t status = reg(core, NPU_CORE_STATUS);
    const int irq = core_irq(core);
    core_free(core);
    if (ended || status != (NPU_CORE_FAILED | code << 8 | index << 16) || !irq)
        FAIL("%s: status %08x, interrupt %d", what, status, irq);
    return true;
}

static void seal(std::vector<uint32_t> &w)
{
    for (uint32_t i = 0; i < w[2] && HEADER + WORDS * (i + 1) <= w.size(); i++)
        w[HEADER + WORDS * i + 31] = crc_words(&w[HEADER + WORDS * i], 31);
    w[4] = crc_words(&w[HEADER], w.size() - HEADER);
    w[7] = crc_words(w.data(), 7);
}

/* As image_crc of sim/program/image.c has it, from the files. */
static uint32_t crc_of_images(const std::string &dir, uint32_t counts[2])
{
    const struct { const char *name; unsigned bits; } kinds[] = {
        {"/weight_%03u.mem", hw.lanes * hw.weight_bits},
        {"/bias_%03u.mem", hw.acc_bits},
        {"/scale_%03u.mem", hw.mult_bits + hw.shift_bits + hw.weight_bits}};
    uint32_t crc = ~0u;
    for (const auto &kind : kinds)
        for (unsigned col = 0; col < hw.cols; col++) {
            char name[32], line[300];
            snprintf(name, sizeof name, kind.name, col);
            FILE *file = fopen((dir + name).c_str(), "r");
            uint32_t words = 0;
            while (file && fgets(line, sizeof line, file)) {
                const size_t digits = strcspn(line, "\n");
                if (line[0] == '/')
                    continue;
                words++;
                for (unsigned i = 0; i < (kind.bits + 7) / 8; i++) {
                    char byte[3] = "00";
                    for (unsigned j = 0; j < 2; j++)
                        if (2 * i + j < digits)
                            byte[1 - j] = line[digits - 1 - 2 * i - j];
                    crc ^= uint32_t(strtoul(byte, nullptr, 16));
                    for (int b = 0; b < 8; b++)
                        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
                }
            }
            if (file)
                fclose(file);
            counts[&kind != kinds] = words;
        }
    return ~crc;
}

static bool expect_verdict(const std::string &dir, const uint32_t counts[2],
                           unsigned code, const char *what)
{
    char err[256];
    struct npu_core *core = core_new(dir.c_str(), err, sizeof err);
    if (!core)
        FAIL("%s", err);
    bool good = !core_write(core, NPU_CORE_WEIGHT_WORDS, counts[0], 15) &&
                !core_write(core, NPU_CORE_PARAM_WORDS, counts[1], 15) &&
                /* a size is written whole */
                core_write(core, NPU_CORE_PARAM_WORDS, 0, 7) == 2 &&
                reg(core, NPU_CORE_WEIGHT_WORDS) == counts[0] &&
                reg(core, NPU_CORE_PARAM_WORDS) == counts[1] &&
                !core_write(core, NPU_CORE_IRQ_ENABLE, 1, 1) &&
                !core_write(core, NPU_CORE_CTRL, NPU_CORE_VERIFY, 1) &&
                core_write(core, NPU_CORE_WEIGHT_WORDS, 1, 15) == 2 &&
                !core_wait(core, 2000000);
    core_step(core, 2);
    const uint32_t status = reg(core, NPU_CORE_STATUS);
    const int irq = core_irq(core);
    good = good && irq && reg(core, NPU_CORE_FINISHED) == 0 &&
           status == (code ? NPU_CORE_FAILED | code << 8 : NPU_CORE_DONE);
    core_free(core);
    if (!good)
        FAIL("verify, %s: status %08x, interrupt %d", what, status, irq);
    return true;
}

/* One bit of one word of a file, the last line. */
static void flip(const std::string &path)
{
    FILE *file = fopen(path.c_str(), "r+");
    int c = 0;
    if (file && !fseek(file, -2, SEEK_END) && (c = fgetc(file)) != EOF &&
        !fseek(file, -2, SEEK_END))
        fputc("0123456789abcdef"[(c <= '9' ? c - '0' : c - 'a' + 10) ^ 1], file);
    if (file)
        fclose(file);
}

static bool images(const std::string &dir, const network &net)
{
    write_roms(dir, net);
    uint32_t counts[2] = {0, 0};
    std::vector<uint32_t> w = make_program(net);
    w[5] = crc_of_images(dir, counts);
    seal(w);
    write_program(dir, w);
    bool ok = expect_verdict(dir, counts, 0, "good images");
    char last[32];
    snprintf(last, sizeof last, "_%03u.mem", hw.cols - 1);
    for (const char *kind : {"/weight", "/bias", "/scale"})
        for (const char *bank : {"_000.mem", (const char *) last}) {
            flip(dir + kind + bank);
            ok = expect_verdict(dir, counts, NPU_CORE_BAD_IMAGES, kind) && ok;
            flip(dir + kind + bank);
        }
    const uint32_t fewer[] = {counts[0] - 1, counts[1]};
    ok = expect_verdict(dir, fewer, NPU_CORE_BAD_IMAGES, "a word missing") && ok;
    const uint32_t beyond[] = {counts[0], hw.param_depth + 1};
    ok = expect_verdict(dir, beyond, NPU_CORE_BAD_IMAGES, "too many") && ok;
    w[0] ^= 1;
    seal(w);
    write_program(dir, w);
    ok = expect_verdict(dir, counts, NPU_CORE_BAD_MAGIC, "magic") && ok;
    w[0] ^= 1;
    w[4] ^= 1;
    w[7] = crc_words(w.data(), 7);
    write_program(dir, w);
    return expect_verdict(dir, counts, NPU_CORE_BAD_PROGRAM, "program") && ok;
}

static bool busy_accesses(const std::string &dir, const network &net)
{
    char err[256];
    uint32_t data;
    write_roms(dir, net);
    struct npu_core *core = core_new(dir.c_str(), err, sizeof err);
    bool good = core && write_tensor(core, net.at[0], net.input);
    watch w = {&net};
    core_on_result(core, on_result, &w);
    core_write(core, NPU_CORE_CTRL, 1, 1);
    good = good && core_write(core, NPU_CORE_WINDOW, 0, 15) == 2;
    good = good && core_read(core, NPU_CORE_WINDOW, &data) == 2;
    good = good && core_write(core, NPU_CORE_CTRL, 1, 1) == 2;
    good = good && (reg(core, NPU_CORE_STATUS) & 0xf07) ==
                       (NPU_CORE_BUSY | NPU_CORE_FAILED | NPU_CORE_BAD_START << 8);
    good = good && !core_wait(core, 200000) && !w.failed;
    good = good && (reg(core, NPU_CORE_STATUS) & 0xf07) ==
                       (NPU_CORE_DONE | NPU_CORE_FAILED | NPU_CORE_BAD_START << 8);
    good = good && check_layer(core, net.layers[0], 0);
    core_free(core);
    if (!good)
        FAIL("accesses while busy");
    return true;
}

static bool bad_addresses(const std::string &dir)
{
    char err[256];
    uint32_t data;
    struct npu_core *core = core_new(dir.c_str(), err, sizeof err);
    bool good = check_fresh(core);
    good = good && core_write(core, NPU_CORE_ID, 0, 15) == 2;
    good = good && core_write(core, 0x44, 0, 15) == 2;
    good = good && core_read(core, 0x44, &data) == 2;
    good = good && core_read(core, 0x400000, &data) == 2;
    const uint32_t end = hw.act_banks * hw.act_depth * element_bytes();
    good = good && core_read(core, NPU_CORE_WINDOW + end, &data) == 2;
    good = good && core_write(core, NPU_CORE_WINDOW + end, 0, 15) == 2;
    good = good && core_read(core, NPU_CORE_ID, &data) == 0 && data == 0x3149504e;
    good = good && reg(core, NPU_CORE_ACT_SIZE) == hw.act_banks * hw.act_depth;
    /* A start without its strobe is none. */
    good = good && !core_write(core, NPU_CORE_CTRL, 1, 2) &&
           !(reg(core, NPU_CORE_STATUS) & NPU_CORE_BUSY);
    if (element_bytes() == 2)
        good = good && core_write(core, NPU_CORE_WINDOW, 0, 1) == 2;
    core_free(core);
    if (!good)
        FAIL("addresses outside the map");
    return true;
}

/* ---- descriptors that cannot run ---- */

/* The layer's window and counts, as some_layer and describe have them. */
static void derive(layer &l)
{
    l.N = l.out.c;
    l.M = l.out.h * l.out.w;
    l.K = l.kh * l.kw * (l.op == CONV ? l.in.c : 1);
    l.steps = (l.K + int(hw.lanes) - 1) / int(hw.lanes);
    l.ctiles = (l.N + int(hw.cols) - 1) / int(hw.cols);
}

struct bad_descriptors {
    const std::string &dir;
    network net;
    unsigned tried = 0, passed = 0;

    bool refused(const std::vector<uint32_t> &program, const char *what)
    {
        char title[120];
        snprintf(title, sizeof title, "%s, %s", names[net.layers[0].op], what);
        tried++;
        std::vector<uint32_t> w = program;
        seal(w);
        const bool good =
            expect_error(dir, w, NPU_CORE_BAD_DESCRIPTOR, 0, title);
        passed += good;
        return good;
    }

    /* Another height of the input, or number of a tile's channels, may be. */
    bool free(unsigned at, uint32_t was, uint32_t value) const
    {
        const layer &l = net.layers[0];
        const uint32_t low = value & 0xffff;
        if (at == 4 && l.op <= AVERAGE_POOL)
            return value >> 16 == was >> 16 && low > 0 && low <= 4;
        return at == 7 && l.op == CONV && value > 0 &&
               (value - 1) / hw.cols + 1 == uint32_t(l.ctiles);
    }

    /* One word alone: it no longer goes with the others. */
    void word(unsigned at, uint32_t value)
    {
        std::vector<uint32_t> w = make_program(net);
        char what[60];
        if (w[HEADER + at] == value || free(at, w[HEADER + at], value))
            return;
        snprintf(what, sizeof what, "word %u is %08x", at, value);
        w[HEADER + at] = value;
        refused(w, what);
    }

    /* Both halves, or all, of a word that others must go with. */
    void tied(unsigned at, bool halves)
    {
        const uint32_t was = make_program(net)[HEADER + at];
        for (uint32_t value : {was + 1, was - 1, was ^ 0x80000000u, 0xffffffffu})
            word(at, value);
        if (!halves) {
            word(at, 0);
            return;
        }
        for (uint32_t low : {0u, 1u, 2u, 65535u}) {
            if (low != (was & 0xffff))
                word(at, (was & 0xffff0000u) | low);
            if (low != was >> 16)
                word(at, (was & 0xffff) | low << 16);
        }
    }

    /* All words go together, and still it cannot run. */
    template <class Change> void whole(const char *what, Change change)
    {
        const layer was = net.layers[0];
        change(net.layers[0]);
        derive(net.layers[0]);
        refused(make_program(net), what);
        net.layers[0] = was;
    }

    void ends(void);
    void sizes(void);
    bool all(void);
};

/* Where it begins is allowed, where it ends is not. */
void bad_descriptors::ends(void)
{
    const layer &l = net.layers[0];
    const uint32_t room = hw.act_banks * hw.act_depth;
    const uint32_t in = uint32_t(size_of(l.in)), out = uint32_t(size_of(l.out));
    const uint32_t params = l.op == MAX_POOL ? 0 : l.param_words;
    for (uint32_t beyond : {1u, 2u}) {
        word(1, room - in + beyond);
        word(3, room - out + beyond);
        if (l.op >= ADD)
            word(2, room - in + beyond);
        if (l.op <= DEPTHWISE)
            word(16, hw.weight_depth - uint32_t(l.steps * l.ctiles) + beyond);
        word(17, hw.param_depth - params + beyond);
    }
    for (unsigned at : {1u, 3u, 17u})
        for (uint32_t value : {0x80000000u, 0xffffffffu})
            word(at, value);
}

void bad_descriptors::sizes(void)
{
    static const struct { const char *what; int shape::*size; } dims[] = {
        {"height", &shape::h}, {"width", &shape::w}, {"channels", &shape::c}};
    static const struct { const char *what; int layer::*size; } window[] = {
        {"kernel height", &layer::kh}, {"kernel width", &layer::kw},
        {"stride in y", &layer::sy}, {"stride in x", &layer::sx},
        {"dilation in y", &layer::dy}, {"dilation in x", &layer::dx}};
    const int op = net.layers[0].op;
    for (const auto &d : dims)
        for (int size : {0, 65535}) {
            whole(d.what, [&](layer &l) { l.in.*d.size = size; });
            whole(d.what, [&](layer &l) { l.out.*d.size = size; });
            whole(d.what, [&](layer &l) { l.in.*d.size = l.out.*d.size = size; });
        }
    for (const auto &w : window)
        whole(w.what, [&](layer &l) { l.*w.size = 0; });
    whole("kernel 65535 x 65535", [](layer &l) { l.kh = l.kw = 65535; });
    whole("a window of 131070 rows", [](layer &l) { l.kh = 3; l.dy = 65535; });
    whole("a window too wide",
          [](layer &l) { l.kw = 3; l.dx = 65535; l.in.c = 5; });
    whole("padding too wide",
          [](layer &l) { l.pl = 65535; l.in.c = l.out.c = 5; });
    if (op == DEPTHWISE)
        whole("multiplier", [](layer &l) { l.multiplier = 0; l.out.c = 0; });
    if (op >= ADD)
        whole("a window", [](layer &l) { l.kh = 2; });
}

bool bad_descriptors::all(void)
{
    const int op = net.layers[0].op;
    ends();
    sizes();
    for (uint32_t other : {0u, 7u, 255u})
        word(0, (make_program(net)[HEADER] & ~0xffu) | other);
    for (unsigned at = 4; at < 31; at++) {
        /* bases, zero points and clamps are free; so is 23 in most layers */
        if (at >= 16 && at <= 22)
            continue;
        if (at == 23 && op != DEPTHWISE && op != AVERAGE_POOL)
            continue;
        tied(at, at == 4 || at == 6 || (at >= 8 && at <= 11));
    }
    return passed == tried;
}

/* One layer of each operation, with a window and padding where it can have. */
static bool all_bad_descriptors(const std::string &dir, unsigned *tried)
{
    bool ok = true;
    for (int op = CONV; op <= MUL; op++) {
        network net;
        layer l = {};
        if (op == ADD && hw.acc_bits < hw.act_bits + 2)
            continue;
        l.op = op;
        l.in = l.out = {3, 4, 3};
        if (op <= AVERAGE_POOL) {
            l.kh = l.kw = 2;
            l.pt = l.pl = 1;
            l.sx = 2;
            l.dy = 2;
            l.out = {2, 2, 3};
        }
        if (op == CONV)
            l.out.c = 7;
        if (op == DEPTHWISE)
            l.out.c = 3 * (l.multiplier = 2);
        derive(l);
        choose_params(l);
        l.in_at = l.second_at = 0;
        l.out_at = 64;
        net.tensors = {l.in, l.out};
        net.at = {0, 64};
        net.input.resize(size_of(l.in));
        net.layers = {l};
        run_references(net);
        write_roms(dir, net);
        bad_descriptors bad = {dir, net};
        ok = bad.all() && ok;
        *tried += bad.tried;
    }
    return ok;
}

/* ---- abort ---- */

static std::vector<uint32_t> window(struct npu_core *core)
{
    std::vector<uint32_t> words(hw.act_banks * hw.act_depth * element_bytes() / 4);
    for (size_t i = 0; i < words.size(); i++)
        words[i] = reg(core, NPU_CORE_WINDOW + 4 * uint32_t(i));
    return words;
}

/* Stopped after so many cycles; then nothing is written, and a run is right. */
static bool abort_after(struct npu_core *core, const network &net, uint64_t cycles,
                        unsigned command)
{
    const uint32_t counts[] = {hw.weight_depth, hw.param_depth};
    uint64_t results = 0;
    core_write(core, NPU_CORE_WEIGHT_WORDS, counts[0], 15);
    core_write(core, NPU_CORE_PARAM_WORDS, counts[1], 15);
    if (!write_tensor(core, net.at[0], net.input))
        return false;
    core_on_result(core, nullptr, nullptr);
    core_write(core, NPU_CORE_IRQ_ENABLE, 1, 1);
    if (core_write(core, NPU_CORE_CTRL, command, 1) || core_step(core, cycles))
        FAIL("no run to abort");
    if (core_write(core, NPU_CORE_CTRL, NPU_CORE_ABORT, 1))
        FAIL("the abort is refused");
    const uint32_t status = reg(core, NPU_CORE_STATUS);
    if ((status & 0xffff) == NPU_CORE_DONE) /* it had ended */
        return run(core, net, &results);
    if ((status & 0xffff) != (NPU_CORE_FAILED | NPU_CORE_ABORTED << 8) ||
        !core_irq(core))
        FAIL("aborted after %" PRIu64 " cycles: status %08x, interrupt %d",
             cycles, status, core_irq(core));
    const std::vector<uint32_t> left = window(core);
    if (core_step(core, 300) || window(core) != left)
        FAIL("aborted after %" PRIu64 " cycles: memory is written", cycles);
    if (reg(core, NPU_CORE_STATUS) != status)
        FAIL("status goes on to %08x", reg(core, NPU_CORE_STATUS));
    core_write(core, NPU_CORE_CTRL, NPU_CORE_CLEAR, 1);
    return run(core, net, &results);
}

/* The write behind the abort's starts: what was under way is gone. Its values
 * are not known, as the input may be overwritten, its cycles are. */
static bool abort_and_start(struct npu_core *core, const network &net,
                            uint64_t cycles)
{
    core_on_result(core, nullptr, nullptr); /* that of a run is gone */
    core_write(core, NPU_CORE_CTRL, NPU_CORE_START, 1);
    core_step(core, cycles);
    core_write(core, NPU_CORE_CTRL, NPU_CORE_ABORT, 1);
    core_write(core, NPU_CORE_CTRL, NPU_CORE_CLEAR | NPU_CORE_START, 1);
    if (core_wait(core, 200000) ||
        (reg(core, NPU_CORE_STATUS) & 0xffff) != NPU_CORE_DONE)
        FAIL("started behind an abort after %" PRIu64 " cycles: status %08x",
             cycles, reg(core, NPU_CORE_STATUS));
    for (size_t i = 0; i < net.layers.size(); i++)
        if (reg64(core, NPU_CORE_LAYERS + 32 * uint32_t(i)) != net.layers[i].cycles)
            FAIL("started behind an abort after %" PRIu64 " cycles: layer %zu "
                 "takes others", cycles, i);
    return true;
}

static bool aborts(const std::string &dir, const network &net)
{
    char err[256];
    uint64_t cycles = 0;
    write_roms(dir, net);
    struct npu_core *core = core_new(dir.c_str(), err, sizeof err);
    if (!core)
        FAIL("%s", err);
    bool ok = core_write(core, NPU_CORE_CTRL, NPU_CORE_ABORT, 1) == 0 &&
              reg(core, NPU_CORE_STATUS) == 0 && run(core, net, &cycles);
    if (!ok)
        printf("  an abort while idle does something\n");
    cycles = reg64(core, NPU_CORE_CYCLES);
    for (uint64_t at = 0; ok && at < cycles;
         at += at < 40 ? 1 : uint64_t(between(1, int64_t(cycles / 30 + 2))))
        ok = abort_and_start(core, net, at) &&
             abort_after(core, net, at, NPU_CORE_START);
    for (uint64_t at = 0; ok && at < 600; at += uint64_t(between(1, 60)))
        ok = abort_after(core, net, at, NPU_CORE_VERIFY);
    core_free(core);
    return ok;
}

static int errors(const std::string &dir)
{
    network net;
    do
        net = some_network(3, 4);
    while (net.layers.size() < 2 || net.layers[0].M < 3);
    run_references(net);
    write_roms(dir, net);
    const std::vector<uint32_t> good = make_program(net);
    std::vector<uint32_t> w = good;
    unsigned tried = 0;
    bool ok = true;
    auto with = [&](size_t at, uint32_t value, bool sealed, unsigned code,
                    unsigned index, const char *what) {
        w = good;
        w[at] = value;
        if (sealed)
            seal(w);
        ok = expect_error(dir, w, code, index, what) && ok;
    };
    const size_t second = HEADER + WORDS;
    with(0, 0x12345678, true, NPU_CORE_BAD_MAGIC, 0, "magic");
    with(1, 2, true, NPU_CORE_BAD_MAGIC, 0, "version");
    with(6, 0, false, NPU_CORE_BAD_HEADER, 0, "header CRC");
    with(2, 0, true, NPU_CORE_BAD_HEADER, 0, "no descriptor");
    with(3, hw.program_depth + 1, true, NPU_CORE_BAD_HEADER, 0, "too long");
    with(HEADER + 3, good[HEADER + 3] ^ 1, false, NPU_CORE_BAD_PROGRAM, 0,
         "program CRC");
    with(second, (good[second] & ~0xffu) | 9, true, NPU_CORE_BAD_DESCRIPTOR, 1,
         "operation");
    with(second + 14, 0, true, NPU_CORE_BAD_DESCRIPTOR, 1, "no position");
    with(second + 3, hw.act_banks * hw.act_depth, true, NPU_CORE_BAD_DESCRIPTOR,
         1, "output address");
    w = good; /* only the descriptor's own CRC */
    w[second + 31] ^= 0x80000000;
    w[4] = crc_words(&w[HEADER], w.size() - HEADER);
    w[7] = crc_words(w.data(), 7);
    ok = expect_error(dir, w, NPU_CORE_BAD_DESCRIPTOR, 1, "descriptor CRC") && ok;
    ok = busy_accesses(dir, net) && ok;
    ok = bad_addresses(dir) && ok;
    ok = aborts(dir, net) && ok;
    ok = all_bad_descriptors(dir, &tried) && ok;
    ok = images(dir, net) && ok;
    if (ok)
        printf("ok: every error status, %u bad descriptors\n", tried);
    return !ok;
}

/* ---- a plan for another simulator ---- */

/* Lines of hex words: kind, address, data. 0 writes, 1 expects, 2 runs, 3 reads
 * and wants no X, 4 starts and aborts after so many cycles. */
static int plan(const std::string &dir, const char *path)
{
    network net;
    do
        net = some_network(4, 6);
    while (net.layers.size() < 3);
    run_references(net);
    write_roms(dir, net);
    FILE *file = fopen(path, "w");
    if (!file)
        return 1;
    const uint32_t size = element_bytes(), per = 4 / size;
    const uint32_t mask = size == 2 ? 0xffff : 0xff;
    auto words = [&](int kind, uint32_t at, const std::vector<int32_t> &codes) {
        for (uint32_t i = 0; i + per <= codes.size(); i += per) {
            uint32_t data = 0;
            for (uint32_t j = 0; j < per; j++)
                data |= (uint32_t(codes[i + j]) & mask) << 8 * size * j;
            fprintf(file, "%x %x %x\n", kind, NPU_CORE_WINDOW + (at + i) * size,
                    data);
        }
    };
    for (uint32_t at = 0; at <= NPU_CORE_IMAGE_CRC; at += 4)
        fprintf(file, "3 %x 0\n", at);
    fprintf(file, "1 %x 0\n", NPU_CORE_STATUS);
    net.input.resize((net.input.size() + 3) / 4 * 4);
    words(0, net.at[0], net.input);
    for (uint64_t cycles : {uint64_t(3), net.layers[0].cycles, // in the header,
                            2 * net.layers[0].cycles})         // in a layer
        fprintf(file, "4 0 %x\n", unsigned(cycles));
    fprintf(file, "2 0 0\n");
    for (size_t i = 0; i < net.layers.size(); i++) {
        const layer &l = net.layers[i];
        const uint32_t at = NPU_CORE_LAYERS + 32 * uint32_t(i);
        fprintf(file, "1 %x %x\n1 %x %x\n1 %x %x\n", at, uint32_t(l.cycles),
                at + 8, uint32_t(l.overflows), at + 16, l.signature);
    }
    if (net.layers.back().out_at % 4 == 0)
        words(1, net.layers.back().out_at, net.layers.back().result);
    fclose(file);
    return 0;
}

/* ---- speed ---- */

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

static layer plain_layer(int op, shape in, int kernel, int channels)
{
    layer l = {};
    l.op = op;
    l.in = l.out = in;
    l.out.c = channels;
    l.kh = l.kw = kernel;
    l.pt = l.pl = kernel / 2;
    l.N = channels;
    l.M = in.h * in.w;
    l.K = kernel * kernel * (op == CONV ? in.c : 1);
    l.steps = (l.K + int(hw.lanes) - 1) / int(hw.lanes);
    l.ctiles = (l.N + int(hw.cols) - 1) / int(hw.cols);
    choose_params(l);
    return l;
}

static bool time_layer(const std::string &dir, const layer &plain, int images)
{
    network net;
    uint64_t results = 0;
    net.tensors = {plain.in, plain.out};
    net.at = {0, uint32_t(size_of(plain.in))};
    net.layers = {plain};
    net.layers[0].out_at = net.at[1];
    net.input.resize(size_of(plain.in));
    fill(net.input, act_low(), act_high());
    run_references(net);
    write_roms(dir, net);
    char err[256];
    struct npu_core *core = core_new(dir.c_str(), err, sizeof err);
    if (!core || !run(core, net, &results))
        FAIL("%s", err);
    core_on_result(core, nullptr, nullptr);
    const double start = cpu_seconds();
    for (int i = 0; i < images; i++) {
        core_write(core, NPU_CORE_CTRL, 1, 1);
        core_wait(core, 10000000);
    }
    const double time = cpu_seconds() - start;
    const layer &l = net.layers[0];
    const double work = double(l.M) * l.N * l.K;
    const double peak = l.op == CONV ? hw.rows * hw.cols * hw.lanes : hw.cols;
    printf("%s %dx%dx%d kernel %d to %d: %" PRIu64 " cycles, %.2f %% of peak; "
           "%.2f M cycles/s\n", names[l.op], l.in.h, l.in.w, l.in.c, l.kh, l.N,
           l.cycles, 100 * work / peak / double(l.cycles),
           double(l.cycles) * images / time / 1e6);
    core_free(core);
    return true;
}

static int speed(const std::string &dir)
{
    bool ok = time_layer(dir, plain_layer(CONV, {32, 32, 64}, 3, 64), 5);
    ok = time_layer(dir, plain_layer(CONV, {32, 32, 64}, 1, 128), 10) && ok;
    ok = time_layer(dir, plain_layer(CONV, {28, 28, 1}, 3, 16), 30) && ok;
    ok = time_layer(dir, plain_layer(CONV, {32, 32, 3}, 3, 16), 30) && ok;
    ok = time_layer(dir, plain_layer(CONV, {1, 1, 1024}, 1, 64), 50) && ok;
    ok = time_layer(dir, plain_layer(DEPTHWISE, {32, 32, 64}, 3, 64), 10) && ok;
    ok = time_layer(dir, plain_layer(MAX_POOL, {32, 32, 64}, 2, 64), 10) && ok;
    return !ok;
}

/* ---- the library ---- */

template <class T>
static void bind(void *lib, const char *name, T **function)
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
    npu_core_shape_fn *get_shape;
    bind(lib, "npu_core_shape", &get_shape);
    bind(lib, "npu_core_new", &core_new);
    bind(lib, "npu_core_free", &library_free);
    bind(lib, "npu_core_failure", &core_failure);
    bind(lib, "npu_core_reset", &core_reset);
    bind(lib, "npu_core_write", &core_write);
    bind(lib, "npu_core_read", &core_read);
    bind(lib, "npu_core_bus_pauses", &core_bus_pauses);
    bind(lib, "npu_core_step", &core_step);
    bind(lib, "npu_core_wait", &core_wait);
    bind(lib, "npu_core_irq", &core_irq);
    bind(lib, "npu_core_on_result", &core_on_result);
    get_shape(&hw);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: bench check|errors|speed LIB DIR [SEED [NETS "
                        "[OPS]]]\n");
        return 2;
    }
    const std::string what = argv[1];
    open_library(argv[2]);
    seed_state = argc > 4 ? strtoull(argv[4], nullptr, 0) : 1;
    const int nets = argc > 5 ? atoi(argv[5]) : 20;
    const int ops = argc > 6 ? atoi(argv[6]) : 6;
    if (what == "check")
        return check(argv[3], nets, ops);
    if (what == "errors")
        return errors(argv[3]);
    if (what == "plan" && argc > 5)
        return plan(argv[3], argv[5]);
    if (what == "speed")
        return speed(argv[3]);
    fprintf(stderr, "bench: unknown command '%s'\n", argv[1]);
    return 2;
}
