//! Kernels whose weights have few bits, several a byte.

use super::conv2d::Conv2d;
use super::dense::Dense;
use super::depthwise_conv2d::DepthwiseConv2d;
use super::rows::NoOffset;
use super::tight::opaque;
use super::transpose_conv2d::TransposeConv2d;
use super::weights::{InEights, Weights};
use super::wide_conv2d::WideConv2d;
use crate::element::Element;
use crate::overlap::unproven::Unproven;
use crate::overlap::{Overlapping, Sliding};
use crate::requantize::Requantize;

/// A kernel whose weights are packed: [`SignedBits`], [`OddBits`] or [`Ternary`].
///
/// Weights are in the order that the kernel says. They lie in rows, those that are multiplied by values side by side,
/// and each row begins a byte:
///
/// | kernel | a row |
/// |---|---|
/// | [`Dense`] | all weights of an output |
/// | [`Conv2d`] | all weights of an output channel |
/// | [`DepthwiseConv2d`] | the output channels at a tap |
/// | [`TransposeConv2d`] | the input channels at a tap of an output channel |
/// | [`WideConv2d`] | the input channels of the group at a tap of an output channel |
///
/// [`DepthwiseConv2d`] and [`WideConv2d`] read rows in parts, which [`Ternary`] does not allow: they have no `run` with
/// it. Bits and digits behind the last weight of a row do not matter.
///
/// ```
/// use tinynet_core::kernels::{Dense, Packed, SignedBits};
/// use tinynet_core::requantize::ShiftPerTensor;
///
/// let kernel = Dense {
///     inputs: 3,
///     outputs: 2,
///     weights: b"\x21\x0f\x00\x04", // [[1, 2, -1], [0, 0, 4]], the lower half of a byte first
///     bias: &[10, -1],
///     requantize: ShiftPerTensor { shift: 0, min: -128, max: 127 },
/// };
/// let mut output = [0i8; 2];
/// Packed { kernel, packing: SignedBits::<4> }.run(&[1, 2, 3], &mut output);
/// assert_eq!(output, [12, 11]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Packed<K, P> {
    /// The kernel; its weights are as many bytes as the rows have, not as there are weights.
    pub kernel: K,
    /// What the bytes mean.
    pub packing: P,
}

/// Weights in two's complement of `BITS` bits, 2 to 6.
///
/// Eight of them are `BITS` bytes, the first in the lowest bits of the first byte; a row of `n` takes `n · BITS / 8`
/// bytes, rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedBits<const BITS: u32>;

/// Odd weights in `BITS` bits, 1 or 2: the number in two's complement, twice, and 1. One bit is -1 or 1, two are -3,
/// -1, 1 or 3.
///
/// Eight of them are `BITS` bytes, the first in the lowest bits of the first byte; a row of `n` takes `n · BITS / 8`
/// bytes, rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OddBits<const BITS: u32>;

/// Weights -1, 0 and 1, five a byte.
///
/// With 1 added they are digits of a number to the base 3, of which the first is the highest; the byte is 256 / 243 times
/// that number, rounded up. Times 3, what is beyond a byte is the first digit, and the rest has the others. That is
/// exact: rounding up adds less than 1 of 256, which has grown to less than 243 of 256 when the fifth digit is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ternary {
    /// Bytes of a row: a fifth of its weights, rounded up. A Cortex-M0 cannot divide.
    pub row_bytes: usize,
}

/// Weights of so many bits.
trait Code: Copy {
    /// How many; up to 8.
    const BITS: u32;

    /// The weight of a number of so many bits in two's complement.
    fn weight(code: i32) -> i32;
}

impl<const BITS: u32> Code for SignedBits<BITS> {
    const BITS: u32 = {
        assert!(BITS >= 2 && BITS <= 6);
        BITS
    };

    #[inline(always)]
    fn weight(code: i32) -> i32 {
        code
    }
}

