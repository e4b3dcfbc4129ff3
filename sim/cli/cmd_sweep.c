/* cmd_sweep.c - napier sweep, and napier check of a sweep file. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/base/interrupt.h"
#include "sim/base/path.h"
#include "sim/base/text.h"
#include "sim/cli/commands.h"
#include "sim/sweep/export.h"
#include "sim/sweep/slurm.h"
#include "sim/sweep/sweep.h"

enum { SHOWN_POINTS = 10 };

struct job {
    const struct options *options;
    struct space space;
    struct arena arena;
    struct diag diag;
    const char *db;
};

bool sweep_is_file(const char *path)
{
    struct diag diag;
    struct arena arena;
    const struct yaml_node *root;
    bool is;

    diag_init(&diag);
    arena_init(&arena, 0);
    root = yaml_read_file(path, &arena, &diag, PLACE_NONE);
    is = root && yaml_find(root, "axes");
    arena_release(&arena);
    diag_release(&diag);
    return is;
}

static bool is_database(const char *path)
{
    char head[16] = "";
    FILE *f = fopen(path, "rb");
    const bool is = f && fread(head, 1, sizeof(head), f) == sizeof(head)
                    && !memcmp(head, "SQLite format 3", sizeof(head));

    if (f)
        fclose(f);
    return is;
}

static int job_open(struct job *j, const struct options *o)
{
    j->options = o;
    diag_init(&j->diag);
    arena_init(&j->arena, 0);
    diag_add_source(&j->diag, "--set", o->overrides.source.text,
                    o->overrides.source.length);
    signal(SIGXFSZ, SIG_IGN);     /* a full quota is an error, not a death */
    return 0;
}

/* SQLite takes some names for files that do not stay. */
static int check_db(struct job *j, const char *path)
{
    if (*path && *path != ':')
        return 0;
    return diag_error(&j->diag, PLACE_NONE, "'--db' is '%s', must be the name "
                      "of a file that stays", path);
}

static int job_read(struct job *j)
{
    if (space_read(&j->space, j->options->file, &j->options->overrides,
                   &j->diag))
        return -1;
    if (j->options->images >= 0)
        j->space.images = j->options->images;
    j->db = j->options->db ? j->options->db
                           : arena_printf(&j->arena, "%s.db", j->space.name);
    return j->db ? check_db(j, j->db)
                 : diag_error(&j->diag, j->space.place, "out of memory");
}

static int job_close(struct job *j, int failed)
{
    diag_print(&j->diag, stderr);
    space_release(&j->space);
    arena_release(&j->arena);
    diag_release(&j->diag);
    return failed ? 1 : 0;
}

/* ------------------------------------------------------------------ output */

static sqlite3_stmt *best_points(const struct space *s, struct store *store)
{
    sqlite3_stmt *p = NULL;
    struct strbuf sql;

    strbuf_init(&sql);
    strbuf_add(&sql, "SELECT ordinal, settings");
    for (int i = 0; i < s->objective_count; i++)
        strbuf_printf(&sql, ", %s", s->objective[i].column);
    strbuf_add(&sql, " FROM final WHERE state = 'done'"
               " AND images = (SELECT max(images) FROM final) ORDER BY");
    for (int i = 0; i < s->objective_count; i++)
        strbuf_printf(&sql, "%s %s %s", i ? "," : "", s->objective[i].column,
                      s->objective[i].maximize ? "DESC" : "ASC");
    strbuf_printf(&sql, ", ordinal LIMIT %d", SHOWN_POINTS);
    if (!sql.failed)
        sqlite3_prepare_v2(store_database(store), sql.text, -1, &p, NULL);
    strbuf_release(&sql);
    return p;
}

static void print_best(struct job *j)
{
    struct store *store = store_open(j->db, STORE_READ, false, &j->diag,
                                     place_of_file(j->db));
    sqlite3_stmt *p = store ? best_points(&j->space, store) : NULL;

    printf("\n%7s", "point");
    for (int i = 0; i < j->space.objective_count; i++)
        printf(" %16s", j->space.objective[i].column);
    printf("  settings\n");
    while (p && sqlite3_step(p) == SQLITE_ROW) {
        printf("%7" PRId64, (int64_t) sqlite3_column_int64(p, 0));
        for (int i = 0; i < j->space.objective_count; i++)
            if (sqlite3_column_type(p, 2 + i) == SQLITE_NULL)
                printf(" %16s", "-");
            else
                printf(" %16.6g", sqlite3_column_double(p, 2 + i));
        printf("  %s\n", (const char *) sqlite3_column_text(p, 1));
    }
    sqlite3_finalize(p);
    store_close(store);
}

