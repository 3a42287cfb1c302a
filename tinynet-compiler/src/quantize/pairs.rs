//! Operations on each two values, one of which may be a constant or repeat, in integers.
//!
//! Sums and squared differences are TensorFlow Lite's (`add.cc`, `sub.cc`, `squared_difference.cc`): in the fixed-point scheme,
//! too, whose scales the multipliers hold exactly.

use super::operators::{Made, Request};
use super::{Problem, activation, affine, scheme};
use crate::graph::PairOperation;
use crate::kernel_parameters::{KernelParameters, pair_kernel};
use crate::quantized::{self, Add, Element, Pair, Quantization, QuantizedOperator, QuantizedTensor};
use crate::reference::run_kernel;
use crate::settings::Scheme;
use tinynet_core::kernels::{Larger, PReluMultiplier, SignedSum};

/// Finest step of a sum in the affine scheme, as part of the coarser summand's: far below what a sum of int8s resolves, and
/// within reach of the multipliers.
pub(super) const SUM_RESOLUTION: f64 = (1 << 16) as f64;

/// TensorFlow Lite's left shift of inputs of squared differences.
const SQUARE_SHIFT: u8 = 7;

/// The quantisation of a constant.
pub(super) fn of_constant(scheme: Scheme, values: &[f32]) -> Quantization {
    let [low, high] = values
        .iter()
        .fold([0.0f64; 2], |[low, high], &value| [low.min(f64::from(value)), high.max(f64::from(value))]);
    // All zeros have any scale.
    scheme::cover(scheme.into(), if low < high { [low, high] } else { [0.0, 1.0] })
}

/// The smallest scale of what an operation makes of two tensors.
pub(super) fn smallest_scale(operation: PairOperation, [a, b]: [f64; 2]) -> Option<f64> {
    let larger = 2.0 * a.max(b);
    match operation {
        PairOperation::Add | PairOperation::Subtract => Some(larger / 2.0 / SUM_RESOLUTION),
        PairOperation::SquaredDifference => Some(larger * larger / f64::from(1 << (2 * SQUARE_SHIFT))),
        PairOperation::Multiply => Some(a * b),
        PairOperation::PRelu => Some(a.max(a * b) / SUM_RESOLUTION),
        PairOperation::Maximum | PairOperation::Minimum => None,
    }
}

