//! From a 32-bit accumulator to an activation.
//!
//! An accumulator counts in steps of `input scale · weight scale`, an activation in steps of its own tensor's
//! scale. Requantising multiplies by the quotient of the two, rounds and saturates. Two ways, one a
//! quantisation scheme:
//!
//! * **Fixed point.** Scales are powers of two, the quotient is a shift: [`shift_right`], halves rounded up.
//! * **Affine.** The quotient is a Q31 multiplier and a power of two: [`multiply`], TensorFlow Lite's
//!   reference arithmetic (`MultiplyByQuantizedMultiplier` with double rounding, on gemmlowp's
//!   `SaturatingRoundingDoublingHighMul` and `RoundingDivideByPOT`; Jacob et al., "Quantization and Training
//!   of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018, section 2.2 and appendix B).
//!   Sums that TensorFlow Lite has in 64 bits, those of int16 activations, it multiplies by a Q15 multiplier:
//!   [`short_multiply`].

use crate::kernels::tight::opaque;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::ShiftPerTensor {}
    impl Sealed for super::ShiftPerChannel<'_> {}
    impl Sealed for super::MultiplierPerTensor {}
    impl Sealed for super::MultiplierPerChannel<'_> {}
    impl Sealed for super::FractionPerTensor {}
    impl<const SPREAD: u32> Sealed for super::FractionPerChannel<'_, SPREAD> {}
    impl Sealed for super::MultiplyShift {}
    impl Sealed for super::ShortMultiplierPerTensor {}
    impl Sealed for super::ShortMultiplierPerChannel<'_> {}
    impl<R: Sealed> Sealed for super::ThenTable<'_, R> {}
}

/// How a kernel turns the accumulator of an output channel into an activation.
///
/// Sealed: kernels rely on [`channels`](Requantize::channels) always giving the same answer.
pub trait Requantize: Copy + sealed::Sealed {
    /// Number of output channels there are parameters for; `usize::MAX` where all channels share them.
    fn channels(&self) -> usize;

    /// The activation, clamped, zero point added.
    ///
    /// # Safety
    ///
    /// `channel < self.channels()`.
    unsafe fn apply_unchecked(&self, channel: usize, accumulator: i32) -> i32;

    /// The activation, clamped, zero point added.
    ///
    /// # Panics
    ///
    /// Where there are no parameters for `channel`.
    #[inline(always)]
    fn apply(&self, channel: usize, accumulator: i32) -> i32 {
        assert!(channel < self.channels());
        // SAFETY: just asserted.
        unsafe { self.apply_unchecked(channel, accumulator) }
    }
}

/// `clamp(accumulator >> shift)`, one shift for all channels.
///
/// Rounding is not done here: the accumulator already holds the half, `2^(shift - 1)`, by way of the bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShiftPerTensor {
    /// Right shift, `0..=30`.
    pub shift: u8,
    /// Smallest activation.
    pub min: i32,
    /// Largest activation.
    pub max: i32,
}

/// `clamp(accumulator >> shifts[channel])`.
///
/// Rounding is not done here: the accumulator already holds the half, `2^(shift - 1)`, by way of the bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShiftPerChannel<'a> {
    /// Right shifts, `0..=30`, one an output channel.
    pub shifts: &'a [u8],
    /// Smallest activation.
    pub min: i32,
    /// Largest activation.
    pub max: i32,
}

/// `clamp(multiply(accumulator, multiplier, shift) + zero_point)`, one multiplier for all channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MultiplierPerTensor {
    /// Q31 multiplier.
    pub multiplier: i32,
    /// Power of two, `-31..=30`; positive to the left.
    pub shift: i8,
    /// The integer that stands for 0 in the output.
    pub zero_point: i32,
    /// Smallest activation.
    pub min: i32,
    /// Largest activation.
    pub max: i32,
}

/// `clamp(multiply(accumulator, multipliers[channel], shifts[channel]) + zero_point)`: TensorFlow Lite, bit
/// for bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MultiplierPerChannel<'a> {
    /// Q31 multipliers, one an output channel.
    pub multipliers: &'a [i32],
    /// Powers of two, `-31..=30`, one an output channel; positive to the left.
    pub shifts: &'a [i8],
    /// The integer that stands for 0 in the output.
    pub zero_point: i32,
    /// Smallest activation.
    pub min: i32,
    /// Largest activation.
    pub max: i32,
}

