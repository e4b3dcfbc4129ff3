/*
 * npu_core_shim.cpp - drives the Verilated npu_core_top. Every exported
 * function is C.
 *
 * A cycle: inputs are set, the low half settles, outputs are read and hooks are
 * called, the high half ends the cycle. No exception leaves this file.
 */
#include "npu_core_shim.h"
#include "npu_bits.h"
#include "npu_print_shim.h"

#include "Vnpu_core_top.h"
#include "Vnpu_core_top_npu_pkg.h"

#if VM_TRACE_FST
#include "verilated_fst_c.h"
using Waves = VerilatedFstC;
#elif VM_TRACE
#include "verilated_vcd_c.h"
using Waves = VerilatedVcdC;
#endif
#ifdef NPU_SHIM_DEBUG
#include "verilated_syms.h"
#endif

#if VM_COVERAGE
#include "verilated_cov.h"
#include <unistd.h>
#endif

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

using Pkg = Vnpu_core_top_npu_pkg;

enum { BUS_PATIENCE = 10000 };

struct npu_core {
    std::unique_ptr<VerilatedContext> context;
    std::unique_ptr<Vnpu_core_top> top;
#if VM_TRACE
    std::unique_ptr<Waves> trace;
#endif
    npu_core_cycle_fn *on_cycle = nullptr, *on_result = nullptr;
    void *on_cycle_ctx = nullptr, *on_result_ctx = nullptr;
    std::vector<int32_t> codes;
    uint64_t cycle = 0;
    struct npu_core_failure failure = {};
    bool broken = false; /* failure is set */
    uint64_t pauses = 0; /* state of the random numbers; 0: no pauses */
#ifdef NPU_SHIM_DEBUG
    struct place { /* registers of a PE */
        const void *sum, *count;
        unsigned count_bits;
        const void *act, *weight, *start; /* what it takes */
    };
    std::vector<place> places;        /* [rows + 1][cols] */
    struct vector_place { /* registers of a column of the vector unit */
        const void *pool, *operand, *product, *scaled, *scaled_before;
    };
    std::vector<vector_place> vector; /* [cols] */
    std::vector<uint32_t> old_counts; /* a cycle ago */
    const void *act_data, *tap_data;  /* codes that arrive */
#endif
};

static void dump(struct npu_core *core)
{
#if VM_TRACE
    if (core->trace)
        core->trace->dump(uint64_t(core->context->time()));
#endif
    core->context->timeInc(1);
}

static bool failed(const struct npu_core *core)
{
    return core->context->gotError() || core->context->gotFinish() ||
           core->context->errorCount() > 0;
}

/* ---- what the model prints ---- */

/* The core whose model is evaluated on this thread: printing knows no model. */
static thread_local struct npu_core *speaker;

static void copy(char *to, std::size_t size, const std::string &from)
{
    snprintf(to, size, "%s", from.c_str());
}

static std::string between(const std::string &text, const char *from, const char *to)
{
    const std::size_t at = text.find(from);
    if (at == std::string::npos)
        return "";
    const std::size_t begin = at + strlen(from);
    const std::size_t end = text.find(to, begin);
    return end == std::string::npos ? "" : text.substr(begin, end - begin);
}

static void cut_end(std::string &text, const char *end)
{
    const std::size_t length = strlen(end);
    if (text.size() >= length && !text.compare(text.size() - length, length, end))
        text.resize(text.size() - length);
}

/* "[12] %Error: npu_axi_sva.sv:54: Assertion failed in top.u_core.u_host.u_sva.NAME: ..." */
static void note_failure(struct npu_core *core, const std::string &text)
{
    struct npu_core_failure &f = core->failure;
    std::string path = between(text, "Assertion failed in ", ": ");
    std::string module = between(text, "%Error: ", ":");
    const std::size_t dot = path.rfind('.');

    if (core->broken)
        return;
    core->broken = true;
    f.cycle = core->cycle;
    f.index = core->top ? core->top->mon_index_o : 0;
    copy(f.text, sizeof f.text, text.substr(0, text.find('\n')));
    if (dot == std::string::npos)
        return;
    copy(f.name, sizeof f.name, path.substr(dot + 1));
    path.resize(dot);
    cut_end(path, ".u_sva");
    copy(f.instance, sizeof f.instance,
         path.compare(0, 13, "npu_core_top.") ? path : path.substr(13));
    cut_end(module, ".sv");
    cut_end(module, "_sva");
    copy(f.module, sizeof f.module, module);
}