static void print_summary(const struct job *j, const struct sweep_summary *m)
{
    printf("sweep     %s: %s points", j->space.name,
           text_count(m->points).text);
    if (j->options->shards > 0)
        printf(", part %d of %d", j->options->shard, j->options->shards);
    printf("\nrun       %s in %s", text_count(m->run).text,
           text_duration(m->seconds).text);
    if (m->run > 0 && m->seconds > 0)
        printf(", %.3g ms each", 1e3 * m->seconds / (double) m->run);
    if (m->refused > 0)
        printf(", %s refused, the first: %s", text_count(m->refused).text,
               m->refusal);
    printf("\nkept      %s results of earlier runs", text_count(m->kept).text);
    if (m->stale > 0)
        printf(", %s out of date", text_count(m->stale).text);
    if (m->layers > 0)
        printf("\nreused    %.1f %% of %s layers of images; %s quantizations",
               100.0 * (double) m->reused / (double) m->layers,
               text_count(m->layers).text, text_count(m->groups).text);
    printf("\nresults   %s\n", j->db);
}

static int write_export(struct job *j, const char *path, const char *form,
                        const char *to)
{
    struct store *store = store_open(path, STORE_READ, false, &j->diag,
                                     place_of_file(path));
    struct strbuf out;
    int failed = -1;

    strbuf_init(&out);
    if (store)
        failed = !strcmp(form, "csv") ? export_csv(store, &out)
                                                    : export_json(store, &out);
    if (failed && diag_error_count(&j->diag) == 0)
        diag_error(&j->diag, place_of_file(path), "out of memory");
    if (!failed && to)
        failed = file_write_all(to, out.text, out.length, &j->diag,
                                place_of_file(to));
    else if (!failed)    /* standard output; a failure is main's to see */
        fwrite(out.text, 1, out.length, stdout);
    strbuf_release(&out);
    store_close(store);
    return failed;
}

/* -------------------------------------------------------------------- runs */

static const char *find_synth(struct job *j)
{
    const char *data = data_folder(&j->arena);
    const char *script = data ? path_join(&j->arena, data, "tools/synth.sh")
                              : NULL;

    return script && access(script, X_OK) == 0 ? script : NULL;
}

/* A part may have refused points alone, a whole sweep may not. */
static int check_any(struct job *j)
{
    struct store *store = store_open(j->db, STORE_READ, false, &j->diag,
                                     place_of_file(j->db));
    sqlite3_stmt *p = NULL;
    int failed = store ? 0 : -1;

    if (store && !sqlite3_prepare_v2(store_database(store), "SELECT message"
                                     " FROM final ORDER BY state = 'refused',"
                                     " ordinal LIMIT 1", -1, &p, NULL)
        && sqlite3_step(p) == SQLITE_ROW && sqlite3_column_text(p, 0))
        failed = diag_error(&j->diag, j->space.place, "every point is refused, "
                            "must have one that can run; the first says: %s",
                            (const char *) sqlite3_column_text(p, 0));
    sqlite3_finalize(p);
    store_close(store);
    return failed;
}

/* What the results say that made them, to copy into a shell. */
static const char *command_line(struct job *j)
{
    struct strbuf b;

    strbuf_init(&b);
    strbuf_add(&b, "napier sweep ");
    text_add_word(&b, j->options->file);
    const char *line = arena_strdup(&j->arena, b.text);

    strbuf_release(&b);
    return line;
}

static int run_sweep(struct job *j)
{
    const struct options *o = j->options;
    const struct sweep_options how = {
        .workers = o->jobs, .no_reuse = o->no_reuse, .shard = o->shard,
        .shards = o->shards, .path = j->db, .shared = o->shared,
        .command = command_line(j),
        .synth = find_synth(j)
    };
    struct sweep_summary summary;
    const bool to_stdout = o->json && !strcmp(o->json, "-");
    const bool quiet = (o->export && !o->output) || to_stdout;

    if (o->output && !o->export)
        return diag_error(&j->diag, PLACE_NONE, "'-o' is the file of '--export' "
                          "or the folder of '--slurm', must be given with one "
                          "of them");
    if (sweep_run(&j->space, &how, &summary, &j->diag))
        return -1;
    if (!quiet) {
        print_summary(j, &summary);
        print_best(j);
    }
    if (o->json && write_export(j, j->db, "json", to_stdout ? NULL : o->json))
        return -1;
    if (o->export && write_export(j, j->db, o->export, o->output))
        return -1;
    return o->shards > 0 ? 0 : check_any(j);
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;

    return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev
           && x.st_ino == y.st_ino;
}

