/* test_base.c - sim/base but for arrays (test_npz.c). */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* mkdtemp */
#endif

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/arena.h"
#include "sim/base/diag.h"
#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/base/interrupt.h"
#include "sim/base/json_place.h"
#include "sim/base/parallel.h"
#include "sim/base/path.h"
#include "sim/base/progress.h"
#include "sim/base/rng.h"
#include "sim/base/strbuf.h"
#include "sim/base/text.h"

void suite_base(void);

/* What diag_print would print, into text[]; cut when it does not fit. */
enum { TEXT_BYTES = 64 << 10 };
static char text[TEXT_BYTES];

static void print_to_text(const struct diag *d)
{
    memset(text, 0, sizeof text);
    FILE *out = fmemopen(text, sizeof text, "w");
    diag_print(d, out);
    fclose(out);
}

static void expect_printed(const struct diag *d, const char *expected)
{
    print_to_text(d);
    CU_ASSERT_STRING_EQUAL(text, expected);
    if (strcmp(text, expected) != 0)
        fprintf(stderr, "printed:\n%s\nexpected:\n%s\n", text, expected);
}

/* One error at a place of a one-line text. */
static void expect_excerpt(const char *line, int column, int length,
                           const char *expected)
{
    struct diag d;
    diag_init(&d);
    diag_add_source(&d, "f", line, strlen(line));
    diag_error(&d, (struct place) {"f", 1, column, length}, "x");
    expect_printed(&d, expected);
    diag_release(&d);
}

static void test_diag__prints_the_line_and_a_caret(void)
{
    static const char yaml[] = "name: kws\nactivation:\n    bits: 99\n";
    struct diag d;
    diag_init(&d);
    diag_add_source(&d, "kws.yaml", yaml, strlen(yaml));
    CU_ASSERT_EQUAL(diag_error(&d, (struct place) {"kws.yaml", 3, 11, 2},
                               "'%s' is %d, must be 2 to 16",
                               "activation.bits", 99),
                    -1);
    diag_note(&d, (struct place) {"kws.yaml", 1, 1, 4}, "read from here");
    diag_warn(&d, place_of_file("net.npz"), "no data");
    diag_error(&d, PLACE_NONE, "no place");
    expect_printed(
        &d, "kws.yaml:3:11: error: 'activation.bits' is 99, must be 2 to 16\n"
            "    3 |     bits: 99\n"
            "      |           ^~\n"
            "kws.yaml:1:1: note: read from here\n"
            "    1 | name: kws\n"
            "      | ^~~~\n"
            "net.npz: warning: no data\n"
            "error: no place\n");
    CU_ASSERT_EQUAL(diag_error_count(&d), 2);
    CU_ASSERT_EQUAL(d.warnings, 1);
    diag_release(&d);
}

static void test_diag__aligns_tabs_and_utf8(void)
{
    expect_excerpt("\ta: bad", 5, 3,
                   "f:1:5: error: x\n"
                   "    1 |         a: bad\n"
                   "      |            ^~~\n");
    expect_excerpt("\xc3\xa4\xe6\xbc\xa2: 9", 5, 1,
                   "f:1:5: error: x\n"
                   "    1 | \xc3\xa4\xe6\xbc\xa2: 9\n"
                   "      |      ^\n");
}

static void test_diag__shows_control_characters_as_escapes(void)
{
    struct diag d;
    expect_excerpt("a\x1b[2J\xff z", 1, 2,
                   "f:1:1: error: x\n"
                   "    1 | a\\x1b[2J\\xff z\n"
                   "      | ^~~~~\n");
    diag_init(&d);
    diag_error(&d, place_of_file("\x1b.yaml"), "'%s'", "a\nb\x1b[0m");
    expect_printed(&d, "\\x1b.yaml: error: 'a\\nb\\x1b[0m'\n");
    diag_release(&d);
}

static void test_diag__cuts_long_lines_around_the_caret(void)
{
    char line[1001];
    struct diag d;
    memset(line, 'a', 1000);
    line[1000] = '\0';
    line[499] = 'X';
    diag_init(&d);
    diag_add_source(&d, "f", line, 1000);
    diag_error(&d, (struct place) {"f", 1, 500, 700}, "x");
    print_to_text(&d);
    char *source = strchr(text, '\n') + 1;
    char *caret = strchr(source, '\n') + 1;
    CU_ASSERT_EQUAL(strcspn(source, "\n"), 8 + 110 + 3);
    CU_ASSERT_EQUAL(strncmp(source + 8, "...a", 4), 0);
    CU_ASSERT_EQUAL(strcspn(source, "X"), strcspn(caret, "^"));
    CU_ASSERT_EQUAL(strcspn(caret, "\n"), 8 + 110);
    diag_release(&d);
}

