# How the installed library is tried: sizes, exported symbols, and projects outside that link it. Sourced after lib.sh and build.sh.

# Bytes that the stripped shared library may have, with SQLite (3 MiB) and without. For the latter 1 MiB is the goal, and ffi/README.md says why
# it is not reached: the bound keeps it from growing.
SIZE_MAX_WITH_SQLITE=3145728
SIZE_MAX_WITHOUT_SQLITE=1600000

# Installs the library as a package would, moves it, and builds a project of its own against it.
installed() {
    local prefix moved soname
    prefix="$(scratch prefix)"
    cargo cinstall -p convergedb-ffi --profile dist --prefix "$prefix/first" --libdir "$prefix/first/lib"
    moved="$prefix/moved"
    mv "$prefix/first" "$moved"
    soname="$(readelf -d "$moved/lib/libconverge.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')"
    [ "$soname" = libconverge.so.0.1 ] || { echo "the SONAME is $soname" >&2; return 1; }
    exports "$moved/lib/libconverge.so"
    small "$moved/lib/libconverge.so" "$SIZE_MAX_WITH_SQLITE" "with SQLite"
    cargo build -p convergedb-ffi --profile dist --no-default-features --target-dir "$CARGO_TARGET_DIR/without-sqlite"
    small "$CARGO_TARGET_DIR/without-sqlite/dist/libconverge.so" "$SIZE_MAX_WITHOUT_SQLITE" "without SQLite"
    grep -q "PACKAGE_VERSION \"$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)\"" ffi/cmake/convergeConfigVersion.cmake ||
        { echo "the CMake package has another version than Cargo.toml" >&2; return 1; }
    by_pkg_config "$moved" "$prefix"
    by_cmake "$moved" "$prefix"
}

# exports LIBRARY: nothing is exported but what the snapshot lists, all of it ours.
exports() {
    nm -D --defined-only "$1" | awk '{ print $3 }' | LC_ALL=C sort | diff tests/c/symbols.txt - ||
        { echo "the exported symbols are others than tests/c/symbols.txt lists" >&2; return 1; }
    if grep -v '^converge_' tests/c/symbols.txt; then return 1; fi
}

small() {
    local bytes stripped
    stripped="$(scratch size)/libconverge.so"
    strip -s -o "$stripped" "$1"
    bytes="$(wc -c <"$stripped")"
    echo "libconverge.so $3: $bytes bytes stripped"
    [ "$bytes" -gt 0 ] && [ "$bytes" -le "$2" ] || { echo "more than $2" >&2; return 1; }
}

by_pkg_config() {
    local flags program examples=tests/c/examples
    export PKG_CONFIG_PATH="$1/lib/pkgconfig"
    flags="$(pkg-config --define-prefix --cflags --libs converge)"
    # shellcheck disable=SC2086
    cc -std=c99 "$examples/sync.c" $flags -Wl,-rpath,"$1/lib" -o "$2/sync"
    # shellcheck disable=SC2086
    c++ -std=c++17 "$examples/sync.cpp" $flags -Wl,-rpath,"$1/lib" -o "$2/sync-cpp"
    flags="$(pkg-config --define-prefix --static --cflags --libs converge | sed 's/-lconverge/-l:libconverge.a/')"
    # shellcheck disable=SC2086
    cc -std=c99 "$examples/sync.c" $flags -o "$2/sync-static"
    # shellcheck disable=SC2086
    c++ -std=c++17 "$examples/sync.cpp" $flags -o "$2/sync-cpp-static"
    holds_it_itself "$2/sync-static"
    "$2/sync" | diff "$examples/sync.expected" -
    "$2/sync-static" | diff "$examples/sync.expected" -
    for program in sync-cpp sync-cpp-static; do "$2/$program" | diff "$examples/sync-cpp.expected" -; done
    echo "pkg-config: shared and static"
}

# holds_it_itself PROGRAM: it needs no shared library of ours.
holds_it_itself() {
    local needed
    needed="$(readelf -d "$1" | grep NEEDED)"
    case "$needed" in *libconverge*) echo "$1 needs the shared library" >&2; return 1 ;; esac
}

by_cmake() {
    local kind log examples="$PWD/tests/c/examples"
    log="$2/cmake.log"
    { cmake -S tests/c/outside -B "$2/build" -DCMAKE_PREFIX_PATH="$1" -DEXAMPLES="$examples" && cmake --build "$2/build"; } >"$log" 2>&1 ||
        { cat "$log" >&2; return 1; }
    for kind in shared static; do
        "$2/build/sync-$kind" | diff "$examples/sync.expected" -
        "$2/build/sync-cpp-$kind" | diff "$examples/sync-cpp.expected" -
    done
    holds_it_itself "$2/build/sync-static"
    # A build for another system looks for everything under that system's root; the package still finds what lies beside it.
    cmake -S tests/c/outside -B "$2/build-elsewhere" -Dconverge_DIR="$1/share/converge/cmake" -DCMAKE_FIND_ROOT_PATH="$(scratch root)" \
        -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY -DEXAMPLES="$examples" >"$log" 2>&1 ||
        { cat "$log" >&2; return 1; }
    echo "CMake: converge::shared and converge::static"
}
