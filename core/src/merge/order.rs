use crate::oplog::RowIndex;
use core::cmp::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// Past this many recent rows (or a sixteenth of the old ones, if that is more) the two lists become one.
const RECENT_MAX: usize = 4_096;

/// A table's rows in the order of their ids, made when a scan first asks for it and kept up lazily: writes pay nothing.
///
/// Two sorted lists, a long one that is merged rarely and a short one of recent rows, so that a scan after one insert into a large table
/// does not sort the table again. Rows never go, so the lists only grow; hidden ones are passed over by the scan.
#[derive(Debug, Default)]
pub(crate) struct Order(Mutex<Lists>);

#[derive(Clone, Debug, Default)]
struct Lists {
    old: Arc<Vec<RowIndex>>,
    recent: Arc<Vec<RowIndex>>,
}

/// The two sorted lists as one scan sees them; a scan merges them as it goes.
pub(crate) type Sorted = (Arc<Vec<RowIndex>>, Arc<Vec<RowIndex>>);

fn merge(a: &[RowIndex], b: &[RowIndex], cmp: impl Fn(RowIndex, RowIndex) -> Ordering) -> Vec<RowIndex> {
    let mut merged = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    loop {
        let first = match (a.peek(), b.peek()) {
            (Some(&&x), Some(&&y)) => cmp(x, y) == Ordering::Less,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => return merged,
        };
        merged.extend(if first { a.next() } else { b.next() });
    }
}

impl Order {
    /// The rows `0..rows` in order.
    pub(crate) fn sorted(&self, rows: RowIndex, cmp: impl Fn(RowIndex, RowIndex) -> Ordering) -> Sorted {
        // The lists are replaced whole, so a panic elsewhere leaves nothing half done.
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lists.old.len() + lists.recent.len();
        if known < rows as usize {
            let mut new: Vec<RowIndex> = (known as RowIndex..rows).collect();
            new.sort_unstable_by(|&a, &b| cmp(a, b));
            let recent = if lists.recent.is_empty() { new } else { merge(&lists.recent, &new, &cmp) };
            if lists.old.is_empty() {
                lists.old = Arc::new(recent);
            } else if recent.len() > RECENT_MAX.max(lists.old.len() / 16) {
                lists.old = Arc::new(merge(&lists.old, &recent, &cmp));
                lists.recent = Arc::default();
            } else {
                lists.recent = Arc::new(recent);
            }
        }
        (lists.old.clone(), lists.recent.clone())
    }

    /// Forgets the order, because the latest rows went away again.
    pub(crate) fn reset(&mut self) {
        *self.0.get_mut().unwrap_or_else(PoisonError::into_inner) = Lists::default();
    }
}

impl Clone for Order {
    fn clone(&self) -> Order {
        Order(Mutex::new(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()))
    }
}
