# about: the C library: its header, its rules in C and C++, valgrind, sanitizers, threads, random calls (CONVERGE_CALLS_SECONDS)

suite() {
    need_rust
    . tests/c/build.sh
    . tests/c/threads.sh
    need_c_and_cpp
    need_rust_source
    need_cbindgen
    need_program valgrind valgrind

    header
    all_called
    no_abort
    build_plain
    build_address
    build_thread
    cargo test -p convergedb-ffi --lib
    plainly
    by_valgrind
    by_address
    by_thread
    by_chance
}

# The committed header is what cbindgen makes of the source, and every compiler takes it without a word.
header() {
    local made language
    made="$(mktemp)"
    cbindgen --quiet --config ffi/cbindgen.toml --crate convergedb-ffi --output "$made"
    diff -u include/converge.h "$made" || {
        echo "include/converge.h is not what cbindgen makes: run cbindgen --config ffi/cbindgen.toml --crate convergedb-ffi --output include/converge.h" >&2
        return 1
    }
    rm -f "$made"
    for language in "c -std=c99" "c -std=c17" "c++ -std=c++11" "c++ -std=c++17"; do
        # shellcheck disable=SC2086
        printf '#include "converge.h"\n#include "converge.h"\n' | cc -x $language -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only -
    done
    printf '#include "converge.hpp"\n' | cc -x c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only -
    printf '#include "converge.hpp"\n' | cc -x c++ -std=c++17 -fno-exceptions -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only -
}

# Every function is called, or handed to what calls it, by a test in C.
all_called() {
    local name missing=""
    for name in $(cat tests/c/symbols.txt); do
        grep -qE "\b$name *[(,)]" tests/c/*.c || missing+=" $name"
    done
    [ -z "$missing" ] || { echo "no test in C calls$missing" >&2; return 1; }
}

# A library that could not catch a panic does not compile, and says why. (Its dependencies are not there: that is for both the same.)
no_abort() {
    local strategy said=""
    for strategy in abort unwind; do
        said+="$strategy $(rustc --edition 2024 --crate-type lib --emit metadata -o /dev/null -C panic="$strategy" ffi/src/lib.rs 2>&1 |
            grep -c 'error: libconverge catches panics' || true) "
    done
    [ "$said" = "abort 1 unwind 0 " ] || { echo "panic strategies: $said" >&2; return 1; }
}

plainly() {
    local lib name
    lib="$(plain_lib)"
    for name in calls json_calls limits ownership misuse misuse_each panics threads files; do compile_c "$lib" "$(bin "$name")" "tests/c/$name.c"; done
    compile_cpp "$lib" "$(bin objects)" tests/c/objects.cpp
    compile_cpp "$lib" "$(bin objects-results)" -fno-exceptions tests/c/objects.cpp
    compile_cpp "$lib" "$(bin both-ways)" -O0 tests/c/both_ways.cpp "$(without_exceptions tests/c/both_ways.cpp)"
    for name in calls json_calls limits ownership misuse misuse_each panics threads objects objects-results both-ways; do quietly "$(bin "$name")"; done
    quietly "$(bin files)" "$(scratch files)"
    # What holds in C holds in C++.
    for name in ownership misuse misuse_each; do
        compile_cpp "$lib" "$(bin "$name-cpp")" -x c++ "tests/c/$name.c"
        quietly "$(bin "$name-cpp")"
    done
    compile_c "$lib" "$(bin sync)" tests/c/examples/sync.c
    compile_c "$lib" "$(bin presence)" tests/c/examples/presence.c
    compile_cpp "$lib" "$(bin sync-cpp)" tests/c/examples/sync.cpp
    for name in sync presence sync-cpp; do "$(bin "$name")" | diff "tests/c/examples/$name.expected" -; done
    readme "$lib"
}

# A source compiled without exceptions, not at its best, so that functions keep their names and meet those of files with exceptions.
without_exceptions() {
    c++ "${CPP_FLAGS[@]}" -O0 -fno-exceptions -c "$1" -o "$(bin both-ways.o)"
    bin both-ways.o
}

# The README's program in C compiles and says what it should.
readme() {
    awk '/^```c$/ { code = 1; next } /^```$/ { code = 0 } code' README.md >"$(bin readme.c)"
    compile_c "$1" "$(bin readme)" "$(bin readme.c)"
    [ "$("$(bin readme)")" = '{"todos":{"1":{"done":false,"title":"milk"}}}' ] || { echo "the README's program in C says something else" >&2; return 1; }
}

by_valgrind() {
    local lib name
    lib="$(plain_lib)"
    for name in ownership threads; do compile_c "$lib" "$(bin "$name-short")" -DSHORT_RUN=1 "tests/c/$name.c"; done
    for name in calls json_calls limits ownership-short misuse misuse_each panics threads-short objects objects-results sync presence sync-cpp; do
        under_valgrind "$(bin "$name")" >/dev/null
    done
    under_valgrind "$(bin files)" "$(scratch files)" >/dev/null
    echo "valgrind: no error, no leak"
}

by_address() {
    local lib name sanitizers=(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    lib="$(address_lib)"
    for name in calls json_calls limits ownership misuse misuse_each panics threads files fuzz; do compile_c "$lib" "$(bin "address-$name")" "${sanitizers[@]}" "tests/c/$name.c"; done
    compile_cpp "$lib" "$(bin address-objects)" "${sanitizers[@]}" tests/c/objects.cpp
    for name in calls json_calls limits ownership misuse misuse_each panics threads objects; do quietly "$(bin "address-$name")" >/dev/null; done
    quietly "$(bin address-files)" "$(scratch files)" >/dev/null
    echo "AddressSanitizer and UBSan: no error, no leak"
}

# Random calls for 30 s (CONVERGE_CALLS_SECONDS), each time others.
by_chance() {
    local seconds="${CONVERGE_CALLS_SECONDS:-30}" seed
    seed="${CONVERGE_CALLS_SEED:-$(date +%s)}"
    echo "random calls from seed $seed"
    quietly "$(bin address-fuzz)" 1000000000 "$seed" "$seconds"
}
