use crate::doc::CrdtDoc;
use crate::error::Result;

/// No replica lies in a file where there is no store for it.
pub(crate) enum File {}

impl File {
    pub(crate) fn check_writable(&self) -> Result<()> {
        match *self {}
    }

    pub(crate) fn commit(&mut self, _: &mut CrdtDoc) -> Result<()> {
        match *self {}
    }

    pub(crate) fn before_hand_out(&mut self, _: &mut CrdtDoc) -> Result<()> {
        match *self {}
    }

    pub(crate) fn close(&mut self, _: &mut CrdtDoc) -> Result<()> {
        match *self {}
    }
}
