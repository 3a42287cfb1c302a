//! Runs a model with MicroFlow on all inputs of a file of the host, and writes its outputs and the depths of the stack to
//! others: `input`, `output` and `stack` in the folder where the emulator was started.
//!
//! Inputs are the model's integers, outputs real numbers: MicroFlow's public functions give no integers.
#![no_std]
#![no_main]

use bytemuck::Pod;
use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, nr};
use host::{halt, open, read, write};
use microflow::buffer::{Buffer2D, Buffer4D};
use nalgebra::Scalar;

#[path = "../../firmware/src/host.rs"]
mod host;
#[allow(dead_code, reason = "it is another package's")]
#[path = "../../../../examples/microbit/src/stack.rs"]
mod stack;

include!(concat!(env!("OUT_DIR"), "/model.rs"));

#[entry]
fn main() -> ! {
    let of_inference = run_all(Model::predict_quantized);
    let depths = [stack::deepest(), of_inference];
    write(open(b"stack\0", nr::open::RW_TRUNC_BINARY), bytemuck::bytes_of(&depths));
    debug::exit(debug::EXIT_SUCCESS);
    halt()
}

/// Answers all inputs into a file; gives the most bytes of stack that an inference took.
fn run_all<I: Input, O: Output>(predict: impl Fn(I) -> O) -> u32 {
    // Reading and writing files takes less below this than an inference.
    let pointer = stack::pointer();
    let (inputs, outputs) =
        (open(b"input\0", nr::open::R_BINARY), open(b"output\0", nr::open::RW_TRUNC_BINARY));
    while let Some(input) = I::read(inputs) {
        infer(&predict, input).write(outputs);
    }
    stack::deepest_below(pointer)
}

/// One inference. Stands in the way of inlining so that its cycles can be counted.
#[inline(never)]
fn infer<I, O>(predict: impl Fn(I) -> O, input: I) -> O {
    predict(input)
}

/// A tensor that a file has, the last dimension innermost. MicroFlow's own have columns one after another.
trait Input: Sized {
    /// The next one, unless the file ends.
    fn read(file: usize) -> Option<Self>;
}

impl<T: Scalar + Pod, const ROWS: usize, const COLUMNS: usize> Input for Buffer2D<T, ROWS, COLUMNS> {
    fn read(file: usize) -> Option<Self> {
        let mut matrix = Self::from_element(T::zeroed());
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                if !read(file, bytemuck::bytes_of_mut(&mut matrix[(row, column)])) {
                    return None;
                }
            }
        }
        Some(matrix)
    }
}

impl<T: Scalar + Pod, const ROWS: usize, const COLUMNS: usize, const CHANNELS: usize> Input
    for Buffer4D<T, 1, ROWS, COLUMNS, CHANNELS>
{
    fn read(file: usize) -> Option<Self> {
        let mut image = Buffer2D::from_element([T::zeroed(); CHANNELS]);
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                let pixel: &mut [T; CHANNELS] = &mut image[(row, column)];
                if !read(file, bytemuck::cast_slice_mut(pixel)) {
                    return None;
                }
            }
        }
        Some([image])
    }
}

/// What a model answers.
trait Output {
    fn write(&self, file: usize);
}

impl<const ROWS: usize, const COLUMNS: usize> Output for Buffer2D<f32, ROWS, COLUMNS> {
    fn write(&self, file: usize) {
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                write(file, bytemuck::bytes_of(&self[(row, column)]));
            }
        }
    }
}

impl<const ROWS: usize, const COLUMNS: usize, const CHANNELS: usize> Output
    for Buffer4D<f32, 1, ROWS, COLUMNS, CHANNELS>
{
    fn write(&self, file: usize) {
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                write(file, bytemuck::cast_slice(&self[0][(row, column)]));
            }
        }
    }
}
