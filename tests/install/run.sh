#!/usr/bin/env bash
# run.sh - `make install` into a folder of its own, then what a user does with it
# from elsewhere: the command, the RTL beside it, the library through pkg-config.
set -u
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MAKELEVEL NAPIER NAPIER_DATA RTL
top=$PWD
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT INT TERM
failed=0

check() { # CLAIM COMMAND...
    local claim=$1
    shift
    if "$@" > "$TMP/out" 2>&1; then
        echo "install: $claim"
    else
        echo "install: FAILED: $claim"
        sed 's/^/    /' "$TMP/out" | tail -n 10
        failed=1
    fi
}

says() { # TEXT COMMAND...
    local text=$1
    shift
    "$@" > "$TMP/said" 2>&1
    cat "$TMP/said"
    grep -q -- "$text" "$TMP/said"
}

prefix=$TMP/usr
napier=$prefix/bin/napier
design=$top/configs/designs/digits_w8a8.yaml
make -s install OUT="${OUT:-build}" prefix="$prefix" > "$TMP/log" 2>&1 ||
    { cat "$TMP/log"; exit 1; }
cd "$TMP" || exit 1

check "the command runs" says '^quantized ' "$napier" run "$design"
check "the core is built from the installed RTL" \
    says '^EQUAL' "$napier" cosim "$design" --images 1
check "the firmware pack is written" \
    "$napier" rom "$design" --firmware "$TMP/pack"
check "and compiles" make -s -C "$TMP/pack"
check "the synthesis script knows the installed RTL and command" \
    says '"luts": [1-9]' "$prefix/share/napier/tools/synth.sh" \
    "$top/configs/hardware/tiny4.yaml" ice40 --set array.rows=2 \
    --set array.cols=2 --set memory.weight_depth=16384

cat > use.c <<'END'
#include <napier.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    char err[500];
    struct napier *n = napier_open(argv[argc - 1], NULL, 0, err, sizeof(err));

    if (!n)
        return puts(err), 1;
    printf("%s %zu to %zu\n", napier_version(), napier_input_elements(n),
           napier_output_elements(n));
    napier_close(n);
    return 0;
}
END
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
compile() { # shellcheck disable=SC2046
    ${CC:-gcc} -std=c99 -Wall -Wextra -pedantic -Werror \
        $(pkg-config --cflags napier) -o use use.c \
        $(pkg-config --static --libs napier) ${LDFLAGS:-}
}
check "a program links with what pkg-config says" compile
check "and opens a design" says ' 64 to 10$' ./use "$design"
check "the man page is where man looks" test -s "$prefix/share/man/man1/napier.1"

make -s -C "$top" uninstall prefix="$prefix" > "$TMP/log" 2>&1
check "uninstall leaves no file" says '^0$' sh -c "find $prefix -type f | wc -l"
exit $failed
