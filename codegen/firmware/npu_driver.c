#include "npu_driver.h"

#include <stddef.h>
#include <string.h>

#include "npu_image.h"
#include "npu_regs.h"

/* Passes of npu_wait to a look when it waits for an interrupt. */
#define LOOK_EVERY 1024u

#define NPU_FIELD(word, name) (((word) & name##_MASK) >> name##_SHIFT)

const char *npu_result_text(enum npu_result result)
{
    static const char *const text[NPU_RESULTS] = {
        "no error",
        "the core is busy",
        "an argument is out of range",
        "the bus answered an error",
        "there is no core of this register map",
        "the core has another shape or memory than the network was made for",
        "the core's ROM is not that of the network",
        "the core stopped with an error",
        "the core did not finish in time",
        "there are no results: no run has ended well",
        "an input code is outside the core's activations",
        "the image is cut short",
        "the image has no valid header",
        "the image is that of another network",
        "a tensor of the image is damaged",
        "known-answer test: an output element differs",
        "known-answer test: the signature of a layer differs",
        "known-answer test: the overflows of a layer differ",
        "known-answer test: the cycles of a layer differ"
    };

    if ((unsigned) result >= (unsigned) NPU_RESULTS)
        return "unknown result";
    return text[result];
}

const char *npu_core_error_text(uint32_t code)
{
    static const char *const text[NPU_ERRORS] = NPU_ERROR_TEXTS;

    if (code >= NPU_ERRORS || text[code] == NULL)
        return "unknown error code";
    return text[code];
}

const char *npu_section_name(const struct npu *npu)
{
    if (npu->section >= npu->network->sections)
        return "header";
    return npu->network->section[npu->section].name;
}

const char *npu_layer_name(const struct npu *npu)
{
    if (npu->index >= npu->network->layers)
        return "no layer";
    return npu->network->layer[npu->index].name;
}

/* ---------------------------------------------------------------- the bus */

static enum npu_result get(struct npu *npu, uint32_t address, uint32_t *value)
{
    *value = 0;
    return npu->bus.read(npu->bus.context, address, value) == 0
        ? NPU_OK : NPU_BUS_ERROR;
}

static enum npu_result put(struct npu *npu, uint32_t address, uint32_t value,
                           uint32_t strobe)
{
    return npu->bus.write(npu->bus.context, address, value, strobe) == 0
        ? NPU_OK : NPU_BUS_ERROR;
}

static enum npu_result get_wide(struct npu *npu, uint32_t address,
                                uint64_t *value)
{
    uint32_t low, high = 0;
    enum npu_result r = get(npu, address, &low);

    if (r == NPU_OK)
        r = get(npu, address + 4u, &high);
    *value = (uint64_t) low | (uint64_t) high << 32;
    return r;
}

/* The window refuses a busy core with a bus error, which many processors take
 * as a fault: look first. */
static enum npu_result check_idle(struct npu *npu)
{
    uint32_t status;
    const enum npu_result r = get(npu, NPU_REG_STATUS, &status);

    if (r != NPU_OK)
        return r;
    return NPU_FIELD(status, NPU_REG_STATUS_BUSY) != 0u ? NPU_BUSY : NPU_OK;
}

/* The ROM that the core has read, by its header. */
static enum npu_result check_rom_header(struct npu *npu)
{
    const struct npu_network *n = npu->network;
    const struct { uint32_t address, value; } want[] = {
        { NPU_REG_ROM_DIGEST, n->hardware }, { NPU_REG_ROM_COUNT, n->layers },
        { NPU_REG_PROGRAM_CRC, n->program_crc },
        { NPU_REG_IMAGE_CRC, n->image_crc }
    };

    for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
        uint32_t have;
        const enum npu_result r = get(npu, want[i].address, &have);

        if (r != NPU_OK)
            return r;
        if (have != want[i].value)
            return NPU_WRONG_ROM;
    }
    return NPU_OK;
}

