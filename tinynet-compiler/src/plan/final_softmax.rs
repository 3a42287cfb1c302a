//! Whether the class with the largest output can be told without the softmax that makes the outputs.
//!
//! A softmax never puts a smaller input before a larger one. But it rounds: two inputs may become the same output, of
//! which the first counts, wherever the larger input is. Where the largest input and the next smaller one are a step of
//! the output apart, however the other inputs are, that cannot happen.

use super::Plan;
use crate::kernel_parameters::{KernelParameters, SoftmaxParameters};
use crate::quantized::{GemmlowpSoftmax, QuantizedGraph};

/// The last layer, if it is a softmax that makes the only output and its input has the largest value where the output has.
pub fn unneeded_to_classify(graph: &QuantizedGraph, plan: &Plan) -> Option<usize> {
    let last = graph.nodes.len().checked_sub(1)?;
    let node = &graph.nodes[last];
    if graph.outputs != [node.output] || graph.consumers(*node.inputs.first()?) != [last] {
        return None;
    }
    let (classes, keeps_apart) = match &plan.steps[last].kernel {
        KernelParameters::Softmax(softmax) => (softmax.classes, keeps_apart(softmax)),
        KernelParameters::GemmlowpSoftmax { classes, softmax } => {
            (*classes, gemmlowp_keeps_apart(*classes, softmax))
        }
        _ => return None,
    };
    // Several rows of classes are compared with each other only when each is made to sum up to 1.
    (graph.tensor(node.output).elements() == classes && keeps_apart).then_some(last)
}

/// Exponentials of no difference and of one step, and their sum where all other classes are as large as the largest, which
/// makes all outputs the nearest to each other.
fn nearest(exponential: impl Fn(usize) -> i64, classes: usize) -> [i64; 3] {
    let (largest, next) = (exponential(0), exponential(1));
    [largest, next, largest.saturating_mul(classes as i64 - 1).saturating_add(next)]
}

fn keeps_apart(softmax: &SoftmaxParameters) -> bool {
    let exponential = |difference| softmax.exponentials.get(difference).copied().unwrap_or(0).into();
    let [largest, next, sum] = nearest(exponential, softmax.classes);
    // The kernel multiplies by 2^31 / sum, to the nearest, and 2^31 / output_steps is a step.
    let reciprocal = ((1i64 << 31) / sum.max(1)).saturating_sub(1);
    (largest - next).saturating_mul(reciprocal).saturating_mul(softmax.output_steps.into()) >= 1 << 31
}

fn gemmlowp_keeps_apart(classes: usize, softmax: &GemmlowpSoftmax) -> bool {
    let exponential = |difference| softmax.exponentials.get(difference).copied().unwrap_or(0).into();
    let [largest, next, sum] = nearest(exponential, classes);
    // 256 steps, less a thousandth for all that is rounded on the way: the exponentials in the sum by 2^-20 each, the
    // reciprocal by 2^-28, the product by 2^-31.
    (largest - next).saturating_mul(256 * 999 / 1000) >= sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use tinynet_core::kernels::{self, GemmlowpExponential, arg_max};

    fn gemmlowp(step: f64) -> GemmlowpSoftmax {
        let (fraction, shift) = libm::frexp(step * f64::from(1 << 26));
        let multiplier = (fraction * f64::from(1u32 << 31)) as i32;
        let exponential = GemmlowpExponential { multiplier, shift: shift as u8 };
        let last = exponential.largest_difference().min(255);
        GemmlowpSoftmax { exponential, exponentials: (0..=last).map(|d| exponential.of(d)).collect() }
    }

    fn declared(step: f64, classes: usize, output_steps: u32) -> SoftmaxParameters {
        let exponentials = (0..256).map(|d| (65535.0 * libm::exp(-step * f64::from(d))).round() as u16);
        let exponentials = exponentials.take_while(|&exponential| exponential > 0).collect();
        SoftmaxParameters { classes, exponentials, output_steps, output_zero_point: -128 }
    }

    /// Inputs near each other, many of them equal, for which outputs are the most alike.
    fn inputs(classes: usize) -> impl Iterator<Item = Vec<i8>> {
        let mut random = fastrand::Rng::with_seed(classes as u64);
        (0..300i16).map(move |round| {
            let width = 1 + (round / 50) as i8;
            (0..classes).map(|_| 100 - random.i8(0..=width)).collect()
        })
    }

    #[test]
    fn where_outputs_are_kept_apart_the_answer_is_that_of_the_inputs() {
        let (mut apart, mut alike) = (0, 0);
        for classes in [2, 3, 4, 10, 12, 50, 200] {
            for step in [0.001, 0.004, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0] {
                let softmax = gemmlowp(step);
                let exponentials = softmax.exponentials.as_slice();
                let layer = kernels::GemmlowpSoftmax { classes, exponentials };
                let is_same = |input: &Vec<i8>| {
                    let mut output = vec![0i8; classes];
                    layer.run(input, &mut output);
                    arg_max(input) == arg_max(&output)
                };
                let is_always_same = inputs(classes).all(|input| is_same(&input));
                let proven = gemmlowp_keeps_apart(classes, &softmax);
                assert!(!proven || is_always_same, "{classes} classes, steps of {step}");
                apart += usize::from(proven);
                alike += usize::from(!is_always_same);
            }
        }
        assert!(apart > 20 && alike > 10, "{apart} {alike}");
    }

    #[test]
    fn the_same_of_declared_networks() {
        let (mut apart, mut alike) = (0, 0);
        for classes in [2, 3, 4, 10, 12, 50, 200] {
            for (step, steps) in [(0.004, 256), (0.02, 128), (0.1, 256), (0.2, 128), (0.5, 256), (1.0, 128)] {
                let parameters = declared(step, classes, steps);
                let SoftmaxParameters { exponentials, output_steps, output_zero_point, .. } = &parameters;
                let (output_steps, output_zero_point) = (*output_steps, *output_zero_point);
                let layer = kernels::Softmax { classes, exponentials, output_steps, output_zero_point };
                let is_same = |input: &Vec<i8>| {
                    let mut output = vec![0i8; classes];
                    layer.run(input, &mut output);
                    arg_max(input) == arg_max(&output)
                };
                let is_always_same = inputs(classes).all(|input| is_same(&input));
                let proven = keeps_apart(&parameters);
                assert!(!proven || is_always_same, "{classes} classes, steps of {step}");
                apart += usize::from(proven);
                alike += usize::from(!is_always_same);
            }
        }
        assert!(apart > 10 && alike > 8, "{apart} {alike}");
    }
}
