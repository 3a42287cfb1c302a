//! Files of the host by semihosting, and the end of a program.

use core::panic::PanicInfo;
use cortex_m_semihosting::{debug, syscall};

/// Handle of a file of the host; its name ends with a zero.
pub(crate) fn open(name: &[u8], mode: usize) -> usize {
    // SAFETY: the host reads the name, whose length is told without the zero.
    unsafe { syscall!(OPEN, name.as_ptr(), mode, name.len() - 1) }
}

/// Fills all of `bytes`, unless the file ends.
pub(crate) fn read(file: usize, bytes: &mut [u8]) -> bool {
    // SAFETY: the host writes to `bytes` alone.
    unsafe { syscall!(READ, file, bytes.as_mut_ptr(), bytes.len()) == 0 }
}

/// Appends all of `bytes`.
pub(crate) fn write(file: usize, bytes: &[u8]) {
    // SAFETY: the host reads `bytes` alone.
    unsafe { syscall!(WRITE, file, bytes.as_ptr(), bytes.len()) };
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    debug::exit(debug::EXIT_FAILURE);
    halt()
}

/// Where a program that has ended stays.
pub(crate) fn halt() -> ! {
    loop {
        core::hint::spin_loop();
    }
}
