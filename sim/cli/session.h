/*
 * session.h - what every command begins with: files read, checked, prepared.
 */
#ifndef SESSION_H
#define SESSION_H

#include "sim/array/array.h"
#include "sim/cli/rom_options.h"
#include "sim/config/design.h"
#include "sim/net/dataset.h"
#include "sim/net/net_float.h"
#include "sim/program/program.h"
#include "sim/quant/quantize.h"

/* The command line, common to all commands. */
struct options {
    const char *command;
    const char *file;             /* design file; NULL: none given */
    struct override_list overrides;
    const char *json;             /* --json FILE; "-": standard output */
    const char *output;           /* -o DIR */
    const char *rtl;              /* --rtl DIR */
    int64_t images;               /* --images N; -1: not given */
    int64_t first_image;          /* --first N */
    int jobs;                     /* --jobs N; 0: one a CPU */
    bool errors, energy, study;   /* run --errors, --energy,
                                     --accumulator-study */
    int width_lo, width_hi;       /* --widths LO:HI; 0: not given */
    double tolerance;             /* --tolerance POINTS */
    bool no_reuse;                /* --no-reuse */
    const char *bits;             /* quantize --bits N, as written */
    const char *values;           /* quantize --values LIST */
    bool sensitivity;             /* quantize --sensitivity */
    bool verify;                  /* rom --verify */
    const char *registers;        /* rom --registers FORMAT */
    const char *firmware;         /* rom --firmware DIR */
    struct rom_arguments rom;     /* rom: how images look; run --rom */
    bool engine;                  /* cosim --engine */
    const char *waves;            /* cosim --waves FILE; NULL: none */
    const char *only;             /* cosim --only LAYER[:TILE] */
    int64_t random;               /* cosim --random N; 0: not given */
    int64_t seed;                 /* cosim --seed S */
    const char *objectives;       /* report --objectives LIST; NULL: none */
    bool keys;                    /* check --keys: docs/config.md */
    const char *db;               /* sweep --db FILE */
    int shard, shards;            /* sweep --shard I/N; 0: all */
    bool shared, merge;           /* sweep --shared, --merge */
    int64_t slurm;                /* sweep --slurm N; 0: not given */
    const char *slurm_options;    /* sweep --slurm-options */
    const char *export;           /* sweep --export: "csv", "json" */
    char *const *more;            /* sweep --merge: further files */
    int more_count;
};

struct session {
    const struct options *options;
    struct diag diag;
    struct arena arena;
    struct design design;
    struct hw hw;
    struct net net;
    struct dataset test;
    struct quantization quant;
    struct program program;
    struct array_model *model;
};

/* How far to go. Each includes those before it. */
enum session_stage {
    SESSION_FILES,                /* design, hardware, network read */
    SESSION_PROGRAM,              /* calibrated, quantized, laid out */
    SESSION_MODEL,                /* and ready to run */
    SESSION_TEST                  /* test images as well */
};

/* 0; or -1, with the reasons in session->diag. */
int session_open(struct session *s, const struct options *options,
                 enum session_stage stage);

/* Print the messages that are left and free everything. */
void session_close(struct session *s);

/* The folder for results: -o, or `fallback`. */
const char *session_output(const struct session *s, const char *fallback);

/* The repository's or the installed data folder, by the program's own place;
 * NULL when there is none. In `arena`. */
const char *data_folder(struct arena *arena);

#endif
