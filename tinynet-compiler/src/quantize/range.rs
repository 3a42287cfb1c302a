//! Which real numbers the integers of a tensor stand for.

use super::histogram::{Bin, Histogram};
use super::scheme::{self, Format};
use crate::function::Function;
use crate::quantized::Quantization;
use crate::settings::RangeChoice;

/// Points at which the error of a worst case is taken.
const WORST_CASE_POINTS: i32 = 512;

/// What is known of the values of a tensor.
pub(super) enum Values<'a> {
    /// Their distribution over the calibration samples.
    Calibrated(&'a Histogram),
    /// Bounds that no input exceeds.
    WorstCase([f64; 2]),
}

/// Chooses the quantisation of a tensor whose values are not all 0.
///
/// `behind` is a function that alone reads the tensor: then what counts is the error behind it, so that a function that
/// saturates gets fine steps where it does not.
pub(super) fn choose(
    format: Format,
    choice: RangeChoice,
    values: &Values<'_>,
    behind: Option<&Function>,
) -> Quantization {
    match (values, choice, behind) {
        (Values::Calibrated(histogram), RangeChoice::MeanSquaredError, _) => {
            let errors = Errors::new(histogram.bins(), behind, format.ends);
            scheme::search(format, histogram.range(), |quantization| errors.mean_square(quantization))
        }
        (Values::Calibrated(histogram), RangeChoice::MinMax, _) => scheme::cover(format, histogram.range()),
        (Values::Calibrated(histogram), RangeChoice::Percentile(percentage), _) => {
            let [low, high] = histogram.range();
            let limit = histogram.percentile(percentage);
            let limit = if limit > 0.0 { limit } else { high.max(-low) };
            scheme::cover(format, [low.max(-limit), high.min(limit)])
        }
        (&Values::WorstCase(range), _, None) => scheme::cover(format, range),
        (&Values::WorstCase([low, high]), _, Some(function)) => {
            let point = |index: i32| {
                let value = low + (high - low) * f64::from(index) / f64::from(WORST_CASE_POINTS);
                Bin { value, count: 1.0 }
            };
            let points = (0..=WORST_CASE_POINTS).map(point).collect();
            let errors = Errors::new(points, Some(function), format.ends);
            scheme::search(format, [low, high], |quantization| errors.largest(quantization))
        }
    }
}

/// Where and how errors of quantisation are measured.
struct Errors<'a> {
    points: Vec<Bin>,
    /// What each point should come to.
    targets: Vec<f64>,
    function: Option<&'a Function>,
    /// The smallest and the largest integer.
    ends: [i32; 2],
}

impl<'a> Errors<'a> {
    fn new(points: Vec<Bin>, function: Option<&'a Function>, ends: [i32; 2]) -> Self {
        let target = |point: &Bin| function.map_or(point.value, |function| function.evaluate(point.value));
        Self { targets: points.iter().map(target).collect(), points, function, ends }
    }

    fn mean_square(&self, quantization: Quantization) -> f64 {
        let mut sum = 0.0;
        self.for_each(quantization, |count, error| sum += count * error * error);
        sum
    }

    fn largest(&self, quantization: Quantization) -> f64 {
        let mut largest = 0.0;
        self.for_each(quantization, |_, error| {
            if error.abs() > largest || error.is_nan() {
                largest = error.abs()
            }
        });
        largest
    }

    /// Calls `visit` with the count and the error of each point.
    fn for_each(&self, quantization: Quantization, mut visit: impl FnMut(f64, f64)) {
        let (scale, zero_point) = (quantization.scale(), quantization.zero_point());
        let [smallest, largest] = self.ends;
        let value = |q: i32| {
            let value = f64::from(q - zero_point) * scale;
            self.function.map_or(value, |function| function.evaluate(value))
        };
        let steps = (largest - smallest) as usize;
        // Of int8s, all values at once are fewer than the points.
        let values: Vec<f64> =
            if steps < 256 { (smallest..=largest).map(value).collect() } else { Vec::new() };
        let offset = f64::from(zero_point - smallest);
        let (length, mut index) = (self.points.len(), 0);
        while index < length {
            let point = self.points[index];
            // `Quantization::quantize`, taken apart to run fast without optimisation; the cast saturates below.
            let place = ((point.value / scale).round() + offset) as u32 as usize;
            let place = if place > steps { steps } else { place };
            let value = if values.is_empty() { value(smallest + place as i32) } else { values[place] };
            visit(point.count, value - self.targets[index]);
            index += 1;
        }
    }
}

/// The candidate with the least error, the first of equals; NaN is more than any.
pub(super) fn least_by<T>(candidates: impl Iterator<Item = T>, error: impl Fn(&T) -> f64) -> Option<T> {
    let mut best: Option<(T, f64)> = None;
    for candidate in candidates {
        let error = error(&candidate);
        if best.as_ref().is_none_or(|(_, least)| error < *least || least.is_nan()) {
            best = Some((candidate, error));
        }
    }
    best.map(|(candidate, _)| candidate)
}
