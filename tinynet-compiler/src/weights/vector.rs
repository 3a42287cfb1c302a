//! One number a channel: biases, the four vectors of BatchNorm, the slopes of PRelu.

use super::inline::Numbers;
use super::{Found, Layout, Place, Role, WeightStore};
use crate::ast::{Layer, Value, ValueKind};
use crate::diagnostics::Errors;

/// Trained numbers of a BatchNorm: `(x - mean) / sqrt(variance + epsilon) · scale + offset`, one of each a channel.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the formula says it")]
pub struct BatchNorm {
    pub scale: Vec<f32>,
    pub offset: Vec<f32>,
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
}

const SCALE: Role =
    Role { option: "scale", entries: &[("weight", Layout::PyTorch), ("gamma", Layout::Keras)] };

const OFFSET: Role =
    Role { option: "offset", entries: &[("bias", Layout::PyTorch), ("beta", Layout::Keras)] };

const MEAN: Role =
    Role { option: "mean", entries: &[("running_mean", Layout::PyTorch), ("moving_mean", Layout::Keras)] };

const VARIANCE: Role = Role {
    option: "variance",
    entries: &[("running_var", Layout::PyTorch), ("moving_variance", Layout::Keras)],
};

const SLOPES: Role =
    Role { option: "slopes", entries: &[("weight", Layout::PyTorch), ("alpha", Layout::Keras)] };

const HELP: &str = "save the numbers as float32";

impl WeightStore<'_> {
    /// The vectors of a BatchNorm over `channels`; `None` where something is wrong (reported) or no file can be seen.
    pub fn batch_norm(&mut self, layer: &Layer, channels: usize, errors: &mut Errors) -> Option<BatchNorm> {
        let roles = [&SCALE, &OFFSET, &MEAN, &VARIANCE].map(|role| (role, Numbers::Real));
        let found = self.find_all(layer, roles, errors);
        let [scale, offset, mean, variance] = found.map(|found| {
            let found = found?;
            let values = read(&found, channels, HELP, errors)?.expand(channels);
            Some((found, values))
        });
        let variance = variance.filter(|(found, values)| check_variance(found, values, errors));
        Some(BatchNorm { scale: scale?.1, offset: offset?.1, mean: mean?.1, variance: variance?.1 })
    }

    /// The slopes of a PRelu over `channels`, one a channel; `None` where something is wrong (reported) or no file can
    /// be seen.
    pub fn slopes(&mut self, layer: &Layer, channels: usize, errors: &mut Errors) -> Option<Vec<f32>> {
        let [found] = self.find_all(layer, [(&SLOPES, Numbers::Real)], errors);
        read_slopes(&found?, channels, errors)
    }
}

/// One number a channel.
#[derive(Clone, Copy)]
pub(super) enum Vector<'f> {
    /// Stated one by one.
    Each(&'f [f32]),
    /// One number for all.
    All(f32),
}

impl Vector<'_> {
    /// The numbers of `length` channels.
    pub(super) fn expand(self, length: usize) -> Vec<f32> {
        match self {
            Vector::Each(values) => values.to_vec(),
            Vector::All(value) => vec![value; length],
        }
    }
}

/// A vector of `length` real numbers. A single number in the declaration stands for all of them.
pub(super) fn read<'f>(
    found: &'f Found<'_>,
    length: usize,
    integers_help: &str,
    errors: &mut Errors,
) -> Option<Vector<'f>> {
    let is_number = matches!(found.place, Place::Value(Value { kind: ValueKind::Number(_), .. }));
    if !is_number && found.array.shape != [length] {
        found.error(
            format_args!(
                "{} has shape {:?}, but this layer needs {:?}",
                found.name,
                found.array.shape,
                [length]
            ),
            format_args!("one number for each of the {length} output channels"),
            errors,
        );
        return None;
    }
    let values = found.reals(integers_help, errors)?;
    Some(if is_number { Vector::All(values[0]) } else { Vector::Each(values) })
}

/// Slopes may be one for all channels (PyTorch's default); Keras keeps the shared axes at length 1.
fn read_slopes(found: &Found<'_>, channels: usize, errors: &mut Errors) -> Option<Vec<f32>> {
    let (last, shared) =
        found.array.shape.split_last().map_or((1, [].as_slice()), |(last, shared)| (*last, shared));
    if !(last == 1 || last == channels) || shared.iter().any(|&axis| axis != 1) {
        found.error(
            format_args!(
                "{} has shape {:?}, but there are {channels} channels",
                found.name, found.array.shape
            ),
            "a slope belongs to a channel: in Keras, train with `PReLU(shared_axes=[1, 2])` on images and \
             `PReLU(shared_axes=[1])` on sequences",
            errors,
        );
        return None;
    }
    let values = found.reals(HELP, errors)?;
    Some(if last == 1 { vec![values[0]; channels] } else { values.to_vec() })
}

/// Reports a negative variance.
fn check_variance(found: &Found<'_>, values: &[f32], errors: &mut Errors) -> bool {
    let Some(index) = values.iter().position(|&value| value < 0.0) else { return true };
    found.error(
        format_args!("{} holds {} at [{index}], but no variance is negative", found.name, values[index]),
        "check that the variance was saved, not another vector of the layer",
        errors,
    );
    false
}
