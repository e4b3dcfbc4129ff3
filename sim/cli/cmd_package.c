#include <stdio.h>
#include <string.h>

#include "codegen/package.h"
#include "sim/cli/commands.h"

/* A hardware file alone, as the RTL's parameters: for synthesis and for users
 * of the RTL who have no network yet. */
int command_package(const struct options *options)
{
    struct override_list *overrides =
        (struct override_list *) &options->overrides;
    struct diag diag;
    struct arena arena;
    struct hw hw;
    struct strbuf text;
    int status = 1;

    diag_init(&diag);
    arena_init(&arena, (size_t) 16 << 20);
    strbuf_init(&text);
    diag_add_source(&diag, "--set", overrides->source.text,
                    overrides->source.length);
    if (hw_read(&hw, options->file, overrides, &arena, &diag)
        || override_report_unused(overrides, &diag))
        goto done;
    if (options->output) {
        status = package_write(&hw, 0, options->output, &diag) ? 1 : 0;
        goto done;
    }
    package_format(&hw, 0, &text);
    if (!text.failed)
        status = fwrite(text.text, 1, text.length, stdout) == text.length
            ? 0 : 1;

done:
    diag_print(&diag, stderr);
    strbuf_release(&text);
    arena_release(&arena);
    diag_release(&diag);
    return status;
}
