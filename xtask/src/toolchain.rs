//! A compiler for every target: the current one where it has the target's library, else one from the
//! distribution that builds the library from its sources.

use crate::packages::APT;
use crate::process::{self, workspace};
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Cortex-M0 and Cortex-M0+.
pub const CORTEX_M0: &str = "thumbv6m-none-eabi";
/// Cortex-M3.
pub const CORTEX_M3: &str = "thumbv7m-none-eabi";
/// Cortex-M4 and Cortex-M7, floating-point unit or not.
pub const CORTEX_M4: &str = "thumbv7em-none-eabi";
/// Cortex-M33 and other cores of ARMv8-M Mainline. Their DSP extension is what [`HAS_DSP`] says.
pub const CORTEX_M33: &str = "thumbv8m.main-none-eabi";
/// Tells the compiler for a [`CORTEX_M33`] of the extension; see [`Builder::with`].
pub const HAS_DSP: (&str, &str) = ("RUSTFLAGS", "-C target-cpu=cortex-m33");

/// The oldest compiler that builds the project.
const OLDEST: (u32, u32) = (1, 88);

/// Debian's newest compiler, its cargo, and the sources of its library.
const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
const SYSTEM_CARGO: &str = "/usr/bin/cargo";
const SYSTEM_COMPILER: &str = "/usr/bin/rustc";
/// Below the compiler's system root.
const SOURCES: &str = "lib/rustlib/src/rust/library/core/Cargo.toml";

/// Asking a compiler something.
const QUICK: Duration = Duration::from_secs(60);
/// A target's library has a few megabytes; a network without access can take long to say no.
const DOWNLOAD: Duration = Duration::from_secs(120);

/// Builds for one target.
#[derive(Debug)]
pub struct Builder {
    target: &'static str,
    compiler: Compiler,
    variables: Vec<(&'static str, &'static str)>,
}

#[derive(Debug)]
enum Compiler {
    /// The one that runs this program.
    Current,
    /// The distribution's, with its library built from source and this linker.
    System { linker: PathBuf },
}

impl Builder {
    /// Finds a compiler for the target, and installs what is missing.
    pub fn new(target: &'static str) -> Result<Self> {
        Self::compiler(target).map(|compiler| Self { target, compiler, variables: Vec::new() })
    }

    /// The same with a variable of the environment for all its commands.
    pub fn with(mut self, variable: (&'static str, &'static str)) -> Self {
        self.variables.push(variable);
        self
    }

    fn compiler(target: &'static str) -> Result<Compiler> {
        if current_has(target)? {
            return Ok(Compiler::Current);
        }
        if let Ok(linker) = system_linker() {
            return Ok(Compiler::System { linker });
        }
        let Err(no_download) = add_target(target) else { return Ok(Compiler::Current) };
        println!("{no_download:#}");
        let installed = install_system_compiler(target).and_then(|()| system_linker());
        let linker = installed.with_context(|| by_hand(target))?;
        Ok(Compiler::System { linker })
    }

    /// A cargo command (`build`, `check` ...) for the target, in the workspace. Profile, features and package
    /// are the caller's to add.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut command = match &self.compiler {
            Compiler::Current => process::cargo(),
            Compiler::System { linker } => system_cargo(self.target, linker),
        };
        command.arg(subcommand).args(["--target", self.target]);
        if let Compiler::System { .. } = self.compiler {
            command.arg("-Zbuild-std=core");
        }
        command.arg("--target-dir").arg(self.target_directory());
        command.envs(self.variables.iter().copied());
        command
    }

    /// Where [`Builder::cargo`] puts what it builds: a folder for each compiler, as macros built by one cannot
    /// be loaded by the other.
    pub fn target_directory(&self) -> PathBuf {
        let name = match self.compiler {
            Compiler::Current => "cross",
            Compiler::System { .. } => "cross-system",
        };
        process::target_directory().join(name)
    }

    /// Whether this is the compiler that the user works with, with all its tools.
    pub fn is_current(&self) -> bool {
        matches!(self.compiler, Compiler::Current)
    }
}

/// Makes sure that `cargo fmt` and `cargo clippy` exist; not every installation begins with them.
pub fn ensure_components() -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        let there = process::finish(process::cargo().args([subcommand, "--version"]), QUICK)?;
        if !there.status.success() {
            println!("installing {component} with rustup: `cargo {subcommand}` needs it");
            process::succeed(Command::new("rustup").args(["component", "add", component]), DOWNLOAD)
                .with_context(|| format!("install it by hand: rustup component add {component}"))?;
        }
    }
    Ok(())
}

