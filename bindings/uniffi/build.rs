//! Links the library for memory pages of 16 KiB, as Android wants it since version 15.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let of = |name: &str| std::env::var(name).unwrap_or_default();
    let (os, arch) = (of("CARGO_CFG_TARGET_OS"), of("CARGO_CFG_TARGET_ARCH"));
    // On x86-64 Linux too, where a test looks at it. Elsewhere on Linux pages may be larger, and the linker knows.
    if os == "android" || (os == "linux" && arch == "x86_64") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,max-page-size=16384");
    }
}
