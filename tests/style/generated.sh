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
