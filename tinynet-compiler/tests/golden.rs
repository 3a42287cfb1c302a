//! Imported models on the host against the golden outputs of TensorFlow Lite's reference kernels, bit for bit.
//!
//! `TINYNET_ZOO` names a folder with `models/SET/MODEL.tflite` and `golden/SET__MODEL/input.npy`, `output_ref.npy`.

use proc_macro2::Span;
use std::path::{Path, PathBuf};
use tinynet_compiler::from_tflite;
use tinynet_compiler::import::{Values, npy, tflite};
use tinynet_compiler::reference::Reference;

fn zoo() -> Option<PathBuf> {
    std::env::var_os("TINYNET_ZOO").map(PathBuf::from)
}

/// A golden array, as int8.
fn int8(path: &Path, quantization: tinynet_compiler::quantized::Quantization) -> Vec<i8> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let array = npy::read(&bytes).expect("an array");
    match array.values {
        Values::Integers(values) => values.into_iter().map(|value| value as i8).collect(),
        Values::F32(values) => {
            values.into_iter().map(|value| quantization.quantize(f64::from(value))).collect()
        }
    }
}

/// How many outputs differ, of how many.
fn compare(zoo: &Path, model: &Path) -> Result<(usize, usize, usize), String> {
    let bytes = std::fs::read(model).map_err(|error| error.to_string())?;
    let read = tflite::read(&bytes).map_err(|error| error.to_string())?;
    let graph = from_tflite::quantized_graph(&read, &bytes, Span::call_site())
        .map_err(|problems| format!("{} problems, first: {}", problems.len(), problems[0].cause))?;
    let graph = tinynet_compiler::optimize::optimize(graph);
    let macs: usize =
        tinynet_compiler::plan::plan(&graph, Some(0), &mut tinynet_compiler::diagnostics::Errors::new())
            .unwrap()
            .macs;
    let name = |path: &Path| path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_string();
    let set = model.parent().map(name).unwrap_or_default();
    let golden = zoo.join("golden").join(format!("{set}__{}", name(model)));
    let [input, output] = [graph.inputs[0], graph.outputs[0]].map(|id| graph.tensor(id));
    let inputs = int8(&golden.join("input.npy"), input.info.quantization);
    let outputs = int8(&golden.join("output_ref.npy"), output.info.quantization);
    let reference = Reference::new(&graph);
    let mut different = 0;
    for (input, expected) in inputs.chunks(input.elements()).zip(outputs.chunks(output.elements())) {
        let output = reference.output(input);
        different += output.iter().zip(expected).filter(|(a, b)| a != b).count();
    }
    Ok((different, outputs.len(), macs))
}

#[test]
fn dump() {
    let Some(zoo) = zoo() else { return };
    for set in std::fs::read_dir(zoo.join("models")).expect("models").flatten() {
        if !set.path().is_dir() {
            continue;
        }
        for model in std::fs::read_dir(set.path()).expect("a set").flatten() {
            let path = model.path();
            if path.extension().is_some_and(|extension| extension == "tflite")
                && !path.display().to_string().contains("seanet")
            {
                println!("{}: {:?}", path.strip_prefix(&zoo).unwrap().display(), compare(&zoo, &path));
            }
        }
    }
}