/// `clamp(short_multiply(accumulator, multiplier, shift))`, one multiplier for all channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortMultiplierPerTensor {
    /// Q15 multiplier.
    pub multiplier: i16,
    /// Power of two, `-31..=7`; positive to the left.
    pub shift: i8,
    /// Smallest activation.
    pub min: i32,
    /// Largest activation.
    pub max: i32,
}

/// [`MultiplierPerTensor`] for factors below one half: the same results, in half the time and code.
///
/// For accumulators within `±(2^30 - 1)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FractionPerTensor {
    /// Q31 multiplier, from `2^30` on.
    pub multiplier: i32,
    /// The factor is `multiplier · 2^-31 · 2^-(halvings + 1)`; `0..=30`.
    pub halvings: u8,
    /// The integer that stands for 0 in the output.
    pub zero_point: i32,
    /// Smallest activation.
    pub min: i32,
    /// Largest activation.
    pub max: i32,
}

/// `clamp(short_multiply(accumulator, multipliers[channel], shifts[channel]))`: TensorFlow Lite's int16, bit for bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortMultiplierPerChannel<'a> {
    /// Q15 multipliers, one an output channel.
    pub multipliers: &'a [i16],
    /// Powers of two, `-31..=7`, one an output channel; positive to the left.
    pub shifts: &'a [i8],
    /// Smallest activation.
    pub min: i32,
    /// Largest activation.
    pub max: i32,
}

/// [`MultiplierPerChannel`] for factors below one half that are not too different: the same results, in half the time and
/// code and in four bytes a channel instead of five.
///
/// For accumulators within `±(2^30 - 1)`. Of each fraction, the `SPREAD` bits at the top are not the multiplier's,
/// `2..=31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FractionPerChannel<'a, const SPREAD: u32> {
    /// One an output channel, see [`pack_fraction`].
    pub fractions: &'a [u32],
    /// The fewest halvings of a channel, `0..=30`.
    pub halvings: u8,
    /// The integer that stands for 0 in the output.
    pub zero_point: i32,
    /// Smallest activation.
    pub min: i32,
    /// Largest activation.
    pub max: i32,
}

/// `clamp((accumulator · multiplier + offset) >> shift)`, one multiplication of 32 bits, the same for all channels.
///
/// `below_zero` is added to the offset of negative accumulators: halves that are rounded away from zero are rounded down
/// there, and up elsewhere.
///
/// Takes the place of another requantisation where both give the same result for all accumulators that can occur; who
/// chooses the numbers has proven that, and that nothing overflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MultiplyShift {
    /// The factor.
    pub multiplier: i32,
    /// Zero point and rounding, in steps of `2^-shift`.
    pub offset: i32,
    /// What the offset has more where the accumulator is negative.
    pub below_zero: i32,
    /// Right shift, `0..=31`.
    pub shift: u8,
    /// Smallest activation.
    pub min: i32,
    /// Largest activation.
    pub max: i32,
}

/// Another requantisation to int8, then a table: an activation function that costs one look-up an output.
#[derive(Clone, Copy, Debug)]
pub struct ThenTable<'a, R> {
    /// Makes the int8, within `-128..=127`.
    pub requantize: R,
    /// int8 bit patterns, indexed by an int8's bit pattern.
    pub table: &'a [u8; 256],
}

impl Requantize for ShiftPerTensor {
    #[inline(always)]
    fn channels(&self) -> usize {
        usize::MAX
    }

    #[inline(always)]
    unsafe fn apply_unchecked(&self, _channel: usize, accumulator: i32) -> i32 {
        clamp(accumulator.wrapping_shr(u32::from(self.shift)), self.min, self.max)
    }
}

impl Requantize for ShiftPerChannel<'_> {
    #[inline(always)]
    fn channels(&self) -> usize {
        self.shifts.len()
    }

    #[inline(always)]
    unsafe fn apply_unchecked(&self, channel: usize, accumulator: i32) -> i32 {
        // SAFETY: the caller keeps `channel` below the number of shifts.
        let shift = unsafe { *self.shifts.get_unchecked(channel) };
        clamp(accumulator.wrapping_shr(u32::from(shift)), self.min, self.max)
    }
}

impl Requantize for MultiplierPerTensor {
    #[inline(always)]
    fn channels(&self) -> usize {
        usize::MAX
    }

