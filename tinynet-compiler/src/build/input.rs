//! The network's input, and with it how the network is quantised.

use super::Reported;
use super::layer::{Layer, Output};
use super::options::Read;
use crate::ast::{Value, ValueKind};
use crate::graph::FloatTensor;
use crate::quantized::Quantization;
use crate::samples;
use crate::settings::{Activations, InputSpans, RangeChoice, Samples, Scheme, Settings};
use syn::LitStr;

/// Options of every network as a whole, whether its `Input` says what integers mean or a file does.
pub(super) const OF_NETWORK: [&str; 4] = ["precision", "prune", "bias_correction", "lookup_table"];

/// `Input`: what the caller gives. A model may have several.
pub(super) fn input(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let shape = input_shape(layer);
    let scheme = match layer.index {
        0 => scheme(layer),
        _ => scheme_of_first(layer),
    };
    let precision = layer.precision();
    let prune = layer.prune();
    let activations = activations(layer);
    let ranges = ranges(layer);
    let bias_correction = layer.switch("bias_correction");
    let lookup_table = lookup_table(layer, &shape);
    let info = info(layer, scheme);
    refuse_without_samples(layer, &bias_correction);
    let calibration = calibration(layer, &shape);
    if let (Ok(None), Ok(info)) = (&calibration, &info)
        && *info == FloatTensor::default()
    {
        layer.error(
            "nothing says which values this `Input` takes",
            "state `calibration: \"samples.npy\"` (some hundred inputs, the first axis counts them), or \
             `range: [0.0, 1.0]`, from which the worst case of every layer follows",
        );
        return Ok(Output { shape: shape.ok(), ..Output::unknown(None) });
    }
    let settings = || {
        Ok(Settings {
            scheme: scheme?,
            precision: precision?.unwrap_or_default(),
            activations: activations?,
            prune: prune?,
            ranges: ranges?.unwrap_or(match activations? {
                // There are steps enough for all values.
                Activations::Int16 => RangeChoice::MinMax,
                _ => RangeChoice::default(),
            }),
            bias_correction: bias_correction?.unwrap_or(true),
            lookup_table: lookup_table?,
            calibration: calibration?,
        })
    };
    let settings: Result<_, Reported> = settings();
    let spans = spans(layer);
    let Ok(info) = info else { return Ok(Output::new(shape?, None)) };
    if let (Ok(Settings { calibration: Some(samples), .. }), Some(value)) =
        (&settings, layer.value("calibration"))
    {
        check_values(layer, value, samples, &info)?;
    }
    layer.stage.settings = match (layer.index, layer.stage.settings.take(), settings) {
        (0, _, settings) => settings.ok().map(|settings| (settings, spans)),
        (_, Some(first), Ok(settings)) => Some((join(layer, first.0, settings)?, first.1)),
        _ => None,
    };
    Ok(Output { info, ..Output::new(shape?, None) })
}

/// Where errors about the options point.
pub(super) fn spans(layer: &Layer<'_, '_>) -> InputSpans {
    let of = |option| layer.value(option).map_or(layer.ast.span(), Value::span);
    InputSpans {
        calibration: of("calibration"),
        precision: of("precision"),
        activations: of("activations"),
        prune: layer.value("prune").map_or([layer.ast.span(); 2], |value| value.ends),
        lookup_table: of("lookup_table"),
    }
}

/// Whether the network is a table of its answers, which goes by a single value.
pub(super) fn lookup_table(
    layer: &mut Layer<'_, '_>,
    shape: &Result<Vec<usize>, Reported>,
) -> Result<Option<bool>, Reported> {
    let stated = layer.switch("lookup_table")?;
    let values = shape.as_ref().map_or(1, |shape| shape.iter().product::<usize>());
    match (stated, layer.value("lookup_table")) {
        (Some(true), Some(value)) if values != 1 => Err(layer.refuse(
            value,
            format_args!("a table of all answers goes by one value, and this `Input` has {values}"),
            "leave `lookup_table` out",
        )),
        _ => Ok(stated),
    }
}

/// The scheme of the network, which an `Input` behind the first does not state, nor how ranges and biases are found.
fn scheme_of_first(layer: &mut Layer<'_, '_>) -> Result<Scheme, Reported> {
    refuse_of_network(layer, &["scheme", "activations", "ranges"]);
    refuse_of_network(layer, &OF_NETWORK);
    layer.stage.settings.as_ref().map(|(settings, _)| settings.scheme).ok_or(Reported)
}

/// Reports options of the network as a whole in an `Input` behind the first.
pub(super) fn refuse_of_network(layer: &mut Layer<'_, '_>, options: &[&str]) {
    for option in options {
        if let Some(stated) = layer.ast.option(option) {
            layer.stage.errors.help(
                stated.name.span(),
                format_args!("`{option}` is of the network as a whole"),
                "state it in the first `Input`",
            );
        }
    }
}

