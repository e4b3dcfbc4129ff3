#include "device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "npu_image.h"
#include "npu_regs.h"
#include "sim/array/array.h"
#include "sim/array/signature.h"
#include "sim/array/timing.h"
#include "sim/program/program_load.h"

struct row {
    uint64_t cycles, overflows;
    uint32_t signature, info;
};

struct device {
    struct diag diag;
    struct program program;
    struct array_model *model;
    struct array_state *state;
    struct row *row;              /* [descriptors] */
    uint8_t *memory;              /* the window */
    uint32_t window_bytes, element;
    uint32_t delay, looks;        /* left of the run under way */
    uint32_t error;
    uint64_t cycles;
    bool busy, done, failed, irq, irq_enable, ran;
    uint32_t code, finished;
    uint32_t weight_words, param_words;   /* of VERIFY */
    uint32_t image_crc;           /* of the words that are there */
    uint32_t said_crc;            /* word 5 of the program's header */
};

/* ---------------------------------------------------- the image to memories */

static uint32_t word_at(const uint8_t *image, uint32_t word)
{
    const uint8_t *p = image + 4 * (size_t) word;

    return p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
        | (uint32_t) p[3] << 24;
}

struct memories {
    const struct hw *hw;
    uint32_t *code;
    uint32_t code_words;
    uint8_t *weight;
    int64_t *bias;
    uint64_t *scale;
    uint32_t weight_words, param_words;
};

static void put_word(struct memories *m, uint32_t kind, uint32_t bank,
                     uint32_t address, const uint8_t *bytes, uint32_t count)
{
    const size_t at = (size_t) bank * m->param_words + address;
    uint64_t value = 0;

    for (uint32_t i = 0; i < count && i < 8; i++)
        value |= (uint64_t) bytes[i] << 8 * i;
    if (kind == NPU_IMAGE_PROGRAM)
        m->code[address] = (uint32_t) value;
    else if (kind == NPU_IMAGE_BIAS)
        m->bias[at] = fx_wrap((int64_t) value, m->hw->acc_bits);
    else if (kind == NPU_IMAGE_SCALE)
        m->scale[at] = value;
    else
        memcpy(m->weight + ((size_t) bank * m->weight_words + address) * count,
               bytes, count);
}

/* What a boot loader does with the ROMs of a device that has RAM for them. */
static void spread(struct memories *m, const uint8_t *image)
{
    const uint32_t sections = word_at(image, NPU_IMAGE_SECTIONS_WORD);

    for (uint32_t i = 0; i < sections; i++) {
        const uint32_t s = NPU_IMAGE_HEADER_WORDS + i * NPU_IMAGE_SECTION_WORDS;
        const uint32_t words = word_at(image, s + NPU_IMAGE_WORDS_WORD);
        const uint32_t size = word_at(image, s + NPU_IMAGE_WORD_BYTES_WORD);
        const uint8_t *from = image + word_at(image, s + NPU_IMAGE_OFFSET_WORD);

        for (uint32_t b = 0; b < word_at(image, s + NPU_IMAGE_BANKS_WORD); b++)
            for (uint32_t w = 0; w < words; w++, from += size)
                put_word(m, word_at(image, s) & 0xffff, b,
                         word_at(image, s + NPU_IMAGE_BASE_WORD) + w, from,
                         size);
    }
}

static uint32_t crc_words(uint32_t crc, uint64_t word, uint32_t bits)
{
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t) (word >> 8 * i);
    if (bits % 8)
        bytes[bits / 8] &= (uint8_t) ((1u << bits % 8) - 1);
    return npu_crc32(crc, bytes, (bits + 7) / 8);
}

/* What VERIFY computes: column after column, kind after kind. */
static uint32_t crc_memories(const struct memories *m, uint32_t word_bytes)
{
    const uint32_t cols = (uint32_t) m->hw->cols;
    const uint32_t params = cols * m->param_words;
    uint32_t crc = npu_crc32(0, m->weight, cols * m->weight_words * word_bytes);

    for (uint32_t i = 0; i < params; i++)
        crc = crc_words(crc, (uint64_t) m->bias[i], (uint32_t) m->hw->acc_bits);
    for (uint32_t i = 0; i < params; i++)
        crc = crc_words(crc, m->scale[i],
                        (uint32_t) program_scale_word_bits(m->hw));
    return crc;
}

