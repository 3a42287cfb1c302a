//! The touch-pad network on an emulated micro:bit, over all its test images.

use anyhow::{Result, bail};
use console::style;
use demo::board::{Board, Run};
use demo::cost::Cost;
use demo::data::{Answers, Metric};
use demo::example::{self, Example};
use demo::score;
use demo::show::{self, cycles, grouped, percent};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;
use tinynet_core::kernels::arg_max;

fn main() -> Result<()> {
    let mut touch = example::touch()?;
    let Answers::Classes(classes) = touch.test.answers.clone() else { bail!("the test set has no classes") };
    println!("{}", style("Touch-pad digits on an emulated BBC micro:bit").bold());
    println!("nRF51822: Cortex-M0, 256 KB flash, 16 KB RAM");
    let board = build(&touch)?;
    let run = run(&board, &touch, &classes)?;
    let cost = Cost::new(&touch, &run, &board.baseline);

    heading("What it costs");
    println!("{}", show::layers(&cost));
    print_totals(&touch, &cost);

    heading("How well it does");
    print_accuracy(&mut touch, &run, &classes)?;
    println!("\nDrawn (rows) and read (columns):");
    println!("{}", show::confusion(&score::confusion(&run.outputs, &classes)));

    heading("What it sees");
    print_pictures(&touch, &run, &classes);
    Ok(())
}

fn heading(text: &str) {
    println!("\n{}", style(text).bold().cyan());
}

/// Builds the firmware. The first time takes a minute or two: the compiler's library may be built as well.
fn build(touch: &Example) -> Result<Board> {
    let spinner = ProgressBar::new_spinner().with_message("building the firmware for thumbv6m-none-eabi");
    spinner.enable_steady_tick(Duration::from_millis(100));
    let board = Board::new(std::slice::from_ref(touch));
    spinner.finish_and_clear();
    board
}

/// Streams the test images to the board.
fn run(board: &Board, touch: &Example, classes: &[usize]) -> Result<Run> {
    let mut progress = Progress::new(classes.len());
    let run = board.run(touch, |output| progress.answered(arg_max(output) == classes[progress.done]))?;
    progress.bar.finish();
    Ok(run)
}

/// A bar in a terminal, now and then a line elsewhere.
struct Progress {
    bar: ProgressBar,
    lines: bool,
    count: usize,
    done: usize,
    right: usize,
}

impl Progress {
    fn new(count: usize) -> Self {
        let bar = ProgressBar::new(count as u64);
        // Without a template that it can read, the bar keeps its default style.
        if let Ok(style) = ProgressStyle::with_template("{bar:40.cyan} {pos}/{len} images, {msg}") {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Self { bar, lines: !std::io::stderr().is_terminal(), count, done: 0, right: 0 }
    }

    fn answered(&mut self, right: bool) {
        self.done += 1;
        self.right += usize::from(right);
        let message = format!("{} read right", percent(self.right as f64 / self.done as f64));
        if self.lines && (self.done.is_multiple_of(90) || self.done == self.count) {
            println!("{}/{} images, {message}", self.done, self.count);
        }
        self.bar.set_message(message);
        self.bar.inc(1);
    }
}

fn print_totals(touch: &Example, cost: &Cost) {
    let field = |name: &str, text: String| println!("{:10}{text}", style(name).bold());
    field(
        "flash",
        format!(
            "{} bytes more than the same firmware without a network; the compiler's estimate is {} ({:+.1}\u{a0}%)",
            grouped(cost.flash),
            grouped(touch.flash),
            100.0 * cost.estimate_error(touch)
        ),
    );
    field(
        "firmware",
        format!("{} bytes of flash with start-up code and serial line", grouped(cost.firmware_flash)),
    );
    field(
        "RAM",
        format!(
            "{} bytes of tensors, {} bytes of stack at the deepest",
            grouped(cost.ram),
            grouped(cost.stack.program)
        ),
    );
    let microseconds = |megahertz: f64| cycles(cost.time.cycles_m0 / megahertz);
    field(
        "time",
        format!(
            "{} cycles an image: {} µs at 16 MHz (micro:bit), {} µs at 48 MHz",
            cycles(cost.time.cycles_m0),
            microseconds(16.0),
            microseconds(48.0)
        ),
    );
    println!("          counted instruction by instruction, with the timings that Arm publishes for the");
    println!("          Cortex-M0 (DDI 0432C) and a flash with zero wait states");
}

fn print_accuracy(touch: &mut Example, run: &Run, classes: &[usize]) -> Result<()> {
    let Metric::Accuracy(float) = touch.float else { bail!("the float network has no accuracy") };
    let chip = score::accuracy(&run.outputs, classes);
    let right = (chip * classes.len() as f64).round() as usize;
    println!(
        "On the chip {} ({right} of {} held-out images), the float network {}.",
        style(percent(chip)).bold().green(),
        classes.len(),
        percent(float)
    );
    let host = touch.outputs_of_host();
    let equal = host.iter().zip(&run.outputs).filter(|(host, chip)| host == chip).count();
    println!("Host and chip agree in every bit on {equal} of {} images.", host.len());
    if equal != host.len() {
        bail!("host and chip disagree on {} images", host.len() - equal);
    }
    Ok(())
}

/// The first images, and the first that was read wrong, if there is one.
fn print_pictures(touch: &Example, run: &Run, classes: &[usize]) {
    const SHOWN: usize = 4;
    const WIDTH: usize = 20;
    let answers: Vec<usize> = run.outputs.iter().map(|output| arg_max(output)).collect();
    let wrong = (0..classes.len()).find(|&index| answers[index] != classes[index]);
    let right = (0..classes.len()).filter(|&index| answers[index] == classes[index]);
    let shown: Vec<usize> = right.take(SHOWN - usize::from(wrong.is_some())).chain(wrong).collect();
    let block = |&index: &usize| {
        let mut lines = show::picture(&touch.test.inputs[index], 8);
        let (answer, class) = (answers[index], classes[index]);
        lines.push(if answer == class {
            format!("read as {answer}")
        } else {
            format!("read as {answer}, is {class}")
        });
        lines
    };
    let blocks: Vec<_> = shown.iter().map(block).collect();
    for line in show::side_by_side(&blocks, WIDTH) {
        println!("  {line}");
    }
}
