# about: the Swift package: generated code, contract, files, Codable rows, streams, the to-do list, README snippets

suite() {
    # shellcheck source=swift/Tests/setup.sh
    . swift/Tests/setup.sh
    need_swift
    local work="$CARGO_TARGET_DIR/swift"
    mkdir -p "$work"
    build_library "$work"
    generated "$work"
    build_hooks "$work"
    if grep -rnE '(try!|as!|fatalError|unsafeBitCast|TODO|FIXME)' swift/Sources/ConvergeDB swift/Examples; then
        echo "the package ends the process on purpose" >&2
        return 1
    fi

    with_swift "$work" tests/vectors '
        export CONVERGE_TEST_HOOKS=1 CONVERGE_LIBRARY_DIR="$work/hooks"
        cd "$work/package"
        shown() { local log="$1"; shift; "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }; }
        shown "$work/build-tests.log" swift build --build-tests -Xswiftc -warnings-as-errors --scratch-path "$work/build-tests"
        shown "$work/tests.log" swift test --skip-build -Xswiftc -warnings-as-errors --no-parallel --scratch-path "$work/build-tests"
        tail -n 1 "$work/tests.log"
        cp "$work/build-tests/debug/todos" "$work/"
        "$work/todos" | diff "$repository/swift/Examples/Todos/expected.txt" -
        # What blocks its thread is refused in `async` code, and nothing else of that file is.
        swiftc -swift-version 6 -typecheck -I "$work/build-tests/debug/Modules" -I Sources/converge_uniffi Tests/blocking.swift \
            >"$work/blocking.log" 2>&1 && exit 1
        [ "$(grep -c "^Tests/.* error: .* unavailable from asynchronous contexts" "$work/blocking.log")" -eq 3 ] &&
            [ "$(grep -c "^Tests/.* error: " "$work/blocking.log")" -eq 3 ] || { cat "$work/blocking.log" >&2; exit 1; }
    '
    no_warnings "$work/build-tests.log"
    grep -qE 'Test run with [1-9][0-9]+ tests passed' "$work/tests.log" || { echo "no test ran" >&2; return 1; }
    proved "$work/tests.log"
    other_version "$work"
    readme "$work"
}

# The committed generated code is what the generator makes of the library.
generated() {
    diff -q swift/Sources/ConvergeFFI/ConvergeFFI.swift "$1/generated/ConvergeFFI.swift" &&
        diff -q swift/Sources/converge_uniffi/converge_uniffi.h "$1/generated/converge_uniffi.h" && return 0
    echo "the generated Swift is not what the generator makes: run swift/generate.sh" >&2
    return 1
}

# Each number of tests/contract.md has a test that passed. C12 no Swift text can break (ValueTests.swift).
proved() {
    local number
    for number in $(sed -n 's/^| C\([0-9]*\) .*/\1/p' tests/contract.md); do
        [ "$number" -eq 12 ] || grep -qE "^. Test \"C$number: .* passed" "$1" || { echo "no test proves C$number" >&2; return 1; }
    done
}

# C8: a library that says another version is refused when the first object is made, by both names.
other_version() {
    cc -shared -fPIC -D_Nonnull= -D_Nullable= -Iswift/Sources/converge_uniffi -o "$1/libother.so" swift/Tests/other_version.c
    with_swift "$1" tests/vectors '
        # What bash says of a process that ends by an error is no news.
        if { LD_PRELOAD="$work/libother.so" "$work/todos" >"$work/other.log" 2>&1; } 2>/dev/null; then
            echo "another version was taken" >&2
            exit 1
        fi
    '
    local ours said
    ours="$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)"
    for said in 'version 9.8.7' 'interface 7' "version $ours"; do
        grep -qF "$said" "$1/other.log" || { cat "$1/other.log" >&2; return 1; }
    done
    echo "another version of the library: refused"
}

# The README's package as a stranger makes it; its snippets and the project's own run in order, and print what stands behind their prints.
readme() {
    local notes="$1/Notes" file
    rm -rf "$notes.new"
    mkdir -p "$notes.new/Sources/Notes" "$notes/Sources/Notes"
    awk -v folder="$notes.new" -f swift/Tests/snippets.awk swift/README.md README.md
    sed -i 's|"\.\./converge/swift"|"\\(Context.environment["CONVERGE_PACKAGE"] ?? "")"|' "$notes.new/Package.swift"
    for file in Package.swift Sources/Notes/main.swift; do cmp -s "$notes.new/$file" "$notes/$file" || cp "$notes.new/$file" "$notes/$file"; done
    with_swift "$1" tests/vectors '
        export CONVERGE_PACKAGE="$repository/swift" CONVERGE_LIBRARY_DIR="$work/plain"
        cd "$work/Notes"
        # Else a file that is new in a package beside this one is not seen.
        rm -f "$work/build-readme/debug.yaml"
        swift build -Xswiftc -warnings-as-errors --scratch-path "$work/build-readme" >"$work/build-readme.log" 2>&1 || {
            cat "$work/build-readme.log" >&2
            exit 1
        }
        rm -rf "$work/scratch"
        mkdir "$work/scratch"
        cd "$work/scratch"
        "$work/build-readme/debug/Notes" >"$work/readme.said"
    '
    no_warnings "$1/build-readme.log"
    [ -s "$notes.new/expected" ] || { echo "the READMEs print nothing" >&2; return 1; }
    diff "$notes.new/expected" "$1/readme.said"
    echo "swift/README.md and README.md: $(cat "$notes.new/blocks") code blocks ran"
}
