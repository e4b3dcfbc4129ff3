#include "sim/sweep/rounds.h"

#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

int rounds_plan(const struct space *s, int64_t images, int64_t *of_round)
{
    int rounds = 0;
    double n = (double) s->halving_first;

    while (s->method == SPACE_HALVING && n < (double) images
           && rounds < ROUNDS_MOST - 1) {
        of_round[rounds++] = (int64_t) ceil(n - 1e-9);
        n = n / s->halving_keep;
    }
    of_round[rounds++] = images;
    return rounds;
}

int64_t rounds_keep(const struct space *s, int64_t n)
{
    const int64_t kept = (int64_t) ceil((double) n * s->halving_keep - 1e-9);

    return kept > 1 ? kept : n > 0 ? 1 : 0;
}

struct rank {
    int64_t ordinal, dominated_by;
    double *value;                /* [objectives], greater is better */
};

static bool dominates(const double *a, const double *b, int count)
{
    bool better = false;

    for (int i = 0; i < count; i++) {
        if (a[i] < b[i])
            return false;
        better = better || a[i] > b[i];
    }
    return better;
}

static int by_rank(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;

    if (x->dominated_by != y->dominated_by)
        return x->dominated_by < y->dominated_by ? -1 : 1;
    if (x->value[0] != y->value[0])
        return x->value[0] > y->value[0] ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

    return (x > y) - (x < y);
}

/* "SELECT ordinal, OBJECTIVE, ..." */
static sqlite3_stmt *prepare(const struct space *s, struct store *store,
                             int64_t images)
{
    sqlite3_stmt *p = NULL;
    struct strbuf sql;

    strbuf_init(&sql);
    strbuf_add(&sql, "SELECT 0");
    for (int i = 0; i < s->objective_count; i++)
        strbuf_printf(&sql, ", r.%s", s->objective[i].column);
    strbuf_printf(&sql, " FROM point p JOIN result r ON r.point_id = p.id"
                  " WHERE p.ordinal = ?1 AND r.images = %" PRId64
                  " AND r.stale = 0 AND r.state = 'done'", images);
    if (!sql.failed)
        sqlite3_prepare_v2(store_database(store), sql.text, -1, &p, NULL);
    strbuf_release(&sql);
    return p;
}

static void read_values(const struct space *s, sqlite3_stmt *p,
                        struct rank *rank)
{
    for (int i = 0; i < s->objective_count; i++) {
        const double v = sqlite3_column_type(p, i + 1) == SQLITE_NULL
            ? NAN : sqlite3_column_double(p, i + 1);

        rank->value[i] = isnan(v) ? -INFINITY
                       : s->objective[i].maximize ? v : -v;
    }
}

int64_t rounds_select(const struct space *s, struct store *store,
                      int64_t images, int64_t *ordinal, int64_t count,
                      struct diag *diag)
{
    const size_t objectives = (size_t) s->objective_count;
    struct rank *rank = calloc((size_t) count + 1, sizeof(*rank));
    double *value = calloc(((size_t) count + 1) * objectives, sizeof(*value));
    sqlite3_stmt *p = prepare(s, store, images);
    int64_t found = 0, kept = -1;

    if (!p) {
        store_error(store, "read");
        goto done;
    }
    if (!rank || !value) {
        diag_error(diag, s->place, "out of memory");
        goto done;
    }
    for (int64_t i = 0; i < count; i++) {
        struct rank *r = &rank[found];

        *r = (struct rank) { .ordinal = ordinal[i],
                             .value = value + found * (int64_t) objectives };
        sqlite3_bind_int64(p, 1, ordinal[i]);
        if (sqlite3_step(p) == SQLITE_ROW) {
            read_values(s, p, r);
            found++;
        }
        sqlite3_reset(p);
    }
    for (int64_t a = 0; a < found; a++)
        for (int64_t b = 0; b < found; b++)
            rank[a].dominated_by += dominates(rank[b].value, rank[a].value,
                                              s->objective_count);
    qsort(rank, (size_t) found, sizeof(*rank), by_rank);
    kept = rounds_keep(s, found);
    for (int64_t i = 0; i < kept; i++)
        ordinal[i] = rank[i].ordinal;
    qsort(ordinal, (size_t) kept, sizeof(*ordinal), by_number);

done:
    sqlite3_finalize(p);
    free(rank);
    free(value);
    return kept;
}
