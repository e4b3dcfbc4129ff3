/*
 * npu_shim.cpp - drives the Verilated npu_top. Every exported function is C.
 *
 * A cycle: inputs are set, the low half settles, outputs are read and the hook
 * is called, the high half ends the cycle. No exception leaves this file.
 */
#include "npu_shim.h"
#include "npu_bits.h"
#include "npu_print_shim.h"

#include "Vnpu_top.h"
#include "Vnpu_top_npu_pkg.h"

#if VM_TRACE
#include "verilated_vcd_c.h"
#endif
#ifdef NPU_SHIM_DEBUG
#include "verilated_syms.h"
#endif

#include <cstdarg>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

using Pkg = Vnpu_top_npu_pkg;

/* Standard output is the caller's. */
int npu_printf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int length = vfprintf(stderr, format, args);
    va_end(args);
    return length;
}

/* ---- the engine ---- */

struct npu {
    std::unique_ptr<VerilatedContext> context;
    std::unique_ptr<Vnpu_top> top;
#if VM_TRACE
    std::unique_ptr<VerilatedVcdC> trace;
#endif
    npu_cycle_fn *on_cycle = nullptr;
    void *on_cycle_ctx = nullptr;
    std::vector<int32_t> act_codes;
    std::vector<int32_t> out_codes;
#ifdef NPU_SHIM_DEBUG
    struct place { /* registers of a PE */
        const void *sum, *count;
    };
    std::vector<place> places;        /* [rows][cols] */
    std::vector<uint32_t> old_counts; /* a cycle ago */
#endif
};

static void dump(struct npu *npu)
{
#if VM_TRACE
    if (npu->trace)
        npu->trace->dump(uint64_t(npu->context->time()));
#endif
    npu->context->timeInc(1);
}

static void low_half(struct npu *npu)
{
    npu->top->clk_i = 0;
    npu->top->eval();
    dump(npu);
}

#ifdef NPU_SHIM_DEBUG
static unsigned count_bits()
{
    unsigned bits = 0;
    while (Pkg::Rows >> bits)
        bits++;
    return bits;
}
#endif

static void high_half(struct npu *npu)
{
#ifdef NPU_SHIM_DEBUG
    if (npu->on_cycle) {
        for (std::size_t i = 0; i < npu->places.size(); i++)
            npu->old_counts[i] =
                uint32_t(load(npu->places[i].count, count_bits()));
    }
#endif
    npu->top->clk_i = 1;
    npu->top->eval();
    dump(npu);
}

static void reset(struct npu *npu)
{
    npu->top->start_i = 0;
    npu->top->rst_ni = 0;
    for (int i = 0; i < 2; i++) {
        low_half(npu);
        high_half(npu);
    }
    npu->top->rst_ni = 1;
}

static bool failed(const struct npu *npu)
{
    return npu->context->gotError() || npu->context->gotFinish() ||
           npu->context->errorCount() > 0;
}

/* ---- construction ---- */

static void complain(char *err, size_t err_size, const char *format, ...)
{
    if (!err || !err_size)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(err, err_size, format, args);
    va_end(args);
}

static int check_images(const char *rom_dir, char *err, size_t err_size)
{
    static const char *const banks[] = {"weight", "bias", "scale"};
    for (const char *bank : banks) {
        for (unsigned col = 0; col < Pkg::Cols; col++) {
            char name[32];
            snprintf(name, sizeof name, "/%s_%03u.mem", bank, col);
            const std::string path = std::string(rom_dir) + name;
            FILE *file = fopen(path.c_str(), "r");
            if (!file) {
                complain(err, err_size, "%s: cannot open", path.c_str());
                return -1;
            }
            fclose(file);
        }
    }
    return 0;
}

#ifdef NPU_SHIM_DEBUG
static int find_places(struct npu *npu)
{
    const std::string array = std::string("npu_top.u_engine.") +
                              (Pkg::Dataflow ? "gen_os" : "gen_ws") +
                              ".u_array.";
    for (unsigned row = 0; row < Pkg::Rows; row++) {
        for (unsigned col = 0; col < Pkg::Cols; col++) {
            const std::string pe = array + "gen_row__BRA__" +
                                   std::to_string(row) +
                                   "__KET__.gen_col__BRA__" +
                                   std::to_string(col) + "__KET__.u_pe";
            const VerilatedScope *scope = npu->context->scopeFind(pe.c_str());
            VerilatedVar *sum = scope ? scope->varFind("sum_q") : nullptr;
            VerilatedVar *count = scope ? scope->varFind("count_q") : nullptr;
            if (!sum || !count)
                return -1;
            npu->places.push_back({sum->datap(), count->datap()});
        }
    }
    npu->old_counts.resize(npu->places.size());
    return 0;
}
#endif

