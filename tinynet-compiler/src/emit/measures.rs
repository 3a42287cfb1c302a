//! How good a network's answers are: an error that says where the loss comes from, constants, rows of the report.

use super::limits::placed_call;
use crate::ast::Network;
use crate::build::{Bound, Limits, MeasureLimit};
use crate::diagnostics::Errors;
use crate::graph::FloatGraph;
use crate::measure::{self, LayerLoss, Measure, Measured};
use crate::precision::Precision;
use crate::quantized::QuantizedGraph;
use crate::test_set::Inputs;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use std::cmp::Ordering;
use std::fmt::Write;

/// A network in real numbers, and what it was quantised to, no layer optimised away.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// In real numbers.
    pub float: &'a FloatGraph,
    /// In integers.
    pub quantized: &'a QuantizedGraph,
}

/// Reports what misses its limit, with the reasons. `steps` is what an inference takes.
pub fn check(
    name: &Ident,
    limit: &MeasureLimit,
    measured: &Measured,
    steps: u64,
    origin: Option<Origin<'_>>,
    errors: &mut Errors,
) {
    if let Bound::Known(bound) = limit.bound
        && !limit.measure.reaches(measured.value, bound)
    {
        let samples = measure::spread(&limit.test_set, measured.samples);
        let mut message = missed(name, limit, measured, Some(bound));
        message += &reasons(limit, bound, &samples, steps, origin);
        errors.push(limit.error(message));
    }
}

/// `` `Net` is right on 349 of the 360 samples of `test.npz` (96.94 %), less than the 97 % demanded ``; only rustc knows
/// some bounds.
fn missed(name: &Ident, limit: &MeasureLimit, measured: &Measured, bound: Option<f64>) -> String {
    let Measured { measure, value, samples, all_samples } = *measured;
    let mut text = match measure {
        Measure::Accuracy => format!("`{name}` is right on {} of ", right(measured)),
        Measure::Error => format!("`{name}` has a root mean squared error of {} on ", figure(measure, value)),
        Measure::Auc => format!("`{name}` has an area under the ROC curve of {} on ", figure(measure, value)),
    };
    text += &match samples == all_samples {
        true => format!("the {samples} samples of {}", limit.files),
        false => format!("{samples} of the {all_samples} samples of {}", limit.files),
    };
    if measure == Measure::Accuracy {
        let _ = write!(text, " ({})", figure(measure, value));
    }
    let (comparison, participle) = match measure {
        Measure::Accuracy | Measure::Auc => ("less", "demanded"),
        Measure::Error => ("more", "allowed"),
    };
    match bound {
        Some(bound) => text + &format!(", {comparison} than the {} {participle}", written(measure, bound)),
        None => text + &format!(", {comparison} than {participle}"),
    }
}

/// Number of right answers.
fn right(measured: &Measured) -> usize {
    (measured.value * measured.samples as f64).round() as usize
}

/// A value as people read it: `97.50 %`, `0.0213`.
pub(crate) fn figure(measure: Measure, value: f64) -> String {
    match measure {
        Measure::Accuracy => format!("{:.2} %", 100.0 * value),
        Measure::Auc => format!("{value:.4}"),
        Measure::Error if value == 0.0 => "0".into(),
        // Four digits, wherever the point is.
        Measure::Error => {
            let places = 3.0 - libm::floor(libm::log10(value.abs()));
            format!("{value:.*}", places.clamp(0.0, 40.0) as usize)
        }
    }
}

/// A bound as people write it: `97.50 %`, `0.02`.
pub(crate) fn written(measure: Measure, bound: f64) -> String {
    match measure {
        Measure::Accuracy => figure(measure, bound),
        Measure::Error | Measure::Auc => bound.to_string(),
    }
}

/// Lines that say where the loss comes from, and what would help.
fn reasons(
    limit: &MeasureLimit,
    bound: f64,
    samples: &[usize],
    steps: u64,
    origin: Option<Origin<'_>>,
) -> String {
    let (Some(Origin { float, quantized }), Inputs::Real(inputs)) = (origin, &limit.test_set.inputs) else {
        return "\n= help: the model was quantised before: train or convert it anew, or change the limit"
            .into();
    };
    let (measure, answers) = (limit.measure, &limit.test_set.answers);
    let real = measure::evaluate_float(float, inputs, answers, samples);
    let mut text = format!("\n= note: in real numbers, before it was quantised: {}", figure(measure, real));
    if !measure.reaches(real, bound) {
        text += "\n= help: the network in real numbers does not reach the limit either: train it further, or change the \
                 limit";
        return text;
    }
    // Each layer takes half an inference in the mean, of those that come behind it. It need not be as exact as the figure
    // that the limit is held against.
    let steps = steps.saturating_mul(quantized.nodes.len() as u64 / 2 + 2);
    let affordable = usize::try_from(measure::MOST_STEPS / 4 / steps.max(1)).unwrap_or(usize::MAX);
    let fewer = measure::spread(&limit.test_set, affordable.clamp(1, samples.len()));
    let mut losses = measure::losses(float, quantized, inputs, answers, &fewer);
    losses.sort_by(|a, b| worst_first(measure, a, b));
    let _ = write!(
        text,
        "\n= note: with the rounding of one layer alone, and by how much its output outweighs that ({} samples):",
        fewer.len()
    );
    for LayerLoss { label, kind, value, signal_to_noise } in &losses {
        let value = figure(measure, *value);
        let _ = write!(text, "\n= note: {value:>9}, {signal_to_noise:5.1} dB  {label} ({kind})");
    }
    if let Some(worst) = losses.first() {
        let node = quantized.nodes.iter().find(|node| node.label == worst.label);
        let precision = node.and_then(|node| node.operator.linear()).map(|linear| linear.precision);
        let remedy = match (precision, node.and_then(|node| node.wishes.range)) {
            (Some(precision), _) if precision != Precision::Int8 => {
                format!("its weights are `{}`, give them more bits with `precision`", precision.name())
            }
            (_, Some(_)) => "widen its `range`".into(),
            (_, None) => "calibrate on more samples, or state a `range` that it needs".into(),
        };
        let _ = write!(
            text,
            "\n= help: `{}` loses most: {remedy}; or train the network with its integers in the loop",
            worst.label
        );
    }
    text
}

