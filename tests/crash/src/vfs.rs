//! The disk as a VFS of SQLite. The only file with `unsafe` in it: SQLite's interface is one of C.

use crate::disk::{self, Refusal};
use rusqlite::ffi;
use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::ptr::{null_mut, slice_from_raw_parts_mut};
use std::sync::{Mutex, Once, PoisonError};

/// The name under which it is registered.
pub const NAME: &str = "converge-faulty";

/// The bytes of a region of shared memory that SQLite asks for.
const REGION: usize = 32_768;

/// SQLite's file, and the path behind it.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    path: *mut String,
}

/// The shared memory beside each file. Regions are never given back, so that pointers into them stay good.
static SHARED: Mutex<Option<HashMap<String, Vec<usize>>>> = Mutex::new(None);

/// Registers the VFS, once.
pub fn register() {
    static ONCE: Once = Once::new();
    // SAFETY: the default VFS lives for ever, and so do the copy of it, its name and the methods, which are leaked or static.
    ONCE.call_once(|| unsafe {
        let default = ffi::sqlite3_vfs_find(std::ptr::null());
        let name: &'static CStr = c"converge-faulty";
        let vfs = Box::leak(Box::new(ffi::sqlite3_vfs {
            szOsFile: size_of::<Handle>() as c_int,
            pNext: null_mut(),
            zName: name.as_ptr(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_path),
            ..*default
        }));
        assert_eq!(ffi::sqlite3_vfs_register(vfs, 0), ffi::SQLITE_OK);
    });
}

/// Forgets the shared memory of all files: the machine stopped.
pub fn forget_shared() {
    *SHARED.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

fn code(refused: Refusal, io: c_int) -> c_int {
    match refused {
        Refusal::Io => io,
        Refusal::Full => ffi::SQLITE_FULL,
    }
}

/// # Safety
///
/// `file` is one that [`open`] made.
unsafe fn path_of<'a>(file: *mut ffi::sqlite3_file) -> &'a str {
    // SAFETY: see above; the path lives until the file is closed.
    unsafe { (*(*file.cast::<Handle>()).path).as_str() }
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    _: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a name or NULL for a temporary file, room for a handle, and a place for flags or NULL.
    unsafe {
        let path = if name.is_null() { "temporary".to_owned() } else { CStr::from_ptr(name).to_string_lossy().into_owned() };
        disk::with(|disk| disk.create(&path));
        let handle = file.cast::<Handle>();
        (*handle).base.pMethods = &METHODS;
        (*handle).path = Box::into_raw(Box::new(path));
        if !out.is_null() {
            *out = ffi::SQLITE_OPEN_READWRITE;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: the path was made by `open` and is given back once.
    unsafe { drop(Box::from_raw((*file.cast::<Handle>()).path)) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, _: c_int) -> c_int {
    // SAFETY: SQLite gives a path.
    let path = unsafe { CStr::from_ptr(name).to_string_lossy().into_owned() };
    match disk::with(|disk| disk.delete(&path)) {
        Ok(true) => ffi::SQLITE_OK,
        Ok(false) => ffi::SQLITE_IOERR_DELETE_NOENT,
        Err(refused) => code(refused, ffi::SQLITE_IOERR_DELETE),
    }
}

unsafe extern "C" fn access(_: *mut ffi::sqlite3_vfs, name: *const c_char, _: c_int, out: *mut c_int) -> c_int {
    // SAFETY: SQLite gives a path and a place for the answer.
    unsafe {
        let path = CStr::from_ptr(name).to_string_lossy().into_owned();
        // A file without a byte is as good as none, as SQLite's own VFS has it.
        *out = c_int::from(disk::with(|disk| disk.exists(&path) && disk.size(&path).is_ok_and(|size| size > 0)));
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_path(_: *mut ffi::sqlite3_vfs, name: *const c_char, room: c_int, out: *mut c_char) -> c_int {
    // SAFETY: SQLite gives a path and room for as many bytes.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > room as usize {
            return ffi::SQLITE_CANTOPEN;
        }
        std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, into: *mut c_void, count: c_int, at: i64) -> c_int {
    // SAFETY: SQLite gives room for as many bytes.
    let (path, into) = unsafe { (path_of(file), &mut *slice_from_raw_parts_mut(into.cast::<u8>(), count as usize)) };
    match disk::with(|disk| disk.read(path, at as usize, into)) {
        Ok(read) if read == into.len() => ffi::SQLITE_OK,
        Ok(_) => ffi::SQLITE_IOERR_SHORT_READ,
        Err(refused) => code(refused, ffi::SQLITE_IOERR_READ),
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, data: *const c_void, count: c_int, at: i64) -> c_int {
    // SAFETY: SQLite gives as many bytes.
    let (path, data) = unsafe { (path_of(file), std::slice::from_raw_parts(data.cast::<u8>(), count as usize)) };
    match disk::with(|disk| disk.write(path, at as usize, data)) {
        Ok(()) => ffi::SQLITE_OK,
        Err(refused) => code(refused, ffi::SQLITE_IOERR_WRITE),
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: i64) -> c_int {
    // SAFETY: the file is one of ours.
    let path = unsafe { path_of(file) };
    match disk::with(|disk| disk.truncate(path, length as usize)) {
        Ok(()) => ffi::SQLITE_OK,
        Err(refused) => code(refused, ffi::SQLITE_IOERR_TRUNCATE),
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: the file is one of ours.
    let path = unsafe { path_of(file) };
    match disk::with(|disk| disk.sync(path)) {
        Ok(()) => ffi::SQLITE_OK,
        Err(refused) => code(refused, ffi::SQLITE_IOERR_FSYNC),
    }
}

unsafe extern "C" fn size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    // SAFETY: the file is one of ours, and there is a place for the answer.
    let path = unsafe { path_of(file) };
    match disk::with(|disk| disk.size(path)) {
        Ok(size) => {
            // SAFETY: as above.
            unsafe { *out = size as i64 };
            ffi::SQLITE_OK
        }
        Err(refused) => code(refused, ffi::SQLITE_IOERR_FSTAT),
    }
}

unsafe extern "C" fn lock(_: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn is_reserved(_: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: there is a place for the answer.
    unsafe { *out = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    512
}

unsafe extern "C" fn characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    // A torn write leaves what is around it alone.
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(file: *mut ffi::sqlite3_file, region: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) -> c_int {
    assert_eq!(size as usize, REGION, "SQLite asks for other regions than before");
    // SAFETY: the file is one of ours.
    let path = unsafe { path_of(file) };
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let regions = shared.get_or_insert_default().entry(path.to_owned()).or_default();
    while regions.len() <= region as usize && extend != 0 {
        regions.push(Box::leak(Box::new([0u64; REGION / 8])).as_mut_ptr() as usize);
    }
    // SAFETY: there is a place for the answer, and regions are never given back.
    unsafe { *out = regions.get(region as usize).map_or(null_mut(), |&region| region as *mut c_void) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(_: *mut ffi::sqlite3_file, _: c_int, _: c_int, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    if delete != 0 {
        // SAFETY: the file is one of ours.
        let path = unsafe { path_of(file) };
        if let Some(shared) = SHARED.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            shared.remove(path);
        }
    }
    ffi::SQLITE_OK
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(is_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
