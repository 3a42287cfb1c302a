//! Values of options, typed and checked. A wrong value is reported with what was expected, what is there and a remedy.
//!
//! All readers answer `Ok(None)` for an option that was not written.

use super::dimensions::Dimensions;
use super::layer::Layer;
use super::window::{PaddingRule, Sliding};
use super::{LARGEST_TENSOR, Reported};
use crate::ast::{Value, ValueKind};
use crate::geometry::Padding;
use crate::graph::{Unroll, Wishes};
use crate::precision::PrecisionChoice;
use crate::pruning::{PrunedWeights, Pruning};
use crate::settings::Activations;
use crate::suggestion::closest;
use crate::vocabulary;
use crate::weights::Layout;
use std::fmt::Display;

/// What reading an option gives.
pub(super) type Read<T> = Result<Option<T>, Reported>;

impl<'a> Layer<'a, '_> {
    /// The value of the option `name`.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.ast.option(name).map(|option| &option.value)
    }

    /// What `read` makes of the option `name`.
    fn read<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self, &'a Value) -> Result<T, Reported>,
    ) -> Read<T> {
        match self.value(name) {
            Some(value) => read(self, value).map(Some),
            None => Ok(None),
        }
    }

    /// Passes over an option without which the layer makes no sense: its absence is reported already, with the names.
    pub(super) fn required<T>(read: Read<T>) -> Result<T, Reported> {
        read?.ok_or(Reported)
    }

    /// Reports a value of the wrong kind. `example` is a right one.
    pub(super) fn wrong(&mut self, name: &str, value: &Value, example: &str) -> Reported {
        if matches!(value.kind, ValueKind::Missing) {
            return Reported;
        }
        let description = vocabulary::operator(&self.ast.operator.to_string())
            .and_then(|operator| operator.option(name))
            .map_or("another value", |option| option.values.description);
        let help = match &value.kind {
            ValueKind::Text(text) if is_word(&text.value()) && example.starts_with(char::is_uppercase) => {
                format!("write it without quotes: `{name}: {}`", text.value())
            }
            ValueKind::Number(number)
                if number.value.fract() == 0.0 && !number.is_integer && number.value > 0.0 =>
            {
                format!("write it without a point: `{name}: {}`", number.value)
            }
            ValueKind::Word(word) if is_constant(&word.to_string()) => {
                "a macro sees names, not the values of your constants: write the value itself".into()
            }
            _ => format!("for instance `{name}: {example}`"),
        };
        self.refuse(value, format_args!("`{name}` takes {description}, found {}", found(value)), help)
    }

    /// Reports a value that is wrong for another reason.
    pub(super) fn refuse(&mut self, value: &Value, message: impl Display, help: impl Display) -> Reported {
        self.stage.errors.help_value(value, message, help);
        Reported
    }

    /// A positive integer.
    pub(super) fn count(&mut self, name: &str) -> Read<usize> {
        self.read(name, |layer, value| layer.count_of(name, value, "8"))
    }

    /// The positive integer that a value is.
    fn count_of(&mut self, name: &str, value: &Value, example: &str) -> Result<usize, Reported> {
        match integer(value) {
            Some(number) if number >= 1.0 => self.size(name, value, number),
            _ => Err(self.wrong(name, value, example)),
        }
    }

    /// An integer.
    pub(super) fn integer(&mut self, name: &str) -> Read<i64> {
        self.read(name, |layer, value| match integer(value) {
            // Integers of the language are at most 2^53.
            Some(number) => Ok(number as i64),
            None => Err(layer.wrong(name, value, "1")),
        })
    }

    /// A number.
    pub(super) fn number(&mut self, name: &str) -> Read<f64> {
        self.read(name, |layer, value| number(value).ok_or_else(|| layer.wrong(name, value, "0.5")))
    }

    /// `true` or `false`.
    pub(super) fn switch(&mut self, name: &str) -> Read<bool> {
        self.read(name, |layer, value| match value.kind {
            ValueKind::Bool(switch) => Ok(switch),
            _ => Err(layer.wrong(name, value, "true")),
        })
    }

    /// One of `words`.
    pub(super) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Read<T> {
        self.read(name, |layer, value| {
            let ValueKind::Word(word) = &value.kind else {
                return Err(layer.wrong(name, value, words.first().map_or("", |(word, _)| word)));
            };
            match words.iter().find(|(known, _)| word == known) {
                Some((_, meaning)) => Ok(*meaning),
                None => Err(layer.unknown_word(name, value, words.iter().map(|(word, _)| *word))),
            }
        })
    }

    /// Reports a word that `name` does not take.
    fn unknown_word<'w>(
        &mut self,
        name: &str,
        value: &Value,
        words: impl Iterator<Item = &'w str> + Clone,
    ) -> Reported {
        let ValueKind::Word(word) = &value.kind else { return Reported };
        let example = words.clone().next().unwrap_or_default();
        let letters = |word: &str| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        match closest(&word.to_string(), words) {
            // A number of bits is no typing error: what there is helps more than the nearest.
            Some(meant) if letters(meant) == letters(&word.to_string()) => self.wrong(name, value, meant),
            Some(meant) => self.refuse(
                value,
                format_args!("`{name}` has no `{word}`"),
                format_args!("did you mean `{meant}`?"),
            ),
            None => self.wrong(name, value, example),
        }
    }

    /// A shape: one to three positive integers.
    pub(super) fn shape(&mut self, name: &str) -> Read<Vec<usize>> {
        self.read(name, |layer, value| {
            let ValueKind::List(items) = &value.kind else {
                return Err(layer.wrong(name, value, "[8, 8, 1]"));
            };
            if !(1..=3).contains(&items.len()) {
                return Err(layer.refuse(
                    value,
                    format_args!("a shape has one, two or three axes, found {}", found(value)),
                    "tensors are vectors [features], sequences [length, channels] or images [height, width, \
                     channels], without a batch axis",
                ));
            }
            layer.counts(name, items, "[8, 8, 1]")
        })
    }

    /// Positive integers in a list.
    fn counts(&mut self, name: &str, items: &'a [Value], example: &str) -> Result<Vec<usize>, Reported> {
        // Read all before failing: each wrong one is an error of its own.
        let counts: Vec<_> = items.iter().map(|item| self.count_of(name, item, example)).collect();
        counts.into_iter().collect()
    }

    /// A non-negative integer that is no larger than any tensor.
    fn size(&mut self, name: &str, value: &Value, number: f64) -> Result<usize, Reported> {
        if number > LARGEST_TENSOR as f64 {
            return Err(self.refuse(
                value,
                format_args!(
                    "`{name}` is {number}, more than the {LARGEST_TENSOR} values that a tensor may have"
                ),
                "check the number: networks for microcontrollers are far smaller",
            ));
        }
        Ok(number as usize)
    }

    /// Height and width of something that slides: along a sequence one number, over an image one or two.
    pub(super) fn extent(&mut self, name: &str, dimensions: Dimensions) -> Read<[usize; 2]> {
        match dimensions {
            Dimensions::Sequence => Ok(self.count(name)?.map(|width| [1, width])),
            Dimensions::Image => self.read(name, |layer, value| match &value.kind {
                ValueKind::List(items) if items.len() == 2 => {
                    let counts = layer.counts(name, items, "[2, 2]")?;
                    <[usize; 2]>::try_from(counts).map_err(|_| Reported)
                }
                ValueKind::List(_) => Err(layer.wrong(name, value, "[2, 2]")),
                _ => Ok([layer.count_of(name, value, "[2, 2]")?; 2]),
            }),
        }
    }

    /// Kernel, stride, padding and dilation. The kernel is called `kernel_name`; the stride is 1 by default, or where
    /// `stride_is_kernel` the kernel's size.
    pub(super) fn sliding(
        &mut self,
        kernel_name: &str,
        stride_is_kernel: bool,
        dimensions: Dimensions,
    ) -> Result<Sliding, Reported> {
        let kernel = Self::required(self.extent(kernel_name, dimensions));
        let stride = self.extent("stride", dimensions);
        let dilation = self.extent("dilation", dimensions);
        let padding = self.padding(dimensions);
        let (kernel, stride, dilation, padding) = (kernel?, stride?, dilation?, padding?);
        Ok(Sliding {
            kernel,
            stride: stride.unwrap_or(if stride_is_kernel { kernel } else { [1, 1] }),
            dilation: dilation.unwrap_or([1, 1]),
            padding: padding.unwrap_or(PaddingRule::Valid),
        })
    }

    /// The option `padding` of a window.
    fn padding(&mut self, dimensions: Dimensions) -> Read<PaddingRule> {
        match self.value("padding").map(|value| &value.kind) {
            Some(ValueKind::Number(_) | ValueKind::List(_)) => {
                Ok(self.margin("padding", dimensions)?.map(PaddingRule::Explicit))
            }
            _ => self.word("padding", &[("Same", PaddingRule::Same), ("Valid", PaddingRule::Valid)]),
        }
    }

    /// Amounts around an image: `n`, `[vertical, horizontal]` or `[top, bottom, left, right]`; around a sequence: `n` or
    /// `[before, after]`.
    pub(super) fn margin(&mut self, name: &str, dimensions: Dimensions) -> Read<Padding> {
        let example = if dimensions == Dimensions::Image { "[1, 1]" } else { "1" };
        self.read(name, |layer, value| {
            let items = match &value.kind {
                ValueKind::List(items) => items.as_slice(),
                _ => std::slice::from_ref(value),
            };
            let amount = |item: &'a Value| match integer(item) {
                Some(number) if number >= 0.0 => layer.size(name, item, number),
                _ => Err(layer.wrong(name, item, example)),
            };
            let amounts: Vec<_> = items.iter().map(amount).collect();
            let amounts: Vec<usize> = amounts.into_iter().collect::<Result<_, _>>()?;
            let is_list = matches!(value.kind, ValueKind::List(_));
            let [top, bottom, left, right] = match (dimensions, is_list, amounts.as_slice()) {
                (Dimensions::Sequence, false, &[n]) => [0, 0, n, n],
                (Dimensions::Sequence, true, &[before, after]) => [0, 0, before, after],
                (Dimensions::Image, false, &[n]) => [n; 4],
                (Dimensions::Image, true, &[v, h]) => [v, v, h, h],
                (Dimensions::Image, true, &[top, bottom, left, right]) => [top, bottom, left, right],
                _ => return Err(layer.wrong_margin(name, value, dimensions)),
            };
            Ok(Padding { top, bottom, left, right })
        })
    }

    fn wrong_margin(&mut self, name: &str, value: &Value, dimensions: Dimensions) -> Reported {
        let help = match dimensions {
            Dimensions::Sequence => "around a sequence: one number for both ends, or `[before, after]`",
            Dimensions::Image => {
                "around an image: one number for all sides, `[vertical, horizontal]` or `[top, bottom, \
                 left, right]`"
            }
        };
        self.refuse(value, format_args!("`{name}` cannot be {}", found(value)), help)
    }

    /// Two numbers, the first below the second.
    pub(super) fn range(&mut self, name: &str) -> Read<[f64; 2]> {
        self.read(name, |layer, value| {
            let numbers: Option<Vec<f64>> = match &value.kind {
                ValueKind::List(items) if items.len() == 2 => items.iter().map(number).collect(),
                _ => None,
            };
            let Some(&[min, max]) = numbers.as_deref() else {
                return Err(layer.wrong(name, value, "[-1.0, 1.0]"));
            };
            if min < max {
                return Ok([min, max]);
            }
            Err(layer.refuse(
                value,
                format_args!("`{name}` from {min} to {max} holds no numbers"),
                "state the smaller end first: `[min, max]`",
            ))
        })
    }

    /// The option `layout` of a layer with weights.
    pub(super) fn layout(&mut self) -> Read<Layout> {
        self.word("layout", &[("PyTorch", Layout::PyTorch), ("Keras", Layout::Keras)])
    }

    /// The option `precision`.
    pub(super) fn precision(&mut self) -> Read<PrecisionChoice> {
        self.read("precision", |layer, value| match &value.kind {
            ValueKind::Word(word) if word == "Int16" => Err(layer.refuse(
                value,
                "`precision` is the number format of weights, which have eight bits at the most, found `Int16`",
                "tensors of 16 bits are `activations: Int16`",
            )),
            _ => Ok(()),
        })?;
        self.word("precision", &PrecisionChoice::ALL)
    }

    /// The option `activations`.
    pub(super) fn activations(&mut self) -> Read<Activations> {
        let all = [("Int8", Activations::Int8), ("Int4", Activations::Int4), ("Int16", Activations::Int16)];
        self.word("activations", &all)
    }

    /// The options that say which weights of a layer become 0.
    fn pruning(&mut self) -> Result<Pruning, Reported> {
        let weights = self.prune();
        let channels = self.share("prune_channels");
        let inputs = self.share("prune_inputs");
        Ok(Pruning { weights: weights?, channels: channels?, inputs: inputs? })
    }

    /// The option `prune`: a share, or `[n, m]` for n of every m.
    pub(super) fn prune(&mut self) -> Read<PrunedWeights> {
        let Some(ValueKind::List(items)) = self.value("prune").map(|value| &value.kind) else {
            return Ok(self.share("prune")?.map(PrunedWeights::Share));
        };
        self.read("prune", |layer, value| {
            if items.len() != 2 {
                return Err(layer.wrong("prune", value, "[2, 4]"));
            }
            match layer.counts("prune", items, "[2, 4]")?.as_slice() {
                &[kept, group] if kept < group => Ok(PrunedWeights::Groups { kept, group }),
                counts => Err(layer.refuse(
                    value,
                    format_args!("`prune: {counts:?}` leaves no weight out"),
                    "state how many of how many neighbouring weights stay: `prune: [2, 4]`",
                )),
            }
        })
    }

    /// A part of 1, which is not all of it.
    fn share(&mut self, name: &str) -> Read<f64> {
        self.read(name, |layer, value| match number(value) {
            Some(share) if (0.0..1.0).contains(&share) => Ok(share),
            Some(_) => Err(layer.refuse(
                value,
                format_args!("`{name}` is the share that becomes 0, found {}", found(value)),
                "a share is at least 0 and less than 1: `0.6` of ten are six",
            )),
            None => Err(layer.wrong(name, value, "0.6")),
        })
    }

    /// The options that say how a layer is compiled.
    pub(super) fn wishes(&mut self) -> Result<Wishes, Reported> {
        let precision = self.precision();
        let activations = self.activations();
        let pruning = self.pruning();
        let unroll =
            self.word("unroll", &[("Auto", Unroll::Auto), ("Full", Unroll::Full), ("Loop", Unroll::Loop)]);
        let range = self.range("range");
        Ok(Wishes {
            precision: precision?,
            activations: activations?,
            pruning: pruning?,
            unroll: unroll?.unwrap_or_default(),
            range: range?,
            ..Wishes::default()
        })
    }
}

