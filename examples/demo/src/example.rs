//! The example networks, all of one type.

use crate::data::{Metric, TestSet};
use crate::float;
use anyhow::Result;
use tinynet::report::Layer;
use tinynet::{Network, Quantization, Tensor};
use tinynet_examples::{Digits, Gestures, SeaTemperature, Touch};

/// Runs a network on an input and writes its output.
type Inference = dyn FnMut(&[i8], &mut [i8]);

/// A network, whatever its shapes, with its test set.
pub struct Example {
    /// Name of its firmware and of its folder: `touch`.
    pub name: &'static str,
    /// Name of its type: `Touch`.
    pub type_name: &'static str,
    /// Its layers, in the order they run.
    pub layers: &'static [Layer],
    /// The compiler's estimate, in bytes.
    pub flash: usize,
    /// Bytes of the network's value.
    pub ram: usize,
    /// The most bytes of stack of an inference on the chip.
    pub stack: usize,
    /// Multiply-accumulate operations an inference.
    pub macs: usize,
    /// Length of the output.
    pub outputs: usize,
    /// Real numbers behind the output's integers.
    pub output_quantization: Quantization,
    /// Held-out inputs and answers.
    pub test: TestSet,
    /// The test set's inputs as the network takes them.
    pub inputs: Vec<Vec<i8>>,
    /// What the float network achieves on the test set.
    pub float: Metric,
    /// What the quantised one does, as the compiler measured it, or those who trained its integers.
    pub measured: Metric,
    infer: Box<Inference>,
}

impl Example {
    /// A network with the test set of this name, and what the compiler measured on it.
    ///
    /// # Errors
    ///
    /// If its files are not there or damaged.
    pub fn new<N>(name: &'static str, network: N, measured: Metric) -> Result<Self>
    where
        N: Network<Input: Tensor<Element = i8>, Output: Tensor<Element = i8>> + 'static,
    {
        Ok(Self::with_test(name, network, TestSet::read(name)?, float::metric(name)?, measured))
    }

    /// A network with a test set, what a float network achieves on it, and what this one is known to.
    pub fn with_test<N>(
        name: &'static str,
        mut network: N,
        test: TestSet,
        float: Metric,
        measured: Metric,
    ) -> Self
    where
        N: Network<Input: Tensor<Element = i8>, Output: Tensor<Element = i8>> + 'static,
    {
        let path = std::any::type_name::<N>();
        Self {
            name,
            type_name: path.rsplit("::").next().unwrap_or(path),
            layers: N::LAYERS,
            flash: N::FLASH,
            ram: N::RAM,
            stack: N::STACK,
            macs: N::MACS,
            outputs: N::OUTPUT_SHAPE.iter().product(),
            output_quantization: N::OUTPUT_QUANTIZATION,
            inputs: test.quantized(N::INPUT_QUANTIZATION),
            test,
            float,
            measured,
            infer: Box::new(move |input, output| {
                network.input_mut().as_mut().copy_from_slice(input);
                output.copy_from_slice(network.run().as_ref());
            }),
        }
    }

    /// An inference on the host; `input` and `output` have the network's exact lengths.
    pub fn infer(&mut self, input: &[i8], output: &mut [i8]) {
        (self.infer)(input, output);
    }

    /// The outputs of the host for the whole test set.
    pub fn outputs_of_host(&mut self) -> Vec<Vec<i8>> {
        let Self { inputs, infer, outputs, .. } = self;
        let run = |input: &Vec<i8>| {
            let mut output = vec![0; *outputs];
            infer(input, &mut output);
            output
        };
        inputs.iter().map(run).collect()
    }
}

/// The touch pad's network.
///
/// # Errors
///
/// As [`Example::new`].
pub fn touch() -> Result<Example> {
    Example::new("touch", Touch::new(), Metric::Accuracy(Touch::ACCURACY))
}

/// Every example network.
///
/// # Errors
///
/// As [`Example::new`].
pub fn all() -> Result<Vec<Example>> {
    Ok(vec![
        touch()?,
        Example::new("digits", Digits::new(), Metric::Accuracy(Digits::ACCURACY))?,
        Example::new("gestures", Gestures::new(), Metric::Accuracy(Gestures::ACCURACY))?,
        Example::new(
            "sea_temperature",
            SeaTemperature::new(),
            Metric::RootMeanSquaredError(SeaTemperature::ERROR),
        )?,
    ])
}
