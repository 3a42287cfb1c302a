//! Convolutions with filters of one channel.

use super::batch::{Batch, CAPACITY};
use super::tight::{for_each_pair, opaque, opaque_reference};
use super::weights::{Bytes, InEights};
use super::window::{Order, Taps};
use super::{Window, product, volume};
use crate::element::Element;
use crate::overlap::unproven::Unproven;
use crate::overlap::{Overlapping, Sliding};
use crate::requantize::Requantize;
use core::mem::MaybeUninit;

/// A sliding window that keeps channels apart.
///
/// ```text
/// output[y][x][o] = requantize(o, bias[o] + Σ_vh weights[v][h][o] · (input[row][column][c] - input_zero_point))
///             row = y · stride[0] + v · dilation[0] - padding[0]
///          column = x · stride[1] + h · dilation[1] - padding[1]
///               o = c · multiplier + m        0 <= m < multiplier
/// ```
///
/// Taps outside the input count nothing. The bias holds the half that
/// [`ShiftPerTensor`](crate::requantize::ShiftPerTensor) rounds by, and no zero point.
///
/// ```
/// use tinynet_core::kernels::{DepthwiseConv2d, Window};
/// use tinynet_core::requantize::ShiftPerTensor;
///
/// // Two channels: sums of neighbours in the first, differences in the second.
/// let layer = DepthwiseConv2d {
///     window: Window {
///         input: [1, 3, 2],
///         output: [1, 2, 2],
///         kernel: [1, 2],
///         stride: [1, 1],
///         dilation: [1, 1],
///         padding: [0, 0],
///     },
///     multiplier: 1,
///     weights: b"\x01\xff\x01\x01", // [[1, -1], [1, 1]]
///     bias: &[0, 0],
///     input_zero_point: 0,
///     requantize: ShiftPerTensor { shift: 0, min: -128, max: 127 },
/// };
/// let mut output = [0i8; 4];
/// layer.run(&[1, 10, 2, 20, 3, 50], &mut output);
/// assert_eq!(output, [3, 10, 5, 30]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DepthwiseConv2d<'a, R> {
    /// Sizes and steps. Output channels are `multiplier` times the input channels.
    pub window: Window,
    /// Output channels an input channel.
    pub multiplier: usize,
    /// int8 bit patterns `[kernel height][kernel width][output channels]`.
    pub weights: &'a [u8],
    /// One an output channel, in accumulator units, with rounding folded in.
    pub bias: &'a [i32],
    /// What stands for 0 in the input.
    pub input_zero_point: i32,
    /// Accumulator to activation.
    pub requantize: R,
}

