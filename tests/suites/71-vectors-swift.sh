# about: the conformance vectors through the Swift package, in memory and on disk (CONVERGE_VECTORS names another folder)

suite() {
    # shellcheck source=swift/Tests/setup.sh
    . swift/Tests/setup.sh
    need_swift
    local work="$CARGO_TARGET_DIR/swift" vectors="${CONVERGE_VECTORS:-$PWD/tests/vectors}"
    mkdir -p "$work"
    build_library "$work"
    with_swift "$work" "$vectors" '
        export CONVERGE_LIBRARY_DIR="$work/plain"
        cd "$repository/swift"
        swift build --product vectors -Xswiftc -warnings-as-errors --scratch-path "$work/build" >"$work/build.log" 2>&1 || {
            cat "$work/build.log" >&2
            exit 1
        }
        CONVERGE_VECTORS="$vectors" "$work/build/debug/vectors"
    '
    no_warnings "$work/build.log"
}
