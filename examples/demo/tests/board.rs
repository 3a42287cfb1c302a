//! Firmware of every example network on the emulated micro:bit.

use demo::board::Board;
use demo::cost::Cost;
use demo::data::{Answers, Metric, TestSet};
use demo::declaration;
use demo::example::{self, Example};
use demo::score;
use std::time::Duration;
use tinynet::{Network, Tensor};
use tinynet_compiler::compile;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::reference::Reference;
use trained_networks::{DenseMnist, PrunedMnist, SmallMnist};
use xtask::emulator::Emulator;
use xtask::firmware;
use xtask::toolchain::{Builder, CORTEX_M0};

#[test]
fn firmware_equals_the_host_bit_for_bit_without_panics_floats_or_divisions() {
    let mut examples = example::all().expect("the examples");
    let board = Board::new(&examples).expect("firmware");
    for example in &mut examples {
        let run = board.run(example, |_| {}).expect("a run");
        let host = example.outputs_of_host();
        for (index, (host, chip)) in host.iter().zip(&run.outputs).enumerate() {
            assert_eq!(host, chip, "{}, input {index}: host and chip differ", example.name);
        }
        assert_eq!(host.len(), run.outputs.len());
        check_evaluator(example, &run.outputs);
        assert_eq!(run.elf.forbidden(), [""; 0], "{}: linked, but forbidden", example.name);
        let (stack, most) = (run.stack.inference as usize, example.stack);
        println!("{}: {stack} bytes of stack, {most} at most", example.name);
        assert!(stack <= most && most <= stack + (stack / 2).max(96), "{}: {stack}, {most}", example.name);
        if example.name == "digits" {
            check_challenge(&run.outputs, example, &Cost::new(example, &run, &board.baseline));
        }
    }
}

/// What the compiler measures answers with gives those of the chip, bit for bit.
fn check_evaluator(example: &Example, outputs: &[Vec<i8>]) {
    let mut errors = Errors::new();
    let network = declaration::read(example.name).expect("a declaration");
    let outcome = compile::compile(&network, &declaration::files(), &mut errors);
    assert_eq!(errors.messages(), [""; 0], "{}", example.name);
    let graph = outcome.compiled.expect("a network").graph;
    let reference = Reference::new(&graph);
    for (index, (input, chip)) in example.inputs.iter().zip(outputs).take(100).enumerate() {
        assert_eq!(&reference.output(input), chip, "{}, input {index}: the evaluator differs", example.name);
    }
}

/// The program that `cargo run` starts in the firmware's folder.
#[test]
fn hello_reads_its_images_and_ends() {
    let programs =
        firmware::build(&Builder::new(CORTEX_M0).expect("a compiler"), &["hello"]).expect("firmware");
    let hello = firmware::named(&programs, "hello").expect("hello");
    let session = Emulator::new().expect("the emulator").start(&hello.elf, None).expect("a session");
    let text = session.finish(Duration::from_secs(60)).expect("success").text;
    assert_eq!(text.matches("read as ").count(), 4, "{text}");
    assert!(text.contains("██"), "{text}");
}

#[test]
fn flash_and_ram_are_as_estimated() {
    let examples = example::all().expect("the examples");
    let board = Board::new(&examples).expect("firmware");
    for example in &examples {
        let elf = board.elf(example).expect("an ELF file");
        let flash = f64::from(elf.flash()) - f64::from(board.baseline.flash());
        let error = (example.flash as f64 - flash).abs();
        // The smallest of them has 176 bytes, where a spilled register is 2 %.
        assert!(
            error <= f64::max(0.1 * flash, 48.0),
            "{}: {flash} bytes of flash, estimate {}",
            example.name,
            example.flash
        );
        // Exact, up to the alignment of the section.
        let ram = elf.ram() as usize;
        assert!((example.ram..example.ram + 4).contains(&ram), "{}: {ram} bytes of RAM", example.name);
    }
}

/// Networks of few bits or few weights, as they were trained: the chip answers what the host does, one fits 3 kB, and one
/// with a tenth of its weights takes five times fewer cycles than with all of them.
#[test]
fn trained_networks_take_what_is_demanded() {
    let mut examples = [
        noisy("small_mnist", SmallMnist::new()),
        noisy("dense_mnist", DenseMnist::new()),
        noisy("pruned_mnist", PrunedMnist::new()),
    ];
    let board = Board::new(&examples).expect("firmware");
    let [small, dense, pruned] = examples.each_mut().map(|example| {
        let run = board.run(example, |_| {}).expect("a run");
        assert_eq!(run.outputs, example.outputs_of_host(), "{}: host and chip differ", example.name);
        Cost::new(example, &run, &board.baseline)
    });
    assert!(small.flash <= 3_000, "{} bytes of flash", small.flash);
    assert!(dense.fastest >= 5 * pruned.slowest, "{} cycles, and {} pruned", dense.fastest, pruned.slowest);
    assert!(dense.flash.max(pruned.flash) <= 32 * 1024, "{} and {} bytes", dense.flash, pruned.flash);
}

/// A network with inputs that mean nothing.
fn noisy<N>(name: &'static str, network: N) -> Example
where
    N: Network<Input: Tensor<Element = i8>, Output: Tensor<Element = i8>> + 'static,
{
    let mut random = fastrand::Rng::with_seed(1);
    let length = N::INPUT_SHAPE.iter().product();
    let inputs: Vec<Vec<f32>> = (0..8).map(|_| (0..length).map(|_| random.f32()).collect()).collect();
    let answers = Answers::Classes(vec![0; inputs.len()]);
    let metric = Metric::Accuracy(0.0);
    Example::with_test(name, network, TestSet { inputs, answers }, metric, metric)
}

/// A HardTanh network on 8 x 8 digits: at most 4 800 cycles, under 100 KB of flash, at 96 % or better.
fn check_challenge(outputs: &[Vec<i8>], example: &Example, cost: &Cost) {
    assert!(cost.slowest <= 4_800, "{} cycles", cost.slowest);
    assert!(cost.firmware_flash < 100_000, "{} bytes of flash", cost.firmware_flash);
    let score = score::score(outputs, &example.test.answers, example.output_quantization);
    assert!(matches!(score, Metric::Accuracy(accuracy) if accuracy >= 0.96), "{score:?}");
}