/// The layer that loses most; of those that lose as much, the one with the largest error.
fn worst_first(measure: Measure, a: &LayerLoss, b: &LayerLoss) -> Ordering {
    let by_value = match measure {
        Measure::Accuracy | Measure::Auc => a.value.total_cmp(&b.value),
        Measure::Error => b.value.total_cmp(&a.value),
    };
    by_value.then(a.signal_to_noise.total_cmp(&b.signal_to_noise))
}

/// Assertions for the limits that only rustc can evaluate; they fail at the limit's own tokens.
pub fn assertions(name: &Ident, limits: &Limits, measured: &[Measured], facade: &TokenStream) -> TokenStream {
    let assertion = |(limit, measured): (&MeasureLimit, &Measured)| {
        let Bound::Expression(expression) = &limit.bound else { return TokenStream::new() };
        let message = missed(name, limit, measured, None);
        let value = Literal::f64_unsuffixed(measured.value);
        let comparison = match measured.measure {
            Measure::Accuracy | Measure::Auc => quote!(>=),
            Measure::Error => quote!(<=),
        };
        let arguments = quote!(#value #comparison #expression, #message);
        let call = placed_call("check_measure", expression, arguments, facade);
        quote!(const _: () = { #call };)
    };
    limits.measures.iter().zip(measured).map(assertion).collect()
}

/// The measured values as constants of the type, each where there is a limit of it. Without `compiled`, the network is
/// wrong, and they are there so that callers see no other errors.
pub fn constants(network: &Network, compiled: Option<(&Limits, &[Measured])>) -> TokenStream {
    let mut constants = TokenStream::new();
    for measure in [Measure::Accuracy, Measure::Error, Measure::Auc] {
        if !network.limits.iter().any(|limit| limit.resource == measure.name()) {
            continue;
        }
        let found = compiled.and_then(|(limits, measured)| {
            limits.measures.iter().zip(measured).find(|(limit, _)| limit.measure == measure)
        });
        let (documentation, value) = match found {
            Some((limit, measured)) => (describe(measure, &run_on(limit, measured)), measured.value),
            None => (describe(measure, "a test set"), 0.0),
        };
        let name = Ident::new(&measure.name().to_uppercase(), Span::mixed_site());
        let value = Literal::f64_unsuffixed(value);
        constants.extend(quote! {
            #[doc = #documentation]
            pub const #name: ::core::primitive::f64 = #value;
        });
    }
    if constants.is_empty() {
        return constants;
    }
    let name = &network.name;
    quote! {
        impl #name {
            #constants
        }
    }
}

fn describe(measure: Measure, samples: &str) -> String {
    let what = match measure {
        Measure::Accuracy => "Share of right answers",
        Measure::Error => "Root mean squared error of the outputs, in real numbers,",
        Measure::Auc => "Area under the receiver operating characteristic",
    };
    format!(" {what} on {samples}, measured with the integers of the firmware when the network was compiled.")
}

/// `` 360 samples of `test.npz` ``
fn run_on(limit: &MeasureLimit, measured: &Measured) -> String {
    let Measured { samples, all_samples, .. } = measured;
    match samples == all_samples {
        true => format!("{samples} samples of {}", limit.files),
        false => format!("{samples} of the {all_samples} samples of {}", limit.files),
    }
}

/// The section of the report; empty where nothing is measured.
pub fn report(limits: &Limits, measured: &[Measured]) -> String {
    if measured.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "# How good it is\n\n| measured with the integers of the firmware | value | limit | on |\n|---|--:|--:|---|\n",
    );
    for (limit, measured) in limits.measures.iter().zip(measured) {
        let what = match measured.measure {
            Measure::Accuracy => "right answers",
            Measure::Error => "root mean squared error",
            Measure::Auc => "area under the ROC curve",
        };
        let sign = if measured.measure == Measure::Error { '≤' } else { '≥' };
        let bound = match &limit.bound {
            Bound::Known(bound) => written(measured.measure, *bound),
            Bound::Expression(expression) => format!("`{expression}`"),
        };
        let value = figure(measured.measure, measured.value);
        let _ = writeln!(text, "| {what} | {value} | {sign} {bound} | {} |", run_on(limit, measured));
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_digits_that_matter() {
        assert_eq!(figure(Measure::Accuracy, 0.57), "57.00 %");
        assert_eq!(figure(Measure::Auc, 0.98765), "0.9877");
        for (value, text) in [
            (0.0, "0"),
            (0.021_346, "0.02135"),
            (1.0, "1.000"),
            (543.21, "543.2"),
            (98_765.4, "98765"),
            (2.5e-7, "0.0000002500"),
        ] {
            assert_eq!(figure(Measure::Error, value), text);
        }
    }
}
