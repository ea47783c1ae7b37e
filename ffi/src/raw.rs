use crate::text::converge_str;
use convergedb::limits::NAME_BYTES_MAX;
use convergedb::{Error, ErrorKind, Result};

/// The most bytes of a JSON text: more than the JSON form of any message, whose data come to 64 MiB at most, can have.
pub(crate) const JSON_BYTES_MAX: usize = 1 << 30;
/// The most bytes of a path: more than any system takes.
#[cfg(feature = "sqlite")]
pub(crate) const PATH_BYTES_MAX: usize = 1 << 17;
/// The most bytes of a query: about what SQLite takes.
#[cfg(feature = "sqlite")]
pub(crate) const SQL_BYTES_MAX: usize = 1 << 20;

/// Where a result goes: a pointer that is not NULL and that the caller promised to be writable.
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// Writes the result. What was there is not dropped.
    pub(crate) fn set(self, value: T) {
        // SAFETY: `out` was promised so.
        unsafe { self.0.write(value) }
    }
}

/// The place of a result that the caller must want.
///
/// # Safety
///
/// `place` is NULL or writable until the call ends.
pub(crate) unsafe fn out<T>(place: *mut T, name: &str) -> Result<Out<T>> {
    if place.is_null() || !place.is_aligned() { Err(bad_pointer(name, place.is_null())) } else { Ok(Out(place)) }
}

/// Writes a result that the caller may not want. The call is over by then and cannot fail for a place that is not aligned: it is written
/// too.
///
/// # Safety
///
/// `place` is NULL or writable.
pub(crate) unsafe fn put<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: as promised.
        unsafe { place.write_unaligned(value) };
    }
}

/// An optional argument.
///
/// # Safety
///
/// `place` is NULL or readable for as long as what is made of it is used.
pub(crate) unsafe fn optional<T: Copy>(place: *const T, name: &str) -> Result<Option<T>> {
    if place.is_null() {
        return Ok(None);
    }
    if !place.is_aligned() {
        return Err(bad_pointer(name, false));
    }
    // SAFETY: as promised.
    Ok(Some(unsafe { place.read() }))
}

/// An array argument.
///
/// # Safety
///
/// `data` is NULL or readable for `len` elements for as long as what is made of it is used.
#[inline]
pub(crate) unsafe fn slice<'a, T>(data: *const T, len: usize, name: &str) -> Result<&'a [T]> {
    // SAFETY: as promised.
    unsafe { slice_within(data, len, usize::MAX, name) }
}

/// An array argument of at most `most` elements. Where it says more, nothing is read: the length may be a mistake.
///
/// # Safety
///
/// As [`slice`].
#[inline]
pub(crate) unsafe fn slice_within<'a, T>(data: *const T, len: usize, most: usize, name: &str) -> Result<&'a [T]> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() || !data.is_aligned() {
        return Err(bad_pointer(name, data.is_null()));
    }
    if len > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(invalid(format!("`{name}` claims {len} elements, more than there can be")));
    }
    if len > most {
        return Err(too_long(name, len, if size_of::<T>() == 1 { "bytes" } else { "elements" }, most));
    }
    // SAFETY: as promised, and the length is one that memory can have.
    Ok(unsafe { std::slice::from_raw_parts(data, len) })
}

/// A text argument that is a name or an id.
///
/// # Safety
///
/// It is readable for its length for as long as what is made of it is used.
#[inline]
pub(crate) unsafe fn text<'a>(text: converge_str, name: &str) -> Result<&'a str> {
    // SAFETY: as promised.
    unsafe { text_within(text, NAME_BYTES_MAX, name) }
}

/// A text argument of at most `most` bytes.
///
/// # Safety
///
/// As [`text`].
#[inline]
pub(crate) unsafe fn text_within<'a>(text: converge_str, most: usize, name: &str) -> Result<&'a str> {
    let (data, len) = (text.data.cast::<u8>(), text.len);
    if !data.is_null() && matches!(len, 1..=16) {
        // SAFETY: it is readable for its length, as promised.
        let bytes = unsafe { std::slice::from_raw_parts(data, len) };
        if is_short_ascii(bytes) {
            // SAFETY: ASCII is UTF-8.
            return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
        }
    }
    // SAFETY: as promised.
    unsafe { any_text(data, len, most, name) }
}

/// # Safety
///
/// As [`text`].
#[inline(never)]
unsafe fn any_text<'a>(data: *const u8, len: usize, most: usize, name: &str) -> Result<&'a str> {
    // SAFETY: as promised.
    let bytes = unsafe { slice_within(data, len, most, name) }?;
    std::str::from_utf8(bytes).map_err(|error| bad_text(name, error.valid_up_to()))
}

/// Whether these are 1 to 16 bytes of ASCII, as most names and ids are: two words that overlap tell, without a loop.
#[inline(always)]
fn is_short_ascii(bytes: &[u8]) -> bool {
    let word = if let (Some(head), Some(tail)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        u64::from_ne_bytes(*head) | u64::from_ne_bytes(*tail)
    } else if let (Some(head), Some(tail)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (u32::from_ne_bytes(*head) | u32::from_ne_bytes(*tail)).into()
    } else {
        match bytes {
            [first, .., last] => (*first | bytes[bytes.len() / 2] | *last).into(),
            [only] => (*only).into(),
            [] => 0,
        }
    };
    bytes.len() <= 16 && word & 0x8080_8080_8080_8080 == 0
}

/// What was read from a message, in which a length over its bound is no fault of the caller's.
pub(crate) fn of_message<T>(read: Result<T>) -> Result<T> {
    read.map_err(|error| match (error.kind(), error.limit()) {
        (ErrorKind::LimitExceeded, Some(limit)) => Error::new(ErrorKind::Malformed, error.message()).with_limit(limit),
        _ => error,
    })
}

#[cold]
fn bad_text(name: &str, at: usize) -> Error {
    invalid(format!("`{name}` is not UTF-8")).with_offset(at as u64)
}

#[cold]
fn too_long(name: &str, len: usize, unit: &str, most: usize) -> Error {
    Error::new(ErrorKind::LimitExceeded, format!("`{name}` has {len} {unit}, more than {most}")).with_limit(most as u64)
}

#[cold]
fn bad_pointer(name: &str, is_null: bool) -> Error {
    invalid(format!("`{name}` is {}", if is_null { "NULL" } else { "not aligned" }))
}

#[cold]
pub(crate) fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::is_short_ascii;

    #[test]
    fn short_ascii_is_told_by_its_length_and_every_byte() {
        for len in 0..=20 {
            assert_eq!(is_short_ascii(&vec![0x7f; len]), len <= 16, "{len}");
            for at in 0..len {
                let mut bytes = vec![b'a'; len];
                bytes[at] = 0x80;
                assert!(!is_short_ascii(&bytes), "{at} of {len}");
            }
        }
    }
}
