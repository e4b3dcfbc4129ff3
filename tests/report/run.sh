#!/bin/sh
# run.sh NAPIER - the report's page in Chromium; said and passed over where
# there is none. Screenshots stay in $OUT/report.
set -eu
napier=$(realpath "$1")
OUT=$(realpath "${OUT:-build}")
cd "$(dirname "$0")/../.."
for tool in chromium chromedriver; do
    command -v $tool > /dev/null || {
        echo "report: no $tool here, the page is NOT tested (make setup)"
        exit 0
    }
done
# Debian's own python3 has Debian's selenium.
for python in python3 /usr/bin/python3; do
    "$python" -c 'import selenium' 2> /dev/null && break
done
mkdir -p "$OUT/report"
exec timeout 600 "$python" tests/report/browser.py "$napier" "$OUT/report"
