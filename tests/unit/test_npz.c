/*
 * test_npz.c - arrays and archives: what numpy writes is read, what is written
 * numpy reads, and damaged files are refused.
 */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* mkdtemp */
#endif

#include <CUnit/CUnit.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/base/npy.h"
#include "sim/base/npz.h"

void suite_npz(void);

enum { MIB = 1 << 20 };

static char folder[256];

static void make_folder(void)
{
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/test_npz.XXXXXX",
             parent != NULL ? parent : "/tmp");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
}

static const char *in_folder(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void remove_folder(void)
{
    char command[512];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    CU_ASSERT_EQUAL(system(command), 0);
}

/* Run a Python script with the folder as argv[1]. -1: no numpy here. */
static int run_numpy(const char *script)
{
    static const char *const pythons[] = {"python3", "/usr/bin/python3"};
    char command[4096];
    for (size_t i = 0; i < 2; i++) {
        snprintf(command, sizeof command,
                 "command -v %s >/dev/null 2>&1 && "
                 "%s -c 'import numpy' >/dev/null 2>&1",
                 pythons[i], pythons[i]);
        if (system(command) != 0)
            continue;
        snprintf(command, sizeof command, "%s -c \"%s\" '%s'", pythons[i],
                 script, folder);
        return system(command) == 0 ? 0 : 1;
    }
    return -1;
}

/* A version 1.0 file: this dictionary, then `bytes` of data. */
static size_t build_npy(unsigned char *out, const char *dict, const void *data,
                        size_t bytes)
{
    const size_t length = strlen(dict);
    memcpy(out, "\x93NUMPY\x01\x00", 8);
    out[8] = (unsigned char) (length & 0xff);
    out[9] = (unsigned char) (length >> 8);
    memcpy(out + 10, dict, length);
    if (bytes > 0)
        memcpy(out + 10 + length, data, bytes);
    return 10 + length + bytes;
}

static void test_npy__reads_each_type(void)
{
    static const struct {
        const char *descr;
        enum npy_type type;
        unsigned char data[8];
        double value;
    } cases[] = {
        {"<f4", NPY_F4, {0, 0, 0xc0, 0xbf}, -1.5},
        {"<f8", NPY_F8, {0, 0, 0, 0, 0, 0, 0xf8, 0xbf}, -1.5},
        {"|i1", NPY_I1, {0xff}, -1},
        {"<i1", NPY_I1, {0xff}, -1},
        {"|u1", NPY_U1, {0xff}, 255},
        {"<i2", NPY_I2, {0xfe, 0xff}, -2},
        {"<u2", NPY_U2, {0xfe, 0xff}, 65534},
        {"<i4", NPY_I4, {0xfd, 0xff, 0xff, 0xff}, -3},
        {"<u4", NPY_U4, {0xfd, 0xff, 0xff, 0xff}, 4294967293.0},
        {"<i8", NPY_I8, {0xfc, 255, 255, 255, 255, 255, 255, 255}, -4},
        {"<u8", NPY_U8, {0, 0, 0, 0, 0, 0, 0, 0x80}, 9223372036854775808.0},
        {"|b1", NPY_B1, {7}, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char bytes[256];
        char dict[128];
        struct npy_array a;
        struct diag d;
        diag_init(&d);
        snprintf(dict, sizeof dict,
                 "{'descr': '%s', 'fortran_order': False, 'shape': (), }\n",
                 cases[i].descr);
        const size_t length = build_npy(bytes, dict, cases[i].data,
                                        npy_type_bytes(cases[i].type));
        CU_ASSERT_EQUAL_FATAL(
            npy_parse("x", bytes, length, &a, &d, PLACE_NONE), 0);
        CU_ASSERT_EQUAL(a.type, cases[i].type);
        CU_ASSERT_EQUAL(a.rank, 0);
        CU_ASSERT_EQUAL(a.count, 1);
        CU_ASSERT_STRING_EQUAL(a.name, "x");
        CU_ASSERT_DOUBLE_EQUAL(npy_get_double(&a, 0), cases[i].value, 0);
        npy_release(&a);
        diag_release(&d);
    }
}

static void test_npy__puts_fortran_order_into_c_order(void)
{
    static const unsigned char data[] = {0, 3, 1, 4, 2, 5};
    unsigned char bytes[256];
    struct npy_array a;
    struct diag d;
    char shape[64];
    diag_init(&d);
    const size_t length = build_npy(
        bytes, "{'shape': (2, 3), 'fortran_order': True, 'descr': '|u1'}",
        data, 6);
    CU_ASSERT_EQUAL_FATAL(npy_parse("x", bytes, length, &a, &d, PLACE_NONE),
                          0);
    for (int i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(npy_get_int(&a, i), i);
    npy_format_shape(&a, shape, sizeof shape);
    CU_ASSERT_STRING_EQUAL(shape, "[2, 3]");
    npy_release(&a);
    diag_release(&d);
}

static void test_npy__reads_empty_arrays(void)
{
    unsigned char bytes[256];
    struct npy_array a;
    struct diag d;
    diag_init(&d);
    /* A size that would overflow, but for the zero. */
    const size_t length = build_npy(
        bytes,
        "{'descr': '<f8', 'fortran_order': False, "
        "'shape': (4611686018427387904, 4611686018427387904, 0), }",
        NULL, 0);
    CU_ASSERT_EQUAL_FATAL(npy_parse("x", bytes, length, &a, &d, PLACE_NONE),
                          0);
    CU_ASSERT_EQUAL(a.count, 0);
    CU_ASSERT_PTR_NOT_NULL(a.data);
    npy_release(&a);
    diag_release(&d);
}

static void expect_refused(const void *bytes, size_t length, const char *why)
{
    struct npy_array a;
    struct diag d;
    char expected[256];
    diag_init(&d);
    CU_ASSERT_EQUAL(npy_parse("x", bytes, length, &a, &d, PLACE_NONE), -1);
    snprintf(expected, sizeof expected, "cannot read array 'x': %s", why);
    CU_ASSERT_EQUAL_FATAL(d.count, 1);
    CU_ASSERT_STRING_EQUAL(d.messages[0].text, expected);
    CU_ASSERT_PTR_NULL(a.data);
    npy_release(&a);
    diag_release(&d);
}

#define DICT(descr, order, shape)                                             \
    "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }"

static void test_npy__refuses_bad_headers(void)
{
    static const struct {
        const char *dict, *why;
    } cases[] = {
        {"", "its header is malformed"},
        {"{", "its header is malformed"},
        {"{}", "its header is malformed"},
        {"{'descr': '<f4'}", "its header is malformed"},
        {"{'descr' '<f4'}", "its header is malformed"},
        {"{'descr: '<f4'}", "its header is malformed"},
        {"{'extra': 3}", "its header is malformed"},
        {"{'shape': (), 'shape': ()}", "its header is malformed"},
        {DICT("'<f4'", "Maybe", "()"), "its header is malformed"},
        {DICT("'<f4'", "False", "()") "x", "its header is malformed"},
        {DICT("'>f4'", "False", "()"), "it is big-endian"},
        {DICT("'|f4'", "False", "()"),
         "its type is not a number of 1 to 8 bytes or bool"},
        {DICT("'<c8'", "False", "()"),
         "its type is not a number of 1 to 8 bytes or bool"},
        {DICT("'|O'", "False", "()"),
         "its type is not a number of 1 to 8 bytes or bool"},
        {DICT("[('a', '<f4')]", "False", "()"),
         "its type is not a plain one"},
        {DICT("'<f4'", "False", "3"), "its shape is not a tuple"},
        {DICT("'<f4'", "False", "(-1,)"),
         "its shape has an entry that is no size"},
        {DICT("'<f4'", "False", "(3 4)"), "its shape is not closed"},
        {DICT("'<f4'", "False", "(99999999999999999999,)"),
         "its shape has an entry that is no size"},
        {DICT("'<f4'", "False", "(1048576, 1048576, 1048576, 1048576)"),
         "its shape has too many elements"},
        {DICT("'<f4'", "False", "(1, 1, 1, 1, 1, 1, 1, 1, 1)"),
         "it has more than 8 dimensions"},
        {DICT("'<f4'", "False", "(1099511627776,)"),
         "it ends before its data does"},
        {DICT("'<f4'", "False", "(2,)"), "it ends before its data does"},
        {DICT("'|u1'", "False", "(3,)"), "it goes on after its data"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char bytes[256];
        const size_t length = build_npy(bytes, cases[i].dict, "1234", 4);
        expect_refused(bytes, length, cases[i].why);
    }
    expect_refused("PK", 2, "it is not in numpy's format");
    expect_refused("\x93NUMPY\x04\x00  ", 10,
                   "its format version is not 1, 2 or 3");
    expect_refused("\x93NUMPY\x02\x00\xff\x00\x00", 11,
                   "it ends in its header");
    expect_refused("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12,
                   "its header is malformed");
}

static void test_npy__every_truncation_is_refused(void)
{
    unsigned char bytes[256];
    const size_t length =
        build_npy(bytes, DICT("'<i2'", "False", "(2, 2)"), "12345678", 8);
    for (size_t cut = 0; cut < length; cut++) {
        struct npy_array a;
        struct diag d;
        diag_init(&d);
        CU_ASSERT_EQUAL(npy_parse("x", bytes, cut, &a, &d, PLACE_NONE), -1);
        CU_ASSERT_EQUAL(diag_error_count(&d), 1);
        npy_release(&a);
        diag_release(&d);
    }
}

static int8_t small_data[] = {-1, 2, -3, 4, -5, 6};
static float real_data[] = {0.5f, -1.25f, 3e8f};
static int32_t scalar_data[] = {-123456};
static int16_t big_data[10000];

static char name_small[] = "conv1.weight";
static char name_real[] = "scale";
static char name_scalar[] = "scalar";
static char name_big[] = "big";
static char name_empty[] = "empty";

/* Arrays of all sorts for an archive. */
enum { SAMPLES = 5 };
static void make_samples(struct npy_array *a)
{
    for (int i = 0; i < 10000; i++)
        big_data[i] = (int16_t) (i % 7);
    a[0] = (struct npy_array) {name_small, NPY_I1, 2, {3, 2}, 6, small_data};
    a[1] = (struct npy_array) {name_real, NPY_F4, 1, {3}, 3, real_data};
    a[2] = (struct npy_array) {name_scalar, NPY_I4, 0, {0}, 1, scalar_data};
    a[3] = (struct npy_array) {
        name_big, NPY_I2, 3, {10, 10, 100}, 10000, big_data};
    a[4] = (struct npy_array) {name_empty, NPY_U1, 1, {0}, 0, NULL};
}

/* An archive of the samples, on the heap. */
static char *build_npz(size_t *length)
{
    struct npy_array arrays[SAMPLES];
    struct diag d;
    diag_init(&d);
    make_folder();
    make_samples(arrays);
    CU_ASSERT_EQUAL_FATAL(
        npz_write(in_folder("s.npz"), arrays, SAMPLES, &d, PLACE_NONE), 0);
    char *bytes =
        file_read_all(in_folder("s.npz"), MIB, length, &d, PLACE_NONE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    remove_folder();
    diag_release(&d);
    return bytes;
}

static void expect_equal(const struct npy_array *a, const struct npy_array *b)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(a);
    CU_ASSERT_EQUAL_FATAL(a->type, b->type);
    CU_ASSERT_EQUAL(a->rank, b->rank);
    for (int i = 0; i < a->rank; i++)
        CU_ASSERT_EQUAL(a->dim[i], b->dim[i]);
    CU_ASSERT_EQUAL_FATAL(a->count, b->count);
    const size_t bytes = (size_t) a->count * npy_type_bytes(a->type);
    if (bytes > 0)
        CU_ASSERT_EQUAL(memcmp(a->data, b->data, bytes), 0);
}

static void test_npz__reads_back_what_it_wrote(void)
{
    struct npy_array arrays[SAMPLES];
    struct npz z;
    struct diag d;
    size_t length;
    diag_init(&d);
    make_samples(arrays);
    char *bytes = build_npz(&length);
    CU_ASSERT(length < 2000); /* it is compressed */
    CU_ASSERT_EQUAL(
        npz_parse("s.npz", bytes, length, MIB, &z, &d, PLACE_NONE), 0);
    CU_ASSERT_EQUAL(z.count, SAMPLES);
    for (int i = 0; i < SAMPLES; i++)
        expect_equal(npz_find(&z, arrays[i].name), &arrays[i]);
    CU_ASSERT_PTR_NULL(npz_find(&z, "none"));
    npz_release(&z);
    free(bytes);
    diag_release(&d);
}

static void test_npz__equal_arrays_give_equal_files(void)
{
    size_t first_length, second_length;
    char *first = build_npz(&first_length);
    char *second = build_npz(&second_length);
    CU_ASSERT_EQUAL_FATAL(first_length, second_length);
    CU_ASSERT_EQUAL(memcmp(first, second, first_length), 0);
    free(first);
    free(second);
}

static void test_npz__refuses_names_it_cannot_write(void)
{
    static char slash[] = "a/b";
    struct npy_array arrays[SAMPLES];
    struct diag d;
    diag_init(&d);
    make_folder();
    make_samples(arrays);
    arrays[1].name = name_small;
    CU_ASSERT_EQUAL(
        npz_write(in_folder("n.npz"), arrays, SAMPLES, &d, PLACE_NONE), -1);
    arrays[1].name = slash;
    CU_ASSERT_EQUAL(
        npz_write(in_folder("n.npz"), arrays, SAMPLES, &d, PLACE_NONE), -1);
    CU_ASSERT_EQUAL(diag_error_count(&d), 2);
    CU_ASSERT_EQUAL(access(in_folder("n.npz"), F_OK), -1);
    diag_release(&d);
    remove_folder();
}

static void test_npz__every_truncation_is_refused(void)
{
    size_t length;
    char *bytes = build_npz(&length);
    for (size_t cut = 0; cut < length; cut++) {
        struct npz z;
        struct diag d;
        diag_init(&d);
        CU_ASSERT_EQUAL(npz_parse("s", bytes, cut, MIB, &z, &d, PLACE_NONE),
                        -1);
        CU_ASSERT_EQUAL(diag_error_count(&d), 1);
        npz_release(&z);
        diag_release(&d);
    }
    free(bytes);
}

/* Change one byte of the archive at a time: refused or harmless, no crash. */
static void test_npz__survives_any_changed_byte(void)
{
    size_t length;
    int refused = 0;
    char *bytes = build_npz(&length);
    for (size_t i = 0; i < length; i++) {
        struct npz z;
        struct diag d;
        diag_init(&d);
        bytes[i] = (char) ~bytes[i];
        refused += npz_parse("s", bytes, length, MIB, &z, &d, PLACE_NONE) != 0;
        bytes[i] = (char) ~bytes[i];
        npz_release(&z);
        diag_release(&d);
    }
    CU_ASSERT(refused > (int) length / 2);
    free(bytes);
}

/* The first message of an archive with the bytes at `at` replaced. */
static void expect_npz_refused(char *bytes, size_t length, size_t max_bytes,
                               const char *why)
{
    struct npz z;
    struct diag d;
    diag_init(&d);
    CU_ASSERT_EQUAL(
        npz_parse("s", bytes, length, max_bytes, &z, &d, PLACE_NONE), -1);
    CU_ASSERT_EQUAL_FATAL(d.count, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(d.messages[0].text, why));
    if (strstr(d.messages[0].text, why) == NULL)
        fprintf(stderr, "%s\n", d.messages[0].text);
    CU_ASSERT_PTR_NULL(z.arrays);
    npz_release(&z);
    diag_release(&d);
}

/* The first directory entry. */
static char *find_entry(char *bytes, size_t length)
{
    for (size_t i = 0; i + 4 < length; i++) {
        if (memcmp(bytes + i, "PK\x01\x02", 4) == 0)
            return bytes + i;
    }
    CU_FAIL_FATAL("no directory");
    return NULL;
}

static void test_npz__says_what_is_wrong(void)
{
    size_t length;
    char *bytes = build_npz(&length);
    char *entry = find_entry(bytes, length);
    char *end = bytes + length - 22;
    char kept[64];

    expect_npz_refused(bytes, length, 10000, "cannot read 'big' in 's': the arrays "
                       "are larger than 9.8 KiB");
    memcpy(kept, entry, 46);
    entry[16] ^= 1;
    expect_npz_refused(bytes, length, MIB, "its CRC does not match its data");
    memcpy(entry, kept, 46);
    entry[8] |= 1;
    expect_npz_refused(bytes, length, MIB, "it is encrypted");
    memcpy(entry, kept, 46);
    entry[10] = 12;
    expect_npz_refused(bytes, length, MIB, "its compression is neither");
    memcpy(entry, kept, 46);
    memcpy(entry + 24, "\0\0\x08\0", 4);
    expect_npz_refused(bytes, length, MIB,
                       "it declares more than its compressed data can hold");
    memcpy(entry, kept, 46);
    entry[24]++;
    expect_npz_refused(bytes, length, MIB, "its compressed data is damaged");
    memcpy(entry, kept, 46);
    memcpy(end + 10, "\xff\xfe", 2);
    expect_npz_refused(bytes, length, MIB, "it has more than 4096 members");
    end[4] = 1;
    expect_npz_refused(bytes, length, MIB, "it is one part of a split");
    expect_npz_refused(bytes, length - 1, MIB, "it is cut short");
    bytes[0] = 0;
    expect_npz_refused(bytes, length - 1, MIB, "it is not a zip archive");
    free(bytes);
}

static void test_npz__a_member_may_not_be_there_twice(void)
{
    size_t length;
    char *bytes = build_npz(&length);
    char *entry = find_entry(bytes, length);
    char *second = entry + 46 + strlen("conv1.weight.npy");
    /* "scale.npy" and "empty.npy" are of one length. */
    CU_ASSERT_EQUAL(memcmp(second + 46, "scale.npy", 9), 0);
    char *last = bytes + length - 22 - 9;
    CU_ASSERT_EQUAL(memcmp(last, "empty.npy", 9), 0);
    memcpy(last, "scale.npy", 9);
    expect_npz_refused(bytes, length, MIB, "'scale' in 's': it is there twice");
    free(bytes);
}

static size_t put(unsigned char *out, size_t at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        out[at + (size_t) i] = (unsigned char) (i < 8 ? value >> 8 * i : 0);
    return at + (size_t) bytes;
}

/*
 * One stored member "a" with all of zip64's records, as numpy writes it for
 * large arrays. Returns the length; *extra_at is where the extra field is.
 */
static size_t build_zip64(unsigned char *out, size_t *extra_at)
{
    unsigned char npy[128];
    const size_t bytes = build_npy(npy, DICT("'|u1'", "False", "(3,)"),
                                   "\1\2\3", 3);
    size_t at = put(out, 0, 0x04034b50, 4);
    at = put(out, at, 45, 2);
    at = put(out, at, 0, 20); /* the directory has these */
    at = put(out, at, 5, 2);
    at = put(out, at, 0, 2);
    memcpy(out + at, "a.npy", 5);
    memcpy(out + at + 5, npy, bytes);
    at += 5 + bytes;

    const size_t directory = at;
    at = put(out, at, 0x02014b50, 4);
    at = put(out, at, 0, 12);
    at = put(out, at, digest_crc32(0, npy, bytes), 4);
    at = put(out, at, UINT64_MAX, 8); /* both sizes */
    at = put(out, at, 5, 2);
    at = put(out, at, 4 + 4 + 24, 2);
    at = put(out, at, 0, 10);
    at = put(out, at, UINT32_MAX, 4);
    memcpy(out + at, "a.npy", 5);
    at = put(out, at + 5, 0x7777, 4); /* another field, empty */
    *extra_at = at;
    at = put(out, at, 1, 2);
    at = put(out, at, 24, 2);
    at = put(out, at, bytes, 8);
    at = put(out, at, bytes, 8);
    at = put(out, at, 0, 8);

    const size_t end64 = at;
    at = put(out, at, 0x06064b50, 4);
    at = put(out, at, 44, 8);
    at = put(out, at, 0, 12);
    at = put(out, at, 1, 8);
    at = put(out, at, 1, 8);
    at = put(out, at, end64 - directory, 8);
    at = put(out, at, directory, 8);
    at = put(out, at, 0x07064b50, 8);
    at = put(out, at, end64, 8);
    at = put(out, at, 1, 4);
    at = put(out, at, 0x06054b50, 8);
    at = put(out, at, UINT64_MAX, 8);
    at = put(out, at, UINT32_MAX, 4);
    return put(out, at, 0, 2);
}

static void test_npz__reads_zip64(void)
{
    unsigned char bytes[1024];
    size_t extra_at;
    struct npz z;
    struct diag d;
    diag_init(&d);
    const size_t length = build_zip64(bytes, &extra_at);
    CU_ASSERT_EQUAL_FATAL(
        npz_parse("s", bytes, length, MIB, &z, &d, PLACE_NONE), 0);
    CU_ASSERT_EQUAL_FATAL(z.count, 1);
    CU_ASSERT_EQUAL(z.arrays[0].count, 3);
    CU_ASSERT_EQUAL(npy_get_int(&z.arrays[0], 2), 3);
    npz_release(&z);
    diag_release(&d);

    put(bytes, extra_at + 4, UINT64_C(1) << 40, 8);
    expect_npz_refused((char *) bytes, length, MIB,
                       "the arrays are larger than 1.0 MiB");
    expect_npz_refused((char *) bytes, length, SIZE_MAX,
                       "it is larger than 4 GiB");
    put(bytes, extra_at + 12, UINT64_MAX, 8);
    expect_npz_refused((char *) bytes, length, MIB, "it is cut short");
    put(bytes, extra_at + 2, 16, 2);
    expect_npz_refused((char *) bytes, length, MIB,
                       "its zip directory is malformed");
}

static void expect_write_refused(const struct npy_array *arrays, size_t count,
                                 const char *message)
{
    struct diag d;

    diag_init(&d);
    CU_ASSERT_EQUAL(npz_write("no/such.npz", arrays, count, &d, PLACE_NONE),
                    -1);
    CU_ASSERT_EQUAL_FATAL(d.count, 1);
    CU_ASSERT_STRING_EQUAL(d.messages[0].text, message);
    diag_release(&d);
}

/* Before the file is opened. */
static void test_npz__refuses_to_write_what_it_cannot_read(void)
{
    struct npy_array arrays[SAMPLES];
    struct npy_array *many = calloc(NPZ_MAX_MEMBERS + 1, sizeof(*many));
    char slash[] = "a/b";

    make_samples(arrays);
    expect_write_refused(many, NPZ_MAX_MEMBERS + 1, "cannot write "
                         "'no/such.npz': more than 4096 arrays");
    arrays[1].name = arrays[0].name;
    expect_write_refused(arrays, 2, "cannot write 'no/such.npz': the array "
                         "name 'conv1.weight' is used twice, empty, too long "
                         "or has a '/'");
    arrays[1].name = slash;
    expect_write_refused(arrays, 2, "cannot write 'no/such.npz': the array "
                         "name 'a/b' is used twice, empty, too long or has a "
                         "'/'");
    free(many);
}

static void test_npz__numpy_reads_what_it_wrote(void)
{
    struct npy_array arrays[SAMPLES];
    struct diag d;
    diag_init(&d);
    make_folder();
    make_samples(arrays);
    npz_write(in_folder("s.npz"), arrays, SAMPLES, &d, PLACE_NONE);
    npy_write(in_folder("a.npy"), &arrays[0], &d, PLACE_NONE);
    npy_write(in_folder("b.npy"), &arrays[2], &d, PLACE_NONE);
    npy_write(in_folder("c.npy"), &arrays[1], &d, PLACE_NONE);
    CU_ASSERT_EQUAL(diag_error_count(&d), 0);
    const int status = run_numpy(
        "import sys, zipfile, numpy as np\n"
        "z = np.load(sys.argv[1] + '/s.npz')\n"
        "assert zipfile.ZipFile(sys.argv[1] + '/s.npz').testzip() is None\n"
        "assert z.files == ['conv1.weight', 'scale', 'scalar', 'big',"
        " 'empty']\n"
        "w = z['conv1.weight']\n"
        "assert w.dtype == np.int8 and w.tolist() == [[-1,2],[-3,4],[-5,6]]\n"
        "assert z['scale'].dtype == np.float32\n"
        "assert z['scale'].tolist() == [0.5, -1.25, 3e8]\n"
        "assert z['scalar'].shape == () and z['scalar'] == -123456\n"
        "assert z['big'].shape == (10, 10, 100)\n"
        "assert (z['big'].ravel() == np.arange(10000) % 7).all()\n"
        "assert z['empty'].shape == (0,) and z['empty'].dtype == np.uint8\n"
        "a = np.load(sys.argv[1] + '/a.npy')\n"
        "assert (a == w).all() and a.dtype == np.int8\n"
        "assert np.load(sys.argv[1] + '/b.npy') == -123456\n"
        "assert np.load(sys.argv[1] + '/c.npy').shape == (3,)\n");
    CU_ASSERT(status <= 0);
    remove_folder();
    diag_release(&d);
}

static void test_npz__reads_what_numpy_wrote(void)
{
    struct diag d;
    diag_init(&d);
    make_folder();
    const int status = run_numpy(
        "import sys, numpy as np\n"
        "x = np.arange(24, dtype='i2').reshape(2, 3, 4)\n"
        "a = dict(c=x, f=np.asfortranarray(x), t=x.transpose(2, 0, 1),\n"
        "         b=np.array([True, False]), s=np.float64(2.5),\n"
        "         e=np.zeros((0, 3), 'f4'), u=np.array([2**64-1], 'u8'))\n"
        "np.savez(sys.argv[1] + '/stored.npz', **a)\n"
        "np.savez_compressed(sys.argv[1] + '/deflated.npz', **a)\n"
        "np.save(sys.argv[1] + '/x.npy', np.asfortranarray(x))\n");
    static const char *const files[] = {"stored.npz", "deflated.npz"};
    for (size_t i = 0; i < 2 && status == 0; i++) {
        struct npz z;
        CU_ASSERT_EQUAL_FATAL(
            npz_read(in_folder(files[i]), MIB, &z, &d, PLACE_NONE), 0);
        CU_ASSERT_EQUAL_FATAL(z.count, 7);
        const struct npy_array *c = npz_find(&z, "c");
        const struct npy_array *f = npz_find(&z, "f");
        const struct npy_array *t = npz_find(&z, "t");
        expect_equal(f, c);
        for (int n = 0; n < 24; n++) {
            CU_ASSERT_EQUAL(npy_get_int(c, n), n);
            /* t[k][i][j] = x[i][j][k] */
            const int k = n / 6, row = n / 3 % 2, j = n % 3;
            CU_ASSERT_EQUAL(npy_get_int(t, n), row * 12 + j * 4 + k);
        }
        CU_ASSERT_EQUAL(npy_get_int(npz_find(&z, "b"), 0), 1);
        CU_ASSERT_EQUAL(npy_get_int(npz_find(&z, "b"), 1), 0);
        CU_ASSERT_DOUBLE_EQUAL(npy_get_double(npz_find(&z, "s"), 0), 2.5, 0);
        CU_ASSERT_EQUAL(npz_find(&z, "e")->count, 0);
        CU_ASSERT_EQUAL(npy_get_int(npz_find(&z, "u"), 0), INT64_MAX);
        npz_release(&z);
    }
    if (status == 0) {
        struct npy_array a;
        CU_ASSERT_EQUAL_FATAL(
            npy_read(in_folder("x.npy"), MIB, &a, &d, PLACE_NONE), 0);
        for (int n = 0; n < 24; n++)
            CU_ASSERT_EQUAL(npy_get_int(&a, n), n);
        npy_release(&a);
    }
    CU_ASSERT(status <= 0);
    CU_ASSERT_EQUAL(diag_error_count(&d), 0);
    remove_folder();
    diag_release(&d);
}

void suite_npz(void)
{
    CU_pSuite s = CU_add_suite("npz", NULL, NULL);
    CU_ADD_TEST(s, test_npy__reads_each_type);
    CU_ADD_TEST(s, test_npy__puts_fortran_order_into_c_order);
    CU_ADD_TEST(s, test_npy__reads_empty_arrays);
    CU_ADD_TEST(s, test_npy__refuses_bad_headers);
    CU_ADD_TEST(s, test_npy__every_truncation_is_refused);
    CU_ADD_TEST(s, test_npz__reads_back_what_it_wrote);
    CU_ADD_TEST(s, test_npz__equal_arrays_give_equal_files);
    CU_ADD_TEST(s, test_npz__refuses_names_it_cannot_write);
    CU_ADD_TEST(s, test_npz__every_truncation_is_refused);
    CU_ADD_TEST(s, test_npz__survives_any_changed_byte);
    CU_ADD_TEST(s, test_npz__says_what_is_wrong);
    CU_ADD_TEST(s, test_npz__a_member_may_not_be_there_twice);
    CU_ADD_TEST(s, test_npz__reads_zip64);
    CU_ADD_TEST(s, test_npz__refuses_to_write_what_it_cannot_read);
    CU_ADD_TEST(s, test_npz__numpy_reads_what_it_wrote);
    CU_ADD_TEST(s, test_npz__reads_what_numpy_wrote);
}
