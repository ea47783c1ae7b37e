use crate::error::{Error, ErrorKind};
use rusqlite::ErrorCode;
use std::path::Path;

/// What SQLite says, by what a caller can do about it.
pub(super) fn translate(path: &Path, doing: &str, error: &rusqlite::Error) -> Error {
    let (kind, what) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (ErrorKind::Storage, "the disk is full".to_owned()),
        Some(ErrorCode::ReadOnly) => (ErrorKind::Storage, format!("it cannot be written: {error}")),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => (ErrorKind::Storage, format!("it cannot be opened: {error}")),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (ErrorKind::Storage, "another program is writing to it".to_owned()),
        Some(ErrorCode::NotADatabase) => (ErrorKind::Corrupt, "it is no database, or its beginning is damaged".to_owned()),
        Some(ErrorCode::DatabaseCorrupt) => (ErrorKind::Corrupt, format!("it is damaged: {error}")),
        Some(ErrorCode::SystemIoFailure) => (ErrorKind::Storage, format!("the disk failed: {error}")),
        // Our own statements fit what we made.
        Some(ErrorCode::Unknown) => (ErrorKind::Corrupt, format!("it is not as it was made: {error}")),
        Some(ErrorCode::OperationInterrupted) => (ErrorKind::LimitExceeded, "it took longer than it was given".to_owned()),
        Some(ErrorCode::TooBig) => (ErrorKind::LimitExceeded, error.to_string()),
        Some(_) => (ErrorKind::Storage, error.to_string()),
        None => (ErrorKind::Corrupt, format!("it holds something else than was written: {error}")),
    };
    Error::new(kind, format!("{doing}: {what}")).with_path(path.display().to_string())
}
