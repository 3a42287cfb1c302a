//! Trained numbers for layers: found by label and role, checked, brought into the layouts of the graph.
//!
//! An entry of the weight file is called `label.role`; `label/role` and `label/role:0` (Keras) mean the same. Roles:
//!
//! | layer | PyTorch | Keras |
//! |---|---|---|
//! | Dense, Conv1d, Conv2d | `weight`, `bias` | `kernel`, `bias` |
//! | DepthwiseConv2d | `weight`, `bias` | `depthwise_kernel` or `kernel`, `bias` |
//! | BatchNorm | `weight`, `bias`, `running_mean`, `running_var` | `gamma`, `beta`, `moving_mean`, `moving_variance` |
//! | PRelu | `weight` | `alpha` |
//!
//! Weights that are integers have their scale beside them, `weight_scale`: one number, or one for each output channel.
//!
//! The name says in which order the axes stand (see [`Layout`]), the option `layout` overrides it.

mod filter;
mod inline;
mod vector;

pub use filter::{FilterShape, Filters, LayerFilter, Layout, NoFilter, channels_last_columns};
pub use vector::BatchNorm;

use crate::ast::{Layer, Value, ValueKind};
use crate::diagnostics::Errors;
use crate::files::Files;
use crate::import::{self, Array, Values, quoted};
use crate::suggestion;
use inline::Numbers;
use proc_macro2::Span;
use std::fmt::Display;
use std::rc::Rc;
use syn::LitStr;
use syn::ext::IdentExt;

/// As many names as an error lists.
const MOST_NAMES: usize = 12;

/// The weight file of a network, and which of its entries were used.
pub struct WeightStore<'a> {
    files: &'a dyn Files,
    archive: Archive,
    /// What was asked for and is not there; reported at the end, when it is known which entries nobody uses.
    missing: Vec<Missing>,
    /// Labels of the layers that asked for anything.
    labels: Vec<String>,
    /// Whether there are layers that would have asked.
    is_skipped: bool,
}

enum Archive {
    /// The declaration names none.
    Undeclared,
    /// It cannot be read: that is reported already, or an editor is asking.
    Unavailable,
    /// It is there.
    Loaded { literal: LitStr, entries: Vec<Entry> },
}

struct Entry {
    name: String,
    array: Rc<Array>,
    is_used: bool,
}

/// Entries of one layer that are not in the file.
struct Missing {
    span: Span,
    /// For each of them the names it could have.
    names: Vec<Vec<String>>,
}

/// What an array is for: the option that gives it, and the endings of the entries that do.
struct Role {
    option: &'static str,
    entries: &'static [(&'static str, Layout)],
}

/// An array for a role, and what to say about it.
struct Found<'v> {
    array: Rc<Array>,
    /// What messages call it.
    name: String,
    /// The layout that its name states.
    layout: Option<Layout>,
    place: Place<'v>,
}

/// Where errors about an array point.
#[derive(Clone, Copy)]
enum Place<'v> {
    Layer(Span),
    Value(&'v Value),
}

/// Why there is no array for a role.
enum Absent {
    /// Nothing more to say: it is reported, or an editor is asking.
    Silent,
    /// The declaration names no file.
    NoFile,
    /// The layer has no label to look for.
    NoLabel,
    /// The file has none of these entries.
    NoEntry(Vec<String>),
}

impl<'a> WeightStore<'a> {
    /// Opens the file behind `= "file"`, if the declaration names one. Errors point at `literal`.
    pub fn open(files: &'a dyn Files, literal: Option<&LitStr>, errors: &mut Errors) -> Self {
        let archive = literal.map_or(Archive::Undeclared, |literal| load(files, literal, errors));
        Self { files, archive, missing: Vec::new(), labels: Vec::new(), is_skipped: false }
    }

