//! Test sets, and what the float networks achieved on them.

use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use tinynet::Quantization;
use tinynet_compiler::import::{self, Array, Values};

/// Held-out inputs with the right answers.
#[derive(Clone, Debug)]
pub struct TestSet {
    /// Each in the units of the network.
    pub inputs: Vec<Vec<f32>>,
    /// One for each input.
    pub answers: Answers,
}

/// The right answers of a test set.
#[derive(Clone, Debug)]
pub enum Answers {
    /// Of a classification.
    Classes(Vec<usize>),
    /// Of a regression, in the units of the network.
    Values(Vec<f32>),
}

/// What a float network achieved on the test set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// Share of right answers, from 0 to 1.
    Accuracy(f64),
    /// Root of the mean squared error, in the units of the network.
    RootMeanSquaredError(f64),
}

/// A file of an example network: `("touch", "test.npz")`.
pub fn file(example: &str, name: &str) -> PathBuf {
    xtask::process::workspace().join("examples/networks").join(example).join(name)
}

impl TestSet {
    /// Reads the test set of an example network.
    ///
    /// # Errors
    ///
    /// If the file is not there, or holds anything but inputs `x` and answers `y`, as many.
    pub fn read(example: &str) -> Result<Self> {
        let path = file(example, "test.npz");
        Self::parse(&std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?)
            .with_context(|| format!("{}", path.display()))
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let mut archive = import::npz::read(bytes).map_err(|error| anyhow::anyhow!("{error}"))?;
        let mut take = |name| {
            let found = archive.entries.iter().position(|(entry, _)| entry == name);
            found
                .map(|index| archive.entries.swap_remove(index).1)
                .with_context(|| format!("no entry {name}"))
        };
        let (inputs, answers) = (inputs(&take("x")?)?, answers(take("y")?.values)?);
        let count = match &answers {
            Answers::Classes(classes) => classes.len(),
            Answers::Values(values) => values.len(),
        };
        ensure!(count == inputs.len(), "{} inputs, but {count} answers", inputs.len());
        Ok(Self { inputs, answers })
    }

    /// A test set of two `.npy` files: inputs that are integers, 1.0 as `full`, and classes.
    ///
    /// # Errors
    ///
    /// If a file is not there, or holds anything else.
    pub fn of_integers(inputs: &Path, classes: &Path, full: f32) -> Result<Self> {
        let read = |path: &Path| {
            let file = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let array =
                import::npy::read(&file).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()));
            array.and_then(|array| match array.values {
                Values::Integers(values) => Ok((values, array.shape)),
                Values::F32(_) => bail!("{} holds real numbers", path.display()),
            })
        };
        let (values, shape) = read(inputs)?;
        let (classes, _) = read(classes)?;
        let length: usize = shape.iter().skip(1).product();
        let inputs: Vec<Vec<f32>> = values
            .chunks_exact(length.max(1))
            .map(|input| input.iter().map(|&value| value as f32 / full).collect())
            .collect();
        ensure!(inputs.len() == classes.len(), "{} inputs, but {} answers", inputs.len(), classes.len());
        Ok(Self { inputs, answers: answers(Values::Integers(classes))? })
    }

    /// The inputs as a network takes them.
    pub fn quantized(&self, quantization: Quantization) -> Vec<Vec<i8>> {
        let quantize =
            |input: &Vec<f32>| input.iter().map(|&value| quantization.quantize_f32(value)).collect();
        self.inputs.iter().map(quantize).collect()
    }
}

fn inputs(array: &Array) -> Result<Vec<Vec<f32>>> {
    let Values::F32(values) = &array.values else { bail!("the inputs are integers") };
    let length: usize = array.shape.iter().skip(1).product();
    ensure!(length > 0 && !values.is_empty(), "there are no inputs");
    Ok(values.chunks_exact(length).map(<[f32]>::to_vec).collect())
}

fn answers(values: Values) -> Result<Answers> {
    Ok(match values {
        Values::F32(values) => Answers::Values(values),
        Values::Integers(classes) => {
            let classes = classes.into_iter().map(usize::try_from).collect::<Result<_, _>>();
            Answers::Classes(classes.context("a class below 0")?)
        }
    })
}

/// What the float network achieved when it was trained: the training script wrote it down.
///
/// # Errors
///
/// If the file is not there, or says neither accuracy nor error.
pub fn reported_metric(example: &str) -> Result<Metric> {
    let path = file(example, "metrics.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let metrics: serde_json::Value = serde_json::from_str(&text)?;
    if let Some(accuracy) = metrics["float_accuracy"].as_f64() {
        return Ok(Metric::Accuracy(accuracy));
    }
    let error = metrics["float_rmse"].as_f64().map(Metric::RootMeanSquaredError);
    error.with_context(|| format!("{} says neither float_accuracy nor float_rmse", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_has_a_test_set_and_a_metric() {
        for example in ["touch", "digits", "gestures", "sea_temperature"] {
            let test = TestSet::read(example).expect("a test set");
            assert!(test.inputs.iter().all(|input| input.len() == test.inputs[0].len()));
            let metric = reported_metric(example).expect("a metric");
            let classes = matches!(test.answers, Answers::Classes(_));
            assert_eq!(classes, matches!(metric, Metric::Accuracy(_)), "{example}");
        }
    }

    #[test]
    fn garbage_is_an_error() {
        assert!(TestSet::parse(b"garbage").is_err());
    }
}
