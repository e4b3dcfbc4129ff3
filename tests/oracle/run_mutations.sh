#!/bin/sh
# run_mutations.sh - sim/fx with each defect of mutations.txt must fail a test.
#
# A line a mutation: which test caught it. Exits 1 if any survives, changes
# nothing or does not compile. Run from anywhere; CC, CXX and JOBS are taken
# from the environment, an argument limits the run to names that contain it.
set -eu

cd "$(dirname "$0")/../.."
list=tests/oracle/mutations.txt
only=${1:-}
jobs=${JOBS:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

CC=${CC:-gcc}
CXX=${CXX:-g++}
cflags="-std=c11 -O1"
export CC cflags work

cat >"$work/main.c" <<'END'
#include <CUnit/Basic.h>
void suite_fx(void);
int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    suite_fx();
    CU_basic_set_mode(CU_BRM_SILENT);
    CU_basic_run_tests();
    return CU_get_number_of_failures() != 0;
}
END

# Builds both tests with the sources below $1/sim/fx, which -I finds first.
cat >"$work/build.sh" <<'END'
set -e
for source in tests/oracle/test_systemc.c tests/unit/test_fx.c \
              "$1"/sim/fx/fx.c "$1"/sim/fx/requantize.c; do
    object=$1/$(basename "$source" .c).o
    # Objects that the mutation cannot reach are those of the sound build.
    if [ "$1" != "$work/sound" ] && [ "$2" != fx.h ] &&
       [ "$2" != "$(basename "$source")" ]; then
        cp "$work/sound/$(basename "$object")" "$object"
    else
        $CC $cflags -I"$1" -I. -c "$source" -o "$object"
    fi
done
$CC -o "$1"/oracle "$1"/test_systemc.o "$1"/fx.o "$1"/requantize.o \
    "$work"/rng.o "$work"/sc_oracle.o -lsystemc -lstdc++ -lm
$CC -o "$1"/unit "$1"/test_fx.o "$1"/fx.o "$1"/requantize.o \
    "$work"/rng.o "$work"/main.o -lcunit -lm
END

# One line of the list; prints the verdict, leaves $work/N.bad when it is bad.
cat >"$work/one.sh" <<'END'
name=$(printf '%s' "$2" | sed 's/ *|.*//')
file=$(printf '%s' "$2" | sed 's/^[^|]*| *//; s/ *|.*//')
edit=$(printf '%s' "$2" | sed 's/^[^|]*|[^|]*| *//')
dir=$work/$1
verdict() {
    printf '%-42s %s\n' "$name" "$1"
    rm -rf "$dir"
}
refuse() {
    : >"$work/$number.bad"
    verdict "$1"
    exit 0
}
number=$1
mkdir -p "$dir/sim/fx"
cp sim/fx/* "$dir/sim/fx/"
sed "$edit" "sim/fx/$file" >"$dir/sim/fx/$file" || refuse 'BAD EXPRESSION'
if cmp -s "sim/fx/$file" "$dir/sim/fx/$file"; then
    refuse 'CHANGES NOTHING'
fi
sh "$work/build.sh" "$dir" "$file" >"$dir/log" 2>&1 || {
    cat "$dir/log"
    refuse 'DOES NOT COMPILE'
}
caught=
timeout 60 "$dir/oracle" -q >/dev/null 2>&1 || caught='SystemC'
timeout 60 "$dir/unit" >/dev/null 2>&1 || caught="${caught:+$caught and }test_fx"
[ -n "$caught" ] || refuse SURVIVES
verdict "caught by $caught"
END

mkdir -p "$work/sound/sim/fx"
cp sim/fx/* "$work/sound/sim/fx/"
$CXX -std=c++17 -O2 -I. -c tests/oracle/sc_oracle.cpp -o "$work/sc_oracle.o"
$CC $cflags -c "$work/main.c" -o "$work/main.o"
$CC $cflags -I. -c sim/base/rng.c -o "$work/rng.o"
sh "$work/build.sh" "$work/sound" ''
"$work/sound/oracle" -q >/dev/null
"$work/sound/unit" >/dev/null

grep -v -e '^#' -e '^$' "$list" | grep -F -e "$only" >"$work/list"
# One argument a mutation: its number, then its line, kept whole by xargs -0.
awk '{ printf "%d%c%s%c", NR, 0, $0, 0 }' "$work/list" |
    xargs -0 -n 2 -P "$jobs" sh "$work/one.sh"

total=$(wc -l <"$work/list")
bad=$(find "$work" -name '*.bad' | wc -l)
printf '%d mutations, %d not caught\n' "$total" "$bad"
[ "$total" -gt 0 ] && [ "$bad" -eq 0 ]
