//! Weights and biases of dense layers and convolutions.

use super::inline::Numbers;
use super::vector::{self, Vector};
use super::{Absent, Found, Place, Role, WeightStore};
use crate::ast::{Layer, Value, ValueKind};
use crate::diagnostics::Errors;
use crate::graph::Filter;
use crate::import::{self, Array, Values};
use std::fmt;

/// The order in which a framework stores the axes of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Outputs first: `[units, inputs]`, `[filters, input channels, height, width]`.
    PyTorch,
    /// Outputs last: `[inputs, units]`, `[height, width, input channels, filters]`.
    Keras,
}

impl Layout {
    /// The other one.
    fn other(self) -> Self {
        match self {
            Layout::PyTorch => Layout::Keras,
            Layout::Keras => Layout::PyTorch,
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Layout::PyTorch => "PyTorch",
            Layout::Keras => "Keras",
        })
    }
}

/// Sizes of a layer's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum FilterShape {
    /// Every output sees every input.
    Dense { units: usize, inputs: usize },
    /// A window that slides along a sequence; `channels` are the input channels of one group.
    Conv1d { filters: usize, channels: usize, length: usize },
    /// A window that slides over an image; `channels` are the input channels of one group.
    Conv2d { filters: usize, channels: usize, height: usize, width: usize },
    /// `multiplier` windows for each of `channels` input channels.
    DepthwiseConv2d { channels: usize, multiplier: usize, height: usize, width: usize },
}

impl FilterShape {
    /// Number of output channels: the length of the bias.
    pub fn outputs(self) -> usize {
        match self {
            FilterShape::Dense { units, .. } => units,
            FilterShape::Conv1d { filters, .. } | FilterShape::Conv2d { filters, .. } => filters,
            FilterShape::DepthwiseConv2d { channels, multiplier, .. } => channels.saturating_mul(multiplier),
        }
    }

    /// Shape in the graph: see [`FloatOperator`](crate::graph::FloatOperator).
    fn in_graph(self) -> Vec<usize> {
        match self {
            FilterShape::Dense { units, inputs } => vec![units, inputs],
            FilterShape::Conv1d { filters, channels, length } => vec![filters, 1, length, channels],
            FilterShape::Conv2d { filters, channels, height, width } => {
                vec![filters, height, width, channels]
            }
            FilterShape::DepthwiseConv2d { height, width, .. } => vec![height, width, self.outputs()],
        }
    }

    /// Shape in a file.
    fn stored(self, layout: Layout) -> Vec<usize> {
        match (self, layout) {
            (FilterShape::Dense { units, inputs }, Layout::PyTorch) => vec![units, inputs],
            (FilterShape::Dense { units, inputs }, Layout::Keras) => vec![inputs, units],
            (FilterShape::Conv1d { filters, channels, length }, Layout::PyTorch) => {
                vec![filters, channels, length]
            }
            (FilterShape::Conv1d { filters, channels, length }, Layout::Keras) => {
                vec![length, channels, filters]
            }
            (FilterShape::Conv2d { filters, channels, height, width }, Layout::PyTorch) => {
                vec![filters, channels, height, width]
            }
            (FilterShape::Conv2d { filters, channels, height, width }, Layout::Keras) => {
                vec![height, width, channels, filters]
            }
            (FilterShape::DepthwiseConv2d { height, width, .. }, Layout::PyTorch) => {
                vec![self.outputs(), 1, height, width]
            }
            (FilterShape::DepthwiseConv2d { channels, multiplier, height, width }, Layout::Keras) => {
                vec![height, width, channels, multiplier]
            }
        }
    }

