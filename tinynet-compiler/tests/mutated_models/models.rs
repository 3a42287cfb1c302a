//! Intact models to begin with: of this repository, and of the folder that `TINYNET_ZOO` names.

use crate::tflite_files::{branches, counter, dense, file};
use std::path::{Path, PathBuf};
use tinynet_compiler::import::{Values, npz};

/// A model that converters might write.
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) file: Vec<u8>,
}

/// Models that the tests write.
pub(crate) fn written() -> Vec<Model> {
    let models = [("branches", branches()), ("dense", dense()), ("counter", counter())];
    models.map(|(name, root)| Model { name: name.into(), file: file(&root) }).into()
}

/// Models of one operator each, those that keep a state included.
pub(crate) fn operators() -> Vec<Model> {
    let mut models = stored(include_bytes!("../operators/cases.npz"));
    models.extend(stored(include_bytes!("../operators/types.npz")));
    models.extend(stored(include_bytes!("../recurrent/cases.npz")));
    models
}

/// Models of real numbers.
pub(crate) fn real() -> Vec<Model> {
    stored(include_bytes!("../real_models/cases.npz"))
}

/// The models of an archive of cases.
fn stored(archive: &[u8]) -> Vec<Model> {
    let archive = npz::read(archive).expect("an archive");
    let mut models = Vec::new();
    for (entry, array) in archive.entries {
        if let (Some(name), Values::Integers(bytes)) = (entry.strip_suffix(".model"), array.values) {
            let file = bytes.into_iter().map(|byte| byte as u8).collect();
            models.push(Model { name: name.into(), file });
        }
    }
    models
}

/// Public models; none where there is no folder of them.
pub(crate) fn public() -> Vec<Model> {
    let Some(zoo) = std::env::var_os("TINYNET_ZOO") else { return Vec::new() };
    // Relative to the repository, wherever the test runs.
    let zoo = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(zoo).join("models");
    let mut paths = Vec::new();
    find(&zoo, &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "no model in TINYNET_ZOO");
    let name = |path: &Path| path.strip_prefix(&zoo).unwrap_or(path).with_extension("").display().to_string();
    paths.iter().map(|path| Model { name: name(path), file: read(path) }).collect()
}

/// The file at a path.
pub(crate) fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn find(folder: &Path, models: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        match path.extension() {
            Some(extension) if extension == "tflite" => models.push(path),
            _ if path.is_dir() => find(&path, models),
            _ => {}
        }
    }
}
