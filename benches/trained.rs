//! What the networks of `examples/training` cost and how well they do: `TINYNET_ZOO=… cargo bench --bench trained`.
//!
//! Accuracy is that of the compiled network, on this machine, over the whole test split; as many of its images as
//! [`ON_THE_BOARD`] says go through the firmware on the emulated micro:bit as well, whose answers must be the same.
//! Flash is what the linked firmware has more than the same firmware without a network.

mod trained_examples;

use anyhow::{Context, Result, ensure};
use demo::board::Board;
use demo::cost::Cost;
use demo::data::{Answers, Metric};
use demo::example::Example;
use demo::score;
use demo::show::{self, cycles, grouped, percent};
use trained_examples::{example, test_split};
use trained_networks::{DenseMnist, FewBitDigits, Mnist, PrunedMnist, SmallMnist};

/// Images that the firmware is given.
const ON_THE_BOARD: usize = 100;

/// Name, accuracy at least, bytes of flash and cycles at most.
const DEMANDED: [(&str, f64, i64, f64); 5] = [
    ("mnist", 0.983, 10_000, 300_000.0),
    ("small_mnist", 0.975, 3_000, f64::INFINITY),
    ("dense_mnist", 0.97, 32 * 1024, f64::INFINITY),
    ("pruned_mnist", 0.95, 32 * 1024, f64::INFINITY),
    ("few_bit_digits", 0.983, 8_000, 4_800.0),
];

/// How far the accuracy may lie below that of real numbers.
const LOST: f64 = 0.003;

/// How far the accuracy may lie from that which training evaluated.
const TOLERANCE: f64 = 0.001;

fn main() -> Result<()> {
    if std::env::var_os("TINYNET_ZOO").is_none() {
        println!("TINYNET_ZOO names no folder with `datasets`: nothing to measure");
        return Ok(());
    }
    let mut networks = networks()?;
    println!("building the firmware for thumbv6m-none-eabi");
    let board = Board::new(&networks)?;
    let headings = [
        "network",
        "MACs",
        "flash",
        "estimate",
        "RAM",
        "Cortex-M0",
        "accuracy",
        "in training",
        "float",
        "on the board",
    ];
    let mut table = show::table(&headings, 1);
    let mut by_layer = String::new();
    for network in &mut networks {
        let Answers::Classes(classes) = network.test.answers.clone() else { continue };
        let outputs = network.outputs_of_host();
        let accuracy = score::accuracy(&outputs, &classes);
        let Metric::Accuracy(trained) = network.measured else { continue };
        ensure!(
            (accuracy - trained).abs() <= TOLERANCE,
            "{}: {accuracy} of the test split, but training evaluated {trained}",
            network.name
        );
        network.inputs.truncate(ON_THE_BOARD);
        let run = board.run(network, |_| {})?;
        let is_same = run.outputs == outputs[..run.outputs.len()];
        ensure!(is_same, "{}: host and chip differ", network.name);
        let cost = Cost::new(network, &run, &board.baseline);
        hold(network, accuracy, &cost)?;
        by_layer += &format!("\n{}\n{}\n", network.name, show::layers(&cost));
        table.add_row([
            network.name.to_owned(),
            grouped(network.macs),
            grouped(cost.flash),
            format!("{:+.1}\u{a0}%", 100.0 * cost.estimate_error(network)),
            grouped(cost.ram),
            cycles(cost.time.cycles_m0),
            percent(accuracy),
            percent(trained),
            show::metric(network.float),
            format!("{} the same", run.outputs.len()),
        ]);
    }
    println!("{table}");
    println!(
        "flash, RAM: bytes; Cortex-M0: cycles of an inference, with the timings of Arm's technical reference manual"
    );
    println!(
        "(DDI 0432C) and a flash with zero wait states; accuracy: of the compiled network, over the test split;"
    );
    println!(
        "in training: of its integers, as the training script evaluated them; float: of the network of the same"
    );
    println!("shape in real numbers");
    println!("{by_layer}");
    println!("planned: cycles by the compiler");
    Ok(())
}

/// Fails where a network is less than was demanded of it.
fn hold(network: &Example, accuracy: f64, cost: &Cost) -> Result<()> {
    let demanded = DEMANDED.iter().find(|(name, ..)| *name == network.name);
    let &(name, least, flash, cycles) =
        demanded.with_context(|| format!("of {} nothing is demanded", network.name))?;
    ensure!(accuracy >= least, "{name}: {accuracy} of the test split, {least} are demanded");
    if let Metric::Accuracy(float) = network.float {
        ensure!(accuracy >= float - LOST, "{name}: {accuracy} of the test split, {float} in real numbers");
    }
    ensure!(cost.flash <= flash, "{name}: {} bytes of flash, {flash} are demanded", cost.flash);
    let taken = cost.time.cycles_m0;
    ensure!(taken <= cycles, "{name}: {taken} cycles, {cycles} are demanded");
    Ok(())
}

fn networks() -> Result<Vec<Example>> {
    let mnist = test_split("mnist10k_16x16", 255.0)?;
    let digits = test_split("digits8x8_optdigits", 16.0)?;
    Ok(vec![
        example("mnist", Mnist::new(), mnist.clone())?,
        example("small_mnist", SmallMnist::new(), mnist.clone())?,
        example("dense_mnist", DenseMnist::new(), mnist.clone())?,
        example("pruned_mnist", PrunedMnist::new(), mnist)?,
        example("few_bit_digits", FewBitDigits::new(), digits)?,
    ])
}
