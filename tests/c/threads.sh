# How a program with many threads is tried under ThreadSanitizer. Sourced after lib.sh and build.sh.

by_thread() {
    compile_thread "$(bin thread-threads)" tests/c/threads.c
    TSAN_OPTIONS="halt_on_error=1" quietly "$(bin thread-threads)" >/dev/null
    echo "ThreadSanitizer: no race"
}
