#!/bin/sh
# Every header compiles alone.
set -eu
cd "$(dirname "$0")/../.."
flags=$(pkg-config --cflags yaml-0.1 zlib jansson libcrypto)
count=0
for header in sim/*/*.h sim/*.h codegen/*.h; do
    case $header in *_template.h | *npu_bits.h) continue ;; esac    # not for C alone
    printf "#include \"%s\"\nint unit;\n" "$header" | ${CC:-gcc} -std=c11 -D_POSIX_C_SOURCE=200809L \
        -D_DEFAULT_SOURCE -Wall -Wextra -Werror -pedantic -I. $flags \
        -fsyntax-only -x c - || { echo "$header does not compile alone"; exit 1; }
    count=$((count + 1))
done
echo "style: $count headers compile alone"
