#include "codegen/firmware.h"

#include <stdlib.h>

#include "codegen/regs.h"
#include "sim/base/file.h"
#include "sim/base/path.h"

enum { SOURCE_MAX_BYTES = 1 << 20 };

/* Copied as they are shipped. */
static const char *const shipped[] = {
    "npu_driver.h", "npu_driver.c", "npu_mmio.h", "npu_mmio.c", "npu_image.h",
    "npu_kat.h", "npu_kat.c", "Makefile"
};

struct pack {
    const struct firmware *f;
    const char *folder;
    struct firmware_stats *stats;
    struct diag *diag;
    struct arena arena;
};

static int no_memory(struct pack *k)
{
    return diag_error(k->diag, place_of_file(k->folder), "out of memory");
}

static int write_file(struct pack *k, const char *name, const void *bytes,
                      size_t length)
{
    const char *path = path_join(&k->arena, k->folder, name);

    if (!path)
        return no_memory(k);
    k->stats->files++;
    return file_write_all(path, bytes, length, k->diag, place_of_file(path));
}

static int write_text(struct pack *k, const char *name, struct strbuf *text)
{
    const int result = text->failed
        ? no_memory(k) : write_file(k, name, text->text, text->length);

    strbuf_clear(text);
    return result;
}

static int copy_shipped(struct pack *k, const char *name)
{
    const char *from = path_join(&k->arena, k->f->sources, name);
    size_t length;
    char *text = from ? file_read_all(from, SOURCE_MAX_BYTES, &length, k->diag,
                                      place_of_file(from)) : NULL;
    const int result = text ? write_file(k, name, text, length)
                            : from ? -1 : no_memory(k);

    free(text);
    return result;
}

static void print_image(const struct strbuf *image, struct strbuf *text)
{
    static const char digits[] = "0123456789abcdef";

    strbuf_add(text, "/* npu_image.c - the bytes of npu_image.bin. Written by "
               "'napier rom --firmware'. */\n#include \"npu_image.h\"\n\n"
               "const uint8_t npu_image[] = {");
    for (size_t i = 0; i < image->length; i++) {
        const uint8_t byte = (uint8_t) image->text[i];
        const char hex[] = { '0', 'x', digits[byte >> 4], digits[byte & 15],
                             ',' };

        strbuf_add(text, i % 12 ? " " : "\n    ");
        strbuf_add_bytes(text, hex, sizeof(hex));
    }
    strbuf_printf(text, "\n};\n\nconst uint32_t npu_image_bytes = %zuu;\n",
                  image->length);
}

static int write_image(struct pack *k, const struct strbuf *image)
{
    struct strbuf text;
    int result;

    strbuf_init(&text);
    print_image(image, &text);
    result = write_text(k, "npu_image.c", &text);
    strbuf_release(&text);
    return result || write_file(k, "npu_image.bin", image->text,
                                image->length) ? -1 : 0;
}

static int write_network(struct pack *k, const struct firmware_section *s,
                         int count, size_t image_bytes)
{
    struct strbuf text;
    int result = -1;

    strbuf_init(&text);
    regs_print(REGS_C, &text);
    if (write_text(k, "npu_regs.h", &text))
        goto done;
    firmware_print_header(k->f, &text);
    if (write_text(k, "network.h", &text))
        goto done;
    firmware_print_network(k->f, s, count, &text);
    if (write_text(k, "npu_network.c", &text))
        goto done;
    if (firmware_print_kat(k->f, &text)) {
        no_memory(k);
        goto done;
    }
    if (write_text(k, "npu_kat_data.c", &text))
        goto done;
    firmware_print_readme(k->f, image_bytes, &text);
    result = write_text(k, "README.md", &text);

done:
    strbuf_release(&text);
    return result;
}

static int write_all(struct pack *k)
{
    struct firmware_section *s = NULL;
    struct strbuf image;
    int count = 0, result = -1;

    strbuf_init(&image);
    if (file_make_dirs(k->folder, k->diag, place_of_file(k->folder)))
        goto done;
    for (size_t i = 0; i < sizeof(shipped) / sizeof(*shipped); i++)
        if (copy_shipped(k, shipped[i]))
            goto done;
    s = firmware_image(k->f->program, &image, &count);
    if (!s)
        no_memory(k);
    else if (!write_image(k, &image))
        result = write_network(k, s, count, image.length);
    k->stats->sections = count;
    k->stats->image_bytes = image.length;

done:
    free(s);
    strbuf_release(&image);
    return result;
}

int firmware_write(const struct firmware *firmware, const char *folder,
                   struct firmware_stats *stats, struct diag *diag)
{
    struct pack k = { .f = firmware, .folder = folder, .stats = stats,
                      .diag = diag };

    *stats = (struct firmware_stats) { 0, 0, 0 };
    arena_init(&k.arena, 0);
    const int result = write_all(&k);

    arena_release(&k.arena);
    return result;
}
