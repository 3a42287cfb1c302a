//! An emulated micro:bit: QEMU, the counting plugin, and the serial line.

use crate::packages::{APT, BREW, DNF, Manager, PACMAN};
use crate::process::{self, Output};
use crate::protocol::{self, Failure, Header, Kind, Port};
use anyhow::{Context, Result, bail, ensure};
use cycle_counter::report::Report;
use std::ffi::OsStr;
use std::fs::DirEntry;
use std::io::{self, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PROGRAM: &str = "qemu-system-arm";
/// Package managers and their package that has the emulator.
const PACKAGES: [(Manager, &str); 4] = [(APT, PROGRAM), (DNF, PROGRAM), (PACMAN, PROGRAM), (BREW, "qemu")];

/// The emulator opens its end of the serial line before it runs anything.
const CONNECT: Duration = Duration::from_secs(30);
/// The slowest answer to one input.
const ANSWER: Duration = Duration::from_secs(120);
/// Building the plugin and what it depends on.
const BUILD: Duration = Duration::from_secs(600);

/// The emulator's program.
#[derive(Debug)]
pub struct Emulator {
    program: PathBuf,
}

/// An emulated board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// BBC micro:bit: Cortex-M0, 256 KB of flash, 16 KB of RAM.
    Microbit,
    /// Arm's MPS2 with the image AN385: Cortex-M3, 4 MB of flash, 4 MB of RAM.
    Mps2An385,
    /// The same with the image AN386: Cortex-M4.
    Mps2An386,
    /// The same with the image AN505: Cortex-M33. A program runs in the secure state, in the part of memory that is its own.
    Mps2An505,
}

impl Machine {
    /// QEMU's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Microbit => "microbit",
            Self::Mps2An385 => "mps2-an385",
            Self::Mps2An386 => "mps2-an386",
            Self::Mps2An505 => "mps2-an505",
        }
    }

    /// Its memory as the linker wants it.
    pub fn memory(self) -> &'static str {
        match self {
            Self::Microbit => {
                "MEMORY { FLASH : ORIGIN = 0x00000000, LENGTH = 256K RAM : ORIGIN = 0x20000000, LENGTH = 16K }"
            }
            Self::Mps2An385 | Self::Mps2An386 => {
                "MEMORY { FLASH : ORIGIN = 0x00000000, LENGTH = 4M RAM : ORIGIN = 0x20000000, LENGTH = 4M }"
            }
            Self::Mps2An505 => {
                "MEMORY { FLASH : ORIGIN = 0x10000000, LENGTH = 4M RAM : ORIGIN = 0x38000000, LENGTH = 4M }"
            }
        }
    }
}

/// What the plugin counts.
#[derive(Debug, Default)]
pub struct Counting {
    /// The plugin; see [`build_plugin`].
    pub plugin: PathBuf,
    /// Address and size of each function.
    pub functions: Vec<(u32, u32)>,
}

/// What a program that has ended left behind.
#[derive(Debug)]
pub struct Outcome {
    /// What it printed by semihosting, and what the emulator said.
    pub text: String,
    /// The counts, where they were asked for; functions in the order of [`Counting::functions`].
    pub report: Option<Report>,
}

/// The most bytes of stack that a program ever used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stack {
    /// All of it.
    pub program: u32,
    /// What an inference took: all functions that its caller called.
    pub inference: u32,
}

impl Stack {
    /// As programs tell it: two numbers, the low byte first.
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        let [program, inference] =
            [0, 4].map(|at| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]));
        Self { program, inference }
    }
}

