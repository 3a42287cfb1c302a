//! What took long, kept for the next build: in a file named after all that it was made of.
//!
//! A result that is found is the one that would be computed again. Whatever is wrong with a file or its folder, it is as if
//! there were none.

use hmac_sha256::Hash;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where results are kept.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
    worthwhile: Duration,
}

impl Cache {
    /// Keeps what took as long as `worthwhile` in a folder, which need not be there yet.
    pub fn new(folder: impl Into<PathBuf>, worthwhile: Duration) -> Self {
        Self { folder: folder.into(), worthwhile }
    }
}

/// What a result depends on.
pub(crate) struct Origin {
    cache: Cache,
    hash: Hash,
}

impl Origin {
    /// Of this compiler, and of a declaration.
    pub(crate) fn new(cache: Cache, declaration: &str, name: &str) -> Self {
        let mut origin = Self { cache, hash: Hash::new() };
        origin.add(concat!(env!("CARGO_PKG_VERSION"), " ", env!("TINYNET_SOURCES")).as_bytes());
        // All that a plan depends on and a declaration does not say.
        origin.add(&[cfg!(feature = "portable"), cfg!(feature = "slow-multiplier")].map(u8::from));
        origin.add(declaration.as_bytes());
        origin.add(name.as_bytes());
        origin
    }

    /// And of these bytes.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.hash.update((bytes.len() as u64).to_le_bytes());
        self.hash.update(bytes);
    }

    /// Where its result is kept.
    pub(crate) fn entry(&self) -> Entry {
        let name: String = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Entry { path: self.cache.folder.join(name), worthwhile: self.cache.worthwhile }
    }
}

/// A place for one result.
#[derive(Clone, Debug)]
pub struct Entry {
    path: PathBuf,
    worthwhile: Duration,
}

/// Results are shorter than that.
const MOST_BYTES: u64 = 1 << 20;

/// Bytes of the digest that a file begins with.
const DIGEST: usize = 32;

impl Entry {
    /// What was kept.
    pub(crate) fn recall(&self) -> Option<String> {
        let length = std::fs::metadata(&self.path).ok()?.len();
        let file = (length <= MOST_BYTES).then(|| std::fs::read(&self.path).ok()).flatten()?;
        let (digest, text) = file.split_at_checked(DIGEST)?;
        (Hash::hash(text) == digest).then(|| String::from_utf8(text.to_vec()).ok()).flatten()
    }

    /// Keeps what took so long.
    pub(crate) fn keep(&self, text: &str, took: Duration) {
        if took >= self.worthwhile {
            // Whoever cannot keep it computes it again.
            let _ = self.write(text.as_bytes());
        }
    }

    /// Others see all of it or nothing.
    fn write(&self, text: &[u8]) -> std::io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let unfinished = self.path.with_extension(std::process::id().to_string());
        let mut file = std::fs::File::create(&unfinished)?;
        let written = file.write_all(&Hash::hash(text)).and_then(|()| file.write_all(text));
        written.and_then(|()| std::fs::rename(&unfinished, &self.path)).inspect_err(|_| {
            let _ = std::fs::remove_file(&unfinished);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(folder: &Path, parts: &[&[u8]]) -> Entry {
        let mut origin = Origin::new(Cache::new(folder, Duration::from_secs(1)), "struct Net;", "Net");
        parts.iter().for_each(|part| origin.add(part));
        origin.entry()
    }

    /// A folder of its own for each test.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("tinynet-cache-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn results_are_found_again_and_only_theirs() {
        let folder = folder("found");
        let place = entry(&folder, &[b"weights", b"samples"]);
        assert_eq!(place.recall(), None);
        place.keep("soon done", Duration::from_millis(999));
        assert_eq!(place.recall(), None);
        place.keep("Int8", Duration::from_secs(1));
        assert_eq!(entry(&folder, &[b"weights", b"samples"]).recall().as_deref(), Some("Int8"));
        for other in [&[&b"weightss"[..], b"amples"][..], &[b"weights"], &[b"samples", b"weights"]] {
            assert_eq!(entry(&folder, other).recall(), None);
        }
        // Nothing unfinished is left.
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn damaged_files_are_as_good_as_none() {
        let folder = folder("damaged");
        let place = entry(&folder, &[]);
        place.keep("Int8 Int4", Duration::MAX);
        let good = std::fs::read(&place.path).unwrap();
        for index in 0..good.len() {
            let mut damaged = good.clone();
            damaged[index] ^= 1;
            std::fs::write(&place.path, damaged).unwrap();
            assert_eq!(place.recall(), None, "{index}");
            std::fs::write(&place.path, &good[..index]).unwrap();
            assert_eq!(place.recall(), None, "{index}");
        }
        std::fs::write(&place.path, &good).unwrap();
        assert_eq!(place.recall().as_deref(), Some("Int8 Int4"));
        std::fs::remove_dir_all(&folder).unwrap();
        // A file where the folder should be.
        std::fs::write(&folder, "").unwrap();
        place.keep("Int8", Duration::MAX);
        assert_eq!(place.recall(), None);
        std::fs::remove_file(&folder).unwrap();
    }
}
