//! Inputs and outputs that share memory.
//!
//! A kernel with a sliding window goes through the input from its begin to its end, and so through the output. What
//! lies behind it in the input is read no more, and the output may be written there. How far the output must stay
//! behind follows from the sizes alone: its *lead*, the least number of elements by which it must begin before the
//! input. A pointwise layer of as many channels out as in has lead 0, and one 3 x 3 with stride 1 a line and a pixel.
//!
//! The proof is made when the firmware is compiled, in two parts that meet in the type's argument `LEAD`: a kernel
//! becomes [`Overlapping`] only if its lead is `LEAD` or less, and an [`Overlap`] of tensors lies at least so far
//! apart.
//!
//! ```
//! use tinynet_core::Arena;
//! use tinynet_core::kernels::{MaxPool2d, Window};
//!
//! const WINDOW: Window = Window {
//!     input: [1, 6, 1],
//!     output: [1, 3, 1],
//!     kernel: [1, 2],
//!     stride: [1, 2],
//!     dilation: [1, 1],
//!     padding: [0, 0],
//! };
//! let mut arena = Arena::<8>::new();
//! arena.one_mut::<i8, 1, 6>().copy_from_slice(&[1, 2, 4, 3, 5, 6]);
//! let tensors = arena.overlap::<i8, 1, 6, 0, 3, 1>();
//! const { MaxPool2d { window: WINDOW }.overlapping::<1>() }.run(tensors, &mut []);
//! assert_eq!(arena.one::<i8, 0, 3>(), &[2, 4, 6]);
//! ```
//!
//! Tensors too close to each other do not compile:
//!
//! ```compile_fail,E0080
//! let mut arena = tinynet_core::Arena::<8>::new();
//! arena.overlap::<i8, 0, 6, 0, 3, 1>();
//! ```
//!
//! nor a kernel that wants them farther apart:
//!
//! ```compile_fail,E0080
//! use tinynet_core::kernels::{MaxPool2d, Window};
//!
//! const WINDOW: Window = Window {
//!     input: [1, 6, 1],
//!     output: [1, 3, 1],
//!     kernel: [1, 2],
//!     stride: [1, 2],
//!     dilation: [1, 1],
//!     padding: [0, 0],
//! };
//! const { MaxPool2d { window: WINDOW }.overlapping::<0>() };
//! ```

use crate::element::Element;
use core::marker::PhantomData;
use core::ops::Range;
use unproven::Unproven;

/// A tensor to read and one to write that may share memory: the second begins at least `LEAD` elements before the
/// first, or they share nothing.
///
/// Comes from an [`Arena`](crate::Arena).
#[derive(Debug)]
pub struct Overlap<'a, T, const INPUT: usize, const OUTPUT: usize, const LEAD: isize> {
    input: *const T,
    output: *mut T,
    memory: PhantomData<&'a mut [T]>,
}