static void test_diag__survives_places_outside_the_text(void)
{
    expect_excerpt("abc", 4, 1,
                   "f:1:4: error: x\n"
                   "    1 | abc\n"
                   "      |    ^\n");
    expect_excerpt("abc", 99, 5,
                   "f:1:99: error: x\n"
                   "    1 | abc\n"
                   "      |    ^\n");
    expect_excerpt("abc", 2, INT_MAX,
                   "f:1:2: error: x\n"
                   "    1 | abc\n"
                   "      |  ^~\n");
    expect_excerpt("", 1, 0, "f:1:1: error: x\n    1 | \n      | ^\n");
}

static void test_diag__counts_lines_as_libyaml_does(void)
{
    static const char yaml[] = "1\r\n2\r3\n\xe2\x80\xa8" "5\xc2\x85" "6";
    struct diag d;
    diag_init(&d);
    diag_add_source(&d, "f", yaml, strlen(yaml));
    for (int line = 1; line <= 7; line++)
        diag_warn(&d, (struct place) {"f", line, 1, 1}, "x");
    expect_printed(&d, "f:1:1: warning: x\n    1 | 1\n      | ^\n"
                       "f:2:1: warning: x\n    2 | 2\n      | ^\n"
                       "f:3:1: warning: x\n    3 | 3\n      | ^\n"
                       "f:4:1: warning: x\n    4 | \n      | ^\n"
                       "f:5:1: warning: x\n    5 | 5\n      | ^\n"
                       "f:6:1: warning: x\n    6 | 6\n      | ^\n"
                       "f:7:1: warning: x\n");
    diag_release(&d);
}

static void test_diag__cuts_long_messages(void)
{
    static char word[5000];
    struct diag d;
    memset(word, 'x', sizeof word - 1);
    diag_init(&d);
    diag_error(&d, PLACE_NONE, "\t%s", word);
    CU_ASSERT_EQUAL(strncmp(d.messages[0].text, "\\tx", 3), 0);
    CU_ASSERT(strlen(d.messages[0].text) < 1100);
    diag_release(&d);
}

static void test_diag__keeps_a_hundred_errors(void)
{
    struct diag d;
    diag_init(&d);
    for (int i = 0; i < 103; i++) {
        diag_error(&d, PLACE_NONE, "number %d", i);
        diag_note(&d, PLACE_NONE, "note %d", i);
    }
    print_to_text(&d);
    CU_ASSERT_EQUAL(diag_error_count(&d), 103);
    CU_ASSERT_EQUAL(d.count, 200);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "note: 3 more not shown\n"));
    CU_ASSERT_PTR_NULL(strstr(text, "number 100"));
    diag_release(&d);
}

static void test_diag__owns_what_it_shows(void)
{
    char file[] = "a.yaml";
    char line[] = "one";
    struct diag d;
    diag_init(&d);
    diag_add_source(&d, file, line, 3);
    diag_error(&d, (struct place) {file, 1, 1, 3}, "x");
    memset(file, 'z', 6);
    memset(line, 'z', 3);
    expect_printed(&d, "a.yaml:1:1: error: x\n"
                       "    1 | one\n"
                       "      | ^~~\n");
    diag_release(&d);
}

