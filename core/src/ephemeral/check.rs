use super::store::EphemeralStore;

impl EphemeralStore {
    /// Recomputes the invariants the slow way: for tests, fuzzers and simulations.
    ///
    /// # Errors
    ///
    /// What does not hold, in words.
    pub fn check(&self) -> Result<(), String> {
        self.table.check(self.own)?;
        if self.table.len() > self.entries_max || self.table.bytes > self.bytes_max {
            return Err(format!("{} entries and {} bytes are more than the bounds", self.table.len(), self.table.bytes));
        }
        Ok(())
    }
}
