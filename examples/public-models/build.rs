//! Brings the models from the folder that `TINYNET_ZOO` names, with some inputs and TensorFlow's answers. Without it, the
//! package is empty.

use std::error::Error;
use std::path::{Path, PathBuf};
use tinynet_compiler::import::{Values, npy};

/// Models, as in the folder: `SET/MODEL`. The networks name their files.
const MODELS: [&str; 2] = ["mlperf_tiny/kws_ref_model_int8", "tflm/person_detect_int8"];

/// As many inputs; the last of a model's golden inputs are of the kind that it is for.
const SAMPLES: usize = 12;

/// The networks as they are declared, and where they are compiled: beside the models.
const NETWORKS: &str = "src/networks.rs";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rustc-check-cfg=cfg(has_models)");
    println!("cargo::rerun-if-env-changed=TINYNET_ZOO");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={NETWORKS}");
    let Some(zoo) = std::env::var_os("TINYNET_ZOO").filter(|folder| !folder.is_empty()) else {
        return Ok(());
    };
    // Relative to the repository, wherever cargo was called.
    let zoo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(zoo);
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("set by cargo")?);
    for model in MODELS {
        bring(&zoo, model, &out).map_err(|error| format!("{model} of TINYNET_ZOO: {error}"))?;
    }
    std::fs::copy(NETWORKS, out.join("networks.rs"))?;
    println!("cargo::rustc-cfg=has_models");
    Ok(())
}

/// Copies a model, and writes inputs and answers as bytes.
fn bring(zoo: &Path, model: &str, out: &Path) -> Result<(), Box<dyn Error>> {
    let name = model.rsplit('/').next().unwrap_or(model);
    let golden = zoo.join("golden").join(model.replace('/', "__"));
    let paths = [
        zoo.join("models").join(format!("{model}.tflite")),
        golden.join("input.npy"),
        golden.join("output_ref.npy"),
    ];
    for path in &paths {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let [file, inputs, answers] = paths
        .map(|path| std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display())));
    std::fs::write(out.join(format!("{name}.tflite")), file?)?;
    for (part, bytes) in [("inputs", inputs?), ("answers", answers?)] {
        std::fs::write(out.join(format!("{name}.{part}")), last_samples(&bytes)?)?;
    }
    Ok(())
}

/// The last samples of an array of int8.
fn last_samples(file: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let array = npy::read(file).map_err(|error| error.to_string())?;
    let Values::Integers(integers) = &array.values else { return Err("an array of real numbers".into()) };
    let size = integers.len() / array.shape.first().copied().unwrap_or(1).max(1);
    let start = integers.len().checked_sub(SAMPLES * size).ok_or("too few samples")?;
    integers[start..].iter().map(|&integer| Ok(i8::try_from(integer)? as u8)).collect()
}
