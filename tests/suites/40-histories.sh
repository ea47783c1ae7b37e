# about: random histories against a slow model; prints their distribution

suite() {
    need_rust
    cargo test -p convergedb --test histories -- --nocapture
}
