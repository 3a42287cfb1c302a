//! The linker finds `memory.x` where the package `microbit` has it; the program `alone` is told its network.

fn main() {
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=--nmagic");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=ALONE");
    let seed = std::env::var("ALONE").unwrap_or_default();
    let (network, items) = match seed.as_str() {
        "" => ("NoNetwork".into(), include_str!("../../firmware/no_network.rs")),
        seed => (format!("random_networks::Network{seed}"), ""),
    };
    let path = std::path::PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo")).join("alone.rs");
    std::fs::write(path, format!("type Alone = {network};\n\n{items}")).expect("cargo's own folder");
}
