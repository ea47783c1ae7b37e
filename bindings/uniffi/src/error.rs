use crate::events::EventId;
use convergedb::{Error, ErrorKind};
use std::fmt;

/// A result whose error the packages translate.
pub(crate) type Result<T> = core::result::Result<T, Failure>;

/// An error of the engine, with all that it says.
#[derive(Debug, uniffi::Error)]
pub enum Failure {
    /// The only kind that generated code tells apart; the number does the rest.
    Failed {
        /// The number of the kind, the same in every language.
        number: i32,
        /// The name of the kind, such as `row_exists`.
        name: String,
        /// What and where, for people.
        text: String,
        /// The event that it is about.
        event_id: Option<EventId>,
        /// The peer that it is about.
        peer: Option<String>,
        /// The bound that was passed.
        limit: Option<u64>,
        /// Where in the input, in bytes.
        offset: Option<u64>,
        /// The file, or the place inside a text.
        path: Option<String>,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure::Failed { name, text, .. } = self;
        write!(f, "{name}: {text}")
    }
}

impl std::error::Error for Failure {}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let whole = error.to_string();
        let name = error.kind().name();
        let text = whole.strip_prefix(name).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&whole);
        Failure::Failed {
            number: error.kind().number(),
            name: name.to_owned(),
            text: text.to_owned(),
            event_id: error.event_id().map(EventId::from),
            peer: error.peer().map(|peer| peer.as_str().to_owned()),
            limit: error.limit(),
            offset: error.offset(),
            path: error.path().map(str::to_owned),
        }
    }
}

/// An argument that no type of the engine can hold.
pub(crate) fn invalid_argument(text: impl Into<String>) -> Failure {
    Error::new(ErrorKind::InvalidArgument, text).into()
}

/// The numbers and names of all kinds, for the packages' tests.
#[uniffi::export]
pub fn error_kinds() -> Vec<ErrorKindName> {
    ErrorKind::ALL.into_iter().map(|kind| ErrorKindName { number: kind.number(), name: kind.name().to_owned() }).collect()
}

/// A kind of error.
#[derive(uniffi::Record)]
pub struct ErrorKindName {
    /// Its number.
    pub number: i32,
    /// Its name.
    pub name: String,
}
