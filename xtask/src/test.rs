//! `cargo xtask test`: every check, in one go. Adding one is a line in [`STEPS`].

use anyhow::{Result, bail, ensure};
use std::process::Command;
use std::time::{Duration, Instant};
use xtask::elf::Elf;
use xtask::emulator::Emulator;
use xtask::firmware;
use xtask::process::{self, workspace};
use xtask::toolchain::{self, Builder, CORTEX_M0, CORTEX_M33, HAS_DSP};

/// Longer than any single step takes on a slow machine.
const LIMIT: Duration = Duration::from_secs(3600);

/// Name and check.
type Step = (&'static str, fn() -> Result<()>);

/// What is checked, in this order: quick checks first.
const STEPS: &[Step] = &[
    ("format", || cargo(&["fmt", "--all", "--check"])),
    ("format of the firmware", firmware_format),
    ("clippy", clippy),
    ("every file format alone", formats_alone),
    ("tests", tests),
    ("documentation", documentation),
    ("core for thumbv6m", || core_builds_for(CORTEX_M0)),
    ("core for thumbv7em", || core_builds_for("thumbv7em-none-eabi")),
    ("core for riscv32imc", || core_builds_for("riscv32imc-unknown-none-elf")),
    ("core for wasm32", || core_builds_for("wasm32-unknown-unknown")),
    ("clippy of the firmware", firmware_clippy),
    ("firmware that does nothing", baseline),
    ("example networks for thumbv6m", || examples_build_for(CORTEX_M0)),
    ("example networks for thumbv7em", || examples_build_for("thumbv7em-none-eabi")),
    ("example networks for a Cortex-M33", examples_build_for_cortex_m33),
    ("example networks for riscv32imc", || examples_build_for("riscv32imc-unknown-none-elf")),
    ("example networks for wasm32", || examples_build_for("wasm32-unknown-unknown")),
    ("cycle counter against an independent one", cycle_counter),
    ("example networks on the emulated board", || board_test("demo")),
    ("random networks on the emulated board", || board_test("random-networks")),
    ("imported models on emulated boards", || public_models("board")),
    ("time of imported models, whatever the input", || public_models("times")),
    ("imported models on larger cores", || public_models("cores")),
    ("weights of few bits without assembly", || public_models("packed")),
    ("benches of a public model", || public_models("bench")),
    ("flash of random networks", || cargo(&["test", "--package", "random-networks", "--test", "flash"])),
    ("flash that networks share", || cargo(&["test", "--package", "random-networks", "--test", "sharing"])),
];

/// All features but `portable`: examples promise cycles that only assembly keeps. It is held against the rest by itself.
fn clippy() -> Result<()> {
    const FEATURES: &str = "tinynet/f32,tinynet/fixed,tinynet/npz,tinynet/safetensors,tinynet/tflite";
    const STRICT: [&str; 3] = ["--", "-D", "warnings"];
    cargo(&[&["clippy", "--workspace", "--all-targets", "--features", FEATURES][..], &STRICT].concat())?;
    cargo(&[&["clippy", "--package", "tinynet-macros", "--all-features"][..], &STRICT].concat())
}

/// Runs the steps whose name contains `only`, and stops at the first failure.
pub(crate) fn run(only: Option<&str>) -> Result<()> {
    toolchain::ensure_components()?;
    let begin = Instant::now();
    let chosen: Vec<_> =
        STEPS.iter().filter(|(name, _)| only.is_none_or(|only| name.contains(only))).collect();
    ensure!(!chosen.is_empty(), "no step has such a name; there are: {}", names());
    for (done, (name, check)) in chosen.iter().enumerate() {
        println!("{name}");
        let begin = Instant::now();
        if let Err(error) = check() {
            println!("    FAILED after {:.1} s\n\n{error:#}\n", begin.elapsed().as_secs_f32());
            println!("{done} passed, 1 failed, {} skipped", chosen.len() - done - 1);
            bail!("{name} failed");
        }
        println!("    ok, {:.1} s", begin.elapsed().as_secs_f32());
    }
    println!("all in {:.0} s", begin.elapsed().as_secs_f32());
    println!("{} passed, 0 failed", chosen.len());
    Ok(())
}

fn cargo(arguments: &[&str]) -> Result<()> {
    must_succeed(process::cargo().args(arguments))
}

/// Packages of firmware: each is a workspace of its own.
const FIRMWARE: [&str; 4] =
    [firmware::PACKAGE, "tests/differential/firmware", "tests/zoo/firmware", "tests/zoo/microflow"];

fn firmware_format() -> Result<()> {
    FIRMWARE.into_iter().try_for_each(|package| {
        let mut command = process::cargo();
        must_succeed(command.args(["fmt", "--check"]).current_dir(workspace().join(package)))
    })
}

/// The compiler with no format of files, and with each of them alone: nothing is missing then, and nothing left over.
fn formats_alone() -> Result<()> {
    ["", "npz", "safetensors", "tflite"].into_iter().try_for_each(|formats| {
        let package = ["clippy", "--package", "tinynet-compiler", "--lib", "--no-default-features"];
        cargo(&[&package[..], &["--features", formats, "--", "-D", "warnings"]].concat())
    })
}

fn must_succeed(command: &mut Command) -> Result<()> {
    process::succeed(command, LIMIT).map(drop)
}

/// All tests of the workspace but those that need the emulator or a compiler for the chip.
fn tests() -> Result<()> {
    cargo(&["test", "--workspace"])
}

fn documentation() -> Result<()> {
    let mut command = process::cargo();
    command.args(["doc", "--workspace", "--no-deps"]);
    must_succeed(command.env("RUSTDOCFLAGS", "-D warnings"))
}

/// The run-time crate builds without a standard library, with and without its optional parts.
fn core_builds_for(target: &'static str) -> Result<()> {
    let builder = Builder::new(target)?;
    must_succeed(builder.cargo("build").args(["--package", "tinynet-core", "--no-default-features"]))?;
    must_succeed(builder.cargo("build").args(["--package", "tinynet-core", "--all-features"]))
}

/// Only where the user's own compiler builds the firmware: the distribution's comes without clippy.
fn firmware_clippy() -> Result<()> {
    let builder = Builder::new(CORTEX_M0)?;
    if !builder.is_current() {
        return Ok(());
    }
    let mut command = builder.cargo("clippy");
    command.args(["--bins", "--", "-D", "warnings"]);
    must_succeed(command.current_dir(workspace().join(firmware::PACKAGE)))
}

/// The least a program can be: what it occupies is known, and it ends by itself.
fn baseline() -> Result<()> {
    /// Initial stack pointer, 15 exceptions and 32 interrupts.
    const VECTOR_TABLE: u32 = 4 * (1 + 15 + 32);
    let programs = firmware::build(&Builder::new(CORTEX_M0)?, &["baseline"])?;
    let program = firmware::named(&programs, "baseline")?;
    let elf = Elf::read(&program.elf)?;
    ensure!((VECTOR_TABLE..2 * VECTOR_TABLE).contains(&elf.flash()), "{} bytes of flash", elf.flash());
    ensure!(elf.ram() == 0, "{} bytes of RAM", elf.ram());
    ensure!(elf.forbidden().is_empty(), "linked, but forbidden: {:?}", elf.forbidden());
    Emulator::new()?.start(&program.elf, None)?.finish(Duration::from_secs(60))?;
    Ok(())
}

/// Networks as `tinynet!` expands them build wherever there is Rust.
fn examples_build_for(target: &'static str) -> Result<()> {
    let builder = Builder::new(target)?;
    must_succeed(builder.cargo("build").args(["--release", "--package", "tinynet-examples"]))
}

/// The same for a core whose DSP extension the compiler has to be told of.
fn examples_build_for_cortex_m33() -> Result<()> {
    let builder = Builder::new(CORTEX_M33)?.with(HAS_DSP);
    must_succeed(builder.cargo("build").args(["--release", "--package", "tinynet-examples"]))
}

/// The plugin in the emulator, once that is installed, against recorded counts.
fn cycle_counter() -> Result<()> {
    let emulator = Emulator::new()?;
    let mut command = process::cargo();
    command.args(["test", "--package", "cycle-counter", "--test", "agreement"]);
    must_succeed(command.env("QEMU_SYSTEM_ARM", emulator.program()))
}

/// The test `board` of a package: firmware on the emulator, once all that it wants is installed.
fn board_test(package: &str) -> Result<()> {
    emulated(package, "board")
}

/// A test of a package that wants the emulator and a compiler for the chip.
fn emulated(package: &str, test: &str) -> Result<()> {
    Builder::new(CORTEX_M0)?;
    Emulator::new()?;
    cargo(&["test", "--package", package, "--test", test])
}

/// A test of public models. They are no part of the project: `TINYNET_ZOO` says where they are.
fn public_models(test: &str) -> Result<()> {
    if std::env::var_os("TINYNET_ZOO").is_none() {
        println!("    not run: TINYNET_ZOO names no folder of public models and their golden outputs");
        return Ok(());
    }
    emulated("zoo", test)
}

fn names() -> String {
    STEPS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
