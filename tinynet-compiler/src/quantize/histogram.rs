//! How the values of a tensor are distributed.

/// Bins on each side of 0.
const BINS: usize = 2048;

/// Counts of values in bins of one width, a power of two that doubles when a value lies outside.
///
/// A bin knows the mean of its values, so that discrete values (pixels, sums of few) stay what they are. The same values
/// in the same order always give the same histogram.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    /// Smallest value.
    min: f64,
    /// Largest value.
    max: f64,
    /// Number of exact zeros, which are in no bin: every quantisation has an exact 0.
    zeros: u64,
    /// `1 / width`; 0 while all values were 0.
    inverse_width: f64,
    /// Number of values in each bin, and their sum.
    bins: Vec<(u64, f64)>,
}

/// Values that lie close together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bin {
    /// Their mean.
    pub(super) value: f64,
    /// How many there are.
    pub(super) count: f64,
}

impl Histogram {
    /// No value yet.
    pub(super) fn new() -> Self {
        Self { min: 0.0, max: 0.0, zeros: 0, inverse_width: 0.0, bins: Vec::new() }
    }

    /// Counts values; answers the first that is not finite.
    pub(super) fn add(&mut self, values: &[f32]) -> Result<(), f32> {
        let (length, mut index) = (values.len(), 0);
        // A plain loop: this runs without optimisation over everything that calibration computes.
        while index < length {
            let value = values[index] as f64;
            if value == 0.0 {
                self.zeros += 1;
            } else {
                let place = value * self.inverse_width + BINS as f64;
                if self.inverse_width > 0.0 && place > 0.0 && place < 2.0 * BINS as f64 {
                    let bin = &mut self.bins[place as usize];
                    bin.0 += 1;
                    bin.1 += value;
                } else {
                    self.widen(values[index])?;
                    continue;
                }
                if value < self.min {
                    self.min = value;
                }
                if value > self.max {
                    self.max = value;
                }
            }
            index += 1;
        }
        Ok(())
    }

    /// Makes room for `value`.
    fn widen(&mut self, value: f32) -> Result<(), f32> {
        if !value.is_finite() {
            return Err(value);
        }
        let (_, exponent) = libm::frexp(f64::from(value));
        // |value| < 2^exponent = BINS · width.
        let inverse_width = libm::ldexp(BINS as f64, -exponent);
        if self.inverse_width == 0.0 {
            self.bins = vec![(0, 0.0); 2 * BINS];
        } else {
            // Bins merge: 2^n narrow ones are one wide one, counted from the middle.
            let ratio = self.inverse_width / inverse_width;
            let narrow = std::mem::replace(&mut self.bins, vec![(0, 0.0); 2 * BINS]);
            for (index, (count, sum)) in narrow.into_iter().enumerate() {
                let place = ((index as f64 - BINS as f64) / ratio).floor() + BINS as f64;
                let bin = &mut self.bins[place as usize];
                bin.0 += count;
                bin.1 += sum;
            }
        }
        self.inverse_width = inverse_width;
        Ok(())
    }

    /// Smallest and largest value, and 0.
    pub(super) fn range(&self) -> [f64; 2] {
        [self.min, self.max]
    }

    /// The bins that hold values, in ascending order; zeros apart.
    pub(super) fn bins(&self) -> Vec<Bin> {
        let is_filled = |bin: &&(u64, f64)| bin.0 > 0;
        let bin = |&(count, sum): &(u64, f64)| Bin { value: sum / count as f64, count: count as f64 };
        self.bins.iter().filter(is_filled).map(bin).collect()
    }

    /// The magnitude that `percentage` of the values do not exceed, to the width of a bin.
    pub(super) fn percentile(&self, percentage: f64) -> f64 {
        let mut magnitudes = self.bins();
        for bin in &mut magnitudes {
            bin.value = bin.value.abs();
        }
        magnitudes.sort_by(|a, b| a.value.total_cmp(&b.value));
        let total: f64 = self.zeros as f64 + magnitudes.iter().map(|bin| bin.count).sum::<f64>();
        let mut seen = self.zeros as f64;
        for bin in magnitudes {
            seen += bin.count;
            if seen >= total * percentage / 100.0 {
                return bin.value;
            }
        }
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(values: &[f32]) -> Histogram {
        let mut histogram = Histogram::new();
        histogram.add(values).unwrap();
        histogram
    }

    #[test]
    fn discrete_values_stay_exact() {
        let histogram = histogram(&[0.0, 0.25, 0.25, -0.5, 0.0, 3.0]);
        let bin = |value, count| Bin { value, count };
        assert_eq!(histogram.bins(), [bin(-0.5, 1.0), bin(0.25, 2.0), bin(3.0, 1.0)]);
        assert_eq!(histogram.range(), [-0.5, 3.0]);
    }

    #[test]
    fn widening_loses_no_value() {
        let values: Vec<f32> =
            (1..40).map(|index| (index as f32 * 0.37).sin() * 1.7f32.powi(index)).collect();
        let narrow_first = histogram(&values);
        let mut reversed = values.clone();
        reversed.reverse();
        let wide_first = histogram(&reversed);
        let count = |histogram: &Histogram| histogram.bins().iter().map(|bin| bin.count).sum::<f64>();
        assert_eq!(count(&narrow_first), 39.0);
        assert_eq!(narrow_first.range(), wide_first.range());
        let counts = |histogram: &Histogram| histogram.bins().iter().map(|bin| bin.count).collect::<Vec<_>>();
        assert_eq!(counts(&narrow_first), counts(&wide_first));
    }

    #[test]
    fn all_magnitudes_of_f32() {
        for value in [1e-45f32, 1e-30, 1.0, f32::MAX, -f32::MAX, -1e-45] {
            let histogram = histogram(&[value]);
            assert_eq!(histogram.bins(), [Bin { value: f64::from(value), count: 1.0 }]);
        }
        let histogram = histogram(&[1e-45, f32::MAX, -f32::MAX]);
        assert_eq!(histogram.bins().iter().map(|bin| bin.count).sum::<f64>(), 3.0);
    }

    #[test]
    fn what_is_not_finite_is_refused() {
        assert!(Histogram::new().add(&[0.0, f32::NAN]).unwrap_err().is_nan());
        assert_eq!(Histogram::new().add(&[1.0, f32::INFINITY]), Err(f32::INFINITY));
    }

    #[test]
    fn percentiles_of_magnitudes() {
        let values: Vec<f32> =
            (0..1000).map(|index| if index % 2 == 0 { index as f32 } else { -(index as f32) }).collect();
        let histogram = histogram(&values);
        assert_eq!(histogram.percentile(100.0), 999.0);
        assert!((histogram.percentile(90.0) - 899.0).abs() <= 1.0);
    }
}
