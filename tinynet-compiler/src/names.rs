//! Names: operators, options and labels exist, once, and what is required is there.
//!
//! What values mean, which layer comes first and who may read whom is the business of [`build`](crate::build).

use crate::ast::{Layer, LayerOption, Network, ValueKind};
use crate::diagnostics::Errors;
use crate::parse::CONSTANTS;
use crate::suggestion::closest;
use crate::vocabulary::{self, OPERATORS, Operator};
use proc_macro2::{Ident, TokenTree};
use std::collections::HashSet;
use syn::ext::IdentExt;

/// Labels that would clash with the generated type's own functions.
const RESERVED: &[&str] = &[
    "new",
    "default",
    "infer",
    "infer_fixed",
    "run",
    "input_mut",
    "after_input",
    "output",
    "classify",
    "quantize_input",
    "dequantize_output",
];

/// Labels that would clash with the generated type's constants.
const RESERVED_CONSTANTS: &[&str] = &[
    "FLASH",
    "RAM",
    "STACK",
    "MACS",
    "CYCLES_CORTEX_M0",
    "INPUT_SHAPE",
    "OUTPUT_SHAPE",
    "INPUT_QUANTIZATION",
    "OUTPUT_QUANTIZATION",
    "LAYERS",
    "ACCURACY",
    "ERROR",
    "AUC",
];

/// Layers that other frameworks have, and what to do without them.
const ABSENT_OPERATORS: &[(&str, &str)] = &[
    ("Dropout", "it does nothing in a trained network: leave it out"),
    ("Dropout1d", "it does nothing in a trained network: leave it out"),
    ("Dropout2d", "it does nothing in a trained network: leave it out"),
    ("SpatialDropout2D", "it does nothing in a trained network: leave it out"),
    ("GaussianNoise", "it does nothing in a trained network: leave it out"),
    ("Identity", "it does nothing: leave it out"),
    ("Sequential", "layers follow one another as they are written: write them without it"),
    ("Rescaling", "give the samples of `calibration` as the network reads them, behind the rescaling"),
    ("Output", "the last layer is the output: leave it out"),
    ("LogSoftmax", "write `Softmax`: the order of the classes is the same"),
    ("SeparableConv2D", "write it as two layers: `DepthwiseConv2d`, then a `Conv2d` with `kernel: 1`"),
    ("SeparableConv2d", "write it as two layers: `DepthwiseConv2d`, then a `Conv2d` with `kernel: 1`"),
    ("Subtract", "write `Add`, and negate the weights of the layer that is subtracted"),
    ("Sub", "write `Add`, and negate the weights of the layer that is subtracted"),
];

/// Options that other frameworks have, and what to do without them.
const ABSENT_OPTIONS: &[(&str, &str)] = &[
    ("activation", "write the activation as a layer of its own behind this one: `Relu`"),
    ("name", "a layer's name is its label: `name: Dense { … }`"),
    ("in_features", "leave it out: the number of inputs follows from the layer before"),
    ("in_channels", "leave it out: the number of input channels follows from the layer before"),
    ("num_features", "leave it out: the number of channels follows from the layer before"),
    ("input_shape", "leave it out: the shape stands in the `Input` layer"),
    ("input_dim", "leave it out: the shape stands in the `Input` layer"),
    ("momentum", "leave it out: it matters in training only"),
    ("affine", "leave it out: the weights say it"),
    ("track_running_stats", "leave it out: it matters in training only"),
    ("inplace", "leave it out: the compiler reuses memory wherever it can"),
    ("kernel_initializer", "leave it out: it matters in training only"),
    ("bias_initializer", "leave it out: it matters in training only"),
    ("kernel_regularizer", "leave it out: it matters in training only"),
    ("trainable", "leave it out: it matters in training only"),
];

