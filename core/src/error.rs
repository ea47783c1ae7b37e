//! What can go wrong, by what the caller can do about it.

use crate::types::{EventId, PeerId};
use core::fmt;

/// What a caller can do about an error. C, Python, Swift and Kotlin show the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum ErrorKind {
    /// An argument breaks a documented rule. Fix the call; a retry cannot help.
    InvalidArgument = 1,
    /// A value is of no storable kind: NaN, an infinity, an integer outside i64, a list.
    InvalidValue = 2,
    /// A bound of [`crate::limits`] would be passed; it stands in [`Error::limit`].
    LimitExceeded = 3,
    /// The row of an insert shows already. Use `upsert` to write over it.
    RowExists = 4,
    /// The row of an update or delete does not show.
    RowNotFound = 5,
    /// A message breaks its form. Nothing of it was applied; its sender is broken or hostile.
    Malformed = 6,
    /// A message or file was written by a newer version.
    UnsupportedVersion = 7,
    /// An event id is taken by other content; the id stands in [`Error::event_id`]. Two devices share a peer id: `fork()`.
    ConflictingEvent = 8,
    /// The message belongs to another document.
    OtherDocument = 9,
    /// An ephemeral timestamp is too far ahead of the local wall clock.
    FromTheFuture = 10,
    /// The handle was closed.
    Closed = 11,
    /// Another handle or process has the file open for writing.
    AlreadyOpen = 12,
    /// Stored bytes are damaged; what can still be read can be salvaged.
    Corrupt = 13,
    /// The disk or the file system refused; the message carries its words.
    Storage = 14,
    /// The replica was opened for reading only.
    ReadOnly = 15,
    /// A signature or hash does not hold.
    Unauthentic = 16,
    /// A C handle is not live, or of another type.
    InvalidHandle = 17,
    /// A panic inside was caught. The handle is of no further use.
    Internal = 18,
}

impl ErrorKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [ErrorKind; 18] = [
        ErrorKind::InvalidArgument,
        ErrorKind::InvalidValue,
        ErrorKind::LimitExceeded,
        ErrorKind::RowExists,
        ErrorKind::RowNotFound,
        ErrorKind::Malformed,
        ErrorKind::UnsupportedVersion,
        ErrorKind::ConflictingEvent,
        ErrorKind::OtherDocument,
        ErrorKind::FromTheFuture,
        ErrorKind::Closed,
        ErrorKind::AlreadyOpen,
        ErrorKind::Corrupt,
        ErrorKind::Storage,
        ErrorKind::ReadOnly,
        ErrorKind::Unauthentic,
        ErrorKind::InvalidHandle,
        ErrorKind::Internal,
    ];

    /// The name that every language shows, such as `row_exists`.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::InvalidArgument => "invalid_argument",
            ErrorKind::InvalidValue => "invalid_value",
            ErrorKind::LimitExceeded => "limit_exceeded",
            ErrorKind::RowExists => "row_exists",
            ErrorKind::RowNotFound => "row_not_found",
            ErrorKind::Malformed => "malformed",
            ErrorKind::UnsupportedVersion => "unsupported_version",
            ErrorKind::ConflictingEvent => "conflicting_event",
            ErrorKind::OtherDocument => "other_document",
            ErrorKind::FromTheFuture => "from_the_future",
            ErrorKind::Closed => "closed",
            ErrorKind::AlreadyOpen => "already_open",
            ErrorKind::Corrupt => "corrupt",
            ErrorKind::Storage => "storage",
            ErrorKind::ReadOnly => "read_only",
            ErrorKind::Unauthentic => "unauthentic",
            ErrorKind::InvalidHandle => "invalid_handle",
            ErrorKind::Internal => "internal",
        }
    }

    /// The number that every language shows, 1 to 18.
    pub fn number(self) -> i32 {
        self as i32
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An error: a [`kind`](Error::kind) for programs, a message for people, and fields for what a program needs to know more.
///
/// The message says what and where; it is not API. After any error the replica is as it was before the call.
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    event_id: Option<EventId>,
    peer: Option<PeerId>,
    limit: Option<u64>,
    offset: Option<u64>,
    path: Option<String>,
}

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;

impl Error {
    /// An error of `kind` with a message for people.
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        let message = message.into();
        Error(Box::new(Inner { kind, message, event_id: None, peer: None, limit: None, offset: None, path: None }))
    }

    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What and where, for people. Not API.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The event that the error is about, if it is about one.
    pub fn event_id(&self) -> Option<&EventId> {
        self.0.event_id.as_ref()
    }

    /// The peer that the error is about, if it is about one.
    pub fn peer(&self) -> Option<&PeerId> {
        self.0.peer.as_ref()
    }

    /// The bound that was passed, if one was.
    pub fn limit(&self) -> Option<u64> {
        self.0.limit
    }

    /// Where in the input the error lies, in bytes from its start, if that is known.
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// The file that the error is about, or the place inside a JSON text, such as `[0].ops[2].value`.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// The same error, about `id` and its peer.
    pub fn with_event_id(mut self, id: EventId) -> Error {
        self.0.peer = Some(id.peer.clone());
        self.0.event_id = Some(id);
        self
    }

    /// The same error, about `peer`.
    pub fn with_peer(mut self, peer: PeerId) -> Error {
        self.0.peer = Some(peer);
        self
    }

    /// The same error, with the bound that was passed.
    pub fn with_limit(mut self, limit: u64) -> Error {
        self.0.limit = Some(limit);
        self
    }

    /// The same error, at a byte of the input.
    pub fn with_offset(mut self, offset: u64) -> Error {
        self.0.offset = Some(offset);
        self
    }

    /// The same error, about a file or a place.
    pub fn with_path(mut self, path: impl Into<String>) -> Error {
        self.0.path = Some(path.into());
        self
    }

    #[cold]
    pub(crate) fn invalid_argument(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::InvalidArgument, message)
    }

    #[cold]
    pub(crate) fn invalid_value(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::InvalidValue, message)
    }

    #[cold]
    pub(crate) fn limit_exceeded(message: impl Into<String>, limit: u64) -> Error {
        Error::new(ErrorKind::LimitExceeded, message).with_limit(limit)
    }

    #[cold]
    pub(crate) fn malformed(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Malformed, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind, self.0.message)?;
        if let Some(path) = &self.0.path {
            write!(f, " (at {path})")?;
        }
        if let Some(offset) = self.0.offset {
            write!(f, " (byte {offset})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