/* program_load wants a program that goes with the other words; a core without
 * VERIFY runs one that does not. */
static void seal(struct device *d, struct memories *m, uint32_t word_bytes)
{
    d->said_crc = m->code[5];
    d->image_crc = crc_memories(m, word_bytes);
    if (d->said_crc == d->image_crc)
        return;
    m->code[5] = d->image_crc;
    m->code[7] = descriptor_crc(m->code, 7);
}

static int load(struct device *d, const struct hw *hw, const uint8_t *image)
{
    const size_t cols = (size_t) hw->cols;
    const size_t word_bytes = (size_t) (hw->lanes * hw->weight_bits + 7) / 8;
    struct memories m = {
        .hw = hw, .code_words = word_at(image, NPU_IMAGE_HEADER_WORDS
                                               + NPU_IMAGE_WORDS_WORD),
        .weight_words = word_at(image, NPU_IMAGE_WEIGHT_WORDS_WORD),
        .param_words = word_at(image, NPU_IMAGE_PARAM_WORDS_WORD)
    };
    int result = -1;

    m.code = calloc(m.code_words, sizeof(*m.code));
    m.weight = calloc(cols * m.weight_words, word_bytes);
    m.bias = calloc(cols * m.param_words, sizeof(*m.bias));
    m.scale = calloc(cols * m.param_words, sizeof(*m.scale));
    if (m.code && m.weight && m.bias && m.scale) {
        const struct program_words words = {
            .code = m.code, .code_words = m.code_words, .weight = m.weight,
            .weight_words = m.weight_words, .bias = m.bias, .scale = m.scale,
            .param_words = m.param_words
        };

        spread(&m, image);
        if (m.code_words >= DESCRIPTOR_HEADER_WORDS)
            seal(d, &m, (uint32_t) word_bytes);
        result = program_load(&d->program, &words, hw, PLACE_NONE, &d->diag);
    }
    free(m.code);
    free(m.weight);
    free(m.bias);
    free(m.scale);
    return result;
}

void device_free(struct device *d)
{
    if (!d)
        return;
    array_state_free(d->state);
    array_free(d->model);
    program_release(&d->program);
    diag_release(&d->diag);
    free(d->row);
    free(d->memory);
    free(d);
}

struct device *device_new(const struct hw *hw, const uint8_t *image,
                          uint32_t bytes)
{
    struct device *d = calloc(1, sizeof(*d));

    if (!d || bytes < 4 * NPU_IMAGE_HEADER_WORDS)
        return NULL;
    diag_init(&d->diag);
    d->element = hw->act_bits > 8 ? 2 : 1;
    d->window_bytes = (uint32_t) hw_act_elements(hw) * d->element;
    d->memory = calloc(d->window_bytes, 1);
    if (!load(d, hw, image)) {
        d->row = calloc(d->program.code_header.descriptors, sizeof(*d->row));
        d->model = array_new(&d->program, kernel_portable());
        d->state = d->model ? array_state_new(d->model) : NULL;
    }
    if (d->state && d->row && d->memory)
        return d;
    diag_print(&d->diag, stdout);
    device_free(d);
    return NULL;
}

void device_set_delay(struct device *d, uint32_t looks)
{
    d->delay = looks;
}

void device_set_error(struct device *d, uint32_t code)
{
    d->error = code;
}

void device_seal(struct device *d)
{
    d->said_crc = d->image_crc;
}

bool device_irq(const struct device *d)
{
    return d->irq && d->irq_enable;
}

/* -------------------------------------------------------------------- runs */

static void move_tensor(struct device *d, int t, bool out)
{
    const struct program *p = &d->program;
    const int64_t count = net_elements(net_tensor_shape(p->net, t));
    uint8_t *at = d->memory + (size_t) p->address[t] * d->element;
    int32_t *code = array_tensor(d->state, t);

    for (int64_t i = 0; i < count; i++, at += d->element) {
        if (out) {
            at[0] = (uint8_t) code[i];
            if (d->element == 2)
                at[1] = (uint8_t) (code[i] >> 8);
            continue;
        }
        code[i] = at[0] | (d->element == 2 ? at[1] << 8 : 0);
        if (p->hw->act_signed)
            code[i] = (int32_t) fx_wrap(code[i], p->hw->act_bits);
        else
            code[i] &= (1 << p->hw->act_bits) - 1;
    }
}