    #[inline(always)]
    unsafe fn apply_unchecked(&self, _channel: usize, accumulator: i32) -> i32 {
        // Else there is a loop for each sign of the shift, and more.
        let (multiplier, shift) = (opaque(self.multiplier), opaque(i32::from(self.shift)));
        let scaled = multiply(accumulator, multiplier, shift as i8);
        clamp(scaled.wrapping_add(self.zero_point), self.min, self.max)
    }
}

impl Requantize for MultiplierPerChannel<'_> {
    #[inline(always)]
    fn channels(&self) -> usize {
        self.multipliers.len().min(self.shifts.len())
    }

    #[inline(always)]
    unsafe fn apply_unchecked(&self, channel: usize, accumulator: i32) -> i32 {
        // SAFETY: the caller keeps `channel` below the number of multipliers and of shifts.
        let (multiplier, shift) =
            unsafe { (*self.multipliers.get_unchecked(channel), *self.shifts.get_unchecked(channel)) };
        let scaled = multiply(accumulator, multiplier, shift);
        clamp(scaled.wrapping_add(self.zero_point), self.min, self.max)
    }
}

impl Requantize for ShortMultiplierPerTensor {
    #[inline(always)]
    fn channels(&self) -> usize {
        usize::MAX
    }

    #[inline(always)]
    unsafe fn apply_unchecked(&self, _channel: usize, accumulator: i32) -> i32 {
        clamp(short_multiply(accumulator, self.multiplier, self.shift), self.min, self.max)
    }
}

impl Requantize for ShortMultiplierPerChannel<'_> {
    #[inline(always)]
    fn channels(&self) -> usize {
        self.multipliers.len().min(self.shifts.len())
    }

    #[inline(always)]
    unsafe fn apply_unchecked(&self, channel: usize, accumulator: i32) -> i32 {
        // SAFETY: the caller keeps `channel` below the number of multipliers and of shifts.
        let (multiplier, shift) =
            unsafe { (*self.multipliers.get_unchecked(channel), *self.shifts.get_unchecked(channel)) };
        clamp(short_multiply(accumulator, multiplier, shift), self.min, self.max)
    }
}

impl Requantize for FractionPerTensor {
    #[inline(always)]
    fn channels(&self) -> usize {
        usize::MAX
    }

    #[inline(always)]
    unsafe fn apply_unchecked(&self, _channel: usize, accumulator: i32) -> i32 {
        let scaled = multiply_by_fraction(accumulator, self.multiplier as u32, u32::from(self.halvings));
        clamp(scaled.wrapping_add(self.zero_point), self.min, self.max)
    }
}

impl<const SPREAD: u32> Requantize for FractionPerChannel<'_, SPREAD> {
    #[inline(always)]
    fn channels(&self) -> usize {
        self.fractions.len()
    }

    #[inline(always)]
    unsafe fn apply_unchecked(&self, channel: usize, accumulator: i32) -> i32 {
        // SAFETY: the caller keeps `channel` below the number of fractions.
        let fraction = unsafe { *self.fractions.get_unchecked(channel) };
        let (multiplier, further) = unpack_fraction(fraction, SPREAD);
        let scaled =
            multiply_by_fraction(accumulator, multiplier, further.wrapping_add(u32::from(self.halvings)));
        clamp(scaled.wrapping_add(self.zero_point), self.min, self.max)
    }
}

impl Requantize for MultiplyShift {
    #[inline(always)]
    fn channels(&self) -> usize {
        usize::MAX
    }

    #[inline(always)]
    unsafe fn apply_unchecked(&self, _channel: usize, accumulator: i32) -> i32 {
        let product = accumulator.wrapping_mul(self.multiplier).wrapping_add(self.offset);
        let product = product.wrapping_add(accumulator >> 31 & self.below_zero);
        clamp(product.wrapping_shr(u32::from(self.shift)), self.min, self.max)
    }
}

impl<R: Requantize> Requantize for ThenTable<'_, R> {
    #[inline(always)]
    fn channels(&self) -> usize {
        self.requantize.channels()
    }

    #[inline(always)]
    unsafe fn apply_unchecked(&self, channel: usize, accumulator: i32) -> i32 {
        // SAFETY: the caller keeps `channel` below the inner number of channels, which is ours.
        let value = unsafe { self.requantize.apply_unchecked(channel, accumulator) };
        i32::from(self.table[usize::from(value as u8)] as i8)
    }
}