/// Reports every name that is wrong in the layers of `network`.
pub fn check(network: &Network, errors: &mut Errors) {
    let layers = network.layers.as_deref().unwrap_or_default();
    let labels =
        layers.iter().filter_map(|layer| layer.label.as_ref()).map(|label| label.unraw().to_string());
    let (is_whole, has_model) = (network.is_whole, network.has_model());
    let names = Names { layers, labels: labels.collect(), is_whole, has_model };
    names.labels(errors);
    for layer in layers {
        match vocabulary::operator(&layer.operator.to_string()) {
            Some(operator) => names.options(layer, operator, errors),
            None if layer.operator == "_" && !network.is_whole => {}
            None => unknown_operator(&layer.operator, errors),
        }
        names.references(layer, errors);
    }
}

struct Names<'a> {
    layers: &'a [Layer],
    /// The labels of the layers.
    labels: HashSet<String>,
    /// Whether nothing was skipped: else, what seems to be missing may stand there.
    is_whole: bool,
    /// Whether the sizes stand in the file of a model.
    has_model: bool,
}

impl Names<'_> {
    /// Labels are unique, and names that the generated code can use.
    fn labels(&self, errors: &mut Errors) {
        let mut seen = HashSet::new();
        for label in self.layers.iter().filter_map(|layer| layer.label.as_ref()) {
            let name = label.unraw().to_string();
            if let Some(reason) = reserved(&name) {
                errors.help(label.span(), format_args!("a layer cannot be called `{name}`"), reason);
            }
            if !seen.insert(name.clone()) {
                let help = "every label names one layer: choose another";
                errors.help(label.span(), format_args!("another layer is called `{name}` already"), help);
            }
        }
    }

    fn options(&self, layer: &Layer, operator: &Operator, errors: &mut Errors) {
        let mut seen = HashSet::new();
        // An option that was misspelt is not missing as well.
        let mut meant = HashSet::new();
        for option in &layer.options {
            let name = option.name.to_string();
            if operator.option(&name).is_none() {
                meant.extend(operator.similar_option(&name));
                unknown_option(&option.name, operator, errors);
            } else if !seen.insert(name.clone()) {
                let message = format_args!("option `{name}` is given twice");
                errors.help(option.name.span(), message, "keep one of the two");
            }
        }
        if !self.is_whole || self.has_model {
            return;
        }
        let missing = operator.options().filter(|option| {
            option.is_required && !seen.contains(option.name) && !meant.contains(option.name)
        });
        for option in missing {
            let message =
                format_args!("`{}` needs the option `{}`: {}", operator.name, option.name, option.summary);
            errors.help(
                layer.span(),
                message,
                format_args!("`{}` takes {}", option.name, option.values.description),
            );
        }
    }

    /// The labels that `input` and `inputs` name exist.
    fn references(&self, layer: &Layer, errors: &mut Errors) {
        if !self.is_whole {
            return;
        }
        for word in references(layer) {
            let word_text = word.unraw().to_string();
            if self.labels.contains(&word_text) {
                continue;
            }
            let labels: Vec<_> = self
                .layers
                .iter()
                .filter_map(|other| other.label.as_ref().filter(|label| Some(*label) != layer.label.as_ref()))
                .map(|label| label.unraw().to_string())
                .collect();
            let help = if vocabulary::operator(&word_text).is_some() {
                format!("layers are named by their labels: write `name: {word_text}` there and `name` here")
            } else if let Some(near) = closest(&word_text, labels.iter().map(String::as_str)) {
                format!("did you mean `{near}`?")
            } else if labels.is_empty() {
                "no layer has a label: write `name: ` before the one that is meant".into()
            } else {
                format!("the labels are {}", labels.join(", "))
            };
            errors.help(word.span(), format_args!("no layer is called `{word_text}`"), help);
        }
    }
}

/// The labels a layer reads.
pub(crate) fn references(layer: &Layer) -> impl Iterator<Item = &Ident> {
    let is_reference = |option: &&LayerOption| option.name == "input" || option.name == "inputs";
    layer.options.iter().filter(is_reference).flat_map(|option| match &option.value.kind {
        ValueKind::List(items) => items.iter().filter_map(|item| word(&item.kind)).collect(),
        kind => word(kind).into_iter().collect::<Vec<_>>(),
    })
}

fn word(kind: &ValueKind) -> Option<&Ident> {
    match kind {
        ValueKind::Word(word) => Some(word),
        _ => None,
    }
}

