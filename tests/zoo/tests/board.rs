//! Imported models on emulated boards answer what TensorFlow Lite's reference kernels answer, bit for bit.

use std::collections::BTreeMap;
use std::time::Duration;
use tinynet_compiler::armv6m::timing::Multiplier;
use tinynet_compiler::plan::{CodeShape, Plan, Step};
use xtask::emulator::Machine;
use zoo::board::{Bench, Run, peak_memory_of_compilers};
use zoo::model::{self, Code, Import, Model};
use zoo::published::tensorflow_lite_micro;
use zoo::targets::most_cycles;

/// Models that can be imported, and the smallest machines that they run on: that must not change for the worse.
const IMPORTABLE: &[(&str, Machine)] = &[
    ("microflow/sine", Machine::Microbit),
    ("mlperf_tiny/ad01_int8", Machine::Mps2An385),
    ("mlperf_tiny/ad01_int8_floatio", Machine::Mps2An385),
    ("mlperf_tiny/kws_ref_model_int8", Machine::Microbit),
    ("mlperf_tiny/pretrainedResnet_int8", Machine::Mps2An385),
    ("mlperf_tiny/pretrainedResnet_large_int8", Machine::Mps2An385),
    ("mlperf_tiny/str_ww_ref_model_int8", Machine::Microbit),
    ("mlperf_tiny/vww_96_int8", Machine::Mps2An385),
    ("tflm/dtln_noise_suppression", Machine::Mps2An385),
    ("tflm/hello_world_int8", Machine::Microbit),
    ("tflm/keyword_scrambled", Machine::Microbit),
    ("tflm/keyword_scrambled_8bit", Machine::Microbit),
    ("tflm/micro_speech_int8", Machine::Microbit),
    ("tflm/micro_speech_lstm", Machine::Microbit),
    ("tflm/mnist_lstm_int8", Machine::Microbit),
    ("tflm/person_detect_int8", Machine::Mps2An385),
    ("tflm/simple_add_model", Machine::Mps2An385),
    ("tflm_seanet_int16/add0", Machine::Microbit),
    ("tflm_seanet_int16/add12", Machine::Microbit),
    ("tflm_seanet_int16/add15", Machine::Microbit),
    ("tflm_seanet_int16/add3", Machine::Microbit),
    ("tflm_seanet_int16/add6", Machine::Microbit),
    ("tflm_seanet_int16/add9", Machine::Microbit),
    ("tflm_seanet_int16/conv0", Machine::Microbit),
    ("tflm_seanet_int16/conv1", Machine::Microbit),
    ("tflm_seanet_int16/conv10", Machine::Microbit),
    ("tflm_seanet_int16/conv11", Machine::Microbit),
    ("tflm_seanet_int16/conv12", Machine::Microbit),
    ("tflm_seanet_int16/conv13", Machine::Microbit),
    ("tflm_seanet_int16/conv14", Machine::Microbit),
    ("tflm_seanet_int16/conv15", Machine::Microbit),
    ("tflm_seanet_int16/conv16", Machine::Microbit),
    ("tflm_seanet_int16/conv17", Machine::Microbit),
    ("tflm_seanet_int16/conv18", Machine::Microbit),
    ("tflm_seanet_int16/conv19", Machine::Microbit),
    ("tflm_seanet_int16/conv2", Machine::Microbit),
    ("tflm_seanet_int16/conv20", Machine::Microbit),
    ("tflm_seanet_int16/conv21", Machine::Mps2An385),
    ("tflm_seanet_int16/conv3", Machine::Microbit),
    ("tflm_seanet_int16/conv4", Machine::Microbit),
    ("tflm_seanet_int16/conv5", Machine::Microbit),
    ("tflm_seanet_int16/conv6", Machine::Microbit),
    ("tflm_seanet_int16/conv7", Machine::Microbit),
    ("tflm_seanet_int16/conv8", Machine::Microbit),
    ("tflm_seanet_int16/conv9", Machine::Microbit),
    ("tflm_seanet_int16/leaky_relu0", Machine::Microbit),
    ("tflm_seanet_int16/leaky_relu1", Machine::Microbit),
    ("tflm_seanet_int16/leaky_relu2", Machine::Microbit),
    ("tflm_seanet_int16/leaky_relu3", Machine::Microbit),
    ("tflm_seanet_int16/pad0", Machine::Microbit),
    ("tflm_seanet_int16/pad1", Machine::Microbit),
    ("tflm_seanet_int16/pad2", Machine::Microbit),
    ("tflm_seanet_int16/pad3", Machine::Microbit),
    ("tflm_seanet_int16/quantize0", Machine::Microbit),
    ("tflm_seanet_int16/quantize1", Machine::Microbit),
    ("tflm_seanet_int16/strided_slice0", Machine::Microbit),
    ("tflm_seanet_int16/strided_slice1", Machine::Mps2An385),
    ("tflm_seanet_int16/strided_slice2", Machine::Mps2An385),
    ("tflm_seanet_int16/strided_slice3", Machine::Mps2An385),
    ("tflm_seanet_int16/sub0", Machine::Microbit),
    ("tflm_seanet_int16/sub1", Machine::Microbit),
    ("tflm_seanet_int16/transpose_conv0", Machine::Microbit),
    ("tflm_seanet_int16/transpose_conv1", Machine::Microbit),
    ("tflm_seanet_int16/transpose_conv2", Machine::Microbit),
    ("tflm_seanet_int16/transpose_conv3", Machine::Microbit),
    ("tflm_seanet_int16/transpose_conv4", Machine::Mps2An385),
    ("tinyengine/detection", Machine::Mps2An385),
    ("tinyengine/vww", Machine::Mps2An385),
    ("tinymaix/cifar10_q", Machine::Microbit),
    ("tinymaix/mbnet96_0.25_q", Machine::Mps2An385),
    ("tinymaix/mnist_arduino_q", Machine::Microbit),
    ("tinymaix/mnist_dw_q", Machine::Microbit),
    ("tinymaix/mnist_rect_q", Machine::Microbit),
    ("tinymaix/mnist_resnet_q", Machine::Microbit),
    ("tinymaix/mnist_valid_q", Machine::Microbit),
    ("tinymaix/vww96_q", Machine::Mps2An385),
];

