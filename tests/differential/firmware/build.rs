//! The linker finds `memory.x` where the package `microbit` has it; the programs `alone` and `together` are told their
//! networks.

use std::path::PathBuf;

fn main() {
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=--nmagic");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=ALONE");
    println!("cargo::rerun-if-env-changed=TOGETHER");
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    let seed = std::env::var("ALONE").unwrap_or_default();
    let (network, items) = match seed.as_str() {
        "" => ("NoNetwork".into(), include_str!("../../firmware/no_network.rs")),
        seed => (format!("random_networks::Network{seed}"), ""),
    };
    let alone = format!("type Alone = {network};\n\n{items}");
    std::fs::write(folder.join("alone.rs"), alone).expect("cargo's own folder");
    let together = together(&std::env::var("TOGETHER").unwrap_or_default());
    std::fs::write(folder.join("together.rs"), together).expect("cargo's own folder");
}

/// Networks, and what is asked of them: `infer Once, classify Twice`.
fn together(calls: &str) -> String {
    let calls: Vec<_> = calls.split(',').filter_map(|call| call.trim().split_once(' ')).collect();
    let (mut types, mut values, mut statements) = (String::new(), String::new(), String::new());
    for (index, (method, network)) in calls.into_iter().enumerate() {
        types += &format!("twins::{network}, ");
        values += &format!("twins::{network}::new(), ");
        statements += &format!("{method}(&mut self.{index}); ");
    }
    format!(
        "struct Networks({types});\n\nimpl Networks {{\nconst fn new() -> Self {{ Self({values}) }}\n\
         fn run(&mut self) {{ {statements} }}\n}}\n"
    )
}
