# about: the Kotlin package: its contract, an app, README snippets, Java, and what is in the jar

suite() {
    # shellcheck source=bindings/kotlin/tests/setup.sh
    . bindings/kotlin/tests/setup.sh
    need_kotlin
    local work="$CARGO_TARGET_DIR/kotlin" ran jar
    build_hooks "$work/hooks"
    rm -rf "$work/maven/surefire-reports"
    maven -Dconverge.test.library="$work/hooks/libconverge_uniffi.so" package dependency:build-classpath \
        -Dmdep.outputFile="$work/classpath.txt" -Dmdep.includeScope=test
    cat "$work"/maven/surefire-reports/*.txt | grep '^Tests run'
    ran="$(cat "$work"/maven/surefire-reports/*.txt | awk -F '[:,]' '/^Tests run/ { sum += $2 } END { print sum + 0 }')"
    [ "$ran" -ge 40 ] || { echo "just $ran tests ran" >&2; return 1; }
    proved "$work/maven/surefire-reports"

    jar="$work/maven/convergedb-$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1).jar"
    in_jar "$jar" "$work"
    runs_on_android_8 "$work/maven/classes"
}

# Every number of the contract has a test that passed: Maven has ended well, so those that ran did.
proved() {
    local number
    for number in $(sed -n 's/^| C\([0-9]*\) .*/\1/p' tests/contract.md); do
        grep -qE "<testcase name=\"C$number [^>]*classname=\"dev.convergedb.ContractTest\"" "$1"/*.ContractTest.xml ||
            { echo "no test proves C$number" >&2; return 1; }
    done
}

# The jar has what it ought to have, and the library is loaded from it, once.
in_jar() {
    local jar="$1" work="$2" file natives="$2/maven/natives/linux-x86-64/libconverge_uniffi.so"
    jar tf "$jar" >"$work/jar.txt"
    for file in linux-x86-64/libconverge_uniffi.so META-INF/proguard/convergedb.pro dev/convergedb/Doc.class; do
        [ "$(uname -m)" = x86_64 ] || [ "${file%%/*}" != linux-x86-64 ] || continue
        grep -qx "$file" "$work/jar.txt" || { echo "the jar holds no $file" >&2; return 1; }
    done
    [ "$(uname -m)" = x86_64 ] || return 0
    bash bindings/kotlin/check-pages.sh "$natives"
    ! grep -q panic_in_doc "$natives" || { echo "the jar's library has functions that panic" >&2; return 1; }
    java -cp "$jar:$work/maven/test-classes:$(cat "$work/classpath.txt")" dev.convergedb.LoadsFromJarKt >"$work/from-jar.txt"
    cat "$work/from-jar.txt"
    # JNA's own library is the other file.
    [ "$(cat "$work/from-jar.txt")" = "$(printf '%s\nloaded from files: 2' "$jar")" ] ||
        { echo "the library is not loaded from the jar, once" >&2; return 1; }
}

# Classes for Java 11, whose calls Android has since 8: its ByteBuffer has no `flip` and the like of its own before Android 10.
runs_on_android_8() {
    local code="$1/../code.txt"
    find "$1" -name '*.class' -print0 | xargs -0 javap -c -p -cp "$1" >"$code"
    [ "$(grep -c 'Method java/nio/' "$code")" -gt 10 ] || { echo "javap shows no calls of buffers" >&2; return 1; }
    ! grep -E 'java/nio/[A-Za-z]+Buffer\.(clear|flip|rewind|mark|reset|limit|position):\([^)]*\)Ljava/nio/[A-Za-z]+Buffer;' "$code" ||
        { echo "Android 8 and 9 lack these methods" >&2; return 1; }
    javap -v -cp "$1" dev.convergedb.Doc | grep -q 'major version: 55$' || { echo "the classes are not for Java 11" >&2; return 1; }
}
