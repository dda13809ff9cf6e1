#!/bin/sh
# unpack.sh LIST FOLDER: downloads Debian packages by name and unpacks them, with their versions in FOLDER/versions.
set -eu
list=$(realpath "$1")
rm -rf "$2"
mkdir -p "$2/packages"
cd "$2"

# shellcheck disable=SC2046
(cd packages && apt-get download -qq -o APT::Sandbox::User=root $(grep -v '^#' "$list"))
for package in packages/*.deb; do
    dpkg-deb --extract "$package" .
    dpkg-deb --show --showformat '${Package} ${Version}\n' "$package" >>versions
done
rm -r packages

# The index of the Azure CLI's commands, and its compiled modules.
env -i HOME="$PWD/home" LANG=C.UTF-8 AZURE_CORE_COLLECT_TELEMETRY=no \
    PYTHONPATH="$PWD/usr/lib/python3/dist-packages" LD_LIBRARY_PATH="$PWD/usr/lib/$(uname -m)-linux-gnu" \
    /usr/bin/python3 usr/bin/az config get --only-show-errors >/dev/null
