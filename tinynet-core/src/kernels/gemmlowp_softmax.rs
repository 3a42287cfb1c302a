//! TensorFlow Lite's softmax.

use super::GemmlowpExponential;
use super::gemmlowp_exponential::{all_ones_below_zero, at_most, high_multiply};
use super::tight::{opaque, opaque_reference};
use crate::element::Element;

/// Softmax along the last axis: TensorFlow Lite's int8 SOFTMAX, bit for bit. 1 is 256 steps above -128; of an int16 output, 65 536
/// steps above -32 768.
///
/// TensorFlow Lite's reference kernel calculates with gemmlowp's fixed-point numbers: exponentials in Q0.31, their sum in
/// Q12.19, its reciprocal by three steps of Newton's method (gemmlowp, `fixedpoint/fixedpoint.h`). The exponentials depend
/// on the input alone, so that they may come from a table; a [`GemmlowpExponential`] instead takes longer and no table.
///
/// ```
/// use tinynet_core::kernels::GemmlowpSoftmax;
///
/// // e^0 and e^-0.693 = 1/2, in Q0.31.
/// let exponentials = &[i32::MAX, 1 << 30][..];
/// let mut output = [0i8; 2];
/// GemmlowpSoftmax { classes: 2, exponentials }.run(&[5, 4], &mut output);
/// // 2/3 and 1/3 of 256, less 128.
/// assert_eq!(output, [43, -43]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GemmlowpSoftmax<E> {
    /// Size of the last axis, at most 4095.
    pub classes: usize,
    /// `e^(-input scale · beta · d)` for the differences `d` to the largest input.
    pub exponentials: E,
}

/// Where exponentials come from.
pub trait Exponentials: sealed::Sealed {
    /// `e^(-step · difference)` in Q0.31 for differences of `0..=255`; not negative. `i32::MAX` for 0.
    fn at(&self, difference: u8) -> i32;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for &[i32] {}
    impl Sealed for super::GemmlowpExponential {}
}

/// A table: the first entry is `i32::MAX`, and none is negative. Those left out at the end count as 0.
impl Exponentials for &[i32] {
    #[inline(always)]
    fn at(&self, difference: u8) -> i32 {
        match self.get(usize::from(difference)) {
            Some(&exponential) => exponential,
            None => 0,
        }
    }
}

impl Exponentials for GemmlowpExponential {
    #[inline(always)]
    fn at(&self, difference: u8) -> i32 {
        self.of(i32::from(difference))
    }
}

/// Integer bits of the sum of exponentials.
const SUM_INTEGER_BITS: u32 = 12;

