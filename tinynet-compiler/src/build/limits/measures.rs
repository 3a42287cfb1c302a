//! How good answers must be: `accuracy("test.npz") >= 0.97`, `error("test.npz") <= 0.02`, `auc("test.npz") >= 0.9`.

use super::{refuse, span, spanned, value};
use crate::ast::{Comparison, Limit, LimitArgument};
use crate::build::bound::{Bound, Number};
use crate::build::{Interface, Reported};
use crate::diagnostics::Errors;
use crate::files::Files;
use crate::measure::Measure;
use crate::quantized::QuantizedTensor;
use crate::samples;
use crate::settings::Samples;
use crate::test_set::{self, Inputs, Request, TestSet, Wanted};
use proc_macro2::{Ident, Literal, TokenStream};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Display;
use syn::LitStr;

/// How good the answers on a test set must be at least.
#[derive(Clone, Debug)]
pub struct MeasureLimit {
    /// What is measured.
    pub measure: Measure,
    /// The resource, where it is written.
    pub resource: Ident,
    /// The right side, where and as it is written.
    pub written: TokenStream,
    /// Its value.
    pub bound: Bound<f64>,
    /// The files of the test set, for messages: `` `x.npy` and `y.npy` ``.
    pub files: String,
    /// What they hold.
    pub test_set: TestSet,
    /// At most so many samples of it are run, if the user says so.
    pub most_samples: Option<usize>,
}

impl MeasureLimit {
    /// An error that underlines the whole limit.
    pub fn error(&self, message: impl Display) -> syn::Error {
        spanned(&self.resource, &self.written, message)
    }
}

/// What is known of the network that is tested.
#[derive(Clone, Copy)]
pub(in crate::build) struct Tested<'a> {
    /// Shapes at its edges.
    pub(in crate::build) interface: &'a Interface,
    /// Shape of what a classifier's answer is the largest value of.
    pub(in crate::build) choices: Option<&'a [usize]>,
    /// Its input, where the file of a model says what its integers mean.
    pub(in crate::build) integers: Option<&'a QuantizedTensor>,
    /// What it is calibrated on.
    pub(in crate::build) calibration: Option<&'a Samples>,
}

/// A [`MeasureLimit`] whose test set is not read yet.
pub(super) struct Checked {
    measure: Measure,
    resource: Ident,
    written: TokenStream,
    bound: Bound<f64>,
    files: Vec<LitStr>,
    most_samples: Option<usize>,
}

/// How a limit of a measure is written.
fn form(measure: Measure) -> &'static str {
    match measure {
        Measure::Accuracy => {
            "write `accuracy(\"test.npz\") >= 0.97`, the file holding inputs `x` and their classes `y`"
        }
        Measure::Error => {
            "write `error(\"test.npz\") <= 0.02`, the file holding inputs `x` and the right outputs `y`"
        }
        Measure::Auc => {
            "write `auc(\"test.npz\") >= 0.9`, the file holding inputs `x`, and in `y` 1 for anomalies and 0 for others"
        }
    }
}

/// Checks a limit in itself.
pub(super) fn check(measure: Measure, limit: &Limit, errors: &mut Errors) -> Result<Checked, Reported> {
    let resource = &limit.resource;
    let (files, setting) = match &limit.argument {
        Some(LimitArgument::Files(files, setting)) => (files.clone(), setting),
        Some(word @ LimitArgument::Word(..)) => {
            let message = format_args!("`{resource}` takes the file of a test set in quotes");
            errors.help(span(word), message, form(measure));
            return Err(Reported);
        }
        None => {
            errors.help(resource.span(), format_args!("`{resource}` needs a test set"), form(measure));
            return Err(Reported);
        }
    };
    let (comparison, direction, right) = match measure {
        Measure::Accuracy | Measure::Auc => (Comparison::AtLeast, "below", ">="),
        Measure::Error => (Comparison::AtMost, "above", "<="),
    };
    if limit.comparison != comparison {
        let message = format_args!("`{resource}` can only be limited from {direction}");
        errors.help(limit.comparison_span, message, format_args!("write `{right}`"));
        return Err(Reported);
    }
    Ok(Checked {
        measure,
        resource: resource.clone(),
        written: limit.bound.clone(),
        bound: bound(measure, limit, errors)?,
        most_samples: setting.as_ref().map(|setting| most_samples(setting, resource, errors)).transpose()?,
        files,
    })
}

/// The right side.
fn bound(measure: Measure, limit: &Limit, errors: &mut Errors) -> Result<Bound<f64>, Reported> {
    let value = match value(limit, errors)? {
        None => return Ok(Bound::Expression(limit.bound.clone())),
        Some(Number::Real(value)) => value,
        Some(Number::Integer(value)) => value as f64,
    };
    match measure {
        Measure::Accuracy | Measure::Auc if (0.0..=1.0).contains(&value) => Ok(Bound::Known(value)),
        Measure::Error if value >= 0.0 => Ok(Bound::Known(value)),
        Measure::Accuracy => Err(refuse(
            limit,
            errors,
            "`accuracy` is a share from 0 to 1",
            "97 of 100 are `accuracy(\"test.npz\") >= 0.97`",
        )),
        Measure::Auc => Err(refuse(
            limit,
            errors,
            "`auc` is an area from 0 to 1",
            "0.5 is as good as chance, 1 finds every anomaly: `auc(\"test.npz\") >= 0.9`",
        )),
        Measure::Error => Err(refuse(
            limit,
            errors,
            "`error` is never negative",
            "it is the root mean squared error: `error(\"test.npz\") <= 0.02`",
        )),
    }
}

