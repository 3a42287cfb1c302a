//! Prints the memory plan of a `.tflite` file: what lies where while each layer runs.
//!
//! `cargo run -p tinynet-compiler --example memory -- MODEL.tflite...`

use proc_macro2::Span;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::import::tflite;
use tinynet_compiler::plan::{self, Budget};
use tinynet_compiler::{from_tflite, optimize};

fn main() {
    for path in std::env::args().skip(1) {
        if let Err(reason) = print(&path) {
            println!("{path}: {reason}");
        }
    }
}

fn print(path: &str) -> Result<(), String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let model = tflite::read(&bytes).map_err(|error| error.to_string())?;
    let graph = from_tflite::quantized_graph(&model, &bytes, Span::call_site())
        .map_err(|problems| format!("{problems:#?}"))?;
    let graph = plan::order::in_best_order(optimize::optimize(graph));
    let plan =
        plan::plan(&graph, Budget { flash: Some(0), ram: None, ..Budget::default() }, &mut Errors::new())
            .ok_or("no plan")?;
    println!("{path}: {} bytes", plan.arena);
    for (node, step) in graph.nodes.iter().zip(&plan.steps) {
        let place = |id: tinynet_compiler::graph::TensorId| {
            let tensor = graph.tensor(id);
            format!("{:?} at {}", tensor.shape, plan.offsets[id.0])
        };
        let inputs: Vec<_> = node.inputs.iter().map(|&id| place(id)).collect();
        println!(
            "{:>7} {:24} {} -> {}, scratch {:?}",
            step.ram,
            node.label,
            inputs.join(", "),
            place(node.output),
            step.scratch,
        );
    }
    Ok(())
}
