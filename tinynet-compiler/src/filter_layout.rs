//! Where the weights of an output channel lie, and what they multiply.

use crate::graph::FloatOperator;

/// Layout of the weights of a linear operator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FilterLayout {
    /// Number of output channels.
    pub(crate) channels: usize,
    /// Number of weights of an output channel.
    pub(crate) taps: usize,
    /// Number of input channels, or of inputs of a fully connected layer.
    pub(crate) inputs: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// `[channels][taps]`; a tap is a place in the kernel and a channel of the group.
    Grouped { group_inputs: usize, group_channels: usize },
    /// `[taps][channels]`, `multiplier` output channels an input channel.
    Depthwise { multiplier: usize },
}

impl FilterLayout {
    /// The layout of an operator with weights; that of others is empty.
    pub(crate) fn new(operator: &FloatOperator) -> Self {
        match operator {
            FloatOperator::Dense(filter) => {
                let channels = filter.bias.len();
                let inputs = filter.weights.len().checked_div(channels).unwrap_or(0);
                let kind = Kind::Grouped { group_inputs: inputs, group_channels: channels };
                Self { channels, taps: inputs, inputs, kind }
            }
            FloatOperator::Conv2d { window, groups, .. } => {
                let [inputs, channels] = [window.input[2], window.output[2]];
                let [group_inputs, group_channels] = [inputs / groups, channels / groups];
                let taps = window.kernel[0] * window.kernel[1] * group_inputs;
                Self { channels, taps, inputs, kind: Kind::Grouped { group_inputs, group_channels } }
            }
            FloatOperator::TransposeConv2d { window, .. } => {
                let [inputs, channels] = [window.input[2], window.output[2]];
                let taps = window.kernel[0] * window.kernel[1] * inputs;
                let kind = Kind::Grouped { group_inputs: inputs, group_channels: channels };
                Self { channels, taps, inputs, kind }
            }
            FloatOperator::DepthwiseConv2d { window, multiplier, .. } => Self {
                channels: window.output[2],
                taps: window.kernel[0] * window.kernel[1],
                inputs: window.input[2],
                kind: Kind::Depthwise { multiplier: *multiplier },
            },
            _ => Self { channels: 0, taps: 0, inputs: 0, kind: Kind::Depthwise { multiplier: 1 } },
        }
    }

    /// Index of a weight.
    pub(crate) fn weight(&self, channel: usize, tap: usize) -> usize {
        match self.kind {
            Kind::Grouped { .. } => channel * self.taps + tap,
            Kind::Depthwise { .. } => tap * self.channels + channel,
        }
    }

    /// Number of neighbouring inputs that an output channel reads at each place of the kernel.
    pub(crate) fn neighbors(&self) -> usize {
        match self.kind {
            Kind::Grouped { group_inputs, .. } => group_inputs,
            Kind::Depthwise { .. } => 1,
        }
    }

    /// Number of output channels that read the same inputs.
    pub(crate) fn sharing(&self) -> usize {
        match self.kind {
            Kind::Grouped { group_channels, .. } => group_channels,
            Kind::Depthwise { multiplier } => multiplier,
        }
        .max(1)
    }

    /// Index of what a weight multiplies in `[kernel height, kernel width, input channels]`.
    pub(crate) fn input(&self, channel: usize, tap: usize) -> usize {
        match self.kind {
            Kind::Grouped { group_inputs, group_channels } => {
                let (place, input) = (tap / group_inputs, tap % group_inputs);
                place * self.inputs + channel / group_channels * group_inputs + input
            }
            Kind::Depthwise { multiplier } => tap * self.inputs + channel / multiplier,
        }
    }
}
