/* report_import.h - the operators of an exchange file, and where each runs. */
#ifndef REPORT_IMPORT_H
#define REPORT_IMPORT_H

#include <jansson.h>

#include "sim/array/array.h"
#include "sim/net/net.h"

/* What is known of a network: without a machine, model and program are NULL. */
struct report_import {
    const struct net *net;
    const struct program *program;
    const struct array_model *model;
};

/* One line for each operator, and what they come to. */
void report_print_operators(const struct report_import *r);

/* The same, as JSON: a list. */
json_t *report_operators(const struct report_import *r);

#endif