    /// Counts the entries of a layer as used, although nobody asks for them: the layer is wrong in another way.
    pub fn skip(&mut self, layer: &Layer) {
        let Some(label) = label(layer) else { return };
        if let Archive::Loaded { entries, .. } = &mut self.archive {
            for entry in entries {
                entry.is_used |= role_of(&entry.name, &label).is_some();
            }
        }
        self.is_skipped = true;
    }

    /// Reports entries that layers miss and entries that no layer uses. With `is_whole` false (a part of the
    /// declaration could not be read) only the former.
    pub fn finish(self, is_whole: bool, errors: &mut Errors) {
        let Archive::Loaded { literal, entries } = self.archive else { return };
        let mut unused: Vec<&str> = entries
            .iter()
            .filter(|entry| !entry.is_used && !is_bookkeeping(&entry.name))
            .map(|entry| entry.name.as_str())
            .collect();
        let mut suggested = Vec::new();
        for missing in &self.missing {
            suggested.extend(missing.report(&literal, &unused, errors));
        }
        unused.retain(|name| !suggested.iter().any(|suggestion| suggestion == name));
        if is_whole && !unused.is_empty() {
            let help = match self.labels.as_slice() {
                [] if self.is_skipped => "entries are called `label.role`, like `fc.weight`".into(),
                [] => "no layer takes weights from the file".into(),
                labels if unused.iter().all(|name| is_role(name, labels)) => {
                    "layers of these labels do without them: look for `use_bias: false`, or for options that give the \
                     same"
                        .into()
                }
                labels => format!(
                    "entries are called `label.role`; layers that take weights are labelled {}",
                    list(labels.iter().map(String::as_str))
                ),
            };
            let names = list(unused.iter().copied());
            errors.help(
                literal.span(),
                format_args!("`{}` has entries that no layer uses: {names}", literal.value()),
                help,
            );
        }
    }

    /// The arrays of a layer for several roles. All that is missing becomes one error.
    fn find_all<'v, const N: usize>(
        &mut self,
        layer: &'v Layer,
        roles: [(&Role, Numbers); N],
        errors: &mut Errors,
    ) -> [Option<Found<'v>>; N] {
        self.labels.extend(label(layer));
        let mut absent = Vec::new();
        let found = roles.map(|(role, numbers)| match self.find(layer, role, numbers, errors) {
            Ok(found) => Some(found),
            Err(reason) => {
                absent.push((role.option, reason));
                None
            }
        });
        self.report_absent(layer, absent, errors);
        found
    }

    /// The array of a layer for one role: from its option, else from the file.
    fn find<'v>(
        &mut self,
        layer: &'v Layer,
        role: &Role,
        numbers: Numbers,
        errors: &mut Errors,
    ) -> Result<Found<'v>, Absent> {
        match layer.option(role.option) {
            Some(option) => given(self.files, &option.value, numbers, errors).ok_or(Absent::Silent),
            None => self.entry(layer, role, errors),
        }
    }

    /// The entry of the file for a role of a layer.
    fn entry<'v>(&mut self, layer: &'v Layer, role: &Role, errors: &mut Errors) -> Result<Found<'v>, Absent> {
        let (literal, entries) = match &mut self.archive {
            Archive::Undeclared => return Err(Absent::NoFile),
            Archive::Unavailable => return Err(Absent::Silent),
            Archive::Loaded { literal, entries } => (literal, entries),
        };
        let label = label(layer).ok_or(Absent::NoLabel)?;
        let layout = |entry: &Entry| {
            let ending = role_of(&entry.name, &label)?;
            role.entries.iter().find(|(name, _)| *name == ending).map(|(_, layout)| *layout)
        };
        let mut fitting: Vec<(&mut Entry, Layout)> = entries
            .iter_mut()
            .filter_map(|entry| {
                let layout = layout(entry)?;
                entry.is_used = true;
                Some((entry, layout))
            })
            .collect();
        if fitting.len() > 1 {
            let names = list(fitting.iter().map(|(entry, _)| entry.name.as_str()));
            errors.help(
                layer.span(),
                format_args!(
                    "`{}` has more than one entry for the {}: {names}",
                    literal.value(),
                    role.option
                ),
                "remove or rename all but one",
            );
            return Err(Absent::Silent);
        }
        match fitting.pop() {
            Some((entry, layout)) => Ok(Found {
                array: entry.array.clone(),
                name: quoted(&entry.name),
                layout: Some(layout),
                place: Place::Layer(layer.span()),
            }),
            None => Err(Absent::NoEntry(
                role.entries.iter().map(|(ending, _)| format!("{label}.{ending}")).collect(),
            )),
        }
    }

    /// Reports, or notes for the end, what a layer lacks.
    fn report_absent(&mut self, layer: &Layer, absent: Vec<(&str, Absent)>, errors: &mut Errors) {
        let mut names = Vec::new();
        let (mut fileless, mut nameless) = (Vec::new(), Vec::new());
        for (option, reason) in absent {
            match reason {
                Absent::Silent => {}
                Absent::NoFile => fileless.push(option),
                Absent::NoLabel => nameless.push(option),
                Absent::NoEntry(possible) => names.push(possible),
            }
        }
        let options = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
        if !names.is_empty() {
            self.missing.push(Missing { span: layer.span(), names });
        }
        let operator = &layer.operator;
        if !fileless.is_empty() {
            errors.help(
                layer.span(),
                format_args!("this `{operator}` has no {}", words(&fileless, "and no")),
                format_args!(
                    "name a file behind the struct's name (`= \"weights.npz\"`), or state {}{}",
                    words(&options(&fileless), "and"),
                    if fileless.contains(&"bias") { "; `use_bias: false` where it has none" } else { "" },
                ),
            );
        }
        if !nameless.is_empty() {
            errors.help(
                layer.span(),
                format_args!("this `{operator}` has no label to find its {} by", words(&nameless, "and")),
                format_args!(
                    "write `label: {operator} {{ … }}` and call the entries of the file `label.weight`, …; or state {}",
                    words(&options(&nameless), "and")
                ),
            );
        }
    }
}

