//! The example networks in real numbers: as declared in the source, on the weights in the file.

use crate::data::{Answers, Metric, TestSet, file};
use anyhow::{Context, Result, bail, ensure};
use proc_macro2::{TokenStream, TokenTree};
use tinynet_compiler::build::{self, Declared};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::files::FolderFiles;
use tinynet_compiler::{float_evaluator, parse};

/// What the float network achieves on the test set of an example, calculated anew.
///
/// # Errors
///
/// If a file is missing or wrong.
pub fn metric(example: &str) -> Result<Metric> {
    let test = TestSet::read(example)?;
    let graph = graph(example)?;
    let outputs = test.inputs.iter().map(|input| float_evaluator::output(&graph, input));
    Ok(match &test.answers {
        Answers::Classes(classes) => {
            let right = outputs
                .zip(classes)
                .filter(|(output, class)| float_evaluator::arg_max(output) == **class)
                .count();
            Metric::Accuracy(right as f64 / classes.len() as f64)
        }
        Answers::Values(values) => {
            let square =
                |(output, value): (Vec<f32>, &f32)| (f64::from(output[0]) - f64::from(*value)).powi(2);
            let mean = outputs.zip(values).map(square).sum::<f64>() / values.len() as f64;
            Metric::RootMeanSquaredError(mean.sqrt())
        }
    })
}

/// The network as the compiler builds it, before it is quantised.
fn graph(example: &str) -> Result<tinynet_compiler::graph::FloatGraph> {
    let source = file("src", example).with_extension("rs");
    let text = std::fs::read_to_string(&source).with_context(|| source.display().to_string())?;
    let tokens: TokenStream =
        text.parse().map_err(|error| anyhow::anyhow!("{}: {error}", source.display()))?;
    let declaration = declaration(tokens).with_context(|| format!("{}: no network", source.display()))?;
    let mut errors = Errors::new();
    let tokens = [TokenStream::from_iter("(::tinynet)".parse::<TokenStream>().ok()), declaration];
    let invocation = parse::parse(tokens.into_iter().collect(), &mut errors);
    let [network] = &invocation.networks[..] else { bail!("{}: more than one network", source.display()) };
    let built = build::build(network, &FolderFiles::new(file(".", ".")), &mut errors);
    ensure!(errors.is_empty(), "{}: {}", source.display(), errors.messages().join("\n"));
    match built.declaration.map(|declaration| declaration.network) {
        Some(Declared::Real(network)) => Ok(network.graph),
        _ => bail!("{}: the network was quantised before", source.display()),
    }
}

/// What stands inside `tinynet! { … }`.
fn declaration(tokens: TokenStream) -> Option<TokenStream> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data;

    /// Two independent implementations: the training script's and the compiler's.
    #[test]
    fn what_is_calculated_here_is_what_training_reported() {
        for example in ["touch", "digits", "gestures", "sea_temperature"] {
            let here = metric(example).expect("a metric");
            let there = data::reported_metric(example).expect("a metric");
            let (here, there) = match (here, there) {
                (Metric::Accuracy(here), Metric::Accuracy(there))
                | (Metric::RootMeanSquaredError(here), Metric::RootMeanSquaredError(there)) => (here, there),
                different => panic!("{example}: {different:?}"),
            };
            assert!((here - there).abs() < 5e-4, "{example}: {here}, training says {there}");
        }
    }
}
