//! What the tensors hold while the calibration samples run through the float graph.
//!
//! A tensor whose range is stated saturates here as it will in the firmware: what follows sees no value that cannot occur.

use super::histogram::Histogram;
use super::read::Read;
use crate::float_evaluator;
use crate::graph::{FloatGraph, TensorId};
use crate::settings::Samples;

/// What is to be recorded.
pub(super) struct Wanted<'r> {
    /// Tensors whose distribution counts; [`TensorId`] indexes.
    pub(super) histograms: Vec<Option<Counted>>,
    /// Tensors whose mean counts, element by element; [`TensorId`] indexes.
    pub(super) means: Vec<bool>,
    /// Tensors whose values are kept; [`TensorId`] indexes.
    pub(super) values: Vec<bool>,
    /// Means are taken over every so many samples, and values kept of them.
    pub(super) step: usize,
    /// Where tensors saturate of which that is known beforehand; [`TensorId`] indexes.
    pub(super) ends: Vec<Option<[f64; 2]>>,
    /// Which elements count in distributions.
    pub(super) read: &'r Read,
}

/// Which values of a tensor count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// All of them.
    All,
    /// What only a softmax over so many classes reads: logits so far below the largest that all of them together are
    /// nothing (`classes · e^(-d) < e^-8`, a twelfth of the finest output step) may as well lie just there.
    Logits {
        /// Size of the last axis.
        classes: usize,
    },
}

/// What was recorded.
pub(super) struct Calibration {
    histograms: Vec<Option<Histogram>>,
    means: Vec<Option<Vec<f64>>>,
    values: Vec<Vec<Vec<f32>>>,
    /// Number of samples.
    pub(super) samples: usize,
    /// Means and values are of every so many samples.
    pub(super) step: usize,
}

/// A value that no integer can stand for.
#[derive(Debug, PartialEq)]
pub(super) struct NotFinite {
    /// Where it is.
    pub(super) tensor: TensorId,
    /// NaN or infinite.
    pub(super) value: f32,
    /// Index of the sample.
    pub(super) sample: usize,
}

impl Calibration {
    /// The distribution of a tensor that was asked for.
    pub(super) fn histogram(&self, id: TensorId) -> Option<&Histogram> {
        self.histograms[id.0].as_ref()
    }

    /// The mean of each element of a tensor that was asked for.
    pub(super) fn mean(&self, id: TensorId) -> Option<&[f64]> {
        self.means[id.0].as_deref()
    }

    /// A tensor that was asked for, of every so many samples.
    pub(super) fn values(&self, id: TensorId) -> &[Vec<f32>] {
        &self.values[id.0]
    }
}

/// Runs all samples, which have the shape of the graph's input.
pub(super) fn calibrate(
    graph: &FloatGraph,
    samples: &Samples,
    wanted: &Wanted<'_>,
) -> Result<Calibration, NotFinite> {
    let mut histograms: Vec<Option<Histogram>> =
        wanted.histograms.iter().map(|wanted| wanted.map(|_| Histogram::new())).collect();
    let sum = |(index, &wanted): (usize, &bool)| wanted.then(|| vec![0.0; graph.tensors[index].elements()]);
    let mut means: Vec<Option<Vec<f64>>> = wanted.means.iter().enumerate().map(sum).collect();
    let mut kept = vec![Vec::new(); graph.tensors.len()];
    for sample in 0..samples.count() {
        let mut tensors = float_evaluator::run_saturated(graph, samples.sample(sample), &wanted.ends);
        for (index, values) in tensors.iter().enumerate() {
            if let Some(histogram) = &mut histograms[index] {
                let tensor = TensorId(index);
                let values = &wanted.read.values(tensor, values);
                let added = match wanted.histograms[index] {
                    Some(Counted::Logits { classes }) => add_logits(histogram, values, classes),
                    _ => histogram.add(values),
                };
                added.map_err(|value| NotFinite { tensor, value, sample })?;
            }
            if let Some(sums) = &mut means[index]
                && sample.is_multiple_of(wanted.step)
            {
                add(sums, values);
            }
        }
        if sample.is_multiple_of(wanted.step) {
            for (index, _) in wanted.values.iter().enumerate().filter(|(_, wanted)| **wanted) {
                kept[index].push(std::mem::take(&mut tensors[index]));
            }
        }
    }
    for mean in means.iter_mut().flatten().flatten() {
        *mean /= samples.count().div_ceil(wanted.step) as f64;
    }
    Ok(Calibration { histograms, means, values: kept, samples: samples.count(), step: wanted.step })
}

fn add(sums: &mut [f64], values: &[f32]) {
    let (length, mut index) = (values.len(), 0);
    while index < length {
        sums[index] += values[index] as f64;
        index += 1;
    }
}

/// `e^-8` of the probability may be misplaced.
const NEGLIGIBLE: f64 = 8.0;

fn add_logits(histogram: &mut Histogram, logits: &[f32], classes: usize) -> Result<(), f32> {
    let depth = (NEGLIGIBLE + libm::log(classes as f64)) as f32;
    for logits in logits.chunks(classes) {
        let floor = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max) - depth;
        let raised: Vec<f32> =
            logits.iter().map(|&logit| if logit < floor { floor } else { logit }).collect();
        histogram.add(&raised)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_far_below_the_largest_do_not_widen_the_range() {
        let mut histogram = Histogram::new();
        add_logits(&mut histogram, &[3.0, -100.0, 2.0, 4.0, 0.0, -50.0], 3).unwrap();
        let [low, high] = histogram.range();
        assert_eq!(high, 4.0);
        assert!((low - (3.0 - 8.0 - 3f64.ln())).abs() < 1e-6, "{low}");
        assert!(add_logits(&mut histogram, &[1.0, f32::NAN, 0.0], 3).is_err());
    }
}