static void test_arena__memory_is_zero_aligned_and_apart(void)
{
    struct arena a;
    arena_init(&a, 0);
    unsigned char *before = NULL;
    for (size_t bytes = 0; bytes < 20000; bytes += 37) {
        unsigned char *p = arena_alloc(&a, bytes);
        CU_ASSERT_PTR_NOT_NULL_FATAL(p);
        CU_ASSERT(p != before);
        CU_ASSERT_EQUAL((uintptr_t) p % (bytes >= 4096 ? 64 : 16), 0);
        for (size_t i = 0; i < bytes; i++) {
            if (p[i] != 0)
                CU_FAIL("not zero");
            p[i] = 0xff;
        }
        before = p;
    }
    CU_ASSERT_STRING_EQUAL(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
    CU_ASSERT_STRING_EQUAL(arena_strndup(&a, "abcdef", 3), "abc");
    CU_ASSERT_STRING_EQUAL(arena_strdup(&a, ""), "");
    arena_release(&a);
}

static void test_arena__returns_null_past_its_limit(void)
{
    struct arena a;
    arena_init(&a, 64 << 10);
    CU_ASSERT_PTR_NULL(arena_alloc(&a, 64 << 10));
    CU_ASSERT_PTR_NULL(arena_alloc(&a, SIZE_MAX));
    CU_ASSERT_PTR_NULL(arena_alloc_array(&a, SIZE_MAX / 2, 3));
    CU_ASSERT_PTR_NOT_NULL(arena_alloc(&a, 1000));
    int served = 0;
    while (arena_alloc(&a, 1000) != NULL)
        served++;
    CU_ASSERT(20 < served && served < 64);
    arena_release(&a);
}

static void test_text__a_word_of_the_shell_means_itself(void)
{
    static const struct { const char *word, *want; } cases[] = {
        { "conv1:2", "conv1:2" },
        { "array.rows=8", "array.rows=8" },
        { "", "''" },
        { "a b", "'a b'" },
        { "kernel=[3,3]", "'kernel=[3,3]'" },
        { "it's", "'it'\\''s'" },
        { "$HOME", "'$HOME'" },
        { "~/x", "'~/x'" },
        { "\303\244", "'\303\244'" }
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct strbuf b;

        strbuf_init(&b);
        text_add_word(&b, cases[i].word);
        CU_ASSERT_STRING_EQUAL(b.text, cases[i].want);
        strbuf_release(&b);
    }
}

static void test_strbuf__grows_and_detaches(void)
{
    struct strbuf b;
    strbuf_init(&b);
    CU_ASSERT_STRING_EQUAL(b.text, "");
    for (int i = 0; i < 100; i++)
        strbuf_printf(&b, "%d,", i);
    CU_ASSERT_EQUAL(b.length, 290);
    strbuf_clear(&b);
    strbuf_add(&b, "ab");
    strbuf_add_char(&b, 'c');
    strbuf_add_bytes(&b, "\0d", 2);
    CU_ASSERT_EQUAL(b.length, 5);
    char *detached = strbuf_detach(&b);
    CU_ASSERT_EQUAL(memcmp(detached, "abc\0d", 6), 0);
    free(detached);
    CU_ASSERT_STRING_EQUAL(b.text, "");
    detached = strbuf_detach(&b);
    CU_ASSERT_STRING_EQUAL(detached, "");
    free(detached);
    strbuf_release(&b);
}

static void test_text__formats_numbers_for_people(void)
{
    CU_ASSERT_STRING_EQUAL(text_bytes(17).text, "17 B");
    CU_ASSERT_STRING_EQUAL(text_bytes(1536).text, "1.5 KiB");
    CU_ASSERT_STRING_EQUAL(text_bytes(1048575).text, "1.0 MiB");
    CU_ASSERT_STRING_EQUAL(text_bytes(UINT64_MAX).text, "16.0 EiB");
    CU_ASSERT_STRING_EQUAL(text_count(0).text, "0");
    CU_ASSERT_STRING_EQUAL(text_count(999).text, "999");
    CU_ASSERT_STRING_EQUAL(text_count(-1234567).text, "-1,234,567");
    CU_ASSERT_STRING_EQUAL(text_count(INT64_MIN).text,
                           "-9,223,372,036,854,775,808");
    CU_ASSERT_STRING_EQUAL(text_duration(3.25).text, "3.2 s");
    CU_ASSERT_STRING_EQUAL(text_duration(75).text, "1:15");
    CU_ASSERT_STRING_EQUAL(text_duration(7322).text, "2:02:02");
    CU_ASSERT_STRING_EQUAL(text_duration(-1).text, "0.0 s");
    CU_ASSERT_STRING_EQUAL(text_duration((double) NAN).text, "0.0 s");
    CU_ASSERT(strlen(text_duration(1e300).text) < 31);
}

static void test_text__distance_counts_edits(void)
{
    CU_ASSERT_EQUAL(text_distance("rows", "rows", 3), 0);
    CU_ASSERT_EQUAL(text_distance("rows", "rosw", 3), 1);
    CU_ASSERT_EQUAL(text_distance("rows", "ROWS", 3), 0);
    CU_ASSERT_EQUAL(text_distance("", "abc", 3), 3);
    CU_ASSERT_EQUAL(text_distance("kitten", "sitting", 9), 3);
    CU_ASSERT_EQUAL(text_distance("kitten", "sitting", 2), 3);
}

static void test_text__finds_the_name_that_was_meant(void)
{
    static const char *const names[] = {
        "array.rows", "array.cols", NULL, "accumulator.bits", "saturate_zero",
        "saturate"};
    static const struct {
        const char *word, *meant;
    } cases[] = {
        {"array.row", "array.rows"},  {"accumulator.bit", "accumulator.bits"},
        {"sat", "saturate"},          {"cols", "array.cols"},
        {"nothing", NULL},            {"", NULL},
        {"saturat", "saturate"},      {"z", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *found = text_find_nearest(cases[i].word, names, 6);
        if (cases[i].meant == NULL) {
            CU_ASSERT_PTR_NULL(found);
        } else {
            CU_ASSERT_PTR_NOT_NULL_FATAL(found);
            CU_ASSERT_STRING_EQUAL(found, cases[i].meant);
        }
    }
}

static void test_text__decodes_only_good_utf8(void)
{
    static const struct {
        const char *utf8;
        size_t length, bytes;
        uint32_t code;
    } cases[] = {
        {"a", 1, 1, 'a'},
        {"\xc3\xa4", 2, 2, 0xe4},
        {"\xe2\x82\xac", 3, 3, 0x20ac},
        {"\xf0\x9f\x98\x80", 4, 4, 0x1f600},
        {"\xc3", 1, 1, 0xfffd},             /* cut */
        {"\xc0\x80", 2, 1, 0xfffd},         /* overlong */
        {"\xe0\x80\x80", 3, 1, 0xfffd},     /* overlong */
        {"\xed\xa0\x80", 3, 1, 0xfffd},     /* surrogate */
        {"\xf4\x90\x80\x80", 4, 1, 0xfffd}, /* past the end */
        {"\x80", 1, 1, 0xfffd},
        {"\xff", 1, 1, 0xfffd},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t code = 0;
        CU_ASSERT_EQUAL(
            text_decode_utf8(cases[i].utf8, cases[i].length, &code),
            cases[i].bytes);
        CU_ASSERT_EQUAL(code, cases[i].code);
    }
    CU_ASSERT_EQUAL(text_count_chars("a\xc3\xa4\xff", 4), 3);
}

static void test_path__is_relative_to_the_naming_file(void)
{
    struct arena a;
    arena_init(&a, 0);
    CU_ASSERT_STRING_EQUAL(path_join(&a, "a", "b"), "a/b");
    CU_ASSERT_STRING_EQUAL(path_join(&a, "a/", "b"), "a/b");
    CU_ASSERT_STRING_EQUAL(path_join(&a, "a", "/b"), "/b");
    CU_ASSERT_STRING_EQUAL(path_join(&a, ".", "b"), "b");
    CU_ASSERT_STRING_EQUAL(path_dirname(&a, "a/b/c"), "a/b");
    CU_ASSERT_STRING_EQUAL(path_dirname(&a, "c"), ".");
    CU_ASSERT_STRING_EQUAL(path_dirname(&a, "/c"), "/");
    CU_ASSERT_STRING_EQUAL(path_basename("a/b.c"), "b.c");
    CU_ASSERT_STRING_EQUAL(path_beside(&a, "configs/k.yaml", "n.npz"),
                           "configs/n.npz");
    CU_ASSERT_STRING_EQUAL(path_beside(&a, "k.yaml", "../n.npz"), "../n.npz");
    arena_release(&a);
}

/* A folder of its own for each test that needs files. */
static char folder[256];

static void make_folder(void)
{
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/test_base.XXXXXX",
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

/* The number of files in the folder. */
static int count_files(void)
{
    char command[512];
    int count = -1;
    snprintf(command, sizeof command, "ls -A '%s' | wc -l", folder);
    FILE *pipe = popen(command, "r");
    if (fscanf(pipe, "%d", &count) != 1)
        count = -1;
    pclose(pipe);
    return count;
}

static void expect_unreadable(const char *path, size_t max_bytes,
                              const char *reason)
{
    struct diag d;
    char expected[1024];
    diag_init(&d);
    CU_ASSERT_PTR_NULL(file_read_all(path, max_bytes, NULL, &d, PLACE_NONE));
    snprintf(expected, sizeof expected, "error: cannot read '%s': %s\n", path,
             reason);
    expect_printed(&d, expected);
    diag_release(&d);
}

static void test_file__says_why_it_cannot_read(void)
{
    struct diag d;
    make_folder();
    diag_init(&d);
    expect_unreadable(in_folder("none"), 10, "no such file or directory");
    expect_unreadable(folder, 10, "it is a folder");
    expect_unreadable("/dev/zero", 10, "it is not a regular file");
    CU_ASSERT_EQUAL(mkfifo(in_folder("fifo"), 0600), 0);
    expect_unreadable(in_folder("fifo"), 10, "it is not a regular file");
    file_write_all(in_folder("big"), "12345678901", 11, &d, PLACE_NONE);
    expect_unreadable(in_folder("big"), 10, "it is larger than 10 B");
    diag_release(&d);
    remove_folder();
}

static void test_file__reads_back_what_it_wrote(void)
{
    struct diag d;
    size_t length = 99;
    make_folder();
    diag_init(&d);
    const char *path = in_folder("f");
    CU_ASSERT_EQUAL(file_write_all(path, "a\0b", 3, &d, PLACE_NONE), 0);
    char *content = file_read_all(path, 3, &length, &d, PLACE_NONE);
    CU_ASSERT_EQUAL(length, 3);
    CU_ASSERT_EQUAL(memcmp(content, "a\0b", 4), 0);
    free(content);
    CU_ASSERT_EQUAL(file_write_all(path, "", 0, &d, PLACE_NONE), 0);
    content = file_read_all(path, 0, &length, &d, PLACE_NONE);
    CU_ASSERT_EQUAL(length, 0);
    CU_ASSERT_STRING_EQUAL(content, "");
    free(content);
    CU_ASSERT_EQUAL(diag_error_count(&d), 0);
    diag_release(&d);
    remove_folder();
}

static void test_file__a_write_is_whole_or_nothing(void)
{
    struct diag d;
    struct file_writer w;
    make_folder();
    diag_init(&d);
    const char *path = in_folder("f");
    file_write_all(path, "old", 3, &d, PLACE_NONE);
    CU_ASSERT_EQUAL(chmod(path, 0640), 0);

    CU_ASSERT_EQUAL(file_writer_open(&w, path, &d, PLACE_NONE), 0);
    file_writer_printf(&w, "new %d", 1);
    fflush(w.stream);
    CU_ASSERT_EQUAL(count_files(), 2);
    char *content = file_read_all(path, 99, NULL, &d, PLACE_NONE);
    CU_ASSERT_STRING_EQUAL(content, "old");
    free(content);
    file_writer_abort(&w);
    CU_ASSERT_EQUAL(count_files(), 1);

    CU_ASSERT_EQUAL(file_writer_open(&w, path, &d, PLACE_NONE), 0);
    file_writer_printf(&w, "new");
    CU_ASSERT_EQUAL(file_writer_commit(&w, &d, PLACE_NONE), 0);
    content = file_read_all(path, 99, NULL, &d, PLACE_NONE);
    CU_ASSERT_STRING_EQUAL(content, "new");
    free(content);
    struct stat status;
    CU_ASSERT_EQUAL(stat(path, &status), 0);
    CU_ASSERT_EQUAL(status.st_mode & 0777, 0640);
    CU_ASSERT_EQUAL(count_files(), 1);
    diag_release(&d);
    remove_folder();
}

static void test_file__a_failed_write_is_reported(void)
{
    struct diag d;
    struct file_writer w;
    diag_init(&d);
    make_folder();
    CU_ASSERT_EQUAL(
        file_write_all(in_folder("none/f"), "x", 1, &d, PLACE_NONE), -1);
    CU_ASSERT_EQUAL(file_write_all(folder, "x", 1, &d, PLACE_NONE), -1);
    CU_ASSERT_EQUAL(diag_error_count(&d), 2);
    CU_ASSERT_EQUAL(file_writer_open(&w, "/dev/full", &d, PLACE_NONE), 0);
    file_writer_write(&w, "x", 1);
    CU_ASSERT_EQUAL(file_writer_commit(&w, &d, PLACE_NONE), -1);
    CU_ASSERT_STRING_EQUAL(
        d.messages[2].text,
        "cannot write '/dev/full': no space left on device");
    CU_ASSERT_EQUAL(access("/dev/full", F_OK), 0);
    diag_release(&d);
    remove_folder();
}

static void test_file__a_link_stays_a_link(void)
{
    struct diag d;
    struct stat status;
    char target[512];
    diag_init(&d);
    make_folder();
    snprintf(target, sizeof target, "%s", in_folder("target"));
    file_write_all(target, "old", 3, &d, PLACE_NONE);
    CU_ASSERT_EQUAL(symlink("target", in_folder("link")), 0);
    CU_ASSERT_EQUAL(
        file_write_all(in_folder("link"), "new", 3, &d, PLACE_NONE), 0);
    CU_ASSERT_EQUAL(lstat(in_folder("link"), &status), 0);
    CU_ASSERT(S_ISLNK(status.st_mode));
    char *content = file_read_all(target, 99, NULL, &d, PLACE_NONE);
    CU_ASSERT_STRING_EQUAL(content, "new");
    free(content);
    diag_release(&d);
    remove_folder();
}

static void test_file__temps_are_removed(void)
{
    struct diag d;
    struct file_writer w[FILE_MAX_WRITERS + 1];
    char name[16];
    diag_init(&d);
    make_folder();
    for (int i = 0; i < FILE_MAX_WRITERS; i++) {
        snprintf(name, sizeof name, "f%d", i);
        CU_ASSERT_EQUAL(
            file_writer_open(&w[i], in_folder(name), &d, PLACE_NONE), 0);
    }
    CU_ASSERT_EQUAL(file_writer_open(&w[FILE_MAX_WRITERS], in_folder("one"),
                                     &d, PLACE_NONE),
                    -1);
    file_writer_abort(&w[FILE_MAX_WRITERS]);
    CU_ASSERT_EQUAL(count_files(), FILE_MAX_WRITERS);
    file_remove_temps();
    CU_ASSERT_EQUAL(count_files(), 0);
    for (int i = 0; i < FILE_MAX_WRITERS; i++)
        file_writer_abort(&w[i]);
    diag_release(&d);
    remove_folder();
}

static void test_file__makes_folders(void)
{
    struct diag d;
    char path[512];
    diag_init(&d);
    make_folder();
    snprintf(path, sizeof path, "%s", in_folder("a/b//c/"));
    CU_ASSERT_EQUAL(file_make_dirs(path, &d, PLACE_NONE), 0);
    CU_ASSERT_EQUAL(file_make_dirs(path, &d, PLACE_NONE), 0);
    CU_ASSERT_EQUAL(access(path, F_OK), 0);
    file_write_all(in_folder("f"), "", 0, &d, PLACE_NONE);
    CU_ASSERT_EQUAL(diag_error_count(&d), 0);
    CU_ASSERT_EQUAL(file_make_dirs(in_folder("f/g"), &d, PLACE_NONE), -1);
    CU_ASSERT_EQUAL(diag_error_count(&d), 1);
    diag_release(&d);
    remove_folder();
}

/* FIPS 180-2, appendix B; the CRC's check value. */
static void test_digest__matches_published_values(void)
{
    char hex[DIGEST_HEX_CHARS + 1];
    struct digest g;
    CU_ASSERT_EQUAL(digest_sha256("abc", 3, hex), 0);
    CU_ASSERT_STRING_EQUAL(hex, "ba7816bf8f01cfea414140de5dae2223"
                                "b00361a396177a9cb410ff61f20015ad");
    CU_ASSERT_EQUAL(digest_init(&g), 0);
    digest_update(&g, "a", 1);
    digest_update(&g, NULL, 0);
    digest_update(&g, "bc", 2);
    char again[DIGEST_HEX_CHARS + 1];
    CU_ASSERT_EQUAL(digest_finish(&g, again), 0);
    CU_ASSERT_STRING_EQUAL(hex, again);
    CU_ASSERT_EQUAL(digest_finish(&g, again), 0);
    CU_ASSERT_STRING_EQUAL(again, "e3b0c44298fc1c149afbf4c8996fb924"
                                  "27ae41e4649b934ca495991b7852b855");
    digest_release(&g);
    CU_ASSERT_EQUAL(digest_crc32(0, "123456789", 9), 0xcbf43926);
    CU_ASSERT_EQUAL(digest_crc32(digest_crc32(0, "1234", 4), "56789", 5),
                    0xcbf43926);
    CU_ASSERT_EQUAL(digest_crc32(7, NULL, 0), 7);
}

static void test_rng__repeats_and_matches_the_reference(void)
{
    struct rng a, b;
    rng_init(&a, 42);
    rng_init(&b, 42);
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(rng_next(&a), rng_next(&b));
    /* splitmix64 of seed 0, from its authors' program. */
    rng_init(&a, 0);
    CU_ASSERT_EQUAL(a.state[0], UINT64_C(0xe220a8397b1dcdaf));
    CU_ASSERT_EQUAL(a.state[1], UINT64_C(0x6e789e6aa1b965f4));
}

static void test_rng__stays_in_range(void)
{
    struct rng r;
    bool seen[5] = {false};
    double sum = 0, squares = 0;
    rng_init(&r, 1);
    for (int i = 0; i < 1000; i++) {
        const int64_t x = rng_range(&r, -2, 2);
        CU_ASSERT_FATAL(-2 <= x && x <= 2);
        seen[x + 2] = true;
        const double u = rng_uniform(&r);
        CU_ASSERT(0 <= u && u < 1);
    }
    for (int i = 0; i < 5; i++)
        CU_ASSERT(seen[i]);
    CU_ASSERT_EQUAL(rng_range(&r, 7, 7), 7);
    (void) rng_range(&r, INT64_MIN, INT64_MAX);
    for (int i = 0; i < 10000; i++) {
        const double x = rng_normal(&r);
        sum += x;
        squares += x * x;
    }
    CU_ASSERT_DOUBLE_EQUAL(sum / 10000, 0, 0.05);
    CU_ASSERT_DOUBLE_EQUAL(squares / 10000, 1, 0.05);
}

struct tally {
    unsigned char done[1000];
    int worker[1000];
};

static void count_item(void *context, int64_t item, int worker)
{
    struct tally *t = context;
    t->done[item]++;
    t->worker[item] = worker;
}

static void test_parallel__does_each_item_once(void)
{
    static const int workers[] = {0, 1, 3, 300};
    for (size_t w = 0; w < 4; w++) {
        struct tally t = {{0}, {0}};
        parallel_for(1000, workers[w], count_item, &t);
        for (int i = 0; i < 1000; i++) {
            CU_ASSERT_EQUAL(t.done[i], 1);
            CU_ASSERT(0 <= t.worker[i] && t.worker[i] < PARALLEL_MAX_WORKERS);
        }
    }
    parallel_for(0, 4, count_item, NULL);
    CU_ASSERT(parallel_count_cpus() >= 1);
}

static void test_progress__is_silent_in_a_pipe(void)
{
    int pipes[2];
    char byte;
    const int kept = dup(STDERR_FILENO);
    CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
    dup2(pipes[1], STDERR_FILENO);
    close(pipes[1]);
    struct progress p;
    progress_start(&p, "work", 3);
    progress_step(&p, 3);
    progress_end(&p);
    dup2(kept, STDERR_FILENO);
    close(kept);
    CU_ASSERT_EQUAL(read(pipes[0], &byte, 1), 0);
    close(pipes[0]);
}

/* What progress writes to a terminal of this kind, into text[]. False where
 * the system has no terminals to give (a container without devpts). */
static bool draw_progress(const char *terminal, int64_t total)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master)) {
        puts("no pseudo-terminal here: progress is not drawn");
        return false;
    }
    const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    const int kept = dup(STDERR_FILENO);
    CU_ASSERT_FATAL(slave >= 0 && kept >= 0);
    dup2(slave, STDERR_FILENO);
    setenv("TERM", terminal, 1);

    const struct timespec pause = {0, 350000000};
    struct progress p;
    progress_start(&p, "work", total);
    progress_step(&p, 1);
    nanosleep(&pause, NULL);
    progress_step(&p, 429);
    progress_step(&p, 1);
    progress_end(&p);
    dup2(kept, STDERR_FILENO);
    close(kept);
    /* The kernel hands a terminal's text over when it likes. */
    struct pollfd ready = {.fd = master, .events = POLLIN};
    size_t length = 0;
    while (length < sizeof text - 1 && poll(&ready, 1, 500) == 1) {
        const ssize_t got =
            read(master, text + length, sizeof text - 1 - length);
        if (got <= 0)
            break;
        length += (size_t) got;
    }
    text[length] = '\0';
    close(slave);
    close(master);
    return true;
}

