//! Imported models on emulated boards answer what TensorFlow Lite's reference kernels answer, bit for bit.

use std::collections::BTreeSet;
use zoo::board::Bench;
use zoo::model::{Import, Model};

/// Models that can be imported: that must not change.
const IMPORTABLE: &[&str] = &[
    "microflow/sine",
    "mlperf_tiny/ad01_int8",
    "mlperf_tiny/ad01_int8_floatio",
    "mlperf_tiny/kws_ref_model_int8",
    "mlperf_tiny/pretrainedResnet_int8",
    "mlperf_tiny/pretrainedResnet_large_int8",
    "mlperf_tiny/str_ww_ref_model_int8",
    "mlperf_tiny/vww_96_int8",
    "tflm/hello_world_int8",
    "tflm/micro_speech_int8",
    "tflm/person_detect_int8",
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

#[test]
fn golden_outputs_on_the_chip() {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let bench = Bench::new().expect("a compiler and the emulator");
    let mut missing: BTreeSet<_> = IMPORTABLE.iter().copied().collect();
    for name in zoo::names(&zoo).expect("models") {
        let model = match Model::import(&zoo, &name).expect("a model and its golden outputs") {
            Import::Done(model) => model,
            Import::Refused(refusal) => {
                assert!(!missing.contains(name.as_str()), "{name}: {}", refusal.summary());
                continue;
            }
        };
        let Some(golden) = &model.golden else { continue };
        let samples = golden.inputs.len();
        assert_eq!(model.different_on_host(), Some(0), "{name}: of {samples} answers of this machine");
        // The fastest code that the board has room for; `cargo xtask zoo` runs the smallest.
        let machine = model.machine();
        let run = bench
            .run(&model, machine, &Model::limits_of(machine))
            .unwrap_or_else(|error| panic!("{name}: {error:#}"));
        println!("{name}: {samples} samples on {}, {} bytes of stack", machine.name(), run.stack);
        assert_eq!(run.different, 0, "{name}: of {samples} answers on the chip");
        assert_eq!(run.inference.calls, samples as u64, "{name}");
        missing.remove(name.as_str());
    }
    assert!(missing.is_empty(), "not there, or without golden outputs: {missing:?}");
}
