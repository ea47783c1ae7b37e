/// When a write returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Once it is on the disk: what was acknowledged survives a power cut.
    #[default]
    Full,
    /// Before it is on the disk: it survives the death of the process, and a power cut may take the last of it, in whole transactions.
    /// Nothing goes to a peer before it is on the disk, which [`Doc::flush`](super::Doc::flush) waits for.
    /// A handle that reads the file beside this one waits for the disk too, before the first that it hands out.
    Relaxed,
}