/// Whether Rust takes `word` where it wants a name; tokens call keywords identifiers as well.
pub(crate) fn is_identifier(word: &Ident) -> bool {
    syn::parse2::<Ident>(TokenTree::Ident(word.clone()).into()).is_ok()
}

/// Why a layer cannot have this label.
fn reserved(name: &str) -> Option<&'static str> {
    if RESERVED.contains(&name) {
        return Some("the generated type has a function of this name: choose another");
    }
    if RESERVED_CONSTANTS.contains(&name) {
        return Some("the generated type has a constant of this name: choose another");
    }
    if CONSTANTS.iter().any(|(constant, _)| *constant == name) {
        return Some("it is a constant of the language: choose another name");
    }
    // What is no identifier without `r#` is a keyword.
    if syn::parse_str::<Ident>(name).is_err() {
        return Some("it is a keyword of Rust: choose another name");
    }
    None
}

fn unknown_operator(operator: &Ident, errors: &mut Errors) {
    let name = operator.unraw().to_string();
    let help = if let Some((_, advice)) = ABSENT_OPERATORS.iter().find(|(absent, _)| *absent == name) {
        (*advice).to_owned()
    } else if let Some(similar) = vocabulary::similar_operator(&name) {
        format!("did you mean `{similar}`?")
    } else {
        let names: Vec<_> = OPERATORS.iter().map(|operator| operator.name).collect();
        format!("the layers are {}", names.join(", "))
    };
    errors.help(operator.span(), format_args!("unknown layer `{name}`"), help);
}

/// Who has an option, where it is not the layer that it was given to.
fn owners(option: &str) -> Option<&'static str> {
    if option == "activations" {
        return Some("layers with weights, `Add` and `Mul`, and of the network's `Input` for all of them");
    }
    let of_input = OPERATORS.iter().any(|other| other.name == "Input" && other.option(option).is_some());
    let of_weights = vocabulary::WEIGHTS.iter().any(|other| other.name == option);
    match (of_weights, of_input) {
        (true, true) => Some("layers with weights, and of the network's `Input` for all of them"),
        (true, false) => Some("layers with weights"),
        (false, true) => Some("the network's `Input`"),
        (false, false) => None,
    }
}

