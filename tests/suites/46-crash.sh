# about: a faulty disk at every operation, 3,000 killed writers (CONVERGE_KILLS), 100 killed merges, 2,000 races to open (CONVERGE_RACES)

suite() {
    need_rust
    cargo build -p converge-crash
    local program="$CARGO_TARGET_DIR/debug/converge-crash"
    "$program" faults
    "$program" permissions
    "$program" kills "${CONVERGE_KILLS:-3000}" "${CONVERGE_SEED:-1}"
    "$program" merges 100 "${CONVERGE_SEED:-1}"
    "$program" races "${CONVERGE_RACES:-2000}"
}
