#include "sim/cli/rom_options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/rom.h"

static const char *const names[ROM_ARGUMENTS] = {
    [ROM_ARG_FORMAT] = "--format", [ROM_ARG_BANKING] = "--banking",
    [ROM_ARG_PACKING] = "--packing", [ROM_ARG_UNIT] = "--unit",
    [ROM_ARG_ENDIAN] = "--endian", [ROM_ARG_BIT_ORDER] = "--bit-order",
    [ROM_ARG_SPLIT] = "--split", [ROM_ARG_BYTE_LANES] = "--byte-lanes",
    [ROM_ARG_FILL] = "--fill", [ROM_ARG_ALIGN] = "--align",
    [ROM_ARG_BASE] = "--base", [ROM_ARG_INJECT] = "--inject",
    [ROM_ARG_INJECT_INTO] = "--inject-into"
};

static const char *const endian_names[] = { "little", "big", NULL };
static const char *const bit_order_names[] = { "lsb", "msb", NULL };

struct reader {
    const struct rom_arguments *from;
    struct diag *diag;
    bool failed;
};

static void fail(struct reader *r, enum rom_argument a, const char *text,
                 const char *wanted)
{
    diag_error(r->diag, PLACE_NONE, "'%s' is '%s', must be %s", names[a], text,
               wanted);
    r->failed = true;
}

/* One of the names; `otherwise` where it is not given. */
static int take_choice(struct reader *r, enum rom_argument a,
                       const char *const *choices, int otherwise)
{
    const char *text = r->from->text[a];
    char list[80] = "";

    if (!text)
        return otherwise;
    for (int i = 0; choices[i]; i++) {
        if (!strcmp(choices[i], text))
            return i;
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
                 i == 0 ? "" : choices[i + 1] ? ", " : " or ", choices[i]);
    }
    fail(r, a, text, list);
    return otherwise;
}

/* Decimal, or hexadecimal after 0x. */
static int parse_number(const char *text, uint64_t max, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 0);
    return errno || end == text || *end || *text == '-' || *text == '+'
           || *text == ' ' || *value > max ? -1 : 0;
}

static uint64_t take_number(struct reader *r, enum rom_argument a,
                            uint64_t min, uint64_t max, uint64_t otherwise)
{
    const char *text = r->from->text[a];
    uint64_t value;
    char wanted[80];

    if (!text)
        return otherwise;
    if (!parse_number(text, max, &value) && value >= min)
        return value;
    snprintf(wanted, sizeof(wanted), "%" PRIu64 " to %" PRIu64, min, max);
    fail(r, a, text, wanted);
    return otherwise;
}

static int find_memory(const char *text, size_t length)
{
    for (int i = 0; i < ROM_MEMORIES; i++)
        if (strlen(rom_memory_names[i]) == length
            && !memcmp(rom_memory_names[i], text, length))
            return i;
    return -1;
}

/* ADDRESS, or MEMORY=ADDRESS,... */
static void take_base(struct reader *r, struct rom_layout *l)
{
    const char *text = r->from->text[ROM_ARG_BASE];
    char item[64];

    bool given[ROM_MEMORIES + 1] = { false };

    while (text && *text) {
        const size_t n = strcspn(text, ",");
        const char *equals = memchr(text, '=', n);
        const int memory = equals ? find_memory(text, (size_t) (equals - text))
                                  : -1;
        const char *number = equals ? equals + 1 : text;
        const size_t digits = n - (size_t) (number - text);
        uint64_t value = 0;

        snprintf(item, sizeof(item), "%.*s",
                 (int) (digits < 63 ? digits : 63), number);
        if ((equals && memory < 0) || parse_number(item, ROM_MAX_ADDRESS - 1, &value)) {
            fail(r, ROM_ARG_BASE, r->from->text[ROM_ARG_BASE], "an address or "
                 "a list as weight=0,bias=0x1000,scale=...,program=..., below "
                 "2^40");
            return;
        }
        if (given[equals ? memory : ROM_MEMORIES]) {
            fail(r, ROM_ARG_BASE, r->from->text[ROM_ARG_BASE], "a list that "
                 "names each memory once");
            return;
        }
        given[equals ? memory : ROM_MEMORIES] = true;
        if (equals) {
            l->has_base[memory] = true;
            l->memory_base[memory] = value;
        } else {
            l->base = value;
        }
        text += n + (text[n] == ',');
    }
}

