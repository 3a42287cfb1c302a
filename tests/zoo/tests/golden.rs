//! Imported models on the host against the golden outputs of TensorFlow Lite's reference kernels, bit for bit.
//!
//! Without a folder in `TINYNET_ZOO` there is nothing to do.

use proc_macro2::Span;
use std::collections::BTreeSet;
use std::path::Path;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::from_tflite::Problem;
use tinynet_compiler::import::tflite;
use tinynet_compiler::plan::{self, Budget, Plan, order};
use tinynet_compiler::quantized::QuantizedGraph;
use tinynet_compiler::reference::Reference;
use tinynet_compiler::{from_tflite, optimize, planned};
use zoo::golden::Golden;

/// Models that are exact.
const EXACT: &[&str] = &[
    "microflow/sine",
    "mlperf_tiny/ad01_int8",
    "mlperf_tiny/ad01_int8_floatio",
    "mlperf_tiny/kws_ref_model_int8",
    "mlperf_tiny/pretrainedResnet_int8",
    "mlperf_tiny/pretrainedResnet_large_int8",
    "mlperf_tiny/str_ww_ref_model_int8",
    "mlperf_tiny/vww_96_int8",
    "tflm/dtln_noise_suppression",
    "tflm/hello_world_int8",
    "tflm/keyword_scrambled",
    "tflm/keyword_scrambled_8bit",
    "tflm/micro_speech_int8",
    "tflm/micro_speech_lstm",
    "tflm/mnist_lstm_int8",
    "tflm/person_detect_int8",
    "tflm/simple_add_model",
    "tflm_seanet_int16/add0",
    "tflm_seanet_int16/add12",
    "tflm_seanet_int16/add15",
    "tflm_seanet_int16/add3",
    "tflm_seanet_int16/add6",
    "tflm_seanet_int16/add9",
    "tflm_seanet_int16/conv0",
    "tflm_seanet_int16/conv1",
    "tflm_seanet_int16/conv10",
    "tflm_seanet_int16/conv11",
    "tflm_seanet_int16/conv12",
    "tflm_seanet_int16/conv13",
    "tflm_seanet_int16/conv14",
    "tflm_seanet_int16/conv15",
    "tflm_seanet_int16/conv16",
    "tflm_seanet_int16/conv17",
    "tflm_seanet_int16/conv18",
    "tflm_seanet_int16/conv19",
    "tflm_seanet_int16/conv2",
    "tflm_seanet_int16/conv20",
    "tflm_seanet_int16/conv21",
    "tflm_seanet_int16/conv3",
    "tflm_seanet_int16/conv4",
    "tflm_seanet_int16/conv5",
    "tflm_seanet_int16/conv6",
    "tflm_seanet_int16/conv7",
    "tflm_seanet_int16/conv8",
    "tflm_seanet_int16/conv9",
    "tflm_seanet_int16/leaky_relu0",
    "tflm_seanet_int16/leaky_relu1",
    "tflm_seanet_int16/leaky_relu2",
    "tflm_seanet_int16/leaky_relu3",
    "tflm_seanet_int16/pad0",
    "tflm_seanet_int16/pad1",
    "tflm_seanet_int16/pad2",
    "tflm_seanet_int16/pad3",
    "tflm_seanet_int16/quantize0",
    "tflm_seanet_int16/quantize1",
    "tflm_seanet_int16/strided_slice0",
    "tflm_seanet_int16/strided_slice1",
    "tflm_seanet_int16/strided_slice2",
    "tflm_seanet_int16/strided_slice3",
    "tflm_seanet_int16/sub0",
    "tflm_seanet_int16/sub1",
    "tflm_seanet_int16/transpose_conv0",
    "tflm_seanet_int16/transpose_conv1",
    "tflm_seanet_int16/transpose_conv2",
    "tflm_seanet_int16/transpose_conv3",
    "tflm_seanet_int16/transpose_conv4",
    "tinyengine/detection",
    "tinyengine/ptq_mnist_lenet-300-100",
    "tinyengine/vww",
    "tinymaix/cifar10_q",
    "tinymaix/mbnet96_0.25_q",
    "tinymaix/mnist_arduino_q",
    "tinymaix/mnist_dw_q",
    "tinymaix/mnist_rect_q",
    "tinymaix/mnist_resnet_q",
    "tinymaix/mnist_valid_q",
    "tinymaix/vww96_q",
];

/// Models of integers that cannot be imported yet, and what is missing: words of what is said about them.
const MISSING: &[(&str, &[&str])] = &[("tflm/audio_preprocessor_int8", &["CUSTOM"])];

/// What a model, `SET/MODEL`, becomes.
fn graph(zoo: &Path, name: &str) -> Result<QuantizedGraph, Vec<Problem>> {
    let path = zoo.join("models").join(format!("{name}.tflite"));
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let model = tflite::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    from_tflite::quantized_graph(&model, &bytes, Span::call_site())
}

/// The smallest plan.
fn plan(graph: &QuantizedGraph) -> Plan {
    plan::plan(graph, Budget { flash: Some(0), ram: None, ..Budget::default() }, &mut Errors::new())
        .expect("a plan")
}

