//! How inputs and outputs of a network travel over a serial line.
//!
//! Everything is a frame, numbers with the low byte first:
//!
//! | bytes | what |
//! |---|---|
//! | 2 | `0x9a 0x54`: a frame begins |
//! | 1 | [`Kind`] |
//! | 1 | sequence number: of an input, counted by the host, wrapping; an answer repeats it |
//! | 2 | length of the payload |
//! | length | payload: the elements of a tensor, one byte each for int8 |
//! | 2 | check sum of all bytes after the first two: CRC-16/IBM-3740 (polynomial 0x1021, start 0xffff) |
//!
//! The host sends an [`Kind::Input`] and waits for the [`Kind::Output`] with the same sequence number. A byte lost,
//! added or changed thus shows at once as a wrong beginning, kind, length, check sum or sequence number, and
//! never as a plausible output. At last the host sends a [`Kind::End`], which the board answers with a [`Kind::Stack`].

/// The first bytes of a frame.
const BEGIN: [u8; 2] = [0x9a, 0x54];

/// A line of bytes in both directions.
pub trait Port {
    /// What may go wrong on the line.
    type Error;

    /// Waits for a byte.
    fn receive(&mut self) -> Result<u8, Self::Error>;

    /// Sends a byte.
    fn send(&mut self, byte: u8) -> Result<(), Self::Error>;
}

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Host to board: the input of a network.
    Input = 1,
    /// Board to host: the output for the last input.
    Output = 2,
    /// Host to board: end the program; no payload.
    End = 3,
    /// Board to host: the last frame arrived damaged or has a wrong length; no payload.
    Refused = 4,
    /// Board to host, before it ends: the most bytes of stack that were ever in use, and those of them that an inference
    /// took; 4 bytes each.
    Stack = 5,
}

impl Kind {
    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Input),
            2 => Some(Self::Output),
            3 => Some(Self::End),
            4 => Some(Self::Refused),
            5 => Some(Self::Stack),
            _ => None,
        }
    }
}

/// The beginning of a frame that arrived whole; the payload is in the receiver's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the frame is for.
    pub kind: Kind,
    /// Number of the input.
    pub sequence: u8,
    /// Bytes of payload.
    pub length: u16,
}

/// Why no frame could be received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure<Error> {
    /// The line failed.
    Port(Error),
    /// The bytes that arrived do not begin a frame.
    Begin,
    /// A kind of frame that does not exist.
    Kind,
    /// A payload longer than the receiver's buffer.
    TooLong,
    /// Something in the frame changed on the way.
    CheckSum,
}

impl<Error> From<Error> for Failure<Error> {
    fn from(error: Error) -> Self {
        Self::Port(error)
    }
}

/// Sends a frame.
// Linked once, not at every call: a firmware's flash should hold its network.
#[inline(never)]
pub fn send<P: Port>(port: &mut P, kind: Kind, sequence: u8, payload: &[u8]) -> Result<(), P::Error> {
    // No payload is longer: both sides have buffers of a tensor's size, at most 16 KB of RAM on the board.
    let length = (payload.len() as u16).to_le_bytes();
    let mut check_sum = CheckSum::new();
    for byte in BEGIN {
        port.send(byte)?;
    }
    for byte in [kind as u8, sequence, length[0], length[1]] {
        check_sum.add(byte);
        port.send(byte)?;
    }
    for &byte in payload {
        check_sum.add(byte);
        port.send(byte)?;
    }
    for byte in check_sum.0.to_le_bytes() {
        port.send(byte)?;
    }
    Ok(())
}

/// Waits for a frame; its payload fills the front of `buffer`.
#[inline(never)]
pub fn receive<P: Port>(port: &mut P, buffer: &mut [u8]) -> Result<Header, Failure<P::Error>> {
    for expected in BEGIN {
        if port.receive()? != expected {
            return Err(Failure::Begin);
        }
    }
    let mut check_sum = CheckSum::new();
    let mut fields = [0; 4];
    for field in &mut fields {
        *field = port.receive()?;
        check_sum.add(*field);
    }
    let [kind, sequence, low, high] = fields;
    let kind = Kind::from_byte(kind).ok_or(Failure::Kind)?;
    let length = u16::from_le_bytes([low, high]);
    let payload = buffer.get_mut(..usize::from(length)).ok_or(Failure::TooLong)?;
    for byte in payload {
        *byte = port.receive()?;
        check_sum.add(*byte);
    }
    let sent = u16::from_le_bytes([port.receive()?, port.receive()?]);
    if sent != check_sum.0 {
        return Err(Failure::CheckSum);
    }
    Ok(Header { kind, sequence, length })
}

/// CRC-16/IBM-3740, a bit at a time: small, and fast enough for a serial line.
struct CheckSum(u16);

impl CheckSum {
    fn new() -> Self {
        Self(0xffff)
    }

    // Linked once, as above.
    #[inline(never)]
    fn add(&mut self, byte: u8) {
        self.0 ^= u16::from(byte) << 8;
        for _ in 0..8 {
            let carry = self.0 & 0x8000 != 0;
            self.0 = self.0 << 1 ^ if carry { 0x1021 } else { 0 };
        }
    }
}

// They run on the host, in the tools that speak to the board.
#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::vec::Vec;

    /// A line that gives back what was sent.
    #[derive(Default)]
    struct Loop(VecDeque<u8>);

    impl Port for Loop {
        type Error = ();

        fn receive(&mut self) -> Result<u8, ()> {
            self.0.pop_front().ok_or(())
        }

        fn send(&mut self, byte: u8) -> Result<(), ()> {
            self.0.push_back(byte);
            Ok(())
        }
    }

    fn frame() -> Vec<u8> {
        let mut line = Loop::default();
        assert_eq!(send(&mut line, Kind::Output, 7, &[1, 2, 255]), Ok(()));
        line.0.into()
    }

    fn read(bytes: &[u8]) -> Result<(Header, Vec<u8>), Failure<()>> {
        let mut line = Loop(bytes.iter().copied().collect());
        let mut buffer = [0; 4];
        let header = receive(&mut line, &mut buffer)?;
        Ok((header, buffer[..usize::from(header.length)].to_vec()))
    }

    #[test]
    fn a_frame_arrives_as_it_was_sent() {
        let header = Header { kind: Kind::Output, sequence: 7, length: 3 };
        assert_eq!(read(&frame()), Ok((header, [1, 2, 255].to_vec())));
    }

    #[test]
    fn the_check_sum_is_the_published_one() {
        let mut check_sum = CheckSum::new();
        b"123456789".iter().for_each(|&byte| check_sum.add(byte));
        assert_eq!(check_sum.0, 0x29b1);
    }

    #[test]
    fn any_change_of_a_bit_and_any_byte_lost_or_doubled_shows() {
        let good = frame();
        for place in 0..good.len() {
            for bit in 0..8 {
                let mut changed = good.clone();
                changed[place] ^= 1 << bit;
                assert!(read(&changed).is_err(), "byte {place}, bit {bit}");
            }
            let mut lost = good.clone();
            lost.remove(place);
            assert!(read(&lost).is_err(), "byte {place} lost");
            let mut doubled = good.clone();
            doubled.insert(place, good[place] ^ 0x55);
            assert!(read(&doubled).is_err(), "a byte before byte {place}");
        }
    }

    #[test]
    fn a_payload_longer_than_the_buffer_is_refused_unread() {
        let mut line = Loop::default();
        assert_eq!(send(&mut line, Kind::Input, 0, &[0; 5]), Ok(()));
        assert_eq!(receive(&mut line, &mut [0; 4]), Err(Failure::TooLong));
    }
}