impl Missing {
    /// Reports the error; answers the unused entries that it suggests.
    fn report<'n>(&self, literal: &LitStr, unused: &[&'n str], errors: &mut Errors) -> Vec<&'n str> {
        let wanted: Vec<String> = self.names.iter().map(|names| alternatives(names)).collect();
        let suggestions: Vec<&str> = self.names.iter().filter_map(|names| suggest(names, unused)).collect();
        let help = if !suggestions.is_empty() {
            format!("did you mean {}? rename what differs", list(suggestions.iter().copied()))
        } else if self.names.iter().all(|names| names[0].ends_with(".bias")) {
            "state `use_bias: false` if the layer has none".into()
        } else if unused.is_empty() {
            "other layers use all entries of the file".into()
        } else {
            format!("entries that no layer uses: {}", list(unused.iter().copied()))
        };
        errors.help(
            self.span,
            format_args!("`{}` has no entry {}", literal.value(), words(&wanted, "and no")),
            help,
        );
        suggestions
    }
}

/// The unused entry that is most likely meant by one of `names`.
fn suggest<'n>(names: &[String], unused: &[&'n str]) -> Option<&'n str> {
    let longer = |name: &String| {
        let is_longer =
            |entry: &&&str| entry.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with(['.', '/']));
        unused.iter().find(is_longer).copied()
    };
    names
        .iter()
        .find_map(longer)
        .or_else(|| names.iter().find_map(|name| suggestion::closest(name, unused.iter().copied())))
}

/// Reads the file behind `= "file"`.
fn load(files: &dyn Files, literal: &LitStr, errors: &mut Errors) -> Archive {
    let file = match files.read(literal) {
        Ok(file) => file,
        Err(error) => {
            error.report(literal, errors);
            return Archive::Unavailable;
        }
    };
    match import::read_archive(&file) {
        Ok(archive) => Archive::Loaded {
            literal: literal.clone(),
            entries: archive
                .entries
                .into_iter()
                .map(|(name, array)| Entry { name, array: Rc::new(array), is_used: false })
                .collect(),
        },
        Err(error) => {
            error.report(literal, errors);
            Archive::Unavailable
        }
    }
}

