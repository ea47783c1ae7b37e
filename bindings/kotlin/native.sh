#!/usr/bin/env bash
# native.sh FOLDER [PROFILE]: builds the library for this machine by cargo's PROFILE (dist unless named), puts it under JNA's name for the
# platform into FOLDER/natives, and generates the code that calls it into FOLDER/generated. Maven runs it; it needs Rust and a C compiler.
set -euo pipefail
folder="$1" profile="${2:-dist}"
cd "$(dirname "$0")/../.."
target="${CARGO_TARGET_DIR:-$PWD/target}"
case ":$PATH:" in *":$HOME/.cargo/bin:"*) ;; *) PATH="$HOME/.cargo/bin:$PATH" ;; esac

case "$(uname -s)" in
    Linux) system=linux library=libconverge_uniffi.so ;;
    Darwin) system=darwin library=libconverge_uniffi.dylib ;;
    MINGW* | MSYS* | CYGWIN*) system=win32 library=converge_uniffi.dll ;;
    *) echo "native.sh does not know the system $(uname -s)" >&2; exit 1 ;;
esac
case "$(uname -m)" in
    x86_64 | amd64) arch=x86-64 ;;
    aarch64 | arm64) arch=aarch64 ;;
    *) echo "native.sh does not know the processor $(uname -m)" >&2; exit 1 ;;
esac

# The generator has to be of the version that the library was made with, and takes minutes to optimize for a second's run.
build=(cargo build --quiet --package convergedb-uniffi --features cli)
"${build[@]}"
# Cargo keeps one file for all sets of features, and may find it fresh when it is of another set.
if grep -q panic_in_doc "$target/debug/$library"; then
    cargo clean --quiet --package convergedb-uniffi
    "${build[@]}"
fi
mkdir -p "$folder/bindgen"
cp "$target/debug/uniffi-bindgen" "$target/debug/$library" "$folder/bindgen/"
if [ "$profile" = dev ]; then
    built="$folder/bindgen/$library"
else
    cargo build --quiet --package convergedb-uniffi --profile "$profile"
    built="$target/$profile/$library"
fi
mkdir -p "$folder/natives/$system-$arch"
cmp -s "$built" "$folder/natives/$system-$arch/$library" || cp "$built" "$folder/natives/$system-$arch/$library"
bash bindings/kotlin/generate.sh "$folder/bindgen/uniffi-bindgen" "$folder/bindgen/$library" "$folder/generated"