static void run_layer(struct device *d, int i)
{
    const struct program_desc *desc = &d->program.desc[i];
    int64_t *overflows = array_overflows(d->state, i);

    memset(overflows, 0, (size_t) desc->out.c * sizeof(*overflows));
    array_run_layer(d->model, d->state, i);
    if (desc->index < 0)
        return;
    struct row *row = &d->row[desc->index];
    const struct descriptor word = program_descriptor(&d->program, i);

    move_tensor(d, i + 1, true);
    *row = (struct row) {
        .cycles = (uint64_t) timing_layer_cycles(d->program.hw, desc),
        .signature = signature_of_layer(d->program.hw, desc,
                                        array_tensor(d->state, i + 1)),
        .info = (uint32_t) word.op << NPU_LAYER_INFO_OP_SHIFT
                | (uint32_t) i << NPU_LAYER_INFO_LAYER_SHIFT
    };
    for (int c = 0; c < desc->out.c; c++)
        row->overflows += (uint64_t) overflows[c];
    d->cycles += row->cycles;
    d->finished++;
}

static void begin(struct device *d)
{
    d->busy = d->ran = true;
    d->done = d->failed = false;
    d->looks = d->delay;
    d->cycles = d->code = d->finished = 0;
}

static void verify(struct device *d)
{
    const struct program *p = &d->program;

    begin(d);
    if (!d->error && (d->weight_words != p->weight_words
                      || d->param_words != p->param_words
                      || d->image_crc != d->said_crc))
        d->error = NPU_ERROR_IMAGE;
}

static void start(struct device *d)
{
    begin(d);
    if (d->error)
        return;
    move_tensor(d, 0, false);
    for (int i = 0; i < d->program.desc_count; i++)
        run_layer(d, i);
}

static void end(struct device *d)
{
    d->busy = false;
    d->irq = true;
    d->failed = d->error != 0;
    d->done = !d->failed;
    d->code = d->error;
    d->error = 0;
}

static void look(struct device *d)
{
    if (d->busy && d->looks-- == 0)
        end(d);
}

static void stop(struct device *d)
{
    if (!d->busy)
        return;
    d->error = NPU_ERROR_ABORT;
    end(d);
}

/* --------------------------------------------------------------------- bus */

static int read_core(struct device *d, uint32_t address, uint32_t *value)
{
    const struct hw *hw = d->program.hw;

    switch (address) {
    case NPU_REG_ID: *value = NPU_REG_ID_VALUE; return 0;
    case NPU_REG_VERSION: *value = NPU_REG_VERSION_VALUE; return 0;
    case NPU_REG_CTRL: return 0;
    case NPU_REG_STATUS:
        look(d);
        *value = (uint32_t) d->busy << NPU_REG_STATUS_BUSY_SHIFT
            | (uint32_t) d->done << NPU_REG_STATUS_DONE_SHIFT
            | (uint32_t) d->failed << NPU_REG_STATUS_ERROR_SHIFT
            | d->code << NPU_REG_STATUS_CODE_SHIFT;
        return 0;
    case NPU_REG_IRQ_ENABLE: *value = d->irq_enable; return 0;
    case NPU_REG_IRQ_STATUS: *value = d->irq; return 0;
    case NPU_REG_CYCLES_LOW: *value = (uint32_t) d->cycles; return 0;
    case NPU_REG_CYCLES_HIGH: *value = (uint32_t) (d->cycles >> 32); return 0;
    case NPU_REG_FINISHED: *value = d->finished; return 0;
    case NPU_REG_ROM_DIGEST:
        *value = d->ran ? d->program.code_header.hardware : 0;
        return 0;
    case NPU_REG_ROM_COUNT:
        *value = d->ran ? d->program.code_header.descriptors : 0;
        return 0;
    case NPU_REG_PROGRAM_CRC:
        *value = d->ran ? d->program.code_header.program_crc : 0;
        return 0;
    case NPU_REG_IMAGE_CRC:
        *value = d->ran ? d->said_crc : 0;
        return 0;
    case NPU_REG_WEIGHT_WORDS: *value = d->weight_words; return 0;
    case NPU_REG_PARAM_WORDS: *value = d->param_words; return 0;
    case NPU_REG_ACT_SIZE: *value = (uint32_t) hw_act_elements(hw); return 0;
    case NPU_REG_SHAPE:
        *value = (uint32_t) hw->rows << NPU_REG_SHAPE_ROWS_SHIFT
            | (uint32_t) hw->cols << NPU_REG_SHAPE_COLS_SHIFT
            | (uint32_t) hw->lanes << NPU_REG_SHAPE_LANES_SHIFT
            | (uint32_t) hw->dataflow << NPU_REG_SHAPE_DATAFLOW_SHIFT;
        return 0;
    default: return 2;
    }
}

