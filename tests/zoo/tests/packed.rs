//! Kernels in Rust read weights of few bits packed: on emulated boards they answer what this machine does, and take the flash,
//! the cycles and the stack that they say.

use std::path::Path;
use tinynet_compiler::kernel_parameters::KernelParameters;
use tinynet_compiler::row_packing::Rows;
use xtask::emulator::Machine;
use xtask::toolchain::{Builder, CORTEX_M3};
use zoo::board::{Bench, Run};
use zoo::model::{self, Code, Model};

/// A model with dense, pointwise, depthwise and other convolutions.
const MODEL: &str = "mlperf_tiny/kws_ref_model_int8";

/// Precisions, fewer bits the further down.
const PRECISIONS: [&str; 7] = ["Int8", "Int6", "Int5", "Int4", "Int3", "Ternary", "Binary"];

/// Samples that the model answers.
const SAMPLES: usize = 2;

/// A model with weights of few bits, and a few of its samples.
fn narrowed(zoo: &Path, name: &str, precision: &str) -> Model {
    let mut model = Model::read(zoo, name).expect("a model and its golden outputs");
    model.keep_samples(SAMPLES);
    match precision {
        "Int8" => model,
        _ => model.narrowed(&format!("x: Input {{ precision: {precision} }}")).expect("a model"),
    }
}

fn run(bench: &Bench, model: &Model, machine: Machine, limits: &str) -> Run {
    let run = bench.run(model, machine, limits).unwrap_or_else(|error| panic!("{}: {error:#}", model.name));
    assert_eq!(run.different, 0, "{}", model.name);
    assert_eq!(run.forbidden, [""; 0], "{}: linked, but forbidden", model.name);
    let (stack, most_stack) = (run.stack.inference, run.most_stack);
    assert!(stack <= most_stack, "{}: {stack} bytes of stack, {most_stack} at most", model.name);
    run
}

/// On a core for which nothing is assembly, fewer bits are less flash: 1000 bytes from each precision to the next.
#[test]
fn fewer_bits_are_less_flash_on_a_cortex_m3() {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let builder = Builder::new(CORTEX_M3).expect("a compiler");
    let bench = Bench::portable_with(builder).expect("a compiler and the emulator");
    let mut before = i64::MAX;
    for precision in PRECISIONS {
        let (model, limits) = narrowed(&zoo, MODEL, precision).with(Code::SmallestPortable).expect("a plan");
        let Run { flash, inference, .. } = run(&bench, &model, Machine::Mps2An385, &limits);
        let cycles = inference.inclusive.cycles_m4 / inference.calls;
        println!("{precision}: {flash} bytes of flash, about {cycles} cycles of a Cortex-M4");
        assert!(flash + 1000 <= before, "{precision}: {flash} after {before} bytes of flash");
        before = flash;
    }
}

/// The model with weights of these kinds, all but bytes.
const ON_CORTEX_M0: [&str; 7] = ["Int6", "Int5", "Int4", "Int3", "Int2", "Ternary", "Binary"];

#[test]
fn flash_and_cycles_of_a_cortex_m0_are_as_planned() {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let bench = Bench::portable().expect("a compiler and the emulator");
    for precision in ON_CORTEX_M0 {
        check(&bench, narrowed(&zoo, MODEL, precision), precision, 0);
    }
}

/// Layers of int16 are Rust on all targets. What the plan is off by with bytes it is off by with fewer bits.
#[test]
fn tensors_of_16_bits_have_packed_weights_beside_them() {
    let bench = Bench::portable().expect("a compiler and the emulator");
    let touch = |precision: &str| {
        let options = format!("activations: Int16, scheme: Affine, precision: {precision}");
        Model::of_example("touch", &options).expect("a model")
    };
    let (bytes, limits) = touch("Int8").with(Code::SmallestPortable).expect("a plan");
    let off = run(&bench, &bytes, bytes.machine(), &limits).flash - bytes.plan.flash as i64;
    println!("off by {off} bytes");
    assert!(20 * off.abs() < bytes.plan.flash as i64, "{off}");
    for precision in ["Int4", "Ternary"] {
        check(&bench, touch(precision), precision, off);
    }
}

