//! The memory that activations share.
//!
//! A tensor lives from the layer that makes it to the last that reads it; the compiler gives tensors whose
//! lives do not overlap the same bytes. Generated code then asks the [`Arena`] for the views of one layer at
//! a time. Offsets and lengths are const generic arguments, and a view that would overlap another, leave the
//! arena or be misaligned does not compile.

use crate::element::Element;
use crate::overlap::Overlap;
use core::mem::{align_of, size_of};

/// `N` bytes of memory for activations, aligned to 4.
///
/// Offsets count bytes, lengths count elements.
///
/// ```
/// use tinynet_core::Arena;
///
/// let mut arena = Arena::<12>::new();
/// arena.one_mut::<i8, 0, 4>().copy_from_slice(&[1, 2, 3, 4]);
/// let (input, output) = arena.pair::<i8, 0, 4, 4, 8>();
/// output[..4].copy_from_slice(input);
/// assert_eq!(arena.one::<i8, 4, 4>(), &[1, 2, 3, 4]);
/// ```
///
/// It is zeros at first and has no destructor, so that a static with an arena costs no flash.
///
/// A view beyond the end does not compile:
///
/// ```compile_fail,E0080
/// let arena = tinynet_core::Arena::<12>::new();
/// arena.one::<i8, 8, 5>();
/// ```
///
/// nor do two that overlap:
///
/// ```compile_fail,E0080
/// let mut arena = tinynet_core::Arena::<12>::new();
/// arena.pair::<i8, 0, 5, 4, 4>();
/// ```
///
/// whichever of them they are:
///
/// ```compile_fail,E0080
/// let mut arena = tinynet_core::Arena::<12>::new();
/// arena.pair_scratch::<i8, 0, 4, 4, 4, 7, 2>(); // output 4..8, scratch 7..9
/// ```
///
/// ```compile_fail,E0080
/// let mut arena = tinynet_core::Arena::<12>::new();
/// arena.triple::<i8, 0, 4, 8, 4, 4, 5>(); // second input 8..12, output 4..9
/// ```
///
/// of whatever types:
///
/// ```compile_fail,E0080
/// let mut arena = tinynet_core::Arena::<12>::new();
/// arena.pair_of::<i16, i8, 4, 2, 7, 1>(); // input 4..8, output 7..8
/// ```
///
/// ```compile_fail,E0080
/// let mut arena = tinynet_core::Arena::<12>::new();
/// arena.three_mut_of::<i8, i8, i16, 0, 4, 4, 4, 6, 3>(); // output 4..8, state 6..12
/// ```
///
/// ```compile_fail,E0080
/// let mut arena = tinynet_core::Arena::<12>::new();
/// arena.four_mut_of::<i8, i8, i8, i16, 0, 4, 4, 3, 7, 2, 8, 2>(); // states 7..9, 8..12
/// ```
///
/// nor one of `i16` at an odd offset:
///
/// ```compile_fail,E0080
/// let arena = tinynet_core::Arena::<12>::new();
/// arena.one::<i16, 1, 2>();
/// ```
#[derive(Clone, Debug)]
#[repr(C, align(4))]
pub struct Arena<const N: usize> {
    bytes: [u8; N],
}

impl<const N: usize> Default for Arena<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Arena<N> {
    /// All zeros.
    #[inline]
    pub const fn new() -> Self {
        Arena { bytes: [0; N] }
    }

    /// A view to read.
    #[inline(always)]
    pub fn one<T: Element, const OFFSET: usize, const LENGTH: usize>(&self) -> &[T; LENGTH] {
        const { assert_inside::<T>(N, OFFSET, LENGTH) };
        // SAFETY: OFFSET + LENGTH elements lie inside `bytes` (asserted), which are initialised. The arena is
        // aligned to 4 and OFFSET to the element (asserted), so the pointer is aligned. Every bit pattern is
        // an `Element`. The view borrows `self`.
        unsafe { &*self.bytes.as_ptr().add(OFFSET).cast() }
    }

