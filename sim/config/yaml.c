/*
 * yaml.c - libyaml's events become a tree.
 *
 * The text is checked before libyaml sees it: after that it is UTF-8 without
 * control characters, so lines and columns mean the same to both. Errors that
 * leave the events intact (anchors, tags, duplicate keys) are reported and
 * reading goes on, to find them all; syntax errors end it.
 */
#include "sim/config/yaml.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "sim/base/file.h"
#include "sim/base/text.h"

struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    bool has_event;
    bool stopped; /* by an error that ends the reading */
    const char *file;
    struct place origin; /* of the text's first character; file: as above */
    struct place end;    /* behind its last one */
    struct arena *arena;
    struct diag *d;
};

const char *yaml_kind_name(enum yaml_kind kind)
{
    static const char *const names[] = {"a scalar", "a list", "a mapping"};
    return names[kind];
}

static struct place place_of_mark(const struct reader *r, yaml_mark_t mark)
{
    /* Within YAML_MAX_BYTES, so they fit an int. */
    const int column = (int) mark.column;
    const int shift = mark.line == 0 ? r->origin.column - 1 : 0;
    /* libyaml ends a last line that has no line break by one of its own. */
    if (r->origin.line + (int) mark.line > r->end.line)
        return r->end;
    return (struct place) {
        .file = r->file,
        .line = r->origin.line + (int) mark.line,
        .column = column + 1 + shift,
        .length = 1,
    };
}

/* From start to end when both are on one line; else a single character. */
static struct place place_of_token(const struct reader *r, yaml_mark_t start,
                                   yaml_mark_t end)
{
    struct place place = place_of_mark(r, start);
    if (start.line == end.line && end.column > start.column)
        place.length = (int) (end.column - start.column);
    return place;
}

static struct place place_of_event(const struct reader *r)
{
    return place_of_token(r, r->event.start_mark, r->event.end_mark);
}

/* What libyaml says, in words for who wrote the file. */
static const char *translate_problem(const char *problem)
{
    static const char *const words[][2] = {
        {"found character that cannot start any token",
         "a value cannot begin with this character; put it in quotes"},
        {"mapping values are not allowed in this context",
         "a ':' is not allowed here; check the indentation, or put the text "
         "in quotes"},
        {"block sequence entries are not allowed in this context",
         "a list cannot begin here; put it on a line of its own"},
        {"did not find expected key",
         "expected a key; check the indentation"},
        {"did not find expected '-' indicator",
         "expected '-'; check the indentation"},
        {"could not find expected ':'", "expected ':' after the key"},
        {"did not find expected ',' or ']'", "expected ',' or ']'"},
        {"did not find expected ',' or '}'", "expected ',' or '}'"},
        {"did not find expected node content", "expected a value"},
        {"found unexpected end of stream",
         "the text ends inside quotes; the closing quote is missing"},
        {"did not find expected <document start>",
         "expected the end of the text"},
    };
    if (problem == NULL)
        return "malformed YAML";
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(problem, words[i][0]) == 0)
            return words[i][1];
    }
    return problem;
}

/* The character under a mark, for errors that tabs cause. */
static bool is_tab_problem(const yaml_parser_t *parser)
{
    return parser->error == YAML_SCANNER_ERROR && parser->unread > 0 &&
           parser->buffer.pointer[0] == '\t';
}

static void report_parser(struct reader *r)
{
    const yaml_parser_t *parser = &r->parser;
    const struct place place = place_of_mark(r, parser->problem_mark);
    r->stopped = true;
    if (parser->error == YAML_MEMORY_ERROR) {
        diag_error(r->d, place_of_file(r->file), "out of memory");
        return;
    }
    if (is_tab_problem(parser))
        diag_error(r->d, place, "a tab cannot indent; use spaces");
    else
        diag_error(r->d, place, "%s", translate_problem(parser->problem));
    const struct place context = place_of_mark(r, parser->context_mark);
    if (parser->context != NULL && context.line != place.line)
        diag_note(r->d, context, "%s from here", parser->context);
}

static void stop_without_memory(struct reader *r)
{
    if (!r->stopped)
        diag_error(r->d, place_of_file(r->file), "out of memory");
    r->stopped = true;
}

/* Step to the next event. False at a syntax error, which is reported. */
static bool next_event(struct reader *r)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    r->has_event = false;
    if (r->stopped)
        return false;
    if (!yaml_parser_parse(&r->parser, &r->event)) {
        report_parser(r);
        return false;
    }
    r->has_event = true;
    return true;
}

