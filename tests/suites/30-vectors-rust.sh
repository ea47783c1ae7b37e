# about: the conformance vectors through the Rust API (CONVERGE_VECTORS names another folder)

suite() {
    need_rust
    cargo test -p convergedb --test vectors -- --nocapture
}
