/* report.h - what commands print, and the same as JSON. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <jansson.h>

#include "sim/array/energy.h"
#include "sim/array/evaluate.h"
#include "sim/cli/session.h"

/* The head of every report: files, digests, version. */
json_t *report_head(const struct session *s);
void report_print_head(const struct session *s);

/* Write a document where --json says (NULL: nowhere). Takes it. 0 or -1. */
int report_write_json(struct session *s, json_t *document);
/* The same to a file of that name. */
int report_write_json_to(const char *path, json_t *document, struct diag *diag);

/* The layer table of `napier run`. */
void report_print_layers(const struct session *s, const struct evaluation *e);
json_t *report_layers(const struct session *s, const struct evaluation *e);

/* `napier run --errors`: how the error grows from layer to layer. */
void report_print_errors(const struct session *s, const struct evaluation *e);
json_t *report_input_error(const struct evaluation *e);

/* `napier run --energy`: memory traffic and energy of one image. */
void report_print_energy(const struct session *s);
json_t *report_energy_json(const struct program *p);

/* Of all layers; is_float: of the float32 machine. */
struct energy report_energy(const struct program *p, bool is_float);

/* Bytes of a layer's parameters: as float32, and as ROM codes. */
int64_t report_float_bytes(const struct net_layer *layer);
int64_t report_quant_bytes(const struct program *p,
                           const struct program_desc *d);

/* Cycles of all layers of one image. */
int64_t report_total_cycles(const struct program *p);

#endif
