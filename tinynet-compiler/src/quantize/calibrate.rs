//! What the tensors hold while the calibration samples run through the float graph.

use super::histogram::Histogram;
use crate::float_evaluator;
use crate::graph::{FloatGraph, TensorId};
use crate::settings::Samples;

/// What is to be recorded.
pub(super) struct Wanted {
    /// Tensors whose distribution counts; [`TensorId`] indexes.
    pub(super) histograms: Vec<bool>,
    /// Tensors whose mean counts, element by element; [`TensorId`] indexes.
    pub(super) means: Vec<bool>,
}

/// What was recorded.
pub(super) struct Calibration {
    histograms: Vec<Option<Histogram>>,
    means: Vec<Option<Vec<f64>>>,
    /// Number of samples.
    pub(super) samples: usize,
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
}

/// Runs all samples, which have the shape of the graph's input.
pub(super) fn calibrate(
    graph: &FloatGraph,
    samples: &Samples,
    wanted: &Wanted,
) -> Result<Calibration, NotFinite> {
    let mut histograms: Vec<Option<Histogram>> =
        wanted.histograms.iter().map(|&wanted| wanted.then(Histogram::new)).collect();
    let sum = |(index, &wanted): (usize, &bool)| wanted.then(|| vec![0.0; graph.tensors[index].elements()]);
    let mut means: Vec<Option<Vec<f64>>> = wanted.means.iter().enumerate().map(sum).collect();
    for sample in 0..samples.count() {
        let tensors = float_evaluator::run(graph, samples.sample(sample));
        for (index, values) in tensors.iter().enumerate() {
            if let Some(histogram) = &mut histograms[index] {
                let tensor = TensorId(index);
                histogram.add(values).map_err(|value| NotFinite { tensor, value, sample })?;
            }
            if let Some(sums) = &mut means[index] {
                add(sums, values);
            }
        }
    }
    for mean in means.iter_mut().flatten().flatten() {
        *mean /= samples.count() as f64;
    }
    Ok(Calibration { histograms, means, samples: samples.count() })
}

fn add(sums: &mut [f64], values: &[f32]) {
    let (length, mut index) = (values.len(), 0);
    while index < length {
        sums[index] += values[index] as f64;
        index += 1;
    }
}
