//! A package is compiled again when a file changes that a network was made from, and only then.
//!
//! The package is written by the test, into cargo's folder for temporary files, and built there without a network
//! connection: everything it depends on was needed to build this test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const MANIFEST: &str = r#"
[package]
name = "PACKAGE"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
tinynet = { path = "REPOSITORY", default-features = false, features = [FEATURES] }

[profile.dev]
debug = false
"#;

const MAIN: &str = r#"
mod network;

use network::Net;
use tinynet::Quantization;

fn main() {
    let output = *Net::new().infer(&[64]);
    println!("{} {}", real(Net::INPUT_QUANTIZATION, 64), real(Net::OUTPUT_QUANTIZATION, output[0]));
}

fn real(quantization: Quantization, value: i8) -> f64 {
    let Quantization::FixedPoint { fraction_bits } = quantization else { unreachable!() };
    f64::from(value) * 2_f64.powi(-fraction_bits)
}
"#;

/// Prints what the file says and depends on the file alone.
const MODEL_MAIN: &str = r#"
tinynet::tinynet! {
    pub struct Net = "model.tflite";
}

fn main() {
    let tinynet::Quantization::Affine(affine) = Net::INPUT_QUANTIZATION else { unreachable!() };
    println!("{} {}", affine.scale(), affine.zero_point());
}
"#;

const NETWORK: &str = r#"
tinynet::tinynet! {
    pub struct Net {
        input: Input { shape: [1], calibration: "calibration.npy", ranges: MinMax, bias_correction: false },
        fc1: Dense { units: 1, weights: "weights.npy", use_bias: false, layout: PyTorch },
    }
}
"#;

/// A package with one network.
struct Probe {
    name: &'static str,
    folder: PathBuf,
}

/// What came of a build and a run.
#[derive(Debug, PartialEq)]
struct Run {
    is_compiled: bool,
    /// Real number behind the input 64, and that behind the output.
    numbers: [f64; 2],
}

fn compiled(input: f64, output: f64) -> Run {
    Run { is_compiled: true, numbers: [input, output] }
}

fn kept(input: f64, output: f64) -> Run {
    Run { is_compiled: false, numbers: [input, output] }
}

impl Probe {
    /// A package with this program.
    fn new(name: &'static str, features: &str, main: &str) -> Self {
        let probe = Self { name, folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join(name) };
        let _ = fs::remove_dir_all(&probe.folder);
        let repository = env!("CARGO_MANIFEST_DIR").replace('\\', "/");
        let manifest = MANIFEST.replace("REPOSITORY", &repository).replace("FEATURES", features);
        // Their programs lie in one folder.
        let manifest = manifest.replace("PACKAGE", name);
        probe.write("Cargo.toml", manifest);
        probe.write("src/main.rs", main);
        fs::copy(Path::new(&repository).join("Cargo.lock"), probe.folder.join("Cargo.lock")).unwrap();
        probe
    }

    fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    fn cargo_run(&self) -> Output {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["run", "--offline"]).current_dir(&self.folder);
        // Kept between tests, so that only the first has to build the compiler.
        cargo.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("probe-target"));
        cargo.output().unwrap()
    }

    fn run(&self) -> Run {
        let output = self.cargo_run();
        let (stdout, messages) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{messages}");
        let numbers: Vec<f64> = stdout.split_whitespace().map(|number| number.parse().unwrap()).collect();
        Run {
            is_compiled: messages.contains(&format!("Compiling {} ", self.name)),
            numbers: numbers.try_into().unwrap(),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `[[value]]` as numpy writes it.
fn npy(value: f32) -> Vec<u8> {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }";
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(format!("{header:117}\n").bytes());
    bytes.extend(value.to_le_bytes());
    bytes
}

#[test]
fn files_are_watched() {
    let probe = Probe::new("probe", "", MAIN);
    probe.write("src/network/mod.rs", NETWORK);
    // One in the package's folder, one beside the source.
    probe.write("weights.npy", npy(0.5));
    probe.write("src/network/calibration.npy", npy(1.5));
    assert_eq!(probe.run(), compiled(1.0, 0.5));
    assert_eq!(probe.run(), kept(1.0, 0.5));

    probe.write("src/network/notes.npy", npy(3.0));
    assert_eq!(probe.run(), kept(1.0, 0.5));

    probe.write("weights.npy", npy(-0.25));
    assert_eq!(probe.run(), compiled(1.0, -0.25));
    assert_eq!(probe.run(), kept(1.0, -0.25));

    probe.write("src/network/calibration.npy", npy(6.0));
    assert_eq!(probe.run(), compiled(4.0, -1.0));
    assert_eq!(probe.run(), kept(4.0, -1.0));

    // What is beside the source goes before what is in the package's folder.
    probe.write("src/network/weights.npy", npy(0.75));
    probe.write("src/network/mod.rs", NETWORK);
    assert_eq!(probe.run(), compiled(4.0, 3.0));
    fs::remove_file(probe.folder.join("src/network/weights.npy")).unwrap();
    assert_eq!(probe.run(), compiled(4.0, -1.0));

    fs::remove_file(probe.folder.join("weights.npy")).unwrap();
    let output = probe.cargo_run();
    let messages = text(&output.stderr);
    assert!(!output.status.success() && messages.contains("no file `weights.npy`"), "{messages}");
}

/// A model of which the input has this scale.
fn model(scale: f32) -> Vec<u8> {
    let mut bytes = include_bytes!("ui/data/branches.tflite").to_vec();
    let place = bytes.windows(4).position(|word| *word == 0.025f32.to_le_bytes()).unwrap();
    bytes[place..place + 4].copy_from_slice(&scale.to_le_bytes());
    bytes
}

#[test]
fn models_are_watched() {
    let probe = Probe::new("model-probe", "\"tflite\"", MODEL_MAIN);
    probe.write("model.tflite", model(0.5));
    assert_eq!(probe.run(), compiled(0.5, -1.0));
    assert_eq!(probe.run(), kept(0.5, -1.0));
    probe.write("model.tflite", model(0.25));
    assert_eq!(probe.run(), compiled(0.25, -1.0));
    // A broken one is an error, and a whole one heals it.
    probe.write("model.tflite", &model(0.25)[..100]);
    let messages = text(&probe.cargo_run().stderr);
    assert!(messages.contains("cannot use `model.tflite`"), "{messages}");
    probe.write("model.tflite", model(0.25));
    assert_eq!(probe.run().numbers, [0.25, -1.0]);
    // Beside the source goes before the package's folder.
    probe.write("src/model.tflite", model(0.125));
    probe.write("src/main.rs", MODEL_MAIN);
    assert_eq!(probe.run(), compiled(0.125, -1.0));
}