    /// A view to write.
    #[inline(always)]
    pub fn one_mut<T: Element, const OFFSET: usize, const LENGTH: usize>(&mut self) -> &mut [T; LENGTH] {
        const { assert_inside::<T>(N, OFFSET, LENGTH) };
        // SAFETY: as in `one`; the view borrows `self` mutably, so that there is no other.
        unsafe { &mut *self.bytes.as_mut_ptr().add(OFFSET).cast() }
    }

    /// Two views to write.
    #[inline(always)]
    pub fn two_mut<
        T: Element,
        const FIRST_OFFSET: usize,
        const FIRST: usize,
        const SECOND_OFFSET: usize,
        const SECOND: usize,
    >(
        &mut self,
    ) -> (&mut [T; FIRST], &mut [T; SECOND]) {
        const {
            assert_inside::<T>(N, FIRST_OFFSET, FIRST);
            assert_inside::<T>(N, SECOND_OFFSET, SECOND);
            assert_disjoint::<T>(FIRST_OFFSET, FIRST, SECOND_OFFSET, SECOND);
        };
        let bytes = self.bytes.as_mut_ptr();
        // SAFETY: as in `pair`.
        unsafe { (&mut *bytes.add(FIRST_OFFSET).cast(), &mut *bytes.add(SECOND_OFFSET).cast()) }
    }

    /// An input to read and an output to write.
    #[inline(always)]
    pub fn pair<
        T: Element,
        const INPUT_OFFSET: usize,
        const INPUT: usize,
        const OUTPUT_OFFSET: usize,
        const OUTPUT: usize,
    >(
        &mut self,
    ) -> (&[T; INPUT], &mut [T; OUTPUT]) {
        const {
            assert_inside::<T>(N, INPUT_OFFSET, INPUT);
            assert_inside::<T>(N, OUTPUT_OFFSET, OUTPUT);
            assert_disjoint::<T>(INPUT_OFFSET, INPUT, OUTPUT_OFFSET, OUTPUT);
        };
        let bytes = self.bytes.as_mut_ptr();
        // SAFETY: each as in `one`. Both come from one pointer without an intermediate reference, are
        // disjoint (asserted) and borrow `self` mutably.
        unsafe { (&*bytes.add(INPUT_OFFSET).cast(), &mut *bytes.add(OUTPUT_OFFSET).cast()) }
    }

    /// An input to read and an output to write of another type.
    #[inline(always)]
    pub fn pair_of<
        I: Element,
        O: Element,
        const INPUT_OFFSET: usize,
        const INPUT: usize,
        const OUTPUT_OFFSET: usize,
        const OUTPUT: usize,
    >(
        &mut self,
    ) -> (&[I; INPUT], &mut [O; OUTPUT]) {
        const {
            assert_inside::<I>(N, INPUT_OFFSET, INPUT);
            assert_inside::<O>(N, OUTPUT_OFFSET, OUTPUT);
            // In bytes.
            let [input, output] = [INPUT * size_of::<I>(), OUTPUT * size_of::<O>()];
            assert_disjoint::<u8>(INPUT_OFFSET, input, OUTPUT_OFFSET, output);
        };
        let bytes = self.bytes.as_mut_ptr();
        // SAFETY: as in `pair`.
        unsafe { (&*bytes.add(INPUT_OFFSET).cast(), &mut *bytes.add(OUTPUT_OFFSET).cast()) }
    }