static void test_progress__draws_on_a_terminal(void)
{
    if (!draw_progress("xterm", 1000))
        return;
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "work  43 % [########            ] 430 of 1,000, "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "s left"));
    CU_ASSERT(strlen(text) > 4);
    CU_ASSERT_STRING_EQUAL(text + strlen(text) - 4, "\r\033[K");
    draw_progress("xterm", 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "work 430, "));
    draw_progress("dumb", 1000);
    CU_ASSERT_STRING_EQUAL(text, "");
}

static void test_interrupt__the_first_signal_asks(void)
{
    CU_ASSERT_EQUAL(interrupt_install(), 0);
    CU_ASSERT_FALSE(interrupt_requested());
    CU_ASSERT_EQUAL(interrupt_exit_status(), 0);
    raise(SIGINT);
    CU_ASSERT_TRUE(interrupt_requested());
    CU_ASSERT_EQUAL(interrupt_exit_status(), 130);
    interrupt_clear();
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

static void test_interrupt__the_second_leaves_nothing(void)
{
    make_folder();
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        struct diag d;
        struct file_writer w;
        diag_init(&d);
        interrupt_install();
        file_writer_open(&w, in_folder("f"), &d, PLACE_NONE);
        raise(SIGINT);
        raise(SIGINT);
        _exit(0);
    }
    int status = 0;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 130);
    CU_ASSERT_EQUAL(count_files(), 0);
    remove_folder();
}

