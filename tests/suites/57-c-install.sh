# about: the C library installed, moved, and used by projects outside through pkg-config and CMake; its size and symbols

suite() {
    need_rust
    . tests/c/build.sh
    . tests/c/install.sh
    need_c_and_cpp
    need_program cmake cmake
    need_program pkg-config pkg-config
    need_program readelf binutils
    need_cargo_c
    installed
}
