#include "sim/cli/report_cosim.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/base/path.h"

/* What the first different step took, where that differs already. */
static void print_taken(const struct cosim_difference *d)
{
    if (d->fault == COSIM_CODE || d->fault == COSIM_HOST)
        printf("  activation differs (lane %d): model code %" PRId64 ", RTL %"
               PRId64 "\n", d->lane, d->model_took, d->rtl_took);
    else if (d->fault == COSIM_ACTIVATION)
        printf("  activation differs (lane %d): model operand %" PRId64 ", RTL "
               "%" PRId64 "; the code that arrives is equal\n", d->lane,
               d->model_took, d->rtl_took);
    else if (d->fault == COSIM_WEIGHT)
        printf("  weight differs (lane %d): model operand %" PRId64 ", RTL %"
               PRId64 "; the activation is equal\n", d->lane, d->model_took,
               d->rtl_took);
    else if (d->fault == COSIM_START)
        printf("  start of the step differs: model %" PRId64 ", RTL %" PRId64
               "; the operands are equal\n", d->model_took, d->rtl_took);
    else if (d->fault == COSIM_SUM)
        printf("  what the step takes is equal\n");
}

static void print_trace(const struct cosim_difference *d, const struct hw *hw)
{
    if (!d->traced)
        return;
    if (d->step < 0) {
        printf("  every sum of this element is equal: the difference comes "
               "after the sums, in requantization\n");
    } else {
        if (d->of == COSIM_OPERAND)
            printf("  first different value: operand %d of 2, c %d, in ",
                   d->step + 1, d->tap_c);
        else
            printf("  first different sum: %s %d (ky %d, kx %d, c %d) in ",
                   d->of == COSIM_TAP ? "tap" : "MAC step", d->step, d->ky,
                   d->kx, d->tap_c);
        if (d->row < hw->rows)
            printf("PE row %d, ", d->row);
        else
            printf("the vector unit, ");
        printf("column %d, cycle %" PRIu64 "\n", d->col, d->step_cycle);
        printf("  model: %" PRId64 " -> %" PRId64 "    RTL: %" PRId64 " -> %"
               PRId64 "\n", d->model_before, d->model_after, d->rtl_before,
               d->rtl_after);
        print_taken(d);
    }
    if (d->looks_like[0])
        printf("  looks like: %s\n", d->looks_like);
}

void report_cosim_difference(const char *layer, const char *points_to,
                             const struct hw *hw,
                             const struct cosim_difference *d)
{
    printf("\nfirst difference: image %" PRId64 ", layer '%s'", d->image,
           layer);
    switch (d->kind) {
    case COSIM_VALUE:
        printf(", output (y %d, x %d, c %d), cycle %" PRIu64 ": model %d, RTL "
               "%d\n", d->y, d->x, d->c, d->cycle, d->model_code, d->rtl_code);
        print_trace(d, hw);
        break;
    case COSIM_MEMORY:
        printf(", output (y %d, x %d, c %d): %d was written in cycle %" PRIu64
               ", %d is read back\n", d->y, d->x, d->c, d->model_code,
               d->cycle, d->rtl_code);
        break;
    case COSIM_OVERFLOWS:
    case COSIM_CYCLES:
        printf(": model counts %" PRId64 " %s, RTL %" PRId64 "\n",
               d->model_count, cosim_kind_names[d->kind], d->rtl_count);
        break;
    case COSIM_SIGNATURE:
        printf(": model has signature %08" PRIx64 ", RTL %08" PRIx64 "\n",
               (uint64_t) d->model_count, (uint64_t) d->rtl_count);
        break;
    default:
        printf(": %s\n", d->text);
        if (d->assertion[0])
            printf("  assertion '%s' of %s fails in cycle %" PRIu64 ", in %s\n",
                   d->assertion, d->module, d->cycle, d->instance);
        break;
    }
    if (*points_to)
        printf("  points to: %s\n", points_to);
}

int report_cosim_sources(struct session *s, struct library_sources *sources)
{
    const char *data = data_folder(&s->arena);

    if (!data)
        return diag_error(&s->diag, PLACE_NONE, "the RTL is not beside the "
                          "program; set NAPIER_DATA to the folder that holds "
                          "rtl/");
    sources->rtl = s->options->rtl ? s->options->rtl
                                   : path_join(&s->arena, data, "rtl");
    sources->shim = path_join(&s->arena, data, "sim/cosim");
    return sources->rtl && sources->shim ? 0 : -1;
}
