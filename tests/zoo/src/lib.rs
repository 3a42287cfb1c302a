//! Public models of TensorFlow Lite: what they answer to golden inputs, on this machine and on emulated boards, and what
//! they cost.
//!
//! The environment variable `TINYNET_ZOO` names a folder with `models/SET/MODEL.tflite` and, in `golden/SET__MODEL`,
//! arrays of inputs and of what TensorFlow 2.19's reference kernels answer.
//!
//! `cargo xtask zoo` prints a table of all of them, `cargo xtask bench` what they cost by layer and with others; the test `board` holds them against their golden outputs.

pub mod board;
pub mod cases;
pub mod golden;
pub mod microflow;
pub mod model;
pub mod plot;
pub mod published;
pub mod targets;

use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The folder that `TINYNET_ZOO` names; a relative name counts from the repository, wherever a test runs.
pub fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("TINYNET_ZOO")?;
    Some(std::path::absolute(xtask::process::workspace().join(folder)).expect("a path"))
}

/// All models of the folder, as `SET/MODEL`, in alphabetical order.
///
/// # Errors
///
/// Where the folder cannot be read.
pub fn names(zoo: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for set in entries(&zoo.join("models"))?.into_iter().filter(|path| path.is_dir()) {
        let models = entries(&set)?.into_iter();
        for model in models.filter(|path| path.extension() == Some(OsStr::new("tflite"))) {
            let [set, model] = [set.file_name(), model.file_stem()].map(Option::unwrap_or_default);
            names.push(format!("{}/{}", set.to_string_lossy(), model.to_string_lossy()));
        }
    }
    names.sort();
    Ok(names)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    Ok(entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?)
}