static int merge(struct job *j)
{
    const struct options *o = j->options;
    struct store *store;
    int failed = 0;

    if (!o->db)
        return diag_error(&j->diag, PLACE_NONE, "'--merge' needs '--db FILE' "
                          "to merge into");
    if (check_db(j, o->db))
        return -1;
    /* All are looked at before the target is made or changed. */
    for (int i = -1; i < o->more_count && !failed; i++) {
        const char *path = i < 0 ? o->file : o->more[i];

        failed = is_same_file(path, o->db)
            ? diag_error(&j->diag, place_of_file(path), "'%s' is the file to "
                         "merge into, must be another", path)
            : store_check(path, &j->diag, place_of_file(path));
    }
    if (failed)
        return -1;
    store = store_open(o->db, STORE_CREATE, o->shared, &j->diag,
                       place_of_file(o->db));
    if (!store)
        return -1;
    for (int i = -1; i < o->more_count && !failed; i++) {
        const char *path = i < 0 ? o->file : o->more[i];
        int64_t added = 0;

        failed = store_merge(store, path, &added, place_of_file(path));
        if (!failed)
            printf("%s: %s results added\n", path, text_count(added).text);
    }
    store_close(store);
    return failed;
}

static const char *absolute(struct job *j, const char *path)
{
    char here[4096];

    if (path[0] == '/')
        return path;
    return getcwd(here, sizeof(here)) ? path_join(&j->arena, here, path)
                                      : NULL;
}

static int submit(struct job *j)
{
    const struct options *o = j->options;
    char exe[4096];
    const ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    struct slurm_options how = {
        .tasks = o->slurm, .jobs = o->jobs, .shared = o->shared,
        .images = o->images,
        .no_reuse = o->no_reuse, .more = o->slurm_options,
        .overrides = &o->overrides
    };
    int64_t job, last;

    exe[length > 0 ? length : 0] = '\0';
    how.program = exe;
    how.sweep = absolute(j, o->file);
    how.folder = absolute(j, o->output ? o->output : j->space.name);
    how.db = o->db ? absolute(j, o->db) : NULL;
    if (o->shards > 0)
        return diag_error(&j->diag, PLACE_NONE, "'--shard' is of one task, must "
                          "be left out with '--slurm'");
    if (!how.sweep || !how.folder)
        return diag_error(&j->diag, j->space.place, "out of memory");
    if (slurm_submit(&j->space, &how, &job, &last, &j->diag))
        return -1;
    printf("submitted %s points as job %" PRId64 ", %" PRId64 " tasks\n",
           text_count(j->space.count).text, job, o->slurm);
    if (last > 0)
        printf("merged    by job %" PRId64 "\n", last);
    if (how.db)
        printf("results   %s\n", how.db);
    else
        printf("results   %s/%s.db\n", how.folder, j->space.name);
    return 0;
}

int command_sweep(const struct options *o)
{
    struct job j = { .options = o };
    int failed;

    if (!o->file) {
        fprintf(stderr, "napier: no sweep file given\n");
        return 2;
    }
    job_open(&j, o);
    if (o->merge)
        failed = merge(&j);
    else if (o->export && is_database(o->file))
        failed = write_export(&j, o->file, o->export, o->output);
    else if (is_database(o->file))
        failed = diag_error(&j.diag, place_of_file(o->file), "'%s' is a "
                            "database, must be a sweep file ('--export csv' "
                            "prints results, 'napier report' shows them)",
                            o->file);
    else
        failed = job_read(&j) || (o->slurm > 0 ? submit(&j) : run_sweep(&j));
    return job_close(&j, failed);
}

/* ------------------------------------------------------------------- check */

static void print_space(const struct space *s)
{
    printf("sweep     %s of %s, %s, %s\n", s->name, s->design,
           space_method_names[s->method], space_evaluate_names[s->evaluate]);
    for (int i = 0; i < s->axis_count; i++) {
        const struct space_axis *a = &s->axis[i];

        printf("axis      %-24s %6d value%s  %s", a->key, a->count,
               a->count == 1 ? " " : "s", a->choice[0].json);
        if (a->count > 1)
            printf(" to %s", a->choice[a->count - 1].json);
        printf("\n");
    }
    for (int i = 0; i < s->constraint_count; i++)
        printf("only      %s\n", s->constraint[i].text);
    for (int i = 0; i < s->objective_count; i++)
        printf("objective %s %s\n", s->objective[i].maximize ? "most" : "least",
               s->objective[i].column);
    printf("points    %s of %s\n", text_count(s->count).text,
           text_count(s->product).text);
}

int command_check_sweep(const struct options *o)
{
    struct job j = { .options = o };
    struct sweep_estimate estimate = { .seconds = -1 };
    int failed;

    job_open(&j, o);
    failed = job_read(&j);
    if (!failed) {
        print_space(&j.space);
        failed = sweep_estimate(&j.space, o->jobs, &estimate, &j.diag);
    }
    if (!failed) {
        printf("time      about %s on this machine%s\n",
               text_duration(estimate.seconds).text, j.space.area
               ? ", and a minute or more for each different machine's area"
               : "");
        if (estimate.refused > 0)
            diag_warn(&j.diag, j.space.place, "%s of %s points that were tried "
                      "cannot run; the first says: %s",
                      text_count(estimate.refused).text,
                      text_count(estimate.tried).text, estimate.refusal);
        printf("no errors\n");
    }
    return job_close(&j, failed);
}