static void place_at(const struct json_step *step, size_t steps, int line,
                     int column, int length)
{
    static const char document[] =
        "{\n"
        " \"a\": [1, \"x\\\"]}\", {\"b\": 22}],\n"
        " \"ab\" : {\"a\": true, \"\u00fc\": {}},\n"
        " \"end\": null\n"
        "}\n";
    const struct place p = json_place("f.json", document,
                                      sizeof(document) - 1, step, steps);

    CU_ASSERT_STRING_EQUAL(p.file, "f.json");
    CU_ASSERT_EQUAL(p.line, line);
    CU_ASSERT_EQUAL(p.column, column);
    CU_ASSERT_EQUAL(p.length, length);
}

static void test_json_place__finds_values(void)
{
    const struct json_step b[] = { { "a", 0 }, { NULL, 2 }, { "b", 0 } };
    const struct json_step word[] = { { "a", 0 }, { NULL, 1 } };
    const struct json_step inner[] = { { "ab", 0 }, { "\u00fc", 0 } };
    const struct json_step end[] = { { "end", 0 } };

    place_at(NULL, 0, 1, 1, 1);
    place_at(b, 3, 2, 26, 2);
    place_at(word, 2, 2, 11, 7);
    place_at(inner, 2, 3, 26, 1);
    place_at(end, 1, 4, 9, 4);
}

