use crate::raw::{self, invalid};
use convergedb::Result;

/// A struct of options: plain numbers and pointers, for which zeros are the defaults, and which begins with its own size.
///
/// # Safety
///
/// It is `repr(C)`, its first field is the `u32` size, and any bytes are a value of it.
pub(crate) unsafe trait Options: Copy {
    /// Where the last field ended that it had when it was first released: nobody knows a smaller one. What comes later does not move it.
    const FIRST_SIZE: usize;
    /// Zeros.
    const ZEROED: Self;
}

/// Where a field of a struct ends.
macro_rules! end_of {
    ($options:ty, $field:ident: $field_type:ty) => {
        std::mem::offset_of!($options, $field) + size_of::<$field_type>()
    };
}
pub(crate) use end_of;

/// Reads options that may come from an older or a newer header; zeros for NULL.
///
/// # Safety
///
/// `options` is NULL or readable for the size that it says.
pub(crate) unsafe fn read<T: Options>(options: *const T, name: &str) -> Result<T> {
    let mut read = T::ZEROED;
    // SAFETY: it is NULL or begins with its size.
    let Some(size) = (unsafe { raw::optional(options.cast::<u32>(), name) })? else { return Ok(read) };
    let size = size as usize;
    if !(T::FIRST_SIZE..=4096).contains(&size) {
        return Err(invalid(format!("`{name}` says a size of {size}: zero it, and set `size` to its sizeof")));
    }
    // SAFETY: it is readable for so many bytes.
    let bytes = unsafe { raw::slice(options.cast::<u8>(), size, name) }?;
    let (known, unknown) = bytes.split_at(size.min(size_of::<T>()));
    if unknown.iter().any(|&byte| byte != 0) {
        return Err(invalid(format!("`{name}` sets an option that only a newer library has")));
    }
    // SAFETY: the target has room for them, and any bytes are a value of it.
    unsafe { std::ptr::copy_nonoverlapping(known.as_ptr(), (&raw mut read).cast::<u8>(), known.len()) };
    Ok(read)
}
