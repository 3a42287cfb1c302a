//! Tells the cores whose layers are written in assembly from all others.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(m_profile)");
    println!("cargo::rustc-check-cfg=cfg(dsp)");
    // rustc knows instruction sets of ARM by their targets alone, as far as stable code is told.
    let target = variable("TARGET");
    if ["thumbv6m-", "thumbv7m-", "thumbv7em-", "thumbv8m."].iter().any(|family| target.starts_with(family)) {
        println!("cargo::rustc-cfg=m_profile");
    }
    if target.starts_with("thumbv7em-") || (target.starts_with("thumbv8m.main-") && is_told_of_dsp()) {
        println!("cargo::rustc-cfg=dsp");
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// Cores of ARMv8-M whose DSP extension compilers take for granted.
const CORES: [&str; 4] = ["cortex-m33", "cortex-m35p", "cortex-m55", "cortex-m85"];

/// Whether the compiler is told that the core has the DSP extension, so that its assembler knows the instructions. Without
/// that, ARMv8-M does not have it.
fn is_told_of_dsp() -> bool {
    let flags = variable("CARGO_ENCODED_RUSTFLAGS");
    let mut is_told = variable("CARGO_CFG_TARGET_FEATURE").split(',').any(|feature| feature == "dsp");
    // `-C option=value` is one flag or two.
    for flag in flags.split('\x1f').map(|flag| flag.strip_prefix("-C").unwrap_or(flag)) {
        match flag.trim_start().split_once('=') {
            Some(("target-cpu", core)) => is_told |= CORES.contains(&core),
            Some(("target-feature", features)) if features.split(',').any(|feature| feature == "-dsp") => {
                return false;
            }
            Some(("target-feature", features)) => {
                is_told |= features.split(',').any(|feature| feature == "+dsp")
            }
            _ => {}
        }
    }
    is_told
}
