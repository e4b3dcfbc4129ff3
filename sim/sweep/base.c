/* base.c - the design, its hardware and network, and the images, as one digest. */
#include "sim/sweep/base.h"

#include <string.h>

#include "sim/net/net_design.h"
#include "sim/quant/quantize.h"
#include "sim/sweep/sweep.h"
#include "sim/version.h"

void sweep_base_init(struct sweep_base *b)
{
    memset(b, 0, sizeof(*b));
    arena_init(&b->arena, 0);
}

void sweep_base_release(struct sweep_base *b)
{
    arena_release(&b->arena);
}

static int digest_base(const struct space *s, struct sweep_base *b,
                       const struct hw *hw, const struct net *net,
                       const char *calibration, const char *test)
{
    struct strbuf text;
    int failed;

    strbuf_init(&text);
    strbuf_printf(&text, "napier %s\n%s\n%.17g\n%s\n%s\n%s\n%s\n%s\n",
                  NAPIER_VERSION, hw->digest, hw->clock_mhz, b->design.digest,
                  net->digest, calibration, test,
                  s->area ? space_area_targets[s->area - 1] : "");
    failed = text.failed || digest_sha256(text.text, text.length, b->digest);
    strbuf_release(&text);
    return failed;
}

/* The images of accuracy: their number, and their digest with the base's. */
static int read_images(const struct space *s, struct sweep_base *b,
                       const struct hw *hw, const struct net *net,
                       struct diag *diag)
{
    struct dataset calibration = { .count = 0 }, test = { .count = 0 };
    int failed;

    if (!b->design.test)
        return diag_error(diag, s->design_place, "the design has no "
                          "'data.test', must name the test images (or "
                          "'evaluate: timing' be asked for)");
    failed = quantize_read_data(&calibration, net, &b->design, diag)
             || dataset_read_test(&test, &b->design, net, diag);
    if (!failed) {
        b->images = s->images > 0 ? s->images : b->design.images;
        if (b->images == 0 || b->images > test.count)
            b->images = test.count;
        failed = digest_base(s, b, hw, net, calibration.digest, test.digest);
    }
    dataset_release(&calibration);
    dataset_release(&test);
    return failed;
}

int sweep_base_read(struct sweep_base *b, const struct space *s,
                    struct diag *diag)
{
    const bool timing = s->evaluate == SPACE_TIMING;
    struct override_list list;
    struct net net = { .name = NULL };
    struct hw hw;
    int failed;

    b->images = 0;
    if (space_overrides(s, s->point[0], &list))
        return diag_error(diag, s->place, "out of memory");
    list.count = s->fixed.count;      /* without the axes */
    failed = design_read(&b->design, s->design, &list, &b->arena, diag)
             || hw_read(&hw, b->design.hardware, &list, &b->arena, diag)
             || net_read_design(&net, &b->design, &list, timing, diag);
    if (!failed)
        failed = timing ? digest_base(s, b, &hw, &net, "", "")
                        : read_images(s, b, &hw, &net, diag);
    net_release(&net);
    override_release(&list);
    return failed ? -1 : 0;
}

int64_t sweep_images(const struct space *s, struct diag *diag)
{
    struct sweep_base base;
    int failed;

    sweep_base_init(&base);
    failed = sweep_base_read(&base, s, diag);
    sweep_base_release(&base);
    return failed ? -1 : base.images;
}
