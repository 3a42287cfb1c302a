//! Tells the cores whose layers are written in assembly from all others.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(m_profile)");
    println!("cargo::rustc-check-cfg=cfg(mainline)");
    println!("cargo::rustc-check-cfg=cfg(dsp)");
    // rustc knows instruction sets of ARM by their targets alone, as far as stable code is told.
    let target = std::env::var("TARGET").unwrap_or_default();
    if ["thumbv6m-", "thumbv7m-", "thumbv7em-", "thumbv8m."].iter().any(|family| target.starts_with(family)) {
        println!("cargo::rustc-cfg=m_profile");
    }
    if ["thumbv7m-", "thumbv7em-", "thumbv8m.main-"].iter().any(|family| target.starts_with(family)) {
        println!("cargo::rustc-cfg=mainline");
    }
    // On `thumbv8m.main` the extension is the core's affair. rustc can be told of it, but the assembler that looks for
    // symbols during link-time optimisation is not, and refuses the instructions: ARMv6-M code runs there.
    if target.starts_with("thumbv7em-") {
        println!("cargo::rustc-cfg=dsp");
    }
}
