/*
 * assets.h - our own style, scripts and frame of the page, from page/, kept in
 * the program so that it works wherever it is copied.
 */
#ifndef REPORT_ASSETS_H
#define REPORT_ASSETS_H

#include <stddef.h>

struct report_asset {
    const char *text;             /* need not end in NUL */
    size_t length;
};

struct report_asset report_asset_html(void);
struct report_asset report_asset_style(void);
struct report_asset report_asset_script(void);

#endif
