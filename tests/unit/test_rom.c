/*
 * test_rom.c - images: written, read back, and every damage noticed.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/package.h"
#include "codegen/rom.h"
#include "codegen/rom_read.h"
#include "fixture.h"
#include "sim/base/file.h"
#include "sim/base/path.h"

void suite_rom(void);

static const char *const plain[] = { NULL };

static int verify(struct fixture *f, struct rom_verdict *v)
{
    struct diag quiet;
    int result;

    diag_init(&quiet);
    result = rom_verify(&f->program, fixture_folder(), v, &quiet);
    diag_release(&quiet);
    return result;
}

static void round_trip(const char *const *sets)
{
    struct rom_stats stats;
    struct rom_verdict v;
    struct fixture f;

    CU_ASSERT_FATAL(fixture_open(&f, sets) == 0);
    CU_ASSERT(rom_write(&f.program, fixture_folder(), &stats, &f.diag) == 0);
    CU_ASSERT(verify(&f, &v) == 0);
    CU_ASSERT(v.weights == 8 * 9 + 16 * 72 + 10 * 256);
    CU_ASSERT(v.biases == 34 && v.scales == 34 && v.differences == 0);
    fixture_close(&f);
}

static void test_rom__images_read_back_equal(void)
{
    static const char *const cases[][8] = {
        { NULL },
        { "weight.bits=1", NULL },
        { "weight.bits=5", "array.lanes=3", NULL },
        { "weight.bits=3", "array.cols=5", "array.rows=2", NULL },
        { "weight.bits=16", "array.lanes=16", "accumulator.bits=48", NULL },
        { "weight.zero_point=true", "quantization.weights.scheme=asymmetric",
          NULL },
        { "requantize.preset=int16x8", NULL },
        { "array.cols=128", "array.dataflow=output_stationary", NULL },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        round_trip(cases[i]);
}

/* Replace the first `from` after `skip` bytes of a file by `to`. */
static void edit(const char *name, size_t skip, const char *from,
                 const char *to)
{
    struct diag d;
    struct arena a;
    size_t length;

    diag_init(&d);
    arena_init(&a, 0);
    char *path = path_join(&a, fixture_folder(), name);
    char *text = file_read_all(path, 1 << 24, &length, &d, PLACE_NONE);

    CU_ASSERT_FATAL(text != NULL && length > skip);
    char *at = strstr(text + skip, from);

    CU_ASSERT_FATAL(at != NULL);
    memcpy(at, to, strlen(to));
    file_write_all(path, text, length, &d, PLACE_NONE);
    free(text);
    arena_release(&a);
    diag_release(&d);
}

static void cut(const char *name, size_t bytes)
{
    struct diag d;
    struct arena a;
    size_t length;

    diag_init(&d);
    arena_init(&a, 0);
    char *path = path_join(&a, fixture_folder(), name);
    char *text = file_read_all(path, 1 << 24, &length, &d, PLACE_NONE);

    file_write_all(path, text, bytes < length ? bytes : length, &d, PLACE_NONE);
    free(text);
    arena_release(&a);
    diag_release(&d);
}

static void test_rom__damage_is_noticed(void)
{
    static const struct { const char *file, *from, *to; } damage[] = {
        { "weight_003.mem", "\n0", "\n7" },
        { "bias_000.mem", "\n", "g" },
        { "scale_007.mem", "\n0", "\n/" },
        { "manifest.json", "\"crc32\": \"", "\"crc32\": \"z" },
        { "manifest.json", "\"sha256\": \"", "\"sha256\": \"z" },
        { "manifest.json", "\"version\": 2", "\"version\": 7" },
        { "manifest.json", "napier-rom", "napier-ram" },
        { "manifest.json", "\"base\": 0", "\"base\": 1" },
        { "manifest.json", "\"name\": \"conv1.bias\"",
          "\"name\": \"conv9.bias\"" },
        { "manifest.json", "\"cols\": 8", "\"cols\": 7" },
        { "manifest.json", "{", "[" },
        { "manifest.json", "weight_001.mem", "weight_002.mem" },
    };
    struct rom_stats stats;
    struct rom_verdict v;
    struct fixture f;

    CU_ASSERT_FATAL(fixture_open(&f, plain) == 0);
    for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
        const size_t skip = strstr(damage[i].file, ".mem") ? 90 : 0;

        rom_write(&f.program, fixture_folder(), &stats, &f.diag);
        CU_ASSERT(verify(&f, &v) == 0);
        edit(damage[i].file, skip, damage[i].from, damage[i].to);
        CU_ASSERT(verify(&f, &v) != 0);
    }
    rom_write(&f.program, fixture_folder(), &stats, &f.diag);
    cut("weight_000.mem", 200);
    CU_ASSERT(verify(&f, &v) != 0);
    rom_write(&f.program, fixture_folder(), &stats, &f.diag);
    cut("manifest.json", 500);
    CU_ASSERT(verify(&f, &v) != 0);
    fixture_close(&f);
}

/* Consistent images of another quantization: each value is named. */
static void test_rom__images_of_another_network_differ(void)
{
    static const char *const other[] = { "quantization.weights.bits=7", NULL };
    struct rom_stats stats;
    struct rom_verdict v;
    struct fixture f, g;

    CU_ASSERT_FATAL(fixture_open(&f, plain) == 0);
    CU_ASSERT_FATAL(fixture_open(&g, other) == 0);
    rom_write(&f.program, fixture_folder(), &stats, &f.diag);
    CU_ASSERT(verify(&g, &v) != 0);
    CU_ASSERT(v.differences > 1000);
    fixture_close(&f);
    fixture_close(&g);
}

static void test_package__names_every_parameter(void)
{
    static const char *const sets[] = { "array.rows=3", "array.cols=5",
                                        "accumulator.bits=21", NULL };
    struct strbuf text;
    struct fixture f;

    CU_ASSERT_FATAL(fixture_open(&f, sets) == 0);
    strbuf_init(&text);
    package_format(&f.hw, 0, &text);
    CU_ASSERT(strstr(text.text, "Rows            = 3;") != NULL);
    CU_ASSERT(strstr(text.text, "Cols            = 5;") != NULL);
    CU_ASSERT(strstr(text.text, "AccWidth        = 21;") != NULL);
    CU_ASSERT(strstr(text.text, "endpackage") != NULL);
    strbuf_release(&text);
    fixture_close(&f);
}

static void test_rom__a_file_of_bytes_keeps_to_its_bound(void)
{
    const struct format *bin = format_find("bin");
    struct stream stream;
    struct diag d;

    diag_init(&d);
    CU_ASSERT_EQUAL(format_read(bin, "x.bin", "abcd", 4, 8, 2, &stream, &d),
                    -1);
    CU_ASSERT_EQUAL_FATAL(d.count, 1);
    CU_ASSERT_STRING_EQUAL(d.messages[0].text, "more than 2 bytes of data");
    diag_release(&d);
}

void suite_rom(void)
{
    CU_pSuite s = CU_add_suite("rom", NULL, NULL);

    CU_ADD_TEST(s, test_rom__images_read_back_equal);
    CU_ADD_TEST(s, test_rom__damage_is_noticed);
    CU_ADD_TEST(s, test_rom__images_of_another_network_differ);
    CU_ADD_TEST(s, test_rom__a_file_of_bytes_keeps_to_its_bound);
    CU_ADD_TEST(s, test_package__names_every_parameter);
}
