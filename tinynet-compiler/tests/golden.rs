//! Imported models on the host against the golden outputs of TensorFlow Lite's reference kernels, bit for bit.
//!
//! `TINYNET_ZOO` names a folder with `models/SET/MODEL.tflite` and `golden/SET__MODEL/input.npy`, `output_ref.npy`.

use proc_macro2::Span;
use std::path::{Path, PathBuf};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::import::{Values, npy, tflite};
use tinynet_compiler::quantized::{Quantization, QuantizedGraph};
use tinynet_compiler::reference::Reference;
use tinynet_compiler::{from_tflite, optimize, plan};

fn zoo() -> Option<PathBuf> {
    std::env::var_os("TINYNET_ZOO").map(PathBuf::from)
}

/// A golden array, as int8.
fn int8(path: &Path, quantization: Quantization) -> Vec<i8> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let array = npy::read(&bytes).expect("an array");
    match array.values {
        Values::Integers(values) => values.into_iter().map(|value| value as i8).collect(),
        Values::F32(values) => {
            values.into_iter().map(|value| quantization.quantize(f64::from(value))).collect()
        }
    }
}

/// Models that this version imports.
const MODELS: &[&str] = &[
    "microflow/sine",
    "mlperf_tiny/ad01_int8",
    "mlperf_tiny/ad01_int8_floatio",
    "mlperf_tiny/kws_ref_model_int8",
    "mlperf_tiny/pretrainedResnet_int8",
    "mlperf_tiny/pretrainedResnet_large_int8",
    "mlperf_tiny/str_ww_ref_model_int8",
    "mlperf_tiny/vww_96_int8",
    "tflm/hello_world_int8",
    "tflm/micro_speech_int8",
    "tflm/person_detect_int8",
    "tinymaix/cifar10_q",
    "tinymaix/mnist_resnet_q",
];

fn graph(zoo: &Path, name: &str) -> QuantizedGraph {
    let bytes = std::fs::read(zoo.join("models").join(name).with_extension("tflite")).expect("a model");
    let model = tflite::read(&bytes).expect("a model");
    from_tflite::quantized_graph(&model, &bytes, Span::call_site()).expect("a supported model")
}

#[test]
fn every_golden_output_bit_for_bit() {
    let Some(zoo) = zoo() else { return };
    for name in MODELS {
        let whole = graph(&zoo, name);
        let golden = zoo.join("golden").join(name.replace('/', "__"));
        let [input, output] = [whole.inputs[0], whole.outputs[0]].map(|id| whole.tensor(id));
        let inputs = int8(&golden.join("input.npy"), input.info.quantization);
        let outputs = int8(&golden.join("output_ref.npy"), output.info.quantization);
        let (input_size, output_size) = (input.elements(), output.elements());
        assert!(!outputs.is_empty() && outputs.len().is_multiple_of(output_size), "{name}");
        for graph in [whole.clone(), optimize::optimize(whole)] {
            let reference = Reference::new(&graph);
            let samples = inputs.chunks(input_size).zip(outputs.chunks(output_size));
            for (sample, (input, expected)) in samples.enumerate() {
                assert_eq!(reference.output(input), expected, "{name}, sample {sample}");
            }
        }
    }
}

/// Of the weights of the visual-wake-words model five in six are 0, and 971 of its channels constant or unread.
#[test]
fn dead_channels_take_their_arithmetic_along() {
    let Some(zoo) = zoo() else { return };
    let graph = optimize::optimize(graph(&zoo, "mlperf_tiny/vww_96_int8"));
    let plan = plan::plan(&graph, Some(0), &mut Errors::new()).expect("a plan");
    assert_eq!(plan.macs, 3_727_313);
}