/* The end of a check, by looks alone: the interrupt is off. */
static enum npu_result wait_idle(struct npu *npu, uint32_t *status)
{
    for (uint32_t i = 0; i < npu->max_polls; i++) {
        const enum npu_result r = get(npu, NPU_REG_STATUS, status);

        if (r != NPU_OK || NPU_FIELD(*status, NPU_REG_STATUS_BUSY) == 0u)
            return r;
        if (npu->bus.wait != NULL)
            npu->bus.wait(npu->bus.context);
    }
    return NPU_TIMEOUT;
}

static enum npu_result begin_verify(struct npu *npu, uint32_t weight_words,
                                    uint32_t param_words)
{
    const struct { uint32_t address, value; } set[] = {
        { NPU_REG_CTRL, NPU_REG_CTRL_CLEAR_MASK }, { NPU_REG_IRQ_ENABLE, 0u },
        { NPU_REG_WEIGHT_WORDS, weight_words },
        { NPU_REG_PARAM_WORDS, param_words },
        { NPU_REG_CTRL, NPU_REG_CTRL_VERIFY_MASK }
    };
    enum npu_result r = check_idle(npu);

    for (size_t i = 0; i < sizeof(set) / sizeof(*set) && r == NPU_OK; i++)
        r = put(npu, set[i].address, set[i].value, 15u);
    return r;
}

/*
 * VERIFY over so many words. Without `whole` only the program ROM is looked at:
 * the CRC of no words is not that of the images, which is no error then.
 */
static enum npu_result verify(struct npu *npu, uint32_t weight_words,
                              uint32_t param_words, bool whole)
{
    uint32_t status = 0;
    enum npu_result r = begin_verify(npu, weight_words, param_words);

    if (r == NPU_BUSY)
        return r;
    npu->started = npu->done = false;
    if (r == NPU_OK)
        r = wait_idle(npu, &status);
    if (r != NPU_OK)
        return r;
    npu->code = NPU_FIELD(status, NPU_REG_STATUS_CODE);
    npu->index = NPU_FIELD(status, NPU_REG_STATUS_INDEX);
    if (npu->code != NPU_ERROR_NONE && npu->code != NPU_ERROR_IMAGE)
        return NPU_CORE_ERROR;
    r = check_rom_header(npu);
    if (r == NPU_OK && whole && npu->code != NPU_ERROR_NONE)
        return NPU_CORE_ERROR;
    return r;
}

enum npu_result npu_verify_rom(struct npu *npu)
{
    return verify(npu, npu->network->weight_words, npu->network->param_words,
                  true);
}

/* ID, register map, shape and memory. */
static enum npu_result check_core(struct npu *npu)
{
    const struct npu_network *n = npu->network;
    const struct { uint32_t address, value; enum npu_result other; } want[] = {
        { NPU_REG_ID, NPU_REG_ID_VALUE, NPU_NO_CORE },
        { NPU_REG_VERSION, NPU_REG_VERSION_VALUE, NPU_NO_CORE },
        { NPU_REG_SHAPE, n->shape, NPU_WRONG_CORE },
        { NPU_REG_ACT_SIZE, n->act_size, NPU_WRONG_CORE }
    };

    for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
        uint32_t have;
        const enum npu_result r = get(npu, want[i].address, &have);

        if (r != NPU_OK)
            return r;
        if (have != want[i].value)
            return want[i].other;
    }
    return NPU_OK;
}

enum npu_result npu_init(struct npu *npu, const struct npu_bus *bus,
                         const struct npu_network *network,
                         uint32_t max_polls)
{
    enum npu_result r;

    if (bus == NULL || network == NULL || bus->read == NULL
        || bus->write == NULL || max_polls == 0u)
        return NPU_BAD_ARGUMENT;
    npu->bus = *bus;
    npu->network = network;
    npu->max_polls = max_polls;
    npu->started = npu->done = npu->ended = npu->interrupt = false;
    npu->code = npu->index = 0;
    npu->section = network->sections;
    r = check_core(npu);
    if (r == NPU_OK)
        r = verify(npu, 0u, 0u, false);
    return r == NPU_OK ? put(npu, NPU_REG_CTRL, NPU_REG_CTRL_CLEAR_MASK, 15u)
                       : r;
}

/* ---------------------------------------------------------------- the image */

