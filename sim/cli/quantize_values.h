/* quantize_values.h - `napier quantize` on numbers and on .npy files. */
#ifndef QUANTIZE_VALUES_H
#define QUANTIZE_VALUES_H

#include <stdbool.h>

#include "sim/cli/session.h"

/* True when the command line names numbers or a .npy file. */
bool quantize_values_wanted(const struct options *options);

/* Returns the exit status. */
int quantize_values(const struct options *options);

#endif
