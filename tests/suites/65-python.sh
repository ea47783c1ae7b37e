# about: the Python package: the wheel in a fresh environment, pytest, stubs, the sdist installed

suite() {
    # shellcheck source=python/tests/setup.sh
    . python/tests/setup.sh
    need_python
    local work="$CARGO_TARGET_DIR/python" root="$PWD" size
    rm -rf "$work"
    mkdir -p "$work"
    build_wheel "$work/wheel"
    fresh_environment "$work/fresh"

    case "$wheel" in *-cp39-abi3-*) ;; *) echo "$wheel is no wheel for the stable ABI" >&2; return 1 ;; esac
    size="$(wc -c <"$wheel")"
    echo "$(basename "$wheel"): $size bytes"
    [ "$size" -le $((4 << 20)) ] || { echo "the wheel is larger than 4 MiB" >&2; return 1; }
    cmp LICENSE python/LICENSE
    "$tools/bin/python" -m zipfile -l "$wheel" >"$work/wheel.txt"
    for file in licenses/LICENSE convergedb/py.typed convergedb/_convergedb.pyi convergedb/_cli/export.py; do
        grep -q "$file" "$work/wheel.txt" || { echo "the wheel holds no $file" >&2; return 1; }
    done
    "$tools/bin/maturin" sdist --manifest-path python/Cargo.toml --out "$work/sdist" >"$work/sdist.log" 2>&1 || { cat "$work/sdist.log" >&2; return 1; }
    tar -tzf "$work"/sdist/*.tar.gz >"$work/sdist.txt"
    for file in core/src/lib.rs python/src/lib.rs Cargo.lock LICENSE PKG-INFO convergedb/__init__.py; do
        grep -q "/$file\$" "$work/sdist.txt" || { echo "the sdist holds no $file" >&2; return 1; }
    done

    from_source "$(ls "$work"/sdist/*.tar.gz)" "$work/from-source"

    # Elsewhere than python/, so that the installed package is what is imported.
    cd "$work"
    # The build from source has the calls that panic.
    "$work/from-source/bin/python" -m pytest -p no:cacheprovider -c "$root/python/pyproject.toml" --rootdir "$root/python" \
        -o faulthandler_timeout=120 "$root/python/tests/test_panic.py" >"$work/panic.txt" || { cat "$work/panic.txt" >&2; return 1; }
    ! grep -q skipped "$work/panic.txt" || { echo "the build from source has no calls that panic" >&2; return 1; }
    "$work/fresh/bin/python" -m pytest -p no:cacheprovider -c "$root/python/pyproject.toml" --rootdir "$root/python" \
        -o faulthandler_timeout=120 "$root/python/tests"
    "$work/fresh/bin/python" -m mypy --config-file "$root/python/pyproject.toml" --cache-dir "$work/mypy" \
        "$root/python/convergedb" "$root/python/tests/typed.py"
    "$work/fresh/bin/python" -m mypy.stubtest convergedb --ignore-disjoint-bases --mypy-config-file "$root/python/pyproject.toml"
}