static struct yaml_node *new_node(struct reader *r, enum yaml_kind kind)
{
    struct yaml_node *node = arena_alloc(r->arena, sizeof *node);
    if (node == NULL) {
        stop_without_memory(r);
        return NULL;
    }
    node->kind = kind;
    node->place = place_of_event(r);
    return node;
}

static void refuse_properties(struct reader *r, const yaml_char_t *anchor,
                              const yaml_char_t *tag)
{
    struct place place = place_of_mark(r, r->event.start_mark);
    if (anchor != NULL) {
        place.length = (int) text_count_chars((const char *) anchor,
                                              strlen((const char *) anchor)) +
                       1;
        diag_error(r->d, place, "anchors are not allowed: '&%s'",
                   (const char *) anchor);
    }
    if (tag != NULL)
        diag_error(r->d, place_of_mark(r, r->event.start_mark),
                   "tags are not allowed: '%s'", (const char *) tag);
}

/* Escapes in quotes can make characters that the text itself may not have. */
static void check_scalar(struct reader *r)
{
    const char *text = (const char *) r->event.data.scalar.value;
    const size_t length = r->event.data.scalar.length;
    for (size_t at = 0; at < length;) {
        uint32_t code;
        at += text_decode_utf8(text + at, length - at, &code);
        if (code == '\n' || code == '\t' || !text_is_control(code))
            continue;
        diag_error(r->d, place_of_event(r),
                   "control characters are not allowed: U+%04X",
                   (unsigned) code);
        return;
    }
}

static struct yaml_node *read_scalar(struct reader *r)
{
    const yaml_event_t *e = &r->event;
    refuse_properties(r, e->data.scalar.anchor, e->data.scalar.tag);
    check_scalar(r);
    struct yaml_node *node = new_node(r, YAML_SCALAR);
    if (node == NULL)
        return NULL;
    node->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->text = arena_strndup(r->arena, (const char *) e->data.scalar.value,
                               e->data.scalar.length);
    if (node->text == NULL) {
        stop_without_memory(r);
        return NULL;
    }
    return node;
}

/* The children of a collection while their number is unknown; on the heap. */
struct children {
    struct yaml_node **items; /* of a mapping: key, value, key, value... */
    size_t count;
    size_t capacity;
};

static bool add_child(struct children *c, struct yaml_node *node)
{
    if (c->count == c->capacity) {
        const size_t capacity = c->capacity == 0 ? 16 : 2 * c->capacity;
        struct yaml_node **grown =
            realloc(c->items, capacity * sizeof(struct yaml_node *));
        if (grown == NULL)
            return false;
        c->items = grown;
        c->capacity = capacity;
    }
    c->items[c->count++] = node;
    return true;
}

/* Order by text, then by position: pointers point into the keys array. */
static int compare_keys(const void *a, const void *b)
{
    struct yaml_node *const *x = *(struct yaml_node *const *const *) a;
    struct yaml_node *const *y = *(struct yaml_node *const *const *) b;
    const int order = strcmp((*x)->text, (*y)->text);
    if (order != 0)
        return order;
    return (x > y) - (x < y);
}

/* Sorting, not a hash: a hostile file cannot make it slow. */
static void refuse_duplicates(struct reader *r, const struct yaml_node *node)
{
    struct yaml_node ***sorted = malloc(node->count * sizeof *sorted);
    struct yaml_node **first = calloc(node->count, sizeof *first);
    if (sorted == NULL || first == NULL) {
        stop_without_memory(r);
        goto done;
    }
    for (size_t i = 0; i < node->count; i++)
        sorted[i] = &node->keys[i];
    qsort(sorted, node->count, sizeof *sorted, compare_keys);
    const struct yaml_node *group = *sorted[0];
    for (size_t i = 1; i < node->count; i++) {
        if (strcmp((*sorted[i])->text, group->text) == 0)
            first[sorted[i] - node->keys] = (struct yaml_node *) group;
        else
            group = *sorted[i];
    }
    for (size_t i = 0; i < node->count; i++) {
        if (first[i] == NULL)
            continue;
        diag_error(r->d, node->keys[i]->place, "the key '%s' is there twice",
                   node->keys[i]->text);
        diag_note(r->d, first[i]->place, "the first is here");
    }
done:
    free(sorted);
    free(first);
}