static struct npu *build(const char *rom_dir, char *err, size_t err_size)
{
    auto npu = std::make_unique<struct npu>();
    npu->context = std::make_unique<VerilatedContext>();
    VerilatedContext *const context = npu->context.get();
    const std::string plusarg = std::string("+NPU_ROM_DIR=") + rom_dir;
    const char *argv[] = {"npu", plusarg.c_str()};

    context->fatalOnError(false);
    context->commandArgs(2, argv);
#if VM_TRACE
    context->traceEverOn(true);
#endif
    npu->top = std::make_unique<Vnpu_top>(context, "");
    npu->act_codes.resize(Pkg::Rows * Pkg::Lanes);
    npu->out_codes.resize(Pkg::Cols);
    reset(npu.get());
    if (failed(npu.get())) {
        complain(err, err_size, "%s: the ROM images cannot be loaded", rom_dir);
        return nullptr;
    }
#ifdef NPU_SHIM_DEBUG
    if (find_places(npu.get())) {
        complain(err, err_size, "debug build without rtl/debug.vlt and --vpi");
        return nullptr;
    }
#endif
    return npu.release();
}

struct npu *npu_shim_new(const char *rom_dir, char *err, size_t err_size)
{
    try {
        if (check_images(rom_dir, err, err_size))
            return nullptr;
        return build(rom_dir, err, err_size);
    } catch (const std::exception &e) {
        complain(err, err_size, "%s", e.what());
        return nullptr;
    }
}

void npu_shim_free(struct npu *npu)
{
    if (!npu)
        return;
    npu_shim_trace(npu, nullptr);
    npu->top->final();
    delete npu;
}

void npu_shim_shape(struct npu_shape *shape)
{
    struct npu_shape s = {};
    s.rows = Pkg::Rows;
    s.cols = Pkg::Cols;
    s.lanes = Pkg::Lanes;
    s.dataflow = Pkg::Dataflow;
    s.act_bits = Pkg::ActWidth;
    s.act_signed = Pkg::ActSigned;
    s.weight_bits = Pkg::WeightWidth;
    s.weight_zero_point = Pkg::WeightZeroPoint;
    s.product_bits = Pkg::ProductWidth;
    s.product_drop = Pkg::ProductDrop;
    s.product_rounding = Pkg::ProductRounding;
    s.product_overflow = Pkg::ProductOverflow;
    s.acc_bits = Pkg::AccWidth;
    s.acc_overflow = Pkg::AccOverflow;
    s.acc_wrap_bits = Pkg::AccWrapBits;
    s.acc_depth = Pkg::AccDepth;
    s.mult_bits = Pkg::MultWidth;
    s.shift_bits = Pkg::ShiftWidth;
    s.rounding = Pkg::Rounding;
    s.weight_depth = Pkg::WeightDepth;
    s.param_depth = Pkg::ParamDepth;
    s.sim_bits = Pkg::SimWidth;
#ifdef NPU_SHIM_DEBUG
    s.debug = 1;
#endif
    *shape = s;
}

/* ---- a layer ---- */

static void set_config(Vnpu_top *top, const struct npu_layer_regs *regs)
{
    const uint32_t code_mask = (2u << Pkg::ActWidth) - 1; /* ActWidth+1 bits */
    top->cfg_positions_i = regs->positions;
    top->cfg_steps_i = regs->steps;
    top->cfg_ctiles_i = regs->ctiles;
    top->cfg_weight_base_i = regs->weight_base;
    top->cfg_param_base_i = regs->param_base;
    top->cfg_in_zp_i = uint32_t(regs->in_zp) & code_mask;
    top->cfg_out_zp_i = uint32_t(regs->out_zp) & code_mask;
    top->cfg_act_min_i = uint32_t(regs->act_min) & code_mask;
    top->cfg_act_max_i = uint32_t(regs->act_max) & code_mask;
    top->cfg_double_round_i = regs->double_round != 0;
}

static void set_acts(struct npu *npu)
{
    const uint32_t mask = (1u << Pkg::ActWidth) - 1;
    clear(npu->top->act_data_i);
    for (unsigned i = 0; i < Pkg::Rows * Pkg::Lanes; i++)
        or_bits(npu->top->act_data_i, i * Pkg::ActWidth,
                uint32_t(npu->act_codes[i]) & mask);
}

