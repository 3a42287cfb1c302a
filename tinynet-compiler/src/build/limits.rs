//! What must hold: `flash <= 24 * KIB`, `accuracy("test.npz") >= 0.97`.

use super::bound::{self, Bound, Number, Unvalued};
use super::{Interface, Reported};
use crate::ast::{Comparison, Limit, LimitArgument};
use crate::diagnostics::Errors;
use crate::files::Files;
use crate::plan::cost::{Processor, ProcessorKind};
use crate::samples::{self, TestSet};
use crate::vocabulary;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use std::fmt::Display;
use syn::LitStr;

/// The limits of a network, each at most once.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Bytes of code and constants.
    pub flash: Option<SizeLimit>,
    /// Bytes of working memory.
    pub ram: Option<SizeLimit>,
    /// Bytes of stack of one inference.
    pub stack: Option<SizeLimit>,
    /// Multiply-accumulates of one inference.
    pub macs: Option<SizeLimit>,
    /// Cycles of one inference, and of which processor.
    pub cycles: Option<(SizeLimit, Processor)>,
    /// Share of right answers.
    pub accuracy: Option<AccuracyLimit>,
}

/// At most so much of a resource.
#[derive(Clone, Debug)]
pub struct SizeLimit {
    /// The resource, where it is written.
    pub resource: Ident,
    /// The right side, where and as it is written.
    pub written: TokenStream,
    /// Its value.
    pub bound: Bound<u64>,
}

/// At least such a share of right answers on a test set.
#[derive(Clone, Debug)]
pub struct AccuracyLimit {
    /// The resource, where it is written.
    pub resource: Ident,
    /// The right side, where and as it is written.
    pub written: TokenStream,
    /// Its value, from 0 to 1.
    pub bound: Bound<f64>,
    /// Name of the file of the test set.
    pub file: String,
    /// What it holds.
    pub test_set: TestSet,
}

impl SizeLimit {
    /// An error that underlines the whole limit.
    pub fn error(&self, message: impl Display) -> syn::Error {
        spanned(&self.resource, &self.written, message)
    }
}

impl AccuracyLimit {
    /// An error that underlines the whole limit.
    pub fn error(&self, message: impl Display) -> syn::Error {
        spanned(&self.resource, &self.written, message)
    }
}

