# What the Kotlin suites share: a JDK, Maven, the library with its functions that panic, and the package. Sourced from the root, never run.

# need_kotlin: Rust, a JDK of 17 or newer, and Maven. Maven fetches the Kotlin compiler.
need_kotlin() {
    need_rust
    if ! have mvn || ! have javac || [ "$(javac -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')" -lt 17 ]; then
        can_install || missing "JDK 17 or newer and Maven (javac, mvn)" \
            "install openjdk-17-jdk-headless and maven with the system's package manager"
        install_packages default-jdk-headless maven
    fi
}

# build_hooks FOLDER: the library with functions that panic on purpose, in FOLDER.
build_hooks() {
    local built="$CARGO_TARGET_DIR/debug/libconverge_uniffi.so"
    local build=(cargo build --quiet -p convergedb-uniffi --lib --features cli,test-hooks)
    "${build[@]}"
    # Cargo keeps one file for all sets of features, and may find it fresh when it is of another set.
    if ! grep -q panic_in_doc "$built"; then
        cargo clean --quiet -p convergedb-uniffi
        "${build[@]}"
    fi
    mkdir -p "$1"
    cp "$built" "$1/"
}

# maven ARGUMENT...: runs Maven on the package, with the library of cargo's `dev` profile, in a folder that the suites share.
maven() {
    mkdir -p "$CARGO_TARGET_DIR/kotlin"
    mvn --batch-mode --quiet --file bindings/kotlin/pom.xml -Dconverge.profile=dev -Dkotlin.compiler.daemon=false \
        -Dconverge.build.directory="$CARGO_TARGET_DIR/kotlin/maven" "$@"
}
