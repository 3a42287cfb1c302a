//! Precisions that the compiler chooses: what limits allow, no fewer bits than they force, and always the same.

use proc_macro2::TokenStream;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tinynet_compiler::cache::Cache;
use tinynet_compiler::choose::{Choices, Tried};
use tinynet_compiler::compile::{self, Compiled};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::files::{File, FileError, Files, FolderFiles, MemoryFiles};
use tinynet_compiler::parse;
use tinynet_compiler::precision::Precision::{self, Int4, Int8};

/// The touch network under limits, with options of its `Input` and of its first dense layer.
fn declaration(limits: &str, input: &str, dense: &str) -> String {
    let folder = "examples/networks/touch";
    format!(
        "(::tinynet) struct Touch = \"{folder}/weights.safetensors\" where {limits} {{ \
         pad: Input {{ shape: [8, 8, 1], calibration: \"{folder}/calibration.npy\", {input} }}, \
         conv1: Conv2d {{ filters: 8, kernel: [3, 3], padding: Same }}, Relu, MaxPool2d {{ size: [2, 2] }}, Flatten, \
         fc1: Dense {{ units: 32, {dense} }}, HardTanh, fc2: Dense {{ units: 10 }} }}"
    )
}

fn files() -> FolderFiles {
    FolderFiles::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
}

fn try_compile(limits: &str, input: &str, dense: &str) -> (Option<Compiled>, Vec<String>) {
    let tokens: TokenStream = declaration(limits, input, dense).parse().unwrap();
    let mut errors = Errors::new();
    let invocation = parse::parse(tokens, &mut errors);
    let outcome = compile::compile(&invocation.networks[0], &files(), &mut errors);
    (outcome.compiled, errors.messages())
}

fn compiled(limits: &str, input: &str, dense: &str) -> Compiled {
    let (compiled, messages) = try_compile(limits, input, dense);
    assert_eq!(messages, [""; 0], "{limits}");
    compiled.unwrap()
}

fn choices(compiled: &Compiled) -> &Choices {
    compiled.choices.as_ref().unwrap()
}

/// What the layers of the compiled network have, by label.
fn precisions(compiled: &Compiled) -> Vec<(&str, Precision)> {
    let nodes = compiled.graph.nodes.iter();
    nodes.filter_map(|node| Some((node.label.as_str(), node.operator.linear()?.precision))).collect()
}

fn chosen(choices: &Choices) -> &Tried {
    choices.tried.iter().find(|tried| tried.precisions == choices.chosen).unwrap()
}

const AUTO: &str = "precision: Auto";
const TEST: &str = "accuracy(\"examples/networks/touch/test.npz\")";

/// Files of the repository, and a place to keep choices.
struct Keeping {
    files: FolderFiles,
    folder: PathBuf,
}

impl Files for Keeping {
    fn read(&self, path: &syn::LitStr) -> Result<File, FileError> {
        self.files.read(path)
    }

    fn cache(&self) -> Option<Cache> {
        Some(Cache::new(&self.folder, Duration::ZERO))
    }
}

/// What was chosen before is taken without a search, and the code is the same to the letter; whatever happens to what was
/// kept.
#[test]
fn a_second_build_writes_the_same() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("choices");
    let _ = std::fs::remove_dir_all(&folder).or_else(|_| std::fs::remove_file(&folder));
    let keeping = Keeping { files: files(), folder: folder.clone() };
    let expanded = |files: &dyn Files, limits: &str| {
        let tokens: TokenStream = declaration(limits, AUTO, "").parse().unwrap();
        tinynet_compiler::expand(tokens, files).to_string()
    };
    let kept = || {
        let entries = std::fs::read_dir(&folder).unwrap();
        let path = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().path();
        let files = entries.map(path).map(|path| (path.clone(), std::fs::read(path).unwrap()));
        files.collect::<BTreeMap<_, _>>()
    };
    // The one file that a choice is in; the others hold weights.
    let is_choice = |bytes: &[u8]| bytes[32..].starts_with(b"Int8 ");
    let expected = expanded(&files(), "flash <= 5000,");
    assert_eq!(expanded(&keeping, "flash <= 5000,"), expected);
    let first = kept();
    assert_eq!(first.values().filter(|bytes| is_choice(bytes)).count(), 1);
    // Weights of eight bits, and those that were chosen.
    assert_eq!(first.len(), 3);
    // Found: none is made again, where the system knows when that was.
    let made = || first.keys().map(|path| std::fs::metadata(path).unwrap().created().ok());
    let before: Vec<_> = made().collect();
    assert_eq!(expanded(&keeping, "flash <= 5000,"), expected);
    assert_eq!((kept(), made().collect::<Vec<_>>()), (first.clone(), before));
    // Damaged: it is found out, and mended.
    for (path, good) in &first {
        std::fs::write(path, &good[..good.len() / 2]).unwrap();
        assert_eq!(expanded(&keeping, "flash <= 5000,"), expected);
        assert_eq!(kept(), first);
    }
    // Something else has a place of its own.
    expanded(&keeping, "flash <= 4990,");
    assert_eq!(kept().values().filter(|bytes| is_choice(bytes)).count(), 2);
    // Nowhere to write.
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "").unwrap();
    assert_eq!(expanded(&keeping, "flash <= 5000,"), expected);
}

