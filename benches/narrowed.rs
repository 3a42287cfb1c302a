//! What weights of few bits cost a model that is quantised already: `TINYNET_ZOO=<folder> cargo bench --bench narrowed`.
//!
//! The weights of MLPerf Tiny's keyword spotter, int8s in its file, are rounded to fewer bits. It is judged by how often it
//! gives the label that the file gives: on the golden inputs, and on spoken words of voices that it was not calibrated on.

use anyhow::{Context, Result, anyhow};
use proc_macro2::Span;
use std::path::Path;
use tinynet_compiler::compile::{self};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::import::{Values, npy, tflite};
use tinynet_compiler::precision::Precision;
use tinynet_compiler::quantize::{self, Narrowing};
use tinynet_compiler::quantized::QuantizedGraph;
use tinynet_compiler::reference::Reference;
use tinynet_compiler::settings::Samples;
use tinynet_compiler::{float_evaluator, from_tflite, optimize, plan};

fn labels(graph: &QuantizedGraph, inputs: &[Vec<i8>]) -> Vec<usize> {
    let reference = Reference::new(graph);
    inputs
        .iter()
        .map(|input| {
            let out: Vec<f32> = reference.output(input).into_iter().map(f32::from).collect();
            float_evaluator::arg_max(&out)
        })
        .collect()
}

fn inputs(path: &Path, elements: usize) -> Result<Vec<Vec<i8>>> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    match npy::read(&bytes).map_err(|error| anyhow!("{}: {error:?}", path.display()))?.values {
        Values::Integers(values) => {
            Ok(values.chunks_exact(elements).map(|s| s.iter().map(|&v| v as i8).collect()).collect())
        }
        _ => Err(anyhow!("integers")),
    }
}

fn main() -> Result<()> {
    let zoo = std::path::PathBuf::from(std::env::var_os("TINYNET_ZOO").context("zoo")?);
    let bytes = std::fs::read(zoo.join("models/mlperf_tiny/kws_ref_model_int8.tflite"))?;
    let model = tflite::read(&bytes).map_err(|e| anyhow!("{e}"))?;
    let graph =
        from_tflite::quantized_graph(&model, &bytes, Span::call_site()).map_err(|p| anyhow!("{p:?}"))?;
    let golden = inputs(&zoo.join("golden/mlperf_tiny__kws_ref_model_int8/input.npy"), 490)?;
    let test = inputs(&zoo.join("datasets/kws_tts_mfcc/x_test.npy"), 490)?;
    let train = inputs(&zoo.join("datasets/kws_tts_mfcc/x_train.npy"), 490)?;
    let q = graph.tensor(graph.inputs[0]).info.quantization;
    let samples = |list: Vec<&Vec<i8>>| Samples {
        shape: vec![49, 10, 1],
        values: list.iter().flat_map(|s| s.iter().map(|&v| q.dequantize(v) as f32)).collect(),
    };
    let spoken = samples(train.iter().step_by(20).collect());
    let want_g = labels(&graph, &golden);
    let want_t = labels(&graph, &test);
    for (name, precision) in Precision::ALL {
        for (kind, calibration) in [("none", None), ("spoken", Some(spoken.clone()))] {
            let narrowing =
                Narrowing { precision, bias_correction: true, calibration, span: Span::call_site() };
            let mut errors = Errors::new();
            let start = std::time::Instant::now();
            let narrowed = quantize::narrow(graph.clone(), &narrowing, &mut errors)
                .with_context(|| format!("{:?}", errors.messages()))?;
            let took = start.elapsed();
            let small = optimize::optimize(narrowed);
            let g = labels(&small, &golden);
            let t = labels(&small, &test);
            let wrong: Vec<usize> = (0..g.len()).filter(|&i| g[i] != want_g[i]).collect();
            let agree = t.iter().zip(&want_t).filter(|(a, b)| a == b).count();
            let plan = plan::plan(
                &small,
                plan::Budget { flash: Some(0), ram: Some(0), portable: false },
                &mut Errors::new(),
            )
            .context("plan")?;
            println!(
                "{name:10} {kind:7} golden wrong {wrong:?} test {agree}/{} = {:.4} flash {} cycles {} {took:?}",
                t.len(),
                agree as f64 / t.len() as f64,
                plan.flash,
                plan.cycles
            );
        }
    }
    let _ = compile::compile;
    Ok(())
}
