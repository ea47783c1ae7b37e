# about: replicas in stores and files: conformance, long lives, identity, queries, rot (2,000 flipped bits)

suite() {
    need_rust
    cargo test -p convergedb --test store --test files
}
