/* quantize_report.h - the tables of `napier quantize`, and the same as JSON. */
#ifndef QUANTIZE_REPORT_H
#define QUANTIZE_REPORT_H

#include <jansson.h>

#include "sim/quant/analyze.h"

/* Column heads, and both schemes of one tensor, the better one starred. */
void quantize_print_head(const char *what);
void quantize_print_pair(const char *name, const struct analysis_pair *pair);
void quantize_print_legend(void);

json_t *quantize_pair_json(const char *name, const struct analysis_pair *pair);

/* JSON has no infinity: null. */
json_t *quantize_decibel_json(double db);

/* "37.21", "exact", "-". Into out[16], which is returned. */
const char *quantize_decibel(double db, char *out);

#endif
