//! Who reads whom.

use super::Reported;
use super::layer::{Source, name};
use super::walk::Walk;
use crate::ast::{self, ValueKind};
use crate::vocabulary::Inputs;
use proc_macro2::Ident;
use syn::ext::IdentExt;

impl Walk<'_, '_> {
    /// What the layer at `index` reads.
    pub(super) fn sources(&mut self, index: usize, inputs: Inputs) -> Result<Vec<Source>, Reported> {
        match inputs {
            Inputs::None => Ok(Vec::new()),
            Inputs::One => self.one_source(index).map(|source| vec![source]),
            Inputs::Several => self.several_sources(index),
        }
    }

    /// The layer that the one at `index` reads: the one it names, or the one before.
    fn one_source(&mut self, index: usize) -> Result<Source, Reported> {
        match self.layers[index].option("input").map(|option| &option.value) {
            None => {
                let before = index.checked_sub(1).ok_or(Reported)?;
                Ok(self.source(before))
            }
            Some(value) => match &value.kind {
                ValueKind::Word(label) => self.labelled(index, label),
                _ => {
                    self.is_resolved = false;
                    Err(self.wrong(index, "input", value))
                }
            },
        }
    }

    /// The layers that the one at `index` names.
    fn several_sources(&mut self, index: usize) -> Result<Vec<Source>, Reported> {
        let Some(option) = self.layers[index].option("inputs") else {
            self.is_resolved = false;
            return Err(Reported);
        };
        let ValueKind::List(items) = &option.value.kind else {
            self.is_resolved = false;
            return Err(self.wrong(index, "inputs", &option.value));
        };
        // Who is meant by an empty list is as unknown as who is meant by a wrong label.
        self.is_resolved &= !items.is_empty();
        let source = |item: &ast::Value| match &item.kind {
            ValueKind::Word(label) => self.labelled(index, label),
            _ => {
                self.is_resolved = false;
                Err(self.wrong(index, "inputs", item))
            }
        };
        let sources: Vec<_> = items.iter().map(source).collect();
        sources.into_iter().collect()
    }

    /// Reports a value that is no label.
    fn wrong(&mut self, index: usize, option: &str, value: &ast::Value) -> Reported {
        if let ValueKind::Text(text) = &value.kind {
            let help = format!("labels are written without quotes: `{}`", text.value());
            self.stage.errors.help_value(
                value,
                format_args!("`{option}` takes labels of layers, found text"),
                help,
            );
            return Reported;
        }
        let example = if option == "input" { "conv1" } else { "[left, right]" };
        self.layer_at(index, Vec::new()).wrong(option, value, example)
    }

    /// The layer called `label`, for the layer at `index`.
    fn labelled(&mut self, index: usize, label: &Ident) -> Result<Source, Reported> {
        let Some(&place) = self.labels.get(&label.unraw().to_string()) else {
            // Reported with the names.
            self.is_resolved = false;
            return Err(Reported);
        };
        if place < index {
            return Ok(self.source(place));
        }
        self.is_resolved = false;
        let reader = name(&self.layers[index]);
        match place == index {
            true => self.stage.errors.help(
                label.span(),
                format_args!("`{reader}` cannot read itself"),
                "name a layer before it",
            ),
            false => self.stage.errors.help(
                label.span(),
                format_args!("`{reader}` reads `{label}`, which comes after it"),
                "layers run in the order they are written: move the one that is read up",
            ),
        }
        Err(Reported)
    }

    /// What the layer at `place` makes, for a reader.
    fn source(&mut self, place: usize) -> Source {
        self.is_read[place] = true;
        Source { name: name(&self.layers[place]), made: self.made[place].clone() }
    }
}
