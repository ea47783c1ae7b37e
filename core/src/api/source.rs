/// What a door stands before: something that keeps changes for its readers.
pub(crate) trait Source {
    /// What the object is called in an error.
    const NAME: &'static str;
    /// Names a subscription.
    type Id: Copy + PartialEq;
    /// What a reader is told.
    type Change;

    /// Whether anybody reads changes.
    fn is_watched(&self) -> bool;
    /// Whether a subscription has something to tell.
    fn has_changes(&self, id: Self::Id) -> bool;
    /// Takes what a subscription has to tell: the changes, and whether the reader lagged.
    fn drain(&mut self, id: Self::Id) -> (Vec<Self::Change>, bool);
    /// Keeps nothing for the reader any more.
    fn unsubscribe(&mut self, id: Self::Id);
}
