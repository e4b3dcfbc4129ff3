#!/bin/sh
# Generated files are current. GOLDEN=1 rewrites them.
set -eu
napier=$1
cd "$(dirname "$0")/../.."
case $napier in /*) ;; *) napier=./$napier ;; esac
if [ "${GOLDEN:-0}" = 1 ]; then
    "$napier" check --keys > docs/config.md
fi
"$napier" check --keys | diff -u docs/config.md - || {
    echo "docs/config.md is not what 'napier check --keys' prints"
    exit 1
}
echo "style: docs/config.md is current"
for pair in sv:rtl/npu_regs.sv systemc:sim/systemc/npu_regs.hpp markdown:docs/registers.md; do
    file=${pair#*:}
    [ "${GOLDEN:-0}" = 0 ] || "$napier" rom --registers "${pair%%:*}" > "$file"
    "$napier" rom --registers "${pair%%:*}" | diff -u "$file" - || {
        echo "$file is not what 'napier rom --registers ${pair%%:*}' prints"
        exit 1
    }
done
echo "style: the register map is the same in RTL, SystemC and docs"

# Numbers of planted defects, where the documents give them.
while read -r list file text; do
    count=$(grep -c -v -e '^#' -e '^$' "$list")
    tr '\n' ' ' < "$file" | grep -q "$(printf "$text" "$count" "$count")" || {
        echo "$file does not say '$(printf "$text" "$count" "$count")' of $list"
        exit 1
    }
done <<'EOF'
tests/cosim/mutations.txt docs/testing.md `napier cosim` %d of %d
tests/rtl/mutations/list.txt docs/testing.md engine's bench %d of %d
tests/rtl/core/mutations.txt docs/testing.md core's bench %d of %d
tests/firmware/mutations.txt docs/firmware.md decoder: %d of %d
EOF
echo "style: the documents count the planted defects right"
