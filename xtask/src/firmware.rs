//! Building the programs for the micro:bit.

use crate::process::{self, workspace};
use crate::toolchain::Builder;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// The package, below the workspace; it is no member, as it has a target and profiles of its own.
pub const PACKAGE: &str = "examples/microbit";

const LIMIT: Duration = Duration::from_secs(1800);

/// A program and the file to flash.
#[derive(Debug)]
pub struct Program {
    /// As in the package's `src/bin`.
    pub name: String,
    /// What to flash.
    pub elf: PathBuf,
}

/// Builds programs of the package in the release profile.
pub fn build(builder: &Builder, names: &[&str]) -> Result<Vec<Program>> {
    build_package(builder, PACKAGE, names)
}

/// Builds programs of a firmware package, named by its folder below the workspace, in the release profile.
pub fn build_package(builder: &Builder, package: &str, names: &[&str]) -> Result<Vec<Program>> {
    build_package_with(builder, package, names, &[], &[])
}

/// Builds as [`build_package`] does, with features of the package and variables of the environment that its build reads.
pub fn build_package_with(
    builder: &Builder,
    package: &str,
    names: &[&str],
    features: &[&str],
    variables: &[(&str, &str)],
) -> Result<Vec<Program>> {
    let mut command = builder.cargo("build");
    command.envs(variables.iter().copied());
    // Cargo reads the package's configuration only from inside.
    command.current_dir(workspace().join(package));
    command.args(["--release", "--message-format", "json-render-diagnostics"]);
    for name in names {
        command.args(["--bin", name]);
    }
    for feature in features {
        command.args(["--features", feature]);
    }
    let messages = process::succeed(&mut command, LIMIT)?;
    Ok(messages.lines().filter_map(program).collect())
}

/// Finds one of the programs by its name.
pub fn named<'a>(programs: &'a [Program], name: &str) -> Result<&'a Program> {
    programs
        .iter()
        .find(|program| program.name == name)
        .with_context(|| format!("{PACKAGE} has no program {name}"))
}

/// Reads a line of cargo's messages; only those about programs count.
fn program(message: &str) -> Option<Program> {
    let message: Value = serde_json::from_str(message).ok()?;
    let elf = message["executable"].as_str()?.into();
    let name = message["target"]["name"].as_str()?.into();
    Some(Program { name, elf })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_about_programs_count() {
        let line = r#"{"reason":"compiler-artifact","target":{"name":"touch"},"executable":"/t/touch"}"#;
        let found = program(line).expect("a program");
        assert_eq!((found.name.as_str(), found.elf), ("touch", PathBuf::from("/t/touch")));
        assert!(program(r#"{"target":{"name":"microbit"},"executable":null}"#).is_none());
        assert!(program("   Compiling microbit").is_none());
    }
}
