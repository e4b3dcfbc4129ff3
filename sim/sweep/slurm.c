#include "sim/sweep/slurm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "sim/base/file.h"
#include "sim/base/text.h"

static void add_word(struct strbuf *b, const char *text)
{
    strbuf_add_char(b, ' ');
    text_add_word(b, text);
}

static void add_head(struct strbuf *b, const struct space *s,
                     const char *what)
{
    strbuf_printf(b, "#!/bin/sh\n#SBATCH --job-name=%s%s\n"
                  "#SBATCH --requeue\n#SBATCH --open-mode=append\n", s->name,
                  what);
}

static void add_settings(struct strbuf *b, const struct slurm_options *o)
{
    const char *line = o->overrides->source.text;

    /* The source has one argument of --set a line. */
    while (*line) {
        const size_t length = strcspn(line, "\n");
        char *argument = strndup(line, length);

        if (argument) {
            strbuf_add(b, " --set");
            add_word(b, argument);
        } else {
            b->failed = true;
        }
        free(argument);
        line += length + (line[length] == '\n');
    }
}

static void format_array(struct strbuf *b, const struct space *s,
                         const struct slurm_options *o)
{
    add_head(b, s, "");
    strbuf_printf(b, "#SBATCH --array=1-%" PRId64 "\n", o->tasks);
    if (o->jobs > 0)
        strbuf_printf(b, "#SBATCH --cpus-per-task=%d\n", o->jobs);
}

static void format_task(struct strbuf *b, const struct space *s,
                        const struct slurm_options *o)
{
    struct strbuf db;

    strbuf_init(&db);
    strbuf_add(b, "status=0\n");
    add_word(b, o->program);
    strbuf_add(b, " sweep");
    add_word(b, o->sweep);
    strbuf_printf(b, " --shard \"$SLURM_ARRAY_TASK_ID\"/%" PRId64, o->tasks);
    strbuf_add(b, " --db");
    if (o->shared && o->db)
        strbuf_add(&db, o->db);
    else
        strbuf_printf(&db, "%s/%s%s", o->folder, s->name, o->shared ? ".db"
                                                                    : "-");
    add_word(b, db.text);
    if (o->shared)
        strbuf_add(b, " --shared");
    else
        strbuf_add(b, "\"$SLURM_ARRAY_TASK_ID\".db");
    strbuf_add(b, " --jobs \"${SLURM_CPUS_PER_TASK:-1}\"");
    if (o->no_reuse)
        strbuf_add(b, " --no-reuse");
    if (o->images >= 0)
        strbuf_printf(b, " --images %" PRId64, o->images);
    add_settings(b, o);
    strbuf_add(b, " || status=$?\n"
        "# 137 is a SIGKILL, from want of memory perhaps: go on, five times.\n"
        "# SIGTERM is scancel's or a preemption's, and Slurm's to decide.\n"
        "if [ $status = 137 ] && [ \"${SLURM_RESTART_COUNT:-0}\" -lt 5 ]\n"
        "then\n"
        "    scontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\"\n"
        "fi\n"
        "exit $status\n");
    b->failed = b->failed || db.failed;
    strbuf_release(&db);
}

static void format_merge(struct strbuf *b, const struct space *s,
                         const struct slurm_options *o)
{
    struct strbuf db;

    strbuf_init(&db);
    if (o->db)
        strbuf_add(&db, o->db);
    else
        strbuf_printf(&db, "%s/%s.db", o->folder, s->name);
    add_head(b, s, "-merge");
    /* The tasks' files have everything: a former merge, perhaps of another
     * base, is replaced when the new one is whole. */
    strbuf_add(b, "db=");
    text_add_word(b, db.text);
    strbuf_add(b, "\nrm -f \"$db.new\"\n");
    add_word(b, o->program);
    strbuf_add(b, " sweep --merge --db \"$db.new\"");
    for (int64_t i = 1; i <= o->tasks; i++) {
        strbuf_clear(&db);
        strbuf_printf(&db, "%s/%s-%" PRId64 ".db", o->folder, s->name, i);
        add_word(b, db.text);
    }
    strbuf_add(b, " && mv \"$db.new\" \"$db\"\n");
    b->failed = b->failed || db.failed;
    strbuf_release(&db);
}

/* Run sbatch; its answer is "JOB" or "JOB;CLUSTER". The job, or -1. */
static int64_t submit(const struct space *s, const char *command,
                      struct diag *diag)
{
    char answer[4096] = "";
    int64_t job = -1;
    FILE *p = popen(command, "r");
    int status = -1;

    if (p) {
        answer[fread(answer, 1, sizeof(answer) - 1, p)] = '\0';
        status = pclose(p);
    }
    if (status == 0 && sscanf(answer, "%" SCNd64, &job) == 1 && job > 0)
        return job;
    answer[strcspn(answer, "\n")] = '\0';
    if (status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127)
        diag_error(diag, s->place, "'sbatch' is not there: Slurm must be "
                   "installed where a job array is submitted");
    else
        diag_error(diag, s->place, "'sbatch' refused the job: %.300s", answer);
    return -1;
}

static int64_t write_and_submit(const struct space *s,
                                const struct slurm_options *o,
                                const char *what, const char *log,
                                const char *dependency,
                                const struct strbuf *script, struct diag *diag)
{
    struct strbuf path, command;
    int64_t job = -1;

    strbuf_init(&path);
    strbuf_init(&command);
    strbuf_printf(&path, "%s/%s%s.sbatch", o->folder, s->name, what);
    strbuf_printf(&command, "sbatch --parsable%s%s", o->more ? " " : "",
                  o->more ? o->more : "");
    if (dependency)
        strbuf_printf(&command, " --dependency=%s --kill-on-invalid-dep=yes",
                      dependency);
    strbuf_add(&command, " -o");
    add_word(&command, log);
    add_word(&command, path.text);
    strbuf_add(&command, " 2>&1");
    if (script->failed || path.failed || command.failed)
        diag_error(diag, s->place, "out of memory");
    else if (!file_write_all(path.text, script->text, script->length, diag,
                             place_of_file(path.text)))
        job = submit(s, command.text, diag);
    strbuf_release(&path);
    strbuf_release(&command);
    return job;
}

int slurm_submit(const struct space *s, const struct slurm_options *o,
                 int64_t *job, int64_t *merge, struct diag *diag)
{
    struct strbuf script, log;
    char dependency[64];
    int failed = -1;

    *job = *merge = 0;
    if (file_make_dirs(o->folder, diag, s->place))
        return -1;
    strbuf_init(&script);
    strbuf_init(&log);
    format_array(&script, s, o);
    format_task(&script, s, o);
    strbuf_printf(&log, "%s/%s-%%a.log", o->folder, s->name);
    *job = write_and_submit(s, o, "", log.text, NULL, &script, diag);
    failed = *job < 0;
    if (!failed && !o->shared) {
        strbuf_clear(&script);
        strbuf_clear(&log);
        format_merge(&script, s, o);
        strbuf_printf(&log, "%s/%s-merge.log", o->folder, s->name);
        snprintf(dependency, sizeof(dependency), "afterok:%" PRId64, *job);
        *merge = write_and_submit(s, o, "-merge", log.text, dependency,
                                  &script, diag);
        failed = *merge < 0;
    }
    strbuf_release(&script);
    strbuf_release(&log);
    return failed ? -1 : 0;
}
