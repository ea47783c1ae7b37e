use crate::clock::Entropy;
use crate::error::{Error, Result};
use core::fmt;

/// The identity of a document: 128 bits, random unless given. Replicas of one document share it; updates of another are refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub [u8; 16]);

impl DocumentId {
    /// A fresh id.
    pub fn random(entropy: &mut dyn Entropy) -> DocumentId {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        DocumentId(bytes)
    }

    /// Reads 32 hexadecimal digits, of either case.
    ///
    /// # Errors
    ///
    /// `invalid_argument` when `text` is anything else.
    pub fn parse(text: &str) -> Result<DocumentId> {
        let mut bytes = [0; 16];
        let digits = text.as_bytes();
        let nibble = |at: usize| digits.get(at).and_then(|&byte| char::from(byte).to_digit(16));
        for (at, byte) in bytes.iter_mut().enumerate() {
            match (nibble(2 * at), nibble(2 * at + 1)) {
                (Some(high), Some(low)) if digits.len() == 32 => *byte = (high << 4 | low) as u8,
                _ => return Err(Error::invalid_argument("a document id is 32 hexadecimal digits")),
            }
        }
        Ok(DocumentId(bytes))
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
