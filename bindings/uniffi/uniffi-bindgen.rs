//! Generates the Swift and Kotlin code that calls this library. Feature `cli`.

fn main() {
    uniffi::uniffi_bindgen_main();
}