impl<'a, T: Element, const INPUT: usize, const OUTPUT: usize, const LEAD: isize>
    Overlap<'a, T, INPUT, OUTPUT, LEAD>
{
    /// Two tensors that share nothing.
    #[inline(always)]
    pub fn apart(input: &'a [T; INPUT], output: &'a mut [T; OUTPUT]) -> Self {
        Overlap { input: input.as_ptr(), output: output.as_mut_ptr(), memory: PhantomData }
    }

    /// # Safety
    ///
    /// For `'a`, `input` is readable for `INPUT` elements and `output` writable for `OUTPUT`, by nobody else. `output`
    /// lies `LEAD` elements or more before `input`, or they share nothing.
    #[inline(always)]
    pub(crate) unsafe fn new(input: *const T, output: *mut T) -> Self {
        Overlap { input, output, memory: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn pointers(self) -> (*const T, *mut T) {
        (self.input, self.output)
    }
}

/// A kernel whose [lead](self) is at most `LEAD`.
#[derive(Clone, Copy, Debug)]
pub struct Overlapping<K, const LEAD: isize>(K);

impl<K: Copy, const LEAD: isize> Overlapping<K, LEAD> {
    /// `lead` is that of the kernel.
    #[inline(always)]
    pub(crate) const fn new(kernel: K, lead: isize) -> Self {
        assert!(lead <= LEAD, "the output would overwrite what is still to be read");
        Overlapping(kernel)
    }

    #[inline(always)]
    pub(crate) fn kernel(&self) -> &K {
        &self.0
    }
}

impl<K: Unproven, const LEAD: isize> Overlapping<K, LEAD> {
    /// Computes the output from the input, which is lost as far as they overlap. `scratch` has as many elements as
    /// `overlapping_scratch` says, of the kernel or of the convolution in it, none where neither has that function;
    /// their values do not matter.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say.
    #[inline(always)]
    pub fn run<T: Element, const INPUT: usize, const OUTPUT: usize>(
        &self,
        tensors: Overlap<'_, T, INPUT, OUTPUT, LEAD>,
        scratch: &mut [T],
    ) {
        let [input, output, patch] = self.0.sizes();
        assert!(INPUT == input && OUTPUT == output && scratch.len() >= patch);
        let (input, output) = tensors.pointers();
        // SAFETY: the lengths are asserted. The tensors are borrowed, and the scratch as well, so that it overlaps neither.
        // The tensors lie `LEAD` apart, which is enough: `Overlapping::new` has asserted it.
        unsafe { self.0.run_unproven(input, output, scratch.as_mut_ptr()) };
    }
}

/// A kernel with a sliding window, whose output may overlap its input.
pub trait Sliding: Unproven {
    /// The least number of elements by which the output must begin before the input where the two
    /// [overlap](self); negative where it may begin behind.
    fn lead(&self) -> isize;

    /// Computes `memory[output..]` from `memory[input..]`, by the same steps as [`Overlapping::run`]; `scratch` is
    /// memory that the kernel may use for itself. For those who know only at run time where things lie.
    ///
    /// # Panics
    ///
    /// Where a tensor leaves the memory, the scratch is too small or overlaps a tensor, or the tensors overlap each
    /// other by more than they may.
    fn run_within<T: Element>(&self, memory: &mut [T], input: usize, output: usize, scratch: Range<usize>) {
        let sizes = self.sizes();
        let (input, output) = (input..input + sizes[0], output..output + sizes[1]);
        assert!(input.end <= memory.len() && output.end <= memory.len() && scratch.end <= memory.len());
        assert!(scratch.len() >= sizes[2] && are_apart(&scratch, &input) && are_apart(&scratch, &output));
        assert!(are_apart(&input, &output) || input.start as isize - output.start as isize >= self.lead());
        let memory = memory.as_mut_ptr();
        // SAFETY: all three lie in `memory`, the scratch apart, and the tensors at least `lead` from each other.
        unsafe {
            self.run_unproven(memory.add(input.start), memory.add(output.start), memory.add(scratch.start));
        }
    }
}

fn are_apart(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.is_empty() || b.is_empty() || a.end <= b.start || b.end <= a.start
}

pub(crate) mod unproven {
    use crate::element::Element;

    /// What there is to a [`Sliding`](super::Sliding) kernel inside this crate.
    pub trait Unproven {
        /// Elements of input, output and scratch.
        #[doc(hidden)]
        fn sizes(&self) -> [usize; 3];

        /// # Safety
        ///
        /// Input, output and scratch are readable and the latter two writable for [`sizes`](Unproven::sizes). The
        /// scratch overlaps neither of the others; the output lies at least [`lead`](super::Sliding::lead) elements
        /// before the input, or does not overlap it either.
        #[doc(hidden)]
        unsafe fn run_unproven<T: Element>(&self, input: *const T, output: *mut T, scratch: *mut T);
    }
}
