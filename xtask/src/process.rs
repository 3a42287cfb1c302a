//! Running other programs.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often a child is looked at while waiting for its end.
const POLL: Duration = Duration::from_millis(5);

/// What a program left behind.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output, then standard error.
    pub text: String,
}

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where cargo puts what it builds for the host.
pub fn target_directory() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => workspace().join(directory),
        None => workspace().join("target"),
    }
}

/// A command of the cargo that started this program, in the workspace.
pub fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace());
    command
}

/// Looks a program up the way a shell does.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|file| file.is_file())
}

/// Runs a command to its end and keeps what it prints; ends it when the time is over.
pub fn finish(command: &mut Command, limit: Duration) -> Result<Finished> {
    let name = display(command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start `{name}`"))?;
    let output = Output::of(&mut child);
    let status = wait(&mut child, limit).with_context(|| format!("`{name}`"))?;
    Ok(Finished { status, text: output.text() })
}

/// Runs a command that has to succeed; gives what it printed, and puts it into the error otherwise.
pub fn succeed(command: &mut Command, limit: Duration) -> Result<String> {
    let Finished { status, text } = finish(command, limit)?;
    if !status.success() {
        bail!("`{}` failed ({status}):\n{text}", display(command));
    }
    Ok(text)
}

/// Runs a command that has to succeed and that speaks to the user itself.
pub fn show(command: &mut Command) -> Result<()> {
    let name = display(command);
    let status = command.status().with_context(|| format!("cannot start `{name}`"))?;
    if !status.success() {
        bail!("`{name}` failed ({status})");
    }
    Ok(())
}

/// Waits for a child, at most until the time is over; ends it then.
pub fn wait(child: &mut Child, limit: Duration) -> Result<ExitStatus> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if begin.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("not finished after {} s", limit.as_secs());
        }
        thread::sleep(POLL);
    }
}

/// Collects what a child prints while it runs, so that it never waits for a reader.
#[derive(Debug)]
pub struct Output {
    streams: [Option<JoinHandle<Vec<u8>>>; 2],
}

impl Output {
    /// Takes over the child's standard output and error, which have to be pipes.
    pub fn of(child: &mut Child) -> Self {
        Self { streams: [child.stdout.take().map(collect), child.stderr.take().map(collect)] }
    }

    /// Everything printed; waits until the child has closed both.
    pub fn text(self) -> String {
        let collected = self.streams.into_iter().flatten().map(|stream| stream.join().unwrap_or_default());
        collected.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
    }
}

fn collect(mut stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // An interrupted stream ends early; the exit status tells what happened.
        let _ = stream.read_to_end(&mut bytes);
        bytes
    })
}

/// The command as one would type it.
fn display(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_and_the_status_are_kept() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);
        let finished = finish(&mut command, Duration::from_secs(10)).expect("a shell");
        assert_eq!((finished.text.as_str(), finished.status.code()), ("out\nerr\n", Some(3)));
        let error = succeed(&mut command, Duration::from_secs(10)).unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && error.ends_with("out\nerr\n"), "{error}");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let begin = Instant::now();
        let error = finish(Command::new("sleep").arg("60"), Duration::from_millis(50)).unwrap_err();
        assert!(format!("{error:#}").contains("`sleep 60`: not finished"), "{error:#}");
        assert!(begin.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(find("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(find("no-such-program-anywhere"), None);
    }
}
