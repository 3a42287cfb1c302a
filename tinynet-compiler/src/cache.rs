//! What took long, kept for the next build: in a file named after all that it was made of.
//!
//! A result that is found is the one that would be computed again. Whatever is wrong with a file or its folder, it is as if
//! there were none. Of all files, those that were written or read last stay.

use hmac_sha256::Hash;
use std::fmt::Debug;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

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
    /// Of this compiler, and of the kind of result.
    pub(crate) fn new(cache: Cache, kind: &str) -> Self {
        let mut origin = Self { cache, hash: Hash::new() };
        origin.add(concat!(env!("CARGO_PKG_VERSION"), " ", env!("TINYNET_SOURCES")).as_bytes());
        // All that a plan depends on and nothing else says.
        origin.add(&[cfg!(feature = "portable"), cfg!(feature = "slow-multiplier")].map(u8::from));
        origin.add(kind.as_bytes());
        origin
    }

    /// And of these bytes.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.hash.update((bytes.len() as u64).to_le_bytes());
        self.hash.update(bytes);
    }

    /// And of all that is shown of a value, which must be all of it: what is derived of `Debug` leaves nothing out. It must
    /// not hold a span, of which the place in the source is shown.
    pub(crate) fn add_shown(&mut self, value: &impl Debug) {
        self.add(format!("{value:?}").as_bytes());
    }

    /// And of these numbers: many are not shown, which takes longer.
    pub(crate) fn add_floats(&mut self, numbers: &[f32]) {
        self.add_each(numbers, f32::to_le_bytes);
    }

    /// The same of integers.
    pub(crate) fn add_integers(&mut self, integers: &[i8]) {
        self.add_each(integers, i8::to_le_bytes);
    }

    /// And of as many bytes for each: a part at a time, as all of them may be many.
    pub(crate) fn add_each<T: Copy, const BYTES: usize>(
        &mut self,
        numbers: &[T],
        bytes: impl Fn(T) -> [u8; BYTES] + Copy,
    ) {
        const PART: usize = 1 << 12;
        self.hash.update(((numbers.len() * BYTES) as u64).to_le_bytes());
        for part in numbers.chunks(PART) {
            self.hash.update(part.iter().copied().flat_map(bytes).collect::<Vec<u8>>());
        }
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

/// Results are no longer than that.
const MOST_BYTES: usize = 1 << 22;

/// Bytes of the digest that a file begins with, and of the one that it is named after.
const DIGEST: usize = 32;

/// So many results are kept in a folder.
const MOST_ENTRIES: usize = 64;

impl Entry {
    /// What an earlier build kept, or else what is made now, which is kept for the next one where there is a place.
    pub(crate) fn remembered<T, E>(
        entry: Option<Self>,
        read: impl FnOnce(&[u8]) -> Option<T>,
        make: impl FnOnce() -> Result<T, E>,
        write: impl FnOnce(&T) -> Vec<u8>,
    ) -> Result<T, E> {
        let began = Instant::now();
        if let Some(known) = entry.as_ref().and_then(Self::recall).and_then(|bytes| read(&bytes)) {
            return Ok(known);
        }
        let made = make()?;
        if let Some(entry) = entry {
            entry.keep(&write(&made), began.elapsed());
        }
        Ok(made)
    }

    /// What was kept. It counts as new then: of all results, those that nobody asked for longest make room.
    pub(crate) fn recall(&self) -> Option<Vec<u8>> {
        let length = std::fs::metadata(&self.path).ok()?.len();
        let is_short = length <= (DIGEST + MOST_BYTES) as u64;
        let file = is_short.then(|| std::fs::read(&self.path).ok()).flatten()?;
        let (digest, result) = file.split_at_checked(DIGEST)?;
        if Hash::hash(result) != digest {
            return None;
        }
        // Where the time cannot be set, it is as old as it is.
        let _ = std::fs::File::options()
            .append(true)
            .open(&self.path)
            .and_then(|file| file.set_modified(SystemTime::now()));
        Some(result.to_vec())
    }

    /// Keeps what took so long.
    pub(crate) fn keep(&self, result: &[u8], took: Duration) {
        if took >= self.worthwhile && result.len() <= MOST_BYTES {
            // Whoever cannot keep it computes it again.
            let _ = self.write(result);
            self.drop_old();
        }
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Removes what was written or read first where there is too much; what cannot be removed stays.
    fn drop_old(&self) {
        let Ok(files) = std::fs::read_dir(self.folder()) else { return };
        let used = |file: std::io::Result<std::fs::DirEntry>| {
            let file = file.ok().filter(|file| is_entry(&file.path()))?;
            Some((file.metadata().ok()?.modified().ok()?, file.path()))
        };
        let mut entries: Vec<_> = files.filter_map(used).collect();
        // The latest first, by name where the clock tells no difference.
        entries.sort_by(|a, b| b.cmp(a));
        for (_, path) in entries.into_iter().skip(MOST_ENTRIES) {
            let _ = std::fs::remove_file(path);
        }
    }

    /// Others see all of it or nothing.
    fn write(&self, result: &[u8]) -> std::io::Result<()> {
        std::fs::create_dir_all(self.folder())?;
        let unfinished = self.path.with_extension(std::process::id().to_string());
        let mut file = std::fs::File::create(&unfinished)?;
        let written = file.write_all(&Hash::hash(result)).and_then(|()| file.write_all(result));
        written.and_then(|()| std::fs::rename(&unfinished, &self.path)).inspect_err(|_| {
            let _ = std::fs::remove_file(&unfinished);
        })
    }
}

/// Whether a file is named as results are, finished or not: nobody else's are touched.
fn is_entry(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    stem.len() == 2 * DIGEST && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(folder: &Path, parts: &[&[u8]]) -> Entry {
        let mut origin = Origin::new(Cache::new(folder, Duration::from_secs(1)), "test");
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
        place.keep(b"soon done", Duration::from_millis(999));
        assert_eq!(place.recall(), None);
        place.keep(b"Int8", Duration::from_secs(1));
        assert_eq!(entry(&folder, &[b"weights", b"samples"]).recall().as_deref(), Some(&b"Int8"[..]));
        for other in [&[&b"weightss"[..], b"amples"][..], &[b"weights"], &[b"samples", b"weights"]] {
            assert_eq!(entry(&folder, other).recall(), None);
        }
        // Nothing unfinished is left.
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_too_long_is_not_kept() {
        let folder = folder("long");
        let place = entry(&folder, &[b"weights"]);
        place.keep(&vec![1; MOST_BYTES + 1], Duration::MAX);
        assert_eq!(place.recall(), None);
        place.keep(&vec![1; MOST_BYTES], Duration::MAX);
        assert_eq!(place.recall().map(|result| result.len()), Some(MOST_BYTES));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_oldest_make_room() {
        let folder = folder("oldest");
        let place = |index: usize| entry(&folder, &[&index.to_le_bytes()]);
        let date = |path: &Path, seconds: u64| {
            let file = std::fs::File::options().append(true).open(path).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        };
        for index in 0..MOST_ENTRIES {
            place(index).keep(b"Int8", Duration::MAX);
            // The first is not the oldest.
            date(&place(index).path, 1000 + (index as u64 + 50) % 64);
        }
        let other = folder.join("mine.txt");
        std::fs::write(&other, "").unwrap();
        date(&other, 1);
        let unfinished = place(3).path.with_extension("1");
        std::fs::write(&unfinished, "").unwrap();
        date(&unfinished, 2);
        // What was read counts as new.
        assert!(place(14).recall().is_some());
        place(MOST_ENTRIES).keep(b"Int4", Duration::MAX);
        let kept = |index: usize| place(index).recall().is_some();
        let missing: Vec<usize> = (0..=MOST_ENTRIES).filter(|&index| !kept(index)).collect();
        assert_eq!(missing, [15]);
        assert!(other.exists() && !unfinished.exists());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn damaged_files_are_as_good_as_none() {
        let folder = folder("damaged");
        let place = entry(&folder, &[]);
        place.keep(b"Int8 Int4", Duration::MAX);
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
        assert_eq!(place.recall().as_deref(), Some(&b"Int8 Int4"[..]));
        std::fs::remove_dir_all(&folder).unwrap();
        // A file where the folder should be.
        std::fs::write(&folder, "").unwrap();
        place.keep(b"Int8", Duration::MAX);
        assert_eq!(place.recall(), None);
        std::fs::remove_file(&folder).unwrap();
    }
}
