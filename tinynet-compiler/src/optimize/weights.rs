//! Operators with weights, whatever their layout: which weight lies between which channels.

use crate::geometry::{Padding, Window};
use crate::quantized::{Linear, QuantizedOperator};

/// An operator with weights.
#[derive(Clone, Copy)]
pub(super) struct Weighted<'a> {
    pub(super) linear: &'a Linear,
    layout: Layout<'a>,
    inputs: usize,
}

#[derive(Clone, Copy)]
enum Layout<'a> {
    Dense,
    Conv2d { window: &'a Window, groups: usize },
    DepthwiseConv2d { window: &'a Window, multiplier: usize },
}

/// A weight and the channels between which it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Connection {
    pub(super) input: usize,
    pub(super) output: usize,
    pub(super) weight: i8,
}

impl<'a> Weighted<'a> {
    /// The operator, if it has weights; its input has so many channels.
    pub(super) fn new(operator: &'a QuantizedOperator, inputs: usize) -> Option<Self> {
        let (linear, layout) = match operator {
            QuantizedOperator::Dense(linear) => (linear, Layout::Dense),
            QuantizedOperator::Conv2d { window, groups, linear } => {
                (linear, Layout::Conv2d { window, groups: *groups })
            }
            QuantizedOperator::DepthwiseConv2d { window, multiplier, linear } => {
                (linear, Layout::DepthwiseConv2d { window, multiplier: *multiplier })
            }
            _ => return None,
        };
        Some(Self { linear, layout, inputs })
    }

    /// Number of input channels. A dense layer may read several values of each: those of a whole image.
    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    /// Number of output channels.
    pub(super) fn outputs(&self) -> usize {
        self.linear.bias.len()
    }

    /// Whether every output channel reads every input channel.
    pub(super) fn is_full(&self) -> bool {
        match self.layout {
            Layout::Dense => true,
            Layout::Conv2d { groups, .. } => groups == 1,
            Layout::DepthwiseConv2d { .. } => false,
        }
    }

    /// Whether some products are left out at some positions.
    pub(super) fn has_border(&self) -> bool {
        match self.layout {
            Layout::Dense => false,
            Layout::Conv2d { window, .. } | Layout::DepthwiseConv2d { window, .. } => {
                window.padding != Padding::default()
            }
        }
    }

    /// All weights, in the order of their memory.
    pub(super) fn connections(&self) -> impl Iterator<Item = Connection> + use<'a> {
        let (inputs, outputs, layout) = (self.inputs(), self.outputs(), self.layout);
        let taps = self.linear.weights.len() / outputs.max(1);
        self.linear.weights.iter().enumerate().map(move |(index, &weight)| {
            let (input, output) = match layout {
                Layout::Dense => (index % taps % inputs, index / taps),
                Layout::Conv2d { groups, .. } => {
                    let (output, group_inputs) = (index / taps, inputs / groups);
                    let group = output / (outputs / groups);
                    (group * group_inputs + index % group_inputs, output)
                }
                Layout::DepthwiseConv2d { multiplier, .. } => (index % outputs / multiplier, index % outputs),
            };
            Connection { input, output, weight }
        })
    }
}
