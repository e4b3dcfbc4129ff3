/* rom_verify.c - the tensors of images: written out, and compared. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codegen/rom_read.h"
#include "sim/base/npz.h"

enum { SHOWN_DIFFERENCES = 10 };

/* ------------------------------------------------------------------ decode */

static enum npy_type type_of(const struct rom_tensor *t)
{
    if (t->bits <= 8)
        return t->is_signed ? NPY_I1 : NPY_U1;
    if (t->bits <= 16)
        return t->is_signed ? NPY_I2 : NPY_U2;
    if (t->bits <= 32)
        return t->is_signed ? NPY_I4 : NPY_U4;
    return t->is_signed ? NPY_I8 : NPY_U8;
}

static int fill_array(struct npy_array *a, const struct rom_tensor *t,
                      const struct rom_words *m, struct arena *arena)
{
    const int64_t taps = rom_tensor_taps(t);

    a->name = (char *) t->name;
    a->type = type_of(t);
    a->rank = t->rank;
    memcpy(a->dim, t->dim, sizeof(t->dim));
    a->count = rom_tensor_channels(t) * taps;
    const size_t bytes = npy_type_bytes(a->type);
    uint8_t *to = arena_alloc_array(arena, (size_t) a->count + 1, bytes);

    a->data = to;
    if (!to)
        return -1;
    for (int64_t i = 0; i < a->count; i++) {
        const int64_t v = rom_tensor_value(t, m, i / taps, i % taps);

        for (size_t b = 0; b < bytes; b++)     /* .npy is little endian */
            to[(size_t) i * bytes + b] = (uint8_t) ((uint64_t) v >> 8 * b);
    }
    return 0;
}

int rom_decode(const struct rom_set *set, const char *path, struct diag *diag)
{
    const struct rom_tensor_list *list = &set->manifest.tensors;
    const struct place place = place_of_file(path);
    struct npy_array *array;
    struct arena arena;
    int result = 0;

    arena_init(&arena, (size_t) 4 << 30);
    array = arena_alloc_array(&arena, (size_t) list->count + 1,
                              sizeof(*array));
    for (int i = 0; i < list->count && array && !result; i++) {
        const struct rom_tensor *t = &list->tensor[i];

        result = fill_array(&array[i], t, &set->columns.memory[t->memory],
                            &arena);
        for (int k = 0; k < i && !result; k++)
            if (!strcmp(array[k].name, array[i].name))
                result = diag_error(diag, place_of_file(set->manifest.path),
                                    "tensor '%s' stands twice in the manifest",
                                    t->name);
    }
    if (!array || (result && diag_error_count(diag) == 0))
        result = diag_error(diag, place, "out of memory");
    if (!result)
        result = npz_write(path, array, (size_t) list->count, diag, place);
    arena_release(&arena);
    return result;
}

/* ----------------------------------------------------------------- compare */

static const struct rom_tensor *find(const struct rom_tensor_list *list,
                                     const char *name)
{
    for (int i = 0; i < list->count; i++)
        if (!strcmp(list->tensor[i].name, name))
            return &list->tensor[i];
    return NULL;
}

static bool same_shape(const struct rom_tensor *a, const struct rom_tensor *b)
{
    return a->rank == b->rank
           && !memcmp(a->dim, b->dim, (size_t) a->rank * sizeof(a->dim[0]));
}

static void index_of(const struct rom_tensor *t, int64_t n, int64_t k,
                     int64_t *index)
{
    for (int i = t->rank - 1; i > 0; i--) {
        index[i] = k % t->dim[i];
        k /= t->dim[i];
    }
    index[0] = n;
}

void rom_format_index(const struct rom_tensor *t, const int64_t *index,
                      char *text)
{
    size_t at = 0;

    for (int i = 0; i < t->rank; i++)
        at += (size_t) snprintf(text + at, 100 - at, "%s%" PRId64,
                                i ? ", " : "[", index[i]);
    snprintf(text + at, 100 - at, "]");
}

static void report(const struct rom_set *set, const struct rom_tensor *t,
                   int64_t n, int64_t k, int64_t have, int64_t want,
                   struct diag *diag)
{
    const struct rom_spot at = rom_tensor_spot(
        t, set->columns.memory[t->memory].banks, n, k);
    int64_t index[ROM_MAX_RANK];
    char text[100];

    index_of(t, n, k, index);
    rom_format_index(t, index, text);
    diag_error(diag, place_of_file(set->manifest.path), "tensor '%s' %s in the "
               "image is %" PRId64 ", must be %" PRId64 " (memory '%s', column "
               "%d, word %" PRIu32 ", bit %d)", t->name, text, have, want,
               rom_memory_names[t->memory], at.column, at.word, at.bit);
}

static void count(struct rom_verdict *v, const struct rom_tensor *t,
                  const struct program *p)
{
    const int64_t n = rom_tensor_channels(t) * rom_tensor_taps(t);

    switch (t->role) {
    case ROM_WEIGHTS: v->weights += n; break;
    case ROM_BIASES: v->biases += n; break;
    case ROM_MULTIPLIERS: v->scales += n; break;
    case ROM_CODE: v->descriptors += p->code_header.descriptors; break;
    default: break;
    }
}

static int compare_tensor(const struct rom_set *set,
                          const struct rom_tensor *want,
                          const struct program *program,
                          struct rom_verdict *v, struct diag *diag)
{
    const struct rom_tensor *t = find(&set->manifest.tensors, want->name);

