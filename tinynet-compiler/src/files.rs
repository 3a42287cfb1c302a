//! Files that a declaration names.
//!
//! The compiler never opens a file itself: it asks [`Files`], so that `rustc`, tests and fuzzers each bring their own.

use crate::cache::{Cache, Entry, Origin};
use crate::diagnostics::Errors;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use syn::LitStr;

/// Largest file that is read: no network for a microcontroller comes near it.
pub const LARGEST_FILE: u64 = 256 << 20;

/// Where files come from.
pub trait Files {
    /// Reads the file that a literal of the declaration names.
    fn read(&self, path: &LitStr) -> Result<File, FileError>;

    /// Whether an editor asks, not `rustc`: it wants names to complete and explain, and no network is compiled for it.
    fn is_editor(&self) -> bool {
        false
    }

    /// Where results may be kept for the next build.
    fn cache(&self) -> Option<Cache> {
        None
    }

    /// The place of what follows from the declaration and all files that were read. It takes as long as to read them.
    fn entry(&self) -> Option<Entry> {
        None
    }
}

/// A file and its contents.
#[derive(Clone, Debug)]
pub struct File {
    /// Where it was found, absolute.
    pub path: PathBuf,
    /// What it holds.
    pub bytes: Rc<[u8]>,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    /// There is no such file.
    NotFound {
        /// The paths that were tried.
        looked_in: Vec<PathBuf>,
    },
    /// It is there, but reading it failed.
    Unreadable {
        /// Where it is.
        path: PathBuf,
        /// Why it cannot be read.
        reason: String,
        /// What can be done about it.
        remedy: &'static str,
    },
    /// An editor runs the compiler and does not say where the source file is: nothing can be found, and the user
    /// must not be told so.
    Editor,
}

impl FileError {
    /// Adds the error at the literal that names the file; says nothing inside an editor.
    pub fn report(&self, literal: &LitStr, errors: &mut Errors) {
        match self {
            FileError::NotFound { looked_in } => {
                let places: Vec<_> = looked_in.iter().map(|path| path.display().to_string()).collect();
                errors.help(
                    literal.span(),
                    format_args!("no file `{}`", literal.value()),
                    format_args!("looked for {}", places.join(" and ")),
                );
            }
            FileError::Unreadable { path, reason, remedy } => {
                errors.help(
                    literal.span(),
                    format_args!("cannot read `{}`: {reason}", path.display()),
                    remedy,
                );
            }
            FileError::Editor => {}
        }
    }
}

/// Reads the first file called `name` in `folders`, tried in their order (an absolute `name` ignores them).
pub fn find(name: &str, folders: &[PathBuf]) -> Result<File, FileError> {
    let mut looked_in: Vec<PathBuf> = Vec::new();
    for folder in folders {
        let path = folder.join(name);
        let path = std::path::absolute(&path).unwrap_or(path);
        if path.exists() {
            return open(path);
        }
        if !looked_in.contains(&path) {
            looked_in.push(path);
        }
    }
    Err(FileError::NotFound { looked_in })
}

/// Reads a regular file of at most [`LARGEST_FILE`] bytes: a device or a pipe might never end.
fn open(path: PathBuf) -> Result<File, FileError> {
    match read(&path) {
        Ok(bytes) => Ok(File { path, bytes: bytes.into() }),
        Err((reason, remedy)) => Err(FileError::Unreadable { path, reason, remedy }),
    }
}

/// The contents of a file, or why there are none and what can be done about it.
fn read(path: &Path) -> Result<Vec<u8>, (String, &'static str)> {
    let failed = |error: std::io::Error| (error.to_string(), "it has to be readable for whoever builds");
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(("it is a folder".into(), "name the file that is meant"));
    }
    if !metadata.is_file() {
        return Err(("it is not a regular file".into(), "copy what it gives into a file"));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST_FILE {
        let reason = format!("it is larger than {} MiB", LARGEST_FILE >> 20);
        return Err((reason, "no network for a microcontroller is this large"));
    }
    Ok(bytes)
}

/// The files below one folder on disk.
#[derive(Clone, Debug)]
pub struct FolderFiles {
    folder: PathBuf,
}

impl FolderFiles {
    /// Literals are relative to `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }
}

impl Files for FolderFiles {
    fn read(&self, path: &LitStr) -> Result<File, FileError> {
        find(&path.value(), std::slice::from_ref(&self.folder))
    }
}

/// Files that exist in memory only.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    files: BTreeMap<String, Rc<[u8]>>,
}

impl MemoryFiles {
    /// No file yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces the one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, bytes: impl Into<Rc<[u8]>>) {
        self.files.insert(name.into(), bytes.into());
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &LitStr) -> Result<File, FileError> {
        let path = Path::new("/memory").join(path.value());
        let name = path.strip_prefix("/memory").ok().and_then(Path::to_str);
        match name.and_then(|name| self.files.get(name)) {
            Some(bytes) => Ok(File { path, bytes: bytes.clone() }),
            None => Err(FileError::NotFound { looked_in: vec![path] }),
        }
    }
}

