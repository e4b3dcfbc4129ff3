#include "driver_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network.h"
#include "npu_image.h"
#include "npu_kat.h"
#include "npu_mmio.h"
#include "npu_regs.h"

static int checks, failures;

static void expect(bool good, const char *what, int line)
{
    checks++;
    if (good)
        return;
    failures++;
    printf("driver_tests.c:%d: %s\n", line, what);
}

#define EXPECT(condition) expect(condition, #condition, __LINE__)

static void expect_result(enum npu_result have, enum npu_result want,
                          const struct npu *npu, int line)
{
    checks++;
    if (have == want)
        return;
    failures++;
    printf("driver_tests.c:%d: '%s' (index %lu, section %s, code %lu), must be "
           "'%s'\n", line, npu_result_text(have), (unsigned long) npu->index,
           npu_section_name(npu), (unsigned long) npu->code,
           npu_result_text(want));
}

#define EXPECT_RESULT(have, want) expect_result(have, want, &npu, __LINE__)

/* ---------------------------------------------------- the bus, with faults */

/* Goes through to the backend's, and does what a test asks for on the way. */
struct probe {
    const struct backend *backend;
    struct npu *npu;
    bool handler;             /* call npu_interrupt when the line is high */
    uint32_t interrupts;
    uint32_t fail_after;      /* transfers until an error answer; 0: never */
    uint32_t reads, writes, waits, refused;
    uint32_t force_address, force_value;   /* reads there give this */
    bool force;
};

static int count_down(struct probe *p)
{
    return p->fail_after > 0 && --p->fail_after == 0;
}

static int probe_read(void *context, uint32_t address, uint32_t *value)
{
    struct probe *p = context;
    const struct npu_bus *bus = &p->backend->bus;

    p->reads++;
    if (count_down(p))
        return 2;
    const int answer = bus->read(bus->context, address, value);

    p->refused += answer != 0;
    if (p->force && address == p->force_address)
        *value = p->force_value;
    return answer;
}

static int probe_write(void *context, uint32_t address, uint32_t value,
                       uint32_t strobe)
{
    struct probe *p = context;
    const struct npu_bus *bus = &p->backend->bus;

    p->writes++;
    if (count_down(p))
        return 2;
    const int answer = bus->write(bus->context, address, value, strobe);

    p->refused += answer != 0;
    return answer;
}

static void probe_wait(void *context)
{
    struct probe *p = context;
    const struct backend *b = p->backend;

    p->waits++;
    if (b->bus.wait)
        b->bus.wait(b->bus.context);
    if (p->handler && b->irq(b->bus.context)) {
        p->interrupts++;
        npu_interrupt(p->npu);
    }
}

static struct npu_bus bus_of(struct probe *p)
{
    return (struct npu_bus) { p, probe_read, probe_write, probe_wait };
}

static enum npu_result open_npu(struct npu *npu, struct probe *p,
                                const struct backend *b)
{
    memset(p, 0, sizeof(*p));
    memset(npu, 0, sizeof(*npu));
    p->backend = b;
    p->npu = npu;
    const struct npu_bus bus = bus_of(p);

    return npu_init(npu, &bus, &npu_network, NPU_MAX_POLLS);
}

/* ------------------------------------------------------------------- tests */

static void test_known_answer(const struct backend *b)
{
    struct probe probe;
    struct npu npu;
    uint64_t cycles = 0;

    EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
    EXPECT_RESULT(npu_run_cycles(&npu, &cycles), NPU_NOT_DONE);
    EXPECT_RESULT(npu_kat_run(&npu, &npu_kat, false), NPU_OK);
    EXPECT_RESULT(npu_run_cycles(&npu, &cycles), NPU_OK);
    EXPECT(cycles >= NPU_CYCLES);
    EXPECT(!b->irq(b->bus.context));
    probe.handler = true;
    EXPECT_RESULT(npu_kat_run(&npu, &npu_kat, true), NPU_OK);
    EXPECT(probe.interrupts == 1);
    EXPECT(!b->irq(b->bus.context));
    /* The driver never asks for what the core refuses. */
    EXPECT(probe.refused == 0);
}

