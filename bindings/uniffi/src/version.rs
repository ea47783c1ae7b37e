/// The version of the library.
#[uniffi::export]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// The number of the binary interface, which the packages compare with theirs: 0 until 1.0.
#[uniffi::export]
pub fn abi_version() -> u32 {
    0
}