/// Builds the plugin that counts; gives its path.
pub fn build_plugin() -> Result<PathBuf> {
    let target = process::target_directory();
    let mut command = process::cargo();
    command
        .args(["build", "--quiet", "--release", "--package", "cycle-counter", "--target-dir"])
        .arg(&target);
    process::succeed(&mut command, BUILD)?;
    let name = format!("{}cycle_counter{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    Ok(target.join("release").join(name))
}

impl Emulator {
    /// Finds the emulator; installs it where there is none.
    pub fn new() -> Result<Self> {
        let folder = process::target_directory().join("emulator");
        let unpacked = Some(folder.join(PROGRAM)).filter(|program| program.is_file());
        if let Some(program) = process::find(PROGRAM).or(unpacked) {
            return Ok(Self { program });
        }
        let Some((manager, package)) = PACKAGES.iter().find(|(manager, _)| manager.exists()) else {
            bail!("there is no {PROGRAM} and no known package manager; install QEMU by hand");
        };
        let by_hand = || format!("install it by hand: {}", manager.by_hand(&[package]));
        let Err(refused) = manager.install(&[package], "the emulator of the micro:bit") else {
            return Ok(Self { program: process::find(PROGRAM).with_context(by_hand)? });
        };
        // Nobody is root, or parts of another version of QEMU would have to go.
        println!("it cannot be installed");
        let program = unpack(manager, package, &folder).context(refused).with_context(by_hand)?;
        Ok(Self { program })
    }

    /// The emulator's program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Starts a program on the emulated micro:bit, connected to its serial port.
    pub fn start(&self, elf: &Path, counting: Option<&Counting>) -> Result<Session> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mut command = Command::new(&self.program);
        command.args(["-serial", &format!("tcp:{},nodelay=on", listener.local_addr()?)]);
        let mut session = self.session(command, Machine::Microbit, elf, counting)?;
        match accept(&listener, &mut session.child) {
            Ok(stream) => session.line = Some(Line { reader: BufReader::new(stream), unsent: Vec::new() }),
            Err(error) => return Err(session.explain(error)),
        }
        Ok(session)
    }

    /// Starts a program that reads and writes files in a folder of this machine, by semihosting.
    pub fn start_in(
        &self,
        machine: Machine,
        elf: &Path,
        folder: &Path,
        counting: Option<&Counting>,
    ) -> Result<Session> {
        let mut command = Command::new(&self.program);
        command.current_dir(folder).args(["-serial", "none"]);
        self.session(command, machine, elf, counting)
    }

    /// Adds what is common to all programs, and starts.
    fn session(
        &self,
        mut command: Command,
        machine: Machine,
        elf: &Path,
        counting: Option<&Counting>,
    ) -> Result<Session> {
        let folder = tempfile::tempdir()?;
        command
            .args(["-M", machine.name(), "-display", "none", "-monitor", "none"])
            .args(["-semihosting-config", "enable=on,target=native"])
            .arg("-kernel")
            .arg(elf)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let report = counting.map(|_| folder.path().join("counts.json"));
        if let (Some(counting), Some(report)) = (counting, &report) {
            command.arg("-plugin").arg(plugin_option(counting, report));
        }
        let mut child =
            command.spawn().with_context(|| format!("cannot start {}", self.program.display()))?;
        let output = Some(Output::of(&mut child));
        Ok(Session { child, output, line: None, sequence: 0, report, _folder: folder })
    }
}

/// Unpacks the emulator into a folder of its own; gives a program that starts it with the libraries beside it.
fn unpack(manager: &Manager, package: &str, folder: &Path) -> Result<PathBuf> {
    let files = folder.join("files");
    if !files.is_dir() {
        manager.unpack(&[package], &files)?;
    }
    let folders = ["lib", "usr/lib"].into_iter().filter_map(|folder| files.join(folder).read_dir().ok());
    let is_of_a_system = |folder: &DirEntry| folder.file_name().to_string_lossy().contains("-linux-gnu");
    let libraries = folders.flatten().flatten().filter(is_of_a_system);
    let libraries = std::env::join_paths(libraries.map(|folder| folder.path()))?;
    let program = files.join("usr/bin").join(PROGRAM);
    ensure!(program.is_file(), "{package} has no {PROGRAM}");
    let [libraries, quoted] = [libraries.as_os_str(), program.as_os_str()].map(quoted);
    let text = format!("#!/bin/sh\nLD_LIBRARY_PATH={libraries} exec {quoted} \"$@\"\n");
    let mut script = tempfile::NamedTempFile::new_in(folder)?;
    script.write_all(text.as_bytes())?;
    process::succeed(Command::new("chmod").arg("755").arg(script.path()), CONNECT)?;
    let started = folder.join(PROGRAM);
    script.into_temp_path().persist(&started)?;
    process::succeed(Command::new(&started).arg("--version"), CONNECT)?;
    Ok(started)
}

/// A word of a shell.
fn quoted(text: &OsStr) -> String {
    format!("'{}'", text.to_string_lossy().replace('\'', r"'\''"))
}

/// The option that loads the plugin. Commas separate arguments, so one inside a path is doubled.
fn plugin_option(counting: &Counting, report: &Path) -> String {
    let escaped = |path: &Path| path.display().to_string().replace(',', ",,");
    let mut option = format!("{},out={}", escaped(&counting.plugin), escaped(report));
    for (address, size) in &counting.functions {
        option += &format!(",region={address:#x}+{size:#x}");
    }
    option
}

