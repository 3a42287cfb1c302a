//! The trait, on a network written by hand the way generated ones are.

use tinynet_core::kernels::Dense;
use tinynet_core::network::Tensor;
use tinynet_core::report::Layer;
use tinynet_core::requantize::ShiftPerTensor;
use tinynet_core::{Arena, Network, Quantization};

/// `[x, y]` to `[x + y, x - y, y]`.
struct Sums {
    arena: Arena<5>,
}

impl Network for Sums {
    type Input = [i8; 2];
    type Output = [i8; 3];
    const INPUT_SHAPE: &'static [usize] = &[2];
    const OUTPUT_SHAPE: &'static [usize] = &[3];
    const FLASH: usize = 100;
    const RAM: usize = size_of::<Self>();
    const STACK: usize = 200;
    const MACS: usize = 6;
    const CYCLES_CORTEX_M0: usize = 0;
    const INPUT_QUANTIZATION: Quantization = Quantization::fixed_point(7);
    const OUTPUT_QUANTIZATION: Quantization = Quantization::fixed_point(6);
    const LAYERS: &'static [Layer] = &[Layer {
        name: "sums",
        kind: "Dense",
        output_shape: &[3],
        weights: 6,
        macs: 6,
        code: "loop",
        cycles: 150,
        flash: 100,
        ram: 5,
        stack: 200,
        unrolled: false,
    }];

    fn infer(&mut self, input: &[i8; 2]) -> &[i8; 3] {
        *self.input_mut() = *input;
        self.run()
    }

    fn input_mut(&mut self) -> &mut [i8; 2] {
        self.arena.one_mut::<i8, 0, 2>()
    }

    fn run(&mut self) -> &[i8; 3] {
        const LAYER: Dense<'static, ShiftPerTensor> = Dense {
            inputs: 2,
            outputs: 3,
            weights: b"\x01\x01\x01\xff\x00\x01",
            bias: &[0, 0, 0],
            requantize: ShiftPerTensor { shift: 0, min: -128, max: 127 },
        };
        let (input, output) = self.arena.pair::<i8, 0, 2, 2, 3>();
        LAYER.run(input, output);
        self.arena.one::<i8, 2, 3>()
    }
}

/// What firmware that takes any network writes.
fn most_likely<N>(network: &mut N, fill: impl Fn(&mut [i8])) -> usize
where
    N: Network<Input: Tensor<Element = i8>>,
{
    fill(network.input_mut().as_mut());
    let output = network.run().as_ref();
    assert_eq!(output.len(), N::OUTPUT_SHAPE.iter().product::<usize>());
    tinynet_core::kernels::arg_max(output)
}

#[test]
fn a_network_behind_the_trait() {
    let mut network = Sums { arena: Arena::new() };
    assert_eq!(network.infer(&[5, -3]), &[2, 8, -3]);
    assert_eq!(network.classify(&[5, -3]), 1);
    assert_eq!(network.classify(&[-5, 3]), 2);
    assert_eq!(most_likely(&mut network, |input| input.copy_from_slice(&[1, 2])), 0);
    assert_eq!(Sums::RAM, 8);
    assert_eq!(Sums::LAYERS.iter().map(|layer| layer.macs).sum::<usize>(), Sums::MACS);
}

/// What firmware that measures writes for any network.
#[cfg(feature = "fixed")]
fn measure<N, const INPUTS: usize, const OUTPUTS: usize>(
    network: &mut N,
    values: [f64; INPUTS],
) -> [f64; OUTPUTS]
where
    N: Network<Input = [i8; INPUTS], Output = [i8; OUTPUTS]>,
{
    use fixed::types::I16F16;
    let input = N::quantize_input(&values.map(I16F16::from_num));
    N::dequantize_output::<I16F16>(network.infer(&input)).map(I16F16::to_num)
}

/// The same, where nothing says how many numbers there are.
#[cfg(feature = "fixed")]
fn run_on<N: Network>(network: &mut N, values: &<N::Input as Tensor>::Of<fixed::types::I8F8>) -> usize {
    let input = N::quantize_input(values);
    network.classify(&input)
}

#[cfg(feature = "fixed")]
#[test]
fn real_numbers_at_both_ends() {
    use fixed::types::I8F8;
    let mut network = Sums { arena: Arena::new() };
    // The integers pass unchanged, and the output's stand for twice as much.
    assert_eq!(measure(&mut network, [0.25, -0.125]), [0.25, 0.75, -0.25]);
    assert_eq!(measure(&mut network, [2.0, 0.0]), [127.0 / 64.0, 127.0 / 64.0, 0.0]);
    assert_eq!(run_on(&mut network, &[0.25, -0.125].map(I8F8::from_num)), 1);
}

#[cfg(feature = "f32")]
#[test]
fn floating_point_at_both_ends() {
    let mut network = Sums { arena: Arena::new() };
    let output = *network.infer(&Sums::quantize_input(&[0.25_f32, -0.125]));
    assert_eq!(Sums::dequantize_output::<f32>(&output), [0.25, 0.75, -0.25]);
}
