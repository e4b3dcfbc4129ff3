/*
 * trace.h - one output element, sum by sum, on both sides.
 */
#ifndef TRACE_H
#define TRACE_H

#include "sim/cosim/cosim.h"

struct trace {
    const struct array_model *model;
    const struct program *program;
    const struct program_desc *desc;
    int64_t position, channel;
    int count;                    /* steps: MAC steps, taps or operands */
    int asked;                    /* unweighted: steps that were asked for */
    bool *outside;                /* [count] a pool's tap in the padding */
    /* [count * lanes] operands of the element; unweighted: [count] raw codes */
    int32_t *act;
    int64_t *model_acc;           /* [count], the sum after each */
    bool *model_overflowed;
    int64_t *rtl_acc;             /* [count]; valid where rtl_cycle is */
    uint64_t *rtl_cycle;          /* [count]: cycle + 1 of the peek; 0: none */
    uint64_t *due;                /* [count]: cycle + 1 in which to peek */
    /* [count * lanes], what the steps took, where `took` is; core only. */
    int32_t *rtl_code;
    uint64_t *code_due;           /* cycle + 1 in which the code arrives */
    bool *arrived;
    int64_t *rtl_act, *rtl_weight;
    int64_t *rtl_start;           /* [count] */
    bool *took;                   /* [count] */
    struct arena arena;
};

/*
 * Prepare for the element of `d`, of a layer whose inputs are in `state`: the
 * model's side is filled. 0; or -1 and an error, without memory.
 */
int trace_init(struct trace *t, const struct array_model *model,
               const struct program *program, struct array_state *state,
               const struct cosim_difference *d, struct diag *diag);
void trace_release(struct trace *t);

/* Row of the processing element that holds the sum after a step; rows and
 * above: the vector unit, as npu_core_peek has it. */
int trace_row(const struct trace *t, int step);

/*
 * Steps from `step` on are under way, those of one request: their sums stand
 * three cycles later, weight stationary a row a cycle. In the vector unit the
 * last word about a step counts. A layer without weights is asked tap by tap,
 * or operand by operand, and `step` is not looked at.
 */
void trace_ask(struct trace *t, uint32_t step, uint64_t cycle);

/* How to look inside: as npu_core_peek and its sisters; all but `sum` may be
 * NULL. */
struct trace_eyes {
    void *ctx;
    int (*sum)(void *ctx, uint32_t row, uint32_t col, int64_t *acc);
    int (*code)(void *ctx, uint32_t row, uint32_t lane, int32_t *code);
    int (*operands)(void *ctx, uint32_t row, uint32_t col, uint32_t lane,
                    int64_t *act, int64_t *weight);
    int (*start)(void *ctx, uint32_t row, uint32_t col, int64_t *sum);
};

/* Read what is to be read in this cycle. */
void trace_collect(struct trace *t, uint64_t cycle,
                   const struct trace_eyes *eyes);

/*
 * The first step whose sums differ, into the traced part of `d`; and what the
 * difference looks like. `state`: the model's, with the layer's output.
 */
void trace_find_step(struct trace *t, struct array_state *state,
                     struct cosim_difference *d);

/* ---- trace_vector.c: pools, add and mul ---- */

bool trace_weighted(const struct trace *t);
int trace_vector_steps(const struct program_desc *desc);
void trace_vector_fill(struct trace *t, struct array_state *state);
int trace_vector_place(const struct trace *t, int step);
/* Cycles from the tap to the sum. */
int trace_vector_delay(const struct trace *t);
void trace_vector_tap(const struct trace *t, int step,
                      struct cosim_difference *d);
void trace_vector_guess(const struct trace *t, int step,
                        struct array_state *state, struct cosim_difference *d);
void trace_vector_guess_code(const struct trace *t, const int32_t *model_out,
                             struct cosim_difference *d);

#endif