/* Move children to the arena. False without memory. */
static bool keep_children(struct reader *r, struct yaml_node *node,
                          const struct children *c)
{
    const bool mapping = node->kind == YAML_MAPPING;
    node->count = mapping ? c->count / 2 : c->count;
    if (node->count == 0)
        return true;
    node->values = arena_alloc_array(r->arena, node->count,
                                     sizeof(struct yaml_node *));
    if (mapping)
        node->keys = arena_alloc_array(r->arena, node->count,
                                       sizeof(struct yaml_node *));
    if (node->values == NULL || (mapping && node->keys == NULL)) {
        stop_without_memory(r);
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        node->values[i] = c->items[mapping ? 2 * i + 1 : i];
        if (mapping)
            node->keys[i] = c->items[2 * i];
    }
    return true;
}

static struct yaml_node *read_node(struct reader *r, int depth);

static void check_key(struct reader *r, const struct yaml_node *key)
{
    if (key->kind != YAML_SCALAR)
        diag_error(r->d, key->place, "a key must be a scalar, not %s",
                   yaml_kind_name(key->kind) + 2);
    else if (!key->quoted && strcmp(key->text, "<<") == 0)
        diag_error(r->d, key->place, "merge keys are not allowed: '<<'");
    else if (key->text[0] == '\0')
        diag_error(r->d, key->place, "a key is empty");
}

/* The children up to the collection's end, which becomes current. */
static bool read_children(struct reader *r, const struct yaml_node *node,
                          struct children *c, int depth)
{
    const bool mapping = node->kind == YAML_MAPPING;
    const yaml_event_type_t end =
        mapping ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    bool good = true;
    while (next_event(r)) {
        if (r->event.type == end)
            return good;
        struct yaml_node *child = read_node(r, depth + 1);
        if (child == NULL)
            return false;
        if (mapping && c->count % 2 == 0) {
            check_key(r, child);
            good = good && child->kind == YAML_SCALAR;
        }
        if (!add_child(c, child)) {
            stop_without_memory(r);
            return false;
        }
    }
    return false;
}

static struct yaml_node *read_collection(struct reader *r, enum yaml_kind kind,
                                         int depth)
{
    struct children c = {0};
    struct yaml_node *node = NULL;
    if (depth >= YAML_MAX_DEPTH) {
        diag_error(r->d, place_of_mark(r, r->event.start_mark),
                   "nested deeper than %d levels", YAML_MAX_DEPTH);
        r->stopped = true;
        return NULL;
    }
    const yaml_mark_t start = r->event.start_mark;
    const bool flow =
        kind == YAML_MAPPING
            ? r->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
            : r->event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    node = new_node(r, kind);
    if (node == NULL)
        return NULL;
    const bool good = read_children(r, node, &c, depth);
    if (r->stopped) {
        node = NULL;
        goto done;
    }
    if (flow)
        node->place = place_of_token(r, start, r->event.end_mark);
    if (!keep_children(r, node, &c)) {
        node = NULL;
        goto done;
    }
    if (kind == YAML_MAPPING && node->count > 0) {
        if (!flow)
            node->place.length = node->keys[0]->place.length;
        if (good)
            refuse_duplicates(r, node);
    }
done:
    free(c.items);
    return node;
}

/* The node that begins with the current event. NULL: the reading has ended. */
static struct yaml_node *read_node(struct reader *r, int depth)
{
    const yaml_event_t *e = &r->event;
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        return read_scalar(r);
    case YAML_SEQUENCE_START_EVENT:
        refuse_properties(r, e->data.sequence_start.anchor,
                          e->data.sequence_start.tag);
        return read_collection(r, YAML_SEQUENCE, depth);
    case YAML_MAPPING_START_EVENT:
        refuse_properties(r, e->data.mapping_start.anchor,
                          e->data.mapping_start.tag);
        return read_collection(r, YAML_MAPPING, depth);
    default:
        assert(e->type == YAML_ALIAS_EVENT);
        diag_error(r->d, place_of_event(r), "aliases are not allowed: '*%s'",
                   (const char *) e->data.alias.anchor);
        struct yaml_node *node = new_node(r, YAML_SCALAR);
        if (node != NULL)
            node->text = "*";
        return node;
    }
}

/* The only document's root; NULL with an error, or when there is none. */
static struct yaml_node *read_documents(struct reader *r)
{
    struct yaml_node *root = NULL;
    if (!next_event(r)) /* the start of the stream */
        return NULL;
    while (next_event(r) && r->event.type != YAML_STREAM_END_EVENT) {
        if (root != NULL) {
            diag_error(r->d, place_of_event(r),
                       "more than one document in a file");
            return NULL;
        }
        assert(r->event.type == YAML_DOCUMENT_START_EVENT);
        if (!next_event(r))
            return NULL;
        root = read_node(r, 0);
        if (root == NULL || !next_event(r)) /* the end of the document */
            return NULL;
    }
    return r->stopped ? NULL : root;
}