/// How long a model may take to expand, compile and link on two cores.
const LONGEST_BUILD: Duration = Duration::from_secs(20);
/// What any compiler may take of memory.
const MOST_MEMORY: u64 = 1_500_000_000;

/// Bytes of flash that the smallest code of well-known models may take.
const MOST_FLASH: &[(&str, i64)] = &[
    ("mlperf_tiny/ad01_int8", 272_500),
    ("mlperf_tiny/kws_ref_model_int8", 32_000),
    ("mlperf_tiny/pretrainedResnet_int8", 86_000),
    ("mlperf_tiny/vww_96_int8", 60_000),
    ("tflm/hello_world_int8", 1_400),
    ("tflm/micro_speech_int8", 18_700),
];

#[test]
fn the_smallest_code_is_as_small_as_the_compiler_says() {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let bench = Bench::new().expect("a compiler and the emulator");
    for &(name, most) in MOST_FLASH.iter().rev() {
        let model = Model::read(&zoo, name).expect("a model and its golden outputs");
        let run = bench.run(&model, model.machine(), &model.tightest_limits());
        let run = run.unwrap_or_else(|error| panic!("{name}: {error:#}"));
        assert_eq!(run.different, 0, "{name}");
        let estimate = model.plan.flash as i64;
        let (stack, most_stack) = (run.stack.inference, run.most_stack);
        println!(
            "{name}: {} bytes of flash, {estimate} estimated, {} of RAM, {stack} of stack, at most {most_stack}",
            run.flash, run.network_ram
        );
        assert!(run.flash <= most, "{name}: {} bytes of flash, not {most}", run.flash);
        // A twentieth, or as much as a kernel of a few instructions.
        let error = (run.flash - estimate).abs();
        assert!(
            error <= (run.flash / 20).max(64),
            "{name}: {} bytes of flash, {estimate} estimated",
            run.flash
        );
        assert!(
            stack <= most_stack && most_stack <= stack + (stack / 4).max(64),
            "{name}: {stack} bytes of stack, {most_stack} at most"
        );
        assert_eq!(run.network_ram as usize, model.plan.arena, "{name}: RAM of the program, and of the plan");
    }
}

