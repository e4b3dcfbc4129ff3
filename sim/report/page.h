/*
 * page.h - a report as one HTML file that needs nothing but itself.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "sim/report/table.h"

/*
 * Write the page: our style and scripts, the charting library d3 with its
 * licence as Debian's package node-d3 installs them (or below the folder in
 * NAPIER_D3), and the data. No text of the data becomes markup, and the page
 * forbids itself all requests and all scripts but these. 0; or -1 and an error,
 * and no file.
 */
int report_write_page(const struct report_table *t, const char *path,
                      struct diag *d);

#endif