impl<const BITS: u32> Code for OddBits<BITS> {
    const BITS: u32 = {
        assert!(BITS >= 1 && BITS <= 2);
        BITS
    };

    #[inline(always)]
    fn weight(code: i32) -> i32 {
        code << 1 | 1
    }
}

/// The weight in the lowest bits of `bits`.
#[inline(always)]
fn lowest<C: Code>(bits: u32) -> i32 {
    C::weight((bits << (32 - C::BITS)) as i32 >> (32 - C::BITS))
}

/// Weight `index` of eight, which should be a constant.
///
/// # Safety
///
/// `weights` is readable for the bytes of eight; `index < 8`.
#[inline(always)]
unsafe fn of_eight<C: Code>(weights: *const u8, index: u32) -> i32 {
    let (place, shift) = ((index * C::BITS / 8) as usize, index * C::BITS % 8);
    // SAFETY: the weight's bits lie within those of the eight.
    let low = u32::from(unsafe { *weights.add(place) });
    if shift + C::BITS <= 8 {
        return lowest::<C>(low >> shift);
    }
    // SAFETY: the same, of its last bit.
    let high = u32::from(unsafe { *weights.add(place + 1) });
    lowest::<C>((high << 8 | low) >> shift)
}

/// Weights less than eight, one after the other.
struct Rest {
    weights: *const u8,
    /// What is left of the bytes that are read.
    buffer: u32,
    bits: u32,
}

impl Rest {
    #[inline(always)]
    fn new(weights: *const u8) -> Self {
        Self { weights, buffer: 0, bits: 0 }
    }

    /// The next weight.
    ///
    /// # Safety
    ///
    /// There is one more.
    #[inline(always)]
    unsafe fn next<C: Code>(&mut self) -> i32 {
        if self.bits < C::BITS {
            // SAFETY: bits of the weight are in the next byte.
            unsafe {
                self.buffer |= u32::from(*self.weights) << self.bits;
                self.weights = opaque(self.weights.add(1));
            }
            self.bits += 8;
        }
        let weight = lowest::<C>(self.buffer);
        self.buffer >>= C::BITS;
        self.bits -= C::BITS;
        weight
    }
}

/// A macro for each place of eight: written out, as a loop would stay one.
macro_rules! for_each_of_eight {
    ($product:ident) => {
        $product!(0);
        $product!(1);
        $product!(2);
        $product!(3);
        $product!(4);
        $product!(5);
        $product!(6);
        $product!(7);
    };
}

// SAFETY: eight weights are read from `BITS` bytes, the rest of a row from as many bytes as have a bit of it.
unsafe impl<C: Code> Weights for C {
    #[inline(always)]
    fn row_bytes(self, length: usize) -> usize {
        // Of the eights, and of the rest: their product by the bits would overflow later.
        (length >> 3) * C::BITS as usize + (((length & 7) * C::BITS as usize + 7) >> 3)
    }

    #[inline(always)]
    fn fits(self, _: usize) -> bool {
        true
    }

    #[inline(always)]
    unsafe fn sum<T: Element>(
        self,
        weights: *const u8,
        values: *const T,
        length: usize,
        zero_point: i32,
        sum: i32,
    ) -> (i32, *const u8) {
        let (mut weights, mut values, mut sum) = (weights, values, sum);
        let mut remaining = opaque(length >> 3);
        while remaining != 0 {
            macro_rules! add_product {
                ($index:literal) => {
                    let value = (*values.add($index)).widen().wrapping_sub(zero_point);
                    sum = sum.wrapping_add(value.wrapping_mul(of_eight::<C>(weights, $index)));
                };
            }
            // SAFETY: of `length` weights and values, `8 · remaining` or more are still ahead.
            unsafe {
                for_each_of_eight!(add_product);
                weights = opaque(weights.add(C::BITS as usize));
                values = opaque(values.add(8));
            }
            remaining -= 1;
        }
        let (mut rest, mut remaining) = (Rest::new(weights), opaque(length & 7));
        while remaining != 0 {
            // SAFETY: `remaining` weights and values are still ahead.
            unsafe {
                let value = (*values).widen().wrapping_sub(zero_point);
                sum = sum.wrapping_add(value.wrapping_mul(rest.next::<C>()));
                values = opaque(values.add(1));
            }
            remaining -= 1;
        }
        (sum, rest.weights)
    }
}