/// Code takes the cycles that its plan says, within a fiftieth where all of it is assembly and a tenth where some is not,
/// and the same for all inputs, or about: kernels in Rust have a branch here and there.
fn check_cycles(name: &str, plan: &Plan, run: &Run) {
    let is_assembly = |step: &Step| matches!(step.shape, CodeShape::Assembly(_) | CodeShape::Nothing);
    let is_assembly = plan.steps.iter().all(is_assembly);
    let part = if is_assembly { 50 } else { 10 };
    let all = run.inference.inclusive;
    let slower = all.multiplications * (plan.multiplier.cycles() - 1);
    let measured = [all.cycles_m0, all.cycles_m0plus].map(|cycles| (cycles + slower) / run.inference.calls);
    let planned = model::cycles(plan);
    println!("{name}: {measured:?} cycles, {planned:?} by the plan");
    for (measured, planned) in measured.into_iter().zip(planned) {
        let off = measured.abs_diff(planned as u64);
        assert!(off <= measured / part, "{name}: {measured} cycles, {planned} by the plan");
    }
    let (least, most) = (run.inference.least, run.inference.most);
    if is_assembly {
        assert_eq!(least, most, "{name}: counts of its inferences");
    }
    let range = [least.cycles_m0, most.cycles_m0];
    assert!(range[1] - range[0] <= range[0] / 20, "{name}: from {} to {} cycles", range[0], range[1]);
}

/// Models with layers of all kinds, which take seconds.
const PORTABLE: [&str; 9] = [
    "microflow/sine",
    "mlperf_tiny/str_ww_ref_model_int8",
    "tflm/hello_world_int8",
    "tflm/keyword_scrambled",
    "tflm/micro_speech_int8",
    "tflm/mnist_lstm_int8",
    "tflm_seanet_int16/conv10",
    "tflm_seanet_int16/transpose_conv0",
    "tinymaix/mnist_resnet_q",
];

#[test]
fn cycles_without_assembly() {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let bench = Bench::portable().expect("a compiler and the emulator");
    for name in PORTABLE {
        for code in [Code::FastestPortable, Code::SmallestPortable] {
            let model = Model::read(&zoo, name).expect("a model and its golden outputs");
            let (model, limits) = model.with(code).expect("a plan");
            let run = bench.run(&model, model.machine(), &limits);
            let run = run.unwrap_or_else(|error| panic!("{name}: {error:#}"));
            assert_eq!(run.different, 0, "{name}");
            check_cycles(&format!("{name}, {}", code.name()), &model.plan, &run);
        }
    }
}

/// Models with layers of all kinds that code for chips with a slow multiplier differs in.
const WITH_SLOW_MULTIPLIER: [&str; 6] = [
    "mlperf_tiny/ad01_int8",
    "mlperf_tiny/kws_ref_model_int8",
    "mlperf_tiny/str_ww_ref_model_int8",
    "tflm/hello_world_int8",
    "tflm/micro_speech_int8",
    "tinymaix/mnist_valid_q",
];

/// Where a multiplication takes 32 cycles, code for such chips takes as long as its plan says; the fastest is at least so many
/// times as fast as other code.
#[test]
fn code_for_slow_multipliers() {
    const TIMES: u64 = 3;
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let bench = Bench::with_slow_multiplier().expect("a compiler and the emulator");
    for name in WITH_SLOW_MULTIPLIER {
        let model = Model::read(&zoo, name).expect("a model and its golden outputs");
        let smallest = model.plan_with(0, Multiplier::Iterative).expect("a plan").flash as u64;
        for flash in [smallest, model.flash_of_fastest()] {
            let plan = model.plan_with(flash, Multiplier::Iterative).expect("a plan");
            let run = bench.run(&model, model.machine(), &format!("flash <= {flash}"));
            let run = run.unwrap_or_else(|error| panic!("{name}: {error:#}"));
            assert_eq!(run.different, 0, "{name}: answers");
            check_cycles(name, &plan, &run);
            if flash == smallest {
                continue;
            }
            let other = model.plan_with(flash, Multiplier::SingleCycle).expect("a plan");
            let before = model::cycles_with(&other, Multiplier::Iterative) as u64;
            let after = run.cycles(Multiplier::Iterative);
            println!("{name}: {after} cycles within {flash} bytes, {before} of other code");
            assert!(TIMES * after <= before, "{name}: {after} cycles, {before} of other code");
        }
    }
}

/// Models whose code is the largest where flash is not limited.
const LARGEST: [&str; 3] =
    ["mlperf_tiny/pretrainedResnet_large_int8", "mlperf_tiny/vww_96_int8", "tflm/person_detect_int8"];

/// With all the flash that makes it faster, code is built about as soon, for multipliers of either kind.
#[test]
fn the_largest_code_is_built_in_time() {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    for bench in [Bench::new(), Bench::with_slow_multiplier()] {
        let bench = bench.expect("a compiler and the emulator");
        for name in LARGEST {
            let mut model = Model::read(&zoo, name).expect("a model and its golden outputs");
            model.keep_samples(1);
            let machine = Machine::Mps2An385;
            let run = bench.run(&model, machine, &Model::limits_of(machine));
            let run = run.unwrap_or_else(|error| panic!("{name}: {error:#}"));
            println!("{name}: {:?} to expand, compile and link {} bytes", run.build, run.flash);
            assert_eq!(run.different, 0, "{name}: the answer on the chip");
            assert!(run.build < LONGEST_BUILD, "{name}: {:?} to expand, compile and link", run.build);
        }
    }
}