    if (!t || !same_shape(t, want) || t->role != want->role)
        return diag_error(diag, place_of_file(set->manifest.path), "the "
                          "manifest's tensor '%s' %s", want->name, t ?
                          "has another shape than this network's"
                          : "is missing: it is of another network");
    const struct rom_words *m = &set->columns.memory[t->memory];
    const int64_t taps = rom_tensor_taps(t);

    for (int64_t n = 0; n < rom_tensor_channels(t); n++)
        for (int64_t k = 0; k < taps; k++) {
            const int64_t have = rom_tensor_value(t, m, n, k);
            const int64_t wanted = rom_tensor_wanted(want, program, n, k);

            if (have != wanted && v->differences++ < SHOWN_DIFFERENCES)
                report(set, t, n, k, have, wanted, diag);
        }
    count(v, want, program);
    return 0;
}

/* An image of another network or machine is not compared word by word. */
static int check_names(const struct rom_set *set,
                       const struct program *program, struct diag *diag)
{
    const struct rom_manifest *m = &set->manifest;
    const struct place place = place_of_file(m->path);

    if (strcmp(m->network_digest, program->net->digest))
        return diag_error(diag, place, "the manifest is of network '%s' with "
                          "digest %.16s, must be of '%s' with %.16s",
                          m->network, m->network_digest, program->network,
                          program->net->digest);
    if (m->hardware != program->code_header.hardware)
        return diag_error(diag, place, "the manifest is of hardware %08" PRIx32
                          ", must be of '%s', %08" PRIx32, m->hardware,
                          program->hw->name, program->code_header.hardware);
    return 0;
}

int rom_compare(const struct rom_set *set, const struct program *program,
                const struct qnet *qnet, struct rom_verdict *v,
                struct diag *diag)
{
    struct rom_tensor_list want = { NULL, 0 };
    struct arena arena;
    int result = check_names(set, program, diag);

    memset(v, 0, sizeof(*v));
    arena_init(&arena, 0);
    if (!result && rom_tensors_of(&want, program, qnet, &arena))
        result = diag_error(diag, place_of_file(set->manifest.path),
                            "out of memory");
    for (int i = 0; !result && i < want.count; i++)
        result = compare_tensor(set, &want.tensor[i], program, v, diag);
    const char *wrong = !result && v->differences == 0
        ? rom_manifest_disagrees(&set->manifest, &want, program) : NULL;

    if (wrong)
        result = diag_error(diag, place_of_file(set->manifest.path), "what the "
                            "manifest says in '%s' is not true of this design",
                            wrong);
    arena_release(&arena);
    return result || v->differences > 0 ? -1 : 0;
}

int rom_verify(const struct program *program, const char *folder,
               struct rom_verdict *verdict, struct diag *diag)
{
    const struct rom_read_options options = { .manifest = NULL };
    struct rom_set set;
    int result = -1;

    memset(verdict, 0, sizeof(*verdict));
    if (!rom_read(&set, folder, &options, diag))
        result = rom_compare(&set, program, NULL, verdict, diag);
    rom_set_release(&set);
    return result;
}

/* -------------------------------------------------------------------- diff */

static void diff_tensor(struct rom_difference *d, const struct rom_set *a,
                        const struct rom_set *b)
{
    const struct rom_words *ma = &a->columns.memory[d->a->memory];
    const struct rom_words *mb = &b->columns.memory[d->b->memory];
    const int64_t taps = rom_tensor_taps(d->a);

    d->shape = !same_shape(d->a, d->b);
    d->elements = rom_tensor_channels(d->a) * taps;
    for (int64_t i = 0; !d->shape && i < d->elements; i++) {
        const int64_t va = rom_tensor_value(d->a, ma, i / taps, i % taps);
        const int64_t vb = rom_tensor_value(d->b, mb, i / taps, i % taps);

        if (va == vb)
            continue;
        index_of(d->a, i / taps, i % taps, d->last);
        if (d->different++ > 0)
            continue;
        d->value_a = va;
        d->value_b = vb;
        index_of(d->a, i / taps, i % taps, d->first);
        d->spot = rom_tensor_spot(d->a, ma->banks, i / taps, i % taps);
    }
}

int rom_diff(struct rom_difference_list *list, const struct rom_set *a,
             const struct rom_set *b, struct arena *arena)
{
    const struct rom_tensor_list *ta = &a->manifest.tensors;
    const struct rom_tensor_list *tb = &b->manifest.tensors;

    memset(list, 0, sizeof(*list));
    list->item = arena_alloc_array(arena, (size_t) (ta->count + tb->count) + 1,
                                   sizeof(*list->item));
    if (!list->item)
        return -1;
    for (int i = 0; i < ta->count; i++) {
        struct rom_difference d = { .a = &ta->tensor[i] };

        d.b = find(tb, d.a->name);
        if (d.b)
            diff_tensor(&d, a, b);
        if (d.b && !d.shape && d.different == 0)
            list->equal++;
        else
            list->item[list->count++] = d;
    }
    for (int i = 0; i < tb->count; i++)
        if (!find(ta, tb->tensor[i].name))
            list->item[list->count++] = (struct rom_difference) {
                .b = &tb->tensor[i] };
    return 0;
}
