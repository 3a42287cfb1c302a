//! Installing packages of the operating system, without questions.

use crate::process;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Long enough for a slow mirror.
const LIMIT: Duration = Duration::from_secs(900);

/// A program that installs packages, and how it is told to.
#[derive(Debug)]
pub(crate) struct Manager {
    program: &'static str,
    /// Brings the list of packages up to date, where that is a step of its own.
    update: Option<&'static [&'static str]>,
    install: &'static [&'static str],
    needs_root: bool,
}

/// Debian, Ubuntu and relatives.
pub(crate) const APT: Manager = Manager {
    program: "apt-get",
    update: Some(&["-q", "-o", "DPkg::Lock::Timeout=300", "update"]),
    // Never at the price of a package that is there already.
    install: &[
        "-q",
        "-o",
        "DPkg::Lock::Timeout=300",
        "install",
        "--yes",
        "--no-install-recommends",
        "--no-remove",
    ],
    needs_root: true,
};

/// Fedora and relatives.
pub(crate) const DNF: Manager =
    Manager { program: "dnf", update: None, install: &["install", "--assumeyes"], needs_root: true };

/// Arch Linux.
pub(crate) const PACMAN: Manager = Manager {
    program: "pacman",
    update: None,
    install: &["-S", "--noconfirm", "--needed"],
    needs_root: true,
};

/// Homebrew.
pub(crate) const BREW: Manager =
    Manager { program: "brew", update: None, install: &["install"], needs_root: false };

impl Manager {
    /// Whether this system has it.
    pub(crate) fn exists(&self) -> bool {
        process::find(self.program).is_some()
    }

    /// The command to type by hand.
    pub(crate) fn by_hand(&self, packages: &[&str]) -> String {
        let root = if self.needs_root { "sudo " } else { "" };
        let verb =
            self.install.iter().find(|word| ["install", "-S"].contains(word)).copied().unwrap_or_default();
        format!("{root}{} {verb} {}", self.program, packages.join(" "))
    }

    /// Installs packages, saying so and why.
    pub(crate) fn install(&self, packages: &[&str], why: &str) -> Result<()> {
        let prefix: &[&str] = if self.needs_root { become_root()? } else { &[] };
        println!("installing {} with {}: {why}", packages.join(", "), self.program);
        if let Some(update) = self.update {
            process::succeed(self.command(prefix).args(update), LIMIT)?;
        }
        process::succeed(self.command(prefix).args(self.install).args(packages), LIMIT)?;
        Ok(())
    }

    /// Unpacks packages, and what they depend on and the system lacks, into a new folder: where they cannot be installed,
    /// they disturb nothing there. Wants no root.
    pub(crate) fn unpack(&self, packages: &[&str], folder: &Path) -> Result<()> {
        ensure!(self.program == APT.program, "{} cannot unpack packages into a folder", self.program);
        const WOULD_INSTALL: [&str; 4] = ["-q", "--simulate", "--no-install-recommends", "install"];
        let simulated = process::succeed(self.command(&[]).args(WOULD_INSTALL).args(packages), LIMIT)?;
        let missing = to_install(&simulated);
        println!("unpacking {} into {}", missing.join(", "), folder.display());
        let parent = folder.parent().context("a folder in another one")?;
        fs::create_dir_all(parent)?;
        let archives = tempfile::tempdir_in(parent)?;
        let mut download = self.command(&[]);
        download.args(["-q", "download"]).args(missing).current_dir(archives.path());
        process::succeed(&mut download, LIMIT)?;
        // Whoever looks for the folder finds all of it or nothing.
        let unpacked = tempfile::tempdir_in(parent)?;
        for archive in fs::read_dir(archives.path())? {
            let mut unpack = Command::new("dpkg-deb");
            unpack.arg("--extract").arg(archive?.path()).arg(unpacked.path());
            process::succeed(&mut unpack, LIMIT)?;
        }
        let moved = fs::rename(unpacked.path(), folder);
        ensure!(moved.is_ok() || folder.is_dir(), "cannot make {}: {moved:?}", folder.display());
        Ok(())
    }

    fn command(&self, prefix: &[&str]) -> Command {
        let mut words = prefix.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive", self.program]);
        let mut command = Command::new(words.next().unwrap_or(self.program));
        command.args(words);
        command
    }
}

/// Packages that `apt-get --simulate` would install.
fn to_install(simulated: &str) -> Vec<&str> {
    let lines = simulated.lines().filter_map(|line| line.strip_prefix("Inst "));
    lines.filter_map(|line| line.split_whitespace().next()).collect()
}

/// What has to stand before a command that only root may run.
fn become_root() -> Result<&'static [&'static str]> {
    const QUICK: Duration = Duration::from_secs(10);
    let user = process::succeed(Command::new("id").arg("-u"), QUICK).context("who runs this")?;
    if user.trim() == "0" {
        return Ok(&[]);
    }
    let asks_nothing = process::finish(Command::new("sudo").args(["-n", "true"]), QUICK);
    match asks_nothing {
        Ok(finished) if finished.status.success() => Ok(&["sudo", "-n"]),
        _ => bail!("only root may install packages, and sudo does not work without a password"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_told_from_the_rest() {
        let simulated =
            "Remv b [2]\nInst a:i386 (1:7.2+b3 Debian:12 [i386])\nInst c [1] (2 Debian)\nConf c (2)";
        assert_eq!(to_install(simulated), ["a:i386", "c"]);
    }

    #[test]
    fn commands_for_people_are_short() {
        assert_eq!(APT.by_hand(&["a", "b"]), "sudo apt-get install a b");
        assert_eq!(PACMAN.by_hand(&["a"]), "sudo pacman -S a");
        assert_eq!(BREW.by_hand(&["a"]), "brew install a");
    }
}
