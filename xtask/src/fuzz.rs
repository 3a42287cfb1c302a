//! `cargo xtask fuzz`: damaged models before the compiler, for as long as one likes.

use anyhow::{Context, Result};
use std::path::PathBuf;
use std::time::Duration;
use xtask::process;

/// For how long, from which seed on, and of which files.
pub(crate) struct Arguments {
    /// How long new files are made.
    pub(crate) time: Duration,
    /// Seed of the first file; each has its own.
    pub(crate) seed: u64,
    /// Models to begin with; none for those of the tests and of the folder of public models.
    pub(crate) files: Vec<PathBuf>,
}

/// Runs the test `mutated_models` with optimisation, and with checks of all arithmetic.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let absolute = arguments.files.iter().map(|file| {
        let path = file.canonicalize().with_context(|| format!("no file `{}`", file.display()))?;
        Ok(path.to_string_lossy().into_owned())
    });
    let files: Vec<String> = absolute.collect::<Result<_>>()?;
    let mut command = process::cargo();
    command.args(["test", "--quiet", "--profile", "fuzz", "--package", "tinynet-compiler"]);
    command.args(["--test", "mutated_models", "--", "--exact", "for_a_while", "--nocapture"]);
    command.env("TINYNET_FUZZ_SECONDS", arguments.time.as_secs().to_string());
    command.env("TINYNET_FUZZ_SEED", arguments.seed.to_string());
    command.env("TINYNET_FUZZ_FILES", files.join("\n"));
    process::show(&mut command)
}