/* The value that lacks it. */
static void test_json_place__of_what_is_missing(void)
{
    const struct json_step key[] = { { "ab", 0 }, { "c", 0 } };
    const struct json_step far[] = { { "a", 0 }, { NULL, 3 }, { "b", 0 } };
    const struct json_step kind[] = { { "end", 0 }, { NULL, 0 } };

    place_at(key, 2, 3, 9, 1);
    place_at(far, 3, 2, 7, 1);
    place_at(kind, 2, 4, 9, 4);
}

void suite_base(void)
{
    CU_pSuite s = CU_add_suite("base", NULL, NULL);
    CU_ADD_TEST(s, test_diag__prints_the_line_and_a_caret);
    CU_ADD_TEST(s, test_diag__aligns_tabs_and_utf8);
    CU_ADD_TEST(s, test_diag__shows_control_characters_as_escapes);
    CU_ADD_TEST(s, test_diag__cuts_long_lines_around_the_caret);
    CU_ADD_TEST(s, test_diag__survives_places_outside_the_text);
    CU_ADD_TEST(s, test_diag__counts_lines_as_libyaml_does);
    CU_ADD_TEST(s, test_diag__cuts_long_messages);
    CU_ADD_TEST(s, test_diag__keeps_a_hundred_errors);
    CU_ADD_TEST(s, test_diag__owns_what_it_shows);
    CU_ADD_TEST(s, test_arena__memory_is_zero_aligned_and_apart);
    CU_ADD_TEST(s, test_arena__returns_null_past_its_limit);
    CU_ADD_TEST(s, test_strbuf__grows_and_detaches);
    CU_ADD_TEST(s, test_text__a_word_of_the_shell_means_itself);
    CU_ADD_TEST(s, test_text__formats_numbers_for_people);
    CU_ADD_TEST(s, test_text__distance_counts_edits);
    CU_ADD_TEST(s, test_text__finds_the_name_that_was_meant);
    CU_ADD_TEST(s, test_text__decodes_only_good_utf8);
    CU_ADD_TEST(s, test_path__is_relative_to_the_naming_file);
    CU_ADD_TEST(s, test_file__says_why_it_cannot_read);
    CU_ADD_TEST(s, test_file__reads_back_what_it_wrote);
    CU_ADD_TEST(s, test_file__a_write_is_whole_or_nothing);
    CU_ADD_TEST(s, test_file__a_failed_write_is_reported);
    CU_ADD_TEST(s, test_file__a_link_stays_a_link);
    CU_ADD_TEST(s, test_file__temps_are_removed);
    CU_ADD_TEST(s, test_file__makes_folders);
    CU_ADD_TEST(s, test_digest__matches_published_values);
    CU_ADD_TEST(s, test_rng__repeats_and_matches_the_reference);
    CU_ADD_TEST(s, test_rng__stays_in_range);
    CU_ADD_TEST(s, test_parallel__does_each_item_once);
    CU_ADD_TEST(s, test_progress__is_silent_in_a_pipe);
    CU_ADD_TEST(s, test_progress__draws_on_a_terminal);
    CU_ADD_TEST(s, test_interrupt__the_first_signal_asks);
    CU_ADD_TEST(s, test_interrupt__the_second_leaves_nothing);
    CU_ADD_TEST(s, test_json_place__finds_values);
    CU_ADD_TEST(s, test_json_place__of_what_is_missing);
}
