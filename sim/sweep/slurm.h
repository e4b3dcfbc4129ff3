/*
 * slurm.h - a sweep as a job array: shard i of n, and a job that merges.
 *
 *   DIR/NAME.sbatch         the array; every task has a results file of its
 *                           own, DIR/NAME-I.db, and is requeued as it stands
 *   DIR/NAME-merge.sbatch   when all tasks are done: one file, DIR/NAME.db
 *   DIR/NAME-I.log          what task I printed
 *
 * With `shared` all tasks work on DIR/NAME.db, and nothing is merged.
 */
#ifndef SLURM_H
#define SLURM_H

#include "sim/sweep/space.h"

struct slurm_options {
    const char *program;          /* the command, absolute */
    const char *folder;           /* absolute */
    const char *sweep;            /* the sweep file, absolute */
    const char *db;               /* the merged results; NULL: in folder */
    int64_t tasks;
    int jobs;                     /* threads of a task; 0: as Slurm gives */
    int64_t images;               /* --images; -1: not given */
    bool shared, no_reuse;
    const char *more;             /* words for each sbatch; or NULL */
    const struct override_list *overrides;
};

/* Write the scripts and give them to sbatch. *job, *merge: their numbers, the
 * latter 0 without one. 0, or -1 and an error. */
int slurm_submit(const struct space *s, const struct slurm_options *o,
                 int64_t *job, int64_t *merge, struct diag *diag);

#endif
