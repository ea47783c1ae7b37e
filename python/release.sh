#!/usr/bin/env bash
# Builds what is published: the sdist, and a wheel for every Linux since glibc 2.17 (manylinux2014), linked by zig. Into python/dist, or FOLDER.
#
#   python/release.sh [FOLDER]
#
# It needs Rust and a Python with venv; maturin and zig come from PyPI. The wheel is installed into a fresh environment and runs the vectors.
set -euo pipefail
cd "$(dirname "$0")/.."

out="${1:-python/dist}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/tools"
"$work/tools/bin/pip" install --quiet 'maturin[zig]>=1.9,<2'
# maturin finds zig as the Python package of the environment that is active.
export PATH="$work/tools/bin:$PATH" VIRTUAL_ENV="$work/tools"

mkdir -p "$out"
maturin sdist --manifest-path python/Cargo.toml --out "$out"
maturin build --release --zig --target "$(uname -m)-unknown-linux-gnu" --compatibility manylinux2014 --auditwheel check \
    --manifest-path python/Cargo.toml --out "$out"

python3 -m venv "$work/fresh"
"$work/fresh/bin/pip" install --quiet --no-index --no-deps "$out"/convergedb-*manylinux*.whl
"$work/fresh/bin/python" -I python/tests/vectors.py
ls -l "$out"
