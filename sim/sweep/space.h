/*
 * space.h - the sweep file: which settings of a base design are to be tried.
 *
 * Axes that are zipped advance together and make one dimension; dimensions are
 * multiplied, the last fastest. A point is known by its index in that product,
 * before constraints: the same sweep file always numbers its points alike.
 */
#ifndef SPACE_H
#define SPACE_H

#include <stdint.h>

#include "sim/base/strbuf.h"
#include "sim/config/override.h"
#include "sim/config/settings.h"
#include "sim/sweep/expr.h"
#include "sim/sweep/store.h"

enum {
    SPACE_MAX_AXES = 64,
    SPACE_MAX_CHOICES = 100000,   /* of one axis */
    SPACE_MAX_POINTS = 2000000    /* after constraints */
};

enum space_scope { SPACE_HARDWARE, SPACE_DESIGN, SPACE_NETWORK };
enum space_method { SPACE_GRID, SPACE_RANDOM, SPACE_HALVING };
enum space_evaluate { SPACE_ACCURACY, SPACE_TIMING };

extern const char *const space_scope_names[];
extern const char *const space_method_names[];
extern const char *const space_evaluate_names[];
extern const struct setting space_settings[];

struct space_choice {
    const struct yaml_node *node;
    struct expr_value value;      /* as constraints see it */
    const char *json;             /* as results keep it */
};

struct space_axis {
    const char *key;
    struct place place;           /* of the key */
    enum space_scope scope;
    int dimension;
    int count;
    struct space_choice *choice;
};

struct space_constraint {
    const struct expr *expr;
    const char *text;
};

struct space {
    const char *name, *path, *design;
    struct place place, design_place;
    char *text;                   /* the file itself */
    int method, evaluate;         /* enum space_method, space_evaluate */
    int64_t images, seed;
    int64_t random_points;
    int64_t halving_first;
    double halving_keep;
    int area;                     /* 0: none, else 1 + target */
    int axis_count;
    struct space_axis *axis;
    int dimension_count;
    int64_t *dimension;           /* choices of each */
    int64_t product;              /* of all */
    int constraint_count;
    struct space_constraint *constraint;
    int objective_count;
    struct store_objective *objective;
    struct override_list fixed;   /* `set`, then --set: for every point */
    const char *settings;         /* --set, one a line */
    int64_t count;                /* points, in ascending order */
    int64_t *point;               /* [count] */
    struct arena arena;
    /* Of the base, for constraints on keys that are no axes. */
    struct expr_value *value;
    const char **value_key;
    int value_count;
};

extern const char *const space_area_targets[];   /* ends in NULL */

/*
 * Read a sweep file; `overrides` (--set) reaches the sweep file, the base and
 * all points. Reads the base design, hardware and network to know their keys.
 * 0; or -1 with errors in `diag`. Call space_release in any case.
 */
int space_read(struct space *s, const char *path,
               const struct override_list *overrides, struct diag *diag);
void space_release(struct space *s);

/* The choice of every axis at a point: choice[axis_count]. */
void space_choices(const struct space *s, int64_t point, int *choice);

/* The settings as a JSON object, in the order of the axes. */
void space_format(const struct space *s, int64_t point, struct strbuf *out);

/*
 * The overrides of a point: those for every point, then its axes. The list
 * borrows from the space; override_release frees it.
 */
int space_overrides(const struct space *s, int64_t point,
                    struct override_list *list);

#endif
