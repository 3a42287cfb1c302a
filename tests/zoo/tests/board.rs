//! Imported models on emulated boards answer what TensorFlow Lite's reference kernels answer, bit for bit.

use xtask::emulator::Machine;
use xtask::toolchain::{Builder, CORTEX_M0};
use zoo::Model;

/// Models and the machines whose memory they fit.
const MODELS: &[(&str, Machine)] = &[
    ("microflow/sine", Machine::Microbit),
    ("tflm/hello_world_int8", Machine::Microbit),
    ("tflm/micro_speech_int8", Machine::Microbit),
    ("mlperf_tiny/kws_ref_model_int8", Machine::Microbit),
    ("mlperf_tiny/ad01_int8", Machine::Mps2An385),
    ("mlperf_tiny/ad01_int8_floatio", Machine::Mps2An385),
    ("mlperf_tiny/pretrainedResnet_int8", Machine::Mps2An385),
    ("mlperf_tiny/str_ww_ref_model_int8", Machine::Microbit),
    ("mlperf_tiny/vww_96_int8", Machine::Mps2An385),
    ("tflm/person_detect_int8", Machine::Mps2An385),
    ("tinymaix/cifar10_q", Machine::Microbit),
    ("tinymaix/mnist_resnet_q", Machine::Microbit),
];

#[test]
fn golden_outputs_on_the_chip() {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let builder = Builder::new(CORTEX_M0).expect("a compiler");
    println!(
        "{:36} {:>9} {:>8} {:>8} {:>6} {:>12} {:>12}",
        "model", "MACs", "flash", "RAM", "stack", "instructions", "Cortex-M0"
    );
    for &(name, machine) in MODELS {
        let model = Model::read(&zoo, name).expect("a model");
        let run = model.run(&builder, machine, "flash <= 4 * MIB").expect("a run");
        let samples = model.inputs.len() as u64;
        let count = run.inference.inclusive;
        println!(
            "{name:36} {:>9} {:>8} {:>8} {:>6} {:>12} {:>12}",
            "",
            run.flash,
            run.ram,
            run.stack,
            count.instructions / samples,
            count.cycles_m0 / samples,
        );
        assert_eq!(run.different, 0, "{name}: of {samples} answers on the chip {} differ", run.different);
        assert_eq!(run.inference.calls, samples, "{name}");
    }
}
