/*
 * rom_read.h - images back to memories and tensors, by their manifest alone.
 *
 * Widths, addresses and shapes are taken from the manifest, words from the
 * files; a program only supplies what the result is compared with. So a wrong
 * manifest is found as surely as a wrong word.
 */
#ifndef ROM_READ_H
#define ROM_READ_H

#include "codegen/rom_manifest.h"

struct rom_read_options {
    const char *manifest;              /* NULL: beside the images */
    const struct format *format;       /* in place of the manifest's; or NULL */
    bool damaged;                      /* take words whose CRC is wrong ... */
    bool damaged_if_injected;          /* ... where the manifest says why */
};

struct rom_set {
    struct rom_manifest manifest;
    struct rom_memories columns;       /* the words, a bank a column */
    struct rom_health health;          /* of words with check bits */
    int damaged_banks;                 /* CRC wrong, before correction */
    struct arena arena;
};

/*
 * Read the images in a folder, those beside a manifest (*.json), or a single
 * image file. Damage that the check bits cannot mend is an error, unless
 * `damaged` is asked for. 0, or -1 and an error; rom_set_release in any case.
 */
int rom_read(struct rom_set *set, const char *image,
             const struct rom_read_options *options, struct diag *diag);
void rom_set_release(struct rom_set *set);

/* Write every tensor to a .npz file. 0, or -1 and an error. */
int rom_decode(const struct rom_set *set, const char *path, struct diag *diag);

struct rom_verdict {
    int64_t weights, biases, scales, descriptors;   /* compared */
    int64_t differences;
};

/*
 * Compare each weight, zero point, bias, multiplier, shift and descriptor with
 * the program, then what the manifest says of it; scales of weights and biases
 * where `qnet` is given. The first differences are reported to `diag`. 0 when
 * all are equal, else -1.
 */
int rom_compare(const struct rom_set *set, const struct program *program,
                const struct qnet *qnet, struct rom_verdict *verdict,
                struct diag *diag);

/* rom_read of a folder, and rom_compare. */
int rom_verify(const struct program *program, const char *folder,
               struct rom_verdict *verdict, struct diag *diag);

struct rom_difference {
    const struct rom_tensor *a, *b;    /* one may be NULL: not there */
    bool shape;                        /* the shapes differ */
    int64_t elements, different;
    int64_t first[ROM_MAX_RANK];       /* of the first that differs, */
    int64_t last[ROM_MAX_RANK];        /* and of the last */
    int64_t value_a, value_b;
    struct rom_spot spot;              /* in a */
};

struct rom_difference_list {
    struct rom_difference *item;
    int count;
    int equal;                         /* tensors without a difference */
};

/* Tensor by tensor, by name, in the order of `a`. -1 without memory. */
int rom_diff(struct rom_difference_list *list, const struct rom_set *a,
             const struct rom_set *b, struct arena *arena);

/* "[2, 0, 1, 0]" of an element's index, into text[100]. */
void rom_format_index(const struct rom_tensor *t, const int64_t *index,
                      char *text);

#endif
