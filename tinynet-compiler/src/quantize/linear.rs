//! Weights, biases and requantisation of layers with weights.

use super::Problem;
use super::arithmetic::requantized;
use super::bias_correction::Means;
use super::error_feedback::{ChannelFeedback, ErrorFeedback};
use super::prune::Mask;
use super::{fixed_point, scheme};
use crate::filter_layout::FilterLayout;
use crate::geometry::Padding;
use crate::graph::{Filter, FloatOperator};
use crate::precision::Precision;
use crate::quantized::{Linear, Quantization, QuantizedTensor, Requantize};
use crate::settings::Scheme;
use tinynet_core::requantize::half;

/// Smallest factor of a requantisation. A product of two int8s is then at most `2^-16` steps of the output, so that a
/// coarser weight changes nothing.
const SMALLEST_FACTOR: f64 = 1.0 / (1u64 << 30) as f64;

/// Factor of a channel without weights: its bias is kept to `2^-8` steps of the output.
const FACTOR_WITHOUT_WEIGHTS: f64 = 1.0 / 256.0;

/// Where a bias is cut if every output saturates anyway.
const LARGEST_BIAS: f64 = (1u64 << 30) as f64;

/// What a layer with weights is made from.
pub(super) struct Request<'a> {
    pub(super) scheme: Scheme,
    pub(super) precision: Precision,
    pub(super) filter: &'a Filter,
    pub(super) layout: FilterLayout,
    /// Scale of each output channel's weights, as far as the weights alone decide it: [`weight_scales`].
    pub(super) weight_scales: &'a [f64],
    /// Whether these are the scales, whatever would suit what stays, or what samples say, better.
    pub(super) keeps_scales: bool,
    pub(super) input: &'a QuantizedTensor,
    /// Whether zeros surround the input.
    pub(super) has_border: bool,
    /// The quantisation that the accumulators are rounded to.
    pub(super) target: Quantization,
    pub(super) clamp: [i32; 2],
    /// What the weights multiply in the mean, if biases are to be corrected by it.
    pub(super) means: Option<&'a Means>,
    /// How weights are rounded, if not to the nearest.
    pub(super) feedback: Option<&'a ErrorFeedback>,
    /// What stays of the weights, if some become 0.
    pub(super) mask: Option<&'a Mask>,
}

/// The scale of the weights of each output channel that suits them best; 0 where all are 0. Integers keep the scale they
/// were given with.
pub(super) fn weight_scales(
    scheme: Scheme,
    precision: Precision,
    filter: &Filter,
    layout: &FilterLayout,
) -> Result<Vec<f64>, Problem> {
    if let Some(given) = &filter.given_scales {
        return (0..layout.channels).map(|channel| given_scale(scheme, given, channel)).collect();
    }
    let scale = |channel| {
        let weights = channel_weights(filter, layout, channel);
        let is_empty = weights.iter().all(|&weight| weight == 0.0);
        if is_empty { 0.0 } else { scheme::weight_scale(scheme, precision, &weights) }
    };
    Ok((0..layout.channels).map(scale).collect())
}

fn given_scale(scheme: Scheme, given: &[f64], channel: usize) -> Result<f64, Problem> {
    let scale = given.get(channel).or(given.first()).copied().unwrap_or(0.0);
    if !scale.is_normal() || scale < 0.0 {
        return Err(Problem::new(
            format!("its `weight_scale` is {scale}"),
            "a scale is the real value of a weight of 1: it is positive",
        ));
    }
    if scheme == Scheme::FixedPoint && !fixed_point::is_power_of_two(scale) {
        return Err(Problem::new(
            format!("its `weight_scale` {scale} is no power of two, which the fixed-point scheme needs"),
            "state `scheme: Affine` in the `Input` layer: it takes any scale",
        ));
    }
    Ok(scale)
}

pub(super) fn channel_weights(filter: &Filter, layout: &FilterLayout, channel: usize) -> Vec<f64> {
    let mut weights = Vec::with_capacity(layout.taps);
    let mut tap = 0;
    while tap < layout.taps {
        weights.push(filter.weights[layout.weight(channel, tap)] as f64);
        tap += 1;
    }
    weights
}

/// Whether zeros surround what an operator reads.
pub(super) fn has_border(operator: &FloatOperator) -> bool {
    match operator {
        FloatOperator::Conv2d { window, .. } | FloatOperator::DepthwiseConv2d { window, .. } => {
            window.padding != Padding::default()
        }
        // Every pixel of the output has its own taps.
        FloatOperator::TransposeConv2d { .. } => true,
        _ => false,
    }
}

