//! The trait of all networks.

use crate::element::Element;
use crate::kernels::arg_max;
use crate::quantization::{Quantization, Real};
use crate::report::Layer;

/// The integers of a tensor, as an array: `[i8; 64]`, or `[i16; 64]` where the model has 16 bits.
pub trait Tensor: AsRef<[Self::Element]> + AsMut<[Self::Element]> + Copy + 'static {
    /// Type of the integers.
    type Element: Element;

    /// As many of another type: `[V; 64]`.
    type Of<V>;

    /// The nearest integer to each value.
    fn quantize<V: Real>(values: &Self::Of<V>, quantization: &Quantization) -> Self;

    /// The value of each integer.
    fn dequantize<V: Real>(&self, quantization: &Quantization) -> Self::Of<V>;
}

impl<T: Element, const N: usize> Tensor for [T; N] {
    type Element = T;
    type Of<V> = [V; N];

    #[inline(always)]
    fn quantize<V: Real>(values: &[V; N], quantization: &Quantization) -> [T; N] {
        quantization.quantize_array(values)
    }

    #[inline(always)]
    fn dequantize<V: Real>(&self, quantization: &Quantization) -> [V; N] {
        quantization.dequantize_array(self)
    }
}

/// A network that `tinynet!` declared.
///
/// Generic firmware takes any of them, or any with int8 inputs:
///
/// ```
/// use tinynet_core::Network;
/// use tinynet_core::network::Tensor;
///
/// fn most_likely<N>(network: &mut N, read_sensor: impl Fn(&mut [i8])) -> usize
/// where
///     N: Network<Input: Tensor<Element = i8>>,
/// {
///     read_sensor(network.input_mut().as_mut());
///     tinynet_core::kernels::arg_max(network.run().as_ref())
/// }
/// ```
pub trait Network {
    /// Array of the input tensor: `[i8; 64]`.
    type Input: Tensor;

    /// Array of the output tensor: `[i8; 10]`.
    type Output: Tensor;

    /// Shape of the input: height, width, channels for an image; length, channels for a sequence.
    const INPUT_SHAPE: &'static [usize];

    /// Shape of the output.
    const OUTPUT_SHAPE: &'static [usize];

    /// Estimated bytes of flash: code, weights and tables.
    const FLASH: usize;

    /// Bytes of memory: everything the network's value holds. The stack is not counted.
    const RAM: usize;

    /// The most bytes of stack that an inference takes on top of what its caller has in use: on a larger core of the M
    /// profile where it is built for one, else on a Cortex-M0. An upper bound for programs compiled with `opt-level` 3 or
    /// `"s"`, link-time optimisation and one codegen unit; interrupts are not counted.
    const STACK: usize;

    /// Multiply-accumulate operations an inference.
    const MACS: usize;

    /// Cycles an inference on a Cortex-M0 whose flash has no wait states. Exact for layers in assembly, an estimate for
    /// those in Rust.
    const CYCLES_CORTEX_M0: usize;

    /// Real numbers behind the integers of the input.
    const INPUT_QUANTIZATION: Quantization;

    /// Real numbers behind the integers of the output.
    const OUTPUT_QUANTIZATION: Quantization;

    /// Bytes of memory that keep what later inferences depend on, within [`RAM`](Network::RAM): 0 where each inference is
    /// for itself.
    const STATE: usize = 0;

    /// The layers in the order they run.
    const LAYERS: &'static [Layer];

    /// Runs the network on a copy of `input`.
    fn infer(&mut self, input: &Self::Input) -> &Self::Output;

    /// Where the input goes, to be filled in place (by DMA, say) before [`run`](Network::run).
    ///
    /// An inference reuses this memory: fill it whole each time.
    fn input_mut(&mut self) -> &mut Self::Input;

    /// Runs the network on what [`input_mut`](Network::input_mut) holds.
    fn run(&mut self) -> &Self::Output;

    /// Forgets all inputs so far: the next inference is the first again. Does nothing where each inference is for itself.
    fn reset(&mut self) {}

    /// Index of the largest output; the first of equals.
    #[inline]
    fn classify(&mut self, input: &Self::Input) -> usize {
        arg_max(self.infer(input).as_ref())
    }

    /// Real numbers as the input's integers, to the nearest; what is beyond their range becomes the end of it.
    #[inline]
    fn quantize_input<V: Real>(values: &<Self::Input as Tensor>::Of<V>) -> Self::Input {
        Self::Input::quantize(values, &Self::INPUT_QUANTIZATION)
    }

    /// The real numbers that the output's integers stand for.
    #[inline]
    fn dequantize_output<V: Real>(output: &Self::Output) -> <Self::Output as Tensor>::Of<V> {
        output.dequantize(&Self::OUTPUT_QUANTIZATION)
    }
}