/// The number that a value is.
fn number(value: &Value) -> Option<f64> {
    match value.kind {
        ValueKind::Number(number) => Some(number.value).filter(|value| value.is_finite()),
        _ => None,
    }
}

/// The integer that a value is.
fn integer(value: &Value) -> Option<f64> {
    match value.kind {
        ValueKind::Number(number) if number.is_integer => Some(number.value),
        _ => None,
    }
}

/// A value in words, for messages.
pub(super) fn found(value: &Value) -> String {
    match &value.kind {
        ValueKind::Missing => "nothing".into(),
        ValueKind::Number(number) if number.is_integer => format!("{}", number.value),
        ValueKind::Number(number) => format!("{:?}", number.value),
        ValueKind::Text(_) => "text".into(),
        ValueKind::Word(word) => format!("`{word}`"),
        ValueKind::Bool(switch) => format!("`{switch}`"),
        ValueKind::List(items) => match items.len() {
            0 => "an empty list".into(),
            1 => "a list of 1 value".into(),
            length => format!("a list of {length} values"),
        },
        ValueKind::Call(name, _) => format!("`{name}(…)`"),
        ValueKind::Function(_) => "a function".into(),
    }
}

/// Whether a word looks like a constant of the user's.
fn is_constant(word: &str) -> bool {
    word.len() > 1 && !word.contains(char::is_lowercase)
}

/// Whether text could have been a word.
fn is_word(text: &str) -> bool {
    text.len() <= 20 && text.starts_with(char::is_uppercase) && text.chars().all(char::is_alphanumeric)
}