/// Sums of 64 bits, and a transposed convolution.
#[test]
fn convolutions_of_16_bits_have_packed_weights() {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let folder = tempfile::tempdir().expect("a folder");
    let bench = Bench::portable().expect("a compiler and the emulator");
    let is_wide = |kernel: &KernelParameters| matches!(kernel, KernelParameters::WideConv2d(..));
    let is_transposed = |kernel: &KernelParameters| matches!(kernel, KernelParameters::TransposeConv2d(..));
    let models: [(_, fn(&KernelParameters) -> bool); 2] =
        [("tflm_seanet_int16/conv10", is_wide), ("tflm_seanet_int16/transpose_conv0", is_transposed)];
    for (name, is_kernel) in models {
        let model = with_four_bits(&zoo, name, folder.path());
        assert!(model.plan.steps.iter().any(|step| is_kernel(&step.kernel)), "{name}");
        check(&bench, model, "of four bits", 0);
    }
}

/// A model of int16 with the upper four bits of its weights: layers of int16 in a file are not narrowed. A bias takes
/// sums of convolutions that are not transposed beyond 32 bits.
fn with_four_bits(zoo: &Path, name: &str, folder: &Path) -> Model {
    let mut model = Model::read(zoo, name).expect("a model and its golden outputs");
    model.keep_samples(SAMPLES);
    let mut file = std::fs::read(&model.path).expect("a file");
    for step in &model.plan.steps {
        let Some(rows) = Rows::of(&step.kernel) else { continue };
        let first = find(&file, &rows.weights);
        for weight in &mut file[first..][..rows.weights.len()] {
            *weight = (*weight as i8 >> 4) as u8;
        }
        if let KernelParameters::Linear(_, linear) = &step.kernel {
            let bias: Vec<u8> = linear.bias.iter().flat_map(|&bias| i64::from(bias).to_le_bytes()).collect();
            let first = find(&file, &bias);
            file[first..][..8].copy_from_slice(&(1i64 << 33).to_le_bytes());
        }
    }
    let path = folder.join(format!("{}.tflite", name.replace('/', "_")));
    std::fs::write(&path, file).expect("a file");
    Model { path, ..model }.narrowed("x: Input { lookup_table: false }").expect("a model")
}

/// Where the bytes are in a file.
fn find(file: &[u8], bytes: &[u8]) -> usize {
    file.windows(bytes.len()).position(|window| window == bytes).expect("bytes of the file")
}

/// Holds a model's smallest code, of which some is packed, against its plan, which is off by so many bytes for other reasons.
fn check(bench: &Bench, model: Model, precision: &str, off: i64) {
    let (model, limits) = model.with(Code::SmallestPortable).expect("a plan");
    let run = run(bench, &model, model.machine(), &limits);
    let name = format!("{} {precision}", model.name);
    let (flash, estimate) = (run.flash, model.plan.flash as i64 + off);
    let all = run.inference.inclusive;
    let measured = [all.cycles_m0, all.cycles_m0plus].map(|cycles| cycles / run.inference.calls);
    let planned = model::cycles(&model.plan);
    let packed = model.plan.steps.iter().filter(|step| step.shape.name() == "packed loop").count();
    let stack = [run.stack.inference, run.most_stack];
    println!(
        "{name}: {packed} layers packed, {flash} bytes of flash, {estimate} estimated; {measured:?} cycles, {planned:?} \
         planned; {stack:?} bytes of stack"
    );
    assert!(packed > 0, "{name}");
    assert!((flash - estimate).abs() <= (flash / 20).max(64), "{name}: {flash}, {estimate}");
    for (measured, planned) in measured.into_iter().zip(planned) {
        let off = measured.abs_diff(planned as u64);
        assert!(off <= measured / 10, "{name}: {measured} cycles, {planned} planned");
    }
}