// SAFETY: eight weights are `BITS` bytes.
unsafe impl<C: Code> InEights for C {
    #[inline(never)]
    unsafe fn add_products<T: Element>(
        self,
        input: *const T,
        weights: *const u8,
        zero_point: i32,
        count: usize,
        accumulators: *mut i32,
    ) {
        let (mut input, mut weights, mut accumulators) = (opaque(input), opaque(weights), accumulators);
        let mut remaining = opaque(count >> 3);
        while remaining != 0 {
            macro_rules! add_product {
                ($index:literal) => {
                    let value = (*input.add($index)).widen().wrapping_sub(zero_point);
                    let product = value.wrapping_mul(of_eight::<C>(weights, $index));
                    *accumulators.add($index) = (*accumulators.add($index)).wrapping_add(product);
                };
            }
            // SAFETY: of `count` weights, inputs and accumulators, `8 · remaining` or more are still ahead.
            unsafe {
                for_each_of_eight!(add_product);
                input = opaque(input.add(8));
                weights = opaque(weights.add(C::BITS as usize));
                accumulators = accumulators.add(8);
            }
            remaining -= 1;
        }
        let (mut rest, mut remaining) = (Rest::new(weights), opaque(count & 7));
        while remaining != 0 {
            // SAFETY: `remaining` weights, inputs and accumulators are still ahead.
            unsafe {
                let value = (*input).widen().wrapping_sub(zero_point);
                *accumulators = (*accumulators).wrapping_add(value.wrapping_mul(rest.next::<C>()));
                input = opaque(input.add(1));
                accumulators = accumulators.add(1);
            }
            remaining -= 1;
        }
    }
}

/// The weight of a ternary byte's first digit, and what has the digits behind it.
#[inline(always)]
fn first_digit(byte: u32) -> (i32, u32) {
    let digits = byte * 3;
    ((digits >> 8) as i32 - 1, digits & 0xff)
}

/// Ternary weights of a byte.
const DIGITS: usize = 5;

// SAFETY: five weights are read from a byte, and what remains of a row from one more. `fits` says whether `row_bytes`
// are as many.
unsafe impl Weights for Ternary {
    #[inline(always)]
    fn row_bytes(self, _: usize) -> usize {
        self.row_bytes
    }

    #[inline(always)]
    fn fits(self, length: usize) -> bool {
        self.row_bytes == length.div_ceil(DIGITS)
    }

    #[inline(always)]
    unsafe fn sum<T: Element>(
        self,
        weights: *const u8,
        values: *const T,
        length: usize,
        zero_point: i32,
        sum: i32,
    ) -> (i32, *const u8) {
        let (mut weights, mut values, mut sum) = (weights, values, sum);
        let mut remaining = opaque(length);
        while remaining >= DIGITS {
            // SAFETY: `remaining` weights and values, five or more, are still ahead.
            unsafe {
                macro_rules! add_product {
                    ($index:literal, $byte:expr) => {{
                        let value = (*values.add($index)).widen().wrapping_sub(zero_point);
                        let (weight, rest) = first_digit($byte);
                        sum = sum.wrapping_add(value.wrapping_mul(weight));
                        rest
                    }};
                }
                let rest = add_product!(0, u32::from(*weights));
                let rest = add_product!(1, rest);
                let rest = add_product!(2, rest);
                let rest = add_product!(3, rest);
                add_product!(4, rest);
                weights = opaque(weights.add(1));
                values = opaque(values.add(DIGITS));
            }
            remaining -= DIGITS;
        }
        if remaining != 0 {
            // SAFETY: one more byte has the weights of what remains of the values.
            unsafe {
                let mut byte = u32::from(*weights);
                weights = opaque(weights.add(1));
                while remaining != 0 {
                    let value = (*values).widen().wrapping_sub(zero_point);
                    let weight;
                    (weight, byte) = first_digit(byte);
                    sum = sum.wrapping_add(value.wrapping_mul(weight));
                    values = opaque(values.add(1));
                    remaining -= 1;
                }
            }
        }
        (sum, weights)
    }
}

