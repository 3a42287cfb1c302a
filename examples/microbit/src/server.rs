//! Answers inputs that arrive over the serial line.

use crate::protocol::{self, Failure, Header, Kind, Port};
use crate::stack;
use core::hint::black_box;
use tinynet::{Network, Tensor};

/// Answers each input with the network's output, until the host ends it. Inputs arrive in the network's own memory.
pub fn serve<P, N>(port: &mut P, network: &mut N) -> Result<(), P::Error>
where
    P: Port,
    N: Network<Input: Tensor<Element = i8>, Output: Tensor<Element = i8>>,
{
    // Calls of the port take less below this than an inference, or so little that it does not matter.
    let pointer = stack::pointer();
    loop {
        // With the lengths hidden from the compiler, the code of the frames is the same in every firmware, and what
        // else there is belongs to the network.
        let input: &mut [u8] = black_box(bytemuck::cast_slice_mut(network.input_mut().as_mut()));
        let expected = input.len();
        match protocol::receive(port, input) {
            Ok(Header { kind: Kind::Input, sequence, length }) if usize::from(length) == expected => {
                let output = black_box(bytemuck::cast_slice(infer(network).as_ref()));
                protocol::send(port, Kind::Output, sequence, output)?;
            }
            Ok(Header { kind: Kind::End, sequence, .. }) => {
                let depths = [stack::deepest(), stack::deepest_below(pointer)];
                return protocol::send(port, Kind::Stack, sequence, bytemuck::bytes_of(&depths));
            }
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

/// One inference. Stands in the way of inlining so that its cycles can be counted.
#[inline(never)]
fn infer<N: Network>(network: &mut N) -> &N::Output {
    network.run()
}