/// Samples of the inputs so far, and of the next one.
pub(super) fn join(layer: &mut Layer<'_, '_>, first: Settings, next: Settings) -> Result<Settings, Reported> {
    let wrong = match (&first.calibration, &next.calibration) {
        (None, None) => return Ok(first),
        (Some(samples), Some(more)) if samples.count() == more.count() => {
            return Ok(Settings { calibration: Some(samples.beside(more)), ..first });
        }
        (Some(samples), Some(more)) => {
            format!("{} calibration samples go with {} of the inputs before", more.count(), samples.count())
        }
        (Some(_), None) => "this `Input` has no calibration samples, those before have".into(),
        (None, Some(_)) => "this `Input` has calibration samples, those before have none".into(),
    };
    Err(layer.error(
        wrong,
        "the network runs on the samples of all inputs together: sample 0 of each, then sample 1",
    ))
}

/// The shape that is stated, or that of a model, which may be stated once more.
pub(super) fn input_shape(layer: &mut Layer<'_, '_>) -> Result<Vec<usize>, Reported> {
    let stated = layer.shape("shape");
    let Some(shape) = layer.stage.model_input.clone() else { return Layer::required(stated) };
    match (stated?, layer.value("shape")) {
        (Some(stated), Some(value)) if stated != shape => Err(layer.refuse(
            value,
            format_args!("`shape` is {stated:?}, but the model's input is {shape:?}"),
            "leave it out: the file says it",
        )),
        _ => Ok(shape),
    }
}

/// Reports samples most of which lie outside what the user states of the input: in another unit, that is.
fn check_values(
    layer: &mut Layer<'_, '_>,
    value: &Value,
    samples: &Samples,
    info: &FloatTensor,
) -> Result<(), Reported> {
    let of_integers = |quantization: Quantization| [-128, 127].map(|q| quantization.dequantize(q));
    let Some([low, high]) = info.range.or(info.quantization.map(of_integers)) else { return Ok(()) };
    // 1.0 in Q0.7 is a step too much, and no mistake.
    let margin = (high - low) / 100.0;
    let is_outside = |&&value: &&f32| {
        let value = f64::from(value);
        value < low - margin || value > high + margin
    };
    let outside = samples.values.iter().filter(is_outside).count();
    if outside <= samples.values.len() / 4 {
        return Ok(());
    }
    let [least, most] =
        samples.values.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[least, most], &value| {
            [least.min(value), most.max(value)]
        });
    Err(layer.refuse(
        value,
        format_args!(
            "{outside} of the {} calibration values are not between {low} and {high}, as the input is stated to be: \
             they go from {least} to {most}",
            samples.values.len()
        ),
        "save samples of the values that the network was trained on, and state their range",
    ))
}

/// Reports options about samples where there are none.
pub(super) fn refuse_without_samples(layer: &mut Layer<'_, '_>, bias_correction: &Read<bool>) {
    if layer.ast.option("calibration").is_some() {
        return;
    }
    let corrects = matches!(bias_correction, Ok(Some(true)));
    for (option, does) in [
        (layer.ast.option("ranges"), "chooses ranges from"),
        (layer.ast.option("bias_correction").filter(|_| corrects), "measures errors on"),
    ] {
        let Some(option) = option else { continue };
        layer.stage.errors.help(
            option.name.span(),
            format_args!("`{}` {does} calibration samples, and there are none", option.name),
            "state `calibration: \"samples.npy\"`, or leave it out",
        );
    }
}

fn scheme(layer: &mut Layer<'_, '_>) -> Result<Scheme, Reported> {
    let schemes = [("FixedPoint", Scheme::FixedPoint), ("Affine", Scheme::Affine)];
    Ok(layer.word("scheme", &schemes)?.unwrap_or_default())
}

/// `Int8`, `Int4`, or `Int16`, which leaves the choice of the input's integers to the compiler.
fn activations(layer: &mut Layer<'_, '_>) -> Result<Activations, Reported> {
    let activations = layer.activations()?.unwrap_or_default();
    if activations != Activations::Int16 {
        return Ok(activations);
    }
    for name in ["fraction_bits", "scale", "zero_point"] {
        if let Some(option) = layer.ast.option(name) {
            layer.stage.errors.help(
                option.name.span(),
                format_args!("`{name}` says what int8s mean, but the input is of int16s"),
                "state `range: [min, max]` in place of it",
            );
            return Err(Reported);
        }
    }
    Ok(activations)
}

/// `MinMax`, `MeanSquaredError` or `Percentile(99.9)`.
fn ranges(layer: &mut Layer<'_, '_>) -> Read<RangeChoice> {
    let choices = [("MinMax", RangeChoice::MinMax), ("MeanSquaredError", RangeChoice::MeanSquaredError)];
    match layer.value("ranges") {
        Some(value) => match &value.kind {
            ValueKind::Call(name, arguments) if name == "Percentile" => {
                percentile(layer, value, arguments).map(Some)
            }
            ValueKind::Word(word) if word == "Percentile" => Err(layer.refuse(
                value,
                "`Percentile` needs a number",
                "for instance `ranges: Percentile(99.9)`: so many of 100 values do not saturate",
            )),
            ValueKind::Call(..) => Err(layer.wrong("ranges", value, "Percentile(99.9)")),
            _ => layer.word("ranges", &choices),
        },
        None => Ok(None),
    }
}

