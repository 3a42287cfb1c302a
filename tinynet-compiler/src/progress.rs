//! Says on standard error what takes long, for whoever waits for a build.

use std::fmt;
use std::time::{Duration, Instant};

/// Before that, nothing is said.
const PATIENCE: Duration = Duration::from_secs(4);

/// Something that may take long.
pub(crate) struct Progress {
    /// When it began, or when something was said last.
    since: Instant,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { since: Instant::now() }
    }

    /// Says how far it is, if it was silent for long.
    pub(crate) fn tell(&mut self, state: fmt::Arguments<'_>) {
        if self.since.elapsed() >= PATIENCE {
            eprintln!("tinynet: {state}");
            self.since = Instant::now();
        }
    }
}
