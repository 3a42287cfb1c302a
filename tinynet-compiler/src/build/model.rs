//! Whole models: `pub struct Kws = "kws.tflite";`, a file and no layers.

use super::{Declared, Interface, Reported};
use crate::ast::Network;
use crate::diagnostics::{Errors, with_help};
use crate::files::Files;
#[cfg(feature = "tflite")]
use crate::import::tflite;
use crate::quantized::QuantizedGraph;
use std::path::Path;
use syn::LitStr;

/// Reads the file. No network where anything is wrong with it, or it cannot be seen.
pub(super) fn import(
    network: &Network,
    files: &dyn Files,
    errors: &mut Errors,
) -> (Option<Declared>, Interface) {
    let mut interface = Interface::default();
    let graph = graph(network, files, &mut interface, errors);
    (graph.ok().map(Declared::Quantized), interface)
}

/// The graph; notes what is known of its edges even where there is none.
fn graph(
    network: &Network,
    files: &dyn Files,
    interface: &mut Interface,
    errors: &mut Errors,
) -> Result<QuantizedGraph, Reported> {
    // Without a file and without layers, the parser has reported it.
    let file = network.file.as_ref().filter(|_| network.is_whole).ok_or(Reported)?;
    let name = file.value();
    let extension = Path::new(&name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "tflite" => tflite_graph(file, files, interface, errors),
        "npy" | "npz" | "safetensors" => Err(refuse_weights(network, file, errors)),
        other => {
            let help = match other {
                "onnx" => "this version imports `.tflite`; convert the model, for instance by `onnx2tf`",
                "h5" | "keras" | "pb" => {
                    "convert it with tf.lite.TFLiteConverter, with full integer quantisation, to a `.tflite` file"
                }
                "pt" | "pth" => {
                    "declare the layers, and save the weights: safetensors.torch.save_file(model.state_dict(), \
                     \"weights.safetensors\")"
                }
                _ => "whole models are `.tflite` files",
            };
            errors.help(file.span(), format_args!("`{name}` is no model that can be imported"), help);
            Err(Reported)
        }
    }
}

/// Shape of the values of which the largest is a model's answer: axes of length 1 do not count.
pub(super) fn choices(output_shape: &[usize]) -> Vec<usize> {
    let (last, others) = output_shape.split_last().map_or((1, &[][..]), |(&last, others)| (last, others));
    if others.iter().all(|&length| length == 1) { vec![last] } else { output_shape.to_vec() }
}

fn refuse_weights(network: &Network, file: &LitStr, errors: &mut Errors) -> Reported {
    let name = &network.name;
    errors.help(
        file.span(),
        format_args!("`{name}` has no layers: a file of weights does not say which there are"),
        format_args!(
            "declare them: `pub struct {name} = {file:?} {{ image: Input {{ shape: [8, 8, 1], calibration: \
             \"samples.npy\" }}, … }}`, or name the file of a whole model: `.tflite`",
            file = file.value()
        ),
    );
    Reported
}

#[cfg(feature = "tflite")]
fn tflite_graph(
    file: &LitStr,
    files: &dyn Files,
    interface: &mut Interface,
    errors: &mut Errors,
) -> Result<QuantizedGraph, Reported> {
    let contents = files.read(file).map_err(|error| {
        error.report(file, errors);
        Reported
    })?;
    let model = tflite::read(&contents.bytes).map_err(|error| {
        error.report(file, errors);
        Reported
    })?;
    let [inputs, outputs] = crate::from_tflite::edges(&model);
    *interface = Interface { input_shapes: Some(inputs), output_shapes: Some(outputs) };
    crate::from_tflite::quantized_graph(&model, &contents.bytes, file.span()).map_err(|problems| {
        for problem in problems {
            errors.push(with_help(file.span(), problem.cause, problem.remedy));
        }
        Reported
    })
}

#[cfg(not(feature = "tflite"))]
fn tflite_graph(
    file: &LitStr,
    _: &dyn Files,
    _: &mut Interface,
    errors: &mut Errors,
) -> Result<QuantizedGraph, Reported> {
    errors.push(with_help(
        file.span(),
        "the import of `.tflite` models is switched off",
        "switch the feature `tflite` of the crate `tinynet` on",
    ));
    Err(Reported)
}
