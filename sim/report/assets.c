/*
 * assets.c - the assembler takes the files in as they are. They are named from
 * the top of the repository, where make runs; mk/report.mk says which they are.
 */
#include "sim/report/assets.h"

#include <stdint.h>

#define FILE_OF(name) ".incbin \"sim/report/page/" name "\"\n"

#define ASSET(symbol, files) \
    __asm__(".section .rodata\n" \
            #symbol ":\n" files \
            #symbol "_end:\n" \
            ".previous\n"); \
    extern const char symbol[], symbol##_end[]

ASSET(report_html, FILE_OF("page.html"));
ASSET(report_style, FILE_OF("page.css"));
ASSET(report_script, FILE_OF("core.js") FILE_OF("scatter.js")
      FILE_OF("parallel.js") FILE_OF("axes.js") FILE_OF("layers.js")
      FILE_OF("bars.js") FILE_OF("choose.js") FILE_OF("main.js"));

/* The two labels are objects of their own to the compiler. */
#define LENGTH(symbol) \
    ((size_t) ((uintptr_t) symbol##_end - (uintptr_t) symbol))

struct report_asset report_asset_html(void)
{
    return (struct report_asset) { report_html, LENGTH(report_html) };
}

struct report_asset report_asset_style(void)
{
    return (struct report_asset) { report_style, LENGTH(report_style) };
}

struct report_asset report_asset_script(void)
{
    return (struct report_asset) { report_script, LENGTH(report_script) };
}