static void get_outs(struct npu *npu)
{
    const uint32_t sign = Pkg::ActSigned ? 1u << (Pkg::ActWidth - 1) : 0;
    for (unsigned c = 0; c < Pkg::Cols; c++) {
        const uint32_t code = get_bits(npu->top->out_data_o,
                                       c * Pkg::ActWidth, Pkg::ActWidth);
        npu->out_codes[c] = int32_t(code ^ sign) - int32_t(sign);
    }
}

/* The value does not fit the port that Verilator masks nowhere. */
static bool too_wide(uint64_t value, uint32_t bits)
{
    return value >> bits != 0;
}

static bool legal(const struct npu_layer_regs *regs)
{
    return regs->positions && regs->steps && regs->ctiles &&
           !too_wide(regs->positions, Pkg::PosWidth) &&
           !too_wide(regs->steps, Pkg::StepWidth) &&
           !too_wide(regs->ctiles, Pkg::CtileWidth) &&
           uint64_t(regs->weight_base) +
                   uint64_t(regs->steps) * regs->ctiles <=
               Pkg::WeightDepth &&
           uint64_t(regs->param_base) + regs->ctiles <= Pkg::ParamDepth;
}

int npu_shim_run(struct npu *npu, const struct npu_layer_regs *regs,
                 npu_fetch_fn *fetch, npu_store_fn *store, void *ctx,
                 uint64_t max_cycles, uint64_t *cycles, uint64_t *overflows)
{
    Vnpu_top *const top = npu->top.get();
    if (!legal(regs) || failed(npu))
        return -1;
    set_config(top, regs);
    top->start_i = 1;
    for (uint64_t cycle = 0; cycle <= max_cycles; cycle++) {
        low_half(npu);
        const bool request = top->act_req_o;
        const bool done = top->done_o;
        if (request)
            fetch(ctx, top->act_pos_o, top->act_step_o, npu->act_codes.data());
        if (top->out_valid_o) {
            get_outs(npu);
            store(ctx, top->out_pos_o, top->out_ctile_o, npu->out_codes.data(),
                  cycle);
        }
        if (npu->on_cycle)
            npu->on_cycle(npu->on_cycle_ctx, cycle);
        if (done) {
            *cycles = top->cycles_o;
            *overflows = top->overflows_o;
        }
        high_half(npu);
        top->start_i = 0;
        if (failed(npu))
            return -1;
        if (done)
            return 0;
        if (request)
            set_acts(npu);
    }
    reset(npu);
    return -1;
}

/* ---- looking inside ---- */

void npu_shim_on_cycle(struct npu *npu, npu_cycle_fn *fn, void *ctx)
{
    npu->on_cycle = fn;
    npu->on_cycle_ctx = ctx;
}

int npu_shim_peek(struct npu *npu, uint32_t row, uint32_t col, int64_t *acc,
                  int *overflow)
{
#ifdef NPU_SHIM_DEBUG
    const unsigned bits = Pkg::AccWidth;
    const unsigned store = Pkg::SimWidth > bits ? Pkg::SimWidth : bits;
    if (row >= Pkg::Rows || col >= Pkg::Cols || !npu->on_cycle)
        return -1;
    const std::size_t i = std::size_t(row) * Pkg::Cols + col;
    const uint64_t sum = load(npu->places[i].sum, store);
    *acc = int64_t(sum << (64 - bits)) >> (64 - bits);

    /* A count is the neighbour's of a cycle ago, and one more on overflow. */
    const uint32_t count = uint32_t(load(npu->places[i].count, count_bits()));
    const uint32_t entry = Pkg::Dataflow ? row + 1 : row - 1;
    const uint32_t old = entry < Pkg::Rows
                             ? npu->old_counts[entry * Pkg::Cols + col]
                             : 0;
    *overflow = count != old;
    return 0;
#else
    (void) npu, (void) row, (void) col, (void) acc, (void) overflow;
    return -1;
#endif
}

int npu_shim_trace(struct npu *npu, const char *vcd_path)
{
#if VM_TRACE
    if (npu->trace)
        npu->trace->close();
    npu->trace.reset();
    if (!vcd_path)
        return 0;
    npu->trace = std::make_unique<VerilatedVcdC>();
    npu->top->trace(npu->trace.get(), 99);
    npu->trace->open(vcd_path);
    if (npu->trace->isOpen())
        return 0;
    npu->trace.reset();
    return -1;
#else
    (void) npu;
    return vcd_path ? -1 : 0;
#endif
}
