//! Which model runs on which board, from the environment: `MODEL`, a `.tflite` file (no model where it is not set),
//! `INPUT`, what stands in braces behind it (nothing where it is not set), `INPUTS`, how many it has, `STATEFUL` if it keeps something from one inference to the next, `LIMITS`, what stands behind
//! `where`, and `MEMORY`, the board's memory as the linker wants it.

use std::path::PathBuf;

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    let variable = |name: &str| {
        println!("cargo::rerun-if-env-changed={name}");
        std::env::var(name).unwrap_or_default()
    };
    let (model, limits, input) = (variable("MODEL"), variable("LIMITS"), variable("INPUT"));
    let end = if input.is_empty() { ";".into() } else { format!(", {{ {input} }}") };
    let source = match model.as_str() {
        "" => format!("type Model = NoNetwork;\n\n{}\n", include_str!("../../firmware/no_network.rs")),
        model => format!("tinynet::tinynet! {{\n    struct Model = {model:?} where {limits}{end}\n}}\n"),
    };
    let inputs = match variable("INPUTS").parse() {
        Ok(inputs @ 2..) => (0..inputs).map(|input| format!("input{input}_mut")).collect(),
        _ => vec!["input_mut".into()],
    };
    std::fs::write(out.join("model.rs"), source + &fill(&inputs) + reset(!variable("STATEFUL").is_empty()))
        .expect("cargo's own folder");
    let memory = match variable("MEMORY") {
        // The micro:bit's.
        memory if memory.is_empty() => {
            "MEMORY { FLASH : ORIGIN = 0, LENGTH = 256K RAM : ORIGIN = 0x20000000, LENGTH = 16K }".into()
        }
        memory => memory,
    };
    std::fs::write(out.join("memory.x"), memory).expect("cargo's own folder");
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=--nmagic");
    println!("cargo::rerun-if-changed=build.rs");
}

/// A function that fills all inputs from a file.
fn fill(inputs: &[String]) -> String {
    let reads: Vec<_> = inputs
        .iter()
        .map(|input| format!("read(file, bytemuck::cast_slice_mut(network.{input}().as_mut_slice()))"))
        .collect();
    let reads = reads.join(" && ");
    format!("fn fill(network: &mut Model, file: usize) -> bool {{\n    {reads}\n}}\n")
}

/// A function that makes the next inference the first.
fn reset(is_stateful: bool) -> &'static str {
    if is_stateful {
        "const IS_STATEFUL: bool = true;\nfn reset(network: &mut Model) {\n    network.reset();\n}\n"
    } else {
        "const IS_STATEFUL: bool = false;\nfn reset(_: &mut Model) {}\n"
    }
}