/// Whether the current compiler comes with the library for a target.
fn current_has(target: &str) -> Result<bool> {
    let mut command = Command::new("rustc");
    command.args(["--print", "target-libdir", "--target", target]).current_dir(workspace());
    let folder = process::succeed(&mut command, QUICK)?;
    let Ok(files) = Path::new(folder.trim()).read_dir() else { return Ok(false) };
    let mut names = files.flatten().map(|file| file.file_name().to_string_lossy().into_owned());
    Ok(names.any(|name| name.starts_with("libcore-") && name.ends_with(".rlib")))
}

/// Downloads the library for a target; the error says why that did not work.
fn add_target(target: &str) -> Result<()> {
    println!("installing the library for {target}: rustup target add {target}");
    let mut command = Command::new("rustup");
    process::succeed(command.args(["target", "add", target]).current_dir(workspace()), DOWNLOAD)?;
    if !current_has(target)? {
        bail!("rustup has added {target} to another toolchain than the one in use");
    }
    Ok(())
}

fn install_system_compiler(target: &str) -> Result<()> {
    if !APT.exists() {
        bail!("this system has no apt-get");
    }
    APT.install(&PACKAGES, &format!("a compiler that builds the library for {target} from its sources"))
}

/// Checks that the distribution's compiler is complete; gives the linker to use with it.
fn system_linker() -> Result<PathBuf> {
    for file in [SYSTEM_CARGO, SYSTEM_COMPILER] {
        if !Path::new(file).is_file() {
            bail!("there is no {file}");
        }
    }
    let version = process::succeed(Command::new(SYSTEM_COMPILER).arg("--version"), QUICK)?;
    if parse_version(&version).is_none_or(|version| version < OLDEST) {
        bail!("{SYSTEM_COMPILER} is too old: {}", version.trim());
    }
    if !sysroot(SYSTEM_COMPILER)?.join(SOURCES).is_file() {
        bail!("{SYSTEM_COMPILER} has no sources of its library");
    }
    // Debian leaves the linker out; the one of any other toolchain does.
    let bundled = ["rustc", SYSTEM_COMPILER].into_iter().filter_map(bundled_linker).next();
    bundled.or_else(|| process::find("ld.lld")).context("there is no rust-lld and no ld.lld")
}

/// `rustc 1.96.0 (…)` as (1, 96).
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn sysroot(compiler: &str) -> Result<PathBuf> {
    let printed = process::succeed(Command::new(compiler).args(["--print", "sysroot"]), QUICK)?;
    Ok(printed.trim().into())
}

/// The linker that a toolchain of rustup brings.
fn bundled_linker(compiler: &str) -> Option<PathBuf> {
    let hosts = sysroot(compiler).ok()?.join("lib/rustlib").read_dir().ok()?;
    hosts.flatten().map(|host| host.path().join("bin/rust-lld")).find(|linker| linker.is_file())
}

/// The distribution's cargo with the distribution's compiler, whatever runs this program.
fn system_cargo(target: &str, linker: &Path) -> Command {
    let mut command = Command::new(SYSTEM_CARGO);
    command.current_dir(workspace());
    for inherited in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTDOC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
        command.env_remove(inherited);
    }
    let variable = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace(['-', '.'], "_"));
    command.env("RUSTC", SYSTEM_COMPILER);
    // Building the library from source is an unstable option of a compiler that is otherwise stable.
    command.env("RUSTC_BOOTSTRAP", "1");
    command.env(OsString::from(variable), linker);
    command
}

fn by_hand(target: &str) -> String {
    format!(
        "cannot build for {target}; do one of these by hand, then run this again:\n  \
         rustup target add {target}\n  \
         {}    (Debian with its security updates; version {}.{} or newer)\nwhat went wrong",
        APT.by_hand(&PACKAGES),
        OLDEST.0,
        OLDEST.1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(
            parse_version("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a tarball)"),
            Some((1, 96))
        );
        assert!(parse_version("rustc 1.9.0").is_some_and(|version| version < OLDEST));
        assert_eq!(parse_version("something else"), None);
    }

    #[test]
    fn the_system_compiler_gets_nothing_of_the_outer_one() {
        let linker = PathBuf::from("/linker");
        let compiler = Compiler::System { linker };
        let builder = Builder { target: CORTEX_M0, compiler, variables: Vec::new() };
        let command = builder.cargo("build");
        let variable = |name: &str| command.get_envs().find(|(key, _)| *key == name).map(|(_, value)| value);
        assert_eq!(variable("RUSTUP_TOOLCHAIN"), Some(None));
        assert_eq!(variable("RUSTC"), Some(Some(SYSTEM_COMPILER.as_ref())));
        assert_eq!(variable("CARGO_TARGET_THUMBV6M_NONE_EABI_LINKER"), Some(Some("/linker".as_ref())));
        assert!(command.get_args().any(|argument| argument == "-Zbuild-std=core"));
    }
}
