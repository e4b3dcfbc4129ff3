#include "sim/program/lives.h"

#include <stdlib.h>

int lives_root(const struct program *p, int t)
{
    while (t > 0 && p->desc[t - 1].op == NET_FLATTEN)
        t = p->desc[t - 1].input;
    return t;
}

static bool on_core(const struct program_desc *d)
{
    return d->unit == PROGRAM_ARRAY || d->unit == PROGRAM_VECTOR;
}

int lives_find_when(struct program *p)
{
    const struct net *net = p->net;
    const size_t count = (size_t) p->tensor_count;
    bool *from_core = calloc(2 * count, sizeof(*from_core));

    if (!from_core)
        return -1;
    bool *to_core = from_core + count;

    for (int i = 0; i < p->desc_count; i++) {
        from_core[i + 1] = on_core(&p->desc[i]);
        for (int k = 0; k < net_input_count(&net->layer[i]); k++)
            from_core[i + 1] |= from_core[net_input_of(&net->layer[i], k)];
    }
    for (int i = p->desc_count - 1; i >= 0; i--)
        for (int k = 0; k < net_input_count(&net->layer[i]); k++)
            to_core[net_input_of(&net->layer[i], k)] |=
                on_core(&p->desc[i]) || to_core[i + 1];
    for (int i = 0; i < p->desc_count; i++)
        p->desc[i].when = !from_core[i + 1] ? PROGRAM_BEFORE
                        : !to_core[i + 1] ? PROGRAM_AFTER : PROGRAM_BETWEEN;
    free(from_core);
    return 0;
}

int program_host_between(const struct program *p)
{
    for (int i = 0; i < p->desc_count; i++)
        if (p->desc[i].unit == PROGRAM_HOST
            && p->desc[i].when == PROGRAM_BETWEEN)
            return i;
    return -1;
}

static bool is_output(const struct program *p, int t)
{
    return t == p->tensor_count - 1
           || (p->net->is_output && p->net->is_output[t]);
}

bool lives_host_reaches(const struct program *p, int t)
{
    if (t == 0 || is_output(p, t) || p->desc[t - 1].unit == PROGRAM_HOST)
        return true;
    for (int i = 0; i < p->desc_count; i++)
        for (int k = 0; p->desc[i].unit == PROGRAM_HOST
                        && k < net_input_count(&p->net->layer[i]); k++)
            if (lives_root(p, net_input_of(&p->net->layer[i], k))
                == lives_root(p, t))
                return true;
    return false;
}

static void outlive(struct plan_tensor *t, int layer)
{
    t->last = layer > t->last ? layer : t->last;
}

void lives_find(const struct program *p, struct plan_tensor *tensor)
{
    for (int t = 0; t < p->tensor_count; t++) {
        const struct program_desc *d = t > 0 ? &p->desc[t - 1] : NULL;
        const bool early = d && d->unit == PROGRAM_HOST
                           && d->when == PROGRAM_BEFORE;

        tensor[t] = (struct plan_tensor) {
            .elements = net_is_host_only(p->net, t) ? 0
                      : net_elements(net_tensor_shape(p->net, t)),
            .first = early ? -1 : t - 1, .last = t - 1
        };
    }
    for (int i = 0; i < p->desc_count; i++) {
        const struct program_desc *d = &p->desc[i];
        const bool late = d->unit == PROGRAM_HOST && d->when == PROGRAM_AFTER;

        for (int k = 0; k < net_input_count(&p->net->layer[i]); k++) {
            const int t = net_input_of(&p->net->layer[i], k);

            outlive(&tensor[lives_root(p, t)], late ? p->desc_count : i);
        }
    }
    for (int t = 0; t < p->tensor_count; t++)
        if (is_output(p, t))
            outlive(&tensor[lives_root(p, t)], p->desc_count);
}
