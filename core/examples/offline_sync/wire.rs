//! Frames on a TCP connection. What is inside them is the business of `sync.rs`.
//!
//! ```text
//! | length: u32, little-endian | kind: 1 byte | length bytes |
//! ```

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

/// The most bytes in a frame. A transaction goes over whole, so this also bounds what an application may put in one.
const FRAME_BYTES_MAX: u32 = 16 << 20;
/// How long a silent peer is waited for.
const SILENCE_MAX: Duration = Duration::from_secs(30);

pub(crate) struct Wire(TcpStream);

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
        Ok(Wire(stream))
    }

    pub(crate) fn send(&mut self, kind: u8, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).ok().filter(|&length| length <= FRAME_BYTES_MAX);
        let length = length.ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "the frame is too long"))?;
        self.0.write_all(&[&length.to_le_bytes(), &[kind][..], bytes].concat())
    }

    pub(crate) fn receive(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut head = [0; 5];
        self.0.read_exact(&mut head)?;
        let [a, b, c, d, kind] = head;
        let length = u32::from_le_bytes([a, b, c, d]);
        // The other side may claim any length: it is checked first, and memory then grows only with what really arrives.
        if length > FRAME_BYTES_MAX {
            return Err(io::Error::new(ErrorKind::InvalidData, format!("a frame claims {length} bytes")));
        }
        let mut bytes = Vec::new();
        (&mut self.0).take(u64::from(length)).read_to_end(&mut bytes)?;
        if bytes.len() < length as usize {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok((kind, bytes))
    }
}
