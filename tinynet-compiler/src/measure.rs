//! How good a network's answers are on a test set: in integers, as the firmware computes them, and in real numbers.

mod losses;
mod score;

pub use losses::{LayerLoss, losses};

use crate::build::MeasureLimit;
use crate::cache::{Cache, Entry, Origin};
use crate::float_evaluator;
use crate::graph::{FloatGraph, Tensor};
use crate::progress::Progress;
use crate::quantize::remembered::add_integers;
use crate::quantized::{QuantizedGraph, QuantizedTensor};
use crate::reference::{self, Reference, to_bytes};
use crate::settings::Samples;
use crate::test_set::{Answers, Inputs, TestSet};
use score::Score;
use std::convert::Infallible;

/// What is measured on a test set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Share of the samples whose largest output, the first of equals, is that of the right class: from 0 to 1.
    Accuracy,
    /// Root of the mean squared difference between the outputs and the right values, in real numbers, over all values of
    /// all samples.
    Error,
    /// Area under the receiver operating characteristic: the probability that an anomaly has a higher score than a normal
    /// sample, where equals count half. The score is the only output; of two outputs, what the second is larger than the
    /// first; of as many outputs as inputs (an autoencoder), the mean squared difference between the two, in real numbers.
    Auc,
}

impl Measure {
    /// Its name in the language: `accuracy`.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Accuracy => "accuracy",
            Measure::Error => "error",
            Measure::Auc => "auc",
        }
    }

    /// Whether a value is as good as a bound.
    pub fn reaches(self, value: f64, bound: f64) -> bool {
        match self {
            Measure::Accuracy | Measure::Auc => value >= bound,
            Measure::Error => value <= bound,
        }
    }
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// What it is.
    pub measure: Measure,
    /// How much it is.
    pub value: f64,
    /// Samples that were run.
    pub samples: usize,
    /// Samples of the test set.
    pub all_samples: usize,
}

/// Most steps of inferences in one measurement: some 15 seconds of a compiler that is compiled without optimisation. A
/// number of steps, and not a time, so that the result is the same on every host.
pub const MOST_STEPS: u64 = 4_000_000_000;

/// Steps of one inference: multiply-accumulates, and what every value of a tensor takes besides.
pub fn steps(graph: &QuantizedGraph, macs: usize) -> u64 {
    const STEPS_OF_A_VALUE: u64 = 16;
    let values: usize = graph.tensors.iter().map(Tensor::elements).sum();
    macs as u64 + STEPS_OF_A_VALUE * values as u64
}

/// Indices of at most `most` samples, at least one of each kind of anomalies, evenly spread over the test set.
pub fn spread(test_set: &TestSet, most: usize) -> Vec<usize> {
    let all = 0..test_set.inputs.count();
    match &test_set.answers {
        // The area under the curve needs both kinds, and does not depend on how many there are of each.
        Answers::Anomalies(anomalies) if most < all.len() => {
            let [normal, others]: [Vec<usize>; 2] =
                [false, true].map(|kind| all.clone().filter(|&index| anomalies[index] == kind).collect());
            let share = |part: &[usize]| (most * part.len() / all.len()).max(1);
            let mut chosen = every_so_often(&normal, share(&normal));
            chosen.extend(every_so_often(&others, share(&others)));
            chosen
        }
        _ => every_so_often(&all.collect::<Vec<_>>(), most),
    }
}

/// At most `most` of the indices, evenly spaced.
fn every_so_often(indices: &[usize], most: usize) -> Vec<usize> {
    let count = most.min(indices.len());
    (0..count).map(|chosen| indices[chosen * indices.len() / count]).collect()
}

/// Measures a network on a test set: on at most so many samples, or else on as many as are affordable. `steps` is what an
/// inference takes.
pub fn measured(
    measure: Measure,
    test_set: &TestSet,
    most_samples: Option<usize>,
    graph: &QuantizedGraph,
    steps: u64,
) -> Measured {
    let affordable = (MOST_STEPS / steps.max(1)).max(1);
    let affordable = usize::try_from(affordable).unwrap_or(usize::MAX);
    let samples = spread(test_set, most_samples.unwrap_or(affordable));
    let (value, all_samples) = (evaluate(graph, test_set, &samples), test_set.inputs.count());
    Measured { measure, value, samples: samples.len(), all_samples }
}

/// The same for a limit, or what an earlier build measured of the same network.
pub(crate) fn remembered(
    limit: &MeasureLimit,
    graph: &QuantizedGraph,
    steps: u64,
    cache: Option<Cache>,
) -> Measured {
    let &MeasureLimit { measure, ref test_set, most_samples, .. } = limit;
    let entry = cache.map(|cache| origin(cache, limit, graph, steps).entry());
    let measure_now = || Ok::<_, Infallible>(measured(measure, test_set, most_samples, graph, steps));
    let Ok(measured) = Entry::remembered(entry, |bytes| read(measure, bytes), measure_now, write);
    measured
}

/// What a measurement depends on.
fn origin(cache: Cache, limit: &MeasureLimit, graph: &QuantizedGraph, steps: u64) -> Origin {
    let mut origin = Origin::new(cache, "measured");
    add_integers(&mut origin, graph);
    origin.add_shown(&(limit.measure, limit.most_samples, steps));
    let TestSet { inputs, answers } = &limit.test_set;
    match inputs {
        Inputs::Real(Samples { shape, values }) => {
            origin.add_shown(shape);
            origin.add_floats(values);
        }
        Inputs::Integers { values, elements } => {
            origin.add_shown(elements);
            origin.add_each(values, i32::to_le_bytes);
        }
    }
    match answers {
        Answers::Values(Samples { shape, values }) => {
            origin.add_shown(shape);
            origin.add_floats(values);
        }
        few => origin.add_shown(few),
    }
    origin
}

