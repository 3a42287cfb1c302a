//! Whole models: `pub struct Kws = "kws.tflite";`, a file that has the layers.
//!
//! A model of integers is complete, but that its weights may be brought to fewer bits, or become 0:
//! `pub struct Kws = "kws.tflite" { audio: Input { precision: Int4 } }`. One of real numbers is quantised here, for which the
//! declaration has an `Input` in braces: `pub struct Kws = "kws_float.tflite" { audio: Input { calibration: "samples.npy" } }`.
//! Beside it, single layers of either are named by their labels, to ask something of them alone.

#[cfg(feature = "tflite")]
mod layers;
#[cfg(feature = "tflite")]
mod tflite;

use super::{Declared, Interface, QuantizedNetwork, RealNetwork, Reported};
use crate::ast::Network;
use crate::diagnostics::Errors;
use crate::files::Files;
use crate::graph::{AnyOperator, Graph};
use syn::LitStr;

/// Reads the file. No network where anything is wrong with it, or it cannot be seen.
pub(super) fn import(
    network: &Network,
    files: &dyn Files,
    errors: &mut Errors,
) -> (Option<Declared>, Interface) {
    let mut interface = Interface::default();
    let declared = declared(network, files, &mut interface, errors);
    (declared.ok(), interface)
}

/// What the file holds; notes what is known of its edges even where that is nothing that can be used.
fn declared(
    network: &Network,
    files: &dyn Files,
    interface: &mut Interface,
    errors: &mut Errors,
) -> Result<Declared, Reported> {
    // Without a file and without layers, the parser has reported it.
    let file = network.file.as_ref().filter(|_| network.is_whole).ok_or(Reported)?;
    let name = file.value();
    match network.file_extension().as_deref().unwrap_or_default() {
        #[cfg(feature = "tflite")]
        "tflite" => {
            let layers = network.layers.as_deref();
            tflite::Import { network, layers, file, files, interface, errors }.import()
        }
        #[cfg(not(feature = "tflite"))]
        "tflite" => {
            // Nothing is read.
            let _ = (files, interface);
            let cause = "the import of `.tflite` models is switched off";
            errors.help(file.span(), cause, "switch the feature `tflite` of the crate `tinynet` on");
            Err(Reported)
        }
        "npy" | "npz" | "safetensors" => Err(refuse_weights(network, file, errors)),
        other => {
            let help = match other {
                "onnx" => "this version imports `.tflite`; convert the model, for instance by `onnx2tf`",
                "h5" | "keras" | "pb" => "convert it with tf.lite.TFLiteConverter to a `.tflite` file",
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
pub(super) fn choices(declared: Option<&Declared>, interface: &Interface) -> Option<Vec<usize>> {
    let compared = match declared {
        Some(Declared::Real(RealNetwork { graph, .. })) => compared(graph),
        Some(Declared::Quantized(QuantizedNetwork { graph, .. })) => compared(graph),
        None => None,
    };
    let shape = compared.or_else(|| interface.output_shape())?;
    let (last, others) = shape.split_last().map_or((1, &[][..]), |(&last, others)| (last, others));
    Some(if others.iter().all(|&length| length == 1) { vec![last] } else { shape.to_vec() })
}

/// Shape of what the last operator chooses the largest value of, if it does that.
fn compared<T, O: AnyOperator>(graph: &Graph<T, O>) -> Option<&[usize]> {
    graph.compared().map(|values| graph.tensor(values).shape.as_slice())
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
