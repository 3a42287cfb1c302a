//! Softmax.

/// `e^x[i] / Σ_j e^x[j]` along the last axis, on int8.
///
/// With `d = max_j x[j] - x[i]`, an integer in `0..=255`, a table gives `E[d] ≈ 65535 · e^(-scale · d)`; the output is
/// `E[d_i] · output_steps / Σ_j E[d_j]`, to the nearest, plus the zero point, saturated.
///
/// At most one output step away from the exact softmax of the input for up to 250 classes. (A table entry is off by
/// at most 1/2 of 65535, so the sum by at most `classes / 2`: for 250 classes 0.19 %, half a step of 256; the
/// rounding of the output is the other half.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Softmax<'a> {
    /// Size of the last axis, at most 65536.
    pub classes: usize,
    /// `exponentials[d]` is `65535 · e^(-input scale · d)` rounded to the nearest, so that the first is 65535. At most 256
    /// entries; those left out at the end count as 0.
    pub exponentials: &'a [u16],
    /// Output steps a real 1.0: 128 (Q0.7; a certain class saturates at 127) or 256 (TensorFlow Lite, zero point -128).
    pub output_steps: u32,
    /// What stands for 0 in the output.
    pub output_zero_point: i32,
}

impl Softmax<'_> {
    /// Computes `output` from `input`; both `[.., classes]`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ or are no multiple of the number of classes, or there are not 128 or 256 output steps.
    #[inline(always)]
    pub fn run(&self, input: &[i8], output: &mut [i8]) {
        assert!(input.len() == output.len() && self.classes > 0 && input.len().is_multiple_of(self.classes));
        assert!(self.output_steps == 128 || self.output_steps == 256);
        assert!(!self.exponentials.is_empty() && self.exponentials[0] == 65535 && self.classes <= 65536);
        let shift = if self.output_steps == 256 { 23 } else { 24 };
        for (input, output) in input.chunks(self.classes).zip(output.chunks_mut(self.classes)) {
            let largest = input.iter().copied().fold(i8::MIN, i8::max);
            let exponential =
                |x: i8| u32::from(*self.exponentials.get(largest.abs_diff(x) as usize).unwrap_or(&0));
            let sum: u32 = input.iter().map(|&x| exponential(x)).sum();
            let reciprocal = ((1u64 << 31) + u64::from(sum / 2)) / u64::from(sum);
            for (&x, output) in input.iter().zip(output) {
                let steps = (exponential(x) * reciprocal as u32 + (1 << (shift - 1))) >> shift;
                *output = (steps as i32 + self.output_zero_point).clamp(-128, 127) as i8;
            }
        }
    }
}
