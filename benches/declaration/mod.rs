//! Declarations as a program has them, for the compiler as a library.

use anyhow::{Context, Result, anyhow};
use std::path::Path;
use tinynet_compiler::ast;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::files::FolderFiles;
use tinynet_compiler::parse;

/// What `make` makes of the network of a declaration, which names its files below `folder`. `None` of it becomes an
/// error with all that was reported.
pub(crate) fn with_network<T>(
    declaration: &str,
    folder: &Path,
    make: impl FnOnce(&ast::Network, &FolderFiles, &mut Errors) -> Option<T>,
) -> Result<T> {
    let tokens = format!("(::tinynet) {declaration}").parse();
    let mut errors = Errors::new();
    let invocation = parse::parse(tokens.map_err(|error| anyhow!("{declaration}: {error}"))?, &mut errors);
    let network = invocation.networks.first();
    let made = network.and_then(|network| make(network, &FolderFiles::new(folder), &mut errors));
    made.with_context(|| format!("{declaration}: {:?}", errors.messages()))
}