/* Errors are kept for npu_core_failure, the rest is for people. */
int npu_printf(const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (speaker && (strstr(text, "%Error") || strstr(text, "-Info: ")))
        note_failure(speaker, text);
    else
        fputs(text, stderr);
    return length;
}

static void evaluate(struct npu_core *core)
{
    speaker = core;
    core->top->eval();
    speaker = nullptr;
}

/* ---- a cycle ---- */

static void get_codes(struct npu_core *core)
{
    const uint32_t sign = Pkg::ActSigned ? 1u << (Pkg::ActWidth - 1) : 0;
    for (unsigned c = 0; c < Pkg::Cols; c++) {
        const uint32_t code = get_bits(core->top->mon_result_data_o,
                                       c * Pkg::ActWidth, Pkg::ActWidth);
        core->codes[c] = int32_t(code ^ sign) - int32_t(sign);
    }
}

static void call_hooks(struct npu_core *core)
{
    const Vnpu_core_top *const top = core->top.get();
    struct npu_core_event e = {};
    e.cycle = core->cycle;
    e.index = top->mon_index_o;
    e.layer = top->mon_layer_o;
    e.request = top->mon_array_o;
    e.vector = top->mon_vector_o;
    e.result = top->mon_result_o;
    e.position = top->mon_pos_o;
    e.step = top->mon_step_o;
    e.ctile = top->mon_ctile_o;
    if (e.result) {
        get_codes(core);
        e.result_position = top->mon_result_pos_o;
        e.result_ctile = top->mon_result_ctile_o;
        e.count = top->mon_result_count_o;
        e.codes = core->codes.data();
        if (core->on_result)
            core->on_result(core->on_result_ctx, &e);
    }
    if (core->on_cycle)
        core->on_cycle(core->on_cycle_ctx, &e);
}

static void low_half(struct npu_core *core)
{
    Vnpu_core_top *const top = core->top.get();
    top->clk_i = 0;
    evaluate(core);
    dump(core);
    if (core->on_cycle || (core->on_result && top->mon_result_o))
        call_hooks(core);
}

static void high_half(struct npu_core *core)
{
#ifdef NPU_SHIM_DEBUG
    if (core->on_cycle) {
        for (std::size_t i = 0; i < core->places.size(); i++)
            core->old_counts[i] = uint32_t(
                load(core->places[i].count, core->places[i].count_bits));
    }
#endif
    core->top->clk_i = 1;
    evaluate(core);
    dump(core);
    core->cycle++;
}

static void idle_bus(struct npu_core *core)
{
    Vnpu_core_top *const top = core->top.get();
    top->axi_awvalid_i = 0;
    top->axi_wvalid_i = 0;
    top->axi_bready_i = 0;
    top->axi_arvalid_i = 0;
    top->axi_rready_i = 0;
}

