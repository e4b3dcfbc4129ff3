#!/bin/sh
# The reading order is the architecture: a folder may include itself and those
# above it in this list; folders on one line do not know each other.
set -eu
cd "$(dirname "$0")/../.."
order='sim/base
sim/fx
sim/config
sim/graph
sim/net
sim/quant
sim/program
sim/array
sim/api
codegen
sim/cosim
sim/sweep
sim/report
sim/cli'
bad=0
seen=
for folder in $order; do
    seen="$seen $folder"
    for file in "$folder"/*.c "$folder"/*.h; do
        [ -e "$file" ] || continue
        includes=$(sed -n 's/^ *# *include "\(.*\)\/[^/]*".*/\1/p' "$file")
        for used in $includes; do
            case " $seen sim " in
            *" $used "*) ;;
            *) echo "$file: includes $used/, which is below $folder"; bad=1 ;;
            esac
        done
    done
done
[ $bad = 0 ] && echo "style: layers in order"
exit $bad