/// An output channel in integers.
struct Channel {
    weights: Vec<i8>,
    scale: f64,
    bias: i32,
    bounds: [i64; 2],
}

/// A layer's weights and biases in integers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rounded {
    /// As they lie in the layer.
    pub(super) weights: Vec<i8>,
    /// Real value of a weight of 1, one an output channel.
    pub(super) scales: Vec<f64>,
    /// One an output channel.
    pub(super) bias: Vec<i32>,
    /// Of the accumulators, one pair an output channel.
    pub(super) bounds: Vec<[i64; 2]>,
}

impl Rounded {
    /// Those of a layer.
    pub(super) fn of(linear: &Linear) -> Self {
        Self {
            weights: linear.weights.clone(),
            scales: linear.weight_scales.clone(),
            bias: linear.bias.clone(),
            bounds: linear.accumulator_bounds.clone(),
        }
    }

    /// Whether there are as many as a layer has.
    fn fits(&self, filter: &Filter, layout: &FilterLayout) -> bool {
        let of_channels = [self.scales.len(), self.bias.len(), self.bounds.len()];
        self.weights.len() == filter.weights.len() && of_channels == [layout.channels; 3]
    }
}

impl Request<'_> {
    /// The layer in integers, without a table, and the bounds of what its requantisation makes.
    pub(super) fn quantize(&self) -> Result<(Linear, [i32; 2]), Problem> {
        let channels: Vec<Channel> =
            (0..self.layout.channels).map(|channel| self.channel(channel)).collect::<Result<_, _>>()?;
        let mut weights = vec![0; self.filter.weights.len()];
        for (index, channel) in channels.iter().enumerate() {
            for (tap, &weight) in channel.weights.iter().enumerate() {
                weights[self.layout.weight(index, tap)] = weight;
            }
        }
        self.assemble(Rounded {
            weights,
            scales: channels.iter().map(|channel| channel.scale).collect(),
            bias: channels.iter().map(|channel| channel.bias).collect(),
            bounds: channels.iter().map(|channel| channel.bounds).collect(),
        })
    }

    /// The same of weights that were rounded before; those of another layer are none of this one.
    pub(super) fn restore(&self, rounded: &Rounded) -> Result<(Linear, [i32; 2]), Problem> {
        if !rounded.fits(self.filter, &self.layout) {
            return Err(Problem::new("its weights are not those of this layer", "round them again"));
        }
        self.assemble(rounded.clone())
    }

    fn assemble(&self, rounded: Rounded) -> Result<(Linear, [i32; 2]), Problem> {
        let factors: Vec<f64> = rounded.scales.iter().map(|&scale| self.factor(scale)).collect();
        let requantize =
            scheme::requantize(self.scheme, &factors).ok_or_else(|| self.out_of_reach(&factors))?;
        let linear = Linear {
            precision: self.precision,
            shape: self.filter.shape.clone(),
            weights: rounded.weights,
            weight_scales: rounded.scales,
            bias: rounded.bias,
            input_zero_point: self.input.quantization.zero_point(),
            requantize,
            output_zero_point: self.target.zero_point(),
            clamp: self.clamp,
            table: None,
            accumulator_bounds: rounded.bounds,
        };
        let bounds = output_bounds(&linear);
        Ok((linear, bounds))
    }

    /// Steps of the output an accumulator step.
    fn factor(&self, weight_scale: f64) -> f64 {
        self.input.quantization.scale() * weight_scale / self.target.scale()
    }

    fn channel(&self, channel: usize) -> Result<Channel, Problem> {
        let weights = channel_weights(self.filter, &self.layout, channel);
        let stays = self.mask.map(|mask| mask.of(channel));
        let feedback = self.feedback.map(|feedback| feedback.channel(channel, &weights, stays));
        let has_given_scale = self.filter.given_scales.is_some();
        // Of a weight for which an accumulator step is an output step.
        let coarsest = self.target.scale() / self.input.quantization.scale();
        let widest = self.weight_scales[channel];
        let is_empty = !has_given_scale && weights.iter().all(|&weight| weight == 0.0);
        let mut scale = match self.scale_of_what_stays(channel, &weights, feedback.as_ref()) {
            scale if has_given_scale || self.keeps_scales => scale,
            0.0 => coarsest * FACTOR_WITHOUT_WEIGHTS,
            scale => {
                // Steps of the output are no finer than what the scale of all weights makes.
                let most = widest.max(coarsest);
                let best = |feedback: &ChannelFeedback<'_>| {
                    feedback.best_scale(scale, most, self.scheme, self.precision)
                };
                feedback.as_ref().map_or(scale.min(most), best).max(coarsest * SMALLEST_FACTOR)
            }
        };
        // Coarser weights make smaller accumulators, until bias and sum fit.
        loop {
            let integers = match is_empty {
                // Not every number format has a 0.
                true => vec![0; weights.len()],
                false => self.integers(&weights, scale, stays, feedback.as_ref())?,
            };
            let bias = self.bias(channel, &weights, &integers, scale);
            if let Some(fitting) = self.fit(&integers, bias, scale) {
                return Ok(fitting);
            }
            if has_given_scale || 2.0 * scale > coarsest {
                return self.saturated(channel, &integers, bias, scale, has_given_scale);
            }
            scale *= 2.0;
        }
    }

    /// The scale that suits the weights that stay best; 0 where there are none.
    fn scale_of_what_stays(
        &self,
        channel: usize,
        weights: &[f64],
        feedback: Option<&ChannelFeedback<'_>>,
    ) -> f64 {
        let Some(mask) = self.mask.filter(|_| !self.keeps_scales) else { return self.weight_scales[channel] };
        let stay = match feedback {
            Some(feedback) => feedback.wanted(),
            None => {
                let all = weights.iter().zip(mask.of(channel));
                all.filter(|(_, stays)| **stays).map(|(&weight, _)| weight).collect()
            }
        };
        let is_empty = stay.iter().all(|&weight| weight == 0.0);
        if is_empty { 0.0 } else { scheme::weight_scale(self.scheme, self.precision, &stay) }
    }

    /// The weights in units of `scale`.
    fn integers(
        &self,
        weights: &[f64],
        scale: f64,
        stays: Option<&[bool]>,
        feedback: Option<&ChannelFeedback<'_>>,
    ) -> Result<Vec<i8>, Problem> {
        if self.filter.given_scales.is_none() {
            if let Some(feedback) = feedback {
                return Ok(feedback.round(scale, self.precision));
            }
            let (mut integers, mut index) = (Vec::with_capacity(weights.len()), 0);
            while index < weights.len() {
                let stays = stays.is_none_or(|stays| stays[index]);
                integers.push(if stays { self.precision.nearest(weights[index] / scale) } else { 0 });
                index += 1;
            }
            return Ok(integers);
        }
        let integer = |&weight: &f64| {
            let exact = weight / scale;
            let integer = exact.round();
            // f32 holds `integer · scale` to 2^-24 of it.
            if (exact - integer).abs() > 1e-4 {
                return Err(Problem::new(
                    format!("its weight {weight} is no multiple of its `weight_scale` {scale}"),
                    "give the weights as integers, or leave `weight_scale` out",
                ));
            }
            if !self.precision.holds(integer) {
                return Err(Problem::new(
                    format!("its weight {integer} does not fit `{}`", self.precision.name()),
                    format!("weights are {}", self.precision.integers()),
                ));
            }
            Ok(integer as i8)
        };
        weights.iter().map(integer).collect()
    }

    /// The bias in accumulator steps, rounded, mean error of the weights taken out.
    fn bias(&self, channel: usize, weights: &[f64], integers: &[i8], scale: f64) -> f64 {
        if self.mask.is_some_and(|mask| !mask.has_channel(channel)) {
            return 0.0;
        }
        let mut bias = f64::from(self.filter.bias[channel]);
        if let Some(means) = self.means.filter(|_| self.filter.given_scales.is_none()) {
            let mut tap = 0;
            while tap < weights.len() {
                let input = self.layout.input(channel, tap);
                bias += weights[tap] * means.real[input];
                bias -= integers[tap] as f64 * scale * means.quantized[input];
                tap += 1;
            }
        }
        (bias / (self.input.quantization.scale() * scale)).round()
    }

    /// The channel, if everything that is computed on the way to its accumulator fits 32 bits.
    fn fit(&self, integers: &[i8], bias: f64, scale: f64) -> Option<Channel> {
        if bias.abs() > LARGEST_BIAS {
            return None;
        }
        let bias = bias as i64;
        let zero_point = i64::from(self.input.quantization.zero_point());
        let raw = self.input.bounds.map(i64::from);
        let mut shifted = raw.map(|bound| bound - zero_point);
        if self.has_border {
            shifted = [shifted[0].min(0), shifted[1].max(0)];
        }
        let bounds = sum_bounds(integers, shifted);
        let bounds = [bias + bounds[0], bias + bounds[1]];
        let (rounding, left_shift) = match scheme::requantize(self.scheme, &[self.factor(scale)])? {
            Requantize::Shift(shifts) => {
                let zero_point = i64::from(self.target.zero_point()) << shifts[0];
                (i64::from(half(shifts[0])) + zero_point, 0)
            }
            Requantize::Multiplier { shifts, .. } | Requantize::ShortMultiplier { shifts, .. } => {
                (0, shifts[0].max(0))
            }
        };
        // Sums of products with the zero point left in, as the kernels of `Dense` and `Conv2d` have them.
        let with_border = [raw[0].min(zero_point), raw[1].max(zero_point)];
        let total: i64 = integers.iter().map(|&weight| i64::from(weight)).sum();
        let folded = bias - zero_point * total;
        let fits = |start: i64, values: [i64; 2]| {
            let [lowest, highest] = partial_sum_bounds(integers, values);
            let fits = |value: i64| i32::try_from(value).is_ok();
            fits(start) && fits(start + rounding + lowest) && fits(start + rounding + highest)
        };
        let fits_shifted = bounds.iter().all(|bound| i32::try_from(bound << left_shift).is_ok());
        let is_fitting = fits(bias, shifted) && fits(folded, with_border) && fits_shifted;
        is_fitting.then(|| Channel { weights: integers.to_vec(), scale, bias: bias as i32, bounds })
    }

    /// The channel with its bias cut to 30 bits, if every output saturates with it and without; else an error.
    ///
    /// An accumulator step is more than half an output step here, so an accumulator beyond `2^29` saturates.
    fn saturated(
        &self,
        channel: usize,
        integers: &[i8],
        bias: f64,
        scale: f64,
        has_given_scale: bool,
    ) -> Result<Channel, Problem> {
        let cut = bias.clamp(-LARGEST_BIAS, LARGEST_BIAS);
        let [low, high] = self.input.element.range().map(i64::from);
        let sums = partial_sum_bounds(integers, [low - high, high - low]);
        let saturates = bias.abs() > LARGEST_BIAS && sums.iter().all(|sum| sum.abs() < 1 << 29);
        if saturates
            && !has_given_scale
            && let Some(fitting) = self.fit(integers, cut, scale)
        {
            return Ok(fitting);
        }
        let unit = self.input.quantization.scale() * scale;
        if has_given_scale && scheme::requantize(self.scheme, &[self.factor(scale)]).is_none() {
            return Err(self.out_of_reach(&[self.factor(scale)]));
        }
        Err(Problem::new(
            format!(
                "the sum of output channel {channel} does not fit 32 bits: its bias is {bias:.3e} steps of {unit:.3e}, its \
                 {} weights add up to {:.3e} more",
                integers.len(),
                sums[1] as f64
            ),
            if has_given_scale {
                "state a coarser `weight_scale`, or give the weights as real numbers"
            } else {
                "fewer inputs a layer, or a smaller bias"
            },
        ))
    }

    fn out_of_reach(&self, factors: &[f64]) -> Problem {
        let smallest = factors.iter().copied().fold(f64::INFINITY, f64::min);
        Problem::new(
            format!(
                "a weight of 1 times an input of 1 is {smallest:.3e} steps of its output: out of reach of 32 bits"
            ),
            "check `weight_scale`, and the ranges of its input and output",
        )
    }
}