fn percentile(
    layer: &mut Layer<'_, '_>,
    value: &Value,
    arguments: &[Value],
) -> Result<RangeChoice, Reported> {
    match arguments {
        [Value { kind: ValueKind::Number(number), .. }] if number.value > 50.0 && number.value <= 100.0 => {
            Ok(RangeChoice::Percentile(number.value))
        }
        [Value { kind: ValueKind::Missing, .. }] => Err(Reported),
        _ => Err(layer.refuse(
            value,
            "`Percentile` takes one number above 50, up to 100",
            "for instance `ranges: Percentile(99.9)`: so many of 100 values do not saturate",
        )),
    }
}

/// What the user states of the input's values: a range, or outright what the integers mean.
fn info(layer: &mut Layer<'_, '_>, scheme: Result<Scheme, Reported>) -> Result<FloatTensor, Reported> {
    let range = layer.range("range");
    let fixed = fraction_bits(layer);
    let affine = affine(layer);
    let (scheme, range, fixed, affine) = (scheme?, range?, fixed?, affine?);
    for (option, belongs_to, instead) in
        [("fraction_bits", Scheme::FixedPoint, "scale"), ("scale", Scheme::Affine, "fraction_bits")]
    {
        let Some(written) = layer.ast.option(option) else { continue };
        if scheme != belongs_to {
            let (span, name) = (written.name.span(), belongs_to.name());
            layer.stage.errors.help(
                span,
                format_args!("`{option}` belongs to `scheme: {name}`, but the scheme is `{}`", scheme.name()),
                format_args!("state `scheme: {name}`, or `{instead}` instead"),
            );
            return Err(Reported);
        }
    }
    let quantization = fixed.or(affine);
    match (range, quantization, layer.ast.option("range")) {
        (Some(_), Some(_), Some(option)) => {
            layer.stage.errors.help(
                option.name.span(),
                "`range` says again what the integers of the input mean",
                "remove it, or leave the choice of the integers to the compiler",
            );
            Err(Reported)
        }
        _ => Ok(FloatTensor { range, quantization }),
    }
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Scheme::FixedPoint => "FixedPoint",
            Scheme::Affine => "Affine",
        }
    }
}

/// The option `fraction_bits`.
fn fraction_bits(layer: &mut Layer<'_, '_>) -> Read<Quantization> {
    // Values from 2^-31 to 2^31: more than sensors give.
    const MOST: u64 = 31;
    match (layer.integer("fraction_bits")?, layer.value("fraction_bits")) {
        (Some(bits), Some(value)) if bits.unsigned_abs() > MOST => Err(layer.refuse(
            value,
            format_args!("`fraction_bits` must be from -{MOST} to {MOST}, found {bits}"),
            "with 7, an int8 holds -1.0 to 0.992 in steps of 1/128",
        )),
        (bits, _) => Ok(bits.map(|bits| Quantization::FixedPoint { fraction_bits: bits as i32 })),
    }
}

/// The options `scale` and `zero_point`.
fn affine(layer: &mut Layer<'_, '_>) -> Read<Quantization> {
    let scale = match (layer.number("scale"), layer.value("scale")) {
        (Ok(Some(scale)), Some(value)) if !(1e-9..=1e9).contains(&scale) => Err(layer.refuse(
            value,
            format_args!("`scale` must be positive, from 1e-9 to 1e9, found {scale}"),
            "it is the real value of one step of the input: `1.0 / 255.0` for pixels from 0 to 1",
        )),
        (scale, _) => scale,
    };
    let zero_point = match (layer.integer("zero_point"), layer.value("zero_point")) {
        (Ok(Some(zero_point)), Some(value)) if i8::try_from(zero_point).is_err() => Err(layer.refuse(
            value,
            format_args!("`zero_point` must be from -128 to 127, found {zero_point}"),
            "it is the int8 that stands for 0.0",
        )),
        (zero_point, _) => zero_point,
    };
    match (scale?, zero_point?, layer.ast.option("zero_point")) {
        (None, Some(_), Some(option)) => {
            layer.stage.errors.help(
                option.name.span(),
                "`zero_point` needs a `scale`",
                "for instance `scale: 1.0 / 255.0, zero_point: -128`",
            );
            Err(Reported)
        }
        (scale, zero_point, _) => {
            Ok(scale.map(|scale| Quantization::Affine { scale, zero_point: zero_point.unwrap_or(0) as i32 }))
        }
    }
}

/// The samples of the option `calibration`.
fn calibration(layer: &mut Layer<'_, '_>, shape: &Result<Vec<usize>, Reported>) -> Read<Samples> {
    let Some(value) = layer.value("calibration") else { return Ok(None) };
    let literal: &LitStr = match &value.kind {
        ValueKind::Text(literal) => literal,
        _ => return Err(layer.wrong("calibration", value, "\"samples.npy\"")),
    };
    let Ok(shape) = shape else { return Err(Reported) };
    samples::read_calibration(layer.stage.files, literal, shape, layer.stage.errors).map(Some).ok_or(Reported)
}
