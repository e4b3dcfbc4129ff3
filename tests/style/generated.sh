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