#[test]
fn every_golden_output_bit_for_bit() {
    let Some(zoo) = zoo::folder() else { return };
    for name in EXACT {
        let whole = graph(&zoo, name).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        let golden = Golden::read(&zoo.join("golden").join(name.replace('/', "__")), &whole)
            .unwrap_or_else(|error| panic!("{name}: {error:#}"));
        for graph in [whole.clone(), order::in_best_order(optimize::optimize(whole))] {
            let reference = Reference::new(&graph);
            let plan = plan(&graph);
            let samples = golden.inputs.iter().zip(&golden.outputs);
            for (sample, (input, expected)) in samples.enumerate() {
                assert_eq!(reference.output(input), *expected, "{name}, sample {sample}");
                // A few are enough to show whether layers overwrite what others read.
                if sample < 4 {
                    assert_eq!(planned::run(&graph, &plan, input), *expected, "{name}, sample {sample}");
                }
            }
        }
    }
}

/// Where inferences depend on those before them.
#[test]
fn every_golden_stream_bit_for_bit() {
    let Some(zoo) = zoo::folder() else { return };
    let mut streams = 0;
    for name in EXACT {
        let whole = graph(&zoo, name).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        let golden = Golden::read(&zoo.join("golden").join(name.replace('/', "__")), &whole)
            .unwrap_or_else(|error| panic!("{name}: {error:#}"));
        streams += usize::from(!golden.stream.is_empty());
        for graph in [whole.clone(), order::in_best_order(optimize::optimize(whole))] {
            let (reference, plan) = (Reference::new(&graph), plan(&graph));
            let (mut state, mut memory) = (reference.first_state(), planned::Memory::new(&graph, &plan));
            for (sample, (input, expected)) in golden.inputs.iter().zip(&golden.stream).enumerate() {
                assert_eq!(reference.output_after(&mut state, input), *expected, "{name}, sample {sample}");
                assert_eq!(memory.run(input), *expected, "{name}, sample {sample}");
            }
        }
    }
    assert!(streams > 0, "no model has golden outputs of a stream");
}

#[test]
fn what_is_missing_is_said() {
    let Some(zoo) = zoo::folder() else { return };
    for (name, missing) in MISSING {
        let Err(problems) = graph(&zoo, name) else {
            panic!("{name} can be imported now: move it to the models that are exact");
        };
        for word in *missing {
            let is_said = problems.iter().any(|problem| problem.cause.contains(word));
            assert!(is_said, "{name} no longer lacks {word}: {problems:#?}");
        }
    }
}

/// A model that somebody adds to the folder must be in one of the lists, or have golden outputs of another kind.
#[test]
fn no_model_is_forgotten() {
    let Some(zoo) = zoo::folder() else { return };
    let listed: BTreeSet<_> = EXACT.iter().copied().chain(MISSING.iter().map(|(name, _)| *name)).collect();
    let mut forgotten = Vec::new();
    for golden in std::fs::read_dir(zoo.join("golden")).expect("a folder").flatten() {
        let name = golden.file_name().to_string_lossy().replacen("__", "/", 1);
        let is_model = zoo.join("models").join(format!("{name}.tflite")).exists();
        if is_model && !listed.contains(name.as_str()) {
            forgotten.push(name);
        }
    }
    assert!(forgotten.is_empty(), "{forgotten:?} are in no list");
}

/// Of the weights of the visual-wake-words model five in six are 0, and 971 of its channels constant or unread.
#[test]
fn dead_channels_take_their_arithmetic_along() {
    let Some(zoo) = zoo::folder() else { return };
    let graph = optimize::optimize(graph(&zoo, "mlperf_tiny/vww_96_int8").expect("a supported model"));
    assert_eq!(plan(&graph).macs, 3_727_313);
}

/// Bytes of the arena, input and output included: of the smallest code, of the fastest, and what TensorFlow Lite Micro 2.19
/// takes (measured).
#[test]
fn memory_of_well_known_models() {
    const MODELS: &[(&str, usize, usize, usize)] = &[
        ("mlperf_tiny/ad01_int8", 768, 1_875, 2_704),
        ("mlperf_tiny/kws_ref_model_int8", 9_624, 12_800, 22_784),
        ("mlperf_tiny/pretrainedResnet_int8", 33_440, 45_000, 54_352),
        ("mlperf_tiny/vww_96_int8", 36_864, 50_000, 100_672),
        ("tflm/micro_speech_int8", 4_240, 6_250, 6_800),
        ("tflm/person_detect_int8", 36_864, 50_000, 82_304),
        ("tinymaix/cifar10_q", 8_992, 13_125, 13_376),
    ];
    let Some(zoo) = zoo::folder() else { return };
    for &(name, expected, most, elsewhere) in MODELS {
        let graph = optimize::optimize(graph(&zoo, name).expect("a supported model"));
        let graph = order::in_best_order(graph);
        let smallest = plan(&graph).arena;
        let fastest = plan::plan(&graph, Budget::default(), &mut Errors::new()).expect("a plan").arena;
        println!("{name:36} {smallest:>7} {fastest:>7} {elsewhere:>7}");
        assert!(smallest <= expected, "{name}: {smallest} bytes instead of {expected}");
        assert!(fastest <= most, "{name}: {fastest} bytes in the fastest build instead of {most}");
    }
}
