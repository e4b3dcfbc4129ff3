/* format_bin.c - the bytes and nothing else. */
#include <string.h>

#include "codegen/format_all.h"
#include "codegen/scan.h"

void format_bin_write(struct sink *sink, const struct format_content *c)
{
    for (int i = 0; i < c->segments; i++)
        sink_write(sink, c->segment[i].bytes, (size_t) c->segment[i].units);
}

int format_bin_read(struct format_input *input)
{
    uint8_t *bytes = stream_add(input->stream, input->size);

    if (!bytes)
        return diag_error(input->diag, place_of_file(input->path), "more than "
                          "%zu bytes of data", input->stream->max_bytes);
    if (input->size > 0)
        memcpy(bytes, input->text, input->size);
    return 0;
}
