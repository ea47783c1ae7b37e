//! Random changes of bytes.

use convergedb::clock::SplitMix;

/// Changes one to four places of `bytes`.
pub fn change(bytes: &mut Vec<u8>, random: &mut SplitMix) {
    for _ in 0..1 + random.below(2) * random.below(4) {
        if bytes.is_empty() {
            return bytes.push(random.next_u64() as u8);
        }
        let at = random.below(bytes.len() as u64) as usize;
        match random.below(9) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next_u64() as u8,
            2 => bytes[at] = bytes[at].wrapping_add(1),
            3 => bytes[at] = bytes[at].wrapping_sub(1),
            4 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5) as usize],
            5 => {
                bytes.remove(at);
            }
            6 => bytes.insert(at, random.next_u64() as u8),
            7 => {
                let length = random.below(8).min((bytes.len() - at) as u64) as usize;
                let from = random.below((bytes.len() - length + 1) as u64) as usize;
                let part = bytes[from..from + length].to_vec();
                bytes[at..at + length].copy_from_slice(&part);
            }
            _ => {
                // The longest number that there is, or one that has too many bytes.
                bytes.splice(at..at + 1, [0xff; 9].into_iter().chain([random.below(3) as u8]));
            }
        }
    }
}