/// What an editor sees: no file at all, and no error about it.
#[derive(Clone, Copy, Debug, Default)]
pub struct InvisibleFiles;

impl Files for InvisibleFiles {
    fn read(&self, _: &LitStr) -> Result<File, FileError> {
        Err(FileError::Editor)
    }

    fn is_editor(&self) -> bool {
        true
    }
}

/// Passes requests on and remembers which files were read, so that a change of one triggers a rebuild; and what they hold,
/// where a result may be kept that depends on it.
pub struct Recorder<'a> {
    files: &'a dyn Files,
    paths: RefCell<Vec<PathBuf>>,
    kept: Option<Kept<'a>>,
}

/// What a result that may be kept depends on.
struct Kept<'a> {
    cache: Cache,
    declaration: &'a str,
    network: &'a str,
    /// What was read, in this order: names, and what the files hold.
    read: RefCell<Vec<(String, Rc<[u8]>)>>,
}

impl<'a> Recorder<'a> {
    /// Records what is read from `files` for a network of a declaration.
    pub fn new(files: &'a dyn Files, declaration: &'a str, network: &'a str) -> Self {
        let kept = |cache| Kept { cache, declaration, network, read: RefCell::default() };
        // Nothing else is kept that depends on all of it.
        let cache = files.cache().filter(|_| declaration.contains("Auto"));
        Self { files, paths: RefCell::default(), kept: cache.map(kept) }
    }

    /// The files read so far, each once, in the order of their first reading.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.paths.borrow().clone()
    }
}

impl Files for Recorder<'_> {
    fn read(&self, path: &LitStr) -> Result<File, FileError> {
        let file = self.files.read(path)?;
        let mut paths = self.paths.borrow_mut();
        if !paths.contains(&file.path) {
            paths.push(file.path.clone());
        }
        if let Some(kept) = &self.kept {
            kept.read.borrow_mut().push((path.value(), file.bytes.clone()));
        }
        Ok(file)
    }

    fn is_editor(&self) -> bool {
        self.files.is_editor()
    }

    fn cache(&self) -> Option<Cache> {
        self.files.cache()
    }

    fn entry(&self) -> Option<Entry> {
        let Kept { cache, declaration, network, read } = self.kept.as_ref()?;
        let mut origin = Origin::new(cache.clone(), "choice");
        origin.add(declaration.as_bytes());
        origin.add(network.as_bytes());
        for (name, bytes) in read.borrow().iter() {
            origin.add(name.as_bytes());
            origin.add(bytes);
        }
        Some(origin.entry())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Span;

    fn literal(name: &str) -> LitStr {
        LitStr::new(name, Span::call_site())
    }

    #[test]
    fn finds_files_in_the_order_of_the_folders() {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let file = find("lib.rs", &[root.join("nowhere"), root.join("src")]).unwrap();
        assert_eq!(file.path, root.join("src/lib.rs"));
        assert!(file.bytes.starts_with(b"//!"));
    }

    #[test]
    fn says_where_it_looked() {
        let looked_in = vec![PathBuf::from("/one/x.npy"), PathBuf::from("/two/x.npy")];
        let folders = [PathBuf::from("/one"), PathBuf::from("/two"), PathBuf::from("/one")];
        assert_eq!(
            find("x.npy", &folders).unwrap_err(),
            FileError::NotFound { looked_in: looked_in.clone() }
        );
        let mut errors = Errors::new();
        FileError::NotFound { looked_in }.report(&literal("x.npy"), &mut errors);
        assert_eq!(errors.messages(), ["no file `x.npy`\n= help: looked for /one/x.npy and /two/x.npy"]);
    }

    #[test]
    fn refuses_folders() {
        let files = FolderFiles::new(env!("CARGO_MANIFEST_DIR"));
        let error = files.read(&literal("src")).unwrap_err();
        assert!(matches!(&error, FileError::Unreadable { reason, .. } if reason.contains("a folder")));
    }

    #[test]
    fn an_editor_hears_nothing() {
        let mut errors = Errors::new();
        InvisibleFiles.read(&literal("x.npy")).unwrap_err().report(&literal("x.npy"), &mut errors);
        assert!(errors.is_empty());
    }

    #[test]
    fn records_each_path_once_and_only_what_was_read() {
        let mut files = MemoryFiles::new();
        files.insert("a.npy", *b"a");
        files.insert("b.npy", *b"b");
        let recorder = Recorder::new(&files, "", "Net");
        for name in ["b.npy", "a.npy", "b.npy", "missing.npy"] {
            let _ = recorder.read(&literal(name));
        }
        let names: Vec<_> =
            recorder.paths().iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["b.npy", "a.npy"]);
    }
}
