#include "sim/report/plot.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct span {
    double lo, hi;
};

static bool is_drawn(const struct plot *p, size_t i)
{
    return isfinite(p->x[i]) && isfinite(p->y[i]);
}

/* False when there is nothing to draw. */
static bool find_span(const struct plot *p, const double *value,
                      struct span *s)
{
    bool any = false;

    for (size_t i = 0; i < p->count; i++) {
        if (!is_drawn(p, i))
            continue;
        s->lo = any && s->lo < value[i] ? s->lo : value[i];
        s->hi = any && s->hi > value[i] ? s->hi : value[i];
        any = true;
    }
    return any;
}

/* A cell from 0 to cells - 1; a span of nothing is drawn in the middle. */
static int cell_of(const struct span *s, double value, int cells)
{
    /* Halves, so that no span of doubles overflows. */
    const double whole = s->hi / 2 - s->lo / 2;

    if (whole <= 0.0)
        return cells / 2;
    return (int) lround((value / 2 - s->lo / 2) / whole * (cells - 1));
}

static void draw_points(const struct plot *p, const struct span *sx,
                        const struct span *sy, char *field)
{
    for (size_t i = 0; i < p->count; i++) {
        if (!is_drawn(p, i))
            continue;
        const int column = cell_of(sx, p->x[i], p->width);
        const int row = p->height - 1 - cell_of(sy, p->y[i], p->height);
        char *at = &field[row * p->width + column];

        if (p->front[i])
            *at = '*';
        else if (*at != '*')
            *at = *at == ' ' ? '.' : ':';
    }
}

static void print_rows(const struct plot *p, const struct span *sy,
                       const char *field, struct strbuf *out)
{
    for (int row = 0; row < p->height; row++) {
        if (row == 0)
            strbuf_printf(out, "%10.6g |", sy->hi);
        else if (row == p->height - 1)
            strbuf_printf(out, "%10.6g |", sy->lo);
        else
            strbuf_printf(out, "%10s |", "");
        int length = p->width;

        while (length > 0 && field[row * p->width + length - 1] == ' ')
            length--;
        strbuf_add_bytes(out, field + row * p->width, (size_t) length);
        strbuf_add_char(out, '\n');
    }
}

static void print_bottom(const struct plot *p, const struct span *sx,
                         struct strbuf *out)
{
    char lo[24], hi[24];

    strbuf_printf(out, "%10s +", "");
    for (int i = 0; i < p->width; i++)
        strbuf_add_char(out, '-');
    snprintf(lo, sizeof(lo), "%.6g", sx->lo);
    snprintf(hi, sizeof(hi), "%.6g", sx->hi);
    strbuf_printf(out, "\n%12s%s%*s\n", "", lo,
                  p->width - (int) strlen(lo), hi);
    strbuf_printf(out, "%12sup: %s, across: %s; * front, . point, : points\n",
                  "", p->y_name, p->x_name);
}

void plot_print(const struct plot *p, struct strbuf *out)
{
    assert(p->width >= 8 && p->height >= 4);
    const size_t cells = (size_t) p->width * (size_t) p->height;
    struct span sx = { 0 }, sy = { 0 };
    char *field;

    if (!find_span(p, p->x, &sx) || !find_span(p, p->y, &sy))
        return;
    field = malloc(cells);
    if (!field) {
        out->failed = true;
        return;
    }
    memset(field, ' ', cells);
    draw_points(p, &sx, &sy, field);
    print_rows(p, &sy, field, out);
    print_bottom(p, &sx, out);
    free(field);
}
