#!/bin/sh
# run_random.sh NAPIER short|long [SEED] - random machines and networks on the
# core; prints the functional coverage, exit 1 if any case differs.
#
# short: 50 cases on a few machines, the same every time, so that their cores
#        come from the cache. long: 1,000 cases.
set -u
napier=$(realpath "$1")
kind=$2
seed=${3:-1}
cd "$(dirname "$0")/../.."
out=$(realpath "${OUT:-build}")/cosim/random
case $kind in
short) cases=50 ;;
long) cases=1000 ;;
*) echo "usage: run_random.sh NAPIER short|long [SEED]" >&2; exit 2 ;;
esac
mkdir -p "$out"
exec "$napier" cosim --random $cases --seed "$seed" -o "$out" \
    --json "$out/random_$kind.json"
