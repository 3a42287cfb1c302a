//! The logistic function and the hyperbolic tangent of int16.

use super::tight::{for_each_pair, opaque, opaque_reference};

/// The logistic function of int16s, in steps of `2^-15`: TensorFlow Lite's `LOGISTIC`, bit for bit.
///
/// ```text
/// u = (x · multiplier + half) >> shift            steps of 1 / (24 · 512)
/// y = 1 / (1 + e^-u)                              interpolated in a table
/// ```
///
/// ```
/// use tinynet_core::kernels::Logistic16;
///
/// // Steps of 1/4096.
/// let mut data = [0i16, 4096, -4096, i16::MAX];
/// Logistic16 { multiplier: 3, shift: 0 }.run_in_place(&mut data);
/// assert_eq!(data, [16384, 23956, 8812, 32757]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logistic16 {
    /// Factor to steps of the table, `0..=65535`.
    pub multiplier: i32,
    /// Right shift of the product, `0..=31`; halves are rounded up.
    pub shift: u8,
}

/// The hyperbolic tangent of int16s, in steps of `2^-15`: TensorFlow Lite's `TANH`, bit for bit.
///
/// ```text
/// u = (x · multiplier + half) >> shift            steps of 1 / (24 · 256)
/// y = 2 / (1 + e^-u) - 1                          interpolated in a table
/// ```
///
/// where `u` is twice the argument.
///
/// ```
/// use tinynet_core::kernels::Tanh16;
///
/// // Steps of 1/4096.
/// let mut data = [0i16, 4096, -4096, i16::MAX];
/// Tanh16 { multiplier: 3, shift: 0 }.run_in_place(&mut data);
/// assert_eq!(data, [0, 24956, -24956, 32767]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tanh16 {
    /// Factor to steps of the table, `0..=65535`.
    pub multiplier: i32,
    /// Right shift of the product, `0..=31`; halves are rounded up.
    pub shift: u8,
}

macro_rules! run_on_int16 {
    ($kernel:ty) => {
        impl $kernel {
            /// Computes `output` from `input`.
            ///
            /// # Panics
            ///
            /// Where the lengths differ.
            #[inline(always)]
            pub fn run(&self, input: &[i16], output: &mut [i16]) {
                assert!(input.len() == output.len());
                let (input, length) = (input.as_ptr(), input.len());
                // SAFETY: as many elements to read as to write, asserted.
                unsafe { opaque_reference(self).values(input, opaque(length), output.as_mut_ptr()) };
            }

            /// Computes in place.
            #[inline(always)]
            pub fn run_in_place(&self, data: &mut [i16]) {
                let (data, length) = (data.as_mut_ptr(), data.len());
                // SAFETY: `data` is all that is read and written.
                unsafe { opaque_reference(self).values(data.cast_const(), opaque(length), data) };
            }

            /// # Safety
            ///
            /// `input` is readable and `output` writable for `length` elements; they are the same or do not overlap.
            #[inline(never)]
            unsafe fn values(&self, input: *const i16, length: usize, output: *mut i16) {
                let this = *self;
                // SAFETY: the caller's, for each element.
                unsafe {
                    for_each_pair(input, output, length, |input, output| *output = this.value(*input));
                }
            }
        }
    };
}

run_on_int16!(Logistic16);
run_on_int16!(Tanh16);

impl Logistic16 {
    #[inline(always)]
    fn value(&self, x: i16) -> i16 {
        let u = scaled(x, self.multiplier, self.shift);
        // Q16.9
        let positive = interpolated(u.unsigned_abs(), 9).unwrap_or(0x7fff << 10);
        let value = if u >= 0 { positive + (1 << 9) } else { (1 << 25) + (1 << 9) - 1 - positive };
        (value >> 10) as i16
    }
}

impl Tanh16 {
    #[inline(always)]
    fn value(&self, x: i16) -> i16 {
        let u = scaled(x, self.multiplier, self.shift);
        // Q16.8, less than 2^24.
        let positive = interpolated(u.unsigned_abs(), 8).unwrap_or(0xffff << 8) as i32;
        let half = 1 << 7;
        let value = if u >= 0 { positive - (1 << 23) + half } else { (1 << 23) + half - 1 - positive };
        (value >> 8) as i16
    }
}

/// `x · multiplier · 2^-shift`, halves rounded up.
#[inline(always)]
fn scaled(x: i16, multiplier: i32, shift: u8) -> i32 {
    let half = 1i32.wrapping_shl(shift.into()) >> 1;
    i32::from(x).wrapping_mul(multiplier).wrapping_add(half).wrapping_shr(shift.into())
}