/* A wrong answer is noticed, and where. */
static void test_known_answer_differs(const struct backend *b)
{
    struct npu_kat_layer layer[NPU_LAYERS];
    int16_t output[NPU_OUTPUT_ELEMENTS];
    struct npu_kat kat = { npu_kat.input, output, layer };
    const uint32_t last = NPU_LAYERS - 1;
    struct probe probe;
    struct npu npu;

    EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
    memcpy(layer, npu_kat.layer, sizeof(layer));
    memcpy(output, npu_kat.output, sizeof(output));
    layer[last].signature ^= 1u;
    EXPECT_RESULT(npu_kat_run(&npu, &kat, false), NPU_KAT_SIGNATURE);
    EXPECT(npu.index == last);
    EXPECT(!strcmp(npu_layer_name(&npu), npu_network.layer[last].name));
    layer[last].signature ^= 1u;
    layer[0].overflows++;
    EXPECT_RESULT(npu_kat_run(&npu, &kat, false), NPU_KAT_OVERFLOWS);
    layer[0].overflows--;
    output[NPU_OUTPUT_ELEMENTS - 1] ^= 1;
    EXPECT_RESULT(npu_kat_run(&npu, &kat, false), NPU_KAT_OUTPUT);
    EXPECT(npu.index == NPU_OUTPUT_ELEMENTS - 1);
}

/* One bit of every part of the image, at its begin, middle and end. */
static void test_flipped_bits_are_named(const struct backend *b)
{
    uint8_t *image = malloc(npu_image_bytes);
    struct probe probe;
    struct npu npu;

    EXPECT(image != NULL);
    if (!image)
        return;
    EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
    memcpy(image, npu_image, npu_image_bytes);
    EXPECT_RESULT(npu_verify_image(&npu, image, npu_image_bytes), NPU_OK);
    uint32_t at = (NPU_IMAGE_HEADER_WORDS + npu_network.sections
                   * NPU_IMAGE_SECTION_WORDS) * 4u;

    for (uint32_t s = 0; s < npu_network.sections; s++) {
        const uint8_t *entry = npu_image + 4u * (NPU_IMAGE_HEADER_WORDS + s
            * NPU_IMAGE_SECTION_WORDS + NPU_IMAGE_SIZE_WORD);
        const uint32_t size = entry[0] | (uint32_t) entry[1] << 8
            | (uint32_t) entry[2] << 16 | (uint32_t) entry[3] << 24;
        const uint32_t place[] = { at, at + size / 2, at + size - 1 };

        for (int i = 0; i < 3; i++) {
            image[place[i]] ^= (uint8_t) (1u << (s + (uint32_t) i) % 8);
            EXPECT_RESULT(npu_verify_image(&npu, image, npu_image_bytes),
                          NPU_IMAGE_TENSOR);
            EXPECT(!strcmp(npu_section_name(&npu),
                           npu_network.section[s].name));
            image[place[i]] = npu_image[place[i]];
        }
        at += size;
    }
    EXPECT(at == npu_image_bytes);
    image[npu_image_bytes / 2] ^= 4;
    npu_verify_image(&npu, image, npu_image_bytes);
    printf("%s: a flipped bit is reported as '%s': %s\n", b->name,
           npu_section_name(&npu), npu_result_text(NPU_IMAGE_TENSOR));
    free(image);
}

static void test_wrong_images(const struct backend *b)
{
    struct npu_network other = npu_network;
    uint8_t head[64 + 4096];
    struct probe probe;
    struct npu npu;

    EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
    EXPECT_RESULT(npu_verify_image(&npu, NULL, 0), NPU_BAD_ARGUMENT);
    EXPECT_RESULT(npu_verify_image(&npu, npu_image, 39), NPU_IMAGE_CUT);
    EXPECT_RESULT(npu_verify_image(&npu, npu_image, 41), NPU_IMAGE_CUT);
    EXPECT_RESULT(npu_verify_image(&npu, npu_image, npu_image_bytes - 1),
                  NPU_IMAGE_CUT);
    for (uint32_t byte = 0; byte < NPU_IMAGE_HEADER_WORDS * 4u; byte++) {
        memcpy(head, npu_image, sizeof(head) < npu_image_bytes
               ? sizeof(head) : npu_image_bytes);
        head[byte] ^= 0x20;
        const enum npu_result r = npu_verify_image(&npu, head, sizeof(head));

        EXPECT(r == NPU_IMAGE_HEADER || r == NPU_IMAGE_CUT);
        EXPECT(!strcmp(npu_section_name(&npu), "header"));
    }
    other.program_crc ^= 1u;
    npu.network = &other;
    EXPECT_RESULT(npu_verify_image(&npu, npu_image, npu_image_bytes),
                  NPU_IMAGE_OTHER);
}

