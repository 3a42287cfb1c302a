//! A layer while it is built: what it reads, where errors go; and what comes out.

use super::Reported;
use super::dimensions::Dimensions;
use super::order::{FeatureOrder, Flattened};
use crate::ast;
use crate::diagnostics::Errors;
use crate::files::Files;
use crate::geometry::Window;
use crate::graph::{FloatOperator, FloatTensor, TensorId};
use crate::settings::{InputSpans, Settings};
use crate::weights::WeightStore;
use std::fmt::Display;

/// What all layers of a network share.
pub(super) struct Stage<'f> {
    /// Where files come from.
    pub(super) files: &'f dyn Files,
    /// Where weights come from.
    pub(super) weights: WeightStore<'f>,
    /// Shape of the input, where the file of a model says it.
    pub(super) model_input: Option<Vec<usize>>,
    /// What the `Input` says about quantisation, and where errors about it point.
    pub(super) settings: Option<(Settings, InputSpans)>,
    /// Flattens whose order the user was asked for already.
    pub(super) asked: Vec<usize>,
    /// Where errors go.
    pub(super) errors: &'f mut Errors,
}

/// A layer, and everything that building it needs.
pub(super) struct Layer<'a, 'f> {
    /// What the user wrote.
    pub(super) ast: &'a ast::Layer,
    /// All layers of the network.
    pub(super) all: &'a [ast::Layer],
    /// Its place among them.
    pub(super) index: usize,
    /// What it reads.
    pub(super) sources: Vec<Source>,
    /// Set where the size of its output is open, although it is stated: its weights say otherwise.
    pub(super) is_doubtful: bool,
    /// What all layers share.
    pub(super) stage: &'a mut Stage<'f>,
}

/// A layer that another one reads.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    /// Its label, or its kind if it has none: what messages call it.
    pub(super) name: String,
    /// What it makes.
    pub(super) made: Made,
}

/// What is known of a layer's output.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    /// The tensor and its shape, where it is known.
    pub(super) tensor: Option<(TensorId, Vec<usize>)>,
    /// Extent of the last axis: known more often than the shape.
    pub(super) channels: Option<usize>,
    /// How the values of a vector are counted.
    pub(super) order: FeatureOrder,
    /// Whether the layers so far show which axis PyTorch holds for the channels: a convolution does.
    pub(super) has_channels: bool,
    /// Whether its sizes are open, although they are stated: what reads it is not held against them.
    pub(super) is_doubtful: bool,
}

/// A tensor of known shape that a layer reads.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    /// The layer that makes it.
    pub(super) name: String,
    /// Its shape.
    pub(super) shape: Vec<usize>,
    /// How the values of a vector are counted.
    pub(super) order: FeatureOrder,
    /// See [`Made::has_channels`].
    pub(super) has_channels: bool,
}

/// What building a layer gives.
#[derive(Clone, Debug)]
pub(super) struct Output {
    /// Shape of what it makes, where it is known.
    pub(super) shape: Option<Vec<usize>>,
    /// Extent of the last axis, where it is known.
    pub(super) channels: Option<usize>,
    /// What it computes; `None` if anything is wrong, or for an `Input`.
    pub(super) operator: Option<FloatOperator>,
    /// How the values of a vector are counted.
    pub(super) order: FeatureOrder,
    /// See [`Made::has_channels`].
    pub(super) has_channels: bool,
    /// What the user says about the values.
    pub(super) info: FloatTensor,
}

impl Output {
    /// A known shape; `operator` is `None` if anything else is wrong.
    pub(super) fn new(shape: Vec<usize>, operator: Option<FloatOperator>) -> Self {
        Self { channels: shape.last().copied(), shape: Some(shape), operator, ..Self::unknown(None) }
    }

    /// An unknown shape, of which at most the number of channels is known.
    pub(super) fn unknown(channels: Option<usize>) -> Self {
        Self {
            shape: None,
            channels,
            operator: None,
            order: FeatureOrder::default(),
            has_channels: false,
            info: FloatTensor::default(),
        }
    }

    /// What a window makes of an image, or at least its channels.
    pub(super) fn windowed(
        dimensions: Dimensions,
        window: Result<Window, Reported>,
        channels: Option<usize>,
        operator: Result<FloatOperator, Reported>,
    ) -> Self {
        let output = match window {
            Ok(window) => Self::new(dimensions.declared(window.output), operator.ok()),
            Err(Reported) => Self::unknown(channels),
        };
        output.with_channels()
    }

    /// An operator that keeps the shape and the order of what it reads.
    pub(super) fn like(operand: Operand, operator: Option<FloatOperator>) -> Self {
        Self {
            order: operand.order,
            has_channels: operand.has_channels,
            ..Self::new(operand.shape, operator)
        }
    }

    /// The same of a layer whose last axis is, in every framework, the channels.
    pub(super) fn with_channels(self) -> Self {
        Self { has_channels: true, ..self }
    }
}

impl Layer<'_, '_> {
    /// What messages call the layer: its label, or its kind if it has none.
    pub(super) fn name(&self) -> String {
        name(self.ast)
    }

    /// Whether it makes the network's output.
    pub(super) fn is_last(&self) -> bool {
        self.index + 1 == self.all.len()
    }

    /// Reports an error of the layer as a whole.
    pub(super) fn error(&mut self, message: impl Display, help: impl Display) -> Reported {
        self.stage.errors.help(self.ast.span(), message, help);
        Reported
    }