fn unknown_option(option: &Ident, operator: &Operator, errors: &mut Errors) {
    let name = option.unraw().to_string();
    let help = if let Some((_, advice)) = ABSENT_OPTIONS.iter().find(|(absent, _)| *absent == name) {
        (*advice).to_owned()
    } else if let Some(others) = owners(&name) {
        format!("it is an option of {others}")
    } else if let Some(similar) = operator.similar_option(&name) {
        format!("did you mean `{similar}`?")
    } else {
        let names: Vec<_> = operator.options().map(|option| option.name).collect();
        format!("its options are {}", names.join(", "))
    };
    errors.help(option.span(), format_args!("`{}` has no option `{name}`", operator.name), help);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::TokenStream;
    use quote::quote;

    fn errors(layers: TokenStream) -> Vec<String> {
        let mut errors = Errors::new();
        let invocation = crate::parse::parse(quote!((tinynet) struct Net { #layers }), &mut errors);
        check(&invocation.networks[0], &mut errors);
        errors.messages()
    }

    #[test]
    fn right_names_are_silent() {
        let layers = quote! {
            pad: Input { shape: [8, 8, 1] },
            r#first: Conv2d { filters: 3, kernel: 3, padding: Same, bias: "b.npy", range: [-1, 1] },
            Relu,
            sum: Add { inputs: [first, pad] },
            Softmax { input: sum },
        };
        assert_eq!(errors(layers), [""; 0]);
        assert!(
            OPERATORS
                .iter()
                .all(|operator| ABSENT_OPERATORS.iter().all(|(absent, _)| *absent != operator.name))
        );
    }

    #[test]
    fn unknown_operators() {
        assert_eq!(errors(quote!(Linear)), ["unknown layer `Linear`\n= help: did you mean `Dense`?"]);
        assert_eq!(errors(quote!(Hardtan)), ["unknown layer `Hardtan`\n= help: did you mean `HardTanh`?"]);
        assert_eq!(
            errors(quote!(Dropout { p: 0.5 })),
            ["unknown layer `Dropout`\n= help: it does nothing in a trained network: leave it out"]
        );
        let lstm = &errors(quote!(LSTM))[0];
        assert!(
            lstm.starts_with("unknown layer `LSTM`\n= help: the layers are Input, Dense, Conv1d"),
            "{lstm}"
        );
    }

    #[test]
    fn unknown_and_double_options() {
        assert_eq!(
            errors(quote!(Dense { out_features: 3 })),
            ["`Dense` has no option `out_features`\n= help: did you mean `units`?"]
        );
        assert_eq!(
            errors(quote!(Dense { units: 3, activation: Relu })),
            [
                "`Dense` has no option `activation`\n= help: write the activation as a layer of its own behind this one: \
              `Relu`"
            ]
        );
        assert_eq!(
            errors(quote!(MaxPool1d { size: 2, colour: 3 })),
            ["`MaxPool1d` has no option `colour`\n= help: its options are size, stride, padding, input"]
        );
        assert_eq!(
            errors(quote!(Dense { units: 3, calibration: "x.npy" })),
            ["`Dense` has no option `calibration`\n= help: it is an option of the network's `Input`"]
        );
        assert_eq!(
            errors(quote!(Dense { units: 3, units: 4 })),
            ["option `units` is given twice\n= help: keep one of the two"]
        );
    }

    #[test]
    fn missing_options() {
        assert_eq!(
            errors(quote!(Conv2d { filters: 3 })),
            [
                "`Conv2d` needs the option `kernel`: height and width of the window\n= help: `kernel` takes a positive \
              integer, or two: `[vertical, horizontal]`"
            ]
        );
        // A name without a value is there, and reported by the parser.
        assert_eq!(
            errors(quote!(Dense { units })),
            ["option `units` needs a value\n= help: write `units: …`"]
        );
        // What could not be read may have held the option.
        assert_eq!(errors(quote!(Dense { 3 })).len(), 1);
    }

    #[test]
    fn labels() {
        let label = |name: TokenStream| errors(quote!(#name: Relu)).join("\n");
        let function = "= help: the generated type has a function of this name: choose another";
        assert_eq!(label(quote!(run)), format!("a layer cannot be called `run`\n{function}"));
        let own = "= help: the generated type has a constant of this name: choose another";
        assert_eq!(label(quote!(RAM)), format!("a layer cannot be called `RAM`\n{own}"));
        let keyword = "= help: it is a keyword of Rust: choose another name";
        assert_eq!(label(quote!(type)), format!("a layer cannot be called `type`\n{keyword}"));
        assert_eq!(label(quote!(r#type)), format!("a layer cannot be called `type`\n{keyword}"));
        assert_eq!(label(quote!(_)), format!("a layer cannot be called `_`\n{keyword}"));
        let constant = "= help: it is a constant of the language: choose another name";
        assert_eq!(label(quote!(E)), format!("a layer cannot be called `E`\n{constant}"));
        assert_eq!(
            errors(quote!(fc: Relu, fc: Tanh)),
            ["another layer is called `fc` already\n= help: every label names one layer: choose another"]
        );
    }

    #[test]
    fn references_to_unknown_labels() {
        let error = |layers: TokenStream| errors(layers).join("\n");
        assert_eq!(
            error(quote!(conv1: Relu, Add { inputs: [conv1, convl] })),
            "no layer is called `convl`\n= help: did you mean `conv1`?"
        );
        assert_eq!(
            error(quote!(left: Relu, right: Tanh, Softmax { input: sum })),
            "no layer is called `sum`\n= help: the labels are left, right"
        );
        assert_eq!(
            error(quote!(Relu, Tanh { input: Relu })),
            "no layer is called `Relu`\n= help: layers are named by their labels: write `name: Relu` there and `name` \
             here"
        );
        assert_eq!(
            error(quote!(Relu, Tanh { input: before })),
            "no layer is called `before`\n= help: no layer has a label: write `name: ` before the one that is meant"
        );
        // The layer that is meant may be the one that could not be read.
        assert_eq!(errors(quote!("sum", Softmax { input: sum })).len(), 1);
    }
}
