//! Names of layers, for the graph.

use crate::ast::Layer;
use std::collections::HashSet;
use syn::ext::IdentExt;

/// One name a layer, in their order: unique, each a Rust identifier. A layer without a label is called after its kind
/// and its place: `relu2` is a `Relu` with two layers before it.
pub(super) fn names(layers: &[Layer]) -> Vec<String> {
    let labels = layers.iter().filter_map(|layer| layer.label.as_ref());
    let mut taken: HashSet<String> = labels.map(|label| label.unraw().to_string()).collect();
    let mut labelled = HashSet::new();
    let name = |(index, layer): (usize, &Layer)| {
        let label = layer.label.as_ref().map(|label| label.unraw().to_string());
        match label.filter(|label| labelled.insert(label.clone())) {
            Some(label) => label,
            None => {
                let mut name = made_name(&layer.operator.unraw().to_string(), index);
                while !taken.insert(name.clone()) {
                    name.push('_');
                }
                name
            }
        }
    };
    layers.iter().enumerate().map(name).collect()
}

/// `MaxPool2d` in place 3: `max_pool2d_3`.
fn made_name(operator: &str, index: usize) -> String {
    let mut name = String::new();
    for character in operator.chars() {
        if character.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(character.to_lowercase());
    }
    if name.contains(|character: char| character.is_ascii_digit()) {
        name.push('_');
    }
    name + &index.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::{Ident, Span};

    fn layer(label: Option<&str>, operator: &str) -> Layer {
        let ident = |name: &str| Ident::new(name, Span::call_site());
        Layer { label: label.map(ident), operator: ident(operator), options: Vec::new() }
    }

    #[test]
    fn names_layers_after_their_label_or_their_kind_and_place() {
        let layers = [
            layer(Some("pad"), "Input"),
            layer(None, "Conv2d"),
            layer(None, "Relu"),
            layer(None, "LeakyRelu"),
            layer(Some("fc"), "Dense"),
        ];
        assert_eq!(names(&layers), ["pad", "conv2d_1", "relu2", "leaky_relu3", "fc"]);
    }

    #[test]
    fn names_are_unique() {
        let layers = [
            layer(Some("relu2"), "Input"),
            layer(Some("relu2_"), "Relu"),
            layer(None, "Relu"),
            layer(Some("relu2"), "Relu"),
        ];
        assert_eq!(names(&layers), ["relu2", "relu2_", "relu2__", "relu3"]);
    }
}