impl<R: Requantize> DepthwiseConv2d<'_, R> {
    /// The least number of elements by which the output must begin before the input where the two
    /// [overlap](crate::overlap); negative where it may begin behind.
    #[inline(always)]
    pub const fn lead(&self) -> isize {
        let [_, _, filters] = self.window.output;
        self.window.lead(match self.multiplier {
            // One batch.
            _ if filters <= CAPACITY => Order::PatchFirst,
            1 => Order::ByChannels,
            _ => Order::Mixed,
        })
    }

    /// This layer for an input and an output that overlap.
    ///
    /// # Panics
    ///
    /// Where [`lead`](DepthwiseConv2d::lead) is larger than `LEAD`.
    #[inline(always)]
    pub const fn overlapping<const LEAD: isize>(self) -> Overlapping<Self, LEAD> {
        Overlapping::new(self, self.lead())
    }

    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or the output channels are not `multiplier` times the input
    /// channels.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        self.run_with(input, output, Bytes);
    }

    /// The same with weights of other bits.
    #[inline(always)]
    pub(super) fn run_with<T: Element>(&self, input: &[T], output: &mut [T], packing: impl InEights) {
        assert!(input.len() == volume(self.window.input) && output.len() == volume(self.window.output));
        // SAFETY: the lengths are asserted; borrows of which one may be written do not overlap.
        unsafe { self.start(input.as_ptr(), output.as_mut_ptr(), packing) };
    }

    /// Asserts that weights and sizes fit, and convolves.
    ///
    /// # Safety
    ///
    /// As [`convolve`](DepthwiseConv2d::convolve) wants, but for the weights and the multiplier.
    #[inline(always)]
    pub(super) unsafe fn start<T: Element>(&self, input: *const T, output: *mut T, packing: impl InEights) {
        let Window { input: [_, _, channels], output: [_, _, filters], kernel, .. } = self.window;
        assert!(self.multiplier > 0 && product(channels, self.multiplier) == filters);
        assert!(self.weights.len() == volume([kernel[0], kernel[1], packing.row_bytes(filters)]));
        assert!(self.bias.len() == filters && self.requantize.channels() >= filters);
        // SAFETY: the caller's; the rest is asserted.
        unsafe { opaque_reference(self).convolve(input, output, packing) };
    }

    /// All positions, one after the other.
    ///
    /// # Safety
    ///
    /// `input` is readable and `output` writable for the window's sizes; they overlap at most as
    /// [`lead`](DepthwiseConv2d::lead) says. Output channels are `multiplier` times the input channels; `weights`,
    /// `bias` and `requantize` fit the output channels and the kernel.
    #[inline(never)]
    unsafe fn convolve<T: Element>(&self, input: *const T, output: *mut T, packing: impl InEights) {
        let [_, _, filters] = self.window.output;
        let sums = Sums {
            window: &self.window,
            multiplier: self.multiplier,
            weights: self.weights,
            packing,
            bias: self.bias,
            zero_point: self.input_zero_point,
        };
        let mut output = output;
        self.window.for_each_position(|vertical, horizontal| {
            let (mut first, filters) = (0, opaque(filters));
            while first != filters {
                let mut batch = Batch::new(first, filters);
                // SAFETY: the taps lie inside the image and the batch's channels are below `filters`, so that
                // `Sums` finds inputs, weights and biases; the batches of all positions make up the output.
                //
                // What a batch writes may be part of the input, but of nothing that is read afterwards: the
                // batch has read all it needs, later positions begin behind it, and where later batches read the
                // same pixels, they read channels behind it, or, with a multiplier, pixels behind it.
                unsafe {
                    sums.accumulate(input, vertical, horizontal, &mut batch);
                    output = batch.requantize(&self.requantize, output);
                }
                first += batch.count();
            }
        });
    }
}

impl<R: Requantize> Sliding for DepthwiseConv2d<'_, R> {
    fn lead(&self) -> isize {
        DepthwiseConv2d::lead(self)
    }
}

impl<R: Requantize> Unproven for DepthwiseConv2d<'_, R> {
    #[inline(always)]
    fn sizes(&self) -> [usize; 3] {
        [volume(self.window.input), volume(self.window.output), 0]
    }

    #[inline(always)]
    unsafe fn run_unproven<T: Element>(&self, input: *const T, output: *mut T, _scratch: *mut T) {
        // SAFETY: the caller's.
        unsafe { self.start(input, output, Bytes) };
    }
}

/// What the accumulators are made of.
struct Sums<'a, P> {
    window: &'a Window,
    multiplier: usize,
    weights: &'a [u8],
    packing: P,
    bias: &'a [i32],
    zero_point: i32,
}

// A batch begins at a multiple of eight: there a row can be read from, however it is packed.
const _: () = assert!(CAPACITY.is_multiple_of(8));

