# about: the Kotlin package: its contract, an app, README snippets, Java, and what is in the jar

suite() {
    # shellcheck source=bindings/kotlin/tests/setup.sh
    . bindings/kotlin/tests/setup.sh
    need_kotlin
    local work="$CARGO_TARGET_DIR/kotlin" ran jar file
    build_hooks "$work/hooks"
    rm -rf "$work/maven/surefire-reports"
    maven -Dconverge.test.library="$work/hooks/libconverge_uniffi.so" package
    cat "$work"/maven/surefire-reports/*.txt | grep '^Tests run'
    ran="$(cat "$work"/maven/surefire-reports/*.txt | awk -F '[:,]' '/^Tests run/ { sum += $2 } END { print sum + 0 }')"
    [ "$ran" -ge 40 ] || { echo "just $ran tests ran" >&2; return 1; }

    jar="$work/maven/convergedb-$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1).jar"
    jar tf "$jar" >"$work/jar.txt"
    for file in linux-x86-64/libconverge_uniffi.so META-INF/proguard/convergedb.pro dev/convergedb/Doc.class; do
        [ "$(uname -m)" = x86_64 ] || [ "${file%%/*}" != linux-x86-64 ] || continue
        grep -qx "$file" "$work/jar.txt" || { echo "the jar holds no $file" >&2; return 1; }
    done
    if [ "$(uname -m)" = x86_64 ]; then
        bash bindings/kotlin/check-pages.sh "$work/maven/natives/linux-x86-64/libconverge_uniffi.so"
        ! grep -q panic_in_doc "$work/maven/natives/linux-x86-64/libconverge_uniffi.so" || { echo "the jar's library has functions that panic" >&2; return 1; }
    fi
}