    /// What the axes in a file mean.
    fn axes_names(self, layout: Layout) -> &'static str {
        match (self, layout) {
            (FilterShape::Dense { .. }, Layout::PyTorch) => "[units, inputs]",
            (FilterShape::Dense { .. }, Layout::Keras) => "[inputs, units]",
            (FilterShape::Conv1d { .. }, Layout::PyTorch) => "[filters, channels, length]",
            (FilterShape::Conv1d { .. }, Layout::Keras) => "[length, channels, filters]",
            (FilterShape::Conv2d { .. }, Layout::PyTorch) => "[filters, channels, height, width]",
            (FilterShape::Conv2d { .. }, Layout::Keras) => "[height, width, channels, filters]",
            (FilterShape::DepthwiseConv2d { .. }, Layout::PyTorch) => {
                "[channels * multiplier, 1, height, width]"
            }
            (FilterShape::DepthwiseConv2d { .. }, Layout::Keras) => "[height, width, channels, multiplier]",
        }
    }

    /// Axes of the file in the order of the graph, whose further axes have length 1 or fall together.
    fn order(self, layout: Layout) -> &'static [usize] {
        match (self, layout) {
            (FilterShape::Dense { .. }, Layout::PyTorch) => &[0, 1],
            (FilterShape::Dense { .. }, Layout::Keras) => &[1, 0],
            (FilterShape::Conv1d { .. }, Layout::PyTorch) => &[0, 2, 1],
            (FilterShape::Conv1d { .. }, Layout::Keras) => &[2, 0, 1],
            (FilterShape::Conv2d { .. }, Layout::PyTorch) => &[0, 2, 3, 1],
            (FilterShape::Conv2d { .. }, Layout::Keras) => &[3, 0, 1, 2],
            (FilterShape::DepthwiseConv2d { .. }, Layout::PyTorch) => &[2, 3, 0, 1],
            (FilterShape::DepthwiseConv2d { .. }, Layout::Keras) => &[0, 1, 2, 3],
        }
    }

    /// The weights in the graph's layout.
    fn arrange(self, array: &Array, layout: Layout) -> Values {
        array.transposed(self.order(layout)).values
    }

    /// The layer's name in the language.
    fn operator(self) -> &'static str {
        match self {
            FilterShape::Dense { .. } => "Dense",
            FilterShape::Conv1d { .. } => "Conv1d",
            FilterShape::Conv2d { .. } => "Conv2d",
            FilterShape::DepthwiseConv2d { .. } => "DepthwiseConv2d",
        }
    }
}

/// What a layer asks for.
#[derive(Clone, Copy)]
pub struct Filters<'v> {
    /// The layer; its options `weights`, `bias` and `weight_scale` are read here, or the entries of the file.
    pub layer: &'v Layer,
    /// Sizes of its weights.
    pub shape: FilterShape,
    /// The option `use_bias`.
    pub use_bias: bool,
    /// The option `layout`.
    pub layout: Option<Layout>,
    /// What the layer reads, for messages: `` `pool` makes [4, 4, 8] ``.
    pub input: &'v str,
}

/// What it gets.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerFilter {
    /// Weights and bias in the layout of the graph.
    pub filter: Filter,
    /// The layout that the weights were stored in. It tells how a Flatten before the layer ordered its values.
    pub layout: Layout,
}

/// Why a layer gets no weights. What can be reported is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoFilter {
    /// The weights are those of a layer with another number of outputs: it is open which of the two numbers is wrong.
    OtherOutputs,
    /// Anything else is wrong, or no file can be seen (an editor).
    Unusable,
}

const WEIGHTS: Role =
    Role { option: "weights", entries: &[("weight", Layout::PyTorch), ("kernel", Layout::Keras)] };

const DEPTHWISE_WEIGHTS: Role = Role {
    option: "weights",
    entries: &[("weight", Layout::PyTorch), ("depthwise_kernel", Layout::Keras), ("kernel", Layout::Keras)],
};

const BIAS: Role = Role { option: "bias", entries: &[("bias", Layout::PyTorch)] };

const WEIGHT_SCALE: Role = Role { option: "weight_scale", entries: &[("weight_scale", Layout::PyTorch)] };