uint32_t npu_crc32(uint32_t crc, const uint8_t *bytes, uint32_t length)
{
    static const uint32_t table[16] = {
        0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu,
        0x76dc4190u, 0x6b6b51f4u, 0x4db26158u, 0x5005713cu,
        0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu,
        0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu
    };

    crc = ~crc;
    for (uint32_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ table[crc & 15u];
        crc = crc >> 4 ^ table[crc & 15u];
    }
    return ~crc;
}

static uint32_t word_at(const uint8_t *image, uint32_t word)
{
    const uint8_t *p = image + (size_t) word * 4u;

    return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
        | (uint32_t) p[3] << 24;
}

/* The header and the table of sections, under one CRC. */
static enum npu_result check_header(const struct npu_network *network,
                                    const uint8_t *image, uint32_t bytes)
{
    const uint32_t crc_at = NPU_IMAGE_CRC_WORD * 4u;
    uint32_t sections, end, crc;

    if (bytes < NPU_IMAGE_HEADER_WORDS * 4u)
        return NPU_IMAGE_CUT;
    if (word_at(image, 0) != NPU_IMAGE_MAGIC
        || word_at(image, 1) != NPU_IMAGE_VERSION)
        return NPU_IMAGE_HEADER;
    sections = word_at(image, NPU_IMAGE_SECTIONS_WORD);
    if (sections > NPU_IMAGE_MAX_SECTIONS)
        return NPU_IMAGE_HEADER;
    end = (NPU_IMAGE_HEADER_WORDS + sections * NPU_IMAGE_SECTION_WORDS) * 4u;
    if (bytes < end)
        return NPU_IMAGE_CUT;
    crc = npu_crc32(0, image, crc_at);
    crc = npu_crc32(crc, image + crc_at + 4u, end - crc_at - 4u);
    if (crc != word_at(image, NPU_IMAGE_CRC_WORD))
        return NPU_IMAGE_HEADER;
    if (bytes < word_at(image, NPU_IMAGE_BYTES_WORD))
        return NPU_IMAGE_CUT;
    if (word_at(image, NPU_IMAGE_HARDWARE_WORD) != network->hardware
        || word_at(image, NPU_IMAGE_PROGRAM_CRC_WORD) != network->program_crc
        || word_at(image, NPU_IMAGE_IMAGE_CRC_WORD) != network->image_crc
        || sections != network->sections)
        return NPU_IMAGE_OTHER;
    return NPU_OK;
}

enum npu_result npu_verify_image(struct npu *npu, const uint8_t *image,
                                 uint32_t bytes)
{
    const struct npu_network *network = npu->network;
    enum npu_result r;

    npu->section = network->sections;
    if (image == NULL)
        return NPU_BAD_ARGUMENT;
    r = check_header(network, image, bytes);
    if (r != NPU_OK)
        return r;
    for (uint32_t i = 0; i < network->sections; i++) {
        const uint32_t at = NPU_IMAGE_HEADER_WORDS
                            + i * NPU_IMAGE_SECTION_WORDS;
        const uint32_t offset = word_at(image, at + NPU_IMAGE_OFFSET_WORD);
        const uint32_t size = word_at(image, at + NPU_IMAGE_SIZE_WORD);

        npu->section = i;
        if (offset > bytes || size > bytes - offset)
            return NPU_IMAGE_CUT;
        if (npu_crc32(0, image + offset, size) != network->section[i].crc)
            return NPU_IMAGE_TENSOR;
    }
    npu->section = network->sections;
    return NPU_OK;
}

/* --------------------------------------------------------------- layouts */

static void fill_strides(struct npu_dims shape, enum npu_layout layout,
                         uint32_t *y, uint32_t *x, uint32_t *c)
{
    const uint32_t width = shape.width;

    *c = layout == NPU_NHWC ? 1u : shape.height * width;
    *x = layout == NPU_NHWC ? shape.channels : 1u;
    *y = *x * width;
}

void npu_source_layout(struct npu_source *source, struct npu_dims shape,
                       enum npu_layout layout)
{
    fill_strides(shape, layout, &source->stride_y, &source->stride_x,
                 &source->stride_c);
}

void npu_sink_layout(struct npu_sink *sink, struct npu_dims shape,
                     enum npu_layout layout)
{
    fill_strides(shape, layout, &sink->stride_y, &sink->stride_x,
                 &sink->stride_c);
}

