/*
 * bench_images.c - 64 MiB through the image formats, as ratios to
 * `objcopy -O verilog` on the same bytes.
 *
 * Times are CPU seconds of this process or of the child, so that a busy disk
 * does not count. Ratios above 1: faster than objcopy.
 *
 *   bench_images FOLDER [MIB]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "codegen/format.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"

static const size_t max_bytes = (size_t) 8 << 30;

static double cpu_seconds(int who)
{
    struct rusage u;

    getrusage(who, &u);
    return (double) (u.ru_utime.tv_sec + u.ru_stime.tv_sec)
           + 1e-6 * (double) (u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static double run_objcopy(const char *folder)
{
    char command[1000];
    const double began = cpu_seconds(RUSAGE_CHILDREN);

    snprintf(command, sizeof(command), "objcopy -I binary -O verilog "
             "%s/bytes.bin %s/objcopy.v", folder, folder);
    if (system(command))
        exit(1);
    return cpu_seconds(RUSAGE_CHILDREN) - began;
}

static double run_write(const struct format *f, const char *path,
                        const struct format_content *c, struct diag *d)
{
    static struct sink sink;
    struct file_writer w;
    struct digest sha;
    char hex[65];
    const double began = cpu_seconds(RUSAGE_SELF);

    if (digest_init(&sha) || file_writer_open(&w, path, d, PLACE_NONE))
        exit(1);
    sink_init(&sink, &w, NULL, &sha);
    f->write(&sink, c);
    sink_flush(&sink);
    digest_finish(&sha, hex);
    digest_release(&sha);
    if (file_writer_commit(&w, d, PLACE_NONE))
        exit(1);
    return cpu_seconds(RUSAGE_SELF) - began;
}

static double run_read(const struct format *f, const char *path,
                       const struct format_content *c, struct diag *d)
{
    const double began = cpu_seconds(RUSAGE_SELF);
    struct stream s;
    size_t size;
    char *text = file_read_all(path, max_bytes, &size, d, PLACE_NONE);

    if (!text || format_read(f, path, text, size, c->unit_bits, max_bytes, &s,
                             d)
        || s.used != c->segment->units * (size_t) (c->unit_bits / 8)
        || memcmp(s.data, c->segment->bytes, s.used)) {
        diag_print(d, stderr);
        fprintf(stderr, "%s: not read back\n", f->name);
        exit(1);
    }
    free(text);
    stream_release(&s);
    return cpu_seconds(RUSAGE_SELF) - began;
}

/* Every format that holds units of so many bits, a line each. */
static void bench_units(const char *folder, const uint8_t *data, size_t bytes,
                        int unit_bits, double reference, struct diag *d)
{
    const size_t units = bytes / (size_t) (unit_bits / 8);
    const struct format_segment segment = { 0, units, data };
    const struct format_content c = { .name = "bytes", .title = "bytes",
                                      .subtitle = "of bench_images",
                                      .unit_bits = unit_bits,
                                      .segment = &segment, .segments = 1 };
    char path[1000];

    printf("units of %d bits\n%-8s %8s %6s %8s %6s\n", unit_bits, "format",
           "write", "ratio", "read", "ratio");
    for (const struct format *f = formats; f->name; f++) {
        if (f->max_address < bytes - 1 || !strcmp(f->name, "hex")
            || unit_bits > f->max_unit_bits
            || (f->bytes_only && unit_bits != 8))
            continue;
        snprintf(path, sizeof(path), "%s/bytes.%s", folder, f->name);
        const double write = run_write(f, path, &c, d);
        const double read = run_read(f, path, &c, d);

        printf("%-8s %6.2f s %6.2f %6.2f s %6.2f\n", f->name, write,
               reference / write, read, reference / read);
        remove(path);
    }
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    const size_t bytes = (size_t) (argc > 2 ? atoi(argv[2]) : 64) << 20;
    uint8_t *data = malloc(bytes);
    char path[1000];
    struct rng rng;
    struct diag d;

    if (!data)
        return 1;
    rng_init(&rng, 1);
    for (size_t i = 0; i < bytes; i += 8) {
        const uint64_t v = rng_next(&rng);

        memcpy(data + i, &v, 8);
    }
    diag_init(&d);
    snprintf(path, sizeof(path), "%s/bytes.bin", folder);
    if (file_make_dirs(folder, &d, PLACE_NONE)
        || file_write_all(path, data, bytes, &d, PLACE_NONE))
        return 1;
    const double reference = run_objcopy(folder);

    printf("images, %zu MiB; objcopy -O verilog takes %.2f s of CPU\n",
           bytes >> 20, reference);
    bench_units(folder, data, bytes, 8, reference, &d);
    bench_units(folder, data, bytes, 128, reference, &d);
    diag_print(&d, stderr);
    free(data);
    return 0;
}