/// Bounds of `Σ weight · x` with every `x` in `values`.
fn sum_bounds(weights: &[i8], values: [i64; 2]) -> [i64; 2] {
    let (mut lowest, mut highest, mut index) = (0, 0, 0);
    while index < weights.len() {
        let weight = weights[index] as i64;
        let (a, b) = (weight * values[0], weight * values[1]);
        if a < b {
            lowest += a;
            highest += b;
        } else {
            lowest += b;
            highest += a;
        }
        index += 1;
    }
    [lowest, highest]
}

/// Bounds of the sum of any of the products.
fn partial_sum_bounds(weights: &[i8], [low, high]: [i64; 2]) -> [i64; 2] {
    sum_bounds(weights, [low.min(0), high.max(0)])
}

/// Bounds of what the requantisation makes, clamped: it rises with the accumulator.
fn output_bounds(linear: &Linear) -> [i32; 2] {
    let of_channel = |(channel, bounds): (usize, &[i64; 2])| {
        // Proven to fit when the channel was made.
        bounds.map(|bound| {
            let value = requantized(&linear.requantize, channel, bound as i32) + linear.output_zero_point;
            value.clamp(linear.clamp[0], linear.clamp[1])
        })
    };
    let bounds = linear.accumulator_bounds.iter().enumerate().map(of_channel);
    bounds.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]).unwrap_or_default()
}
