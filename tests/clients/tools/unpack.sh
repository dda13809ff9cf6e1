#!/bin/sh
# unpack.sh LIST FOLDER: unpacks Debian's tools below FOLDER, and makes the index that its Azure CLI makes when it runs first.
set -eu
mk/unpack.sh "$1" "$2"
cd "$2"
env -i HOME="$PWD/home" LANG=C.UTF-8 AZURE_CORE_COLLECT_TELEMETRY=no \
    PYTHONPATH="$PWD/usr/lib/python3/dist-packages" LD_LIBRARY_PATH="$PWD/usr/lib/$(uname -m)-linux-gnu" \
    /usr/bin/python3 usr/bin/az config get --only-show-errors >/dev/null