/// `min(max(value, low), high)`, without `i32::clamp`'s panic where the ends are the wrong way round.
#[inline(always)]
pub const fn clamp(value: i32, low: i32, high: i32) -> i32 {
    let value = if value < low { low } else { value };
    if value > high { high } else { value }
}

/// `accumulator · 2^-shift`, halves rounded up; `0 <= shift <= 30`.
///
/// ```
/// use tinynet_core::requantize::shift_right;
///
/// assert_eq!(shift_right(5, 1), 3);
/// assert_eq!(shift_right(-5, 1), -2);
/// ```
#[inline(always)]
pub const fn shift_right(accumulator: i32, shift: u8) -> i32 {
    accumulator.wrapping_add(half(shift)).wrapping_shr(shift as u32)
}

/// What to add before a right shift by `shift` so that it rounds: `2^(shift - 1)`, or 0 where nothing is
/// shifted.
#[inline(always)]
pub const fn half(shift: u8) -> i32 {
    1i32.wrapping_shl(shift as u32) >> 1
}

/// `accumulator · multiplier · 2^(shift - 31)`, rounded twice: TensorFlow Lite's
/// `MultiplyByQuantizedMultiplier`.
///
/// A positive `shift` is applied to the accumulator first (and wraps), a negative one to the rounded product.
/// `-31 <= shift <= 30`.
///
/// ```
/// use tinynet_core::requantize::multiply;
///
/// // 2^30 in Q31 is one half.
/// assert_eq!(multiply(100, 1 << 30, 0), 50);
/// assert_eq!(multiply(100, 1 << 30, 1), 100);
/// assert_eq!(multiply(-100, 1 << 30, -2), -13);
/// ```
#[inline(always)]
pub const fn multiply(accumulator: i32, multiplier: i32, shift: i8) -> i32 {
    let (left, right) = if shift > 0 { (shift as u32, 0) } else { (0, shift.wrapping_neg() as u32) };
    let product = saturating_rounding_doubling_high_multiply(accumulator.wrapping_shl(left), multiplier);
    rounding_divide_by_power_of_two(product, right)
}

/// `accumulator · multiplier · 2^(shift - 15)`, rounded once, halves up: TensorFlow Lite's
/// `MultiplyByQuantizedMultiplier` of 64-bit numbers, for one of 32.
///
/// `0 <= multiplier` and `-31 <= shift <= 7`. What does not fit 32 bits loses its upper ones, as there.
///
/// ```
/// use tinynet_core::requantize::short_multiply;
///
/// // 2^14 in Q15 is one half.
/// assert_eq!(short_multiply(100, 1 << 14, 0), 50);
/// assert_eq!(short_multiply(101, 1 << 14, 0), 51);
/// assert_eq!(short_multiply(-101, 1 << 14, 0), -50);
/// assert_eq!(short_multiply(100_000, 1 << 14, 3), 400_000);
/// ```
#[inline(never)]
pub const fn short_multiply(accumulator: i32, multiplier: i16, shift: i8) -> i32 {
    // 47 bits and a sign: from halves, of which each product fits 32.
    let (high, low) = (accumulator >> 16, accumulator as u32 & 0xffff);
    let (high, low) = (high * multiplier as i32, low.wrapping_mul(multiplier as u32));
    let product = ((high as i64) << 16) + low as i64;
    let right = 15u32.wrapping_sub(shift as u32) & 63;
    ((product + ((1i64 << right) >> 1)) >> right) as i32
}

/// A Q31 multiplier from `2^30` on, without its lowest `spread - 2` bits, and how many halvings more than the fewest there
/// are, fewer than `2^spread`; `2 <= spread <= 31`.
///
/// The multiplier's first bit is always 1 and none stands before it, which leaves two bits of 32.
pub const fn pack_fraction(multiplier: i32, further: u32, spread: u32) -> u32 {
    (multiplier as u32).wrapping_shl(2).wrapping_shr(spread)
        | further.wrapping_shl(32u32.wrapping_sub(spread))
}

/// What [`pack_fraction`] has put together.
#[inline(always)]
pub const fn unpack_fraction(fraction: u32, spread: u32) -> (u32, u32) {
    let multiplier = fraction.wrapping_shl(spread).wrapping_shr(2) | 1 << 30;
    (multiplier, fraction.wrapping_shr(32u32.wrapping_sub(spread)))
}

