#!/bin/bash
# apt.sh [PACKAGE...]: installs Debian packages; without any, only sees that the lists of them are fresh. One at a time, and
# lists are fetched once an hour.
set -eu
mkdir -p target/stamps
exec 9>target/stamps/apt.lock
flock 9
sudo=$([ "$(id -u)" = 0 ] || echo sudo)
if [ -z "$(find target/stamps/apt -mmin -60 2>/dev/null)" ]; then
    $sudo apt-get update -qq
    touch target/stamps/apt
fi
if [ $# -gt 0 ]; then
    echo "installing $*"
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null
fi
