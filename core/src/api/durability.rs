/// When a write returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Once it is on the disk: what was acknowledged survives a power cut.
    #[default]
    Full,
    /// Before it is on the disk: it survives the death of the process, and a power cut may take the last of it, in whole transactions.
    /// Nothing goes to a peer before it is on the disk, which [`Doc::flush`](super::Doc::flush) waits for.
    /// That holds for this handle: one that reads the file beside it cannot know what is on the disk, so let it hand nothing to peers.
    Relaxed,
}
