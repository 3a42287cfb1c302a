//! Operators without weights, in integers.

use super::arithmetic::{self, requantized};
use super::{Problem, activation, affine, scheme};
use crate::exponentials;
use crate::function::Function;
use crate::geometry::{Padding, Window};
use crate::quantized::{
    Add, Along, Element, Gather, MOST_INDEXED, Multiply, PRelu, Quantization, QuantizedOperator,
    QuantizedTensor, Rearrange, Requantize, Softmax, Sum, Table,
};
use crate::resize::Resize;
use crate::settings::Scheme;
use tinynet_core::requantize::shift_right;

/// Left shifts of an addition of int8s that cannot overflow: `2 · 128 · 2^22 + 2^29 < 2^31`.
const LARGEST_LEFT_SHIFT: i32 = 22;
/// The same of int16s.
const LARGEST_LEFT_SHIFT_16: i32 = 14;
const LARGEST_RIGHT_SHIFT: i32 = 30;

/// Factor below which a product of two int8s, at most `255²`, rounds to 0 whatever the factor.
const SMALLEST_FACTOR: f64 = 1.0 / (1u64 << 30) as f64;

/// Most classes the softmax kernel takes.
const MOST_CLASSES: usize = 1 << 16;

/// Most classes whose exponentials the sum of a logarithm has bits for.
const MOST_LOGARITHMS: usize = 4095;

/// Most values an average pool is exact for.
const LARGEST_WINDOW: u64 = 1 << 16;
/// The same of int16s, whose sum has 32 bits.
const LARGEST_WINDOW_16: u64 = 1 << 15;

/// What an operator is made from.
pub(super) struct Request<'a> {
    pub(super) scheme: Scheme,
    /// A fused clamp.
    pub(super) clamp: Option<[f64; 2]>,
    pub(super) inputs: &'a [QuantizedTensor],
    pub(super) output: Quantization,
    /// Type of inputs and output.
    pub(super) element: Element,
    /// The smallest and the largest integer of the output.
    pub(super) ends: [i32; 2],
}

/// An operator, and the bounds of what it makes.
pub(super) type Made = (QuantizedOperator, [i32; 2]);

