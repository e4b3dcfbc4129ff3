#include "codegen/format.h"

#include <stdio.h>
#include <string.h>

#include "codegen/format_all.h"

#define WIDE (1 << 16)

const struct format formats[] = {
    { .name = "mem", .extension = "mem", .help = "$readmemh, a word a line",
      .has_addresses = true, .by_word = true, .max_unit_bits = WIDE,
      .max_address = UINT64_MAX >> 8, .write = format_readmem_write,
      .read = format_readmem_read },
    { .name = "hex", .extension = "hex", .help = "the same, named .hex",
      .has_addresses = true, .by_word = true, .max_unit_bits = WIDE,
      .max_address = UINT64_MAX >> 8, .write = format_readmem_write,
      .read = format_readmem_read },
    { .name = "bin", .extension = "bin", .help = "raw bytes",
      .bytes_only = true, .max_unit_bits = 8, .max_address = UINT64_MAX >> 8,
      .write = format_bin_write, .read = format_bin_read },
    { .name = "ihex", .extension = "ihex", .help = "Intel HEX, I32HEX",
      .bytes_only = true, .has_addresses = true, .max_unit_bits = 8,
      .max_address = UINT32_MAX, .write = format_ihex32_write,
      .read = format_ihex_read },
    { .name = "ihex16", .extension = "ihex", .help = "Intel HEX, I16HEX",
      .bytes_only = true, .has_addresses = true, .max_unit_bits = 8,
      .max_address = 0xfffff, .write = format_ihex16_write,
      .read = format_ihex_read },
    { .name = "ihex8", .extension = "ihex", .help = "Intel HEX, I8HEX",
      .bytes_only = true, .has_addresses = true, .max_unit_bits = 8,
      .max_address = 0xffff, .write = format_ihex8_write,
      .read = format_ihex_read },
    { .name = "srec", .extension = "srec", .help = "Motorola S-record, S37",
      .bytes_only = true, .has_addresses = true, .max_unit_bits = 8,
      .max_address = UINT32_MAX, .write = format_s37_write,
      .read = format_srec_read },
    { .name = "srec28", .extension = "srec", .help = "Motorola S-record, S28",
      .bytes_only = true, .has_addresses = true, .max_unit_bits = 8,
      .max_address = 0xffffff, .write = format_s28_write,
      .read = format_srec_read },
    { .name = "srec19", .extension = "srec", .help = "Motorola S-record, S19",
      .bytes_only = true, .has_addresses = true, .max_unit_bits = 8,
      .max_address = 0xffff, .write = format_s19_write,
      .read = format_srec_read },
    { .name = "coe", .extension = "coe", .help = "Xilinx COE",
      .by_word = true, .max_unit_bits = WIDE, .max_address = UINT64_MAX >> 8,
      .write = format_coe_write, .read = format_coe_read },
    { .name = "mif", .extension = "mif", .help = "Intel (Altera) MIF",
      .has_addresses = true, .by_word = true, .max_unit_bits = WIDE,
      .max_address = UINT64_MAX >> 8, .write = format_mif_write,
      .read = format_mif_read },
    { .name = "c", .extension = "c", .help = "C source and header",
      .max_unit_bits = 64, .max_address = UINT64_MAX >> 8,
      .write = format_c_write, .write_header = format_c_write_header,
      .read = format_c_read },
    { .name = "sv", .extension = "sv", .help = "SystemVerilog, a case",
      .by_word = true, .max_unit_bits = WIDE, .max_address = UINT64_MAX >> 8,
      .write = format_sv_write, .read = format_sv_read },
    { .name = NULL }
};

const struct format *format_find(const char *name)
{
    for (const struct format *f = formats; f->name; f++)
        if (!strcmp(f->name, name))
            return f;
    return NULL;
}

void format_list(char *text, size_t size)
{
    size_t at = 0;

    text[0] = '\0';
    for (const struct format *f = formats; f->name && at < size; f++)
        at += (size_t) snprintf(text + at, size - at, "%s%s",
                                at ? f[1].name ? ", " : " or " : "", f->name);
}

int format_read(const struct format *format, const char *path,
                const char *text, size_t size, int unit_bits,
                size_t max_bytes, struct stream *stream, struct diag *diag)
{
    struct format_input input = { path, text, size, unit_bits, diag, stream };

    stream_init(stream, unit_bits, max_bytes);
    if (!format->read(&input) && !stream_finish(stream, path, diag)
        && !stream->failed)
        return 0;
    if (stream->failed && diag_error_count(diag) == 0)
        diag_error(diag, place_of_file(path), "out of memory");
    stream_release(stream);
    return -1;
}
