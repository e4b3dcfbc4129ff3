#include "sim/program/plan.h"

#include <stdbool.h>
#include <stdlib.h>

static bool live_together(const struct plan_tensor *a,
                          const struct plan_tensor *b)
{
    return a->first <= b->last && b->first <= a->last;
}

static int by_birth(const void *a, const void *b)
{
    const struct plan_tensor *x = *(struct plan_tensor *const *) a;
    const struct plan_tensor *y = *(struct plan_tensor *const *) b;

    return x->first != y->first ? (x->first > y->first) - (x->first < y->first)
                                : (x > y) - (x < y);
}

static int by_size(const void *a, const void *b)
{
    const struct plan_tensor *x = *(struct plan_tensor *const *) a;
    const struct plan_tensor *y = *(struct plan_tensor *const *) b;

    if (x->elements != y->elements)
        return x->elements < y->elements ? 1 : -1;
    return by_birth(a, b);
}

/*
 * The lowest gap between the placed tensors that `t` meets. `placed` is kept in
 * the order of addresses.
 */
static int64_t lowest_gap(struct plan_tensor *const *placed, int count,
                          const struct plan_tensor *t)
{
    int64_t at = 0;

    for (int i = 0; i < count; i++) {
        const struct plan_tensor *p = placed[i];

        if (!live_together(p, t))
            continue;
        if (p->address - at >= t->elements)
            break;
        if (p->address + p->elements > at)
            at = p->address + p->elements;
    }
    return at;
}

static void insert(struct plan_tensor **placed, int count,
                   struct plan_tensor *t)
{
    while (count > 0 && placed[count - 1]->address > t->address) {
        placed[count] = placed[count - 1];
        count--;
    }
    placed[count] = t;
}

static int64_t place_in_order(struct plan_tensor *const *order,
                              struct plan_tensor **placed, int count)
{
    int64_t peak = 0;

    for (int i = 0; i < count; i++) {
        struct plan_tensor *t = order[i];

        t->address = lowest_gap(placed, i, t);
        insert(placed, i, t);
        if (t->address + t->elements > peak)
            peak = t->address + t->elements;
    }
    return peak;
}

int64_t plan_place(struct plan_tensor *tensor, int count)
{
    struct plan_tensor **order = calloc(2 * (size_t) count + 1,
                                        sizeof(*order));
    int64_t peak = -1;

    if (!order)
        return -1;
    struct plan_tensor **placed = order + count;

    for (int i = 0; i < count; i++)
        order[i] = &tensor[i];
    qsort(order, (size_t) count, sizeof(*order), by_size);
    const int64_t largest_first = place_in_order(order, placed, count);

    qsort(order, (size_t) count, sizeof(*order), by_birth);
    peak = place_in_order(order, placed, count);
    if (largest_first < peak) {
        qsort(order, (size_t) count, sizeof(*order), by_size);
        peak = place_in_order(order, placed, count);
    }
    free(order);
    return peak;
}