impl<E: Exponentials> GemmlowpSoftmax<E> {
    /// Computes `output` from `input`; both `[.., classes]`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ or are no multiple of the number of classes, or there are more than 4095 classes.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[i8], output: &mut [T]) {
        assert!(input.len() == output.len());
        assert!(0 < self.classes && self.classes <= 4095 && input.len().is_multiple_of(self.classes));
        let mut done = 0;
        while done != input.len() {
            // SAFETY: `classes` elements a round, not none, and the length is a multiple of it.
            unsafe { opaque_reference(self).row(input.as_ptr().add(done), output.as_mut_ptr().add(done)) };
            done += self.classes;
        }
    }

    /// One row of classes.
    ///
    /// # Safety
    ///
    /// `input` is readable and `output` writable for `classes` elements, of which there is one at least.
    #[inline(never)]
    unsafe fn row<T: Element>(&self, input: *const i8, output: *mut T) {
        let (mut largest, mut sum) = (i32::from(i8::MIN), 0u32);
        let mut index = 0;
        loop {
            // SAFETY: one of the classes.
            let more = i32::from(unsafe { *input.add(index) }).wrapping_sub(largest);
            largest = largest.wrapping_add(more & !all_ones_below_zero(more));
            index = opaque(index + 1);
            if index == self.classes {
                break;
            }
        }
        // None is larger, so that differences fit a byte.
        let difference = |x: i8| largest.wrapping_sub(i32::from(x)) as u8;
        index = 0;
        loop {
            // SAFETY: one of the classes.
            let exponential = self.exponentials.at(difference(unsafe { *input.add(index) }));
            sum = sum.wrapping_add(halved(exponential, SUM_INTEGER_BITS));
            index = opaque(index + 1);
            if index == self.classes {
                break;
            }
        }
        // The largest input alone gives 2^19: 12 places at the most, so that a loop does it, which takes all of them; the core
        // has no instruction for it.
        let (mut headroom, mut normalized) = (0u32, sum as i32);
        let mut place = 0;
        while place != SUM_INTEGER_BITS as usize {
            let is_above = all_ones_below_zero(!normalized);
            normalized = normalized.wrapping_add(normalized & is_above);
            headroom = headroom.wrapping_sub(is_above as u32);
            place = opaque(place + 1);
        }
        let scale = reciprocal_of_one_plus(normalized.wrapping_sub(i32::MIN));
        // The sum is 2^(12 - headroom) times what the reciprocal is of; the output's bits
        // are kept. With hundreds of equal inputs more
        // than 31 would be shifted out, for which gemmlowp has no answer; it is 0 either way.
        let [least, most] = [T::min_value(), T::max_value()].map(Element::widen);
        let places = SUM_INTEGER_BITS.wrapping_add(31 - 8 * size_of::<T>() as u32);
        let shift = at_most(31, places.wrapping_sub(headroom) as i32) as u32;
        index = 0;
        loop {
            // SAFETY: one of the classes.
            unsafe {
                let exponential = self.exponentials.at(difference(*input.add(index)));
                let steps = halved(high_multiply(scale, exponential), shift) as i32;
                let steps = steps.wrapping_add(least);
                *output.add(index) = T::narrow(at_most(most, steps));
            }
            index = opaque(index + 1);
            if index == self.classes {
                break;
            }
        }
    }
}

/// `value / 2^exponent`, halves rounded up, for a value that is not negative; `1 <= exponent <= 31`.
#[inline(always)]
fn halved(value: i32, exponent: u32) -> u32 {
    (value as u32).wrapping_add(1u32.wrapping_shl(exponent) >> 1).wrapping_shr(exponent)
}

/// `1 / (1 + x)` in Q0.31 for an `x` in Q0.31 that is not negative: gemmlowp's `one_over_one_plus_x_for_x_in_0_1`.
#[inline(never)]
pub(super) fn reciprocal_of_one_plus(x: i32) -> i32 {
    /// 48 / 17 and -32 / 17 in Q2.29: the line that Newton's method starts from.
    const LINE: [i32; 2] = [1_515_870_810, -1_010_580_540];
    /// 1 in Q2.29.
    const ONE: i32 = 1 << 29;
    // (x + 1) / 2, rounded: between 2^30 and i32::MAX.
    let half_denominator = ((x as u32).wrapping_add(i32::MAX as u32).wrapping_add(1) >> 1) as i32;
    let mut quotient = LINE[0].wrapping_add(high_multiply(half_denominator, LINE[1]));
    let mut step = 0;
    while step != 3 {
        let error = ONE.wrapping_sub(high_multiply(half_denominator, quotient));
        // Q2.29 · Q2.29 is Q4.27, brought back to Q2.29. gemmlowp saturates there; but the line is at most 1/17 off, and
        // what is corrected of a quotient below 2 is far below 4.
        let correction = high_multiply(quotient, error) << 2;
        quotient = quotient.wrapping_add(correction);
        step = opaque(step + 1);
    }
    // Half of it is the reciprocal; Q2.29 to Q0.31 is a factor of 4, half of it 2, with saturation: all ones but the sign.
    let is_beyond = all_ones_below_zero((i32::MAX >> 1).wrapping_sub(quotient));
    ((quotient << 2 | is_beyond) as u32 >> 1) as i32
}
