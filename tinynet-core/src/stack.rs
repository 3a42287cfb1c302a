//! Which figure of the stack is that of the core.

/// The one of three figures for the core that this is built for: a Cortex-M0, which is also what other processors are told; a
/// core with all of Thumb-2 (ARMv7-M, ARMv8-M Mainline); one of those with the DSP extension.
///
/// ```
/// // Computers are told of the Cortex-M0.
/// assert_eq!(tinynet_core::stack::of_target(200, 280, 260), 200);
/// ```
pub const fn of_target(cortex_m0: usize, mainline: usize, dsp: usize) -> usize {
    if cfg!(dsp) {
        dsp
    } else if cfg!(mainline) {
        mainline
    } else {
        cortex_m0
    }
}
