/*
 * napier.h - a design as a library: one network on one machine, to the bit.
 *
 *     char err[500];
 *     struct napier *n = napier_open("design.yaml", NULL, 0, err, sizeof(err));
 *     float in[64], out[10];
 *     napier_run(n, in, out);
 *     napier_close(n);
 *
 * Link with `pkg-config --static --cflags --libs napier`: it is a static library. Every call on one struct
 * napier must come from one thread at a time.
 */
#ifndef NAPIER_H
#define NAPIER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct napier;

/* "0.1.0". */
const char *napier_version(void);

/*
 * Read, calibrate, quantize and lay out a design file with `set_count`
 * overrides "key=value". NULL on error: `err` then has the messages as the
 * command prints them, cut to its size. Free with napier_close.
 */
struct napier *napier_open(const char *design, const char *const *sets,
                           size_t set_count, char *err, size_t err_size);
void napier_close(struct napier *n);    /* NULL is fine */

/* Elements of the input and the output tensor, [h][w][c]. */
size_t napier_input_elements(const struct napier *n);
size_t napier_output_elements(const struct napier *n);

/*
 * One inference on the C model: `input` are real values (after the network's
 * subtract and divide), `output` the real values of the output codes.
 */
void napier_run(struct napier *n, const float *input, float *output);

/* The same in codes, as the hardware takes and gives them. */
void napier_run_codes(struct napier *n, const int32_t *input, int32_t *output);

/* Accumulator overflows of all runs so far. */
int64_t napier_overflows(const struct napier *n);

/* Cycles of one inference. */
int64_t napier_cycles(const struct napier *n);

#ifdef __cplusplus
}
#endif

#endif
