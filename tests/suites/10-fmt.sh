# about: the code is formatted (rustfmt)

suite() {
    need_rust_component fmt rustfmt rustfmt
    cargo fmt --all --check -- --color never
}
