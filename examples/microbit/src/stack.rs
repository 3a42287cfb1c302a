//! How deep the stack gets. The start-up code paints all of it, so that what was used shows where the paint is gone.
//!
//! Whatever was written leaves a mark, unless it was the very pattern of the paint.

use core::arch::asm;
use core::ptr;

/// What the start-up code paints with: `STACK_PAINT_VALUE` of `cortex-m-rt`.
const PAINT: u32 = 0xcccc_cccc;

// Bounds of the stack, which grows from the start down to the end; the linker script defines them.
unsafe extern "C" {
    static _stack_start: u32;
    static _stack_end: u32;
}

fn start() -> usize {
    (&raw const _stack_start) as usize
}

fn end() -> usize {
    (&raw const _stack_end) as usize
}

/// The most bytes of stack that were in use since it was painted.
pub fn deepest() -> u32 {
    (start() - lowest_mark()) as u32
}

/// The most of them that were below an address of the stack: what was taken by functions called where
/// [`pointer`] gave that address.
pub fn deepest_below(address: usize) -> u32 {
    address.saturating_sub(lowest_mark()) as u32
}

/// Address of the first word that has lost its paint.
fn lowest_mark() -> usize {
    // SAFETY: aligned words of the stack, initialised by the start-up code; volatile, so that nothing is assumed of them.
    let is_unused =
        |&address: &usize| unsafe { ptr::read_volatile(ptr::without_provenance::<u32>(address)) } == PAINT;
    end() + 4 * (end()..start()).step_by(4).take_while(is_unused).count()
}

/// Where the stack ends at the moment: what the caller calls next lies below.
#[inline(always)]
pub fn pointer() -> usize {
    let pointer;
    // SAFETY: copies a register.
    unsafe { asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

/// Paints all that is not in use, so that what is called next is told from what was called before.
#[inline(always)]
pub fn paint() {
    let pointer = pointer();
    // SAFETY: aligned words of the stack below the frame of this function, which nobody uses: the program has no
    // interrupts, and while they are written calls nothing.
    (end()..pointer).step_by(4).for_each(|address| unsafe {
        ptr::write_volatile(ptr::without_provenance_mut::<u32>(address), PAINT);
    });
}
