//! Imported models on larger cores than the Cortex-M0 answer the same, bit for bit: the Cortex-M4 with instructions of its
//! DSP extension, the Cortex-M3 with those of ARMv6-M.

use std::sync::Mutex;
use xtask::emulator::Machine;
use xtask::toolchain::{CORTEX_M3, CORTEX_M4};
use zoo::board::Bench;
use zoo::model::Model;
use zoo::targets::most_cycles_m4;

/// Samples that each model answers.
const SAMPLES: usize = 4;

/// Models with all layers that the extension makes faster, and what limits their cycles.
const ON_CORTEX_M4: &[&str] = &[
    "mlperf_tiny/ad01_int8",
    "mlperf_tiny/kws_ref_model_int8",
    "mlperf_tiny/pretrainedResnet_int8",
    "mlperf_tiny/vww_96_int8",
    "tflm/micro_speech_int8",
    "tinymaix/mnist_valid_q",
];

const ON_CORTEX_M3: &[&str] = &["mlperf_tiny/kws_ref_model_int8", "tinymaix/mnist_valid_q"];

/// Tests build in one folder.
static ALONE: Mutex<()> = Mutex::new(());

fn check(target: &'static str, machine: Machine, names: &[&str]) {
    let _alone = ALONE.lock();
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let bench = Bench::with_target(target).expect("a compiler and the emulator");
    for &name in names {
        let (mut model, limits) =
            Model::read(&zoo, name).expect("a model and its golden outputs").fastest().expect("a plan");
        model.keep_samples(SAMPLES);
        let run = bench.run(&model, machine, &limits).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        assert_eq!(run.different, 0, "{name}: of {SAMPLES} answers on {}", machine.name());
        let (stack, most_stack) = (run.stack.inference, run.most_stack);
        println!("{name} on {}: {stack} bytes of stack, at most {most_stack}", machine.name());
        assert!(stack <= most_stack, "{name}: {stack} bytes of stack, {most_stack} at most");
        let count = run.inference.inclusive;
        assert_eq!(count.untimed_m4, 0, "{name}");
        let cycles = count.cycles_m4 / run.inference.calls;
        println!("{name} on {}: about {cycles} cycles", machine.name());
        if let Some(most) = most_cycles_m4(name).filter(|_| target == CORTEX_M4) {
            assert!(cycles <= most, "{name}: about {cycles} cycles of a Cortex-M4, not {most}");
        }
    }
}

#[test]
fn golden_outputs_on_a_cortex_m4() {
    check(CORTEX_M4, Machine::Mps2An386, ON_CORTEX_M4);
}

#[test]
fn golden_outputs_on_a_cortex_m3() {
    check(CORTEX_M3, Machine::Mps2An385, ON_CORTEX_M3);
}
