//! The example networks in real numbers: as declared in the source, on the weights in the file.

use crate::data::{Answers, Metric, TestSet};
use crate::declaration;
use anyhow::{Result, bail, ensure};
use tinynet_compiler::build::{self, Declared};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::float_evaluator;

/// What the float network achieves on the test set of an example, calculated anew.
///
/// # Errors
///
/// If a file is missing or wrong.
pub fn metric(example: &str) -> Result<Metric> {
    let test = TestSet::read(example)?;
    let graph = graph(example)?;
    let outputs = test.inputs.iter().map(|input| float_evaluator::output(&graph, input));
    Ok(match &test.answers {
        Answers::Classes(classes) => {
            let right = outputs
                .zip(classes)
                .filter(|(output, class)| float_evaluator::arg_max(output) == **class)
                .count();
            Metric::Accuracy(right as f64 / classes.len() as f64)
        }
        Answers::Values(values) => {
            let square =
                |(output, value): (Vec<f32>, &f32)| (f64::from(output[0]) - f64::from(*value)).powi(2);
            let mean = outputs.zip(values).map(square).sum::<f64>() / values.len() as f64;
            Metric::RootMeanSquaredError(mean.sqrt())
        }
    })
}

/// The network as the compiler builds it, before it is quantised.
fn graph(example: &str) -> Result<tinynet_compiler::graph::FloatGraph> {
    let mut errors = Errors::new();
    let built = build::build(&declaration::read(example)?, &declaration::files(), &mut errors);
    ensure!(errors.is_empty(), "{example}: {}", errors.messages().join("\n"));
    match built.declaration.map(|declaration| declaration.network) {
        Some(Declared::Real(network)) => Ok(network.graph),
        _ => bail!("{example}: the network was quantised before"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data;

    /// Two independent implementations: the training script's and the compiler's.
    #[test]
    fn what_is_calculated_here_is_what_training_reported() {
        for example in ["touch", "digits", "gestures", "sea_temperature"] {
            let here = metric(example).expect("a metric");
            let there = data::reported_metric(example).expect("a metric");
            let (here, there) = match (here, there) {
                (Metric::Accuracy(here), Metric::Accuracy(there))
                | (Metric::RootMeanSquaredError(here), Metric::RootMeanSquaredError(there)) => (here, there),
                different => panic!("{example}: {different:?}"),
            };
            assert!((here - there).abs() < 5e-4, "{example}: {here}, training says {there}");
        }
    }
}