/// The table at `u · 2^-bits`, in steps of `2^-(16 + bits)`; `None` behind its end.
#[inline(always)]
fn interpolated(u: u32, bits: u32) -> Option<u32> {
    let place = (u >> bits) as usize;
    let (&from, &to) = (LOGISTIC.get(place)?, LOGISTIC.get(place + 1)?);
    let (from, to) = (u32::from(from), u32::from(to));
    Some((from << bits) + (u & ((1 << bits) - 1)) * (to - from))
}

/// `1 / (1 + e^(-i / 24))` in Q0.16. The last digits are TensorFlow Lite's: rounded in no way that could be told, they are
/// what defines these operators. They rise.
static LOGISTIC: [u16; 256] = [
    32_768, 33_451, 34_133, 34_813, 35_493, 36_169, 36_843, 37_513, 38_180, 38_841, 39_498, 40_149, 40_794,
    41_432, 42_064, 42_688, 43_304, 43_912, 44_511, 45_102, 45_683, 46_255, 46_817, 47_369, 47_911, 48_443,
    48_964, 49_475, 49_975, 50_464, 50_942, 51_409, 51_865, 52_311, 52_745, 53_169, 53_581, 53_983, 54_374,
    54_755, 55_125, 55_485, 55_834, 56_174, 56_503, 56_823, 57_133, 57_433, 57_724, 58_007, 58_280, 58_544,
    58_800, 59_048, 59_288, 59_519, 59_743, 59_959, 60_168, 60_370, 60_565, 60_753, 60_935, 61_110, 61_279,
    61_441, 61_599, 61_750, 61_896, 62_036, 62_172, 62_302, 62_428, 62_549, 62_666, 62_778, 62_886, 62_990,
    63_090, 63_186, 63_279, 63_368, 63_454, 63_536, 63_615, 63_691, 63_765, 63_835, 63_903, 63_968, 64_030,
    64_090, 64_148, 64_204, 64_257, 64_308, 64_357, 64_405, 64_450, 64_494, 64_536, 64_576, 64_614, 64_652,
    64_687, 64_721, 64_754, 64_786, 64_816, 64_845, 64_873, 64_900, 64_926, 64_950, 64_974, 64_997, 65_019,
    65_039, 65_060, 65_079, 65_097, 65_115, 65_132, 65_149, 65_164, 65_179, 65_194, 65_208, 65_221, 65_234,
    65_246, 65_258, 65_269, 65_280, 65_291, 65_301, 65_310, 65_319, 65_328, 65_337, 65_345, 65_352, 65_360,
    65_367, 65_374, 65_381, 65_387, 65_393, 65_399, 65_404, 65_410, 65_415, 65_420, 65_425, 65_429, 65_433,
    65_438, 65_442, 65_445, 65_449, 65_453, 65_456, 65_459, 65_462, 65_465, 65_468, 65_471, 65_474, 65_476,
    65_479, 65_481, 65_483, 65_485, 65_488, 65_489, 65_491, 65_493, 65_495, 65_497, 65_498, 65_500, 65_501,
    65_503, 65_504, 65_505, 65_507, 65_508, 65_509, 65_510, 65_511, 65_512, 65_513, 65_514, 65_515, 65_516,
    65_517, 65_517, 65_518, 65_519, 65_520, 65_520, 65_521, 65_522, 65_522, 65_523, 65_523, 65_524, 65_524,
    65_525, 65_525, 65_526, 65_526, 65_526, 65_527, 65_527, 65_528, 65_528, 65_528, 65_529, 65_529, 65_529,
    65_529, 65_530, 65_530, 65_530, 65_530, 65_531, 65_531, 65_531, 65_531, 65_531, 65_532, 65_532, 65_532,
    65_532, 65_532, 65_532, 65_533, 65_533, 65_533, 65_533, 65_533, 65_533, 65_533, 65_533, 65_534, 65_534,
    65_534, 65_534, 65_534, 65_534, 65_534, 65_534, 65_534, 65_534, 65_535,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_logistic_function() {
        for (index, &value) in LOGISTIC.iter().enumerate() {
            let real = 65536.0 / (1.0 + (-(index as f64) / 24.0).exp());
            assert!((f64::from(value) - real).abs() < 1.5, "{index}: {value}, {real}");
        }
        assert!(LOGISTIC.is_sorted());
    }
}
