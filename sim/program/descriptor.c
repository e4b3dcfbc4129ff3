#include "sim/program/descriptor.h"

#include <assert.h>
#include <string.h>

#include "sim/base/digest.h"

enum { FLAG_DOUBLE_ROUND = 1, FLAG_LAST = 2 };

const char *const descriptor_op_names[DESCRIPTOR_OPS] = {
    "", "conv", "depthwise", "max_pool", "average_pool", "add", "mul"
};

uint32_t descriptor_crc(const uint32_t *words, uint32_t count)
{
    uint32_t crc = 0;

    for (uint32_t i = 0; i < count; i++) {
        const uint8_t bytes[4] = {
            (uint8_t) words[i], (uint8_t) (words[i] >> 8),
            (uint8_t) (words[i] >> 16), (uint8_t) (words[i] >> 24)
        };

        crc = digest_crc32(crc, bytes, sizeof(bytes));
    }
    return crc;
}

/* Two fields of 16 bits. */
static uint32_t pair(int low, int high)
{
    assert(0 <= low && low <= DESCRIPTOR_MAX_DIM);
    assert(0 <= high && high <= DESCRIPTOR_MAX_DIM);
    return (uint32_t) low | (uint32_t) high << 16;
}

static int low_half(uint32_t word)
{
    return (int) (word & 0xffff);
}

static int high_half(uint32_t word)
{
    return (int) (word >> 16);
}

void descriptor_fill_steps(struct descriptor *d)
{
    const uint32_t c = (uint32_t) d->in_c;

    d->run = d->dilation_w == 1 ? (uint32_t) d->kernel_w * c : c;
    d->row = (uint32_t) d->in_w * c;
    d->step_x = (uint32_t) d->stride_w * c;
    d->step_y = (uint32_t) d->stride_h * d->row;
    d->step_ky = (uint32_t) d->dilation_h * d->row;
    d->step_kx = (uint32_t) d->dilation_w * c;
    d->origin = -(d->pad_top * d->in_w + d->pad_left) * d->in_c;
}

void descriptor_encode(const struct descriptor *d,
                       uint32_t words[DESCRIPTOR_WORDS])
{
    const uint32_t flags = (d->double_round ? FLAG_DOUBLE_ROUND : 0u)
                           | (d->last ? FLAG_LAST : 0u);
    const uint32_t w[DESCRIPTOR_WORDS] = {
        (uint32_t) d->op | flags << 8 | pair(0, d->layer),
        d->input, d->second, d->output,
        pair(d->in_h, d->in_w), (uint32_t) d->in_c,
        pair(d->out_h, d->out_w), (uint32_t) d->out_c,
        pair(d->kernel_h, d->kernel_w), pair(d->stride_h, d->stride_w),
        pair(d->dilation_h, d->dilation_w), pair(d->pad_top, d->pad_left),
        d->steps, d->taps, d->positions, d->channel_tiles,
        d->weight_base, d->param_base,
        (uint32_t) d->in_zp, (uint32_t) d->second_zp, (uint32_t) d->out_zp,
        (uint32_t) d->out_min, (uint32_t) d->out_max,
        d->ratio, d->run, d->row, d->step_x, d->step_y, d->step_ky, d->step_kx,
        (uint32_t) d->origin
    };

    memcpy(words, w, sizeof(w));
    words[DESCRIPTOR_WORDS - 1] = descriptor_crc(words, DESCRIPTOR_WORDS - 1);
}

int descriptor_decode(struct descriptor *d,
                      const uint32_t words[DESCRIPTOR_WORDS])
{
    const uint32_t *w = words;
    const uint32_t op = w[0] & 0xff, flags = w[0] >> 8 & 0xff;

    if (descriptor_crc(w, DESCRIPTOR_WORDS - 1) != w[DESCRIPTOR_WORDS - 1]
        || op == 0 || op >= DESCRIPTOR_OPS)
        return -1;
    *d = (struct descriptor) {
        .op = (enum descriptor_op) op,
        .double_round = flags & FLAG_DOUBLE_ROUND, .last = flags & FLAG_LAST,
        .layer = high_half(w[0]),
        .input = w[1], .second = w[2], .output = w[3],
        .in_h = low_half(w[4]), .in_w = high_half(w[4]), .in_c = (int) w[5],
        .out_h = low_half(w[6]), .out_w = high_half(w[6]), .out_c = (int) w[7],
        .kernel_h = low_half(w[8]), .kernel_w = high_half(w[8]),
        .stride_h = low_half(w[9]), .stride_w = high_half(w[9]),
        .dilation_h = low_half(w[10]), .dilation_w = high_half(w[10]),
        .pad_top = low_half(w[11]), .pad_left = high_half(w[11]),
        .steps = w[12], .taps = w[13], .positions = w[14],
        .channel_tiles = w[15], .weight_base = w[16], .param_base = w[17],
        .in_zp = (int32_t) w[18], .second_zp = (int32_t) w[19],
        .out_zp = (int32_t) w[20], .out_min = (int32_t) w[21],
        .out_max = (int32_t) w[22], .ratio = w[23], .run = w[24],
        .row = w[25], .step_x = w[26], .step_y = w[27], .step_ky = w[28],
        .step_kx = w[29], .origin = (int32_t) w[30]
    };
    return 0;
}

void descriptor_encode_header(struct descriptor_header *header,
                              uint32_t *words)
{
    header->program_crc = descriptor_crc(words + DESCRIPTOR_HEADER_WORDS,
                                         header->words
                                         - DESCRIPTOR_HEADER_WORDS);
    words[0] = DESCRIPTOR_MAGIC;
    words[1] = DESCRIPTOR_VERSION;
    words[2] = header->descriptors;
    words[3] = header->words;
    words[4] = header->program_crc;
    words[5] = header->image_crc;
    words[6] = header->hardware;
    words[7] = header->header_crc = descriptor_crc(words, 7);
}

int descriptor_decode_header(struct descriptor_header *header,
                             const uint32_t *words, uint32_t available)
{
    if (available < DESCRIPTOR_HEADER_WORDS || words[0] != DESCRIPTOR_MAGIC
        || words[1] != DESCRIPTOR_VERSION
        || descriptor_crc(words, 7) != words[7]
        || words[3] > available
        || words[2] > (UINT32_MAX - DESCRIPTOR_HEADER_WORDS) / DESCRIPTOR_WORDS
        || words[3] != DESCRIPTOR_HEADER_WORDS + words[2] * DESCRIPTOR_WORDS
        || descriptor_crc(words + DESCRIPTOR_HEADER_WORDS,
                          words[3] - DESCRIPTOR_HEADER_WORDS) != words[4])
        return -1;
    *header = (struct descriptor_header) {
        .descriptors = words[2], .words = words[3], .program_crc = words[4],
        .image_crc = words[5], .hardware = words[6], .header_crc = words[7]
    };
    return 0;
}
