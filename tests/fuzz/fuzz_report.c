/*
 * fuzz_report.c - any bytes as the file of `napier report`.
 *
 * A refused file has an error, an accepted one has none; whatever is accepted
 * can be put on a front and written as a page, and the page's data never holds
 * what could end its element.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/report/page_data.h"
#include "sim/report/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/fuzz_report_XXXXXX";
static char page[sizeof(path) + 8];

static void require(int condition)
{
    if (!condition)
        abort();
}

static void remove_files(void)
{
    unlink(path);
    unlink(page);
}

/* The file, rewritten for every input. */
static void write_input(const uint8_t *data, size_t size)
{
    static int file = -1;

    if (file < 0) {
        file = mkstemp(path);
        snprintf(page, sizeof(page), "%s.page", path);
        atexit(remove_files);
    }
    require(file >= 0);
    require(!ftruncate(file, 0));
    require(pwrite(file, data, size, 0) == (ssize_t) size);
}

static void check_page(const struct report_table *t, struct diag *d)
{
    struct file_writer w;
    size_t length;

    require(!file_writer_open(&w, page, d, PLACE_NONE));
    report_write_data(t, &w);
    require(!file_writer_commit(&w, d, PLACE_NONE));
    char *text = file_read_all(page, (size_t) 1 << 28, &length, d, PLACE_NONE);

    require(text && strlen(text) == length);
    require(!strpbrk(text, "<>&"));
    json_t *root = json_loadb(text, length, JSON_ALLOW_NUL, NULL);

    require(json_is_object(root));
    json_decref(root);
    free(text);
}

static void check_table(struct report_table *t, struct diag *d)
{
    struct strbuf out;

    require(t->points.rows > 0);
    check_page(t, d);
    if (t->is_run || report_choose(t, NULL, d, PLACE_NONE))
        return;
    require(!report_mark_front(t, d));
    strbuf_init(&out);
    report_print_front(t, 40, &out);
    strbuf_release(&out);
    json_decref(report_front_json(t));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct report_table t;
    struct diag d;

    if (size > (1 << 20))
        return 0;
    write_input(data, size);
    diag_init(&d);
    report_table_init(&t, path);
    const int result = report_table_read(&t, &d);

    require((result == 0) == (diag_error_count(&d) == 0));
    if (result == 0)
        check_table(&t, &d);
    report_table_release(&t);
    diag_release(&d);
    return 0;
}