/// A dense layer under a limit of flash.
fn dense(inputs: usize, units: usize, flash: usize) -> (String, MemoryFiles) {
    let mut random = fastrand::Rng::with_seed(1);
    let mut files = MemoryFiles::new();
    for (name, shape) in [("weights.npy", [units, inputs]), ("samples.npy", [20, inputs])] {
        let header =
            format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}\n", shape[0], shape[1]);
        let values = (0..shape[0] * shape[1]).flat_map(|_| (random.f32() - 0.5).to_le_bytes());
        let length = (header.len() as u16).to_le_bytes();
        let mut file = [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes()].concat();
        file.extend(values);
        files.insert(name, file);
    }
    let declaration = format!(
        "(::tinynet) struct Wide where flash <= {flash}, {{ \
         x: Input {{ shape: [{inputs}], calibration: \"samples.npy\", precision: Auto }}, \
         Dense {{ units: {units}, weights: \"weights.npy\", use_bias: false, layout: PyTorch }} }}"
    );
    (declaration, files)
}

/// Compile time is bounded: of the largest networks no choice is tried. How many are of others, `choose` tests itself.
#[test]
fn the_largest_networks_state_their_precisions() {
    let compile = |(declaration, files): (String, MemoryFiles)| {
        let mut errors = Errors::new();
        let invocation = parse::parse(declaration.parse().unwrap(), &mut errors);
        let outcome = compile::compile(&invocation.networks[0], &files, &mut errors);
        (outcome.compiled, errors.messages())
    };
    let (compiled, messages) = compile(dense(100, 20, 2500));
    assert_eq!(messages, [""; 0]);
    assert!(!compiled.unwrap().choices.unwrap().tried.is_empty());
    let (compiled, messages) = compile(dense(2048, 2049, 3 << 20));
    assert!(compiled.is_none());
    assert!(messages[0].starts_with("`Wide` has 4196352 weights: to try choices"), "{messages:?}");
}

#[test]
fn eight_bits_are_taken_where_limits_allow_it() {
    for limits in ["ram <= 1 * KIB,", "flash <= 24 * KIB,"] {
        let plain = compiled(limits, "", "");
        let auto = compiled(limits, AUTO, "");
        assert_eq!(precisions(&auto), [("conv1", Int8), ("fc1", Int8), ("fc2", Int8)]);
        assert_eq!((auto.plan.flash, auto.plan.cycles), (plain.plan.flash, plain.plan.cycles));
        // What fewer bits would have saved is only looked for where something is limited.
        assert_eq!(choices(&auto).tried.is_empty(), limits.starts_with("ram"));
    }
}

#[test]
fn little_flash_takes_bits_where_they_cost_least() {
    let loose = compiled("flash <= 5250,", AUTO, "");
    let tight = compiled("flash <= 3800,", AUTO, "");
    assert!(loose.plan.flash <= 5250 && tight.plan.flash <= 3800);
    let [wide, narrow] = [&loose, &tight].map(|compiled| chosen(choices(compiled)));
    assert!(wide.noise < narrow.noise && narrow.noise < 0.1, "{wide:?} {narrow:?}");
    // Most of the weights are in one layer: the others keep more bits.
    for compiled in [&loose, &tight] {
        let [conv1, fc1, fc2] = precisions(compiled)[..] else { panic!() };
        assert!(fc1.1.largest() < conv1.1.largest().min(fc2.1.largest()), "{:?}", precisions(compiled));
        assert_eq!(choices(compiled).chosen, [conv1.1, fc1.1, fc2.1]);
    }
    // Nothing that meets the limits was found to be nearer to real numbers.
    for compiled in [&loose, &tight] {
        let best = chosen(choices(compiled)).noise;
        let meets = |tried: &&Tried| tried.figures.meet(&compiled.limits);
        assert!(choices(compiled).tried.iter().filter(meets).all(|tried| tried.noise >= best));
    }
}