    /// Three views to write, each of a type of its own: an input, an output and a state.
    #[inline(always)]
    pub fn three_mut_of<
        A: Element,
        B: Element,
        C: Element,
        const A_OFFSET: usize,
        const A_LENGTH: usize,
        const B_OFFSET: usize,
        const B_LENGTH: usize,
        const C_OFFSET: usize,
        const C_LENGTH: usize,
    >(
        &mut self,
    ) -> (&mut [A; A_LENGTH], &mut [B; B_LENGTH], &mut [C; C_LENGTH]) {
        const {
            assert_inside::<A>(N, A_OFFSET, A_LENGTH);
            assert_inside::<B>(N, B_OFFSET, B_LENGTH);
            assert_inside::<C>(N, C_OFFSET, C_LENGTH);
            // In bytes.
            let [a, b, c] = [A_LENGTH * size_of::<A>(), B_LENGTH * size_of::<B>(), C_LENGTH * size_of::<C>()];
            assert_disjoint::<u8>(A_OFFSET, a, B_OFFSET, b);
            assert_disjoint::<u8>(A_OFFSET, a, C_OFFSET, c);
            assert_disjoint::<u8>(B_OFFSET, b, C_OFFSET, c);
        };
        let bytes = self.bytes.as_mut_ptr();
        // SAFETY: as in `pair`; all three are disjoint (asserted).
        unsafe {
            (
                &mut *bytes.add(A_OFFSET).cast(),
                &mut *bytes.add(B_OFFSET).cast(),
                &mut *bytes.add(C_OFFSET).cast(),
            )
        }
    }

    /// Four views to write, each of a type of its own: an input, an output and two states.
    #[inline(always)]
    pub fn four_mut_of<
        A: Element,
        B: Element,
        C: Element,
        D: Element,
        const A_OFFSET: usize,
        const A_LENGTH: usize,
        const B_OFFSET: usize,
        const B_LENGTH: usize,
        const C_OFFSET: usize,
        const C_LENGTH: usize,
        const D_OFFSET: usize,
        const D_LENGTH: usize,
    >(
        &mut self,
    ) -> (&mut [A; A_LENGTH], &mut [B; B_LENGTH], &mut [C; C_LENGTH], &mut [D; D_LENGTH]) {
        const {
            assert_inside::<A>(N, A_OFFSET, A_LENGTH);
            assert_inside::<B>(N, B_OFFSET, B_LENGTH);
            assert_inside::<C>(N, C_OFFSET, C_LENGTH);
            assert_inside::<D>(N, D_OFFSET, D_LENGTH);
            // In bytes.
            let [a, b] = [A_LENGTH * size_of::<A>(), B_LENGTH * size_of::<B>()];
            let [c, d] = [C_LENGTH * size_of::<C>(), D_LENGTH * size_of::<D>()];
            assert_disjoint::<u8>(A_OFFSET, a, B_OFFSET, b);
            assert_disjoint::<u8>(A_OFFSET, a, C_OFFSET, c);
            assert_disjoint::<u8>(A_OFFSET, a, D_OFFSET, d);
            assert_disjoint::<u8>(B_OFFSET, b, C_OFFSET, c);
            assert_disjoint::<u8>(B_OFFSET, b, D_OFFSET, d);
            assert_disjoint::<u8>(C_OFFSET, c, D_OFFSET, d);
        };
        let bytes = self.bytes.as_mut_ptr();
        // SAFETY: as in `pair`; all four are disjoint (asserted).
        unsafe {
            (
                &mut *bytes.add(A_OFFSET).cast(),
                &mut *bytes.add(B_OFFSET).cast(),
                &mut *bytes.add(C_OFFSET).cast(),
                &mut *bytes.add(D_OFFSET).cast(),
            )
        }
    }

    /// Two inputs to read, which may overlap or be the same, and an output to write.
    #[inline(always)]
    pub fn triple<
        T: Element,
        const FIRST_OFFSET: usize,
        const FIRST: usize,
        const SECOND_OFFSET: usize,
        const SECOND: usize,
        const OUTPUT_OFFSET: usize,
        const OUTPUT: usize,
    >(
        &mut self,
    ) -> (&[T; FIRST], &[T; SECOND], &mut [T; OUTPUT]) {
        const {
            assert_inside::<T>(N, FIRST_OFFSET, FIRST);
            assert_inside::<T>(N, SECOND_OFFSET, SECOND);
            assert_inside::<T>(N, OUTPUT_OFFSET, OUTPUT);
            assert_disjoint::<T>(FIRST_OFFSET, FIRST, OUTPUT_OFFSET, OUTPUT);
            assert_disjoint::<T>(SECOND_OFFSET, SECOND, OUTPUT_OFFSET, OUTPUT);
        };
        let bytes = self.bytes.as_mut_ptr();
        // SAFETY: as in `pair`; the two inputs are both shared, so that they may overlap each other.
        unsafe {
            (
                &*bytes.add(FIRST_OFFSET).cast(),
                &*bytes.add(SECOND_OFFSET).cast(),
                &mut *bytes.add(OUTPUT_OFFSET).cast(),
            )
        }
    }

