//! Weights and measurements that are kept from build to build: the same code with them and without, whatever happens to
//! the files that hold them.

use hmac_sha256::Hash;
use proc_macro2::TokenStream;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tinynet_compiler::cache::Cache;
use tinynet_compiler::files::{File, FileError, Files, FolderFiles};

/// Files of the repository, and a place to keep what was found out, if there is one.
struct Keeping {
    folder: Option<PathBuf>,
}

impl Files for Keeping {
    fn read(&self, path: &syn::LitStr) -> Result<File, FileError> {
        FolderFiles::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).read(path)
    }

    fn cache(&self) -> Option<Cache> {
        self.folder.as_ref().map(|folder| Cache::new(folder, Duration::ZERO))
    }
}

/// The touch network, with options of its `Input`, measured.
fn touch(limits: &str, options: &str) -> String {
    let folder = "examples/networks/touch";
    format!(
        "struct Net = \"{folder}/weights.safetensors\" where accuracy(\"{folder}/test.npz\", samples: 100) >= 0.5, \
         {limits} {{ pad: Input {{ shape: [8, 8, 1], calibration: \"{folder}/calibration.npy\", {options} }}, \
         conv1: Conv2d {{ filters: 8, kernel: [3, 3], padding: Same }}, Relu, MaxPool2d {{ size: [2, 2] }}, Flatten, \
         fc1: Dense {{ units: 32 }}, HardTanh, fc2: Dense {{ units: 10 }} }}"
    )
}

/// A model of integers, calibrated on samples of its input.
fn model(options: &str) -> String {
    format!(
        "struct Net = \"tests/ui/data/integers.tflite\" {{ x: Input {{ calibration: \"{CALIBRATION}\", {options} }} }}"
    )
}

const CALIBRATION: &str = "tests/ui/data/calibration.npy";

fn expanded(declaration: &str, folder: Option<&Path>) -> String {
    let tokens: TokenStream = format!("(::tinynet) {declaration}").parse().unwrap();
    let files = Keeping { folder: folder.map(Path::to_owned) };
    let text = tinynet_compiler::expand(tokens, &files).to_string();
    let error = text.find("compile_error").map(|place| &text[place..]);
    assert_eq!(error, None, "{declaration}");
    text
}

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("remembered-{name}"));
    let _ = std::fs::remove_dir_all(&folder).or_else(|_| std::fs::remove_file(&folder));
    folder
}

/// What is kept.
fn kept(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let path = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().path();
    let file = |path: PathBuf| (path.clone(), std::fs::read(path).unwrap());
    std::fs::read_dir(folder).unwrap().map(path).map(file).collect()
}

/// With the digest that a file begins with.
fn signed(result: &[u8]) -> Vec<u8> {
    [&Hash::hash(result)[..], result].concat()
}

#[test]
fn a_second_build_writes_the_same() {
    let cases = [
        ("int8", touch("", ""), 2),
        ("affine", touch("", "scheme: Affine, precision: Int4"), 2),
        ("ternary", touch("", "precision: Ternary, bias_correction: false"), 2),
        ("pruned", touch("", "prune: 0.5"), 2),
        ("int16", touch("", "activations: Int16"), 2),
        ("mixed", touch("", "").replace("units: 32", "units: 32, activations: Int16"), 2),
        ("narrowed", model("precision: Int3"), 1),
        ("narrowed and pruned", model("prune: 0.4"), 1),
    ];
    for (name, declaration, results) in cases {
        let folder = folder(name);
        let expected = expanded(&declaration, None);
        assert_eq!(expanded(&declaration, Some(&folder)), expected, "{name}");
        let first = kept(&folder);
        assert_eq!(first.len(), results, "{name}");
        // Found: none is made again, where the system knows when that was.
        let made = || first.keys().map(|path| std::fs::metadata(path).unwrap().created().ok());
        let before: Vec<_> = made().collect();
        assert_eq!(expanded(&declaration, Some(&folder)), expected, "{name}");
        assert_eq!((kept(&folder), made().collect::<Vec<_>>()), (first.clone(), before), "{name}");
        // Damaged, or not what it should be: it is found out, and mended.
        for (path, good) in &first {
            let result = &good[32..];
            let short = signed(&result[..result.len() / 2]);
            for bad in [&good[..good.len() / 2], &short, &signed(&[0; 23]), &signed(&[]), &[]] {
                std::fs::write(path, bad).unwrap();
                assert_eq!(expanded(&declaration, Some(&folder)), expected, "{name}");
                assert_eq!(std::fs::read(path).unwrap(), *good, "{name}");
            }
        }
        std::fs::remove_dir_all(&folder).unwrap();
        // Nowhere to write.
        std::fs::write(&folder, "").unwrap();
        assert_eq!(expanded(&declaration, Some(&folder)), expected, "{name}");
    }
}

/// Weights do not depend on limits, and are the same under others.
#[test]
fn limits_may_change() {
    let folder = folder("limits");
    expanded(&touch("flash <= 11 * KIB,", "precision: Int4"), Some(&folder));
    let first = kept(&folder);
    let larger = touch("flash <= 20 * KIB,", "precision: Int4");
    assert_eq!(expanded(&larger, Some(&folder)), expanded(&larger, None));
    assert_eq!(kept(&folder), first);
    // Options are another matter.
    for options in ["precision: Int5", "precision: Int4, ranges: MinMax", "precision: Int4, prune: 0.1"] {
        let before = kept(&folder).len();
        expanded(&touch("", options), Some(&folder));
        assert_eq!(kept(&folder).len(), before + 2, "{options}");
    }
    let before = kept(&folder).len();
    expanded(&model("precision: Int4"), Some(&folder));
    expanded(&model("precision: Int4, bias_correction: false"), Some(&folder));
    expanded(&model("precision: Int3"), Some(&folder));
    expanded(&model("precision: Int3, prune: 0.4"), Some(&folder));
    assert_eq!(kept(&folder).len(), before + 4);
}

/// Otherwise nothing would be saved.
#[test]
fn what_was_kept_is_taken() {
    for (name, declaration) in
        [("taken", touch("", "precision: Int4")), ("taken-narrowed", model("precision: Int4"))]
    {
        let folder = folder(name);
        let expected = expanded(&declaration, Some(&folder));
        let longest = kept(&folder).into_iter().max_by_key(|(_, bytes)| bytes.len());
        let (path, good) = longest.unwrap();
        let mut other = good[32..].to_vec();
        // A weight of the last layer: behind it are a scale, a bias and two bounds for each output channel, and counts.
        let weight = other.len() - last_channels(&other) * 28 - 3 * 8 - 1;
        other[weight] ^= 1;
        std::fs::write(&path, signed(&other)).unwrap();
        assert_ne!(expanded(&declaration, Some(&folder)), expected, "{name}");
    }
}

/// Output channels of the last layer: so many pairs of bounds stand at the end, behind their count.
fn last_channels(result: &[u8]) -> usize {
    let count = |channels: usize| {
        let place = result.len() - channels * 16 - 8;
        u64::from_le_bytes(result[place..][..8].try_into().unwrap())
    };
    (1..result.len() / 16).find(|&channels| count(channels) == channels as u64).unwrap()
}
