//! From the outputs of a network and the right answers to one number.

use crate::test_set::Answers;

/// The samples that a network has run so far, and how good its answers were.
pub(super) struct Score<'t> {
    answers: &'t Answers,
    /// Whether outputs are the number of a class rather than a value for each.
    is_class: bool,
    /// Samples so far.
    samples: usize,
    /// Those of them that were classified rightly.
    right: usize,
    /// Sum of squared differences, and how many there are.
    squares: (f64, usize),
    /// How much each sample looks like an anomaly, and whether it is one.
    anomalies: Vec<(f64, bool)>,
}

impl<'t> Score<'t> {
    /// Nothing has run.
    pub(super) fn new(answers: &'t Answers, is_class: bool) -> Self {
        Self { answers, is_class, samples: 0, right: 0, squares: (0.0, 0), anomalies: Vec::new() }
    }

    /// Adds what the network made of sample `index`.
    pub(super) fn add(&mut self, index: usize, input: &[f64], output: &[f64]) {
        self.samples += 1;
        match self.answers {
            Answers::Classes(classes) => {
                let class = match self.is_class {
                    true => output.first().map_or(0, |&class| class as usize),
                    false => first_of_largest(output),
                };
                self.right += usize::from(class == classes[index]);
            }
            Answers::Values(values) => {
                let right = values.sample(index);
                let square = |(made, &right): (&f64, &f32)| (made - f64::from(right)).powi(2);
                self.squares.0 += output.iter().zip(right).map(square).sum::<f64>();
                self.squares.1 += right.len();
            }
            Answers::Anomalies(anomalies) => {
                self.anomalies.push((anomaly_score(input, output), anomalies[index]));
            }
        }
    }

    /// The measure that belongs to the kind of answers.
    pub(super) fn value(mut self) -> f64 {
        match self.answers {
            Answers::Classes(_) => self.right as f64 / self.samples.max(1) as f64,
            Answers::Values(_) => (self.squares.0 / self.squares.1.max(1) as f64).sqrt(),
            Answers::Anomalies(_) => area_under_curve(&mut self.anomalies),
        }
    }
}

fn first_of_largest(values: &[f64]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}

/// How much a sample looks like an anomaly; see [`Measure::Auc`](super::Measure::Auc).
fn anomaly_score(input: &[f64], output: &[f64]) -> f64 {
    match output {
        [score] => *score,
        [normal, anomaly] => anomaly - normal,
        _ => {
            let square = |(a, b): (&f64, &f64)| (a - b).powi(2);
            input.iter().zip(output).map(square).sum::<f64>() / output.len().max(1) as f64
        }
    }
}

/// The Mann-Whitney statistic: the mean rank of anomalies, less the least that it could be, in parts of the most. Equal
/// scores share the mean of their ranks.
fn area_under_curve(scores: &mut [(f64, bool)]) -> f64 {
    scores.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let anomalies = scores.iter().filter(|(_, is_anomaly)| *is_anomaly).count();
    let normal = scores.len() - anomalies;
    let (mut rank_sum, mut before) = (0.0, 0);
    for equals in scores.chunk_by(|(a, _), (b, _)| a == b) {
        // Ranks count from 1.
        let mean_rank = before as f64 + (equals.len() + 1) as f64 / 2.0;
        rank_sum += mean_rank * equals.iter().filter(|(_, is_anomaly)| *is_anomaly).count() as f64;
        before += equals.len();
    }
    let least = (anomalies * (anomalies + 1)) as f64 / 2.0;
    (rank_sum - least) / (anomalies * normal).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Samples;

    fn value(answers: &Answers, is_class: bool, runs: &[(&[f64], &[f64])]) -> f64 {
        let mut score = Score::new(answers, is_class);
        for (index, (input, output)) in runs.iter().enumerate() {
            score.add(index, input, output);
        }
        score.value()
    }

    #[test]
    fn the_first_of_the_largest_is_the_class() {
        let classes = Answers::Classes(vec![1, 0, 2, 1]);
        let runs: [(&[f64], &[f64]); 4] =
            [(&[], &[-2.0, -1.0, -3.0]), (&[], &[5.0, 5.0, 5.0]), (&[], &[0.0, 1.0, 1.0]), (&[], &[0.0; 3])];
        assert_eq!(value(&classes, false, &runs), 0.5);
        let numbers: [(&[f64], &[f64]); 4] = [(&[], &[1.0]), (&[], &[0.0]), (&[], &[2.0]), (&[], &[0.0])];
        assert_eq!(value(&classes, true, &numbers), 0.75);
    }

    #[test]
    fn errors_are_the_root_of_the_mean_of_squares() {
        let right = Answers::Values(Samples { shape: vec![2], values: vec![0.0, 1.0, 2.0, 3.0] });
        let runs: [(&[f64], &[f64]); 2] = [(&[], &[3.0, 1.0]), (&[], &[2.0, -2.0])];
        assert_eq!(value(&right, false, &runs), ((9.0 + 25.0) / 4.0_f64).sqrt());
    }

    /// The share of pairs that are in order, as the definition says.
    fn pairs_in_order(scores: &[(f64, bool)]) -> f64 {
        let of =
            |kind| scores.iter().filter(move |(_, is_anomaly)| *is_anomaly == kind).map(|(score, _)| score);
        let pairs: Vec<f64> = of(true)
            .flat_map(|anomaly| {
                of(false).map(move |normal| match anomaly.total_cmp(normal) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                })
            })
            .collect();
        pairs.iter().sum::<f64>() / pairs.len() as f64
    }

    #[test]
    fn areas_are_shares_of_pairs_in_order() {
        let mut state = 7_u32;
        for count in 2..60 {
            let mut scores: Vec<(f64, bool)> = (0..count)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    // Few values, so that there are equals.
                    (f64::from(state >> 29), state >> 16 & 1 == 1)
                })
                .collect();
            scores[0].1 = false;
            scores[1].1 = true;
            let expected = pairs_in_order(&scores);
            assert!((area_under_curve(&mut scores) - expected).abs() < 1e-12, "{scores:?}");
        }
    }

    #[test]
    fn anomalies_score_by_the_output_or_by_what_is_not_reconstructed() {
        let kinds = Answers::Anomalies(vec![false, true]);
        assert_eq!(value(&kinds, false, &[(&[], &[1.0]), (&[], &[2.0])]), 1.0);
        assert_eq!(value(&kinds, false, &[(&[], &[2.0]), (&[], &[1.0])]), 0.0);
        assert_eq!(value(&kinds, false, &[(&[], &[2.0]), (&[], &[2.0])]), 0.5);
        assert_eq!(value(&kinds, false, &[(&[], &[5.0, 6.0]), (&[], &[1.0, 3.0])]), 1.0);
        let input: &[f64] = &[1.0, 2.0, 3.0];
        assert_eq!(value(&kinds, false, &[(input, &[1.0, 2.0, 3.5]), (input, &[1.0, 2.0, 2.0])]), 1.0);
    }
}