static void take_memories(struct reader *r, bool *memory)
{
    const char *text = r->from->text[ROM_ARG_INJECT_INTO];

    while (text && *text) {
        const size_t n = strcspn(text, ",");
        const int i = find_memory(text, n);

        if (i < 0) {
            fail(r, ROM_ARG_INJECT_INTO, r->from->text[ROM_ARG_INJECT_INTO],
                 "a list of weight, bias, scale and program");
            return;
        }
        memory[i] = true;
        text += n + (text[n] == ',');
    }
}

const struct format *rom_options_format(const struct rom_arguments *from,
                                        struct diag *diag)
{
    const char *text = from->text[ROM_ARG_FORMAT];
    const struct format *f = text ? format_find(text) : NULL;
    char list[200];

    if (!text || f)
        return f;
    format_list(list, sizeof(list));
    diag_error(diag, PLACE_NONE, "'--format' is '%s', must be %s", text, list);
    return NULL;
}

static void take_units(struct reader *r, struct rom_layout *l)
{
    l->unit_bits = (int) take_number(r, ROM_ARG_UNIT, 8, ROM_MAX_UNIT_BITS, 8);
    if (l->unit_bits % 8)
        fail(r, ROM_ARG_UNIT, r->from->text[ROM_ARG_UNIT],
             "a multiple of 8");
    l->byte_lanes = (int) take_number(r, ROM_ARG_BYTE_LANES, 1, ROM_MAX_LANES,
                                      1);
    l->fill = (uint8_t) take_number(r, ROM_ARG_FILL, 0, 255, 0);
    l->align = take_number(r, ROM_ARG_ALIGN, 1, UINT64_C(1) << 32, 0);
}

int rom_options_read(struct rom_options *o, const struct rom_arguments *from,
                     int rows, long long seed, struct diag *diag)
{
    struct reader r = { from, diag, false };
    const struct format *format = rom_options_format(from, diag);
    struct rom_layout *l = &o->layout;

    if (!format && from->text[ROM_ARG_FORMAT])
        return -1;
    rom_layout_init(l, format ? format : format_find("mem"), rows);
    /* What a file of words cannot do, a file of bytes in words can. */
    if (from->text[ROM_ARG_BYTE_LANES] || from->text[ROM_ARG_UNIT]
        || (from->text[ROM_ARG_SPLIT]
            && !strcmp(from->text[ROM_ARG_SPLIT], "none")))
        l->packing = ROM_PADDED;
    l->banking = (enum rom_banking) take_choice(&r, ROM_ARG_BANKING,
                                                rom_banking_names, 0);
    l->packing = (enum rom_packing) take_choice(&r, ROM_ARG_PACKING,
                                                rom_packing_names,
                                                (int) l->packing);
    l->split = (enum rom_split) take_choice(&r, ROM_ARG_SPLIT, rom_split_names,
                                            (int) l->split);
    l->big_endian = take_choice(&r, ROM_ARG_ENDIAN, endian_names, 0) == 1;
    l->msb_first = take_choice(&r, ROM_ARG_BIT_ORDER, bit_order_names, 0) == 1;
    l->secded = from->text[ROM_ARG_SECDED] != NULL;
    l->addresses = from->text[ROM_ARG_ADDRESSES] != NULL;
    take_units(&r, l);
    take_base(&r, l);
    o->inject.bits = (int64_t) take_number(&r, ROM_ARG_INJECT, 0,
                                           UINT64_C(1) << 40, 0);
    o->inject.seed = (uint64_t) seed;
    take_memories(&r, o->inject.memory);
    return r.failed ? -1 : 0;
}
