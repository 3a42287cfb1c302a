//! How good a network's answers are.

use crate::data::{Answers, Metric};
use tinynet::Quantization;
use tinynet_core::kernels::arg_max;

/// The score of outputs, one for each answer of a test set.
pub fn score(outputs: &[Vec<i8>], answers: &Answers, quantization: Quantization) -> Metric {
    match answers {
        Answers::Classes(classes) => Metric::Accuracy(accuracy(outputs, classes)),
        Answers::Values(values) => {
            Metric::RootMeanSquaredError(root_mean_squared_error(outputs, values, quantization))
        }
    }
}

/// Share of outputs whose largest number is that of the right class.
pub fn accuracy(outputs: &[Vec<i8>], classes: &[usize]) -> f64 {
    let right = outputs.iter().zip(classes).filter(|(output, class)| arg_max(output) == **class).count();
    right as f64 / classes.len() as f64
}

/// Root of the mean squared difference between each output's only number and the right value.
pub fn root_mean_squared_error(outputs: &[Vec<i8>], values: &[f32], quantization: Quantization) -> f64 {
    let square = |(output, value): (&Vec<i8>, &f32)| {
        (f64::from(quantization.dequantize_f32(output[0])) - f64::from(*value)).powi(2)
    };
    (outputs.iter().zip(values).map(square).sum::<f64>() / values.len() as f64).sqrt()
}

/// How often each class (row) was taken for each (column).
pub fn confusion(outputs: &[Vec<i8>], classes: &[usize]) -> Vec<Vec<usize>> {
    let count = outputs.iter().map(Vec::len).max().unwrap_or_default();
    let mut matrix = vec![vec![0; count]; count];
    for (output, &class) in outputs.iter().zip(classes) {
        matrix[class][arg_max(output)] += 1;
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUTS: [[i8; 2]; 4] = [[3, 1], [-5, -4], [0, 127], [7, 7]];

    #[test]
    fn the_largest_output_wins_and_the_first_of_equals() {
        let outputs = OUTPUTS.map(Vec::from);
        assert_eq!(accuracy(&outputs, &[0, 1, 0, 0]), 0.75);
        assert_eq!(confusion(&outputs, &[0, 1, 0, 0]), [[2, 1], [0, 1]]);
    }

    #[test]
    fn errors_are_in_the_units_of_the_network() {
        let outputs = [vec![64], vec![-32]];
        let quantization = Quantization::fixed_point(6);
        let metric = score(&outputs, &Answers::Values(vec![1.0, -1.0]), quantization);
        assert_eq!(metric, Metric::RootMeanSquaredError((0.5f64 * 0.5 / 2.0).sqrt()));
    }
}