static void test_wrong_cores(const struct backend *b)
{
    static const struct { uint32_t address, value; enum npu_result r; } c[] = {
        { NPU_REG_ID, 0x12345678u, NPU_NO_CORE },
        { NPU_REG_VERSION, 1u, NPU_NO_CORE },
        { NPU_REG_SHAPE, 0x01010101u, NPU_WRONG_CORE },
        { NPU_REG_ACT_SIZE, 1u, NPU_WRONG_CORE },
        { NPU_REG_PROGRAM_CRC, 1u, NPU_WRONG_ROM },
        { NPU_REG_IMAGE_CRC, 1u, NPU_WRONG_ROM }
    };
    static const struct { uint32_t address, value; } rom[] = {
        { NPU_REG_ROM_DIGEST, 1u }, { NPU_REG_ROM_COUNT, 99u },
        { NPU_REG_PROGRAM_CRC, 1u }, { NPU_REG_IMAGE_CRC, 1u },
        { NPU_LAYER_BASE + NPU_LAYER_INFO, 0xffff0001u }
    };
    struct probe probe;
    struct npu npu;
    struct npu_bus bus;

    for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
        open_npu(&npu, &probe, b);
        probe.force = true;
        probe.force_address = c[i].address;
        probe.force_value = c[i].value;
        bus = bus_of(&probe);
        EXPECT_RESULT(npu_init(&npu, &bus, &npu_network, NPU_MAX_POLLS),
                      c[i].r);
    }
    for (size_t i = 0; i < sizeof(rom) / sizeof(*rom); i++) {
        EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
        probe.force = true;
        probe.force_address = rom[i].address;
        probe.force_value = rom[i].value;
        EXPECT_RESULT(npu_kat_run(&npu, &npu_kat, false), NPU_WRONG_ROM);
        EXPECT(!npu.done);
    }
    EXPECT_RESULT(npu_init(&npu, NULL, &npu_network, 1), NPU_BAD_ARGUMENT);
    EXPECT_RESULT(npu_init(&npu, &bus, &npu_network, 0), NPU_BAD_ARGUMENT);
}

/* ROMs of the same shape, the weights of which are others. */
static void test_other_roms(const struct backend *b)
{
    struct probe probe;
    struct npu npu;

    EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
    EXPECT_RESULT(npu_verify_rom(&npu), NPU_OK);
    EXPECT(!npu.done);
    /* Looking at the ROM has not made a run refused, and a run not the look. */
    EXPECT_RESULT(npu_kat_run(&npu, &npu_kat, false), NPU_OK);
    EXPECT_RESULT(npu_verify_rom(&npu), NPU_OK);
    EXPECT(probe.refused == 0);

    EXPECT_RESULT(npu_init(&npu, &b->twin, &npu_network, NPU_MAX_POLLS),
                  NPU_WRONG_ROM);
    EXPECT_RESULT(npu_verify_rom(&npu), NPU_WRONG_ROM);
    EXPECT_RESULT(npu_start(&npu, false), NPU_WRONG_ROM);
    EXPECT_RESULT(npu_poll(&npu), NPU_NOT_DONE);
    EXPECT_RESULT(npu_kat_run(&npu, &npu_kat, false), NPU_WRONG_ROM);

    /* The program is right; only reading all of the ROMs tells. */
    EXPECT_RESULT(npu_init(&npu, &b->mixed, &npu_network, NPU_MAX_POLLS),
                  NPU_OK);
    EXPECT_RESULT(npu_verify_rom(&npu), NPU_CORE_ERROR);
    EXPECT(npu.code == NPU_ERROR_IMAGE);
    EXPECT_RESULT(npu_kat_run(&npu, &npu_kat, false), NPU_CORE_ERROR);
    EXPECT(npu.code == NPU_ERROR_IMAGE && !npu.done);
}

static void fill_source(struct npu_source *s)
{
    *s = (struct npu_source) { npu_kat.input, 2, npu_network.act_signed,
                               0, 0, 0, NULL };
    npu_source_layout(s, npu_network.input.shape, NPU_NHWC);
}

