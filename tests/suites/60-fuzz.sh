# about: fuzz targets for every decoder and for whole scenarios, 60 s each (CONVERGE_FUZZ_SECONDS)

# need_fuzzer: cargo fuzz, the nightly toolchain that it needs, and a C++ compiler for libFuzzer.
need_fuzzer() {
    need_rust
    if ! have c++; then
        can_install || missing "a C++ compiler (c++)" "install g++ or clang with the system's package manager"
        install_packages g++
    fi
    if ! cargo +nightly --version >/dev/null 2>&1; then
        have rustup || missing "a nightly Rust" "see https://rustup.rs, then: rustup toolchain install nightly"
        rustup toolchain install nightly --profile minimal
    fi
    have cargo-fuzz || cargo install --locked cargo-fuzz
}

# fuzz_build TARGET OPTION...: builds a target. No sanitizer: the engine has no unsafe code, and without one ten times more is tried.
# An allocator in the targets counts instead.
fuzz_build() {
    local target="$1"
    shift
    cargo +nightly fuzz build --fuzz-dir tests/fuzz --target-dir "$CARGO_TARGET_DIR/fuzz" --sanitizer none "$@" "$target"
}

suite() {
    need_fuzzer
    local seconds="${CONVERGE_FUZZ_SECONDS:-60}" work="$CARGO_TARGET_DIR/fuzz" file log target targets=() crashers found=0
    # Past these a run fails: seconds for one input, and megabytes, of which 3 GiB are what one input may take.
    local bounds=(-timeout=20 -rss_limit_mb=4096)
    for file in tests/fuzz/targets/*.rs; do targets+=("$(basename "$file" .rs)"); done

    for target in "${targets[@]}"; do
        # Scenarios read choices, not numbers, so what is compared with what says nothing there, and costs half of the time.
        if [ "$target" = scenario ]; then fuzz_build "$target" --no-trace-compares; else fuzz_build "$target"; fi
    done
    local programs="$work/x86_64-unknown-linux-gnu/release"
    [ -x "$programs/update" ] || programs="$(dirname "$(find "$work" -path '*/release/update' -type f | head -n 1)")"
    rm -rf "$work/seeds"
    cargo +nightly run --quiet --manifest-path tests/fuzz/Cargo.toml --target-dir "$work" --example seeds -- "$work/seeds"

    for target in "${targets[@]}"; do
        crashers=(tests/fuzz/crashers/"$target"/*)
        [ -e "${crashers[0]}" ] || continue
        log="$work/$target.crashers.log"
        "$programs/$target" "${bounds[@]}" "${crashers[@]}" >"$log" 2>&1 || { tail -n 60 "$log" >&2; return 1; }
        echo "$target: ${#crashers[@]} former crashers run"
    done

    for target in "${targets[@]}"; do
        mkdir -p "$work/corpus/$target" "tests/fuzz/crashers/$target"
        log="$work/$target.log"
        "$programs/$target" "$work/corpus/$target" "$work/seeds/$target" "${bounds[@]}" -max_len=4096 -max_total_time="$seconds" \
            -artifact_prefix="tests/fuzz/crashers/$target/" -print_final_stats=1 >"$log" 2>&1 || found=1
        rmdir "tests/fuzz/crashers/$target" 2>/dev/null || true
        [ "$found" -eq 0 ] || { tail -n 60 "$log" >&2; return 1; }
        printf '%-10s %s executions, %s a second, %s MB at most\n' "$target" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")" \
            "$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")"
    done
    rmdir tests/fuzz/crashers 2>/dev/null || true
}
