/*
 * format.h - file formats of memory images, written and read.
 *
 * A format knows units: numbers of one width at addresses that count units. It
 * does not know what they mean. Byte formats have units of 8 bits only.
 */
#ifndef FORMAT_H
#define FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codegen/sink.h"
#include "codegen/stream.h"
#include "sim/base/diag.h"

/* Units that follow one another; each in (unit_bits + 7) / 8 bytes, the lowest
 * first, bits above 0. */
struct format_segment {
    uint64_t address, units;
    const uint8_t *bytes;
};

/* A named place, for formats that can say it (C). */
struct format_label {
    const char *name;                  /* "weight_000" */
    uint64_t address, units;
};

struct format_content {
    const char *name;                  /* of the file, without extension */
    const char *title, *subtitle;      /* a line each */
    int unit_bits;
    bool addresses;                    /* readmemh: @ even where not needed */
    const struct format_segment *segment;  /* ascending, no overlap */
    int segments;                      /* 1 where the format has no addresses */
    const struct format_label *label;
    int labels;
};

struct format_input {
    const char *path;                  /* for messages */
    const char *text;
    size_t size;
    int unit_bits;
    struct diag *diag;
    struct stream *stream;             /* what was read */
};

struct format {
    const char *name, *extension, *help;
    bool bytes_only;
    bool has_addresses;                /* the file says where its units are */
    bool by_word;                      /* a file for each bank, unless asked */
    int max_unit_bits;
    uint64_t max_address;              /* the last unit's */
    void (*write)(struct sink *sink, const struct format_content *content);
    void (*write_header)(struct sink *, const struct format_content *);
    int (*read)(struct format_input *input);   /* -1 after an error */
};

extern const struct format formats[];  /* ends with a name of NULL */

const struct format *format_find(const char *name);

/* "mem, hex, bin, ...", into text[size]. */
void format_list(char *text, size_t size);

/*
 * Read a file's text. Without addresses in it, units start at 0. Memory stays
 * under `max_bytes` of units; every fault is reported at its line. 0, and the
 * stream sorted, without overlap, to be given to stream_release; or -1.
 */
int format_read(const struct format *format, const char *path,
                const char *text, size_t size, int unit_bits,
                size_t max_bytes, struct stream *stream, struct diag *diag);

#endif
