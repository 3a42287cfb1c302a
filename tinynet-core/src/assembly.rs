//! What layers need that are written in assembly.
//!
//! On M-profile cores (Cortex-M0 to M85) a layer may be a function of ARMv6-M instructions, which all of them have, and one
//! for those of them with the DSP extension. The expansion carries such a layer in all these languages, and the target
//! chooses: `thumbv7em-*` has the extension, and `thumbv8m.main-*` has it where the compiler is told of a core that has
//! (`-C target-cpu=cortex-m33` or `-C target-feature=+dsp` in `RUSTFLAGS`, or in `.cargo/config.toml`).

use crate::overlap::Overlap;
use core::marker::PhantomData;

/// What a layer in assembly gets, in the registers `r0` to `r3`: the addresses of its input, its output, its scratch and its
/// data.
#[derive(Debug)]
#[repr(transparent)]
pub struct Operands<'a, const INPUT: usize, const OUTPUT: usize, const SCRATCH: usize, const DATA: usize>(
    OperandsOfAnyLength<'a>,
);

/// [`Operands`] of a function that several layers call: the data says how long all of them are.
#[derive(Debug)]
#[repr(C)]
pub struct OperandsOfAnyLength<'a> {
    input: *const i8,
    output: *mut i8,
    scratch: *mut i8,
    data: *const u8,
    memory: PhantomData<(&'a mut [i8], &'a [u8])>,
}

impl<'a, const INPUT: usize, const OUTPUT: usize, const SCRATCH: usize, const DATA: usize>
    Operands<'a, INPUT, OUTPUT, SCRATCH, DATA>
{
    /// Of tensors that share nothing.
    #[inline(always)]
    pub fn apart(
        input: &'a [i8; INPUT],
        output: &'a mut [i8; OUTPUT],
        scratch: &'a mut [i8; SCRATCH],
        data: &'a impl Data<DATA>,
    ) -> Self {
        Self::overlapping(Overlap::<_, INPUT, OUTPUT, 0>::apart(input, output), scratch, data)
    }

    /// Of tensors that may share memory.
    #[inline(always)]
    pub fn overlapping<const LEAD: isize>(
        tensors: Overlap<'a, i8, INPUT, OUTPUT, LEAD>,
        scratch: &'a mut [i8; SCRATCH],
        data: &'a impl Data<DATA>,
    ) -> Self {
        let (input, output) = tensors.pointers();
        let (scratch, data) = (scratch.as_mut_ptr(), data.address());
        Self(OperandsOfAnyLength { input, output, scratch, data, memory: PhantomData })
    }

    /// The same where the data says the lengths.
    #[inline(always)]
    pub fn of_any_length(self) -> OperandsOfAnyLength<'a> {
        self.0
    }
}

impl<'a, const LENGTH: usize, const DATA: usize> Operands<'a, LENGTH, LENGTH, 0, DATA> {
    /// Of a tensor that is overwritten, element by element.
    #[inline(always)]
    pub fn in_place(tensor: &'a mut [i8; LENGTH], data: &'a impl Data<DATA>) -> Self {
        let output = tensor.as_mut_ptr();
        let scratch = core::ptr::NonNull::dangling().as_ptr();
        let memory = PhantomData;
        Self(OperandsOfAnyLength { input: output, output, scratch, data: data.address(), memory })
    }
}

/// What an operator on two tensors in assembly gets, in the registers `r0` to `r2`: the addresses of both and of its output,
/// element by element.
#[derive(Debug)]
#[repr(C)]
pub struct PairOperands<'a, const LENGTH: usize> {
    a: *const i8,
    b: *const i8,
    output: *mut i8,
    memory: PhantomData<&'a mut [i8]>,
}

