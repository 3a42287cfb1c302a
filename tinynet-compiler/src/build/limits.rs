//! What must hold: `flash <= 24 * KIB`, `accuracy("test.npz") >= 0.97`.

mod measures;

pub use measures::MeasureLimit;
pub(super) use measures::Tested;

use super::Reported;
use super::bound::{self, Bound, Number, Unvalued};
use crate::armv6m::timing::Multiplier;
use crate::ast::{Comparison, Limit, LimitArgument};
use crate::diagnostics::Errors;
use crate::files::Files;
use crate::measure::Measure;
use crate::plan::cost::{Processor, ProcessorKind};
use crate::vocabulary;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use std::fmt::Display;

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
    /// How good the answers are on test sets.
    pub measures: Vec<MeasureLimit>,
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

impl SizeLimit {
    /// An error that underlines the whole limit.
    pub fn error(&self, message: impl Display) -> syn::Error {
        spanned(&self.resource, &self.written, message)
    }
}

fn spanned(resource: &Ident, bound: &TokenStream, message: impl Display) -> syn::Error {
    syn::Error::new_spanned(quote!(#resource #bound), message)
}

/// Limits that are right in themselves; the test sets are not read yet.
pub(super) struct Checked {
    limits: Limits,
    measures: Vec<measures::Checked>,
}

/// Checks limits; `Err` if any is wrong.
pub(super) fn limits(written: &[Limit], errors: &mut Errors) -> Result<Checked, Reported> {
    let mut checked = Checked { limits: Limits::default(), measures: Vec::new() };
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
        "accuracy" => checked.measures.push(measures::check(Measure::Accuracy, limit, errors)?),
        "error" => checked.measures.push(measures::check(Measure::Error, limit, errors)?),
        "auc" => checked.measures.push(measures::check(Measure::Auc, limit, errors)?),
        "cycles" => checked.limits.cycles = Some(cycles(limit, errors)?),
        name => {
            let help = match vocabulary::similar_resource(name) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => {
                    "limits are `flash <= 24 * KIB`, `ram <= 1 * KIB`, `stack <= 600`, `macs <= 100_000`, \
                         `cycles(cortex_m0) <= 48_000`, `accuracy(\"test.npz\") >= 0.97`, `error(\"test.npz\") <= \
                         0.02` and `auc(\"test.npz\") >= 0.9`"
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
    let (word, settings) = match &limit.argument {
        Some(LimitArgument::Word(word, settings)) => (word, settings),
        Some(files @ LimitArgument::Files(..)) => {
            errors.help(span(files), "`cycles` takes the name of a processor", FORM);
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
    let mut processor = Processor { kind, wait_states: 0, multiplier: Multiplier::of_build() };
    for (index, (name, value)) in settings.iter().enumerate() {
        if settings[..index].iter().any(|(other, _)| other == name) {
            errors.help(name.span(), format_args!("`{name}` is set twice"), FORM);
            return Err(Reported);
        }
        set(&mut processor, name, value, errors)?;
    }
    let written = format!("cycles({word}) <= ");
    let limit = at_most(limit, &format!("{written}…"), &format!("{written}48_000"), errors)?;
    Ok((limit, processor))
}

const FORM: &str = "processors are `cycles(cortex_m0) <= …` and `cycles(cortex_m0plus) <= …`; flash that makes them wait \
                    is `cycles(cortex_m0, wait_states: 1) <= …`, a multiplier of 32 cycles is `cycles(cortex_m0, \
                    multiplier: 32) <= …`";

/// Sets something about a processor.
fn set(
    processor: &mut Processor,
    name: &Ident,
    value: &Literal,
    errors: &mut Errors,
) -> Result<(), Reported> {
    let written = value.to_string();
    match name.to_string().as_str() {
        "wait_states" => {
            let states = written.parse().ok().filter(|&states: &u8| states <= 15);
            processor.wait_states = states.ok_or_else(|| {
                errors.help(value.span(), "wait states are a number from 0 to 15", FORM);
                Reported
            })?;
        }
        "multiplier" => {
            processor.multiplier = match written.as_str() {
                "1" => Multiplier::SingleCycle,
                "32" => Multiplier::Iterative,
                _ => {
                    errors.help(value.span(), "a multiplier takes 1 cycle or 32", FORM);
                    return Err(Reported);
                }
            };
        }
        _ => {
            errors.help(name.span(), format_args!("`cycles` has no setting `{name}`"), FORM);
            return Err(Reported);
        }
    }
    Ok(())
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

/// Place of the first token.
fn span(argument: &LimitArgument) -> Span {
    match argument {
        LimitArgument::Files(files, _) => files.first().map_or_else(Span::call_site, syn::LitStr::span),
        LimitArgument::Word(word, _) => word.span(),
    }
}

impl Checked {
    /// Reads the test sets, which must suit the network: `Err` if one does not, or cannot be seen.
    pub(super) fn load(
        self,
        files: &dyn Files,
        tested: Tested<'_>,
        errors: &mut Errors,
    ) -> Result<Limits, Reported> {
        let Checked { mut limits, measures } = self;
        // Every one is read, so that all mistakes are found.
        let loaded: Vec<_> =
            measures.into_iter().map(|measure| measure.load(files, tested, errors)).collect();
        limits.measures = loaded.into_iter().collect::<Result<_, _>>()?;
        Ok(limits)
    }
}
