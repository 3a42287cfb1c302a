//! Straight-line code: every weight an immediate, every index known.
//!
//! What a layer with weights computes is written out as [`Sum`]s over known places of an input. A convolution is written
//! out either for one position, and a loop gathers what lies under the window, or, where it is tiny, for all positions.

use crate::kernel_parameters::{LinearKernel, LinearParameters};
use std::ops::Range;
use tinynet_core::kernels::Window;

/// A layer as sums of products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrolled {
    /// What the sums read and how often they are computed.
    pub extent: Extent,
    /// Number of values that the sums index.
    pub inputs: usize,
    /// One an output, in the order of the output's memory (of one pixel where there is a loop over pixels).
    pub sums: Vec<Sum>,
}

/// How much of a layer its straight-line code covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The sums read the input and make the whole output.
    Whole,
    /// The sums read a patch, all values under the window, and make one pixel of the output; a loop goes over the pixels.
    Pixel {
        /// Sizes and steps.
        window: Window,
        /// What a patch holds where it lies outside the image.
        border: i32,
    },
}

/// `bias + Σ weight · input[place]`, requantised as `channel`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Output channel: the entry of the requantise parameters.
    pub channel: usize,
    /// In accumulator units, rounding and zero points folded in.
    pub bias: i32,
    /// Only what is not zero, in the order of the places.
    pub terms: Vec<Term>,
}

/// One product of a [`Sum`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Index of the input.
    pub place: usize,
    /// Factor, not zero.
    pub weight: i8,
}

/// Products of one function, about: rustc's cost grows with the square of a function's size, and large functions spill.
const TERMS_A_FUNCTION: usize = 160;

/// A convolution of up to this many products is written out for all positions.
const TINY: usize = 256;

impl Unrolled {
    /// Writes a layer out.
    pub fn new(kernel: &LinearKernel, parameters: &LinearParameters) -> Self {
        match *kernel {
            LinearKernel::Dense { inputs, outputs } => Self {
                extent: Extent::Whole,
                inputs,
                sums: (0..outputs).map(|output| dense_sum(parameters, inputs, output)).collect(),
            },
            LinearKernel::Conv2d { window, .. } | LinearKernel::DepthwiseConv2d { window, .. } => {
                let filters = Filters { kernel, parameters, window: &window };
                let pixels = window.output[0] * window.output[1];
                let products = parameters.weights.iter().filter(|&&weight| weight != 0).count() * pixels;
                if products <= TINY { filters.whole() } else { filters.pixel() }
            }
        }
    }

    /// Number of products, all sums together.
    pub fn terms(&self) -> usize {
        self.sums.iter().map(|sum| sum.terms.len()).sum()
    }

    /// The functions that the code is divided into: which sums each computes.
    pub fn functions(&self) -> Vec<Range<usize>> {
        let mut functions = Vec::new();
        let mut begin = 0;
        while begin < self.sums.len() {
            let mut end = begin + 1;
            let mut terms = self.sums[begin].terms.len();
            while end < self.sums.len() && terms + self.sums[end].terms.len() <= TERMS_A_FUNCTION {
                terms += self.sums[end].terms.len();
                end += 1;
            }
            functions.push(begin..end);
            begin = end;
        }
        functions
    }

    /// How often the sums are computed in one inference.
    pub fn repetitions(&self) -> usize {
        match self.extent {
            Extent::Whole => 1,
            Extent::Pixel { window, .. } => window.output[0] * window.output[1],
        }
    }

    /// Elements of scratch: a patch, where none lies in the input in one piece.
    pub fn scratch(&self) -> usize {
        match self.extent {
            Extent::Whole => 0,
            Extent::Pixel { window, .. } => window.scratch(1),
        }
    }
}

/// Which inputs sums read, in their order.
pub fn places(sums: &[Sum]) -> Vec<usize> {
    let mut places: Vec<usize> =
        sums.iter().flat_map(|sum| sum.terms.iter().map(|term| term.place)).collect();
    places.sort_unstable();
    places.dedup();
    places
}

fn dense_sum(parameters: &LinearParameters, inputs: usize, output: usize) -> Sum {
    let row = &parameters.weights[output * inputs..][..inputs];
    let terms = row.iter().enumerate().filter_map(|(place, &weight)| term(place, weight));
    Sum { channel: output, bias: parameters.bias[output], terms: terms.collect() }
}

fn term(place: usize, weight: u8) -> Option<Term> {
    (weight != 0).then_some(Term { place, weight: weight as i8 })
}

