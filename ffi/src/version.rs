use std::ffi::c_char;

/// The version of the ABI: 0 until 1.0. `CONVERGE_ABI_VERSION` is that of the header; a binding that loads the library at run time
/// compares them. It never fails.
#[unsafe(no_mangle)]
pub extern "C" fn converge_abi_version() -> u32 {
    CONVERGE_ABI_VERSION
}

/// The version of the ABI that this header describes.
pub const CONVERGE_ABI_VERSION: u32 = 0;

/// The library's version, such as `0.1.0`: static text that ends in NUL. It never fails.
#[unsafe(no_mangle)]
pub extern "C" fn converge_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
