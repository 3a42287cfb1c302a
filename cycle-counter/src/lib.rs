//! Instructions and Cortex-M0, Cortex-M0+ and Cortex-M4 cycles of the functions of a firmware, counted while QEMU runs it.
//!
//! QEMU executes ARMv6-M and ARMv7-M instructions exactly but knows nothing of their time. This plugin adds the
//! instruction timings that ARM publishes for these cores, with zero wait states (those of the Cortex-M4 are an
//! [approximation](cortex_m4)), and follows calls and returns, so that each function is charged with what it and its callees do:
//!
//! ```sh
//! cargo build --release -p cycle-counter
//! qemu-system-arm -M microbit -nographic -semihosting-config enable=on,target=native -kernel firmware.elf \
//!     -plugin target/release/libcycle_counter.so,out=counts.json,region=0x1f4+0x38
//! ```
//!
//! Plugin arguments:
//!
//! | argument | meaning |
//! |---|---|
//! | `out=FILE` | where the [`report`] goes, as JSON |
//! | `region=START+LENGTH` | a function: address of its first instruction and its size in bytes; may be repeated |
//! | `multiplier=1` or `32` | cycles of `MULS`: the fast multiplier (default) or the small one |
//!
//! `cargo xtask measure firmware.elf function` finds the addresses and prints the counts.
//!
//! What is not modelled: flash wait states, and interrupts (an interrupt handler that runs inside a function
//! is charged to it). Real parts above about 24 MHz usually wait for their flash.

mod arguments;
pub mod cortex_m4;
// Unit tests are a program of their own, without QEMU and thus without the functions called here.
#[cfg(all(unix, not(test)))]
mod plugin;
pub mod report;
pub mod timing;
mod trace;
