//! Golden inputs and outputs.

use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use tinynet_compiler::graph::TensorId;
use tinynet_compiler::import::{Values, npy};
use tinynet_compiler::quantized::QuantizedGraph;

/// Where a tensor's golden outputs are, the oracle first: TensorFlow's reference kernels, else what TensorFlow Lite
/// Micro's own tests expect, else what its published runtime answers.
const ORACLES: [&str; 3] = ["_ref", "_tflm_csv", "_tflm"];
/// The same of answers to one input after another.
const STREAM_ORACLES: [&str; 2] = ["_stream_ref", "_stream_tflm"];

/// What a model is asked, and what it must answer.
#[derive(Clone, Debug)]
pub struct Golden {
    /// For each sample the bytes of all inputs, one input after another, as they lie in memory.
    pub inputs: Vec<Vec<i8>>,
    /// For each sample those of all outputs, when it is the first.
    pub outputs: Vec<Vec<i8>>,
    /// The same when it follows the samples before it; nothing where that is not known, or makes no difference.
    pub stream: Vec<Vec<i8>>,
}

impl Golden {
    /// Reads the golden arrays in a folder.
    ///
    /// # Errors
    ///
    /// Where an array is missing, or does not fit the model.
    pub fn read(folder: &Path, graph: &QuantizedGraph) -> Result<Self> {
        let find = |name: String, suffixes: &[&str]| {
            let mut paths = suffixes.iter().map(|suffix| folder.join(format!("{name}{suffix}.npy")));
            let path = paths.find(|path| path.exists());
            path.with_context(|| format!("{} has no {name}*.npy", folder.display()))
        };
        let inputs = samples(graph, &graph.inputs, |number| find(format!("input{number}"), &[""]))?;
        let outputs = samples(graph, &graph.outputs, |number| find(format!("output{number}"), &ORACLES))?;
        let stream = match find("output".into(), &STREAM_ORACLES) {
            Ok(path) if graph.outputs.len() == 1 => array(&path, graph, graph.outputs[0])?,
            _ => Vec::new(),
        };
        ensure!(stream.is_empty() || stream.len() == inputs.len(), "{} of a stream", stream.len());
        ensure!(
            !inputs.is_empty() && inputs.len() == outputs.len(),
            "{}: {} inputs, {} outputs",
            folder.display(),
            inputs.len(),
            outputs.len()
        );
        Ok(Self { inputs, outputs, stream })
    }

    /// The samples of a model of one input and one output.
    ///
    /// # Errors
    ///
    /// Where they do not fit the model.
    pub fn of(graph: &QuantizedGraph, inputs: &Values, outputs: &Values) -> Result<Self> {
        let inputs = in_memory(inputs, graph, graph.inputs[0])?;
        let outputs = in_memory(outputs, graph, graph.outputs[0])?;
        ensure!(inputs.len() == outputs.len(), "{} inputs, {} outputs", inputs.len(), outputs.len());
        Ok(Self { inputs, outputs, stream: Vec::new() })
    }
}

/// The samples of tensors together. Only where there are several of them do files have numbers.
fn samples(
    graph: &QuantizedGraph,
    tensors: &[TensorId],
    path: impl Fn(String) -> Result<PathBuf>,
) -> Result<Vec<Vec<i8>>> {
    let mut together: Vec<Vec<i8>> = Vec::new();
    for (index, &id) in tensors.iter().enumerate() {
        let number = if tensors.len() == 1 { String::new() } else { index.to_string() };
        // What says nothing but a shape is no input of the network; the one that is left has a number in its name.
        let behind_shape = || path((index + 1).to_string());
        let samples = array(&path(number).or_else(|_| behind_shape())?, graph, id)?;
        together.resize(samples.len().max(together.len()), Vec::new());
        ensure!(together.len() == samples.len(), "tensors with different numbers of samples");
        for (together, sample) in together.iter_mut().zip(samples) {
            together.extend(sample);
        }
    }
    Ok(together)
}

/// The samples of an array in a file, as bytes in memory.
fn array(path: &Path, graph: &QuantizedGraph, id: TensorId) -> Result<Vec<Vec<i8>>> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let array = npy::read(&bytes).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    in_memory(&array.values, graph, id).with_context(|| path.display().to_string())
}

/// The samples of an array, as bytes in memory.
fn in_memory(values: &Values, graph: &QuantizedGraph, id: TensorId) -> Result<Vec<Vec<i8>>> {
    let tensor = graph.tensor(id);
    let quantize = |&value: &f32| tensor.info.quantize(f64::from(value)).into();
    let values: Vec<i64> = match values {
        Values::Integers(values) => values.clone(),
        Values::F32(values) => values.iter().map(quantize).collect(),
    };
    let element = tensor.info.element;
    let [low, high] = element.range().map(i64::from);
    let mut bytes: Vec<i8> = Vec::new();
    for value in values {
        if !(low..=high).contains(&value) {
            bail!("{value} is no {element}");
        }
        bytes.extend(value.to_le_bytes()[..element.bytes()].iter().map(|&byte| byte as i8));
    }
    let size = tensor.bytes();
    ensure!(bytes.len().is_multiple_of(size), "{} bytes", bytes.len());
    Ok(bytes.chunks(size).map(<[i8]>::to_vec).collect())
}
