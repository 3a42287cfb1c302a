//! Many files before the judge, and what became of them.

use crate::judge::{self, Judgement, Verdict};
use fastrand::Rng;
use std::fmt::{Display, Formatter, Result};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Longest time for one file: hundred times what the largest public model takes without optimisation.
const LONGEST: Duration = Duration::from_secs(120);

/// Most faults that are collected before a trial ends.
const MOST_FAULTS: usize = 10;

/// Files, one after the other.
pub(crate) struct Trial {
    watch: Watch,
    begin: Instant,
    faults: Vec<String>,
    tally: Tally,
}

/// How many files were judged how.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    /// Refused with reasons.
    pub(crate) refused: usize,
    /// Compiled.
    pub(crate) compiled: usize,
    /// Of those that were compiled: run on the host, with the same answers in three ways.
    pub(crate) run: usize,
    slowest: Duration,
    /// Most memory of one file, in parts of what is allowed.
    memory: f64,
}

impl Trial {
    /// A trial; files with faults are kept under its name.
    pub(crate) fn new(name: &str) -> Self {
        Self { watch: Watch::new(name), begin: Instant::now(), faults: Vec::new(), tally: Tally::default() }
    }

    /// Compiles a file; `describe` tells where it comes from. Whether there is code for it.
    pub(crate) fn judge(&mut self, file: &[u8], random: &mut Rng, describe: impl FnOnce() -> String) -> bool {
        self.watch.begin(file);
        let judgement = judge::judge(file, random);
        self.watch.end();
        match judgement {
            Ok(judgement) => {
                self.tally.count(&judgement);
                judgement.verdict != Verdict::Refused
            }
            Err(fault) => {
                let path = self.watch.keep(self.faults.len(), file);
                self.faults.push(format!("{}: {fault}\n    {}", describe(), path.display()));
                self.stop_at(MOST_FAULTS);
                false
            }
        }
    }

    fn stop_at(&self, faults: usize) {
        assert!(
            self.faults.len() < faults,
            "{} files have faults:\n{}",
            self.faults.len(),
            self.faults.join("\n")
        );
    }

    /// How long the trial takes so far.
    pub(crate) fn time(&self) -> Duration {
        self.begin.elapsed()
    }

    /// Fails where there were faults.
    pub(crate) fn end(self) -> Tally {
        println!("{}, {:.1?}", self.tally, self.time());
        self.stop_at(1);
        self.tally
    }
}

impl Tally {
    fn count(&mut self, judgement: &Judgement) {
        match judgement.verdict {
            Verdict::Refused => self.refused += 1,
            Verdict::Compiled => self.compiled += 1,
            Verdict::Run => {
                self.compiled += 1;
                self.run += 1;
            }
        }
        self.slowest = self.slowest.max(judgement.time);
        self.memory = self.memory.max(judgement.memory);
    }
}

impl Display for Tally {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        let Self { refused, compiled, run, slowest, memory } = self;
        write!(formatter, "{refused} refused, {compiled} compiled, {run} of them run; ")?;
        write!(formatter, "the slowest took {slowest:.1?}, the largest {:.0} % of its memory", 100.0 * memory)
    }
}

/// Ends the process where one file takes too long: nothing else can end a loop without end.
struct Watch {
    name: String,
    files: Sender<Option<Vec<u8>>>,
}

impl Watch {
    fn new(name: &str) -> Self {
        let (files, events) = channel::<Option<Vec<u8>>>();
        let keeper = Self { name: name.into(), files: files.clone() };
        std::thread::spawn(move || {
            while let Ok(event) = events.recv() {
                let Some(file) = event else { continue };
                if let Err(RecvTimeoutError::Timeout) = events.recv_timeout(LONGEST) {
                    let path = keeper.keep(0, &file);
                    // Past the capture of the test's output, which dies with it.
                    let _ =
                        writeln!(std::io::stderr(), "a file takes more than {LONGEST:?}: {}", path.display());
                    std::process::abort();
                }
            }
        });
        Self { name: name.into(), files }
    }

    fn begin(&self, file: &[u8]) {
        self.files.send(Some(file.to_vec())).expect("a watch");
    }

    fn end(&self) {
        self.files.send(None).expect("a watch");
    }

    /// Writes a file with a fault where it can be looked at.
    fn keep(&self, number: usize, file: &[u8]) -> PathBuf {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{number}.tflite", self.name));
        std::fs::write(&path, file).expect("a folder to write to");
        path
    }
}
