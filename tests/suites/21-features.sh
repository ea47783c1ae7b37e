# about: the engine builds without JSON and without an operating system (wasm32)

suite() {
    need_rust_component clippy clippy rust-clippy
    need_rust_target wasm32-unknown-unknown
    local features
    for features in "" json; do
        cargo clippy -p convergedb --no-default-features --features "$features" -- -D warnings
        # A target without an operating system: nothing may be used that only one has.
        cargo check -p convergedb --no-default-features --features "$features" --target wasm32-unknown-unknown
    done
}