/// `samples: 500`
fn most_samples(
    (name, value): &(Ident, Literal),
    resource: &Ident,
    errors: &mut Errors,
) -> Result<usize, Reported> {
    const HELP: &str = "at most so many samples are run, evenly spread over the test set: `samples: 500`";
    if name != "samples" {
        errors.help(name.span(), format_args!("`{resource}` has no setting `{name}`"), HELP);
        return Err(Reported);
    }
    let number = value.to_string().replace('_', "").parse().ok().filter(|&number: &usize| number > 0);
    number.ok_or_else(|| {
        errors.help(value.span(), "`samples` is a positive integer", HELP);
        Reported
    })
}

impl Checked {
    /// Reads the test set, which must suit the network: `Err` if it does not, or cannot be seen.
    pub(super) fn load(
        self,
        files: &dyn Files,
        tested: Tested<'_>,
        errors: &mut Errors,
    ) -> Result<MeasureLimit, Reported> {
        let request = self.request(tested, errors)?;
        let test_set = test_set::read(files, &self.files, request, errors).ok_or(Reported)?;
        if let (Some(samples), Some(calibration)) = (real(&test_set.inputs, tested), tested.calibration)
            && is_part_of(&samples, calibration)
        {
            let inputs = self.files.first().ok_or(Reported)?;
            errors.help(
                inputs.span(),
                format_args!("every sample of `{}` is one of the calibration, too", inputs.value()),
                "calibrate on other samples: what the integers were chosen by says nothing about new inputs",
            );
            return Err(Reported);
        }
        let Checked { measure, resource, written, bound, files, most_samples } = self;
        let names: Vec<_> = files.iter().map(|file| format!("`{}`", file.value())).collect();
        let files = names.join(" and ");
        Ok(MeasureLimit { measure, resource, written, bound, files, test_set, most_samples })
    }

    /// What the test set must be like.
    fn request<'a>(&self, tested: Tested<'a>, errors: &mut Errors) -> Result<Request<'a>, Reported> {
        let Tested { interface, choices, integers, .. } = tested;
        let resource = &self.resource;
        let several =
            |shapes: &Option<Vec<Vec<usize>>>| shapes.as_ref().is_some_and(|shapes| shapes.len() > 1);
        if several(&interface.input_shapes) || several(&interface.output_shapes) {
            errors.help(
                resource.span(),
                format_args!("`{resource}` needs a network with one input and one output"),
                "a test set has an `x` for the one and a `y` for the other: test the others in firmware",
            );
            return Err(Reported);
        }
        let input_shape = interface.input_shape().ok_or(Reported)?;
        let answers = match self.measure {
            Measure::Accuracy => Wanted::Classes(classes(choices.ok_or(Reported)?, resource, errors)?),
            Measure::Error => Wanted::Values(interface.output_shape().ok_or(Reported)?),
            Measure::Auc => {
                check_score(input_shape, interface.output_shape().ok_or(Reported)?, resource, errors)?;
                Wanted::Anomalies
            }
        };
        Ok(Request { input_shape, integers: integers.map(|input| input.element), answers })
    }
}

/// Number of classes of a network that chooses the largest of `choices`.
fn classes(choices: &[usize], resource: &Ident, errors: &mut Errors) -> Result<usize, Reported> {
    match choices {
        &[classes] if classes > 1 => Ok(classes),
        _ => {
            errors.help(
                resource.span(),
                format_args!("`accuracy` needs a value for each class, but the network makes {choices:?}"),
                "it counts how often the largest of several values is the right one; how far values are from the right \
                 ones is limited by `error(\"test.npz\") <= 0.02`",
            );
            Err(Reported)
        }
    }
}

/// Refuses outputs that do not say how much an input looks like an anomaly.
fn check_score(
    input: &[usize],
    output: &[usize],
    resource: &Ident,
    errors: &mut Errors,
) -> Result<(), Reported> {
    let [inputs, outputs]: [usize; 2] = [input, output].map(|shape| shape.iter().product());
    if outputs == 1 || outputs == 2 || outputs == inputs {
        return Ok(());
    }
    errors.help(
        resource.span(),
        format_args!("`auc` needs a score for each input, but the network makes {output:?} of {input:?}"),
        "the score is the only output; of two outputs, what the second is larger than the first; of an autoencoder, whose \
         output is like its input, the mean squared difference between the two",
    );
    Err(Reported)
}

/// What inputs stand for, of a network that is calibrated.
fn real<'a>(inputs: &'a Inputs, tested: Tested<'_>) -> Option<Cow<'a, Samples>> {
    tested.calibration?;
    match inputs {
        Inputs::Real(samples) => Some(Cow::Borrowed(samples)),
        Inputs::Integers { values, elements } => {
            let values = samples::real(values, tested.integers?.quantization);
            Some(Cow::Owned(Samples { shape: vec![*elements], values }))
        }
    }
}

/// Whether every sample is one of `others`.
fn is_part_of(samples: &Samples, others: &Samples) -> bool {
    let bits = |samples: &Samples, index| -> Vec<u32> {
        samples.sample(index).iter().map(|value| value.to_bits()).collect()
    };
    let known: HashSet<Vec<u32>> = (0..others.count()).map(|index| bits(others, index)).collect();
    (0..samples.count()).all(|index| known.contains(&bits(samples, index)))
}
