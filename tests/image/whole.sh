#!/bin/bash
# whole.sh FOLDER: builds the image of wisp with the real build stage of docker/Dockerfile and compares it with that of
# target/image. The base image cannot be pulled everywhere, so one is made: Debian by debootstrap, with the toolchain and the
# downloaded crates of this machine. Needs root and several GiB below FOLDER, which is removed at the end.
set -eu
work=$(realpath -m "$1")
cd "$(dirname "$0")/../.."
channel=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
base="docker.io/library/rust:$channel-bookworm"
toolchain=$(rustc --print sysroot)
cargo_home=${CARGO_HOME:-$HOME/.cargo}
root=$work/base

tool() { buildah --root "$work/storage" --runroot "$work/run" --storage-driver "${STORAGE_DRIVER:-overlay}" "$@"; }
finish() {
    tool rm --all >/dev/null || true
    tool rmi --all --force >/dev/null || true
    # The driver mounts its own folder, and does not take that back.
    for mount in "$root/proc" "$work/storage/overlay"; do
        if mountpoint -q "$mount"; then umount "$mount"; fi
    done
    rm -rf "$work"
}
trap finish EXIT
mkdir -p "$work"

# What Debian's part of the Rust image has, of what is needed here. Its packages come from where this machine's do.
mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' | sed -n 's/ bookworm$//p' | head -1)
debootstrap --variant=minbase --include=build-essential,ca-certificates,curl,pkg-config,python3 bookworm "$root" "$mirror"
rm "$root/etc/apt/sources.list"
cp -a /etc/apt/sources.list* /etc/apt/apt.conf.d "$root/etc/apt/"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
mount -t proc proc "$root/proc"
chroot "$root" sh -c 'apt-get update -qq && apt-get dist-upgrade -qq -y && apt-get clean' >/dev/null
umount "$root/proc"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
[ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$root/etc/"

# Its Rust, where the Rust image has it. Nothing is downloaded that this machine has not.
cargo fetch --locked --quiet
mkdir -p "$root/usr/local/rustup/toolchains" "$root/usr/local/cargo/registry"
cp -a "$toolchain" "$root/usr/local/rustup/toolchains/$(rustc -vV | sed -n "s/^host: /$channel-/p")"
cp -a "$cargo_home/bin" "$root/usr/local/cargo/"
cp -a "$cargo_home/registry/cache" "$cargo_home/registry/index" "$root/usr/local/cargo/registry/"

container=$(tool from scratch)
tool add --quiet "$container" "$root" /
rm -rf "$root"
tool config --env PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    --env RUSTUP_HOME=/usr/local/rustup --env CARGO_HOME=/usr/local/cargo --env CARGO_NET_OFFLINE=true \
    --env PIP_CERT=/etc/ssl/certs/ca-certificates.crt "$container"
tool commit --quiet --rm "$container" "$base" >/dev/null

build() { tool build --quiet --isolation chroot --pull-never --layers --timestamp 0 --file docker/Dockerfile "$@" .; }
failed=0
for target in wisp wispctl sbom; do
    whole=$(build --target "$target")
    short=$(build --target "$target" --build-context build=target/image)
    if [ "$whole" = "$short" ]; then
        echo "$target: $whole, with and without the build stage"
    else
        echo "$target: $whole with the build stage, $short without"
        failed=1
    fi
done
exit $failed