/* A number as it lies in memory; both may be unaligned. */
static int32_t take(const struct npu_source *s, uint32_t at)
{
    const uint8_t *p = (const uint8_t *) s->data + (size_t) at * s->bytes;
    uint16_t wide;

    if (s->bytes == 1u) {
        if (s->is_signed && p[0] > 127u)
            return (int32_t) p[0] - 256;
        return p[0];
    }
    (void) memcpy(&wide, p, sizeof(wide));
    if (s->is_signed && wide > 32767u)
        return (int32_t) wide - 65536;
    return wide;
}

static void give(const struct npu_sink *s, uint32_t at, uint32_t raw)
{
    uint8_t *p = (uint8_t *) s->data + (size_t) at * s->bytes;
    const uint8_t narrow = (uint8_t) (raw & 0xffu);
    const uint16_t wide = (uint16_t) (raw & 0xffffu);

    if (s->bytes == 1u)
        *p = narrow;
    else
        (void) memcpy(p, &wide, sizeof(wide));
}

/* ----------------------------------------------------------------- input */

/* Elements on their way to the window, a word of them at a time. */
struct writer {
    struct npu *npu;
    uint32_t address;         /* of the next element, in bytes */
    uint32_t word, strobe;
};

static enum npu_result flush(struct writer *w)
{
    const uint32_t last = (w->address - 1u) & ~3u;
    enum npu_result r = NPU_OK;

    if (w->strobe != 0u)
        r = put(w->npu, NPU_WINDOW_BASE + last, w->word, w->strobe);
    w->word = w->strobe = 0;
    return r;
}

static enum npu_result write_element(struct writer *w, int32_t code)
{
    const uint32_t size = w->npu->network->element_bytes;
    const uint32_t lane = w->address & 3u;
    const uint32_t mask = size == 1u ? 0xffu : 0xffffu;

    w->word |= ((uint32_t) code & mask) << (8u * lane);
    w->strobe |= (size == 1u ? 1u : 3u) << lane;
    w->address += size;
    return (w->address & 3u) == 0u ? flush(w) : NPU_OK;
}

static enum npu_result take_code(struct npu *npu, const struct npu_source *s,
                                 uint32_t at, int32_t *code)
{
    const struct npu_quant *q = &npu->network->input.quant;

    *code = take(s, at);
    if (s->code != NULL) {
        if (*code < 0 || *code > 255)
            return NPU_BAD_CODE;
        *code = s->code[*code];
    }
    return *code < q->min || *code > q->max ? NPU_BAD_CODE : NPU_OK;
}

enum npu_result npu_load_input(struct npu *npu, const struct npu_source *source)
{
    const struct npu_tensor *in = &npu->network->input;
    struct writer w = { npu, in->address * npu->network->element_bytes, 0, 0 };
    enum npu_result r = check_idle(npu);
    int32_t code = 0;

    if (source->data == NULL || source->bytes < 1u || source->bytes > 2u)
        return NPU_BAD_ARGUMENT;
    npu->index = 0;
    for (uint32_t y = 0; y < in->shape.height; y++)
        for (uint32_t x = 0; x < in->shape.width; x++)
            for (uint32_t c = 0; c < in->shape.channels; c++) {
                if (r == NPU_OK)
                    r = take_code(npu, source, y * source->stride_y
                                  + x * source->stride_x
                                  + c * source->stride_c, &code);
                if (r == NPU_OK)
                    r = write_element(&w, code);
                if (r != NPU_OK)
                    return r;
                npu->index++;
            }
    return flush(&w);
}

/* ------------------------------------------------------------------- runs */

enum npu_result npu_start(struct npu *npu, bool interrupt)
{
    enum npu_result r = check_idle(npu);

    if (r != NPU_OK)
        return r;
    npu->done = npu->ended = false;
    npu->interrupt = interrupt;
    r = check_rom_header(npu);
    if (r == NPU_OK)
        r = put(npu, NPU_REG_CTRL, NPU_REG_CTRL_CLEAR_MASK, 15u);
    if (r == NPU_OK)
        r = put(npu, NPU_REG_IRQ_ENABLE,
                interrupt ? NPU_REG_IRQ_ENABLE_END_MASK : 0u, 15u);
    if (r == NPU_OK)
        r = put(npu, NPU_REG_CTRL, NPU_REG_CTRL_START_MASK, 15u);
    npu->started = r == NPU_OK;
    return r;
}

