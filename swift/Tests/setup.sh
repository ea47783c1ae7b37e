# What the Swift suites share: a Swift 6, the library and the code that is generated for it. Sourced from the root, never run.

# need_swift: Swift 6 on the PATH; else, on a Debian-like machine, that of Debian 13 in a folder of its own, kept between runs.
need_swift() {
    need_rust
    [ "$(uname)" = Linux ] || missing "Linux" "the Swift suites run there; on a Mac use swift/xcframework.sh and swift test"
    swift_root=""
    local found
    found="$(swift --version 2>/dev/null | sed -n 's/^.*Swift version \([0-9]*\).*/\1/p' || true)"
    [ "${found:-0}" -lt 6 ] || return 0
    can_install || missing "Swift 6 (swift)" "see https://swift.org/install"
    swift_root="${CONVERGE_CACHE:-$HOME/.cache/converge}/trixie"
    if [ ! -x "$swift_root/usr/bin/apt-get" ]; then
        echo "setting up $swift_root"
        install_packages debootstrap
        rm -rf "$swift_root.new"
        mkdir -p "$swift_root.new"
        in_mounts debootstrap --variant=minbase trixie "$swift_root.new" >"$swift_root.log" 2>&1 || {
            tail -n 20 "$swift_root.log" >&2
            return 1
        }
        mv "$swift_root.new" "$swift_root"
    fi
    # Asked from within, since it is a link.
    if ! chroot "$swift_root" test -x /usr/bin/swift; then
        echo "installing Swift in $swift_root"
        cp /etc/resolv.conf /etc/hosts "$swift_root/etc/"
        in_mounts bash -euc "mount -t proc proc '$swift_root/proc'
            chroot '$swift_root' apt-get update -qq
            chroot '$swift_root' env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
                swiftlang libc6-dev libstdc++-14-dev git ca-certificates" >"$swift_root.log" 2>&1 || {
            tail -n 20 "$swift_root.log" >&2
            return 1
        }
    fi
}

# in_mounts COMMAND...: what it mounts is seen by nobody else, and gone with it.
in_mounts() { unshare --mount --propagation private "$@"; }

# with_swift WORK VECTORS SCRIPT: runs SCRIPT strictly, where swift is. There $repository is this repository, $work the folder WORK,
# $vectors the folder VECTORS.
with_swift() {
    local work="$1" vectors="$2" script="$3" root="$swift_root"
    if [ -z "$root" ]; then
        repository="$PWD" work="$work" vectors="$vectors" bash -euo pipefail -c "$script"
        return
    fi
    mkdir -p "$root/dev/shm" "$root/mnt/repository" "$root/mnt/work" "$root/mnt/vectors"
    in_mounts bash -euc '
        mount -t proc proc "$0/proc"
        mount -t tmpfs tmpfs "$0/dev/shm"
        mount --bind "$1" "$0/mnt/repository"
        mount -o remount,bind,ro "$0/mnt/repository"
        mount --bind "$2" "$0/mnt/work"
        mount --bind "$3" "$0/mnt/vectors"
        mount -o remount,bind,ro "$0/mnt/vectors"
        exec chroot "$0" /usr/bin/env -i HOME=/root PATH=/usr/bin:/bin TMPDIR=/tmp LANG=C.UTF-8 repository=/mnt/repository work=/mnt/work \
            vectors=/mnt/vectors /bin/bash -euo pipefail -c "$4"
    ' "$root" "$PWD" "$work" "$vectors" "$script"
}

# build_library WORK: the library as it is shipped but for its profile, in WORK/plain, and the generator of its Swift code.
build_library() {
    mkdir -p "$1/plain" "$1/generated"
    cargo build --quiet -p convergedb-uniffi --features cli
    cp "$CARGO_TARGET_DIR/debug/libconverge_uniffi.so" "$1/plain/"
    cp "$CARGO_TARGET_DIR/debug/uniffi-bindgen" "$1/"
    "$1/uniffi-bindgen" generate --library "$1/plain/libconverge_uniffi.so" --language swift --out-dir "$1/generated" --no-format
}

# build_hooks WORK: the library with what fails on purpose, in WORK/hooks, and a copy of the package for it, in WORK/package.
build_hooks() {
    mkdir -p "$1/hooks" "$1/generated-hooks" "$1/package"
    cargo build --quiet -p convergedb-uniffi --lib --features cli,test-hooks
    cp "$CARGO_TARGET_DIR/debug/libconverge_uniffi.so" "$1/hooks/"
    "$1/uniffi-bindgen" generate --library "$1/hooks/libconverge_uniffi.so" --language swift --out-dir "$1/generated-hooks" --no-format
    # Made afresh, with the times of the files, so that what did not change is not compiled again.
    rm -rf "$1/package"
    cp -a swift "$1/package"
    take_over "$1" ConvergeFFI.swift Sources/ConvergeFFI
    take_over "$1" converge_uniffi.h Sources/converge_uniffi
}

# take_over WORK NAME FOLDER: puts a generated file in its place in the copy, with the time at which its content first came.
take_over() {
    mkdir -p "$1/generated-kept"
    cmp -s "$1/generated-hooks/$2" "$1/generated-kept/$2" || cp "$1/generated-hooks/$2" "$1/generated-kept/$2"
    cp -p "$1/generated-kept/$2" "$1/package/$3/$2"
}

# no_warnings LOG: what a build said holds no warning. Those of the compiler are errors, since it tells each but once: this is for those of
# the package manager and the linker.
no_warnings() {
    if grep -E '(warning|error):' "$1" >&2; then
        echo "the build warns ($1)" >&2
        return 1
    fi
}
