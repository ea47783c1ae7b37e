# about: no warning in any target (clippy)

suite() {
    need_rust_component clippy clippy rust-clippy
    cargo clippy --workspace --all-targets -- -D warnings
}