enum npu_result npu_interrupt(struct npu *npu)
{
    const enum npu_result r = put(npu, NPU_REG_IRQ_STATUS,
                                  NPU_REG_IRQ_STATUS_END_MASK, 15u);

    npu->ended = true;
    return r;
}

/* The ROM that has run: its header, and every layer's operation and number. */
static enum npu_result check_rom(struct npu *npu)
{
    const struct npu_network *n = npu->network;
    enum npu_result r = check_rom_header(npu);

    if (r != NPU_OK)
        return r;
    for (uint32_t i = 0; i < n->layers; i++) {
        uint32_t info;

        r = get(npu, NPU_LAYER_BASE + i * NPU_LAYER_STRIDE + NPU_LAYER_INFO,
                &info);
        if (r != NPU_OK)
            return r;
        npu->index = i;
        if (NPU_FIELD(info, NPU_LAYER_INFO_OP) != n->layer[i].op
            || NPU_FIELD(info, NPU_LAYER_INFO_LAYER) != n->layer[i].number)
            return NPU_WRONG_ROM;
    }
    return NPU_OK;
}

enum npu_result npu_poll(struct npu *npu)
{
    uint32_t status;
    enum npu_result r;

    if (!npu->started)
        return NPU_NOT_DONE;
    r = get(npu, NPU_REG_STATUS, &status);
    if (r != NPU_OK)
        return r;
    if (NPU_FIELD(status, NPU_REG_STATUS_BUSY) != 0u)
        return NPU_BUSY;
    npu->started = false;
    npu->code = NPU_FIELD(status, NPU_REG_STATUS_CODE);
    npu->index = NPU_FIELD(status, NPU_REG_STATUS_INDEX);
    if (NPU_FIELD(status, NPU_REG_STATUS_ERROR) != 0u
        || NPU_FIELD(status, NPU_REG_STATUS_DONE) == 0u)
        return NPU_CORE_ERROR;
    r = check_rom(npu);
    npu->done = r == NPU_OK;
    return r;
}

enum npu_result npu_wait(struct npu *npu)
{
    for (uint32_t i = 0; i < npu->max_polls; i++) {
        /* A pass that touches no bus takes no time: the limit would be none. */
        const bool look = !npu->interrupt || npu->ended
                          || npu->bus.wait == NULL
                          || i % LOOK_EVERY == LOOK_EVERY - 1u;
        const enum npu_result r = look ? npu_poll(npu) : NPU_BUSY;

        if (r != NPU_BUSY)
            return r;
        if (npu->bus.wait != NULL)
            npu->bus.wait(npu->bus.context);
    }
    /* A lost interrupt is not a lost run. */
    const enum npu_result r = npu_poll(npu);

    return r == NPU_BUSY ? NPU_TIMEOUT : r;
}

enum npu_result npu_abort(struct npu *npu)
{
    enum npu_result r = put(npu, NPU_REG_CTRL, NPU_REG_CTRL_ABORT_MASK, 15u);

    npu->started = npu->done = false;
    if (r == NPU_OK)
        r = check_idle(npu);
    return r == NPU_OK ? put(npu, NPU_REG_CTRL, NPU_REG_CTRL_CLEAR_MASK, 15u)
                       : r;
}

/* ---------------------------------------------------------------- results */

