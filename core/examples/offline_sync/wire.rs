//! Frames on a TCP connection. What is inside them is the business of `sync.rs`.
//!
//! ```text
//! | length: u32, little-endian | kind: 1 byte | JSON text: length - 1 bytes |
//! ```

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

/// The largest frame that is read or written. A transaction goes over whole, so this also bounds what an application may put in one.
const FRAME_BYTES_MAX: u32 = 16 << 20;
/// How long a silent peer is waited for.
const SILENCE_MAX: Duration = Duration::from_secs(30);

pub(crate) struct Wire {
    stream: TcpStream,
    pub(crate) bytes_sent: u64,
}

/// Two ends of one connection over the loopback interface.
pub(crate) fn connect() -> io::Result<(Wire, Wire)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let caller = TcpStream::connect(listener.local_addr()?)?;
    let (called, _) = listener.accept()?;
    Ok((Wire::new(caller)?, Wire::new(called)?))
}

impl Wire {
    fn new(stream: TcpStream) -> io::Result<Wire> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SILENCE_MAX))?;
        stream.set_write_timeout(Some(SILENCE_MAX))?;
        Ok(Wire { stream, bytes_sent: 0 })
    }

    pub(crate) fn send(&mut self, kind: u8, json: &str) -> io::Result<()> {
        let length = u32::try_from(json.len() + 1).ok().filter(|&length| length <= FRAME_BYTES_MAX);
        let length = length.ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "the frame is too long"))?;
        let mut frame = Vec::with_capacity(4 + length as usize);
        frame.extend(length.to_le_bytes());
        frame.push(kind);
        frame.extend(json.as_bytes());
        self.stream.write_all(&frame)?;
        self.bytes_sent += frame.len() as u64;
        Ok(())
    }

    pub(crate) fn receive(&mut self) -> io::Result<(u8, String)> {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head)?;
        let [a, b, c, d, kind] = head;
        let length = u32::from_le_bytes([a, b, c, d]);
        // The other side may claim any length: it is checked first, and memory then grows only with what really arrives.
        if !(1..=FRAME_BYTES_MAX).contains(&length) {
            return Err(io::Error::new(ErrorKind::InvalidData, format!("a frame claims {length} bytes")));
        }
        let mut json = Vec::new();
        (&mut self.stream).take(u64::from(length) - 1).read_to_end(&mut json)?;
        if json.len() + 1 < length as usize {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let json = String::from_utf8(json).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        Ok((kind, json))
    }
}
