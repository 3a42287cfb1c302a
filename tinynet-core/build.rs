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
    let is_armv7em = target.starts_with("thumbv7em-");
    if (is_armv7em || target.starts_with("thumbv8m.main-")) && has_dsp_as_told(is_armv7em) {
        println!("cargo::rustc-cfg=dsp");
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// Cores of ARMv8-M whose DSP extension compilers take for granted.
const CORES: [&str; 4] = ["cortex-m33", "cortex-m35p", "cortex-m55", "cortex-m85"];

/// Whether the core has the DSP extension by what the compiler is told, so that its assembler knows the instructions; else
/// as the target has it.
fn has_dsp_as_told(of_target: bool) -> bool {
    let flags = variable("CARGO_ENCODED_RUSTFLAGS");
    let features = variable("CARGO_CFG_TARGET_FEATURE");
    let mut is_told = of_target || features.split(',').any(|feature| feature == "dsp");
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