    /// An input to read, an output and a scratch to write.
    #[inline(always)]
    pub fn pair_scratch<
        T: Element,
        const INPUT_OFFSET: usize,
        const INPUT: usize,
        const OUTPUT_OFFSET: usize,
        const OUTPUT: usize,
        const SCRATCH_OFFSET: usize,
        const SCRATCH: usize,
    >(
        &mut self,
    ) -> (&[T; INPUT], &mut [T; OUTPUT], &mut [T; SCRATCH]) {
        const {
            assert_inside::<T>(N, INPUT_OFFSET, INPUT);
            assert_inside::<T>(N, OUTPUT_OFFSET, OUTPUT);
            assert_inside::<T>(N, SCRATCH_OFFSET, SCRATCH);
            assert_disjoint::<T>(INPUT_OFFSET, INPUT, OUTPUT_OFFSET, OUTPUT);
            assert_disjoint::<T>(INPUT_OFFSET, INPUT, SCRATCH_OFFSET, SCRATCH);
            assert_disjoint::<T>(OUTPUT_OFFSET, OUTPUT, SCRATCH_OFFSET, SCRATCH);
        };
        let bytes = self.bytes.as_mut_ptr();
        // SAFETY: as in `pair`; all three are disjoint (asserted).
        unsafe {
            (
                &*bytes.add(INPUT_OFFSET).cast(),
                &mut *bytes.add(OUTPUT_OFFSET).cast(),
                &mut *bytes.add(SCRATCH_OFFSET).cast(),
            )
        }
    }

