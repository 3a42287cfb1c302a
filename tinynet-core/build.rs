//! Tells the cores whose layers are written in assembly from all others.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(m_profile)");
    println!("cargo::rustc-check-cfg=cfg(mainline)");
    println!("cargo::rustc-check-cfg=cfg(dsp)");
    // rustc knows instruction sets of ARM by their targets alone, as far as stable code is told.
    let target = variable("TARGET");
    if ["thumbv6m-", "thumbv7m-", "thumbv7em-", "thumbv8m."].iter().any(|family| target.starts_with(family)) {
        println!("cargo::rustc-cfg=m_profile");
    }
    if ["thumbv7m-", "thumbv7em-", "thumbv8m.main-"].iter().any(|family| target.starts_with(family)) {
        println!("cargo::rustc-cfg=mainline");
    }
    let is_armv7em = target.starts_with("thumbv7em-");
    if (is_armv7em || target.starts_with("thumbv8m.main-")) && has_dsp_as_told(is_armv7em) {
        println!("cargo::rustc-cfg=dsp");
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// Cores of ARMv8-M that LLVM takes to have the extension. To be built without it is an option of some, which
/// `-C target-feature=-dsp` says.
const CORES: [&str; 7] =
    ["cortex-m33", "cortex-m35p", "cortex-m52", "cortex-m55", "cortex-m85", "star-mc1", "star-mc3"];

/// Whether the core has the DSP extension, by what the compiler is told of it; else as the target has it.
fn has_dsp_as_told(of_target: bool) -> bool {
    let flags = variable("CARGO_ENCODED_RUSTFLAGS");
    let mut has_core = of_target;
    let mut has_feature = None;
    for (option, value) in codegen_options(&flags) {
        match option {
            "target-cpu" => has_core = of_target || CORES.contains(&value),
            "target-feature" => {
                for feature in value.split(',') {
                    match feature {
                        "+dsp" => has_feature = Some(true),
                        "-dsp" => has_feature = Some(false),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    has_feature.unwrap_or(has_core)
}

/// `-C option=value`, `-Coption=value` and `--codegen option=value`, the first two of them one flag or two.
fn codegen_options(flags: &str) -> impl Iterator<Item = (&str, &str)> {
    let flags = flags.split('\x1f').map(|flag| {
        let flag = flag.strip_prefix("--codegen").or(flag.strip_prefix("-C")).unwrap_or(flag);
        flag.trim_start_matches([' ', '='])
    });
    flags.filter_map(|flag| flag.split_once('='))
}
