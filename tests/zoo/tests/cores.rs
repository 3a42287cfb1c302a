//! Imported models on larger cores than the Cortex-M0 answer the same, bit for bit: the Cortex-M4 and the Cortex-M33 with
//! instructions of their DSP extension, the Cortex-M3 with those of ARMv6-M.

use xtask::emulator::Machine;
use xtask::toolchain::{Builder, CORTEX_M3, CORTEX_M4, CORTEX_M33, HAS_DSP};
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

/// The last of them has a recurrent layer, which is a kernel in Rust.
const ON_CORTEX_M3: &[&str] =
    &["mlperf_tiny/kws_ref_model_int8", "tinymaix/mnist_valid_q", "tflm/mnist_lstm_int8"];

const ON_CORTEX_M33: &[&str] = &["tinymaix/mnist_valid_q", "mlperf_tiny/kws_ref_model_int8"];

/// Runs models of these names with their fastest code, and [holds](check_models) them against what they say.
fn check(builder: Builder, machine: Machine, names: &[&str]) -> Vec<u64> {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let models = names.iter().map(|&name| {
        let (mut model, limits) =
            Model::read(&zoo, name).expect("a model and its golden outputs").fastest().expect("a plan");
        model.keep_samples(SAMPLES);
        (model, limits)
    });
    check_models(builder, machine, models)
}

/// Runs models within their limits on a machine, and holds what they take of its stack against what they say; gives their
/// cycles on a Cortex-M4.
fn check_models(
    builder: Builder,
    machine: Machine,
    models: impl IntoIterator<Item = (Model, String)>,
) -> Vec<u64> {
    let bench = Bench::with(builder).expect("the emulator");
    let cycles = models.into_iter().map(|(model, limits)| {
        let name = &model.name;
        let run = bench.run(&model, machine, &limits).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        assert_eq!(run.different, 0, "{name}: answers on {}", machine.name());
        let (stack, most_stack) = (run.stack.inference, run.most_stack);
        let cycles = run.inference.inclusive.cycles_m4 / run.inference.calls;
        println!(
            "{name} on {}: about {cycles} cycles of a Cortex-M4, {stack} bytes of stack, at most {most_stack}",
            machine.name()
        );
        assert!(stack <= most_stack, "{name}: {stack} bytes of stack, {most_stack} at most");
        assert_eq!(run.inference.inclusive.untimed_m4, 0, "{name}");
        cycles
    });
    cycles.collect()
}

/// A compiler for a target.
fn builder(target: &'static str) -> Builder {
    Builder::new(target).expect("a compiler")
}

#[test]
fn golden_outputs_on_a_cortex_m4() {
    let cycles = check(builder(CORTEX_M4), Machine::Mps2An386, ON_CORTEX_M4);
    for (name, cycles) in ON_CORTEX_M4.iter().zip(cycles) {
        if let Some(most) = most_cycles_m4(name) {
            assert!(cycles <= most, "{name}: about {cycles} cycles of a Cortex-M4, not {most}");
        }
    }
}

/// Tensors of four bits between layers, with weights of eight bits, of four and of three.
#[test]
fn tensors_of_4_bits_on_a_cortex_m4() {
    let networks = [
        ("touch", "FixedPoint"),
        ("touch", "Affine, precision: Int4"),
        ("digits", "Affine, precision: Int3"),
    ];
    let models = networks.map(|(network, scheme)| {
        let model = Model::of_example(network, &format!("activations: Int4, scheme: {scheme}"));
        model.expect("a model").fastest().expect("a plan")
    });
    let with_dsp = |(model, _): &(Model, String)| {
        model.plan.steps.iter().filter(|step| step.shape.dsp().is_some()).count()
    };
    assert!(models.iter().map(with_dsp).sum::<usize>() > 0);
    check_models(builder(CORTEX_M4), Machine::Mps2An386, models);
}

#[test]
fn golden_outputs_on_a_cortex_m3() {
    check(builder(CORTEX_M3), Machine::Mps2An385, ON_CORTEX_M3);
}

/// With the extension where the compiler is told of it, whatever is optimised when, and without it elsewhere: a fifth more
/// cycles, at least.
#[test]
fn golden_outputs_on_a_cortex_m33() {
    let names = ON_CORTEX_M33;
    let without = check(builder(CORTEX_M33), Machine::Mps2An505, names);
    for (optimization, names) in [("fat", names), ("thin", &names[..1]), ("off", &names[..1])] {
        let builder = builder(CORTEX_M33).with(HAS_DSP).with(("CARGO_PROFILE_RELEASE_LTO", optimization));
        for (with, without) in check(builder, Machine::Mps2An505, names).into_iter().zip(&without) {
            assert!(with + with / 5 <= *without, "{with} and {without} cycles");
        }
    }
}
