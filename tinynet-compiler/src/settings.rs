//! How a network is quantised: what its `Input` states beside the shape.

use crate::precision::PrecisionChoice;
use crate::pruning::PrunedWeights;
use crate::quantized::Element;
use proc_macro2::Span;

/// Everything that steers quantisation of the network as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How integers stand for real numbers.
    pub scheme: Scheme,
    /// Number format of the weights, where a layer states no other.
    pub precision: PrecisionChoice,
    /// Which integers tensors hold.
    pub activations: Activations,
    /// Weights that become 0, of all layers that state nothing of their own: a share is one of all of them together.
    pub prune: Option<PrunedWeights>,
    /// How the range of a tensor is chosen from the values that calibration saw.
    pub ranges: RangeChoice,
    /// Whether the mean error that rounded weights cause is taken out of the biases.
    pub bias_correction: bool,
    /// Whether the network is a table of its answers; where nothing is stated, where that is better.
    pub lookup_table: Option<bool>,
    /// Inputs to calibrate on; without them the ranges of inner tensors come from interval arithmetic.
    pub calibration: Option<Samples>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            scheme: Scheme::default(),
            precision: PrecisionChoice::default(),
            activations: Activations::default(),
            prune: None,
            ranges: RangeChoice::default(),
            bias_correction: true,
            lookup_table: None,
            calibration: None,
        }
    }
}

/// Where errors about what an `Input` states point: at the value of the option, or at the `Input` without it.
#[derive(Clone, Copy, Debug)]
pub struct InputSpans {
    /// The name of the samples' file.
    pub calibration: Span,
    /// The number format of the weights.
    pub precision: Span,
    /// Which integers tensors hold.
    pub activations: Span,
    /// Which weights become 0: the first token and the last, as that may be a list.
    pub prune: [Span; 2],
    /// Whether the network is a table of its answers.
    pub lookup_table: Span,
}

impl InputSpans {
    /// All errors at one place.
    pub fn all(span: Span) -> Self {
        Self { calibration: span, precision: span, activations: span, prune: [span; 2], lookup_table: span }
    }
}

/// Which integers tensors hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activations {
    /// int8s.
    #[default]
    Int8,
    /// Between layers, int8s from -8 to 7; inputs and outputs of the network are int8s, unless the layer that makes
    /// them states it.
    Int4,
    /// int16s.
    Int16,
}

impl Activations {
    /// Type of the integers.
    pub fn element(self) -> Element {
        match self {
            Self::Int8 | Self::Int4 => Element::Int8,
            Self::Int16 => Element::Int16,
        }
    }

    /// The smallest and the largest integer of a tensor, which lies between layers or not.
    pub fn range(self, is_inner: bool) -> [i32; 2] {
        match self {
            Self::Int4 if is_inner => [-8, 7],
            _ => self.element().range(),
        }
    }
}

/// How integers stand for real numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// Qm.n: scales are powers of two, zero is 0.
    #[default]
    FixedPoint,
    /// Any scale and zero point: the scheme of TensorFlow Lite.
    Affine,
}

/// How the range of a tensor is chosen from the values that calibration saw.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum RangeChoice {
    /// From the smallest value to the largest: nothing saturates on the calibration samples.
    MinMax,
    /// As much as holds this percentage of the values, `50 < p <= 100`: outliers saturate.
    Percentile(f64),
    /// The range with the least mean squared error between the real numbers and their integers.
    #[default]
    MeanSquaredError,
}

/// Tensors of one shape, one behind another; those of several inputs are one, input after input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Shape of one sample, without the batch axis.
    pub shape: Vec<usize>,
    /// The values of all samples, each sample in row-major order (channels last).
    pub values: Vec<f32>,
}

impl Samples {
    /// Number of whole samples.
    pub fn count(&self) -> usize {
        self.values.len().checked_div(self.elements()).unwrap_or(0)
    }

    /// The values of sample `index`, which must be below [`Samples::count`].
    pub fn sample(&self, index: usize) -> &[f32] {
        let elements = self.elements();
        &self.values[index * elements..][..elements]
    }

    /// Samples of an input and of the next one, side by side; there are as many of both.
    #[must_use]
    pub fn beside(&self, next: &Self) -> Self {
        let both = |index| [self.sample(index), next.sample(index)].concat();
        Self {
            shape: vec![self.elements() + next.elements()],
            values: (0..self.count()).flat_map(both).collect(),
        }
    }

    /// Number of values in one sample.
    fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_lie_behind_one_another() {
        let samples = Samples { shape: vec![2, 1], values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
        assert_eq!(samples.count(), 3);
        assert_eq!(samples.sample(2), [5.0, 6.0]);
        assert_eq!(Samples { shape: vec![0], values: vec![] }.count(), 0);
        let both = samples.beside(&Samples { shape: vec![1], values: vec![7.0, 8.0, 9.0] });
        assert_eq!(
            both,
            Samples { shape: vec![3], values: vec![1.0, 2.0, 7.0, 3.0, 4.0, 8.0, 5.0, 6.0, 9.0] }
        );
    }
}
