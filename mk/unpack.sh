#!/bin/sh
# unpack.sh LIST FOLDER: downloads the Debian packages that LIST names and unpacks them, with their versions in FOLDER/versions.
# Nothing is installed, so that nothing of them is started.
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