/// Packed weights change nothing of the order in which tensors are read and written.
impl<K: Sliding, P> Sliding for Packed<K, P>
where
    Self: Unproven,
{
    fn lead(&self) -> isize {
        self.kernel.lead()
    }
}

impl<R: Requantize, P: Weights> Packed<Dense<'_, R>, P> {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or `row_bytes` of [`Ternary`] from what a row takes.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        self.kernel.run_with(input, output, self.packing);
    }
}

impl<R: Requantize, P: Weights> Packed<Conv2d<'_, R>, P> {
    /// This layer for an input and an output that overlap; it wants [`Conv2d::overlapping_scratch`] elements of
    /// scratch.
    ///
    /// # Panics
    ///
    /// Where [`lead`](Conv2d::lead) is larger than `LEAD`.
    #[inline(always)]
    pub const fn overlapping<const LEAD: isize>(self) -> Overlapping<Self, LEAD> {
        Overlapping::new(self, self.kernel.lead())
    }

    /// Computes `output` from `input`; `scratch` has [`Conv2d::scratch`] elements, whose values do not matter.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, `row_bytes` of [`Ternary`] from what a row takes, or the groups
    /// do not divide the channels.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T], scratch: &mut [T]) {
        self.kernel.run_with(input, output, scratch, self.packing, NoOffset);
    }
}

impl<R: Requantize, P: Weights> Unproven for Packed<Conv2d<'_, R>, P> {
    #[inline(always)]
    fn sizes(&self) -> [usize; 3] {
        self.kernel.sizes()
    }

    #[inline(always)]
    unsafe fn run_unproven<T: Element>(&self, input: *const T, output: *mut T, scratch: *mut T) {
        // SAFETY: the caller's.
        unsafe { self.kernel.run_unproven_with(input, output, scratch, self.packing, NoOffset) };
    }
}

impl<R: Requantize, P: InEights> Packed<DepthwiseConv2d<'_, R>, P> {
    /// This layer for an input and an output that overlap.
    ///
    /// # Panics
    ///
    /// Where [`lead`](DepthwiseConv2d::lead) is larger than `LEAD`.
    #[inline(always)]
    pub const fn overlapping<const LEAD: isize>(self) -> Overlapping<Self, LEAD> {
        Overlapping::new(self, self.kernel.lead())
    }

    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or the output channels are not `multiplier` times the input
    /// channels.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        self.kernel.run_with(input, output, self.packing);
    }
}

impl<R: Requantize, P: InEights> Unproven for Packed<DepthwiseConv2d<'_, R>, P> {
    #[inline(always)]
    fn sizes(&self) -> [usize; 3] {
        self.kernel.sizes()
    }

    #[inline(always)]
    unsafe fn run_unproven<T: Element>(&self, input: *const T, output: *mut T, _scratch: *mut T) {
        // SAFETY: the caller's.
        unsafe { self.kernel.start(input, output, self.packing) };
    }
}

impl<R: Requantize, P: Weights> Packed<TransposeConv2d<'_, R>, P> {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, `row_bytes` of [`Ternary`] from what a row takes, or a stride is
    /// 0.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        self.kernel.run_with(input, output, self.packing);
    }
}

impl<P: InEights> Packed<WideConv2d<'_>, P> {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or the groups do not divide the channels.
    #[inline(always)]
    pub fn run(&self, input: &[i16], output: &mut [i16]) {
        self.kernel.run_with(input, output, self.packing);
    }
}
