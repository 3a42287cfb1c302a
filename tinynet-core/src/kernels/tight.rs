//! Loops that keep their shape.
//!
//! On a Cortex-M0 (eight usable registers, few addressing modes) LLVM's loop passes hurt: they turn two
//! moving pointers into one index and two bases that end up on the stack, and at `opt-level = 3` unroll what
//! is unrolled already. A loop whose pointers pass through [`opaque`] each round stays as written: measured
//! on the loop of [`Dense`](super::Dense) 7.9 instead of 10.6 cycles a product, in a sixth of the code.

/// `value`, of which the optimiser then knows nothing. Costs no instruction. Other targets need no help.
#[inline(always)]
pub(crate) fn opaque<V: Register>(value: V) -> V {
    value.pass()
}

/// What fits a register.
pub(crate) trait Register {
    /// The value itself.
    fn pass(self) -> Self;
}

impl<T> Register for *const T {
    #[inline(always)]
    fn pass(self) -> Self {
        // thumbv6m: the one ARM target without an operating system that has no atomic exchange.
        #[cfg(all(target_arch = "arm", target_os = "none", not(target_has_atomic = "8")))]
        {
            let mut value = self;
            // SAFETY: no instruction but a comment; the register keeps its value.
            unsafe {
                core::arch::asm!("/* {0} */", inout(reg) value, options(nomem, nostack, preserves_flags))
            };
            return value;
        }
        #[allow(unreachable_code, reason = "the one line of all other targets")]
        self
    }
}

impl Register for usize {
    #[inline(always)]
    fn pass(self) -> Self {
        core::ptr::without_provenance::<u8>(self).pass().addr()
    }
}

impl Register for i32 {
    #[inline(always)]
    fn pass(self) -> Self {
        (self as u32 as usize).pass() as i32
    }
}

/// `value` where the optimiser knows nothing of what is in it: a function that takes it is compiled once, not for
/// the constants of a caller.
///
/// Code for the constants would be of any size, several times larger or smaller, and no estimate could tell.
#[inline(always)]
pub(super) fn opaque_reference<T>(value: &T) -> &T {
    // SAFETY: the same pointer.
    unsafe { &*opaque(core::ptr::from_ref(value)) }
}

/// Calls `step` with pointers to the first, second … element of `source` and `destination`, `count` times.
///
/// Four calls a round, written out. Returns the end of the destination.
///
/// # Safety
///
/// `source` and `destination` have `count` elements each.
#[inline(always)]
pub(super) unsafe fn for_each_pair<A, B>(
    source: *const A,
    destination: *mut B,
    count: usize,
    step: impl Fn(*const A, *mut B),
) -> *mut B {
    let (mut source, mut destination) = (opaque(source), destination);
    let mut remaining = opaque(count >> 2);
    while remaining != 0 {
        // SAFETY: `4 · remaining` elements or more are still ahead of both pointers.
        unsafe {
            step(source, destination);
            step(source.add(1), destination.add(1));
            step(source.add(2), destination.add(2));
            step(source.add(3), destination.add(3));
            source = opaque(source.add(4));
            destination = destination.add(4);
        }
        remaining -= 1;
    }
    let mut remaining = opaque(count & 3);
    while remaining != 0 {
        step(source, destination);
        // SAFETY: `remaining` elements were still ahead of both pointers.
        unsafe {
            source = opaque(source.add(1));
            destination = destination.add(1);
        }
        remaining -= 1;
    }
    destination
}

/// Copies `count` elements. Small: what the compiler's library copies with has 600 bytes.
///
/// # Safety
///
/// `source` is readable and `destination` writable for `count` elements; they do not overlap.
#[inline(never)]
pub(super) unsafe fn copy<T: Copy>(source: *const T, destination: *mut T, count: usize) {
    // SAFETY: the caller's, for each element.
    unsafe {
        for_each_pair(source, destination, opaque(count), |source, destination| *destination = *source);
    }
}
