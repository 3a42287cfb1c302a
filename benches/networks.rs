//! What each example network costs: `cargo bench`.
//!
//! Flash is what the linked firmware has more than the same firmware without a network. Instructions and cycles are
//! counted on the emulated micro:bit over the whole test set.

use demo::board::Board;
use demo::cost::Cost;
use demo::example::{self, Example};
use demo::{score, show};
use std::hint::black_box;
use std::time::{Duration, Instant};

fn main() -> anyhow::Result<()> {
    let mut examples = example::all()?;
    println!("building the firmware for thumbv6m-none-eabi");
    let board = Board::new(&examples)?;
    let headings = [
        "network",
        "MACs",
        "flash",
        "estimate",
        "RAM",
        "stack",
        "instructions",
        "Cortex-M0",
        "Cortex-M0+",
        "per MAC",
        "host",
        "score",
        "float",
    ];
    let mut table = show::table(&headings, 1);
    let mut by_layer = String::new();
    for example in &mut examples {
        let run = board.run(example, |_| {})?;
        let cost = Cost::new(example, &run, &board.baseline);
        by_layer += &format!("\n{}\n{}\n", example.name, show::layers(&cost));
        let score = score::score(&run.outputs, &example.test.answers, example.output_quantization);
        table.add_row([
            example.name.to_owned(),
            show::grouped(example.macs),
            show::grouped(cost.flash),
            format!("{:+.1}\u{a0}%", 100.0 * cost.estimate_error(example)),
            show::grouped(cost.ram),
            show::grouped(cost.stack.inference),
            show::cycles(cost.time.instructions),
            show::cycles(cost.time.cycles_m0),
            show::cycles(cost.time.cycles_m0plus),
            format!("{:.1}", cost.time.cycles_m0 / example.macs as f64),
            format!("{}\u{a0}ns", show::grouped(host_nanoseconds(example))),
            show::metric(score),
            show::metric(example.float),
        ]);
    }
    println!("{table}");
    println!("flash, RAM, stack: bytes; estimate: how much more flash the compiler expects");
    println!(
        "instructions, cycles: one inference, the mean over the test set, on the emulated micro:bit, with the"
    );
    println!(
        "timings of Arm's technical reference manuals (Cortex-M0: DDI 0432C, Cortex-M0+: DDI 0484C) and a flash"
    );
    println!(
        "with zero wait states; host: one inference on this machine; score and float: accuracy, or root mean"
    );
    println!("square error, on the chip and of the float network");
    println!("{by_layer}");
    println!("planned: cycles by the compiler");
    Ok(())
}

/// The best mean of several rounds over the test set: what else the machine does only ever adds.
fn host_nanoseconds(example: &mut Example) -> u64 {
    const ROUND: Duration = Duration::from_millis(50);
    const ROUNDS: usize = 5;
    let inputs = std::mem::take(&mut example.inputs);
    let mut output = vec![0; example.outputs];
    let mut round = || {
        let (begin, mut inferences) = (Instant::now(), 0);
        while begin.elapsed() < ROUND {
            for input in &inputs {
                example.infer(black_box(input), &mut output);
                black_box(&output);
            }
            inferences += inputs.len();
        }
        begin.elapsed().as_nanos() as u64 / inferences as u64
    };
    let best = (0..ROUNDS).map(|_| round()).min();
    example.inputs = inputs;
    best.unwrap_or_default()
}
