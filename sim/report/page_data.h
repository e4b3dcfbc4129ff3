/* page_data.h - the table as the JSON that the page's scripts read. */
#ifndef REPORT_PAGE_DATA_H
#define REPORT_PAGE_DATA_H

#include "sim/base/file.h"
#include "sim/report/table.h"

/*
 * Write JSON that may stand inside a script element: '<', '>', '&' and the two
 * line separators of JavaScript are \u escapes. Bytes that are not UTF-8 become
 * U+FFFD, control and bidi characters are escaped. Failures are kept by the
 * writer.
 */
void report_write_data(const struct report_table *t, struct file_writer *w);

/* A text in quotes, as above. For tests as well. */
void report_add_json_text(struct strbuf *to, const char *text);

#endif