impl WeightStore<'_> {
    /// Weights and bias of a layer.
    pub fn filter(&mut self, request: Filters<'_>, errors: &mut Errors) -> Result<LayerFilter, NoFilter> {
        let Filters { layer, shape, use_bias, layout, .. } = request;
        let role = match shape {
            FilterShape::DepthwiseConv2d { .. } => &DEPTHWISE_WEIGHTS,
            _ => &WEIGHTS,
        };
        let scales = self.scales(layer, shape.outputs(), errors);
        let numbers = if scales.is_some() { Numbers::Integers } else { Numbers::Real };
        let [weights, bias] = if use_bias {
            self.find_all(layer, [(role, numbers), (&BIAS, Numbers::Real)], errors)
        } else {
            check_no_bias(layer, errors);
            let [weights] = self.find_all(layer, [(role, numbers)], errors);
            [weights, None]
        };
        let other_outputs = weights.as_ref().and_then(|weights| shape.other_outputs(weights, layout));
        let bias = match &bias {
            // The weights' number of outputs is reported; the bias has the same.
            Some(bias) if other_outputs.is_some_and(|other| bias.array.shape == [other]) => None,
            Some(bias) => vector::read(bias, shape.outputs(), BIAS_HELP, errors),
            None => (!use_bias).then_some(Vector::All(0.0)),
        };
        let weights = weights.and_then(|weights| request.read(&weights, scales.as_ref(), errors));
        // Only now is it sure that the weights, and with them the outputs, are as many as the declaration says.
        let filter = || {
            let ((layout, weights), bias) = (weights?, bias?);
            let given_scales = match scales {
                Some(scales) => Some(scales.list?),
                None => None,
            };
            let bias = bias.expand(shape.outputs());
            Some(LayerFilter {
                filter: Filter { shape: shape.in_graph(), weights, bias, given_scales },
                layout,
            })
        };
        filter().ok_or(if other_outputs.is_some() { NoFilter::OtherOutputs } else { NoFilter::Unusable })
    }

    /// The scales of integer weights, from the option or from the file; `None` for weights that are real numbers.
    fn scales<'v>(&mut self, layer: &'v Layer, outputs: usize, errors: &mut Errors) -> Option<Scales<'v>> {
        if let Some(option) = layer.option(WEIGHT_SCALE.option) {
            let value = &option.value;
            return Some(Scales { place: Place::Value(value), list: stated_scales(value, outputs, errors) });
        }
        let place = Place::Layer(layer.span());
        match self.entry(layer, &WEIGHT_SCALE, errors) {
            Ok(found) => Some(Scales { place, list: saved_scales(&found, outputs, errors) }),
            Err(Absent::Silent) => Some(Scales { place, list: None }),
            Err(Absent::NoFile | Absent::NoLabel | Absent::NoEntry(_)) => None,
        }
    }
}

/// Reports a bias that is given to a layer without one.
fn check_no_bias(layer: &Layer, errors: &mut Errors) {
    if let Some(bias) = layer.option(BIAS.option) {
        errors.help_value(
            &bias.value,
            "this layer has a bias, but states `use_bias: false`",
            "remove one of the two options",
        );
    }
}

const BIAS_HELP: &str = "a bias is a real number, in the units of the layer's output: save it as float32";

/// What one step of integer weights is.
struct Scales<'v> {
    /// Where errors about them point.
    place: Place<'v>,
    /// One, or one an output channel; `None` where that is wrong.
    list: Option<Vec<f64>>,
}

/// Reads the option `weight_scale`.
fn stated_scales(value: &Value, outputs: usize, errors: &mut Errors) -> Option<Vec<f64>> {
    let items = match &value.kind {
        ValueKind::List(items) if items.len() == outputs => items.iter().collect(),
        ValueKind::List(items) => {
            errors.help_value(
                value,
                format_args!("{} scales for {outputs} output channels", items.len()),
                "`weight_scale` is one number, or one for each output channel",
            );
            return None;
        }
        _ => vec![value],
    };
    let list: Vec<f64> = items.iter().filter_map(|item| scale(item, errors)).collect();
    (list.len() == items.len()).then_some(list)
}

