# about: unit tests, doc tests and the smaller integration tests of the engine

suite() {
    need_rust
    local file name tests=()
    for file in core/tests/*.rs; do
        name="$(basename "$file" .rs)"
        # These are suites of their own.
        case "$name" in vectors | histories | store | files | '*') ;; *) tests+=(--test "$name") ;; esac
    done
    cargo test -p convergedb --lib ${tests[@]+"${tests[@]}"}
    cargo test -p convergedb --doc
}
