#include "sim/sweep/nets.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/interrupt.h"
#include "sim/net/net_design.h"

void nets_init(struct nets *n, bool shapes_only, int workers)
{
    memset(n, 0, sizeof(*n));
    n->shapes_only = shapes_only;
    n->workers = workers;
}

static void entry_free(struct nets_entry *e)
{
    if (!e)
        return;
    reference_release(&e->reference);
    net_float_free(e->real);
    net_release(&e->net);
    free(e->message);
    free(e->key);
    free(e);
}

void nets_release(struct nets *n)
{
    for (int i = 0; i < n->calibration_count; i++) {
        calibration_release(&n->calibration[i]->calibration);
        free(n->calibration[i]->key);
        free(n->calibration[i]);
    }
    for (int i = 0; i < n->entry_count; i++)
        entry_free(n->entry[i]);
    for (int i = 0; i < n->data_count; i++) {
        dataset_release(&n->data[i]->data);
        free(n->data[i]->message);
        free(n->data[i]->key);
        free(n->data[i]);
    }
    free(n->calibration);
    free(n->entry);
    free(n->data);
    memset(n, 0, sizeof(*n));
}

char *nets_message(const struct diag *diag)
{
    struct strbuf b;

    strbuf_init(&b);
    for (size_t i = 0; i < diag->count; i++) {
        const struct diag_message *m = &diag->messages[i];

        if (m->level != DIAG_ERROR)
            continue;
        if (m->place.file && m->place.line > 0)
            strbuf_printf(&b, "%s:%d:%d: ", m->place.file, m->place.line,
                          m->place.column);
        strbuf_add(&b, m->text);
        break;
    }
    if (b.length == 0)
        strbuf_add(&b, "out of memory");
    return strbuf_detach(&b);
}

/* Room for one more pointer. 0 or -1. */
static int grow(void *array, int count)
{
    void *list, *grown;

    memcpy(&list, array, sizeof(list));
    grown = realloc(list, ((size_t) count + 1) * sizeof(void *));
    if (!grown)
        return -1;
    memcpy(array, &grown, sizeof(grown));
    /* cppcheck-suppress memleak ; the array has it now */
    return 0;
}

/* ---------------------------------------------------------------- networks */

static int read_entry(struct nets *n, struct nets_entry *e,
                      const struct design *design,
                      struct override_list *overrides)
{
    struct equalization equalization;
    struct diag diag;
    int failed;

    diag_init(&diag);
    failed = net_read_design(&e->net, design, overrides, n->shapes_only, &diag);
    if (failed) {
        e->message = nets_message(&diag);
        diag_release(&diag);
        return e->message ? 0 : -1;
    }
    diag_release(&diag);
    memcpy(e->digest, e->net.digest, sizeof(e->digest));
    if (n->shapes_only)
        return 0;
    if (design->equalize && !e->net.quantized
        && equalize(&e->net, &equalization))
        return -1;
    e->real = net_float_new(&e->net);
    return e->real ? 0 : -1;
}

struct nets_entry *nets_find(struct nets *n, const struct design *design,
                             const char *scope,
                             struct override_list *overrides)
{
    struct nets_entry *e;
    struct strbuf key;

    strbuf_init(&key);
    strbuf_printf(&key, "%s\n%d %.17g %.17g\n%s", design->network,
                  design->equalize, design->subtract, design->divide, scope);
    for (int i = 0; i < design->shape_count; i++)
        strbuf_printf(&key, " %d", (int) design->shape[i]);
    for (int i = 0; i < n->entry_count && !key.failed; i++)
        if (!strcmp(n->entry[i]->key, key.text)) {
            strbuf_release(&key);
            return n->entry[i];
        }
    e = calloc(1, sizeof(*e));
    if (e)
        e->key = strbuf_detach(&key);
    strbuf_release(&key);
    if (!e || !e->key || read_entry(n, e, design, overrides)
        || grow(&n->entry, n->entry_count)) {
        entry_free(e);
        return NULL;
    }
    n->entry[n->entry_count++] = e;
    return e;
}