fn spanned(resource: &Ident, bound: &TokenStream, message: impl Display) -> syn::Error {
    syn::Error::new_spanned(quote!(#resource #bound), message)
}

/// Limits that are right in themselves; the test set is not read yet.
pub(super) struct Checked {
    limits: Limits,
    accuracy: Option<Accuracy>,
}

/// An [`AccuracyLimit`] without its test set.
struct Accuracy {
    resource: Ident,
    written: TokenStream,
    bound: Bound<f64>,
    file: LitStr,
}

/// Checks limits; `Err` if any is wrong.
pub(super) fn limits(written: &[Limit], errors: &mut Errors) -> Result<Checked, Reported> {
    let mut checked = Checked { limits: Limits::default(), accuracy: None };
    let mut is_right = true;
    for (index, limit) in written.iter().enumerate() {
        let is_repeated = written[..index].iter().any(|other| other.resource == limit.resource);
        is_right &= match is_repeated {
            true => {
                errors.help(
                    limit.resource.span(),
                    format_args!("`{}` is limited twice", limit.resource),
                    "keep the stricter limit",
                );
                false
            }
            false => check(limit, &mut checked, errors).is_ok(),
        };
    }
    if is_right { Ok(checked) } else { Err(Reported) }
}

/// Checks one limit and puts it in its place.
fn check(limit: &Limit, checked: &mut Checked, errors: &mut Errors) -> Result<(), Reported> {
    match limit.resource.to_string().as_str() {
        "flash" => checked.limits.flash = Some(size(limit, errors)?),
        "ram" => checked.limits.ram = Some(size(limit, errors)?),
        "stack" => checked.limits.stack = Some(size(limit, errors)?),
        "macs" => checked.limits.macs = Some(size(limit, errors)?),
        "accuracy" => checked.accuracy = Some(accuracy(limit, errors)?),
        "cycles" => checked.limits.cycles = Some(cycles(limit, errors)?),
        name => {
            let help = match vocabulary::similar_resource(name) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => {
                    "limits are `flash <= 24 * KIB`, `ram <= 1 * KIB`, `stack <= 600`, `macs <= 100_000`, \
                         `cycles(cortex_m0) <= 48_000` and `accuracy(\"test.npz\") >= 0.97`"
                        .into()
                }
            };
            errors.help(limit.resource.span(), format_args!("unknown limit `{name}`"), help);
            return Err(Reported);
        }
    }
    Ok(())
}

/// `flash`, `ram`, `stack` and `macs`.
fn size(limit: &Limit, errors: &mut Errors) -> Result<SizeLimit, Reported> {
    let resource = &limit.resource;
    if let Some(argument) = &limit.argument {
        errors.help(
            span(argument),
            format_args!("`{resource}` takes no argument"),
            format_args!("write `{resource} <= …`"),
        );
        return Err(Reported);
    }
    at_most(limit, &format!("{resource} <= …"), &format!("{resource} <= 24 * KIB"), errors)
}

/// `cycles(cortex_m0) <= 48_000`
fn cycles(limit: &Limit, errors: &mut Errors) -> Result<(SizeLimit, Processor), Reported> {
    const FORM: &str = "processors are `cycles(cortex_m0) <= …` and `cycles(cortex_m0plus) <= …`; flash that makes them \
                        wait is `cycles(cortex_m0, wait_states: 1) <= …`";
    let (word, setting) = match &limit.argument {
        Some(LimitArgument::Word(word, setting)) => (word, setting),
        Some(LimitArgument::File(file)) => {
            errors.help(file.span(), "`cycles` takes the name of a processor", FORM);
            return Err(Reported);
        }
        None => {
            errors.help(limit.resource.span(), "`cycles` needs the name of a processor", FORM);
            return Err(Reported);
        }
    };
    let kind = match word.to_string().as_str() {
        "cortex_m0" => ProcessorKind::CortexM0,
        "cortex_m0plus" => ProcessorKind::CortexM0Plus,
        name => {
            errors.help(word.span(), format_args!("no times are known of a processor `{name}`"), FORM);
            return Err(Reported);
        }
    };
    let wait_states = match setting {
        None => 0,
        Some((name, _)) if name != "wait_states" => {
            errors.help(name.span(), format_args!("`cycles` has no setting `{name}`"), FORM);
            return Err(Reported);
        }
        Some((_, value)) => {
            value.to_string().parse::<u8>().ok().filter(|&states| states <= 15).ok_or_else(|| {
                errors.help(value.span(), "wait states are a number from 0 to 15", FORM);
                Reported
            })?
        }
    };
    let written = format!("cycles({word}) <= ");
    let limit = at_most(limit, &format!("{written}…"), &format!("{written}48_000"), errors)?;
    Ok((limit, Processor { kind, wait_states }))
}

/// A limit from above; `form` and `example` say how it is written.
fn at_most(limit: &Limit, form: &str, example: &str, errors: &mut Errors) -> Result<SizeLimit, Reported> {
    let resource = &limit.resource;
    if limit.comparison == Comparison::AtLeast {
        let help = format!("write `{form}`");
        errors.help(limit.comparison_span, format_args!("`{resource}` can only be limited from above"), help);
        return Err(Reported);
    }
    let example = format!("for instance `{example}`");
    let bound = match value(limit, errors)? {
        None => Bound::Expression(limit.bound.clone()),
        Some(Number::Integer(value)) => match u64::try_from(value) {
            Ok(value) => Bound::Known(value),
            Err(_) => {
                return Err(refuse(
                    limit,
                    errors,
                    format_args!("`{resource}` cannot be limited to {value}"),
                    example,
                ));
            }
        },
        Some(Number::Real(_)) => {
            return Err(refuse(
                limit,
                errors,
                format_args!("`{resource}` is limited by an integer"),
                example,
            ));
        }
    };
    Ok(SizeLimit { resource: resource.clone(), written: limit.bound.clone(), bound })
}

/// `accuracy("test.npz") >= 0.97`
fn accuracy(limit: &Limit, errors: &mut Errors) -> Result<Accuracy, Reported> {
    const FORM: &str =
        "write `accuracy(\"test.npz\") >= 0.97`, the file holding inputs `x` and their classes `y`";
    let resource = &limit.resource;
    let file = match &limit.argument {
        Some(LimitArgument::File(file)) => file.clone(),
        Some(LimitArgument::Word(word, _)) => {
            errors.help(word.span(), "`accuracy` takes the file of a test set in quotes", FORM);
            return Err(Reported);
        }
        None => {
            errors.help(resource.span(), "`accuracy` needs a test set", FORM);
            return Err(Reported);
        }
    };
    if limit.comparison == Comparison::AtMost {
        errors.help(limit.comparison_span, "`accuracy` can only be limited from below", "write `>=`");
        return Err(Reported);
    }
    let bound = match value(limit, errors)? {
        None => Bound::Expression(limit.bound.clone()),
        Some(Number::Real(value)) if (0.0..=1.0).contains(&value) => Bound::Known(value),
        Some(Number::Integer(value @ 0..=1)) => Bound::Known(value as f64),
        Some(_) => {
            return Err(refuse(
                limit,
                errors,
                "`accuracy` is a share from 0 to 1",
                "97 of 100 are `accuracy(\"test.npz\") >= 0.97`",
            ));
        }
    };
    Ok(Accuracy { resource: resource.clone(), written: limit.bound.clone(), bound, file })
}

/// The value of the right side; `None` where only rustc knows.
fn value(limit: &Limit, errors: &mut Errors) -> Result<Option<Number>, Reported> {
    match bound::evaluate(&limit.bound) {
        Ok(number) => Ok(Some(number)),
        Err(Unvalued::Unknown) => Ok(None),
        Err(Unvalued::DivisionByZero) => Err(refuse(
            limit,
            errors,
            "this limit divides by zero",
            "write a number, for instance `24 * KIB`",
        )),
        Err(Unvalued::Overflow) => Err(refuse(
            limit,
            errors,
            "this limit is too large for 64 bits",
            "write a smaller one, for instance `24 * KIB`",
        )),
        Err(Unvalued::NoOperator) => Err(refuse(
            limit,
            errors,
            "this limit lacks an operator between two numbers",
            "units are factors: write `24 * KIB`",
        )),
        Err(Unvalued::Suffix) => Err(refuse(
            limit,
            errors,
            "a number of this limit has a suffix that is no type of Rust",
            "units are factors: write `24 * KIB`",
        )),
        Err(Unvalued::Mixed) => Err(refuse(
            limit,
            errors,
            "this limit mixes integers with numbers that have a fraction",
            "as in Rust, they do not mix: write one and a half KIB as `1536` or `3 * KIB / 2`",
        )),
    }
}

/// Reports an error that underlines the right side.
fn refuse(limit: &Limit, errors: &mut Errors, message: impl Display, help: impl Display) -> Reported {
    errors.push(syn::Error::new_spanned(&limit.bound, format_args!("{message}\n= help: {help}")));
    Reported
}

fn span(argument: &LimitArgument) -> Span {
    match argument {
        LimitArgument::File(file) => file.span(),
        LimitArgument::Word(word, _) => word.span(),
    }
}

impl Checked {
    /// Reads the test set, which must suit the network: `Err` if it does not, or cannot be seen. `choices` is the shape
    /// of what the answer is the largest value of.
    pub(super) fn load(
        self,
        files: &dyn Files,
        interface: &Interface,
        choices: Option<&[usize]>,
        errors: &mut Errors,
    ) -> Result<Limits, Reported> {
        let Checked { mut limits, accuracy } = self;
        let Some(Accuracy { resource, written, bound, file }) = accuracy else { return Ok(limits) };
        let several =
            |shapes: &Option<Vec<Vec<usize>>>| shapes.as_ref().is_some_and(|shapes| shapes.len() > 1);
        if several(&interface.input_shapes) || several(&interface.output_shapes) {
            errors.help(
                resource.span(),
                "`accuracy` needs a network with one input and one output",
                "a test set has an `x` for the one and a `y` for the other: test the others in firmware",
            );
            return Err(Reported);
        }
        let input = interface.input_shape().ok_or(Reported)?;
        let classes = classes(choices.ok_or(Reported)?, &resource, errors)?;
        let test_set = samples::read_test_set(files, &file, input, Some(classes), errors).ok_or(Reported)?;
        limits.accuracy = Some(AccuracyLimit { resource, written, bound, file: file.value(), test_set });
        Ok(limits)
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
                "it counts how often the largest of several values is the right one; other networks cannot \
                 be limited so",
            );
            Err(Reported)
        }
    }
}