static enum npu_result read_tensor(struct npu *npu, const struct npu_tensor *t,
                                   const struct npu_sink *sink)
{
    const uint32_t size = npu->network->element_bytes;
    uint32_t at = t->address * size, have = ~0u, word = 0;
    enum npu_result r = check_idle(npu);

    if (!npu->done)
        return r == NPU_BUSY ? r : NPU_NOT_DONE;
    if (sink->data == NULL || sink->bytes > 2u || sink->bytes < size)
        return NPU_BAD_ARGUMENT;
    for (uint32_t y = 0; y < t->shape.height; y++)
        for (uint32_t x = 0; x < t->shape.width; x++)
            for (uint32_t c = 0; c < t->shape.channels; c++) {
                uint32_t raw;

                if (r == NPU_OK && have != (at & ~3u)) {
                    have = at & ~3u;
                    r = get(npu, NPU_WINDOW_BASE + have, &word);
                }
                if (r != NPU_OK)
                    return r;
                raw = word >> (8u * (at & 3u));
                if (size == 1u)
                    raw &= 0xffu;
                if (size == 1u && npu->network->act_signed && raw > 127u)
                    raw |= 0xff00u;
                give(sink, y * sink->stride_y + x * sink->stride_x
                     + c * sink->stride_c, raw);
                at += size;
            }
    return r;
}

enum npu_result npu_read_output(struct npu *npu, const struct npu_sink *sink)
{
    return read_tensor(npu, &npu->network->output, sink);
}

enum npu_result npu_read_layer(struct npu *npu, uint32_t layer,
                               const struct npu_sink *sink)
{
    if (layer >= npu->network->layers)
        return NPU_BAD_ARGUMENT;
    return read_tensor(npu, &npu->network->layer[layer].output, sink);
}

enum npu_result npu_layer_result(struct npu *npu, uint32_t layer,
                                 struct npu_layer_result *result)
{
    const uint32_t at = NPU_LAYER_BASE + layer * NPU_LAYER_STRIDE;
    enum npu_result r;

    if (layer >= npu->network->layers)
        return NPU_BAD_ARGUMENT;
    if (!npu->done)
        return NPU_NOT_DONE;
    r = get_wide(npu, at + NPU_LAYER_CYCLES_LOW, &result->cycles);
    if (r == NPU_OK)
        r = get_wide(npu, at + NPU_LAYER_OVERFLOWS_LOW, &result->overflows);
    if (r == NPU_OK)
        r = get(npu, at + NPU_LAYER_SIGNATURE, &result->signature);
    return r;
}

enum npu_result npu_run_cycles(struct npu *npu, uint64_t *cycles)
{
    if (!npu->done)
        return NPU_NOT_DONE;
    return get_wide(npu, NPU_REG_CYCLES_LOW, cycles);
}

/* ---------------------------------------------------------------- numbers */

/* value * mult / 2^shift, rounded to the nearest, in what 64 bits hold. */
static int64_t scale(int64_t value, uint32_t mult, int32_t shift,
                     bool half_even)
{
    const uint64_t magnitude = (uint64_t) (value < 0 ? -value : value) * mult;
    uint64_t quotient, half, rest;

    if (shift <= 0) {
        const uint32_t left = (uint32_t) -shift;

        quotient = left > 62u || magnitude > (uint64_t) INT64_MAX >> left
            ? (uint64_t) INT64_MAX : magnitude << left;
    } else if (shift > 63) {
        quotient = 0;
    } else {
        quotient = magnitude >> shift;
        rest = magnitude & (((uint64_t) 1 << shift) - 1u);
        half = (uint64_t) 1 << (shift - 1);
        if (rest > half || (rest == half
                            && (!half_even || (quotient & 1u) != 0u)))
            quotient++;
    }
    return value < 0 ? -(int64_t) quotient : (int64_t) quotient;
}

int32_t npu_quantize(const struct npu_quant *quant, int32_t value,
                     uint32_t fraction)
{
    const int64_t code = scale(value, quant->inverse_mult,
                               quant->inverse_shift + (int32_t) fraction,
                               quant->half_even);
    const int64_t low = (int64_t) quant->min - quant->zero_point;
    const int64_t high = (int64_t) quant->max - quant->zero_point;

    if (code < low)
        return quant->min;
    return code > high ? quant->max : (int32_t) code + quant->zero_point;
}

int32_t npu_dequantize(const struct npu_quant *quant, int32_t code,
                       uint32_t fraction)
{
    const int64_t real = scale((int64_t) code - quant->zero_point,
                               quant->scale_mult,
                               quant->scale_shift - (int32_t) fraction, false);

    if (real < INT32_MIN)
        return INT32_MIN;
    return real > INT32_MAX ? INT32_MAX : (int32_t) real;
}