fn scale(value: &Value, errors: &mut Errors) -> Option<f64> {
    match value.kind {
        ValueKind::Number(number) if is_scale(number.value) => Some(number.value),
        ValueKind::Missing => None,
        _ => {
            errors.help_value(value, "expected a positive number", SCALE_HELP);
            None
        }
    }
}

/// Far beyond any real scale, but such that no weight overflows or vanishes as float32.
fn is_scale(value: f64) -> bool {
    (1e-30..=1e30).contains(&value)
}

const SCALE_HELP: &str = "`weight_scale` is the real value of one step of the integer weights";

/// Reads the entry `label.weight_scale`: one number, or one for each output channel.
fn saved_scales(found: &Found<'_>, outputs: usize, errors: &mut Errors) -> Option<Vec<f64>> {
    let shape = found.array.shape.as_slice();
    if !(shape.is_empty() || shape == [1] || shape == [outputs]) {
        found.error(
            format_args!("{} has shape {shape:?}, but there are {outputs} output channels", found.name),
            "save one scale, or one for each output channel",
            errors,
        );
        return None;
    }
    let scales = found.reals("save the scales as float32", errors)?;
    match scales.iter().position(|&scale| !is_scale(scale.into())) {
        None => Some(scales.iter().map(|&scale| scale.into()).collect()),
        Some(index) => {
            let scale = scales[index];
            let position = import::position(index, shape);
            found.error(format_args!("{} holds {scale} at {position:?}", found.name), SCALE_HELP, errors);
            None
        }
    }
}

impl Filters<'_> {
    /// The real weights in the graph's layout, and the layout they were stored in.
    fn read(
        self,
        found: &Found<'_>,
        scales: Option<&Scales<'_>>,
        errors: &mut Errors,
    ) -> Option<(Layout, Vec<f32>)> {
        let layout = self.resolve(found, errors)?;
        match scales {
            None => {
                let help = "state `weight_scale`, the real value of one step (one number, or one for each \
                            output channel), or save it beside them as `label.weight_scale`; or save the weights as \
                            float32";
                found.reals(help, errors)?;
            }
            Some(scales) => check_integers(found, scales, errors)?,
        }
        let weights = match (self.shape.arrange(&found.array, layout), scales) {
            (Values::F32(weights), _) => weights,
            (Values::Integers(integers), scales) => self.shape.scaled(&integers, scales?.list.as_deref()?),
        };
        Some((layout, weights))
    }

    /// The layout of an array, by what is stated, by its name, or, for a file without one, by its shape if only one
    /// can be meant.
    fn resolve(self, found: &Found<'_>, errors: &mut Errors) -> Option<Layout> {
        let fits = |layout| found.array.shape == self.shape.stored(layout);
        match self.layout.or(found.layout) {
            Some(layout) if fits(layout) => Some(layout),
            Some(layout) => {
                self.wrong_shape(found, layout, errors);
                None
            }
            None => match (fits(Layout::PyTorch), fits(Layout::Keras)) {
                (true, false) => Some(Layout::PyTorch),
                (false, true) => Some(Layout::Keras),
                (false, false) => {
                    self.wrong_shape(found, Layout::PyTorch, errors);
                    None
                }
                (true, true) => self.resolve_ambiguous(found, errors),
            },
        }
    }

    /// Both layouts fit: harmless only if they mean the same.
    fn resolve_ambiguous(self, found: &Found<'_>, errors: &mut Errors) -> Option<Layout> {
        let [pytorch, keras] =
            [Layout::PyTorch, Layout::Keras].map(|layout| self.shape.arrange(&found.array, layout));
        if pytorch == keras {
            return Some(Layout::PyTorch);
        }
        found.error(
            format_args!(
                "{} has shape {:?}, which PyTorch reads as {} and Keras as {}",
                found.name,
                found.array.shape,
                self.shape.axes_names(Layout::PyTorch),
                self.shape.axes_names(Layout::Keras)
            ),
            "state `layout: PyTorch` or `layout: Keras`",
            errors,
        );
        None
    }

    fn wrong_shape(self, found: &Found<'_>, layout: Layout, errors: &mut Errors) {
        let other = layout.other();
        let help = if found.array.shape == self.shape.stored(other) {
            format!("the shape fits {other}'s {}: state `layout: {other}`", self.shape.axes_names(other))
        } else {
            let [pytorch, keras] = [Layout::PyTorch, Layout::Keras].map(|layout| {
                format!("{layout} has {} = {:?}", self.shape.axes_names(layout), self.shape.stored(layout))
            });
            format!("{pytorch}, {keras}")
        };
        found.error(
            format_args!(
                "{} has shape {:?}, but this `{}` needs {:?}: {}",
                found.name,
                found.array.shape,
                self.shape.operator(),
                self.shape.stored(layout),
                self.input
            ),
            help,
            errors,
        );
    }
}

