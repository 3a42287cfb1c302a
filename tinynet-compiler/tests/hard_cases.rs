//! Arithmetic that implementations get wrong, each by name, against TensorFlow Lite's reference kernels, bit for bit.
//!
//! `operators/hard.npz` has small models, inputs, and what TensorFlow 2.19 answers; `operators/make_hard.py` makes it.
//! Each model runs as it is, and as the fastest and the smallest plan of what the compiler makes of it.

use proc_macro2::Span;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::from_tflite::quantized_graph;
use tinynet_compiler::import::{Archive, Values, npz, tflite};
use tinynet_compiler::plan::{Budget, order, plan};
use tinynet_compiler::reference::Reference;
use tinynet_compiler::{optimize, planned};

fn int8s(archive: &Archive, name: &str) -> Vec<i8> {
    let entry = archive.entries.iter().find(|(entry, _)| entry == name);
    match entry.map(|(_, array)| &array.values) {
        Some(Values::Integers(values)) => values.iter().map(|&value| value as i8).collect(),
        _ => panic!("no integers `{name}`"),
    }
}

/// Runs all cases of a subject, at least so many.
fn check(subject: &str, least: usize) {
    let archive = npz::read(include_bytes!("operators/hard.npz")).expect("an archive of cases");
    let names = archive.entries.iter().filter_map(|(name, _)| name.strip_suffix(".model"));
    let cases: Vec<_> = names.filter(|name| name.starts_with(subject)).collect();
    assert!(cases.len() >= least, "{} cases of {subject}", cases.len());
    for case in cases {
        let model: Vec<u8> =
            int8s(&archive, &format!("{case}.model")).iter().map(|&byte| byte as u8).collect();
        let [inputs, outputs] = ["input", "output"].map(|part| int8s(&archive, &format!("{case}.{part}")));
        let read = tflite::read(&model).expect("a model");
        let whole = quantized_graph(&read, &model, Span::call_site())
            .unwrap_or_else(|problems| panic!("{case}: {problems:#?}"));
        let [input, output] = [whole.inputs[0], whole.outputs[0]].map(|id| whole.tensor(id).elements());
        let graph = order::in_best_order(optimize::optimize(whole.clone()));
        let plans = [None, Some(0)].map(|flash| {
            plan(&graph, Budget { flash, ram: None, ..Budget::default() }, &mut Errors::new())
                .expect("a plan")
        });
        let reference = Reference::new(&whole);
        for (input, expected) in inputs.chunks(input).zip(outputs.chunks(output)) {
            assert_eq!(reference.output(input), expected, "{case} of {input:?}");
            for plan in &plans {
                assert_eq!(planned::run(&graph, plan, input), expected, "{case}, planned, of {input:?}");
            }
        }
    }
}

/// SAME at stride 2 on an even size puts nothing before the image and one line behind it.
#[test]
fn asymmetric_same_padding_at_stride_2() {
    check("asymmetric_same_padding", 8);
}

/// What lies in the middle between two results, on either side of zero.
#[test]
fn rounding_of_negative_midpoints() {
    check("negative_midpoints", 14);
}

#[test]
fn double_rounding_of_operators_with_weights() {
    check("double_rounding", 16);
}

/// Factors of more than 1, and accumulators near the ends of 32 bits.
#[test]
fn saturating_ends() {
    check("saturating_ends", 36);
}

#[test]
fn zero_points_at_the_ends() {
    check("extreme_zero_points", 12);
}

#[test]
fn tables_of_softmax() {
    check("softmax_tables", 13);
}

#[test]
fn rounding_of_average_pools() {
    check("average_pool_rounding", 6);
}

#[test]
fn requantisation_of_means() {
    check("mean_requantisation", 15);
}

#[test]
fn left_shift_of_sums() {
    check("add_left_shift", 4);
}