impl Request<'_> {
    pub(super) fn activation(&self, function: &Function) -> Result<Made, Problem> {
        let input = &self.inputs[0];
        if let Some(ends) = function.as_clamp() {
            let clamp = activation::clamp(Some(ends), self.output, self.ends);
            let bounds = input.bounds.map(|bound| bound.clamp(clamp[0], clamp[1]));
            return Ok((QuantizedOperator::Clamp(clamp), bounds));
        }
        let table = activation::table(function, input, self.output, self.ends)?;
        let bounds = activation::table_bounds(&table, input.bounds);
        Ok((QuantizedOperator::Table(table), bounds))
    }

    pub(super) fn pad(&self, padding: Padding, value: f64) -> Made {
        // Of both types it fits.
        let value = activation::quantize(self.output, value, self.ends) as i16;
        let bounds = hull([self.inputs[0].bounds, [i32::from(value); 2]]);
        (QuantizedOperator::Pad { padding, value }, bounds)
    }

    pub(super) fn reshape(&self) -> Made {
        (QuantizedOperator::Reshape, self.inputs[0].bounds)
    }

    pub(super) fn rearrange(&self, rearrange: Rearrange) -> Made {
        (QuantizedOperator::Rearrange(rearrange), self.inputs[0].bounds)
    }

    pub(super) fn gather(&self, gather: &Gather) -> Made {
        (QuantizedOperator::Gather(gather.clone()), self.inputs[0].bounds)
    }

    pub(super) fn resize_bilinear(&self, resize: &Resize) -> Result<Made, Problem> {
        let kernel = resize.bilinear().map_err(|cause| {
            Problem::new(
                cause,
                "the kernel would read what is not there: resize to less, or by another factor",
            )
        })?;
        Ok((QuantizedOperator::ResizeBilinear(kernel), self.inputs[0].bounds))
    }

    pub(super) fn sum(&self, along: Along) -> Result<Made, Problem> {
        let input = &self.inputs[0];
        let zero_points = [input.quantization, self.output].map(Quantization::zero_point);
        let too_many = || {
            Problem::new(
                format!("its sums of {} values do not fit 32 bits", along.length),
                "sum fewer values, or in two operators",
            )
        };
        let most = i32::try_from(along.length).map_err(|_| too_many())?;
        let end = |bound: i32| (bound - zero_points[0]).checked_mul(most).ok_or_else(too_many);
        let ends = [end(input.bounds[0])?, end(input.bounds[1])?];
        // Steps of the output are no finer than those of the input: nothing is shifted to the left.
        let factor = input.quantization.scale() / self.output.scale();
        let requantize = scheme::requantize(self.scheme, &[factor.max(SMALLEST_FACTOR)])
            .ok_or_else(|| self.too_far_apart("sums", [input, input]))?;
        let clamp = activation::clamp(self.clamp, self.output, self.ends);
        let bounds = ends.map(|sum| {
            requantized(&requantize, 0, sum).saturating_add(zero_points[1]).clamp(clamp[0], clamp[1])
        });
        let sum = Sum {
            along,
            input_zero_point: zero_points[0],
            requantize,
            output_zero_point: zero_points[1],
            clamp,
        };
        Ok((QuantizedOperator::Sum(sum), bounds))
    }

    pub(super) fn extremum(&self, along: Along, largest: bool) -> Made {
        (QuantizedOperator::Extremum { along, largest }, self.inputs[0].bounds)
    }

    pub(super) fn arg_extremum(&self, along: Along, largest: bool) -> Result<Made, Problem> {
        let (_, bounds) = self.arg_max(along.length)?;
        Ok((QuantizedOperator::ArgExtremum { along, largest }, bounds))
    }

    /// `elements` values to choose among.
    pub(super) fn arg_max(&self, elements: usize) -> Result<Made, Problem> {
        match Element::of_index(elements) {
            Some(_) => Ok((QuantizedOperator::ArgMax, [0, elements as i32 - 1])),
            None => Err(Problem::new(
                format!("it chooses among {elements} values, of at most {MOST_INDEXED}"),
                "leave `ArgMax` out and call `classify`, which chooses among any number",
            )),
        }
    }

    pub(super) fn max_pool(&self, window: &Window) -> Result<Made, Problem> {
        if has_empty_place(window) {
            return Err(Problem::new(
                "a window lies wholly in the padding, where there is no largest value",
                "pad by less than the window",
            ));
        }
        Ok((QuantizedOperator::MaxPool(*window), self.inputs[0].bounds))
    }

    pub(super) fn average_pool(&self, window: &Window, include_padding: bool) -> Result<Made, Problem> {
        let area = (window.kernel[0] as u64).saturating_mul(window.kernel[1] as u64);
        let largest = if self.element == Element::Int8 { LARGEST_WINDOW } else { LARGEST_WINDOW_16 };
        if area > largest {
            return Err(Problem::new(
                format!("its window holds {area} values, too many for an exact mean"),
                format!("a window holds at most {largest} values"),
            ));
        }
        let input = &self.inputs[0];
        let bounds = match window.padding == Padding::default() {
            true => input.bounds,
            // A mean of nothing is 0, and so is padding that counts.
            false => hull([input.bounds, [input.quantization.zero_point(); 2]]),
        };
        Ok((QuantizedOperator::AveragePool { window: *window, include_padding }, bounds))
    }

    /// A slope a channel for what is below 0. Factors have 15 bits and a sign, the largest all of them.
    pub(super) fn prelu(&self, slopes: &[f32]) -> Result<Made, Problem> {
        let input = &self.inputs[0];
        let scale = input.quantization.scale() / self.output.scale();
        let factors: Vec<f64> = slopes.iter().map(|&slope| f64::from(slope) * scale).collect();
        let largest = factors.iter().fold(scale, |largest, factor| largest.max(factor.abs()));
        // 2^exponent is more than the largest, which then has 15 bits in front of the shift.
        let (_, exponent) = libm::frexp(largest);
        let Ok(shift @ 0..=30) = u8::try_from(15 - exponent) else {
            return Err(Problem::new(
                format!("a step of its input, times its largest slope, is {largest:.3e} steps of its output"),
                "bring input and output to similar ranges, for instance by `range: [min, max]`",
            ));
        };
        // Rounded up to 2^15, the largest would not fit.
        let factor =
            |factor: f64| (factor * f64::from(1u32 << shift)).round().clamp(-32768.0, 32767.0) as i16;
        let zero_points = [input.quantization, self.output].map(Quantization::zero_point);
        let prelu = PRelu {
            zero_points,
            positive: factor(scale),
            slopes: factors.into_iter().map(factor).collect(),
            shift,
            clamp: activation::clamp(self.clamp, self.output, self.ends),
        };
        let [low, high] = input.bounds.map(|bound| bound - zero_points[0]);
        let ends = |factor: i16| [low.min(0), high.min(0)].map(|value| (value, factor));
        let negative = prelu.slopes.iter().flat_map(|&slope| ends(slope));
        let corners = negative.chain([low.max(0), high.max(0)].map(|value| (value, prelu.positive)));
        let value = |(value, factor): (i32, i16)| {
            let steps = shift_right(value * i32::from(factor), shift) + zero_points[1];
            steps.clamp(prelu.clamp[0], prelu.clamp[1])
        };
        let bounds = hull(corners.map(|corner| [value(corner); 2]));
        Ok((QuantizedOperator::PRelu(prelu), bounds))
    }

    pub(super) fn add(&self) -> Result<Made, Problem> {
        let [a, b] = [&self.inputs[0], &self.inputs[1]];
        let clamp = activation::clamp(self.clamp, self.output, self.ends);
        let add = match self.scheme {
            Scheme::FixedPoint => self.add_shift([a.quantization, b.quantization], clamp),
            Scheme::Affine => self.add_multiplier([a.quantization, b.quantization], clamp),
        };
        let Some(add) = add else { return Err(self.too_far_apart("adds", [a, b])) };
        // It rises with both.
        let bounds = [0, 1].map(|end| arithmetic::sum(&add, a.bounds[end], b.bounds[end]));
        Ok((QuantizedOperator::Add(add), bounds))
    }

    /// Binary points aligned by shifts to the left, then to the output's by a shift to the right.
    fn add_shift(&self, inputs: [Quantization; 2], clamp: [i32; 2]) -> Option<Add> {
        let bits = |quantization: Quantization| super::fixed_point::fraction_bits(quantization.scale());
        let ([a, b], output) = (inputs.map(bits), bits(self.output));
        let finest = a.max(b).max(output);
        let left = [finest - a, finest - b];
        let right = finest - output;
        let most = if self.element == Element::Int8 { LARGEST_LEFT_SHIFT } else { LARGEST_LEFT_SHIFT_16 };
        let fits = left.iter().all(|&left| left <= most) && right <= LARGEST_RIGHT_SHIFT;
        fits.then(|| Add::Shift { left: left.map(|left| left as u8), right: right as u8, clamp })
    }

    /// TensorFlow Lite's ADD (`add.cc`, `Prepare`): inputs are scaled by half the larger of their scales.
    fn add_multiplier(&self, [a, b]: [Quantization; 2], clamp: [i32; 2]) -> Option<Add> {
        // Sums stay below 2^28, those of int16s below 2^31.
        let (left_shift, most) = match self.element {
            Element::Int8 => (Add::LEFT_SHIFT, 2),
            _ => (Add::LEFT_SHIFT_16, 0),
        };
        let twice_largest = 2.0 * a.scale().max(b.scale());
        let factors = [
            a.scale() / twice_largest,
            b.scale() / twice_largest,
            twice_largest / (self.output.scale() * f64::from(1 << left_shift)),
        ];
        let [first, second, last] = factors.map(affine::multiplier);
        let [first, second, last] = [first?, second?, last?];
        let fits = last.1 <= most;
        fits.then(|| Add::Multiplier {
            left_shift,
            zero_points: [a, b, self.output].map(Quantization::zero_point),
            multipliers: [first.0, second.0, last.0],
            shifts: [first.1, second.1, last.1],
            clamp,
        })
    }

    pub(super) fn multiply(&self) -> Result<Made, Problem> {
        let (multiply, bounds) = self.product_of([&self.inputs[0], &self.inputs[1]])?;
        Ok((QuantizedOperator::Multiply(multiply), bounds))
    }

    /// The product of two tensors, and its bounds.
    pub(super) fn product_of(&self, [a, b]: [&QuantizedTensor; 2]) -> Result<(Multiply, [i32; 2]), Problem> {
        let clamp = activation::clamp(self.clamp, self.output, self.ends);
        let factor = a.quantization.scale() * b.quantization.scale() / self.output.scale();
        let requantize = scheme::requantize(self.scheme, &[factor.max(SMALLEST_FACTOR)]);
        let Some(requantize) = requantize.filter(no_overflow) else {
            return Err(self.too_far_apart("multiplies", [a, b]));
        };
        let zero_points = [a.quantization, b.quantization, self.output].map(Quantization::zero_point);
        let product = |[a, b]: [i32; 2]| {
            let product = (a - zero_points[0]) * (b - zero_points[1]);
            let value = requantized(&requantize, 0, product) + zero_points[2];
            value.clamp(clamp[0], clamp[1])
        };
        let corners = a.bounds.into_iter().flat_map(|a| b.bounds.map(|b| [a, b]));
        let bounds = hull(corners.map(|corner| [product(corner); 2]));
        Ok((Multiply { zero_points, requantize, clamp }, bounds))
    }

    pub(super) fn too_far_apart(&self, what: &str, tensors: [&QuantizedTensor; 2]) -> Problem {
        let [a, b] = tensors.map(|tensor| tensor.quantization.scale());
        Problem::new(
            format!(
                "it {what} tensors with steps of {a:.3e} and {b:.3e} and makes steps of {:.3e}: too far apart for 32 bits",
                self.output.scale()
            ),
            "bring the tensors to similar ranges, for instance by `range: [min, max]` in the layers that make them",
        )
    }

    pub(super) fn concat(&self, axis: usize) -> Made {
        let table = |input: &QuantizedTensor| {
            let fits = self.ends[0] <= input.bounds[0] && input.bounds[1] <= self.ends[1];
            let is_same = input.quantization == self.output && fits;
            (!is_same).then(|| activation::real_table(input, self.output, self.ends, |x| x))
        };
        let tables: Vec<Option<Table>> = self.inputs.iter().map(table).collect();
        let bounds = |(input, table): (&QuantizedTensor, &Option<Table>)| match table {
            Some(table) => activation::table_bounds(table, input.bounds),
            None => input.bounds,
        };
        let bounds = hull(self.inputs.iter().zip(&tables).map(bounds));
        (QuantizedOperator::Concat { axis, tables }, bounds)
    }

    /// `classes` values along the last axis.
    pub(super) fn softmax(&self, classes: usize) -> Result<Made, Problem> {
        if classes > MOST_CLASSES {
            return Err(Problem::new(
                format!("its last axis has {classes} values"),
                format!("a softmax is taken over at most {MOST_CLASSES} values"),
            ));
        }
        let (output_zero_point, output_steps) = match self.scheme {
            Scheme::FixedPoint => (0, 128),
            Scheme::Affine => (affine::PROBABILITIES.zero_point(), 256),
        };
        let input_scale = self.inputs[0].quantization.scale();
        let softmax = Softmax { input_scale, output_zero_point, output_steps };
        Ok((QuantizedOperator::Softmax(softmax), [output_zero_point, 127]))
    }

    /// TensorFlow Lite's kernel, which has one scale and zero point.
    pub(super) fn log_softmax(&self, classes: usize) -> Result<Made, Problem> {
        if classes > MOST_LOGARITHMS {
            return Err(Problem::new(
                format!("its last axis has {classes} values"),
                format!("a logarithm of a softmax is taken over at most {MOST_LOGARITHMS} values"),
            ));
        }
        let scale = self.inputs[0].quantization.scale() as f32;
        let softmax = exponentials::log_softmax(scale).ok_or_else(|| {
            Problem::new(
                format!("steps of {scale} of its exponents are too small to tell apart"),
                "all classes would be equal: check the range of its input",
            )
        })?;
        Ok((QuantizedOperator::LogSoftmax(softmax), [-128, 127]))
    }
}

/// Whether a product of two int8s, at most `2^16`, can be shifted to the left as far as it is.
fn no_overflow(requantize: &Requantize) -> bool {
    match requantize {
        Requantize::Shift(_) => true,
        Requantize::Multiplier { shifts, .. } => shifts.iter().all(|&shift| shift <= 14),
        Requantize::ShortMultiplier { .. } => false,
    }
}

/// Whether some place of the window has no tap in the image.
fn has_empty_place(window: &Window) -> bool {
    let is_empty = |axis: usize, before: usize, place: usize| {
        let position = |tap: usize| place * window.stride[axis] + tap * window.dilation[axis];
        let inside = before..before + window.input[axis];
        !(0..window.kernel[axis]).any(|tap| inside.contains(&position(tap)))
    };
    let before = [window.padding.top, window.padding.left];
    (0..2).any(|axis| (0..window.output[axis]).any(|place| is_empty(axis, before[axis], place)))
}

/// The smallest interval that holds all.
fn hull(intervals: impl IntoIterator<Item = [i32; 2]>) -> [i32; 2] {
    intervals.into_iter().reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]).unwrap_or_default()
}