static void test_busy_and_timeout(const struct backend *b)
{
    struct npu_source source;
    int16_t out[NPU_OUTPUT_ELEMENTS];
    struct npu_sink sink = { out, 2, 0, 0, 0 };
    struct npu_layer_result result;
    struct probe probe;
    struct npu npu;

    fill_source(&source);
    npu_sink_layout(&sink, npu_network.output.shape, NPU_NHWC);
    EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
    EXPECT_RESULT(npu_poll(&npu), NPU_NOT_DONE);
    EXPECT_RESULT(npu_read_output(&npu, &sink), NPU_NOT_DONE);
    EXPECT_RESULT(npu_load_input(&npu, &source), NPU_OK);
    EXPECT_RESULT(npu_start(&npu, false), NPU_OK);
    EXPECT_RESULT(npu_start(&npu, false), NPU_BUSY);
    EXPECT_RESULT(npu_load_input(&npu, &source), NPU_BUSY);
    EXPECT_RESULT(npu_read_output(&npu, &sink), NPU_BUSY);
    EXPECT_RESULT(npu_layer_result(&npu, 0, &result), NPU_NOT_DONE);
    EXPECT_RESULT(npu_layer_result(&npu, NPU_LAYERS, &result),
                  NPU_BAD_ARGUMENT);
    npu.max_polls = 2;
    EXPECT_RESULT(npu_wait(&npu), NPU_TIMEOUT);
    npu.max_polls = NPU_MAX_POLLS;
    EXPECT_RESULT(npu_wait(&npu), NPU_OK);
    EXPECT_RESULT(npu_read_output(&npu, &sink), NPU_OK);
    EXPECT(!memcmp(out, npu_kat.output, sizeof(out)));
    EXPECT(probe.refused == 0);

    /* An interrupt that is lost: a look finds the run, before the limit. */
    EXPECT_RESULT(npu_start(&npu, true), NPU_OK);
    probe.waits = 0;
    EXPECT_RESULT(npu_wait(&npu), NPU_OK);
    EXPECT(probe.waits < NPU_MAX_POLLS / 2);
    EXPECT(b->irq(b->bus.context));
    EXPECT_RESULT(npu_interrupt(&npu), NPU_OK);
    EXPECT(!b->irq(b->bus.context));
}

/* Without `wait` only the bus takes time: the limit must be one of looks. */
static void test_interrupt_without_wait(const struct backend *b)
{
    struct probe probe;
    struct npu npu;

    EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
    npu.bus.wait = NULL;
    EXPECT_RESULT(npu_start(&npu, true), NPU_OK);
    EXPECT_RESULT(npu_wait(&npu), NPU_OK);
    EXPECT_RESULT(npu_interrupt(&npu), NPU_OK);
}

static void test_abort(const struct backend *b)
{
    struct npu_source source;
    struct npu_layer_result result;
    struct probe probe;
    struct npu npu;

    fill_source(&source);
    EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
    EXPECT_RESULT(npu_abort(&npu), NPU_OK);
    EXPECT_RESULT(npu_load_input(&npu, &source), NPU_OK);
    EXPECT_RESULT(npu_start(&npu, true), NPU_OK);
    EXPECT_RESULT(npu_poll(&npu), NPU_BUSY);
    EXPECT_RESULT(npu_abort(&npu), NPU_OK);
    EXPECT(!b->irq(b->bus.context));
    EXPECT_RESULT(npu_poll(&npu), NPU_NOT_DONE);
    EXPECT_RESULT(npu_layer_result(&npu, 0, &result), NPU_NOT_DONE);
    EXPECT_RESULT(npu_kat_run(&npu, &npu_kat, false), NPU_OK);
    /* Who finds the core at work that he did not start. */
    EXPECT_RESULT(npu_start(&npu, false), NPU_OK);
    EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_BUSY);
    EXPECT_RESULT(npu_abort(&npu), NPU_OK);
    EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
    EXPECT_RESULT(npu_kat_run(&npu, &npu_kat, false), NPU_OK);
    /* By whom it is stopped meanwhile: an error of its own. */
    EXPECT_RESULT(npu_start(&npu, false), NPU_OK);
    EXPECT(npu.bus.write(npu.bus.context, NPU_REG_CTRL,
                         NPU_REG_CTRL_ABORT_MASK, 15) == 0);
    EXPECT_RESULT(npu_wait(&npu), NPU_CORE_ERROR);
    EXPECT(npu.code == NPU_ERROR_ABORT);
    EXPECT(probe.refused == 0);
}

