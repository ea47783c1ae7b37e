#!/usr/bin/env bash
# Makes swift/converge_uniffi.xcframework, which Package.swift asks for on a Mac: the library for macOS, iOS and the iOS simulator.
#
# It takes a Mac with Xcode and rustup. CI does not run it, since it has no Mac.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(uname)" = Darwin ] || { echo "this takes a Mac with Xcode" >&2; exit 1; }

targets=(aarch64-apple-darwin x86_64-apple-darwin aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios)
rustup target add "${targets[@]}"
export MACOSX_DEPLOYMENT_TARGET=13.0 IPHONEOS_DEPLOYMENT_TARGET=16.0
for target in "${targets[@]}"; do cargo build -p convergedb-uniffi --profile dist --target "$target"; done

built="${CARGO_TARGET_DIR:-target}"
work="$built/xcframework"
rm -rf "$work" swift/converge_uniffi.xcframework
mkdir -p "$work"/{headers,macos,ios,ios-simulator}
cp swift/Sources/converge_uniffi/converge_uniffi.h "$work/headers/"
# A static library is linked by the framework, not by the module map.
grep -v '^ *link ' swift/Sources/converge_uniffi/module.modulemap >"$work/headers/module.modulemap"

name=libconverge_uniffi.a
lipo -create "$built"/{aarch64,x86_64}-apple-darwin/dist/"$name" -output "$work/macos/$name"
cp "$built/aarch64-apple-ios/dist/$name" "$work/ios/"
lipo -create "$built/aarch64-apple-ios-sim/dist/$name" "$built/x86_64-apple-ios/dist/$name" -output "$work/ios-simulator/$name"
libraries=()
for platform in macos ios ios-simulator; do libraries+=(-library "$work/$platform/$name" -headers "$work/headers"); done
xcodebuild -create-xcframework "${libraries[@]}" -output swift/converge_uniffi.xcframework
