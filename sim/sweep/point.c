#include "sim/sweep/point.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/digest.h"
#include "sim/version.h"

int point_digest(const struct space *s, int64_t number,
                 struct strbuf *settings, char *hex)
{
    strbuf_clear(settings);
    space_format(s, number, settings);
    return settings->failed
        ? -1 : digest_sha256(settings->text, settings->length, hex);
}

/* The choices of the network's axes, spelt out. */
static int digest_scope(struct point *p, const struct space *s)
{
    int choice[SPACE_MAX_AXES];
    struct strbuf b;
    int failed;

    space_choices(s, p->number, choice);
    strbuf_init(&b);
    for (int i = 0; i < s->axis_count; i++)
        if (s->axis[i].scope == SPACE_NETWORK)
            strbuf_printf(&b, "%s=%s\n", s->axis[i].key,
                          s->axis[i].choice[choice[i]].json);
    failed = b.failed || digest_sha256(b.text, b.length, p->scope);
    strbuf_release(&b);
    return failed ? -1 : 0;
}

int point_read(struct point *p, const struct space *s)
{
    struct override_list list;
    struct diag diag;
    int failed = 0;

    arena_init(&p->arena, (size_t) 64 << 20);
    if (digest_scope(p, s) || space_overrides(s, p->number, &list))
        return -1;
    diag_init(&diag);
    if (design_read(&p->design, s->design, &list, &p->arena, &diag)
        || hw_read(&p->hw, p->design.hardware, &list, &p->arena, &diag)) {
        p->message = nets_message(&diag);
        failed = p->message ? 0 : -1;
    }
    diag_release(&diag);
    override_release(&list);
    return failed;
}

/* ---------------------------------------------------------------- digests */

bool point_is_shape(const char *key)
{
    static const char *const shape[] = {
        "array.rows", "array.cols", "array.dataflow", "accumulator.bits",
        "accumulator.overflow", "accumulator.wrap_bits", "accumulator.depth",
        "memory.weight_depth", "memory.param_depth",
        "memory.activation_depth", "memory.program_depth"
    };

    for (size_t i = 0; i < sizeof(shape) / sizeof(*shape); i++)
        if (!strcmp(key, shape[i]))
            return true;
    return false;
}

static int digest_group(struct point *p)
{
    struct strbuf b;
    int failed;

    strbuf_init(&b);
    strbuf_printf(&b, "%s\n%s\n%s\n%s\n%d\n", p->net->key, p->design.digest,
                  p->test->key, p->calibration->key, p->hw.preset_whole);
    for (const struct setting *t = hw_settings; t->key; t++) {
        const char *field = (const char *) &p->hw + t->offset;

        if (point_is_shape(t->key))
            continue;
        if (t->type == SETTING_INT || t->type == SETTING_ENUM)
            strbuf_printf(&b, "%s=%d\n", t->key, *(const int *) field);
        else if (t->type == SETTING_BOOL)
            strbuf_printf(&b, "%s=%d\n", t->key, *(const bool *) field);
    }
    /* The operands of an add are scaled to what the accumulator holds. */
    for (int i = 0; i < p->net->net.layer_count; i++)
        if (p->net->net.layer[i].op == NET_ADD) {
            strbuf_printf(&b, "add=%d\n", hw_add_shift(&p->hw));
            break;
        }
    failed = b.failed || digest_sha256(b.text, b.length, p->group);
    strbuf_release(&b);
    return failed ? -1 : 0;
}

static int digest_inputs(struct point *p, const struct space *s)
{
    struct strbuf b;
    int failed;

    strbuf_init(&b);
    strbuf_printf(&b, "napier %s\n%s\n%s\n", NAPIER_VERSION,
                  space_evaluate_names[s->evaluate],
                  s->area ? space_area_targets[s->area - 1] : "");
    if (p->message) {
        strbuf_printf(&b, "%s\n", p->message);
    } else {
        strbuf_printf(&b, "%s\n%.17g\n%s\n", p->hw.digest, p->hw.clock_mhz,
                      p->net->digest);
        if (s->evaluate == SPACE_ACCURACY)
            strbuf_printf(&b, "%s\n%s\n%s\n", p->design.digest,
                          p->test->data.digest, p->calibration->data.digest);
    }
    failed = b.failed || digest_sha256(b.text, b.length, p->inputs);
    strbuf_release(&b);
    return failed ? -1 : 0;
}

/* ---------------------------------------------------------- shared things */

static int take_message(struct point *p, const char *message)
{
    p->message = strdup(message);
    return p->message ? 0 : -1;
}

static int find_data(struct point *p, struct nets *nets)
{
    if (!p->design.test)
        return take_message(p, "'data.test' is missing, must name the test "
                               "images");
    p->test = nets_dataset(nets, p->net, &p->design, true);
    p->calibration = nets_dataset(nets, p->net, &p->design, false);
    if (!p->test || !p->calibration)
        return -1;
    if (p->test->message || p->calibration->message)
        return take_message(p, p->test->message ? p->test->message
                                                : p->calibration->message);
    return digest_group(p);
}

int point_find_net(struct point *p, const struct space *s, struct nets *nets)
{
    struct override_list list;
    int failed = 0;

    if (!p->message) {
        if (space_overrides(s, p->number, &list))
            return -1;
        p->net = nets_find(nets, &p->design, p->scope, &list);
        override_release(&list);
        if (!p->net)
            return -1;
        if (p->net->message)
            failed = take_message(p, p->net->message);
        else if (s->evaluate == SPACE_ACCURACY)
            failed = find_data(p, nets);
    }
    return failed || digest_inputs(p, s) ? -1 : 0;
}

void point_release(struct point *p)
{
    free(p->message);
    arena_release(&p->arena);
    memset(p, 0, sizeof(*p));
}
