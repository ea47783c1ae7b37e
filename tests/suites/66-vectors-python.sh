# about: the conformance vectors through the Python package, in memory and on disk (CONVERGE_VECTORS names another folder)

suite() {
    # shellcheck source=python/tests/setup.sh
    . python/tests/setup.sh
    need_python
    local work="$CARGO_TARGET_DIR/vectors-python" root="$PWD" version python said
    rm -rf "$work"
    mkdir -p "$work"
    build_wheel "$work/wheel"
    fresh_environment "$work/fresh"
    cd "$work"
    "$work/fresh/bin/python" "$root/python/tests/vectors.py"
    # The one wheel serves every Python since 3.9: whichever is here has to agree.
    "$tools/bin/python" -m zipfile -e "$wheel" "$work/plain"
    for version in 3.9 3.10 3.11 3.12 3.13 3.14 3.15; do
        for python in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python3; do
            if "$python" -c '' 2>/dev/null; then
                said="$(PYTHONPATH="$work/plain" "$python" -B "$root/python/tests/vectors.py")" || { echo "$said" >&2; return 1; }
                echo "python$version: $(tail -n 1 <<<"$said")"
                break
            fi
        done
    done
}
