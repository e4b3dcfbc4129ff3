/*
 * rom_options.h - the options of `napier rom` that say how images look.
 *
 * main.c keeps their texts; here they get a meaning, and a message when they
 * have none.
 */
#ifndef ROM_OPTIONS_H
#define ROM_OPTIONS_H

struct rom_options;
struct diag;

enum rom_argument {
    ROM_ARG_FORMAT, ROM_ARG_BANKING, ROM_ARG_PACKING, ROM_ARG_UNIT,
    ROM_ARG_ENDIAN, ROM_ARG_BIT_ORDER, ROM_ARG_SPLIT, ROM_ARG_BYTE_LANES,
    ROM_ARG_SECDED, ROM_ARG_FILL, ROM_ARG_ALIGN, ROM_ARG_BASE,
    ROM_ARG_ADDRESSES, ROM_ARG_INJECT, ROM_ARG_INJECT_INTO, ROM_ARG_DECODE,
    ROM_ARG_MANIFEST, ROM_ARG_DIFF, ROM_ARG_IMAGE, ROM_ARGUMENTS
};

/* NULL: not given; "" for those without a value. */
struct rom_arguments {
    const char *text[ROM_ARGUMENTS];
};

/*
 * Layout and injection from the arguments; `rows` are the array's, `seed` that
 * of --seed. 0; or -1 and an error for each that has no meaning.
 */
int rom_options_read(struct rom_options *options,
                     const struct rom_arguments *arguments, int rows,
                     long long seed, struct diag *diag);

/* --format alone: NULL where it is not given or, after an error, wrong. */
const struct format *rom_options_format(const struct rom_arguments *arguments,
                                        struct diag *diag);

#endif
