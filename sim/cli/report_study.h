/* report_study.h - an accumulator study as tables and as JSON. */
#ifndef CLI_REPORT_STUDY_H
#define CLI_REPORT_STUDY_H

#include <jansson.h>

#include "sim/array/study.h"
#include "sim/cli/session.h"

void report_print_study(const struct session *s, const struct study *study);
json_t *report_study(const struct session *s, const struct study *study);

#endif