/// Golden inputs of the keyword spotter that were recorded; those before them are noise, ramps and constants.
const RECORDED: std::ops::Range<usize> = 20..32;

#[test]
fn a_model_with_half_of_its_weights() {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let bench = Bench::new().expect("a compiler and the emulator");
    let model = Model::read(&zoo, "mlperf_tiny/kws_ref_model_int8").expect("a model and its golden outputs");
    let words = zoo.join("datasets/kws_tts_mfcc/x_train.npy");
    let input = format!("audio: Input {{ precision: Int4, calibration: {words:?} }}");
    let narrowed = model.clone().narrowed(&input).expect("a model");
    let labels = |model: &Model| -> Vec<Option<usize>> {
        let outputs = &model.golden.as_ref().expect("golden outputs").outputs;
        let label = |output: &Vec<i8>| (0..output.len()).rev().max_by_key(|&index| output[index]);
        outputs.iter().map(label).collect()
    };
    let [before, after] = [&model, &narrowed].map(labels);
    let agreed = |range: std::ops::Range<usize>| range.filter(|&index| before[index] == after[index]).count();
    let (all, recorded) = (agreed(0..before.len()), agreed(RECORDED));
    println!("{all} of {} labels are the same, {recorded} of recorded inputs", before.len());
    assert!(all >= 29 && recorded == RECORDED.len());
    let run = bench.run(&narrowed, narrowed.machine(), &narrowed.tightest_limits()).expect("a run");
    assert_eq!(run.different, 0);
    println!(
        "{} bytes of flash, {} by the plan, {} before",
        run.flash, narrowed.plan.flash, model.plan.flash
    );
    assert!(run.flash + 5_000 <= model.plan.flash as i64);
    check_cycles("mlperf_tiny/kws_ref_model_int8, Int4", &narrowed.plan, &run);
}

/// Half of the weights are 0.
#[test]
fn a_pruned_model() {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let bench = Bench::new().expect("a compiler and the emulator");
    let mut model =
        Model::read(&zoo, "mlperf_tiny/kws_ref_model_int8").expect("a model and its golden outputs");
    model.keep_samples(4);
    let pruned = model.narrowed("audio: Input { prune: 0.5 }").expect("a model");
    let linears = pruned.graph.nodes.iter().filter_map(|node| node.operator.linear());
    let weights: Vec<i8> = linears.flat_map(|linear| linear.weights.iter().copied()).collect();
    let zeros = weights.iter().filter(|&&weight| weight == 0).count();
    assert!(2 * zeros >= weights.len(), "{zeros} of {}", weights.len());
    let run = bench.run(&pruned, pruned.machine(), &pruned.tightest_limits()).expect("a run");
    assert_eq!(run.different, 0);
    check_cycles("mlperf_tiny/kws_ref_model_int8, pruned", &pruned.plan, &run);
}

/// Models whose input is one byte.
const ONE_BYTE: [&str; 2] = ["microflow/sine", "tflm/hello_world_int8"];

/// A table of all answers is what the compiler makes of them by itself, with assembly and without: fast, and small.
#[test]
fn one_byte_is_answered_by_a_table() {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let portable = [Code::FastestPortable, Code::SmallestPortable];
    for (bench, codes) in [(Bench::new(), [Code::Fastest, Code::Smallest]), (Bench::portable(), portable)] {
        let bench = bench.expect("a compiler and the emulator");
        for (name, code) in ONE_BYTE.into_iter().flat_map(|name| codes.map(|code| (name, code))) {
            let layers = Model::read(&zoo, name).expect("a model and its golden outputs");
            let table = layers.as_table().expect("an input of one byte");
            let (layers, table) = (layers.with(code).expect("a plan").0, table.with(code).expect("a plan"));
            let (table, limits) = table;
            let run = bench.run(&table, table.machine(), &limits);
            let run = run.unwrap_or_else(|error| panic!("{name}: {error:#}"));
            let name = format!("{name} as a table, {}", code.name());
            assert_eq!(run.different, 0, "{name}");
            check_cycles(&name, &table.plan, &run);
            let (flash, estimate) = (run.flash, table.plan.flash as i64);
            let (stack, most_stack) = (run.stack.inference, run.most_stack);
            println!(
                "{name}: {flash} bytes of flash, {estimate} estimated, {stack} of stack, at most {most_stack}"
            );
            assert!((flash - estimate).abs() <= (flash / 20).max(64), "{name}: {flash}, {estimate}");
            assert!(
                stack <= most_stack && most_stack <= stack + (stack / 2).max(96),
                "{name}: {stack}, {most_stack}"
            );
            assert!(
                flash < layers.plan.flash as i64 && table.plan.cycles < layers.plan.cycles / 10,
                "{name}"
            );
        }
    }
}

