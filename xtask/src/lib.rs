//! What the jobs of the project are made of: compilers for every target, firmware, ELF files, the emulated
//! micro:bit and its cycle counter.
//!
//! The jobs themselves are in the binary: `cargo xtask help`. This library depends on no network, so that it builds
//! whatever state the compiler is in; demo, benches and tests of the example networks use it.

pub mod elf;
pub mod emulator;
pub mod firmware;
pub mod measure;
mod packages;
pub mod process;
#[path = "../../examples/microbit/src/protocol.rs"]
pub mod protocol;
pub mod toolchain;
