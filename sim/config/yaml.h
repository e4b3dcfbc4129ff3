/*
 * yaml.h - YAML text as a tree in which every node knows its place.
 *
 * The plain part of YAML: scalars, sequences and mappings in block and flow
 * style, comments. What makes files surprising or dangerous is refused with an
 * error: anchors, aliases, merge keys, tags, several documents, keys that are
 * no scalars, duplicate keys, nesting deeper than YAML_MAX_DEPTH, files over
 * YAML_MAX_BYTES, control characters, text that is not UTF-8. Scalars stay
 * text; settings.h gives them types. Built on libyaml.
 */
#ifndef CONFIG_YAML_H /* libyaml's own header has YAML_H */
#define CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/arena.h"
#include "sim/base/diag.h"

enum { YAML_MAX_DEPTH = 32, YAML_MAX_BYTES = 16 << 20 };

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
    enum yaml_kind kind;
    bool quoted;       /* a scalar in quotes or a block scalar: a string */
    struct place place; /* of a collection: its first character */
    const char *text;   /* of a scalar; else NULL */
    size_t count;       /* entries of a collection */
    struct yaml_node **keys;   /* of a mapping, all scalars; else NULL */
    struct yaml_node **values; /* of a mapping or sequence; else NULL */
};

/*
 * Read a file or a text named `file`; both register it as a source of d. The
 * tree lives in the arena. NULL and at least one error otherwise. `place` is
 * where the user named the file.
 */
struct yaml_node *yaml_read_file(const char *path, struct arena *arena,
                                 struct diag *d, struct place place);
struct yaml_node *yaml_read_text(const char *file, const char *text,
                                 size_t length, struct arena *arena,
                                 struct diag *d);

/*
 * Read a value that begins at `origin` inside a line of another text, such as
 * the argument of --set. Registers no source. An empty text is a null.
 */
struct yaml_node *yaml_read_value(struct place origin, const char *text,
                                  size_t length, struct arena *arena,
                                  struct diag *d);

/* The value of a key; NULL when absent or when `mapping` is none. */
const struct yaml_node *yaml_find(const struct yaml_node *mapping,
                                  const char *key);

/* True for a plain `null`, `~` or nothing. */
bool yaml_is_null(const struct yaml_node *node);

/* "a mapping", "a list", "a scalar". */
const char *yaml_kind_name(enum yaml_kind kind);

#endif