/* Every transfer may be the one that fails. */
static void test_bus_errors(const struct backend *b)
{
    struct probe probe;
    struct npu npu;
    uint32_t n, transfers;

    EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
    EXPECT_RESULT(npu_kat_run(&npu, &npu_kat, false), NPU_OK);
    transfers = probe.reads + probe.writes;
    for (n = 1; n < transfers; n = n < 60 ? n + 1 : n + n / 3) {
        open_npu(&npu, &probe, b);
        probe.fail_after = n;
        const enum npu_result r = npu_kat_run(&npu, &npu_kat, false);

        EXPECT(r == NPU_BUS_ERROR || (r == NPU_OK && probe.fail_after > 0));
        probe.fail_after = 0;
        EXPECT_RESULT(npu_abort(&npu), NPU_OK);
    }
    EXPECT_RESULT(npu_kat_run(&npu, &npu_kat, false), NPU_OK);
}

static void test_core_errors(const struct backend *b)
{
    struct probe probe;
    struct npu npu;

    EXPECT(NPU_ERRORS > NPU_ERROR_IMAGE);
    EXPECT(!strcmp(npu_core_error_text(NPU_ERRORS), "unknown error code"));
    EXPECT(!strcmp(npu_core_error_text(UINT32_MAX), "unknown error code"));
    for (uint32_t code = 0; code < NPU_ERRORS; code++)     /* each its own */
        for (uint32_t other = code + 1; other <= NPU_ERRORS; other++)
            EXPECT(strcmp(npu_core_error_text(code),
                          npu_core_error_text(other)) != 0);
    if (b->fail) {
        for (uint32_t code = 1; code < NPU_ERRORS; code++) {
            EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
            b->fail(b->bus.context, code);
            EXPECT_RESULT(npu_kat_run(&npu, &npu_kat, false), NPU_CORE_ERROR);
            EXPECT(npu.code == code);
        }
        EXPECT_RESULT(npu_kat_run(&npu, &npu_kat, false), NPU_OK);
    }
    if (b->damaged.context) {
        EXPECT_RESULT(npu_init(&npu, &b->damaged, &npu_network, NPU_MAX_POLLS),
                      NPU_CORE_ERROR);
        EXPECT(npu.code == NPU_ERROR_PROGRAM);
        EXPECT_RESULT(npu_kat_run(&npu, &npu_kat, false), NPU_CORE_ERROR);
        EXPECT(npu.code == NPU_ERROR_PROGRAM);
        EXPECT(!npu.done);
    }
}

/* The same input from four layouts; the same output in three. */
static void test_layouts(const struct backend *b)
{
    enum { H = NPU_INPUT_HEIGHT, W = NPU_INPUT_WIDTH, C = NPU_INPUT_CHANNELS,
           GAP = 3 };
    static int16_t wide[(H + 1) * (W + GAP) * (C + 1)];
    static uint8_t narrow[H * W * C];
    const struct npu_dims shape = npu_network.input.shape;
    struct npu_layer_result result;
    struct npu_source source;
    struct probe probe;
    struct npu npu;

    EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
    for (int kind = 0; kind < 4; kind++) {
        fill_source(&source);
        source.data = wide;
        if (kind == 0) {
            npu_source_layout(&source, shape, NPU_NCHW);
        } else if (kind == 1) {        /* rows and pixels with gaps */
            source.stride_c = 1;
            source.stride_x = C + 1;
            source.stride_y = (W + GAP) * (C + 1);
        } else {
            npu_source_layout(&source, shape, kind == 2 ? NPU_NCHW : NPU_NHWC);
            source.bytes = NPU_ELEMENT_BYTES;
            source.data = NPU_ELEMENT_BYTES == 1 ? (void *) narrow
                                                 : (void *) wide;
        }
        for (uint32_t y = 0; y < H; y++)
            for (uint32_t x = 0; x < W; x++)
                for (uint32_t c = 0; c < C; c++) {
                    const int16_t code = npu_kat.input[(y * W + x) * C + c];
                    const uint32_t at = y * source.stride_y
                        + x * source.stride_x + c * source.stride_c;

                    if (source.bytes == 1)
                        narrow[at] = (uint8_t) code;
                    else
                        wide[at] = code;
                }
        EXPECT_RESULT(npu_load_input(&npu, &source), NPU_OK);
        EXPECT_RESULT(npu_start(&npu, false), NPU_OK);
        EXPECT_RESULT(npu_wait(&npu), NPU_OK);
        for (uint32_t i = 0; i < NPU_LAYERS; i++) {
            EXPECT_RESULT(npu_layer_result(&npu, i, &result), NPU_OK);
            EXPECT(result.signature == npu_kat.layer[i].signature);
        }
    }
}

