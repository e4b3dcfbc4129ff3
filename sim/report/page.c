/*
 * page.c - fills the marks {{...}} of page.html.
 *
 * The page's policy names the two scripts by their digests: a script that got
 * in some other way would not run, and nothing can be loaded.
 */
#include "sim/report/page.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/base/file.h"
#include "sim/base/interrupt.h"
#include "sim/base/path.h"
#include "sim/report/assets.h"
#include "sim/report/page_data.h"

enum { LIBRARY_MAX = 16 << 20, OLDEST_D3 = 5, NEWEST_D3 = 7 };

struct page {
    const struct report_table *table;
    struct file_writer out;
    struct strbuf library, licence, hashes;
};

/* ------------------------------------------------------------ the library */

static const char package_library[] = "/usr/share/nodejs/d3/dist/d3.min.js";
static const char package_licence[] = "/usr/share/doc/node-d3/copyright";

/* A script may not hold what would end or hide its element. */
static bool can_stand_in_page(const char *text)
{
    for (const char *at = text; (at = strchr(at, '<')); at++)
        if (!strncasecmp(at, "</script", 8) || !strncasecmp(at, "<script", 7)
            || !strncmp(at, "<!--", 4))
            return false;
    return true;
}

/* "// https://d3js.org v5.16.0 Copyright ...": 5; 0 for anything else. */
static int version_of(const char *text)
{
    static const char head[] = "// https://d3js.org v";

    return strncmp(text, head, sizeof(head) - 1) ? 0
           : atoi(text + sizeof(head) - 1);
}

static int check_library(const char *path, const char *text, size_t length,
                         struct diag *d)
{
    const int version = version_of(text);

    if (version < OLDEST_D3 || version > NEWEST_D3)
        return diag_error(d, place_of_file(path), "is not d3 of version %d to "
                          "%d", OLDEST_D3, NEWEST_D3);
    if (strlen(text) != length || !can_stand_in_page(text))
        return diag_error(d, place_of_file(path), "holds a NUL, '<script', "
                          "'</script' or '<!--' and cannot stand in a page");
    return 0;
}

static void add_escaped(struct strbuf *to, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<': strbuf_add(to, "&lt;"); break;
        case '>': strbuf_add(to, "&gt;"); break;
        case '&': strbuf_add(to, "&amp;"); break;
        default: strbuf_add_char(to, *text);
        }
}

static int read_library(struct page *p, struct diag *d)
{
    const char *own = getenv("NAPIER_D3");
    struct arena arena;
    size_t length = 0;
    int result = -1;

    arena_init(&arena, 0);
    const bool is_own = own && *own;
    const char *library = is_own ? path_join(&arena, own, "d3.min.js")
                                 : package_library;
    const char *licence = is_own ? path_join(&arena, own, "LICENSE")
                                 : package_licence;
    char *text = library ? file_read_all(library, LIBRARY_MAX, &length, d,
                                         place_of_file(library)) : NULL;
    char *terms = text && licence
        ? file_read_all(licence, LIBRARY_MAX, NULL, d, place_of_file(licence))
        : NULL;

    if (!terms)
        diag_note(d, PLACE_NONE, "the page needs d3 and its licence: install "
                  "Debian's package node-d3, or let NAPIER_D3 name a folder "
                  "with d3.min.js and LICENSE");
    else if (!check_library(library, text, length, d)) {
        strbuf_add_bytes(&p->library, text, length);
        add_escaped(&p->licence, terms);
        result = 0;
    }
    free(text);
    free(terms);
    arena_release(&arena);
    return result;
}

/* ------------------------------------------------------------- the policy */

/* 'sha256-BASE64' of a script as it stands between its tags. */
static int add_hash(struct strbuf *to, const char *text, size_t length)
{
    unsigned char digest[EVP_MAX_MD_SIZE], base64[2 * EVP_MAX_MD_SIZE];
    unsigned bytes = 0;

    if (!EVP_Digest(text, length, digest, &bytes, EVP_sha256(), NULL))
        return -1;
    EVP_EncodeBlock(base64, digest, (int) bytes);
    strbuf_printf(to, "%s'sha256-%s'", to->length ? " " : "",
                  (const char *) base64);
    return 0;
}

/* -------------------------------------------------------------- the marks */

static void fill(struct page *p, const char *mark, size_t length)
{
    const struct report_asset style = report_asset_style();
    const struct report_asset script = report_asset_script();

    if (!strncmp(mark, "style", length))
        file_writer_write(&p->out, style.text, style.length);
    else if (!strncmp(mark, "script", length))
        file_writer_write(&p->out, script.text, script.length);
    else if (!strncmp(mark, "library", length))
        file_writer_write(&p->out, p->library.text, p->library.length);
    else if (!strncmp(mark, "licence", length))
        file_writer_write(&p->out, p->licence.text, p->licence.length);
    else if (!strncmp(mark, "hashes", length))
        file_writer_write(&p->out, p->hashes.text, p->hashes.length);
    else
        report_write_data(p->table, &p->out);
}

/* The two characters `pair` in [at, end), or NULL. */
static const char *find_pair(const char *at, const char *end, const char *pair)
{
    for (; end - at >= 2; at++)
        if (at[0] == pair[0] && at[1] == pair[1])
            return at;
    return NULL;
}

static void write_page(struct page *p)
{
    const struct report_asset html = report_asset_html();
    const char *at = html.text, *const end = html.text + html.length;

    while (at < end) {
        const char *mark = find_pair(at, end, "{{");
        const char *stop = mark ? find_pair(mark, end, "}}") : NULL;

        if (!stop)
            break;
        file_writer_write(&p->out, at, (size_t) (mark - at));
        fill(p, mark + 2, (size_t) (stop - mark - 2));
        at = stop + 2;
    }
    file_writer_write(&p->out, at, (size_t) (end - at));
}

int report_write_page(const struct report_table *t, const char *path,
                      struct diag *d)
{
    const struct report_asset script = report_asset_script();
    const struct place place = place_of_file(path);
    struct page p = { .table = t };
    int result = -1;

    strbuf_init(&p.library);
    strbuf_init(&p.licence);
    strbuf_init(&p.hashes);
    if (read_library(&p, d))
        goto done;
    if (add_hash(&p.hashes, p.library.text, p.library.length)
        || add_hash(&p.hashes, script.text, script.length)
        || p.library.failed || p.licence.failed || p.hashes.failed) {
        diag_error(d, place, "out of memory");
        goto done;
    }
    if (file_writer_open(&p.out, path, d, place))
        goto done;
    write_page(&p);
    if (interrupt_requested())
        file_writer_abort(&p.out);
    else
        result = file_writer_commit(&p.out, d, place);

done:
    strbuf_release(&p.library);
    strbuf_release(&p.licence);
    strbuf_release(&p.hashes);
    return result;
}
