//! The `Input` of a model that is quantised already: which number format its weights are brought to.

use super::Reported;
use super::input;
use super::layer::Layer;
use super::options::Read;
use crate::ast::ValueKind;
use crate::graph::{Tensor, TensorId};
use crate::precision::{Precision, PrecisionChoice};
use crate::quantized::{QuantizedGraph, QuantizedTensor};
use crate::samples;
use crate::settings::{Samples, Settings};

/// Options that say what the file says: what its integers stand for.
const OF_THE_FILE: [&str; 7] =
    ["scheme", "activations", "ranges", "range", "fraction_bits", "scale", "zero_point"];

/// What is asked of single layers, beside the `Input`.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    /// Whether any are named.
    pub(super) names_layers: bool,
    /// Whether other weights are, or may be, asked of one.
    pub(super) changes_layers: bool,
}

/// Reads the `Input` of such a model's input `id`.
pub(super) fn narrowing(
    layer: &mut Layer<'_, '_>,
    graph: &QuantizedGraph,
    id: TensorId,
    Asked { names_layers, changes_layers }: Asked,
) -> Result<(), Reported> {
    let is_refused = refuse_options(layer).and(refuse_samples_of_a_stream(layer, graph));
    let shape = input::input_shape(layer);
    let precision = match layer.index {
        0 => precision(layer, names_layers),
        _ => {
            input::refuse_of_network(layer, &input::OF_NETWORK);
            Ok(PrecisionChoice::default())
        }
    };
    let prune = layer.prune();
    let bias_correction = layer.switch("bias_correction");
    input::refuse_without_samples(layer, &bias_correction);
    let lookup_table = input::lookup_table(layer, &shape);
    if let Ok(PrecisionChoice::Stated(Precision::Int8)) = precision
        && layer.index == 0
        && layer.ast.option("prune").is_none()
        && !changes_layers
    {
        refuse_without_narrower(layer)?;
    }
    is_refused?;
    let calibration = calibration(layer, graph.tensor(id));
    shape?;
    let spans = input::spans(layer);
    let settings = Settings {
        precision: precision?,
        prune: prune?,
        bias_correction: bias_correction?.unwrap_or(true),
        lookup_table: lookup_table?,
        calibration: calibration?,
        ..Settings::default()
    };
    layer.stage.settings = match layer.stage.settings.take() {
        Some((first, spans)) => Some((input::join(layer, first, settings)?, spans)),
        None if layer.index == 0 => Some((settings, spans)),
        None => return Err(Reported),
    };
    Ok(())
}

/// Reports options that a model of integers has no use for.
fn refuse_options(layer: &mut Layer<'_, '_>) -> Result<(), Reported> {
    let mut refused = Ok(());
    let mut refuse = |name: &str, message: String, help: &str| {
        if let Some(option) = layer.ast.option(name) {
            layer.stage.errors.help(option.name.span(), message, help);
            refused = Err(Reported);
        }
    };
    for name in OF_THE_FILE {
        let message = format!("`{name}` is what the model says itself: it is quantised already");
        refuse(
            name,
            message,
            "leave it out: what the integers of tensors stand for cannot change, only weights can",
        );
    }
    refused
}

/// Reports options about how weights are rounded where they stay as they are.
fn refuse_without_narrower(layer: &mut Layer<'_, '_>) -> Result<(), Reported> {
    let mut refused = Ok(());
    for name in ["calibration", "bias_correction"] {
        let Some(option) = layer.ast.option(name) else { continue };
        layer.stage.errors.help(
            option.name.span(),
            format_args!(
                "`{name}` says how weights are brought to fewer bits, and with `Int8` they stay as they are"
            ),
            "leave it out, or state a `precision` of fewer bits, for instance `Int4`",
        );
        refused = Err(Reported);
    }
    refused
}

/// Reports samples of a model each of whose answers follows from all inputs before: samples are single inputs.
fn refuse_samples_of_a_stream(layer: &mut Layer<'_, '_>, graph: &QuantizedGraph) -> Result<(), Reported> {
    let Some(option) = layer.ast.option("calibration").filter(|_| !graph.states().is_empty()) else {
        return Ok(());
    };
    layer.stage.errors.help(
        option.name.span(),
        "the model keeps something from one inference to the next, and samples are taken each for the first: they do not \
         say what it will see",
        "leave `calibration` out: each weight then goes to the nearest integer",
    );
    Err(Reported)
}

fn precision(layer: &mut Layer<'_, '_>, names_layers: bool) -> Result<PrecisionChoice, Reported> {
    let Some(choice) = layer.precision()? else {
        if names_layers || layer.ast.option("prune").is_some() {
            return Ok(PrecisionChoice::default());
        }
        return Err(layer.error(
            "the model is quantised already: it says itself what its integers mean",
            "state the `precision` of its weights, for instance `precision: Int4`, or which part of them becomes 0, \
             `prune: 0.5`; or end the declaration with `;` in place of the braces",
        ));
    };
    Ok(choice)
}

/// The samples of the option `calibration`, in real numbers.
fn calibration(layer: &mut Layer<'_, '_>, tensor: &Tensor<QuantizedTensor>) -> Read<Samples> {
    let Some(value) = layer.value("calibration") else { return Ok(None) };
    let ValueKind::Text(literal) = &value.kind else {
        return Err(layer.wrong("calibration", value, "\"samples.npy\""));
    };
    let (files, errors) = (layer.stage.files, &mut *layer.stage.errors);
    samples::read_calibration_of(files, literal, tensor, errors).map(Some).ok_or(Reported)
}
