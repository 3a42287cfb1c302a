//! Arrays written in the declaration: `[[1, -1], [0.5, 2]]`.

use crate::ast::{Value, ValueKind};
use crate::diagnostics::Errors;
use crate::import::{Array, Values, narrow};

/// What the numbers of a list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// Real numbers, with or without a fraction.
    Real,
    /// Integers that `weight_scale` gives their meaning.
    Integers,
}

/// Reads a number (shape `[]`) or nested lists of numbers. Every list of one depth has one length.
///
/// Reports what is wrong and answers `None`.
pub(super) fn read(value: &Value, numbers: Numbers, errors: &mut Errors) -> Option<Array> {
    let shape = shape(value);
    let mut leaves = Vec::new();
    collect(value, &shape, &mut leaves, errors)?;
    let values = match numbers {
        Numbers::Real => Values::F32(all(&leaves, |leaf| real(leaf, errors))?),
        Numbers::Integers => Values::Integers(all(&leaves, |leaf| integer(leaf, errors))?),
    };
    Some(Array { shape, values })
}

/// The lengths of the first list of each depth: what the other lists are held against.
fn shape(mut value: &Value) -> Vec<usize> {
    let mut shape = Vec::new();
    while let ValueKind::List(items) = &value.kind {
        shape.push(items.len());
        let Some(first) = items.first() else { break };
        value = first;
    }
    shape
}

/// Gathers the numbers of `value`, which should have `shape`; stops at the first list that has not.
fn collect<'v>(
    value: &'v Value,
    shape: &[usize],
    leaves: &mut Vec<&'v Value>,
    errors: &mut Errors,
) -> Option<()> {
    match (&value.kind, shape.split_first()) {
        (ValueKind::List(items), Some((&length, inner))) if items.len() == length => {
            items.iter().try_for_each(|item| collect(item, inner, leaves, errors))
        }
        (ValueKind::List(items), Some((length, _))) => {
            errors.push(value.error(format!(
                "this list has {}, the first one beside it {length}\n= help: lists side by side have the same length",
                count(items.len(), "element")
            )));
            None
        }
        (ValueKind::List(_), None) => {
            errors.push(value.error("expected a number here, as in the place before"));
            None
        }
        (ValueKind::Missing, _) => None,
        (_, None) => {
            leaves.push(value);
            Some(())
        }
        (_, Some((length, _))) => {
            errors.push(value.error(format!("expected a list of {} here", count(*length, "element"))));
            None
        }
    }
}

/// Converts every leaf, so that all errors are reported; `None` if there was one.
fn all<T>(leaves: &[&Value], mut convert: impl FnMut(&Value) -> Option<T>) -> Option<Vec<T>> {
    let converted: Vec<T> = leaves.iter().filter_map(|leaf| convert(leaf)).collect();
    (converted.len() == leaves.len()).then_some(converted)
}

fn real(value: &Value, errors: &mut Errors) -> Option<f32> {
    let ValueKind::Number(number) = value.kind else {
        errors.push(value.error("expected a number"));
        return None;
    };
    let narrowed = narrow(number.value).filter(|value| value.is_finite());
    if narrowed.is_none() {
        errors.push(value.error(format!("{:e} is too large for float32", number.value)));
    }
    narrowed
}

fn integer(value: &Value, errors: &mut Errors) -> Option<i64> {
    match value.kind {
        // The cast saturates: far out of the range of any weight.
        ValueKind::Number(number) if number.is_integer => Some(number.value as i64),
        _ => {
            errors.help_value(
                value,
                "expected an integer",
                "`weight_scale` belongs to integer weights; leave it out for real numbers",
            );
            None
        }
    }
}

/// `1 element`, `2 elements`.
fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
