//! Models of one operator: those that the compiler is held against TensorFlow Lite's reference kernels with.

use crate::golden::Golden;
use crate::model::{Import, Model};
use anyhow::{Context, Result};
use std::path::Path;
use tinynet_compiler::import::{Archive, Values, npz};
use xtask::process;

/// Archives of models with inputs and outputs, below the workspace.
const ARCHIVES: [&str; 3] = ["cases", "hard", "types"];

/// Some of the models, every so-manieth of each archive; their files are put into a folder.
///
/// # Errors
///
/// Where an archive or a model cannot be read, or the folder cannot be written.
pub fn some(folder: &Path, every: usize) -> Result<Vec<Model>> {
    let mut models = Vec::new();
    for name in ARCHIVES {
        let path = process::workspace().join(format!("tinynet-compiler/tests/operators/{name}.npz"));
        let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
        let archive = npz::read(&bytes).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
        let cases = archive.entries.iter().filter_map(|(name, _)| name.strip_suffix(".model"));
        for case in cases.step_by(every) {
            models.extend(model(folder, &archive, case).with_context(|| case.to_owned())?);
        }
    }
    Ok(models)
}

/// The model of a case; nothing where it cannot be imported.
fn model(folder: &Path, archive: &Archive, case: &str) -> Result<Option<Model>> {
    let part = |part: &str| {
        let entry = archive.entries.iter().find(|(name, _)| *name == format!("{case}.{part}"));
        entry.map(|(_, array)| &array.values).with_context(|| format!("no {part}"))
    };
    let Values::Integers(bytes) = part("model")? else { return Ok(None) };
    let bytes: Vec<u8> = bytes.iter().map(|&byte| byte as u8).collect();
    let path = folder.join(format!("{}.tflite", case.replace('/', "__")));
    std::fs::write(&path, &bytes).with_context(|| path.display().to_string())?;
    let (input, output) = (part("input")?, part("output")?);
    let golden = |graph: &_| Golden::of(graph, input, output).map(Some);
    match Model::of(case, path, &bytes, golden)? {
        Import::Done(model) => Ok(Some(*model)),
        Import::Refused(_) => Ok(None),
    }
}