    /// The tensor it reads, if its shape is known.
    pub(super) fn input(&self) -> Result<Operand, Reported> {
        self.sources.first().and_then(Source::operand).ok_or(Reported)
    }

    /// Channels of the tensor it reads: known more often than the shape.
    pub(super) fn input_channels(&self) -> Option<usize> {
        let made = &self.sources.first()?.made;
        made.channels.filter(|_| !made.is_doubtful)
    }

    /// All tensors it reads, if all shapes are known.
    pub(super) fn inputs(&self) -> Result<Vec<Operand>, Reported> {
        self.sources.iter().map(Source::operand).collect::<Option<_>>().ok_or(Reported)
    }

    /// The image it reads as `[height, width, channels]`; a sequence has height 1. Everything else is an error.
    pub(super) fn image(&mut self, dimensions: Dimensions) -> Result<[usize; 3], Reported> {
        let Operand { name, shape, .. } = self.input()?;
        if let Some(image) = dimensions.image(&shape) {
            return Ok(image);
        }
        let operator = &self.ast.operator;
        let help = match (dimensions, shape.as_slice()) {
            (Dimensions::Sequence, [_, _, _]) => {
                format!("`{}` takes images", operator.to_string().replace("1d", "2d"))
            }
            (Dimensions::Image, [height, width]) if operator == "DepthwiseConv2d" || self.reads_input() => {
                format!("an image has a channel axis: state `shape: [{height}, {width}, 1]` in `Input`")
            }
            (Dimensions::Image, [_, _]) => {
                format!("`{}` takes sequences", operator.to_string().replace("2d", "1d"))
            }
            _ => format!("a `Reshape` before it makes {} of a vector", dimensions.article()),
        };
        Err(self.error(
            format_args!("`{operator}` takes {}, but `{name}` makes {shape:?}", dimensions.description()),
            help,
        ))
    }

    /// Whether it reads the network's input.
    fn reads_input(&self) -> bool {
        self.sources
            .first()
            .is_some_and(|source| self.all.first().is_some_and(|first| source.name == name(first)))
    }

    /// Refuses a tensor whose values must be counted as they lie in memory, but are not, or nobody knows.
    pub(super) fn check_memory_order(&mut self, operand: &Operand) -> Result<(), Reported> {
        if operand.order.is_memory() {
            return Ok(());
        }
        let reader = self.name();
        if let Some(flattened) = operand.order.undecided() {
            return Err(self.ask_order(flattened, format_args!("`{reader}` reads them")));
        }
        match operand.order.first() {
            Some(flattened) => Err(self.refuse_channels_first(flattened, &format!("`{reader}`"))),
            None => Ok(()),
        }
    }

    /// The same for the network's output, which the caller reads.
    pub(super) fn check_output_order(&mut self, order: &FeatureOrder) -> Result<(), Reported> {
        match (order.undecided(), order.first()) {
            (Some(flattened), _) => Err(self.ask_order(flattened, "the caller reads the output")),
            (None, Some(flattened)) => {
                Err(self.refuse_channels_first(flattened, "the caller of the network"))
            }
            (None, None) => Ok(()),
        }
    }

    /// Asks, once, in which order a Flatten counts, with the reason.
    pub(super) fn ask_order(&mut self, flattened: Flattened, reason: impl Display) -> Reported {
        let Some(flatten) = self.all.get(flattened.layer) else { return Reported };
        if !self.stage.asked.contains(&flattened.layer) {
            self.stage.asked.push(flattened.layer);
            let Flattened { positions, channels, .. } = flattened;
            self.stage.errors.help(
                flatten.span(),
                format_args!(
                    "`{}` flattens {positions} x {channels} values, and nothing says in which order: \
                     {reason}",
                    name(flatten)
                ),
                format_args!(
                    "state `order: ChannelsLast` if the values of one position stand side by side (Keras, \
                     or an input of this shape as it is), `order: ChannelsFirst` if those of one channel do \
                     (PyTorch's `[channels, …]`)"
                ),
            );
        }
        Reported
    }

    /// Refuses a Flatten in PyTorch's order that something else than a `Dense` reads.
    fn refuse_channels_first(&mut self, flattened: Flattened, reader: &str) -> Reported {
        let flatten = self.all.get(flattened.layer).map(name).unwrap_or_default();
        self.error(
            format_args!("{reader} reads `{flatten}` channels first, which only a `Dense` can"),
            "memory is channels last, and only weights can be moved to suit it: state `order: ChannelsLast` \
             and count the values so",
        )
    }

    /// The order of what it reads, with everything decided; asks where nothing decides.
    pub(super) fn decided_order(&mut self, operand: &Operand) -> Result<FeatureOrder, Reported> {
        match operand.order.undecided() {
            None => Ok(operand.order.clone()),
            Some(flattened) => {
                let reason = format!("`{}` has a number for each value", self.name());
                Err(self.ask_order(flattened, reason))
            }
        }
    }
}

impl Source {
    fn operand(&self) -> Option<Operand> {
        let (_, shape) = self.made.tensor.as_ref().filter(|_| !self.made.is_doubtful)?;
        Some(Operand {
            name: self.name.clone(),
            shape: shape.clone(),
            order: self.made.order.clone(),
            has_channels: self.made.has_channels,
        })
    }
}

/// What messages call a layer: its label, or its kind if it has none.
pub(super) fn name(layer: &ast::Layer) -> String {
    layer.label.as_ref().unwrap_or(&layer.operator).to_string()
}

/// `1 channel`, `2 channels`.
pub(super) fn count(number: impl Display + PartialEq<usize>, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
