# about: the conformance vectors through the C header, in memory and on disk (CONVERGE_VECTORS names another folder)

suite() {
    need_rust
    . tests/c/build.sh
    need_c_and_cpp
    need_nightly
    need_program valgrind valgrind
    build_plain
    build_address
    local vectors="${CONVERGE_VECTORS:-tests/vectors}" folder="$CARGO_TARGET_DIR/c" some name
    local sources=(tests/c/vectors.c tests/c/vectors_world.c tests/c/vectors_writes.c tests/c/vectors_sync.c tests/c/typed.c tests/c/json.c)
    rm -rf "$folder/scratch/vectors"
    mkdir -p "$folder/scratch/vectors"
    compile_c "$(plain_lib)" "$folder/vectors" "${sources[@]}"
    compile_c "$(address_lib)" "$folder/address-vectors" -fsanitize=address,undefined -fno-sanitize-recover=all "${sources[@]}"
    "$folder/vectors" "$vectors" "$folder/scratch/vectors"
    echo "under AddressSanitizer and UBSan:"
    "$folder/address-vectors" "$vectors" "$folder/scratch/vectors"
    echo "under valgrind:"
    under_valgrind "$folder/vectors" "$vectors" "$folder/scratch/vectors"
}
