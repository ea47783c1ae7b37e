# about: the conformance vectors through the Kotlin package, in memory and on disk (CONVERGE_VECTORS names another folder)

suite() {
    # shellcheck source=bindings/kotlin/tests/setup.sh
    . bindings/kotlin/tests/setup.sh
    need_kotlin
    local work="$CARGO_TARGET_DIR/kotlin" classes
    maven test-compile dependency:build-classpath -Dmdep.outputFile="$work/classpath.txt" -Dmdep.includeScope=test
    classes="$work/maven/test-classes:$work/maven/classes:$(cat "$work/classpath.txt")"
    java -cp "$classes" dev.convergedb.VectorsKt "${CONVERGE_VECTORS:-$PWD/tests/vectors}"
}
