//! Runs a model on all inputs of a file of the host, and writes its outputs, the depths of the stack and what it was said to be to others:
//! `input`, `output` and `stack`, and `stream` with the outputs to one input after another if the model keeps a state, in
//! the folder where the emulator was started.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, nr};
use host::{halt, open, read, write};

mod host;
#[allow(dead_code, reason = "it is another package's")]
#[path = "../../../../examples/microbit/src/stack.rs"]
mod stack;

include!(concat!(env!("OUT_DIR"), "/model.rs"));

#[entry]
fn main() -> ! {
    static mut NETWORK: Model = Model::new();
    let network: &mut Model = NETWORK;
    let mut of_inference = run_all(network, b"output\0", true);
    if IS_STATEFUL {
        reset(network);
        of_inference = of_inference.max(run_all(network, b"stream\0", false));
    }
    let depths = [stack::deepest(), of_inference, Model::STACK as u32];
    write(open(b"stack\0", nr::open::RW_TRUNC_BINARY), bytemuck::bytes_of(&depths));
    debug::exit(debug::EXIT_SUCCESS);
    halt()
}

/// Answers all inputs into a file, each as the first or one after another; gives the most bytes of stack that an
/// inference took.
fn run_all(network: &mut Model, outputs: &[u8], is_first: bool) -> u32 {
    // Reading and writing files takes less below this than an inference, or so little that it does not matter.
    let pointer = stack::pointer();
    let (inputs, outputs) = (open(b"input\0", nr::open::R_BINARY), open(outputs, nr::open::RW_TRUNC_BINARY));
    while fill(network, inputs) {
        if is_first {
            reset(network);
        }
        infer(network).write(outputs);
    }
    stack::deepest_below(pointer)
}

/// One inference. Stands in the way of inlining so that its cycles can be counted.
#[inline(never)]
fn infer(network: &mut Model) -> impl Answer {
    network.run()
}

/// What a network answers: an array, or several.
trait Answer {
    fn write(&self, file: usize);
}

impl<T: bytemuck::NoUninit, const N: usize> Answer for &[T; N] {
    fn write(&self, file: usize) {
        write(file, bytemuck::cast_slice(self.as_slice()));
    }
}

impl<A: Answer, B: Answer> Answer for (A, B) {
    fn write(&self, file: usize) {
        self.0.write(file);
        self.1.write(file);
    }
}

impl<A: Answer, B: Answer, C: Answer> Answer for (A, B, C) {
    fn write(&self, file: usize) {
        self.0.write(file);
        self.1.write(file);
        self.2.write(file);
    }
}