void npu_core_reset(struct npu_core *core)
{
    idle_bus(core);
    core->top->rst_ni = 0;
    core->context->assertOn(false); /* what they remember is not reset yet */
    for (int i = 0; i < 2; i++) {
        low_half(core);
        high_half(core);
    }
    core->context->assertOn(true);
    core->top->rst_ni = 1;
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

static int check_image(const std::string &path, char *err, size_t err_size)
{
    FILE *file = fopen(path.c_str(), "r");
    if (!file) {
        complain(err, err_size, "%s: cannot open", path.c_str());
        return -1;
    }
    fclose(file);
    return 0;
}

static int check_images(const std::string &dir, char *err, size_t err_size)
{
    static const char *const banks[] = {"weight", "bias", "scale"};
    for (const char *bank : banks) {
        for (unsigned col = 0; col < Pkg::Cols; col++) {
            char name[32];
            snprintf(name, sizeof name, "/%s_%03u.mem", bank, col);
            if (check_image(dir + name, err, err_size))
                return -1;
        }
    }
    return check_image(dir + "/program.mem", err, err_size);
}

#ifdef NPU_SHIM_DEBUG
static unsigned bits_of(unsigned count)
{
    unsigned bits = 0;
    while (count >> bits)
        bits++;
    return bits;
}

static std::string block(const char *name, unsigned i)
{
    return std::string(name) + "__BRA__" + std::to_string(i) + "__KET__.";
}

static int find_place(struct npu_core *core, const std::string &pe,
                      unsigned count_bits, bool down)
{
    const VerilatedScope *scope =
        core->context->scopeFind(("npu_core_top.u_core.u_engine." + pe).c_str());
    VerilatedVar *sum = scope ? scope->varFind("sum_q") : nullptr;
    VerilatedVar *count = scope ? scope->varFind("count_q") : nullptr;
    VerilatedVar *act = scope ? scope->varFind("act_i") : nullptr;
    VerilatedVar *weight = scope ? scope->varFind("weight_i") : nullptr;
    VerilatedVar *start =
        scope ? scope->varFind(down ? "sum_i" : "init_i") : nullptr;
    if (!sum || !count || !act || !weight || !start)
        return -1;
    core->places.push_back({sum->datap(), count->datap(), count_bits,
                            act->datap(), weight->datap(), start->datap()});
    return 0;
}

static const void *find_register(struct npu_core *core, const std::string &name,
                                 const char *variable)
{
    const VerilatedScope *scope = core->context->scopeFind(
        ("npu_core_top.u_core.u_engine.gen_vector.u_lanes." + name).c_str());
    VerilatedVar *var = scope ? scope->varFind(variable) : nullptr;
    return var ? var->datap() : nullptr;
}

static int find_vector(struct npu_core *core)
{
    for (unsigned col = 0; col < Pkg::Cols; col++) {
        const std::string at = block("gen_col", col);
        const npu_core::vector_place place = {
            find_register(core, at + "u_pool", "result_q"),
            find_register(core, at + "u_pair", "op_q"),
            find_register(core, at + "u_pair", "product_q"),
            find_register(core, at + "u_pair.u_scale", "data_q"),
            find_register(core, at + "u_pair", "scaled_q")};
        if (!place.pool || !place.operand || !place.product || !place.scaled ||
            !place.scaled_before)
            return -1;
        core->vector.push_back(place);
    }
    return 0;
}

static int find_places(struct npu_core *core)
{
    const std::string array = Pkg::Dataflow ? "gen_os.u_array."
                                            : "gen_ws.u_array.";
    for (unsigned row = 0; row < Pkg::Rows; row++)
        for (unsigned col = 0; col < Pkg::Cols; col++)
            if (find_place(core, array + block("gen_row", row) +
                                     block("gen_col", col) + "u_pe",
                           bits_of(Pkg::Rows), !Pkg::Dataflow))
                return -1;
    for (unsigned col = 0; col < Pkg::Cols; col++)
        if (find_place(core, "gen_vector.u_lanes." + block("gen_col", col) +
                                 "u_pe", 1, false))
            return -1;
    core->old_counts.resize(core->places.size());
    const VerilatedScope *engine =
        core->context->scopeFind("npu_core_top.u_core.u_engine");
    VerilatedVar *act = engine ? engine->varFind("act_data_i") : nullptr;
    VerilatedVar *tap = engine ? engine->varFind("tap_data_i") : nullptr;
    if (!act || !tap)
        return -1;
    core->act_data = act->datap();
    core->tap_data = tap->datap();
    return find_vector(core);
}
#endif

/* Random values before the reset (build_engine.sh, "unique"). */
static void set_random_reset(VerilatedContext *context)
{
    static int number;
    if (const char *seed = std::getenv("NPU_RESET_SEED")) {
        context->randReset(2);
        context->randSeed(int(std::strtol(seed, nullptr, 0) & 0xffff) * 997 +
                          ++number);
    }
}

static struct npu_core *build(const char *rom_dir, char *err, size_t err_size)
{
    auto core = std::make_unique<struct npu_core>();
    core->context = std::make_unique<VerilatedContext>();
    VerilatedContext *const context = core->context.get();
    const std::string plusarg = std::string("+NPU_ROM_DIR=") + rom_dir;
    const char *argv[] = {"npu", plusarg.c_str()};

    context->fatalOnError(false);
    context->commandArgs(2, argv);
    set_random_reset(context);
#if VM_TRACE
    context->traceEverOn(true);
#endif
    core->top = std::make_unique<Vnpu_core_top>(context, "");
    core->codes.resize(Pkg::Cols);
    npu_core_reset(core.get());
    if (failed(core.get())) {
        complain(err, err_size, "%s: the ROM images cannot be loaded", rom_dir);
        return nullptr;
    }
#ifdef NPU_SHIM_DEBUG
    if (find_places(core.get())) {
        complain(err, err_size, "debug build without rtl/debug.vlt and --vpi");
        return nullptr;
    }
#endif
    core->cycle = 0;
    return core.release();
}

struct npu_core *npu_core_new(const char *rom_dir, char *err, size_t err_size)
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

void npu_core_free(struct npu_core *core)
{
    if (!core)
        return;
    npu_core_trace(core, nullptr);
    core->top->final();
#if VM_COVERAGE
    static int number;
    if (const char *path = std::getenv("NPU_COVERAGE"))
        core->context->coveragep()->write(
            (path + ("." + std::to_string(getpid())) + "." +
             std::to_string(number++)).c_str());
#endif
    delete core;
}

void npu_core_shape(struct npu_core_shape *shape)
{
    struct npu_core_shape s = {};
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
    s.act_banks = Pkg::ActBanks;
    s.act_depth = Pkg::ActDepth;
    s.program_depth = Pkg::ProgramDepth;
    s.sim_bits = Pkg::SimWidth;
#ifdef NPU_SHIM_DEBUG
    s.debug = 1;
#endif
    *shape = s;
}

/* ---- the bus ---- */

void npu_core_bus_pauses(struct npu_core *core, uint64_t seed)
{
    core->pauses = seed;
}

/* xorshift64: whether to pause in this cycle; never without a seed. */
static bool pause(struct npu_core *core)
{
    uint64_t x = core->pauses;
    if (!x)
        return false;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    core->pauses = x;
    return x >> 60 < 7;
}

int npu_core_write(struct npu_core *core, uint32_t address, uint32_t data,
                   unsigned strobe)
{
    Vnpu_core_top *const top = core->top.get();
    bool address_left = true, data_left = true;
    if (failed(core))
        return -1;
    top->axi_awaddr_i = address & 0xffffff;
    top->axi_wdata_i = data;
    top->axi_wstrb_i = strobe & 15;
    for (int i = 0; i < BUS_PATIENCE; i++) {
        /* A valid that was raised stays until it is taken. */
        if (address_left && !top->axi_awvalid_i)
            top->axi_awvalid_i = !pause(core);
        if (data_left && !top->axi_wvalid_i)
            top->axi_wvalid_i = !pause(core);
        top->axi_bready_i = !pause(core);
        low_half(core);
        const bool address_taken = top->axi_awvalid_i && top->axi_awready_o;
        const bool data_taken = top->axi_wvalid_i && top->axi_wready_o;
        const bool answered = top->axi_bvalid_o && top->axi_bready_i;
        const int answer = top->axi_bresp_o;
        high_half(core);
        if (address_taken)
            address_left = top->axi_awvalid_i = false;
        if (data_taken)
            data_left = top->axi_wvalid_i = false;
        if (failed(core))
            break;
        if (answered) {
            top->axi_bready_i = 0;
            return answer;
        }
    }
    idle_bus(core);
    return -1;
}

int npu_core_read(struct npu_core *core, uint32_t address, uint32_t *data)
{
    Vnpu_core_top *const top = core->top.get();
    bool address_left = true;
    if (failed(core))
        return -1;
    top->axi_araddr_i = address & 0xffffff;
    for (int i = 0; i < BUS_PATIENCE; i++) {
        if (address_left && !top->axi_arvalid_i)
            top->axi_arvalid_i = !pause(core);
        top->axi_rready_i = !pause(core);
        low_half(core);
        const bool address_taken = top->axi_arvalid_i && top->axi_arready_o;
        const bool answered = top->axi_rvalid_o && top->axi_rready_i;
        const int answer = top->axi_rresp_o;
        *data = top->axi_rdata_o;
        high_half(core);
        if (address_taken)
            address_left = top->axi_arvalid_i = false;
        if (failed(core))
            break;
        if (answered) {
            top->axi_rready_i = 0;
            return answer;
        }
    }
    idle_bus(core);
    return -1;
}

/* ---- running ---- */

int npu_core_step(struct npu_core *core, uint64_t cycles)
{
    for (uint64_t i = 0; i < cycles; i++) {
        low_half(core);
        high_half(core);
        if (failed(core))
            return -1;
    }
    return 0;
}

int npu_core_wait(struct npu_core *core, uint64_t max_cycles)
{
    for (uint64_t i = 0; i < max_cycles; i++) {
        low_half(core);
        const bool busy = core->top->mon_busy_o;
        high_half(core);
        if ((i & 255) == 0 || !busy)
            if (failed(core))
                return -1;
        if (!busy)
            return 0;
    }
    return -1;
}

int npu_core_failure(const struct npu_core *core, struct npu_core_failure *failure)
{
    if (!core->broken)
        return -1;
    *failure = core->failure;
    return 0;
}

int npu_core_irq(const struct npu_core *core) { return core->top->irq_o; }

uint64_t npu_core_now(const struct npu_core *core) { return core->cycle; }

/* ---- looking inside ---- */

void npu_core_on_cycle(struct npu_core *core, npu_core_cycle_fn *fn, void *ctx)
{
    core->on_cycle = fn;
    core->on_cycle_ctx = ctx;
}

void npu_core_on_result(struct npu_core *core, npu_core_cycle_fn *fn, void *ctx)
{
    core->on_result = fn;
    core->on_result_ctx = ctx;
}

#ifdef NPU_SHIM_DEBUG
static int64_t load_signed(const void *place, unsigned bits)
{
    return int64_t(load(place, bits) << (64 - bits)) >> (64 - bits);
}

static int peek_vector(const struct npu_core *core, uint32_t place, uint32_t col,
                       int64_t *value)
{
    const npu_core::vector_place &at = core->vector[col];
    const unsigned acc = Pkg::AccWidth, operand = Pkg::ActWidth + 1;
    switch (place) {
    case NPU_CORE_AT_POOL:
        *value = load_signed(at.pool, operand > acc ? operand : acc);
        return 0;
    case NPU_CORE_AT_OPERAND: *value = load_signed(at.operand, operand); return 0;
    case NPU_CORE_AT_PRODUCT: *value = load_signed(at.product, acc); return 0;
    case NPU_CORE_AT_SCALED: *value = load_signed(at.scaled, acc); return 0;
    case NPU_CORE_AT_SUM:
        *value = load_signed(at.scaled, acc) + load_signed(at.scaled_before, acc);
        return 0;
    default: return -1;
    }
}
#endif

int npu_core_peek(struct npu_core *core, uint32_t row, uint32_t col,
                  int64_t *acc, int *overflow)
{
#ifdef NPU_SHIM_DEBUG
    const unsigned bits = Pkg::AccWidth;
    const unsigned store = Pkg::SimWidth > bits ? Pkg::SimWidth : bits;
    if (col >= Pkg::Cols || !core->on_cycle)
        return -1;
    if (row > Pkg::Rows) {
        *overflow = 0;
        return peek_vector(core, row - Pkg::Rows, col, acc);
    }
    const std::size_t i = std::size_t(row) * Pkg::Cols + col;
    const npu_core::place &place = core->places[i];
    const uint64_t sum = load(place.sum, store);
    *acc = int64_t(sum << (64 - bits)) >> (64 - bits);

    /* A count is the neighbour's of a cycle ago, and one more on overflow. */
    const uint32_t count = uint32_t(load(place.count, place.count_bits));
    const uint32_t entry = Pkg::Dataflow ? row + 1 : row - 1;
    const uint32_t old = row < Pkg::Rows && entry < Pkg::Rows
                             ? core->old_counts[entry * Pkg::Cols + col]
                             : 0;
    *overflow = count != old;
    return 0;
#else
    (void) core, (void) row, (void) col, (void) acc, (void) overflow;
    return -1;
#endif
}

#ifdef NPU_SHIM_DEBUG
/* Bits of a signal of any width: Verilator stores them lowest first. */
static int64_t load_field(const void *data, unsigned low, unsigned bits, bool is_signed)
{
    const uint8_t *const bytes = static_cast<const uint8_t *>(data);
    uint64_t value = 0;
    for (unsigned i = 0; i < bits; i++)
        value |= uint64_t(bytes[(low + i) / 8] >> (low + i) % 8 & 1) << i;
    return is_signed ? int64_t(value << (64 - bits)) >> (64 - bits) : int64_t(value);
}

static unsigned greater(unsigned a, unsigned b) { return a > b ? a : b; }
#endif

int npu_core_peek_code(struct npu_core *core, uint32_t row, uint32_t lane,
                       int32_t *code)
{
#ifdef NPU_SHIM_DEBUG
    const bool vector = row == Pkg::Rows;
    if (row > Pkg::Rows || lane >= unsigned(vector ? Pkg::Cols : Pkg::Lanes))
        return -1;
    *code = int32_t(load_field(vector ? core->tap_data : core->act_data,
                               (vector ? lane : row * Pkg::Lanes + lane) * Pkg::ActWidth,
                               Pkg::ActWidth, Pkg::ActSigned));
    return 0;
#else
    (void) core, (void) row, (void) lane, (void) code;
    return -1;
#endif
}

int npu_core_peek_operands(struct npu_core *core, uint32_t row, uint32_t col,
                           uint32_t lane, int64_t *act, int64_t *weight)
{
#ifdef NPU_SHIM_DEBUG
    const unsigned act_bits = Pkg::ActWidth + 1, sim = Pkg::SimWidth;
    const unsigned weight_bits = Pkg::WeightWidth == 1    ? 2
                                 : Pkg::WeightZeroPoint ? Pkg::WeightWidth + 1
                                                        : Pkg::WeightWidth;
    if (row > Pkg::Rows || col >= Pkg::Cols || lane >= Pkg::Lanes)
        return -1;
    const npu_core::place &at = core->places[std::size_t(row) * Pkg::Cols + col];
    *act = load_field(at.act, lane * greater(act_bits, sim), act_bits, true);
    *weight = load_field(at.weight, lane * greater(weight_bits, sim), weight_bits, true);
    return 0;
#else
    (void) core, (void) row, (void) col, (void) lane, (void) act, (void) weight;
    return -1;
#endif
}

int npu_core_peek_start(struct npu_core *core, uint32_t row, uint32_t col,
                        int64_t *sum)
{
#ifdef NPU_SHIM_DEBUG
    if (row > Pkg::Rows || col >= Pkg::Cols)
        return -1;
    const npu_core::place &at = core->places[std::size_t(row) * Pkg::Cols + col];
    *sum = load_field(at.start, 0, Pkg::AccWidth, true);
    return 0;
#else
    (void) core, (void) row, (void) col, (void) sum;
    return -1;
#endif
}

int npu_core_trace(struct npu_core *core, const char *path)
{
#if VM_TRACE
    if (core->trace)
        core->trace->close();
    core->trace.reset();
    if (!path)
        return 0;
    core->trace = std::make_unique<Waves>();
    core->top->trace(core->trace.get(), 99);
    core->trace->open(path);
    if (core->trace->isOpen())
        return 0;
    core->trace.reset();
    return -1;
#else
    (void) core;
    return path ? -1 : 0;
#endif
}