/// Waits for the emulator to connect, unless it ends before.
fn accept(listener: &TcpListener, child: &mut Child) -> Result<TcpStream> {
    listener.set_nonblocking(true)?;
    let begin = Instant::now();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(ANSWER))?;
                return Ok(stream);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(status) = child.try_wait()? {
            bail!("the emulator ended at once ({status})");
        }
        if begin.elapsed() > CONNECT {
            bail!("the emulator does not open its serial port");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A program that runs on the emulated board.
#[derive(Debug)]
pub struct Session {
    child: Child,
    output: Option<Output>,
    line: Option<Line>,
    sequence: u8,
    report: Option<PathBuf>,
    /// Holds the report; removed together with the session.
    _folder: TempDir,
}

impl Session {
    /// Sends an input and waits for the output; `output` has to have its exact length.
    pub fn infer(&mut self, input: &[u8], output: &mut [u8]) -> Result<()> {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        match self.exchange(sequence, input, output) {
            Ok(length) if length == output.len() => Ok(()),
            Ok(length) => bail!("the program answered {length} bytes, expected {}", output.len()),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Sends an input and waits for an output of any length up to that of `output`; gives the length.
    pub fn exchange(&mut self, sequence: u8, input: &[u8], output: &mut [u8]) -> Result<usize> {
        let line = self.line.as_mut().context("the serial line is closed")?;
        protocol::send(line, Kind::Input, sequence, input)?;
        match protocol::receive(line, output) {
            Ok(Header { kind: Kind::Output, sequence: answered, length }) if answered == sequence => {
                Ok(length.into())
            }
            Ok(Header { kind: Kind::Refused, .. }) => {
                bail!("the program takes no input of {} bytes", input.len())
            }
            Ok(other) => bail!("an answer out of turn to input {sequence}: {other:?}"),
            Err(Failure::Port(error)) => Err(error).context("no answer from the program"),
            Err(failure) => bail!("a damaged answer: {failure:?}"),
        }
    }

    /// Tells a program that answers inputs to end; gives the most bytes of stack that it ever used.
    pub fn end(&mut self) -> Result<Stack> {
        let line = self.line.as_mut().context("the serial line is closed")?;
        protocol::send(line, Kind::End, self.sequence, &[])?;
        let mut stack = [0; 8];
        match protocol::receive(line, &mut stack) {
            Ok(Header { kind: Kind::Stack, length: 8, .. }) => Ok(Stack::from_bytes(stack)),
            other => bail!("no stack depth from the program: {other:?}"),
        }
    }

    /// Waits for the program to end, at most until the time is over. It has to report success.
    pub fn finish(mut self, limit: Duration) -> Result<Outcome> {
        let status = match process::wait(&mut self.child, limit) {
            Ok(status) => status,
            Err(error) => return Err(self.explain(error.context("the program on the board"))),
        };
        let text = self.text();
        if !status.success() {
            bail!("the program on the board failed ({status})\n{text}");
        }
        let report = self.report.as_ref().map(|path| read_report(path).context(text.clone())).transpose()?;
        Ok(Outcome { text, report })
    }

    /// Ends the emulator and adds what it said to an error.
    fn explain(&mut self, error: anyhow::Error) -> anyhow::Error {
        self.stop();
        match self.text().trim() {
            "" => error,
            text => anyhow::anyhow!("{error:#}\n{text}"),
        }
    }

    fn text(&mut self) -> String {
        self.output.take().map(Output::text).unwrap_or_default()
    }

    /// Fails only where the emulator has ended already.
    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.stop();
    }
}

fn read_report(path: &Path) -> Result<Report> {
    let text = std::fs::read_to_string(path).context("the emulator has written no counts")?;
    Ok(Report::from_json(&text)?)
}

/// The host's end of the serial line.
#[derive(Debug)]
struct Line {
    reader: BufReader<TcpStream>,
    /// A frame goes out at once, not byte by byte.
    unsent: Vec<u8>,
}

impl Line {
    fn send_out(&mut self) -> io::Result<()> {
        self.reader.get_mut().write_all(&self.unsent)?;
        self.unsent.clear();
        Ok(())
    }
}

impl Port for Line {
    type Error = io::Error;

    fn receive(&mut self) -> io::Result<u8> {
        if !self.unsent.is_empty() {
            self.send_out()?;
        }
        let mut byte = [0];
        self.reader.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn send(&mut self, byte: u8) -> io::Result<()> {
        self.unsent.push(byte);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_paths_are_doubled() {
        let counting = Counting { plugin: "/a,b/c.so".into(), functions: vec![(0x100, 16), (0x200, 4)] };
        let option = plugin_option(&counting, Path::new("/tmp/out"));
        assert_eq!(option, "/a,,b/c.so,out=/tmp/out,region=0x100+0x10,region=0x200+0x4");
    }
}
