#!/bin/sh
# Install the Debian packages of mk/packages.list that are missing.
# Nothing is asked of the network when all are there. sudo only where needed.
set -eu
list=$(dirname "$0")/packages.list
missing=
for package in $(sed -e 's/#.*//' "$list" | awk 'NF { print $1 }'); do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || :)
    [ "$state" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo "setup: all packages are installed"
    exit 0
fi
echo "setup: installing$missing"
sudo=
if [ "$(id -u)" -ne 0 ]; then
    sudo=sudo
    command -v sudo >/dev/null || {
        echo "setup: not root and no sudo; as root run:" \
            "apt-get install$missing" >&2
        exit 1
    }
fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo apt-get install -y -qq --no-install-recommends $missing