static void test_outputs(const struct backend *b)
{
    enum { N = NPU_OUTPUT_ELEMENTS };
    static int16_t wide[2 * N];
    static uint8_t narrow[N];
    const struct npu_dims shape = npu_network.output.shape;
    struct npu_sink sink = { wide, 2, 0, 0, 0 };
    struct probe probe;
    struct npu npu;
    bool same = true;

    EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
    EXPECT_RESULT(npu_kat_run(&npu, &npu_kat, false), NPU_OK);
    npu_sink_layout(&sink, shape, NPU_NCHW);
    EXPECT_RESULT(npu_read_output(&npu, &sink), NPU_OK);
    for (uint32_t y = 0; y < shape.height; y++)
        for (uint32_t x = 0; x < shape.width; x++)
            for (uint32_t c = 0; c < shape.channels; c++)
                same = same && wide[y * sink.stride_y + x * sink.stride_x
                                    + c * sink.stride_c]
                    == npu_kat.output[(y * shape.width + x) * shape.channels
                                      + c];
    EXPECT(same);
    npu_sink_layout(&sink, shape, NPU_NHWC);
    sink.data = narrow;
    sink.bytes = 1;
    if (NPU_ELEMENT_BYTES == 2) {
        EXPECT_RESULT(npu_read_output(&npu, &sink), NPU_BAD_ARGUMENT);
        return;
    }
    EXPECT_RESULT(npu_read_output(&npu, &sink), NPU_OK);
    for (int i = 0; i < N; i++)
        same = same && narrow[i] == (uint8_t) npu_kat.output[i];
    EXPECT(same);
    /* The last layer by its number is the output too. */
    memset(narrow, 0, sizeof(narrow));
    EXPECT_RESULT(npu_read_layer(&npu, NPU_LAYERS - 1, &sink), NPU_OK);
    EXPECT(narrow[0] == (uint8_t) npu_kat.output[0]);
    EXPECT_RESULT(npu_read_layer(&npu, NPU_LAYERS, &sink), NPU_BAD_ARGUMENT);
}

/* Pixels go through the table; codes that are none are refused. */
static void test_pixels_and_codes(const struct backend *b)
{
    enum { N = NPU_INPUT_ELEMENTS };
    static uint8_t pixels[N];
    static int16_t codes[N];
    struct npu_layer_result by_pixel, by_code;
    struct npu_source source = { pixels, 1, false, 0, 0, 0,
                                 npu_network.pixel_code };
    struct probe probe;
    struct npu npu;

    EXPECT_RESULT(open_npu(&npu, &probe, b), NPU_OK);
    npu_source_layout(&source, npu_network.input.shape, NPU_NHWC);
    for (uint32_t i = 0; i < N; i++) {
        pixels[i] = (uint8_t) (i * 37u + i / 5u);
        codes[i] = (int16_t) (npu_network.pixel_code[pixels[i]] & 0xffff);
    }
    EXPECT_RESULT(npu_load_input(&npu, &source), NPU_OK);
    EXPECT_RESULT(npu_start(&npu, false), NPU_OK);
    EXPECT_RESULT(npu_wait(&npu), NPU_OK);
    EXPECT_RESULT(npu_layer_result(&npu, 0, &by_pixel), NPU_OK);
    fill_source(&source);
    source.data = codes;
    EXPECT_RESULT(npu_load_input(&npu, &source), NPU_OK);
    EXPECT_RESULT(npu_start(&npu, false), NPU_OK);
    EXPECT_RESULT(npu_wait(&npu), NPU_OK);
    EXPECT_RESULT(npu_layer_result(&npu, 0, &by_code), NPU_OK);
    EXPECT(by_pixel.signature == by_code.signature);
    /* The other sign: all ones are -1 or 65535, and outside in any width. */
    memset(codes, 0, sizeof(codes));
    codes[N - 1] = -1;
    source.is_signed = !npu_network.act_signed;
    EXPECT_RESULT(npu_load_input(&npu, &source), NPU_BAD_CODE);
    EXPECT(npu.index == N - 1);
    codes[N - 1] = (int16_t) ((NPU_INPUT_MAX + 1) & 0xffff);
    source.is_signed = npu_network.act_signed;
    if (NPU_ACT_BITS < 16)
        EXPECT_RESULT(npu_load_input(&npu, &source), NPU_BAD_CODE);
    else
        codes[N - 1] = 0;
    EXPECT(NPU_ACT_BITS == 16 || npu.index == N - 1);
    source.bytes = 3;
    EXPECT_RESULT(npu_load_input(&npu, &source), NPU_BAD_ARGUMENT);
}

