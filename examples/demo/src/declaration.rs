//! The declarations of the example networks, as they stand in the source.

use crate::data::file;
use anyhow::{Context, Result, bail, ensure};
use proc_macro2::{TokenStream, TokenTree};
use tinynet_compiler::ast::Network;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::files::FolderFiles;
use tinynet_compiler::parse;

/// The declaration of an example.
///
/// # Errors
///
/// If there is none, or it is wrong.
pub fn read(example: &str) -> Result<Network> {
    let source = file("src", example).with_extension("rs");
    let text = std::fs::read_to_string(&source).with_context(|| source.display().to_string())?;
    let tokens: TokenStream =
        text.parse().map_err(|error| anyhow::anyhow!("{}: {error}", source.display()))?;
    let declaration = invocation(tokens).with_context(|| format!("{}: no network", source.display()))?;
    let mut errors = Errors::new();
    let tokens = [TokenStream::from_iter("(::tinynet)".parse::<TokenStream>().ok()), declaration];
    let mut networks = parse::parse(tokens.into_iter().collect(), &mut errors).networks;
    ensure!(errors.is_empty(), "{}: {}", source.display(), errors.messages().join("\n"));
    match (networks.pop(), networks.pop()) {
        (Some(network), None) => Ok(network),
        _ => bail!("{}: not one network", source.display()),
    }
}

/// The files that declarations name.
pub fn files() -> FolderFiles {
    FolderFiles::new(file(".", "."))
}

/// What stands inside `tinynet! { … }`.
fn invocation(tokens: TokenStream) -> Option<TokenStream> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    tokens.windows(3).find_map(|window| match window {
        [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(group)]
            if name == "tinynet" && bang.as_char() == '!' =>
        {
            Some(group.stream())
        }
        _ => None,
    })
}