impl<'a, const LENGTH: usize> PairOperands<'a, LENGTH> {
    /// Of tensors that share nothing.
    #[inline(always)]
    pub fn apart(a: &'a [i8; LENGTH], b: &'a [i8; LENGTH], output: &'a mut [i8; LENGTH]) -> Self {
        Self { a: a.as_ptr(), b: b.as_ptr(), output: output.as_mut_ptr(), memory: PhantomData }
    }

    /// The output takes the place of the first.
    #[inline(always)]
    pub fn over_first(a: &'a mut [i8; LENGTH], b: &'a [i8; LENGTH]) -> Self {
        let output = a.as_mut_ptr();
        Self { a: output, b: b.as_ptr(), output, memory: PhantomData }
    }

    /// The output takes the place of the second.
    #[inline(always)]
    pub fn over_second(a: &'a [i8; LENGTH], b: &'a mut [i8; LENGTH]) -> Self {
        let output = b.as_mut_ptr();
        Self { a: a.as_ptr(), b: output, output, memory: PhantomData }
    }
}

/// Bytes at an address that is a multiple of 4.
#[derive(Debug)]
#[repr(C, align(4))]
pub struct Words<T>(pub T);

/// The triangular numbers `n (n - 1) / 2` of `n` from -256 on, for cores whose multiplier is slow.
///
/// `x · w` is the one of `x + w` less those of `x` and of `w`, so that products of bytes can be looked up.
pub static TRIANGULAR_NUMBERS: [u16; 512] = triangular_numbers();

#[allow(clippy::cast_possible_truncation, reason = "the largest is 32 896")]
const fn triangular_numbers() -> [u16; 512] {
    let mut numbers = [0; 512];
    let mut place = 0;
    while place < 512 {
        let n = place as i32 - 256;
        numbers[place] = (n * (n - 1) / 2) as u16;
        place += 1;
    }
    numbers
}

/// The address of [`TRIANGULAR_NUMBERS`], and [`Words`] behind it.
#[derive(Debug)]
#[repr(C, align(4))]
pub struct TableAndWords<T> {
    table: &'static [u16; 512],
    words: T,
}

impl<T> TableAndWords<T> {
    /// Words with the address before them.
    pub const fn new(words: T) -> Self {
        Self { table: &TRIANGULAR_NUMBERS, words }
    }
}

/// What a layer in assembly may refer to: so many bytes, and perhaps the address of a table before them.
pub trait Data<const BYTES: usize> {
    /// Where it begins.
    fn address(&self) -> *const u8;
}

impl<const BYTES: usize> Data<BYTES> for Words<[u8; BYTES]> {
    #[inline(always)]
    fn address(&self) -> *const u8 {
        self.0.as_ptr()
    }
}

impl<const BYTES: usize> Data<BYTES> for TableAndWords<[u8; BYTES]> {
    #[inline(always)]
    fn address(&self) -> *const u8 {
        core::ptr::from_ref(self).cast()
    }
}

/// `{ on M-profile cores } { elsewhere }`
#[cfg(m_profile)]
#[doc(hidden)]
#[macro_export]
macro_rules! __for_m_profile {
    ({ $($m_profile:tt)* } { $($elsewhere:tt)* }) => { $($m_profile)* };
}

/// `{ on M-profile cores } { elsewhere }`
#[cfg(not(m_profile))]
#[doc(hidden)]
#[macro_export]
macro_rules! __for_m_profile {
    ({ $($m_profile:tt)* } { $($elsewhere:tt)* }) => { $($elsewhere)* };
}

/// `{ on cores with the DSP extension } { on other M-profile cores }`
#[cfg(dsp)]
#[doc(hidden)]
#[macro_export]
macro_rules! __for_dsp {
    ({ $($dsp:tt)* } { $($elsewhere:tt)* }) => { $($dsp)* };
}

/// `{ on cores with the DSP extension } { on other M-profile cores }`
#[cfg(not(dsp))]
#[doc(hidden)]
#[macro_export]
macro_rules! __for_dsp {
    ({ $($dsp:tt)* } { $($elsewhere:tt)* }) => { $($elsewhere)* };
}