/// A measurement as it is kept: its value, of how many samples.
fn write(measured: &Measured) -> Vec<u8> {
    let Measured { measure: _, value, samples, all_samples } = measured;
    [value.to_bits(), *samples as u64, *all_samples as u64]
        .iter()
        .flat_map(|part| part.to_le_bytes())
        .collect()
}

fn read(measure: Measure, bytes: &[u8]) -> Option<Measured> {
    let parts: Option<Vec<u64>> =
        bytes.chunks(8).map(|part| Some(u64::from_le_bytes(part.try_into().ok()?))).collect();
    let [value, samples, all_samples] = parts?.try_into().ok()?;
    let [samples, all_samples] = [samples, all_samples].map(|count| usize::try_from(count).ok());
    Some(Measured { measure, value: f64::from_bits(value), samples: samples?, all_samples: all_samples? })
}

/// The value for the quantised network on some samples of a test set.
///
/// # Panics
///
/// Where a sample has another length than the network's input.
pub fn evaluate(graph: &QuantizedGraph, test_set: &TestSet, samples: &[usize]) -> f64 {
    let (Some(&input), Some(&output)) = (graph.inputs.first(), graph.outputs.first()) else { return 0.0 };
    let [input, output] = [input, output].map(|id| graph.tensor(id));
    let is_class = graph.compared().is_some();
    let reference = Reference::new(graph);
    let mut score = Score::new(&test_set.answers, is_class);
    let mut progress = Progress::new();
    for (position, &index) in samples.iter().enumerate() {
        progress.tell(format_args!("measuring sample {} of {}", position + 1, samples.len()));
        let taken = quantized(input, &test_set.inputs, index);
        let made = reference.output(&taken);
        let made = match is_class {
            true => reference::integers(output, &made).into_iter().map(f64::from).collect(),
            false => real(output, &made),
        };
        score.add(index, &real(input, &taken), &made);
    }
    score.value()
}

/// The same for the network in real numbers.
///
/// # Panics
///
/// Where a sample has another length than the network's input.
pub fn evaluate_float(graph: &FloatGraph, inputs: &Samples, answers: &Answers, samples: &[usize]) -> f64 {
    let mut score = float_score(graph, answers);
    for &index in samples {
        let sample = inputs.sample(index);
        score.add(index, &wide(sample), &wide(&float_evaluator::output(graph, sample)));
    }
    score.value()
}

/// A score of a network in real numbers, nothing added.
fn float_score<'t>(graph: &FloatGraph, answers: &'t Answers) -> Score<'t> {
    Score::new(answers, graph.compared().is_some())
}

/// A sample as it lies in the memory of the network's input.
pub(crate) fn quantized(input: &Tensor<QuantizedTensor>, inputs: &Inputs, index: usize) -> Vec<i8> {
    let integers: Vec<i32> = match inputs {
        Inputs::Real(samples) => {
            samples.sample(index).iter().map(|&value| input.info.quantize_f32(value)).collect()
        }
        Inputs::Integers { values, elements } => values[index * elements..][..*elements].to_vec(),
    };
    let mut bytes = vec![0; integers.len() * input.info.element.bytes()];
    to_bytes(input.info.element, &integers, &mut bytes);
    bytes
}

/// The real numbers that a tensor in memory stands for.
pub(crate) fn real(tensor: &Tensor<QuantizedTensor>, bytes: &[i8]) -> Vec<f64> {
    let quantization = tensor.info.quantization;
    let (scale, zero_point) = (quantization.scale(), f64::from(quantization.zero_point()));
    let integers = reference::integers(tensor, bytes);
    integers.into_iter().map(|integer| (f64::from(integer) - zero_point) * scale).collect()
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test_set(answers: Answers) -> TestSet {
        let values = (0..answers.count()).map(|value| value as f32).collect();
        TestSet { inputs: Inputs::Real(Samples { shape: vec![1], values }), answers }
    }

    #[test]
    fn samples_are_spread_over_the_test_set() {
        let ten = test_set(Answers::Classes(vec![0; 10]));
        assert_eq!(spread(&ten, 20), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(spread(&ten, 10), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(spread(&ten, 4), [0, 2, 5, 7]);
        assert_eq!(spread(&ten, 1), [0]);
    }

    #[test]
    fn measurements_are_read_as_they_were_written() {
        let measured =
            Measured { measure: Measure::Auc, value: 1.0 / 3.0, samples: 5, all_samples: usize::MAX };
        let bytes = write(&measured);
        assert_eq!(read(Measure::Auc, &bytes), Some(measured));
        (0..bytes.len()).for_each(|length| assert_eq!(read(Measure::Auc, &bytes[..length]), None));
        assert_eq!(read(Measure::Auc, &[&bytes[..], &[0; 8]].concat()), None);
    }

    #[test]
    fn both_kinds_of_anomalies_are_among_them() {
        let mut anomalies = vec![false; 100];
        anomalies[99] = true;
        let rare = test_set(Answers::Anomalies(anomalies));
        assert_eq!(spread(&rare, 1), [0, 99]);
        let ten = spread(&rare, 11);
        assert_eq!((ten.len(), ten.last()), (11, Some(&99)));
        let half = test_set(Answers::Anomalies((0..10).map(|index| index % 2 == 1).collect()));
        assert_eq!(spread(&half, 4), [0, 4, 1, 5]);
    }
}