/* -------------------------------------------------------------------- data */

/* Of a design: its test images, or what it is calibrated with, if with any. */
static int read_data(struct dataset *data, const struct net *net,
                     const struct design *design, bool test, struct diag *diag)
{
    return test ? dataset_read_test(data, design, net, diag)
                : quantize_read_data(data, net, design, diag);
}

struct nets_data *nets_dataset(struct nets *n, const struct nets_entry *net,
                               const struct design *design, bool test)
{
    const struct net_shape in = net->net.input;
    struct nets_data *d;
    struct strbuf key;
    struct diag diag;

    strbuf_init(&key);
    const char *path = test ? design->test
        : net->net.quantized ? NULL : design->calibration;
    const char *labels = test ? design->labels : NULL;

    strbuf_printf(&key, "%s\n%s\n%d %d %d", path ? path : "",
                  labels ? labels : "", in.h, in.w, in.c);
    for (int i = 0; i < n->data_count && !key.failed; i++)
        if (!strcmp(n->data[i]->key, key.text)) {
            strbuf_release(&key);
            return n->data[i];
        }
    d = calloc(1, sizeof(*d));
    if (d)
        d->key = strbuf_detach(&key);
    strbuf_release(&key);
    if (!d || !d->key || grow(&n->data, n->data_count)) {
        free(d ? d->key : NULL);
        free(d);
        return NULL;
    }
    diag_init(&diag);
    if (read_data(&d->data, &net->net, design, test, &diag))
        d->message = nets_message(&diag);
    diag_release(&diag);
    n->data[n->data_count++] = d;
    return d;
}

/* ------------------------------------------------------------- calibration */

static char *calibration_key(const struct nets_entry *net,
                             const struct dataset *data,
                             const struct design *d)
{
    struct strbuf b;

    strbuf_init(&b);
    strbuf_printf(&b, "%s\n%s\n%d %d %d %.17g %d %d", net->key, data->digest,
                  d->calibration_method, d->calibration_images,
                  d->calibration_batch, d->calibration_momentum,
                  d->power_of_two, d->power_of_two_choice);
    for (int i = 0; i < d->layer_count; i++)
        strbuf_printf(&b, " %d", d->layer[i].activation_calibration);
    return strbuf_detach(&b);
}

const struct calibration *nets_calibrate(struct nets *n,
                                         struct nets_entry *net,
                                         const struct dataset *data,
                                         const struct design *design)
{
    char *key = calibration_key(net, data, design);
    struct nets_calibration *c;

    for (int i = 0; key && i < n->calibration_count; i++)
        if (!strcmp(n->calibration[i]->key, key)) {
            free(key);
            return &n->calibration[i]->calibration;
        }
    c = key ? calloc(1, sizeof(*c)) : NULL;
    if (!c || grow(&n->calibration, n->calibration_count)
        || calibrate(&c->calibration, &net->net, net->real, data, design,
                     n->workers)) {
        if (c)
            calibration_release(&c->calibration);
        free(c);
        free(key);
        return NULL;
    }
    c->key = key;
    n->calibration[n->calibration_count++] = c;
    return &c->calibration;
}

const struct reference *nets_reference(struct nets *n, struct nets_entry *net,
                                       const struct dataset *data,
                                       int64_t images)
{
    const int64_t wanted = images > 0 && images < data->count ? images
                                                              : data->count;

    if (net->reference.class && net->reference_data == data
        && net->reference.images >= wanted)
        return &net->reference;
    for (int i = 0; i < n->entry_count; i++)
        reference_release(&n->entry[i]->reference);  /* one at a time: memory */
    net->reference_data = data;
    if (reference_make(&net->reference, &net->net, net->real, data, wanted,
                       n->workers)) {
        reference_release(&net->reference);
        return NULL;
    }
    return &net->reference;
}
