/*
 * replay_main.c - run a fuzzer's entry point on the files named in argv.
 *
 * Links with one fuzz_*.c in place of libFuzzer, for any compiler, so that
 * `make check` replays the corpus. Exits 1 when a file cannot be read.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/diag.h"
#include "sim/base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_BYTES = 16 << 20 };

int main(int argc, char **argv)
{
    struct diag d;
    diag_init(&d);
    for (int i = 1; i < argc; i++) {
        size_t length = 0;
        char *bytes =
            file_read_all(argv[i], MAX_BYTES, &length, &d, PLACE_NONE);
        if (bytes != NULL)
            LLVMFuzzerTestOneInput((const uint8_t *) bytes, length);
        free(bytes);
    }
    diag_print(&d, stderr);
    const int status = diag_error_count(&d) > 0 ? 1 : 0;
    diag_release(&d);
    return status;
}