impl<P: InEights> Sums<'_, P> {
    /// Writes the accumulators of a batch at one position.
    ///
    /// Goes through the channels in the innermost loop, tap by tap: neighbours in memory, and the loop's own
    /// instructions are spread over many channels where a kernel has but three taps a row.
    ///
    /// # Safety
    ///
    /// `input` is readable for the window's sizes; `vertical` and `horizontal` are [`Taps::inside`] of it;
    /// the batch's channels are output channels, for which `weights` and `bias` have entries.
    #[inline(never)]
    unsafe fn accumulate<T: Element>(
        &self,
        input: *const T,
        vertical: Taps,
        horizontal: Taps,
        batch: &mut Batch,
    ) {
        let ([_, _, filters], [_, kernel_width]) = (self.window.output, self.window.kernel);
        let (first, count) = (batch.first(), batch.count());
        let (line, start) = (self.packing.row_bytes(filters), self.packing.row_bytes(first));
        let (channel, copy) = self.source(first);
        let accumulators = batch.accumulators();
        // SAFETY: there is a bias for each of the batch's channels.
        unsafe {
            let bias = self.bias.as_ptr().add(first);
            for_each_pair(bias, accumulators, count, |bias, accumulator| *accumulator = *bias);
        }
        let mut repeated = [const { MaybeUninit::<T>::uninit() }; CAPACITY];
        let repeated: *mut T = repeated.as_mut_ptr().cast();
        let Window { input: [_, width, channels], dilation, .. } = *self.window;
        let mut row = vertical.position;
        let mut weights_of_row = (vertical.first * kernel_width + horizontal.first) * line + start;
        let mut rows = vertical.count;
        while rows != 0 {
            let pixel = row.wrapping_mul(width).wrapping_add(horizontal.position).wrapping_mul(channels);
            let mut pixel = input.wrapping_add(pixel).wrapping_add(channel);
            let mut weights = self.weights.as_ptr().wrapping_add(weights_of_row);
            let mut columns = horizontal.count;
            while columns != 0 {
                // SAFETY: the tap lies inside the image; `weights` is that of the tap and of channel `first`.
                // `count` output channels follow, made of input channels from `channel` on, and `repeated`
                // has room for them.
                unsafe {
                    let source = if self.multiplier == 1 {
                        pixel
                    } else {
                        repeat(pixel, copy, self.multiplier, count, repeated)
                    };
                    self.packing.add_products(source, weights, self.zero_point, count, accumulators);
                }
                pixel = pixel.wrapping_add(dilation[1].wrapping_mul(channels));
                weights = weights.wrapping_add(line);
                columns -= 1;
            }
            row = row.wrapping_add(dilation[0]);
            weights_of_row += kernel_width * line;
            rows -= 1;
        }
    }

    /// The input channel behind an output channel, and which of its `multiplier` outputs that is. A loop,
    /// since a Cortex-M0 cannot divide.
    #[inline(always)]
    fn source(&self, filter: usize) -> (usize, usize) {
        if self.multiplier == 1 {
            return (filter, 0);
        }
        let (mut channel, mut copy) = (0, filter);
        while copy >= self.multiplier {
            copy -= self.multiplier;
            channel += 1;
        }
        (channel, copy)
    }
}

/// Writes `count` elements, each element of `source` `multiplier` times, but the first only from its copy
/// number `copy` on. Returns the start of the destination.
///
/// # Safety
///
/// `copy < multiplier`; `source` is readable for the `(copy + count) / multiplier` elements, rounded up, that
/// go in; `destination` is writable for `count`.
#[inline(never)]
unsafe fn repeat<T: Element>(
    source: *const T,
    copy: usize,
    multiplier: usize,
    count: usize,
    destination: *mut T,
) -> *const T {
    let start = destination.cast_const();
    let (mut source, mut copy, mut destination) = (source, copy, destination);
    let mut remaining = count;
    while remaining != 0 {
        // SAFETY: `remaining` elements of the destination are still ahead, and the source's element goes into
        // one.
        unsafe {
            *destination = *source;
            destination = destination.add(1);
        }
        copy += 1;
        if copy == multiplier {
            copy = 0;
            source = source.wrapping_add(1);
        }
        remaining = opaque(remaining - 1);
    }
    start
}
