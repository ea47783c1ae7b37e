#!/usr/bin/env bash
# Makes the Swift code and the C header of bindings/uniffi again, after something in it was added or changed.
set -euo pipefail
cd "$(dirname "$0")/.."
target="${CARGO_TARGET_DIR:-target}"
made="$(mktemp -d)"
trap 'rm -rf "$made"' EXIT
cargo build -p convergedb-uniffi --features cli
library="$target/debug/libconverge_uniffi.so"
[ -e "$library" ] || library="$target/debug/libconverge_uniffi.dylib"
"$target/debug/uniffi-bindgen" generate --library "$library" --language swift --out-dir "$made" --no-format
cp "$made/ConvergeFFI.swift" swift/Sources/ConvergeFFI/
cp "$made/converge_uniffi.h" swift/Sources/converge_uniffi/
