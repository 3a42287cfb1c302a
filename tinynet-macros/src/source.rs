//! Files that a declaration names, found from its place in the source.

use std::path::{Path, PathBuf};
use std::time::Duration;
use syn::LitStr;
use tinynet_compiler::cache::Cache;
use tinynet_compiler::files::{self, File, FileError, Files};

/// Programs that compile: one that is none of them and knows no source files is an editor's server.
const COMPILERS: [&str; 4] = ["rustc", "rustdoc", "clippy-driver", "miri"];

/// How the names of the servers begin that expand macros for editors; newer ones do know source files.
const EDITORS: [&str; 2] = ["rust-analyzer", "intellij-rust"];

/// Files beside the source file that names them, else in the package's folder.
pub(crate) struct SourceFiles;

impl Files for SourceFiles {
    fn read(&self, path: &LitStr) -> Result<File, FileError> {
        let source = path.span().unwrap().local_file();
        let beside =
            source.as_deref().and_then(Path::parent).and_then(|folder| std::path::absolute(folder).ok());
        let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let folders: Vec<_> = beside.into_iter().chain(package).collect();
        match files::find(&path.value(), &folders) {
            Err(FileError::NotFound { .. }) if source.is_none() && self.is_editor() => Err(FileError::Editor),
            found => found,
        }
    }

    fn is_editor(&self) -> bool {
        let program = std::env::current_exe().unwrap_or_default();
        let name = program.file_stem().unwrap_or_default().to_string_lossy();
        let knows_sources = || proc_macro::Span::call_site().local_file().is_some();
        EDITORS.iter().any(|editor| name.starts_with(editor))
            || (!COMPILERS.contains(&&*name) && !knows_sources())
    }

    fn cache(&self) -> Option<Cache> {
        target_folder().map(|folder| Cache::new(folder.join("tinynet-cache"), WORTHWHILE))
    }
}

/// What takes as long is kept for the next build.
const WORTHWHILE: Duration = Duration::from_millis(300);

/// Cargo's folder for what it builds, which `cargo clean` empties: the one above what `rustc` is told to write, else the one
/// that a variable names, else the package's or the workspace's. Cargo tags it (<https://bford.info/cachedir/>).
fn target_folder() -> Option<PathBuf> {
    let is_tagged = |folder: &PathBuf| folder.join("CACHEDIR.TAG").is_file();
    let above = |path: PathBuf| path.ancestors().map(Path::to_owned).find(is_tagged);
    let written = std::env::args_os().skip_while(|argument| argument != "--out-dir").nth(1);
    let named = || std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from).filter(is_tagged);
    let beside = || {
        let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?);
        package.ancestors().map(|folder| folder.join("target")).find(is_tagged)
    };
    written.map(PathBuf::from).and_then(above).or_else(named).or_else(beside)
}
