//! Code that takes any network, and code that converts numbers, around one that has a mistake: only that is reported.

use tinynet::fixed::FixedI8;
use tinynet::fixed::types::I16F16;
use tinynet::fixed::types::extra::U7;
use tinynet::{Network, tinynet};

tinynet! {
    pub struct Known {
        image: Input { shape: [3], range: [-1, 1] },
        fc1: Dense { units: 2, weights: [[1, 0, 0], [0, 0, 1]], bias: [0, 0], layout: PyTorch },
        Relu { slop: 1 },
    }

    pub struct Unknown {
        image: Input { shape: [three], range: [-1, 1] },
        Softmaxx,
    }
}

fn run<N: Network + Default>() -> usize {
    let mut network = N::default();
    network.run().as_ref().len() + N::LAYERS.len()
}

fn scores<N: Network<Input = [i8; 3], Output = [i8; 2]>>(network: &mut N, values: [I16F16; 3]) -> [I16F16; 2] {
    N::dequantize_output(network.infer(&N::quantize_input(&values)))
}

fn main() {
    run::<Known>();
    run::<Unknown>();
    let mut known = Known::new();
    scores(&mut known, [I16F16::ZERO; 3]);
    let _: [I16F16; 2] = Known::dequantize_output(known.infer(&Known::quantize_input(&[I16F16::ZERO; 3])));
    Known::dequantize_output::<I16F16>(&[0; 2]);
    let _: &[FixedI8<U7>; 2] = known.infer_fixed(&[FixedI8::<U7>::ZERO; 3]);
    let mut unknown = Unknown::new();
    let input: [i8; 3] = Unknown::quantize_input(&[I16F16::ZERO; 3]);
    let _: [I16F16; 4] = Unknown::dequantize_output(unknown.infer(&input));
    let _: &[FixedI8<U7>; 4] = unknown.infer_fixed(&[FixedI8::<U7>::ZERO; 3]);
}
