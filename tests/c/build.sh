# What the suites in C share: flags, builds, and how a program is built and run. Sourced after lib.sh, from the repository's root.

C_FLAGS=(-std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Werror -g -O1 -Iinclude)
CPP_FLAGS=(-std=c++17 -Wall -Wextra -Wpedantic -Werror -g -O1 -Iinclude)

need_c_and_cpp() {
    have cc && have c++ && return 0
    can_install || missing "a C and a C++ compiler (cc, c++)" "install gcc and g++ with the system's package manager"
    install_packages gcc g++ libc6-dev
}

# need_program COMMAND PACKAGE: a tool that is a package of its own.
need_program() {
    have "$1" && return 0
    can_install || missing "$1" "install $2 with the system's package manager"
    install_packages "$2"
}

need_nightly() {
    cargo +nightly --version >/dev/null 2>&1 && return 0
    have rustup || missing "a nightly Rust" "see https://rustup.rs, then: rustup toolchain install nightly"
    rustup toolchain install nightly --profile minimal
}

need_rust_source() {
    need_nightly
    [ -d "$(rustc +nightly --print sysroot)/lib/rustlib/src/rust/library" ] && return 0
    { have rustup && rustup component add rust-src --toolchain nightly; } || missing "the standard library's source" "rustup component add rust-src --toolchain nightly"
}

need_cbindgen() { have cbindgen || cargo install --locked cbindgen; }

# need_cargo_c: the newest version that this Rust can build; cargo names it where the newest one is too new. What it does itself takes no
# time, and optimised it would take ten minutes to build.
need_cargo_c() {
    have cargo-cinstall && return 0
    need_program pkg-config pkg-config
    pkg-config --exists openssl || { can_install && install_packages libssl-dev; } || missing "OpenSSL's headers" "install libssl-dev"
    local log version
    log="$(mktemp)"
    if ! CARGO_PROFILE_RELEASE_OPT_LEVEL=0 cargo install --locked cargo-c 2>"$log"; then
        version="$(sed -n 's/^`cargo-c \([^`]*\)` supports rustc.*/\1/p' "$log")"
        [ -n "$version" ] || { cat "$log" >&2; return 1; }
        CARGO_PROFILE_RELEASE_OPT_LEVEL=0 cargo install --locked cargo-c --version "$version"
    fi
    rm -f "$log"
}

host() { rustc -vV | sed -n 's/^host: //p'; }

# Where a build's library lies.
plain_lib() { echo "$CARGO_TARGET_DIR/debug"; }
address_lib() { echo "$CARGO_TARGET_DIR/address/$(host)/debug"; }
thread_lib() { echo "$CARGO_TARGET_DIR/thread/$(host)/debug"; }

# With the functions that panic on purpose.
build_plain() { cargo build -p convergedb-ffi --features test-hooks; }

# The whole library under AddressSanitizer, SQLite too.
build_address() {
    CFLAGS="-fsanitize=address -fno-omit-frame-pointer" RUSTFLAGS="-Zsanitizer=address" \
        cargo +nightly build -p convergedb-ffi --features test-hooks --target "$(host)" --target-dir "$CARGO_TARGET_DIR/address"
}

# With the standard library built anew, so that ThreadSanitizer sees what its locks order. Without SQLite, whose locks it does not see.
build_thread() {
    RUSTFLAGS="-Zsanitizer=thread" cargo +nightly build -Zbuild-std -p convergedb-ffi --no-default-features --features test-hooks \
        --target "$(host)" --target-dir "$CARGO_TARGET_DIR/thread"
}

# Where a program of the tests is built.
bin() { echo "$CARGO_TARGET_DIR/c/$1"; }

# scratch NAME: an empty folder.
scratch() {
    rm -rf "$CARGO_TARGET_DIR/c/scratch/$1"
    mkdir -p "$CARGO_TARGET_DIR/c/scratch/$1"
    echo "$CARGO_TARGET_DIR/c/scratch/$1"
}

# compile_thread OUT SOURCE: a program under ThreadSanitizer, with the runtime that Rust brings: the compiler's own may be older than it needs.
compile_thread() {
    local runtime lib
    lib="$(thread_lib)"
    runtime="$(rustc +nightly --print sysroot)/lib/rustlib/$(host)/lib/librustc-nightly_rt.tsan.a"
    cc "${C_FLAGS[@]}" -fsanitize=thread -DSHORT_RUN=1 -c "$2" -o "$1.o"
    c++ "$1.o" -Wl,--whole-archive "$runtime" -Wl,--no-whole-archive -rdynamic -L"$lib" -lconverge -Wl,-rpath,"$lib" -lpthread -ldl -lm -lrt -o "$1"
}

# compile LIB OUT FLAG... SOURCE...: a program against the shared library in the folder LIB.
compile_c() {
    local lib="$1" out="$2"
    shift 2
    mkdir -p "$(dirname "$out")"
    cc "${C_FLAGS[@]}" "$@" -L"$lib" -lconverge -Wl,-rpath,"$lib" -lpthread -o "$out"
}

compile_cpp() {
    local lib="$1" out="$2"
    shift 2
    mkdir -p "$(dirname "$out")"
    c++ "${CPP_FLAGS[@]}" "$@" -L"$lib" -lconverge -Wl,-rpath,"$lib" -lpthread -o "$out"
}

# quietly COMMAND...: shows what it says on stderr only where it fails; a panic that a test asked for says much.
quietly() {
    local log status=0
    log="$(mktemp)"
    "$@" 2>"$log" || status=$?
    [ "$status" -eq 0 ] || tail -n 60 "$log" >&2
    rm -f "$log"
    return "$status"
}

under_valgrind() {
    quietly valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect,possible \
        --errors-for-leak-kinds=definite,indirect,possible --suppressions=tests/c/valgrind.supp "$@"
}