impl Request<'_> {
    /// An operation on the first input and the second, or a constant.
    pub(super) fn pair(&self, operation: PairOperation, constant: Option<&[f32]>) -> Result<Made, Problem> {
        let first = &self.inputs[0];
        let Some(values) = constant else {
            let (operation, bounds) = self.of_pair(operation, [first, &self.inputs[1]])?;
            return Ok((QuantizedOperator::Pair(Pair { operation, constant: None }), bounds));
        };
        let quantization = if operation.is_choice() { self.output } else { of_constant(self.scheme, values) };
        let integers: Vec<i16> =
            values.iter().map(|&value| quantization.quantize(f64::from(value)).into()).collect();
        let ends = |[low, high]: [i32; 2], &value: &i16| [low.min(value.into()), high.max(value.into())];
        let bounds = integers.iter().fold([i32::MAX, i32::MIN], ends);
        let second = QuantizedTensor { element: Element::Int8, quantization, bounds };
        let (operation, bounds) = self.of_pair(operation, [first, &second])?;
        Ok((QuantizedOperator::Pair(Pair { operation, constant: Some(integers) }), bounds))
    }

    fn of_pair(
        &self,
        operation: PairOperation,
        tensors: [&QuantizedTensor; 2],
    ) -> Result<(quantized::PairOperation, [i32; 2]), Problem> {
        let made = match operation {
            PairOperation::Add => self.signed_sum(tensors, [1, 1]),
            PairOperation::Subtract => self.signed_sum(tensors, [1, -1]),
            PairOperation::SquaredDifference => self.squared_difference(tensors),
            PairOperation::Multiply => return self.product(tensors),
            PairOperation::PRelu => self.slopes(tensors),
            PairOperation::Maximum => Some(quantized::PairOperation::Larger(Larger { is_smaller: false })),
            PairOperation::Minimum => Some(quantized::PairOperation::Larger(Larger { is_smaller: true })),
        };
        let made = made.ok_or_else(|| self.too_far_apart("combines", tensors))?;
        let bounds = bounds(&made, tensors);
        Ok((made, bounds))
    }

    fn product(
        &self,
        tensors: [&QuantizedTensor; 2],
    ) -> Result<(quantized::PairOperation, [i32; 2]), Problem> {
        let (multiply, bounds) = self.product_of(tensors)?;
        Ok((quantized::PairOperation::Multiply(multiply), bounds))
    }

    fn zero_points(&self, [a, b]: [&QuantizedTensor; 2]) -> [i32; 3] {
        [a.quantization, b.quantization, self.output].map(Quantization::zero_point)
    }

    fn signed_sum(
        &self,
        tensors: [&QuantizedTensor; 2],
        signs: [i32; 2],
    ) -> Option<quantized::PairOperation> {
        let [a, b] = tensors.map(|tensor| tensor.quantization.scale());
        let larger = 2.0 * a.max(b);
        let steps = self.output.scale() * f64::from(1 << Add::LEFT_SHIFT);
        let factors = [a / larger, b / larger, larger / steps];
        // Sums stay below 2^28.
        self.sum_of(tensors, factors, 2, SignedSum { left_shift: Add::LEFT_SHIFT, signs, ..PLAIN })
    }

    fn squared_difference(&self, tensors: [&QuantizedTensor; 2]) -> Option<quantized::PairOperation> {
        let [a, b] = tensors.map(|tensor| tensor.quantization.scale());
        let larger = 2.0 * a.max(b);
        let steps = self.output.scale() * f64::from(1 << (2 * SQUARE_SHIFT));
        let factors = [a / larger, b / larger, larger * larger / steps];
        // Squares stay below 2^30.
        let square = SignedSum { left_shift: SQUARE_SHIFT, signs: [1, -1], is_squared: true, ..PLAIN };
        self.sum_of(tensors, factors, 1, square)
    }

    /// A sum whose inputs and result are multiplied by factors, the result shifted to the left by no more than `most`.
    fn sum_of(
        &self,
        tensors: [&QuantizedTensor; 2],
        factors: [f64; 3],
        most: i8,
        sum: SignedSum,
    ) -> Option<quantized::PairOperation> {
        let [first, second, last] = factors.map(affine::multiplier);
        let [first, second, last] = [first?, second?, last?];
        (last.1 <= most).then(|| {
            let [min, max] = activation::clamp(self.clamp, self.output, self.ends);
            quantized::PairOperation::SignedSum(SignedSum {
                zero_points: self.zero_points(tensors),
                multipliers: [first.0, second.0, last.0],
                shifts: [first.1, second.1, last.1],
                min,
                max,
                ..sum
            })
        })
    }

    fn slopes(&self, tensors: [&QuantizedTensor; 2]) -> Option<quantized::PairOperation> {
        let [a, b] = tensors.map(|tensor| tensor.quantization.scale());
        let positive = affine::multiplier(a / self.output.scale())?;
        let product = affine::multiplier(a * b / self.output.scale())?;
        // A product of two differences of int8s is below 2^16.
        (positive.1 <= 14 && product.1 <= 14).then(|| {
            let [min, max] = activation::clamp(self.clamp, self.output, self.ends);
            quantized::PairOperation::PRelu(PReluMultiplier {
                zero_points: self.zero_points(tensors),
                multipliers: [positive.0, product.0],
                shifts: [positive.1, product.1],
                min,
                max,
            })
        })
    }
}

/// What all sums have filled in.
const PLAIN: SignedSum = SignedSum {
    left_shift: 0,
    zero_points: [0; 3],
    multipliers: [0; 3],
    shifts: [0; 3],
    signs: [1; 2],
    is_squared: false,
    min: -128,
    max: 127,
};

/// Bounds of what an operation makes of all that can occur.
fn bounds(operation: &quantized::PairOperation, tensors: [&QuantizedTensor; 2]) -> [i32; 2] {
    let kernel = pair_kernel(operation);
    let all = |tensor: &QuantizedTensor| (tensor.bounds[0]..=tensor.bounds[1]).map(|q| q as i8);
    let firsts: Vec<i8> = all(tensors[0]).collect();
    let mut output = vec![0i8; firsts.len()];
    let mut bounds = [i32::from(i8::MAX), i32::from(i8::MIN)];
    // Of the second the ends are enough where, for each first value, the operation rises or falls with it.
    let [low, high] = tensors[1].bounds;
    let seconds: Vec<i32> = match operation {
        quantized::PairOperation::SignedSum(sum) if sum.is_squared => (low..=high).collect(),
        _ => vec![low, high],
    };
    for second in seconds {
        let parameters = KernelParameters::Pair(kernel.clone(), Some(vec![second as i16]));
        run_kernel(&parameters, &[&firsts], &mut output);
        for &made in &output {
            bounds = [bounds[0].min(made.into()), bounds[1].max(made.into())];
        }
    }
    bounds
}
