//! Which model runs, from the environment: `MODEL`, a `.tflite` file (no model where it is not set), and `MEMORY`, the
//! board's memory as the linker wants it.

use std::path::PathBuf;

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    let variable = |name: &str| {
        println!("cargo::rerun-if-env-changed={name}");
        std::env::var(name).unwrap_or_default()
    };
    let source = match variable("MODEL") {
        model if model.is_empty() => include_str!("no_model.rs").into(),
        model => format!("#[microflow::model({model:?})]\nstruct Model;\n"),
    };
    std::fs::write(out.join("model.rs"), source).expect("cargo's own folder");
    std::fs::write(out.join("memory.x"), variable("MEMORY")).expect("cargo's own folder");
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=--nmagic");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=no_model.rs");
}