/// [`multiply`] by a multiplier from `2^30` to `2^31 - 1` and a shift of `-(halvings + 1)`, for accumulators within
/// `±(2^30 - 1)`: nothing saturates then, and rounding is simpler.
#[inline(always)]
const fn multiply_by_fraction(accumulator: i32, multiplier: u32, halvings: u32) -> i32 {
    // The product of 2 · accumulator and the multiplier, put together from halves as in
    // `saturating_rounding_doubling_high_multiply`; its high word, rounded, halves up.
    let doubled = accumulator.wrapping_shl(1);
    let (ah, al) = (doubled >> 16, doubled as u32 & 0xffff);
    let (bh, bl) = (multiplier >> 16, multiplier & 0xffff);
    let middle = ah.wrapping_mul(bl as i32).wrapping_add((al.wrapping_mul(bl) >> 16) as i32);
    let low = al.wrapping_mul(bh).wrapping_add(middle as u32 & 0xffff).wrapping_add(0x8000);
    let high = ah.wrapping_mul(bh as i32).wrapping_add(middle >> 16).wrapping_add((low >> 16) as i32);
    // Halves away from zero: up, but those of negative numbers, which one less makes less than halves.
    let high = high.wrapping_add(high >> 31);
    (high.wrapping_shr(halvings) + 1) >> 1
}

/// [`short_multiply`] of a sum of 64 bits, at most `2^47`.
#[inline(never)]
pub const fn short_multiply_wide(sum: i64, multiplier: i16, shift: i8) -> i32 {
    let right = 15u32.wrapping_sub(shift as u32) & 63;
    (sum.wrapping_mul(multiplier as i64).wrapping_add((1i64 << right) >> 1) >> right) as i32
}

/// [`multiply`], as a function of its own: straight-line code would hold it again for each output.
#[inline(never)]
pub fn multiply_by_call(accumulator: i32, multiplier: i32, shift: i8) -> i32 {
    multiply(accumulator, multiplier, shift)
}

/// The high half of `2 · a · b`, rounded to nearest, halves up; saturates where both are `i32::MIN`.
///
/// gemmlowp's `SaturatingRoundingDoublingHighMul`, ARM's `SQRDMULH`. (gemmlowp adds `1 - 2^30` to negative
/// products and divides towards zero; that rounds halves up, too.)
#[inline(always)]
pub const fn saturating_rounding_doubling_high_multiply(a: i32, b: i32) -> i32 {
    if a == i32::MIN && b == i32::MIN { i32::MAX } else { rounding_doubling_high_multiply(a, b) }
}

/// [`saturating_rounding_doubling_high_multiply`] but for two times `i32::MIN`.
#[inline(always)]
pub(crate) const fn rounding_doubling_high_multiply(a: i32, b: i32) -> i32 {
    // A Cortex-M0 multiplies 32 by 32 bits to the low 32 only, so a · b is put together from halves, a = ah ·
    // 2^16 + al: a · b = ah · bh · 2^32 + (ah · bl + al · bh) · 2^16 + al · bl. No sum below wraps: |ah|,
    // |bh| <= 2^15 and al, bl < 2^16, so that ah · bl + 2^16 <= 2^31 - 1 and al · bh >= -2^31.
    let (ah, al) = (a >> 16, a & 0xffff);
    let (bh, bl) = (b >> 16, b & 0xffff);
    let middle = ah * bl + ((al as u32 * bl as u32) >> 16) as i32;
    let other_middle = al * bh + (middle & 0xffff);
    let high = ah * bh + (middle >> 16) + (other_middle >> 16);
    // The low half's upper 16 bits are those of `other_middle`. Doubling takes its top bit along, and the
    // next one rounds.
    let top_bits = (other_middle as u32 >> 14) as i32 & 3;
    high.wrapping_shl(1) + ((top_bits + 1) >> 1)
}

/// `value / 2^exponent`, rounded to nearest, halves away from zero; `0 <= exponent <= 31`.
///
/// gemmlowp's `RoundingDivideByPOT`.
#[inline(always)]
pub const fn rounding_divide_by_power_of_two(value: i32, exponent: u32) -> i32 {
    let mask = (1i32.wrapping_shl(exponent)).wrapping_sub(1);
    let remainder = value & mask;
    let threshold = (mask as u32 >> 1) as i32 + (value < 0) as i32;
    value.wrapping_shr(exponent) + (remainder > threshold) as i32
}