/*
 * Find the end of the text. Report, of each line, the first byte that is not
 * UTF-8 or a control character. False if there was one.
 */
static bool check_characters(struct reader *r, const char *text, size_t length)
{
    struct place place = r->origin;
    int reported = 0; /* the last line with an error */
    bool good = true;
    place.length = 1;
    for (size_t at = 0; at < length;) {
        uint32_t code;
        const size_t bytes = text_decode_utf8(text + at, length - at, &code);
        const bool bad_byte = bytes == 1 && (unsigned char) text[at] >= 0x80;
        at += bytes;
        const bool before_newline = at < length && text[at] == '\n';
        if (code == '\n' || (code == '\r' && !before_newline)) {
            place.line++;
            place.column = 1;
            continue;
        }
        const bool control = code != '\t' && code != '\r' &&
                             text_is_control(code);
        if ((bad_byte || control) && reported != place.line) {
            good = false;
            reported = place.line;
            if (bad_byte)
                diag_error(r->d, place, "the text is not UTF-8");
            else
                diag_error(r->d, place,
                           "control characters are not allowed: U+%04X",
                           (unsigned) code);
        }
        place.column++;
    }
    r->end = place;
    return good;
}

/* Read one text. NULL without an error: there was nothing in it. */
static struct yaml_node *read_all(struct place origin, const char *text,
                                  size_t length, struct arena *arena,
                                  struct diag *d)
{
    const int errors = diag_error_count(d);
    struct reader r = {.origin = origin, .arena = arena, .d = d};
    r.file = arena_strdup(arena, origin.file);
    if (r.file == NULL || length > YAML_MAX_BYTES) {
        diag_error(d, place_of_file(origin.file),
                   r.file == NULL ? "out of memory"
                                  : "the text is larger than 16 MiB");
        return NULL;
    }
    r.origin.file = r.file;
    if (!check_characters(&r, text, length))
        return NULL;
    if (!yaml_parser_initialize(&r.parser)) {
        stop_without_memory(&r);
        return NULL;
    }
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *) text,
                                 length);
    struct yaml_node *root = read_documents(&r);
    if (r.has_event)
        yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    return diag_error_count(d) == errors ? root : NULL;
}

struct yaml_node *yaml_read_text(const char *file, const char *text,
                                 size_t length, struct arena *arena,
                                 struct diag *d)
{
    const int errors = diag_error_count(d);
    const struct place origin = {file, 1, 1, 1};

    /* A byte-order mark is no character of the first line. */
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        length -= 3;
    }
    diag_add_source(d, file, text, length);
    struct yaml_node *root = read_all(origin, text, length, arena, d);
    if (diag_error_count(d) != errors)
        return NULL;
    if (root == NULL || yaml_is_null(root)) {
        diag_error(d, place_of_file(file), "the file is empty");
        return NULL;
    }
    return root;
}

struct yaml_node *yaml_read_file(const char *path, struct arena *arena,
                                 struct diag *d, struct place place)
{
    size_t length = 0;
    char *text = file_read_all(path, YAML_MAX_BYTES, &length, d, place);
    if (text == NULL)
        return NULL;
    struct yaml_node *root = yaml_read_text(path, text, length, arena, d);
    free(text);
    return root;
}

struct yaml_node *yaml_read_value(struct place origin, const char *text,
                                  size_t length, struct arena *arena,
                                  struct diag *d)
{
    const int errors = diag_error_count(d);
    struct yaml_node *root = read_all(origin, text, length, arena, d);
    if (root != NULL || diag_error_count(d) != errors)
        return root;
    root = arena_alloc(arena, sizeof *root);
    if (root == NULL) {
        diag_error(d, origin, "out of memory");
        return NULL;
    }
    *root = (struct yaml_node) {
        .kind = YAML_SCALAR, .place = origin, .text = ""};
    root->place.file = arena_strdup(arena, origin.file);
    return root;
}

const struct yaml_node *yaml_find(const struct yaml_node *mapping,
                                  const char *key)
{
    if (mapping == NULL || mapping->kind != YAML_MAPPING)
        return NULL;
    for (size_t i = 0; i < mapping->count; i++) {
        if (strcmp(mapping->keys[i]->text, key) == 0)
            return mapping->values[i];
    }
    return NULL;
}

bool yaml_is_null(const struct yaml_node *node)
{
    return node->kind == YAML_SCALAR && !node->quoted &&
           (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
            strcmp(node->text, "null") == 0);
}