static int read_row(struct device *d, uint32_t offset, uint32_t *value)
{
    const uint32_t index = offset / NPU_LAYER_STRIDE;

    if (index >= d->program.code_header.descriptors)
        return 2;
    const struct row *r = &d->row[index];

    switch (offset % NPU_LAYER_STRIDE) {
    case NPU_LAYER_CYCLES_LOW: *value = (uint32_t) r->cycles; return 0;
    case NPU_LAYER_CYCLES_HIGH: *value = (uint32_t) (r->cycles >> 32); return 0;
    case NPU_LAYER_OVERFLOWS_LOW: *value = (uint32_t) r->overflows; return 0;
    case NPU_LAYER_OVERFLOWS_HIGH:
        *value = (uint32_t) (r->overflows >> 32);
        return 0;
    case NPU_LAYER_SIGNATURE: *value = r->signature; return 0;
    case NPU_LAYER_INFO: *value = r->info; return 0;
    default: return 2;
    }
}

static int bus_read(void *context, uint32_t address, uint32_t *value)
{
    struct device *d = context;

    *value = 0;
    if (address & 3)
        return 2;
    if (address >= NPU_WINDOW_BASE) {
        const uint32_t at = address - NPU_WINDOW_BASE;

        if (d->busy || at >= d->window_bytes)
            return 2;
        *value = word_at(d->memory + at, 0);
        return 0;
    }
    if (address >= NPU_LAYER_BASE)
        return read_row(d, address - NPU_LAYER_BASE, value);
    return read_core(d, address, value);
}

static int write_window(struct device *d, uint32_t at, uint32_t value,
                        uint32_t strobe)
{
    if (d->busy || at >= d->window_bytes
        || (d->element == 2 && ((strobe ^ strobe >> 1) & 5)))
        return 2;
    for (uint32_t i = 0; i < 4; i++)
        if (strobe >> i & 1)
            d->memory[at + i] = (uint8_t) (value >> 8 * i);
    return 0;
}

static int write_ctrl(struct device *d, uint32_t value)
{
    const bool run = value & NPU_REG_CTRL_START_MASK;

    if (value & NPU_REG_CTRL_CLEAR_MASK) {
        d->done = d->failed = d->irq = false;
        d->code = 0;
    }
    if (value & NPU_REG_CTRL_ABORT_MASK)
        stop(d);
    if (!run && !(value & NPU_REG_CTRL_VERIFY_MASK))
        return 0;
    if (d->busy)
        return 2;
    if (run)
        start(d);
    else
        verify(d);
    return 0;
}

static int bus_write(void *context, uint32_t address, uint32_t value,
                     uint32_t strobe)
{
    struct device *d = context;

    if (address & 3)
        return 2;
    if (address >= NPU_WINDOW_BASE)
        return write_window(d, address - NPU_WINDOW_BASE, value, strobe);
    switch (address) {
    case NPU_REG_CTRL: return write_ctrl(d, value);
    case NPU_REG_WEIGHT_WORDS:
    case NPU_REG_PARAM_WORDS:
        if (d->busy || strobe != 15)
            return 2;
        *(address == NPU_REG_WEIGHT_WORDS ? &d->weight_words
                                          : &d->param_words) = value;
        return 0;
    case NPU_REG_IRQ_ENABLE:
        d->irq_enable = value & NPU_REG_IRQ_ENABLE_END_MASK;
        return 0;
    case NPU_REG_IRQ_STATUS:
        if (value & NPU_REG_IRQ_STATUS_END_MASK)
            d->irq = false;
        return 0;
    default: return 2;
    }
}

/* Time passes. */
static void bus_wait(void *context)
{
    look(context);
}

struct npu_bus device_bus(struct device *d)
{
    return (struct npu_bus) { d, bus_read, bus_write, bus_wait };
}
