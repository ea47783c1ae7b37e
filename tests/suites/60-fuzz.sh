# about: fuzz targets for every decoder and for whole scenarios, 60 s each (CONVERGE_FUZZ_SECONDS, CONVERGE_FUZZ_SEED)

# quietly LOG COMMAND...: what it says is shown only if it fails.
quietly() {
    local log="$1"
    shift
    "$@" >"$log" 2>&1 || { tail -n 60 "$log" >&2; return 1; }
}

# need_fuzzer LOG: cargo fuzz, the nightly toolchain that it needs, and a C++ compiler for libFuzzer. What is there stays as it is.
need_fuzzer() {
    need_rust
    if ! have c++; then
        can_install || missing "a C++ compiler (c++)" "install g++ or clang with the system's package manager"
        install_packages g++
    fi
    if ! cargo +nightly --version >/dev/null 2>&1; then
        have rustup || missing "a nightly Rust" "see https://rustup.rs, then: rustup toolchain install nightly"
        quietly "$1" rustup toolchain install nightly --profile minimal
    fi
    have cargo-fuzz || quietly "$1" cargo install --locked cargo-fuzz
}

# show LOG ARTIFACTS: what a run that failed found, in short. LOG has it all.
show() {
    grep -m 1 -A 6 -e 'panicked at' "$1" >&2 || true
    tail -n 5 "$1" >&2
    ls -d "$2"* >&2 2>/dev/null || true
    echo "all that was said: $1" >&2
}

suite() {
    local work="$CARGO_TARGET_DIR/fuzz" seconds="${CONVERGE_FUZZ_SECONDS:-60}" file log target targets=() crashers
    mkdir -p "$work"
    need_fuzzer "$work/tools.log"
    for file in tests/fuzz/targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
    # Past these a run fails: seconds for one input, and megabytes, of which 3 GiB are what one input may take.
    local bounds=(-timeout=20 -rss_limit_mb=4096)
    # These cost the fuzzer more than the runs themselves, and find no more.
    local lean=(-entropic=0 -reduce_inputs=0)

    # No sanitizer: the engine has no unsafe code, and without one ten times more is tried; an allocator in the targets counts instead. What is
    # compared with what is not traced: the inputs that the fuzzer begins with hold every name and number of the forms.
    quietly "$work/build.log" \
        cargo +nightly fuzz build --fuzz-dir tests/fuzz --target-dir "$work" --sanitizer none --no-trace-compares
    local programs
    programs="$(dirname "$(find "$work" -path '*/release/update' -type f -not -path '*/deps/*' | head -n 1)")"
    rm -rf "$work/seeds"
    quietly "$work/seeds.log" "$programs/seeds" "$work/seeds"

    for target in "${targets[@]}"; do
        crashers=(tests/fuzz/crashers/"$target"/*)
        [ -e "${crashers[0]}" ] || continue
        log="$work/$target.crashers.log"
        "$programs/$target" "${bounds[@]}" "${crashers[@]}" >"$log" 2>&1 || { show "$log" "tests/fuzz/crashers/$target/"; return 1; }
        printf '%-10s %10s former crashers\n' "$target" "${#crashers[@]}"
    done

    for target in "${targets[@]}"; do
        # What is found is to be kept, so it goes where such inputs are.
        mkdir -p "$work/corpus/$target" "tests/fuzz/crashers/$target"
        log="$work/$target.log"
        if ! "$programs/$target" "$work/corpus/$target" "$work/seeds/$target" "${bounds[@]}" "${lean[@]}" -max_len=4096 \
            -seed="${CONVERGE_FUZZ_SEED:-1}" -max_total_time="$seconds" -artifact_prefix="tests/fuzz/crashers/$target/" -print_final_stats=1 >"$log" 2>&1; then
            show "$log" "tests/fuzz/crashers/$target/"
            return 1
        fi
        rmdir "tests/fuzz/crashers/$target" 2>/dev/null || true
        printf '%-10s %10s executions %7s a second %5s MB at most\n' "$target" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")" \
            "$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")"
    done
    rmdir tests/fuzz/crashers 2>/dev/null || true
}
