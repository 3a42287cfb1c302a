//! Tells the cores whose layers are written in assembly from all others.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(m_profile)");
    // rustc knows instruction sets of ARM by their targets alone, as far as stable code is told.
    let target = std::env::var("TARGET").unwrap_or_default();
    if ["thumbv6m-", "thumbv7m-", "thumbv7em-", "thumbv8m."].iter().any(|family| target.starts_with(family)) {
        println!("cargo::rustc-cfg=m_profile");
    }
}