#[test]
fn few_cycles_take_bits_too() {
    let plain = compiled("ram <= 1 * KIB,", "", "").plan;
    let compiled = compiled("flash <= 11 * KIB, cycles(cortex_m0) <= 43_000,", AUTO, "");
    assert!(plain.cycles > 43_000 && compiled.plan.cycles <= 43_000 && compiled.plan.flash <= 11 * 1024);
    assert!(
        precisions(&compiled).iter().any(|(_, precision)| *precision != Int8),
        "{:?}",
        precisions(&compiled)
    );
    println!("{:?}", precisions(&compiled));
}

#[test]
fn what_a_layer_states_stays() {
    let stated = compiled("flash <= 5600,", AUTO, "precision: Int4,");
    assert_eq!(choices(&stated).labels, ["conv1", "fc2"]);
    assert_eq!(precisions(&stated)[1], ("fc1", Int4));
    let one = compiled("flash <= 5400,", "precision: Int4", "precision: Auto,");
    assert_eq!(choices(&one).labels, ["fc1"]);
    assert_eq!([precisions(&one)[0], precisions(&one)[2]], [("conv1", Int4), ("fc2", Int4)]);
}

#[test]
fn the_same_is_chosen_again() {
    let expansion = || {
        let tokens = declaration("flash <= 4500,", AUTO, "").parse().unwrap();
        tinynet_compiler::expand(tokens, &files()).to_string()
    };
    let [first, second] = [expansion(), expansion()];
    assert!(first == second && first.contains("What else was possible") && first.contains("**chosen**"));
}

#[test]
fn limits_that_nothing_meets_say_which_is_the_nearest() {
    let message = |limits: &str| {
        let (compiled, messages) = try_compile(limits, AUTO, "");
        assert!(compiled.is_none() && messages.len() == 1, "{messages:?}");
        messages.into_iter().next().unwrap()
    };
    let too_small = message("flash <= 2300,");
    assert!(too_small.contains("the nearest to give is `flash`, "), "{too_small}");
    // What the message asks for is enough.
    let needed = too_small.split("`flash`, ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    let enough = compiled(&format!("flash <= {needed},"), AUTO, "");
    assert_eq!(enough.plan.flash.to_string(), needed);

    // Fewer bits fit, and more bits are good enough: the nearer of the two is asked for, and the other told.
    let too_good = message(&format!("flash <= 2600, {TEST} >= 0.9925,"));
    for limit in ["`flash`, ", "`accuracy`, "] {
        assert!(too_good.contains(&format!("\n= note: {limit}")), "{too_good}");
    }
    let too_fast = message("flash <= 5000, cycles(cortex_m0) <= 34_000,");
    for limit in ["`flash`, ", "`cycles`, "] {
        assert!(too_fast.contains(&format!("\n= note: {limit}")), "{too_fast}");
    }
    // What is the nearest in two respects is told once.
    let both = message("flash <= 2300, cycles(cortex_m0) <= 300_000,");
    let given = both.lines().filter(|line| line.starts_with("= note: `flash`, ")).collect::<Vec<_>>();
    assert!(!given.is_empty() && given.windows(2).all(|lines| lines[0] != lines[1]), "{both}");
    println!("{too_small}\n{too_good}\n{too_fast}");
}

#[test]
fn the_report_tells_what_else_was_possible() {
    let compiled = compiled("flash <= 4500,", AUTO, "");
    let report = tinynet_compiler::emit::choices::report(choices(&compiled), &compiled.limits);
    let rows: Vec<&str> =
        report.lines().filter(|line| line.starts_with("| ") && line.contains("dB")).collect();
    let of_choice: Vec<&&str> = rows.iter().filter(|row| row.contains("**chosen**")).collect();
    assert!(rows.len() >= 3 && of_choice.len() == 1 && of_choice[0].ends_with("| met |"), "{report}");
    assert_eq!(report.matches("<circle").count(), rows.len());
    println!("{report}");
}
