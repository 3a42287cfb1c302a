//! The networks of `examples/training`, with the test splits of their data and what training wrote down.

use anyhow::{Context, Result};
use demo::data::{Metric, TestSet};
use demo::example::Example;
use std::path::{Path, PathBuf};
use tinynet::{Network, Tensor};

/// A network with the test split of its data.
pub(crate) fn example<N>(name: &'static str, network: N, test: TestSet) -> Result<Example>
where
    N: Network<Input: Tensor<Element = i8>, Output: Tensor<Element = i8>> + 'static,
{
    let [float, measured] = reported(name)?;
    Ok(Example::with_test(name, network, test, float, measured))
}

/// The test split of a data set, whose pixels are integers up to `full`.
pub(crate) fn test_split(name: &str, full: f32) -> Result<TestSet> {
    let zoo = std::env::var_os("TINYNET_ZOO").context("TINYNET_ZOO names no folder with datasets")?;
    // Relative to the repository.
    let folder = workspace().join(zoo).join("datasets").join(name);
    TestSet::of_integers(&folder.join("x_test.npy"), &folder.join("y_test.npy"), full)
}

/// The accuracies that the script that trained a network wrote down: in real numbers, and of its integers.
fn reported(name: &str) -> Result<[Metric; 2]> {
    let path = workspace().join("examples/training").join(name).join("metrics.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let metrics: serde_json::Value = serde_json::from_str(&text)?;
    let metric = |figure| {
        let accuracy = metrics[figure].as_f64();
        accuracy.map(Metric::Accuracy).with_context(|| format!("{} has no {figure}", path.display()))
    };
    Ok([metric("float_accuracy")?, metric("accuracy")?])
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
