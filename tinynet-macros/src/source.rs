//! Files that a declaration names, found from its place in the source.

use std::path::{Path, PathBuf};
use syn::LitStr;
use tinynet_compiler::files::{self, File, FileError, Files};

/// Programs that compile: only an editor's server is none of them and knows no source files.
const COMPILERS: [&str; 4] = ["rustc", "rustdoc", "clippy-driver", "miri"];

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

    /// An editor knows no source file for any span.
    fn is_editor(&self) -> bool {
        let is_compiler = || {
            let program = std::env::current_exe().unwrap_or_default();
            program.file_stem().is_some_and(|stem| COMPILERS.iter().any(|name| stem == *name))
        };
        proc_macro::Span::call_site().local_file().is_none() && !is_compiler()
    }
}