/// The array that an option gives: a list, a number, or a `.npy` file.
fn given<'v>(
    files: &dyn Files,
    value: &'v Value,
    numbers: Numbers,
    errors: &mut Errors,
) -> Option<Found<'v>> {
    let place = Place::Value(value);
    match &value.kind {
        ValueKind::Missing => None,
        ValueKind::List(_) | ValueKind::Number(_) => {
            let array = Rc::new(inline::read(value, numbers, errors)?);
            // Lists are written one output a row, as PyTorch has them.
            Some(Found { array, name: "this list".into(), layout: Some(Layout::PyTorch), place })
        }
        ValueKind::Text(literal) => {
            let file = files.read(literal).map_err(|error| error.report(literal, errors)).ok()?;
            let array = import::read_array(&file).map_err(|error| error.report(literal, errors)).ok()?;
            Some(Found { array: Rc::new(array), name: quoted(&literal.value()), layout: None, place })
        }
        _ => {
            errors.push(value.error("expected a list of numbers or the name of a `.npy` file"));
            None
        }
    }
}

impl Place<'_> {
    fn error(self, message: impl Display, help: impl Display, errors: &mut Errors) {
        match self {
            Place::Layer(span) => errors.help(span, message, help),
            Place::Value(value) => errors.help_value(value, message, help),
        }
    }
}

impl Found<'_> {
    fn error(&self, message: impl Display, help: impl Display, errors: &mut Errors) {
        self.place.error(message, help, errors);
    }

    /// The real numbers; integers and numbers that are not finite are errors.
    fn reals(&self, integers_help: &str, errors: &mut Errors) -> Option<&[f32]> {
        let Values::F32(values) = &self.array.values else {
            self.error(format_args!("{} holds integers", self.name), integers_help, errors);
            return None;
        };
        let mut bad = values.iter().enumerate().filter(|(_, value)| !value.is_finite());
        let Some((index, value)) = bad.next() else { return Some(values) };
        let more = match bad.count() {
            0 => String::new(),
            count => format!(", and {count} more such values"),
        };
        self.error(
            format_args!(
                "{} holds {value} at {:?}{more}",
                self.name,
                import::position(index, &self.array.shape)
            ),
            "every weight must be finite; look for the step of the training that diverged",
            errors,
        );
        None
    }
}

/// The name a layer's entries begin with.
fn label(layer: &Layer) -> Option<String> {
    layer.label.as_ref().map(|label| label.unraw().to_string())
}

/// The part of an entry's name behind `label.`, `label/`, without Keras's `:0`.
fn role_of<'n>(name: &'n str, label: &str) -> Option<&'n str> {
    let role = name.strip_prefix(label)?;
    match role.strip_prefix('.') {
        Some(role) => Some(role),
        None => role.strip_prefix('/').map(|role| role.strip_suffix(":0").unwrap_or(role)),
    }
}

/// Whether an entry is called after one of the labels.
fn is_role(name: &str, labels: &[String]) -> bool {
    labels.iter().any(|label| role_of(name, label).is_some_and(|role| !role.contains(['.', '/'])))
}

/// PyTorch's BatchNorm counts its batches; inference has no use for it.
fn is_bookkeeping(name: &str) -> bool {
    name.ends_with(".num_batches_tracked")
}

/// Names in backticks, the first few of many.
fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|name| quoted(name)).collect();
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// `` `a` `` or `` `a` (or `b`) ``.
fn alternatives(names: &[String]) -> String {
    match names {
        [first, others @ ..] if !others.is_empty() => {
            format!("{} (or {})", quoted(first), list(others.iter().map(String::as_str)))
        }
        _ => list(names.iter().map(String::as_str)),
    }
}

/// `a`, `a and b`, `a, b and c`.
fn words(items: &[impl AsRef<str>], conjunction: &str) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests;
