# about: the README's code runs and its commands exist

suite() {
    need_rust
    local ran
    # core/src/lib.rs takes the README in as documentation of an item `Readme`, for doc tests only.
    cargo test -p convergedb --doc Readme | tee "$CARGO_TARGET_DIR/readme.log"
    ran="$(sed -n 's/^test result: ok\. \([0-9]*\) passed.*/\1/p' "$CARGO_TARGET_DIR/readme.log" | tail -n 1)"
    rm -f "$CARGO_TARGET_DIR/readme.log"
    [ "${ran:-0}" -ge 1 ] || { echo "no code block of README.md was run" >&2; return 1; }
    echo "README.md: $ran code blocks ran"
    grep -qxF 'cargo run --release --example offline_sync' README.md
    grep -qxF 'tests/run' README.md
    test -f core/examples/offline_sync/main.rs
}