    /// An input to read and an output to write that [overlap](crate::overlap), the output at least `LEAD` elements before
    /// the input.
    #[inline(always)]
    pub fn overlap<
        T: Element,
        const INPUT_OFFSET: usize,
        const INPUT: usize,
        const OUTPUT_OFFSET: usize,
        const OUTPUT: usize,
        const LEAD: isize,
    >(
        &mut self,
    ) -> Overlap<'_, T, INPUT, OUTPUT, LEAD> {
        const {
            assert_inside::<T>(N, INPUT_OFFSET, INPUT);
            assert_inside::<T>(N, OUTPUT_OFFSET, OUTPUT);
            assert_lead::<T>(INPUT_OFFSET, INPUT, OUTPUT_OFFSET, OUTPUT, LEAD);
        };
        let bytes = self.bytes.as_mut_ptr();
        // SAFETY: each as in `one`, but as pointers, which may overlap; `LEAD` is asserted. They borrow `self` mutably.
        unsafe { Overlap::new(bytes.add(INPUT_OFFSET).cast(), bytes.add(OUTPUT_OFFSET).cast()) }
    }

    /// The same and a scratch to write.
    #[inline(always)]
    pub fn overlap_scratch<
        T: Element,
        const INPUT_OFFSET: usize,
        const INPUT: usize,
        const OUTPUT_OFFSET: usize,
        const OUTPUT: usize,
        const LEAD: isize,
        const SCRATCH_OFFSET: usize,
        const SCRATCH: usize,
    >(
        &mut self,
    ) -> (Overlap<'_, T, INPUT, OUTPUT, LEAD>, &mut [T; SCRATCH]) {
        const {
            assert_inside::<T>(N, INPUT_OFFSET, INPUT);
            assert_inside::<T>(N, OUTPUT_OFFSET, OUTPUT);
            assert_inside::<T>(N, SCRATCH_OFFSET, SCRATCH);
            assert_lead::<T>(INPUT_OFFSET, INPUT, OUTPUT_OFFSET, OUTPUT, LEAD);
            assert_disjoint::<T>(INPUT_OFFSET, INPUT, SCRATCH_OFFSET, SCRATCH);
            assert_disjoint::<T>(OUTPUT_OFFSET, OUTPUT, SCRATCH_OFFSET, SCRATCH);
        };
        let bytes = self.bytes.as_mut_ptr();
        // SAFETY: as in `overlap`; the scratch is disjoint from both (asserted).
        unsafe {
            (
                Overlap::new(bytes.add(INPUT_OFFSET).cast(), bytes.add(OUTPUT_OFFSET).cast()),
                &mut *bytes.add(SCRATCH_OFFSET).cast(),
            )
        }
    }

    /// An input and an output that may overlap, and two states to write, each of a type of its own.
    #[inline(always)]
    pub fn overlap_states<
        T: Element,
        A: Element,
        B: Element,
        const INPUT_OFFSET: usize,
        const INPUT: usize,
        const OUTPUT_OFFSET: usize,
        const OUTPUT: usize,
        const LEAD: isize,
        const A_OFFSET: usize,
        const A_LENGTH: usize,
        const B_OFFSET: usize,
        const B_LENGTH: usize,
    >(
        &mut self,
    ) -> (Overlap<'_, T, INPUT, OUTPUT, LEAD>, &mut [A; A_LENGTH], &mut [B; B_LENGTH]) {
        const {
            assert_inside::<T>(N, INPUT_OFFSET, INPUT);
            assert_inside::<T>(N, OUTPUT_OFFSET, OUTPUT);
            assert_inside::<A>(N, A_OFFSET, A_LENGTH);
            assert_inside::<B>(N, B_OFFSET, B_LENGTH);
            assert_lead::<T>(INPUT_OFFSET, INPUT, OUTPUT_OFFSET, OUTPUT, LEAD);
            // In bytes.
            let [input, output] = [INPUT * size_of::<T>(), OUTPUT * size_of::<T>()];
            let [a, b] = [A_LENGTH * size_of::<A>(), B_LENGTH * size_of::<B>()];
            assert_disjoint::<u8>(INPUT_OFFSET, input, A_OFFSET, a);
            assert_disjoint::<u8>(INPUT_OFFSET, input, B_OFFSET, b);
            assert_disjoint::<u8>(OUTPUT_OFFSET, output, A_OFFSET, a);
            assert_disjoint::<u8>(OUTPUT_OFFSET, output, B_OFFSET, b);
            assert_disjoint::<u8>(A_OFFSET, a, B_OFFSET, b);
        };
        let bytes = self.bytes.as_mut_ptr();
        // SAFETY: as in `overlap`; the states are disjoint from both and from each other (asserted).
        unsafe {
            (
                Overlap::new(bytes.add(INPUT_OFFSET).cast(), bytes.add(OUTPUT_OFFSET).cast()),
                &mut *bytes.add(A_OFFSET).cast(),
                &mut *bytes.add(B_OFFSET).cast(),
            )
        }
    }
}

/// Fails to compile where `length` elements at `offset` are not wholly inside `size` bytes, or misaligned.
const fn assert_inside<T>(size: usize, offset: usize, length: usize) {
    assert!(align_of::<T>() <= 4 && offset.is_multiple_of(align_of::<T>()), "view is misaligned");
    assert!(offset + length * size_of::<T>() <= size, "view leaves the arena");
}

/// Fails to compile where two views share a byte. An empty view has none to share.
const fn assert_disjoint<T>(offset: usize, length: usize, other_offset: usize, other_length: usize) {
    let before = offset + length * size_of::<T>() <= other_offset;
    let behind = other_offset + other_length * size_of::<T>() <= offset;
    assert!(length == 0 || other_length == 0 || before || behind, "views overlap");
}

/// Fails to compile where an output shares memory with an input without beginning `lead` elements before it.
const fn assert_lead<T>(input_offset: usize, input: usize, output_offset: usize, output: usize, lead: isize) {
    let apart = output_offset + output * size_of::<T>() <= input_offset
        || input_offset + input * size_of::<T>() <= output_offset;
    let leads = input_offset as isize - output_offset as isize >= lead * size_of::<T>() as isize;
    assert!(apart || leads, "output too close to its input");
}