impl FilterShape {
    /// Integers of the graph's layout times their scales.
    fn scaled(self, integers: &[i64], scales: &[f64]) -> Vec<f32> {
        let outputs = self.outputs();
        // The depthwise layout has the output channel last, all others have it first.
        let channel = |index: usize| match self {
            FilterShape::DepthwiseConv2d { .. } => index % outputs,
            _ => index / (integers.len() / outputs),
        };
        let scale = |index| if let [scale] = scales { *scale } else { scales[channel(index)] };
        integers.iter().enumerate().map(|(index, &integer)| (integer as f64 * scale(index)) as f32).collect()
    }

    /// The number of outputs that an array has, where it is not that of the layer in any layout that it may have.
    fn other_outputs(self, found: &Found<'_>, stated: Option<Layout>) -> Option<usize> {
        let shape = found.array.shape.as_slice();
        let outputs = |layout| match (self, layout, shape) {
            _ if shape.len() != self.stored(layout).len() => None,
            (_, Layout::PyTorch, [outputs, ..]) => Some(*outputs),
            (FilterShape::DepthwiseConv2d { .. }, Layout::Keras, [.., channels, multiplier]) => {
                channels.checked_mul(*multiplier)
            }
            (_, Layout::Keras, [.., outputs]) => Some(*outputs),
            _ => None,
        };
        let [pytorch, keras] = [Layout::PyTorch, Layout::Keras].map(|layout| {
            // An array that fits the other layout is but transposed.
            let is_possible = stated.or(found.layout).is_none_or(|known| known == layout);
            outputs(layout).filter(|_| is_possible || shape == self.stored(layout))
        });
        let is_this = |outputs: Option<usize>| outputs == Some(self.outputs());
        if is_this(pytorch) || is_this(keras) { None } else { pytorch.or(keras) }
    }
}

/// Checks that weights with a scale are int8.
fn check_integers(found: &Found<'_>, scales: &Scales<'_>, errors: &mut Errors) -> Option<()> {
    let Values::Integers(integers) = &found.array.values else {
        scales.place.error(
            format_args!("`weight_scale` belongs to integer weights, but {} holds real numbers", found.name),
            "leave `weight_scale` out, or save the weights as int8",
            errors,
        );
        return None;
    };
    let is_int8 = |value: i64| i8::try_from(value).is_ok();
    match integers.iter().position(|&value| !is_int8(value)) {
        None => Some(()),
        Some(index) => {
            let position = import::position(index, &found.array.shape);
            found.error(
                format_args!("{} holds {} at {position:?}", found.name, integers[index]),
                "integer weights are int8: -128 to 127",
                errors,
            );
            None
        }
    }
}

/// Where each value of an image that is flattened channels last stands when it is flattened channels first.
///
/// `shape` is the image's (or sequence's) shape with the channels last, as everywhere in the compiler. Weights that
/// were trained behind a Flatten of PyTorch have their columns in the order `[channels, height, width]`: column `p` of
/// the graph's weights is column `result[p]` of theirs.
pub fn channels_last_columns(shape: &[usize]) -> Vec<usize> {
    let channels = shape.last().copied().unwrap_or(1);
    let positions: usize = shape.iter().rev().skip(1).product();
    (0..positions)
        .flat_map(|position| (0..channels).map(move |channel| channel * positions + position))
        .collect()
}