/// The filters of a convolution.
struct Filters<'a> {
    kernel: &'a LinearKernel,
    parameters: &'a LinearParameters,
    window: &'a Window,
}

/// Index of a tap: vertical and horizontal place in the kernel, and input channel.
type Tap = [usize; 3];

impl Filters<'_> {
    /// The taps of an output channel that are not zero, with their weights.
    fn taps(&self, filter: usize) -> Vec<(Tap, i8)> {
        let Window { input: [_, _, channels], output: [_, _, filters], kernel: [height, width], .. } =
            *self.window;
        let (first_channel, tap_channels, depthwise) = match *self.kernel {
            LinearKernel::Conv2d { groups, .. } => {
                let group_channels = channels / groups;
                (filter / (filters / groups) * group_channels, group_channels, false)
            }
            LinearKernel::DepthwiseConv2d { multiplier, .. } => (filter / multiplier, 1, true),
            LinearKernel::Dense { .. } => (0, 0, false),
        };
        let mut taps = Vec::new();
        for v in 0..height {
            for h in 0..width {
                for channel in 0..tap_channels {
                    let index = if depthwise {
                        (v * width + h) * filters + filter
                    } else {
                        ((filter * height + v) * width + h) * tap_channels + channel
                    };
                    let weight = self.parameters.weights[index] as i8;
                    if weight != 0 {
                        taps.push(([v, h, first_channel + channel], weight));
                    }
                }
            }
        }
        taps
    }

    /// The bias for a border of zero points: a depthwise kernel takes the zero point off tap by tap, and its bias does
    /// not hold it yet.
    fn bias(&self, filter: usize, taps: &[(Tap, i8)]) -> i32 {
        let bias = self.parameters.bias[filter];
        match self.kernel {
            LinearKernel::DepthwiseConv2d { .. } => {
                let sum: i32 = taps.iter().map(|&(_, weight)| i32::from(weight)).fold(0, i32::wrapping_add);
                bias.wrapping_sub(sum.wrapping_mul(self.parameters.input_zero_point))
            }
            _ => bias,
        }
    }

    /// One position.
    fn pixel(&self) -> Unrolled {
        let Window { input: [_, _, channels], output: [_, _, filters], kernel: [height, width], .. } =
            *self.window;
        let sum = |filter| {
            let taps = self.taps(filter);
            let bias = self.bias(filter, &taps);
            let place = |[v, h, channel]: Tap| (v * width + h) * channels + channel;
            let terms = taps.into_iter().map(|(tap, weight)| Term { place: place(tap), weight }).collect();
            Sum { channel: filter, bias, terms }
        };
        Unrolled {
            extent: Extent::Pixel { window: *self.window, border: self.parameters.input_zero_point },
            inputs: height * width * channels,
            sums: (0..filters).map(sum).collect(),
        }
    }

    /// All positions.
    fn whole(&self) -> Unrolled {
        let Window { input, output: [rows, columns, filters], .. } = *self.window;
        let filters: Vec<_> = (0..filters)
            .map(|filter| {
                let taps = self.taps(filter);
                (filter, self.bias(filter, &taps), taps)
            })
            .collect();
        let mut sums = Vec::new();
        for y in 0..rows {
            for x in 0..columns {
                sums.extend(
                    filters.iter().map(|(filter, bias, taps)| self.sum_at([y, x], *filter, *bias, taps)),
                );
            }
        }
        Unrolled { extent: Extent::Whole, inputs: input.iter().product(), sums }
    }

    /// One output of one position; taps outside the image read the zero point, which is known.
    fn sum_at(&self, position: [usize; 2], channel: usize, bias: i32, taps: &[(Tap, i8)]) -> Sum {
        let Window { input: [_, width, channels], .. } = *self.window;
        let mut sum = Sum { channel, bias, terms: Vec::new() };
        for &([v, h, channel], weight) in taps {
            match [self.inside(0, position[0], v), self.inside(1, position[1], h)] {
                [Some(row), Some(column)] => {
                    sum.terms.push(Term { place: (row * width + column) * channels + channel, weight });
                }
                _ => {
                    let outside = i32::from(weight).wrapping_mul(self.parameters.input_zero_point);
                    sum.bias = sum.bias.wrapping_add(outside);
                }
            }
        }
        sum
    }

    /// Row (axis 0) or column (axis 1) that a tap reads; `None` outside the image.
    fn inside(&self, axis: usize, position: usize, tap: usize) -> Option<usize> {
        let window = self.window;
        let place = position * window.stride[axis] + tap * window.dilation[axis];
        place.checked_sub(window.padding[axis]).filter(|&place| place < window.input[axis])
    }
}