/* Against exact fractions: scales that are powers of two, ties, ends. */
static void test_numbers(void)
{
    struct npu_quant q = { 1u << 30, 1u << 30, 33, 27, -3, -128, 127, false };
    static const struct { int32_t value, away, even; } c[] = {
        { 0, -3, -3 }, { 8, -2, -2 }, { 4, -2, -3 }, { 12, -1, -1 },
        { -4, -4, -3 }, { -12, -5, -5 }, { 3, -3, -3 }, { 5, -2, -2 },
        { 100000, 127, 127 }, { -100000, -128, -128 },
        { INT32_MAX, 127, 127 }, { INT32_MIN, -128, -128 }
    };

    /* scale = 2^-3: value / 2^6 with 6 + 3 = ... the code is value / 8. */
    for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
        q.half_even = false;
        EXPECT(npu_quantize(&q, c[i].value, 6) == c[i].away);
        q.half_even = true;
        EXPECT(npu_quantize(&q, c[i].value, 6) == c[i].even);
    }
    EXPECT(npu_dequantize(&q, -3, 16) == 0);
    EXPECT(npu_dequantize(&q, 5, 16) == 1 << 16);
    EXPECT(npu_dequantize(&q, -11, 3) == -8);
    EXPECT(npu_dequantize(&q, 127, 30) == INT32_MAX);
    EXPECT(npu_dequantize(&q, -128, 30) == INT32_MIN);
    for (int32_t code = npu_network.input.quant.min;
         code <= npu_network.input.quant.max; code++) {
        const struct npu_quant *in = &npu_network.input.quant;

        EXPECT(npu_quantize(in, npu_dequantize(in, code, 20), 20) == code);
    }
    EXPECT(npu_crc32(0, (const uint8_t *) "123456789", 9) == 0xcbf43926u);
}

/* Plain memory in place of a core: the accesses are what is asked for. */
static void test_mmio(void)
{
    static uint32_t memory[4];
    const struct npu_bus bus = npu_mmio_bus(memory);
    uint32_t value = 0;

    EXPECT(bus.write(bus.context, 4, 0x11223344u, 15) == 0);
    EXPECT(memory[1] == 0x11223344u);
    EXPECT(bus.write(bus.context, 4, 0xaabbccddu, 2) == 0);
    EXPECT(bus.read(bus.context, 4, &value) == 0 && value == 0x1122cc44u);
    EXPECT(bus.write(bus.context, 4, 0x55667788u, 12) == 0);
    EXPECT(bus.read(bus.context, 4, &value) == 0 && value == 0x5566cc44u);
    EXPECT(bus.write(bus.context, 4, 0x99999999u, 1 | 8) == 0);
    EXPECT(bus.read(bus.context, 4, &value) == 0 && value == 0x9966cc99u);
    EXPECT(memory[0] == 0 && memory[2] == 0);
}

int driver_tests_run(const struct backend *b)
{
    checks = failures = 0;
    test_known_answer(b);
    test_known_answer_differs(b);
    test_flipped_bits_are_named(b);
    test_wrong_images(b);
    test_wrong_cores(b);
    test_other_roms(b);
    test_busy_and_timeout(b);
    test_interrupt_without_wait(b);
    test_abort(b);
    test_bus_errors(b);
    test_core_errors(b);
    test_layouts(b);
    test_outputs(b);
    test_pixels_and_codes(b);
    test_numbers();
    test_mmio();
    printf("%s: network %s, %d layers, %d checks: %s\n", b->name,
           NPU_NETWORK_NAME, (int) NPU_LAYERS, checks,
           failures ? "FAILED" : "PASSED");
    return failures;
}
