//! Layers of a model that a declaration names: what is asked of one of them alone.
//!
//! `fully_connected_9: Dense { precision: Int4 }` means the layer that reports call so. Its kind is stated once more, so
//! that an editor knows its options, and a reader what it is.

use crate::ast;
use crate::build::Reported;
use crate::build::layer::{Layer, Stage};
use crate::build::walk::{is_input, refuse_pruned_answers};
use crate::graph::{AnyOperator, Graph, Wishes};
use crate::suggestion::closest;
use crate::vocabulary;
use syn::ext::IdentExt;

/// Most layers that a message lists.
const MOST_LISTED: usize = 32;

/// Options of a layer whose weights and tensors are integers already.
pub(super) const OF_INTEGERS: &[&str] = &["precision", "prune", "prune_channels", "prune_inputs", "unroll"];

/// Options of a layer that is quantised here.
pub(super) const OF_REAL_NUMBERS: &[&str] =
    &["precision", "activations", "prune", "prune_channels", "prune_inputs", "unroll", "range"];

/// What is stated of a model's layers.
pub(super) struct Stated<'a> {
    /// The file of the model.
    pub(super) file: String,
    /// What stands in braces, inputs included.
    pub(super) layers: &'a [ast::Layer],
    /// What can be stated of a layer.
    pub(super) options: &'static [&'static str],
}

/// A layer that can be named: its label, and the kind of layer that it is in the language.
type Named = (String, &'static str);

impl Stated<'_> {
    /// Notes at each layer of a graph what is asked of it. Whatever is wrong is reported.
    pub(super) fn note<T, O: AnyOperator>(
        &self,
        graph: &mut Graph<T, O>,
        stage: &mut Stage<'_>,
    ) -> Result<(), Reported> {
        let weighted = graph.nodes.iter().filter(|node| node.operator.has_weights());
        let named: Vec<Named> =
            weighted.filter_map(|node| Some((node.label.clone(), kind(&node.kind)?))).collect();
        let mut result = Ok(());
        for (index, layer) in self.layers.iter().enumerate().filter(|(_, layer)| !is_input(layer)) {
            let all: Vec<&str> = graph.nodes.iter().map(|node| node.label.as_str()).collect();
            let wishes = self.check(index, &named, &all, stage);
            let noted = wishes.and_then(|(label, wishes)| {
                let Some(node) = graph.nodes.iter_mut().find(|node| node.label == label) else {
                    return Ok(());
                };
                (node.wishes, node.span) = (wishes, layer.span());
                let output = node.output;
                refuse_pruned_answers(graph, output, layer, stage.errors)
            });
            result = result.and(noted);
        }
        result
    }

    /// The layer that is meant, and what is asked of it.
    fn check(
        &self,
        index: usize,
        named: &[Named],
        all: &[&str],
        stage: &mut Stage<'_>,
    ) -> Result<(String, Wishes), Reported> {
        let ast = &self.layers[index];
        // Names that nothing has are reported already.
        let operator = vocabulary::operator(&ast.operator.to_string()).ok_or(Reported)?;
        let (label, kind) = self.find(ast, named, all, stage)?;
        if operator.name != kind {
            stage.errors.help(
                ast.span(),
                format_args!("`{label}` of `{}` is a `{kind}`, not a `{}`", self.file, operator.name),
                format_args!("write `{label}: {kind} {{ … }}`"),
            );
            return Err(Reported);
        }
        self.check_options(ast, operator, &label, stage)?;
        let mut layer =
            Layer { ast, all: self.layers, index, sources: Vec::new(), is_doubtful: false, stage };
        Ok((label, layer.wishes()?))
    }

    fn find(
        &self,
        ast: &ast::Layer,
        named: &[Named],
        all: &[&str],
        stage: &mut Stage<'_>,
    ) -> Result<Named, Reported> {
        let file = &self.file;
        let Some(label) = ast.label.as_ref().map(|label| label.unraw().to_string()) else {
            let of_kind = named.iter().find(|(_, kind)| ast.operator == kind).or(named.first());
            let example =
                of_kind.map_or(String::new(), |(label, kind)| format!("write `{label}: {kind} {{ … }}`; "));
            stage.errors.help(
                ast.span(),
                format_args!(
                    "`{file}` has its layers already, and nothing says which of them this `{}` is",
                    ast.operator
                ),
                format_args!("{example}{}", list(named)),
            );
            return Err(Reported);
        };
        if let Some(found) = named.iter().find(|(known, _)| *known == label) {
            return Ok(found.clone());
        }
        let span = ast.label.as_ref().map_or(ast.span(), syn::Ident::span);
        if all.contains(&label.as_str()) {
            let message = format_args!("nothing can be asked of `{label}` of `{file}` alone");
            stage.errors.help(span, message, list(named));
            return Err(Reported);
        }
        let meant = closest(&label, named.iter().map(|(known, _)| known.as_str()));
        let meant = meant.map_or(String::new(), |meant| format!("did you mean `{meant}`? "));
        let message = format_args!("`{file}` has no layer `{label}`");
        stage.errors.help(span, message, format_args!("{meant}{}", list(named)));
        Err(Reported)
    }

    fn check_options(
        &self,
        ast: &ast::Layer,
        operator: &vocabulary::Operator,
        label: &str,
        stage: &mut Stage<'_>,
    ) -> Result<(), Reported> {
        let can_be = format!("of a layer of this model, {} can be stated", words(self.options));
        let mut result = Ok(());
        let names = || ast.options.iter().map(|option| (&option.name, option.name.to_string()));
        // Others are reported already.
        for (span, name) in names().filter(|(_, name)| operator.option(name).is_some()) {
            if self.options.contains(&name.as_str()) {
                continue;
            }
            let message = match OF_REAL_NUMBERS.contains(&name.as_str()) {
                true => format!("`{name}` is for layers that are quantised here, and this model is already"),
                false => format!("`{name}` of `{label}` is what `{}` says itself", self.file),
            };
            stage.errors.help(span.span(), message, format_args!("leave it out: {can_be}"));
            result = Err(Reported);
        }
        if ast.options.is_empty() {
            stage.errors.help(
                ast.span(),
                format_args!("nothing is asked of `{label}`"),
                format_args!("leave it out, as layers that stay as they are; {can_be}"),
            );
            result = Err(Reported);
        }
        result
    }
}

/// What the language calls a kind of layer of a model; `None` where it has no such layer.
fn kind(of_model: &str) -> Option<&'static str> {
    match of_model {
        "Conv2d" => Some("Conv2d"),
        "DepthwiseConv2d" => Some("DepthwiseConv2d"),
        "FullyConnected" => Some("Dense"),
        _ => None,
    }
}

/// All that can be named, for messages.
fn list(named: &[Named]) -> String {
    let mut list: Vec<String> = named.iter().map(|(label, kind)| format!("`{label}: {kind}`")).collect();
    if list.len() > MOST_LISTED {
        let more = list.len() - MOST_LISTED;
        list.truncate(MOST_LISTED);
        list.push(format!("and {more} more"));
    }
    match list.is_empty() {
        true => "no layer of the model can be named".into(),
        false => format!("layers that can be named are {}", list.join(", ")),
    }
}

/// `` `a`, `b` and `c` ``.
fn words(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => quoted.concat(),
    }
}