#[test]
fn tensors_of_16_bits() {
    check_activations("Int16", &[("touch", "FixedPoint"), ("touch", "Affine"), ("digits", "Affine")]);
}

#[test]
fn tensors_of_4_bits() {
    let networks = [("touch", "FixedPoint"), ("touch", "Affine, precision: Int4"), ("digits", "Affine")];
    check_activations("Int4", &networks);
}

/// Networks whose tensors hold such integers, with a scheme each, answer on the chip what they do on this machine.
fn check_activations(activations: &str, networks: &[(&str, &str)]) {
    let bench = Bench::new().expect("a compiler and the emulator");
    for &(network, scheme) in networks {
        let options = format!("activations: {activations}, scheme: {scheme}");
        let model = Model::of_example(network, &options).expect("a model");
        let run = bench.run(&model, model.machine(), &model.tightest_limits()).expect("a run");
        assert_eq!(run.different, 0, "{network}, {scheme}");
        check_cycles(&format!("{network}, {scheme}, {activations}"), &model.plan, &run);
    }
}

#[test]
fn golden_outputs_on_the_chip() {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let bench = Bench::new().expect("a compiler and the emulator");
    let mut missing: BTreeMap<_, _> = IMPORTABLE.iter().copied().collect();
    for name in zoo::names(&zoo).expect("models") {
        let model = match Model::import(&zoo, &name).expect("a model and its golden outputs") {
            Import::Done(model) => model,
            Import::Refused(refusal) => {
                assert!(!missing.contains_key(name.as_str()), "{name}: {}", refusal.summary());
                continue;
            }
        };
        let Some(golden) = &model.golden else { continue };
        let samples = golden.inputs.len();
        assert_eq!(model.different_on_host(), Some(0), "{name}: of {samples} answers of this machine");
        // The fastest code that the board has room for; `cargo xtask zoo` runs the smallest.
        let machine = model.machine();
        let published = tensorflow_lite_micro(&name).map(|published| published.flash);
        let limits = match published {
            Some(flash) => format!("flash <= {flash}"),
            None => Model::limits_of(machine),
        };
        let run = bench.run(&model, machine, &limits).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        let plan = match published {
            Some(flash) => {
                assert!(run.flash <= i64::from(flash), "{name}: {} bytes of flash, not {flash}", run.flash);
                model.plan_within(flash.into())
            }
            None => model.plan_on(machine),
        };
        check_cycles(&name, &plan.expect("a plan"), &run);
        if let Some(most) = most_cycles(&name) {
            let cycles = run.inference.inclusive.cycles_m0 / run.inference.calls;
            assert!(cycles <= most, "{name}: {cycles} cycles, not {most}");
        }
        let (stack, most_stack) = (run.stack.inference, run.most_stack);
        println!(
            "{name}: {samples} samples on {}, {stack} bytes of stack, at most {most_stack}",
            machine.name()
        );
        // Frames of straight-line code are known less well.
        let is_near = most_stack <= stack + (stack / 2).max(96);
        assert!(stack <= most_stack && is_near, "{name}: {stack} bytes of stack, {most_stack} at most");
        assert_eq!(run.different, 0, "{name}: of {samples} answers on the chip");
        assert!(run.build < LONGEST_BUILD, "{name}: {:?} to expand, compile and link", run.build);
        let passes = if model.graph.states().is_empty() { 1 } else { 2 };
        assert_eq!(run.inference.calls, passes * samples as u64, "{name}");
        if missing.remove(name.as_str()) == Some(Machine::Microbit) {
            assert_eq!(machine, Machine::Microbit, "{name}");
        }
    }
    let memory = peak_memory_of_compilers().expect("a system that tells");
    assert!(memory < MOST_MEMORY, "{memory} bytes of memory to compile");
    assert!(missing.is_empty(), "not there, or without golden outputs: {missing:?}");
}
