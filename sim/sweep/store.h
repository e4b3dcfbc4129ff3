/*
 * store.h - the results of a sweep in one SQLite file.
 *
 * A point is one setting of all axes; a result is what one point gave on one
 * number of images; a layer row is one layer of one result. docs/sweep.md has
 * the tables column by column, for whoever reads the file with other tools.
 *
 * Every function that changes something is one transaction: a process killed
 * at any moment leaves all of it or nothing. Several processes may have the
 * file open. Failures (a full disk, a read-only folder, another version, a
 * file that is no database) are one error at `place`; what was stored before
 * stays.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/diag.h"

/* In the file's header: "NPSW" and the number of this schema. */
enum { STORE_APPLICATION = 0x4e505357, STORE_VERSION = 2 };

enum store_mode {
    STORE_CREATE,   /* made when it is missing */
    STORE_WRITE,    /* must be there */
    STORE_READ
};

enum store_state { STORE_WAITING, STORE_DONE, STORE_REFUSED };

/* The definition of a sweep, as the file keeps it. Texts are borrowed. */
struct store_sweep {
    const char *name, *file, *text;   /* text: the sweep file itself */
    const char *design;               /* path of the base design */
    const char *hardware, *network;   /* paths that the base design names */
    const char *method;               /* grid, random, halving */
    const char *evaluate;             /* accuracy or timing */
    int64_t images, seed;
    const char *settings;             /* --set, one a line */
    const char *digest;               /* of all of this and of all points */
    const char *base;                 /* digest of the base's effective inputs */
};

struct store_axis {
    const char *key;                  /* "accumulator.bits" */
    const char *scope;                /* hardware, design or network */
    const char *values;               /* JSON array */
};

struct store_objective {
    const char *column;               /* of `result` */
    bool maximize;
};

/* Numbers that may be missing are NAN and stored as NULL. */
struct store_layer {
    const char *name, *op, *unit;
    int64_t macs, cycles, stall_cycles, overflows;
    int overflow_channels, proved_channels, channels;
    int safe_bits;                    /* narrowest proved accumulator; 0 none */
    double utilization, sqnr_db, energy_uj;
};

struct store_result {
    const char *digest;               /* of all inputs */
    enum store_state state;
    const char *message;              /* why refused; else NULL */
    int64_t images, labelled, correct, same_class;
    double accuracy, float_accuracy, accuracy_loss, agreement;
    double worst_sqnr_db;
    const char *worst_layer;
    int64_t overflows;
    int64_t cycles, stall_cycles, macs;
    double utilization, clock_mhz, latency_ms, fps;
    int64_t weight_rom_bits, param_rom_bits, activation_memory_bits;
    double energy_uj;
    const char *energy_source;
    double area_cells, area_luts, area_dsps, area_ffs, area_brams;
    const char *area_target;
    const char *hardware_digest, *network_digest, *program_digest;
    const char *output_digest;
    double seconds;                   /* of work, shared with its group */
    int layer_count;
    const struct store_layer *layer;
};

struct store;

/*
 * Open `path`. A rollback journal in place of the write-ahead log (`shared`)
 * serves processes on several machines over a network file system. NULL after
 * an error.
 */
struct store *store_open(const char *path, enum store_mode mode, bool shared,
                         struct diag *diag, struct place place);
void store_close(struct store *s);

/*
 * Make this the sweep of the file: its definition, its axes and objectives
 * replace the former ones, and points of the former definition stay with the
 * ordinal NULL until store_add_points names them again. 0 or -1.
 */
int store_define(struct store *s, const struct store_sweep *sweep,
                 const struct store_axis *axis, int axes,
                 const struct store_objective *objective, int objectives);

/* Whether that is the sweep of the file: 1, 0, or -1 and an error where the
 * file belongs to another one, or a living process works on another
 * definition. In the transaction that store_define is to be in. */
int store_is_defined(struct store *s, const struct store_sweep *sweep);

/* A point by its settings: adds it, or gives it the ordinal. */
struct store_new_point {
    int64_t ordinal;
    const char *digest, *settings;    /* settings: JSON object */
};
int store_add_points(struct store *s, const struct store_new_point *point,
                     int64_t count);

/* Begin a process's work: a row of provenance. Its id, or -1. */
int64_t store_begin(struct store *s, const char *command, int64_t seed);
/* Act for a process that has begun: another connection of it. */
void store_continue(struct store *s, int64_t provenance);
/* The process is alive and keeps its claims; every few seconds. */
int store_beat(struct store *s);
/* Give claims back; where nobody else works on the file, make it a single one
 * again, which can be read from a read-only folder. */
int store_end(struct store *s);

/*
 * Claim up to `count` of the points `id`, in order: those without a valid
 * result on `images` images and without a living owner. `digest` is what a
 * valid result has. Fills taken[count]. Returns how many were taken, or -1.
 * *waiting: how many of the rest another process has.
 */
struct store_wish {
    int64_t id;
    const char *digest;
};
int64_t store_claim(struct store *s, const struct store_wish *wish,
                    int64_t count, int64_t images, bool *taken,
                    int64_t *waiting);

/*
 * Store a result of a point that this process has claimed, in one
 * transaction, and give the claim back. When the claim was lost meanwhile
 * (the process slept too long) nothing is stored. 0 or -1.
 */
int store_put(struct store *s, int64_t point, const struct store_result *r);

/*
 * Several changes in one transaction, for points that take microseconds:
 * store_put between them does not commit by itself. 0 or -1.
 */
int store_group_begin(struct store *s);
int store_group_end(struct store *s);
/* Take back all since store_group_begin, after an error. */
void store_group_cancel(struct store *s);

/*
 * Mark the results of points as out of date unless they have this digest. They
 * stay until others replace them, and count no more. How many were marked; or
 * -1.
 */
int64_t store_mark_stale(struct store *s, const struct store_wish *wish,
                         int64_t count);

/* Whether there is a file of a sweep, of this version; else an error. 0 or -1. */
int store_check(const char *path, struct diag *diag, struct place place);

/* Add the points and results of another file of the same sweep that this one
 * lacks; other settings, another base or other inputs of a point are an error.
 * 0 or -1. */
int store_merge(struct store *s, const char *path, int64_t *added,
                struct place place);

/* The database itself, for queries (sqlite3.h). */
struct sqlite3 *store_database(struct store *s);

/* An error with SQLite's own reason. Returns -1. */
int store_error(struct store *s, const char *doing);

#endif
