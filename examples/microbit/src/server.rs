//! Answers inputs that arrive over the serial line.

use crate::protocol::{self, Failure, Header, Kind, Port};

/// Answers each input of `INPUT` bytes with the `OUTPUT` bytes that `infer` writes, until the host ends it.
///
/// The buffers are the caller's, so that they can be part of a network's own memory.
pub fn serve<P: Port, const INPUT: usize, const OUTPUT: usize>(
    port: &mut P,
    input: &mut [u8; INPUT],
    output: &mut [u8; OUTPUT],
    mut infer: impl FnMut(&[u8; INPUT], &mut [u8; OUTPUT]),
) -> Result<(), P::Error> {
    loop {
        match protocol::receive(port, input) {
            Ok(Header { kind: Kind::Input, sequence, length }) if usize::from(length) == INPUT => {
                infer(input, output);
                protocol::send(port, Kind::Output, sequence, output)?;
            }
            Ok(Header { kind: Kind::End, .. }) => return Ok(()),
            Ok(Header { sequence, .. }) => protocol::send(port, Kind::Refused, sequence, &[])?,
            Err(Failure::Port(error)) => return Err(error),
            // Wait for the next beginning of a frame: the host has been told, or is not speaking to this board.
            Err(Failure::Begin) => {}
            Err(Failure::Kind | Failure::TooLong | Failure::CheckSum) => {
                protocol::send(port, Kind::Refused, 0, &[])?;
            }
        }
    }
}
