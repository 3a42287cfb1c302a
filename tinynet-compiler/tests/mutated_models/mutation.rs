//! Files that are almost intact: a few fields say something else.

use crate::fields::{Field, Meaning, fields, number};
use fastrand::Rng;
use std::fmt::Write;

/// An intact file and its fields.
pub(crate) struct Intact {
    /// The whole file.
    file: Vec<u8>,
    /// What holds the file together, by meaning: so that the few fields of one are met as often as the many of another.
    structure: Vec<Vec<Field>>,
    /// What the parts are, by meaning.
    parts: Vec<Vec<Field>>,
    /// What the parts calculate with, by meaning.
    numbers: Vec<Vec<Field>>,
}

/// A file that was changed.
pub(crate) struct Mutated {
    /// The whole file.
    pub(crate) file: Vec<u8>,
    /// What was done to it.
    pub(crate) changes: String,
}

impl Intact {
    pub(crate) fn new(file: Vec<u8>) -> Self {
        let [mut structure, mut parts, mut numbers] = [const { Vec::new() }; 3];
        for field in fields(&file) {
            let groups = match field.meaning {
                Meaning::Distance | Meaning::Layout | Meaning::Slot | Meaning::Length => &mut structure,
                Meaning::Scale | Meaning::ZeroPoint | Meaning::Option | Meaning::Constant => &mut numbers,
                _ => &mut parts,
            };
            match groups.iter_mut().find(|group: &&mut Vec<Field>| group[0].meaning == field.meaning) {
                Some(group) => group.push(field),
                None => groups.push(vec![field]),
            }
        }
        Self { file, structure, parts, numbers }
    }

    /// The file with one to three changes, most often one number.
    pub(crate) fn mutated(&self, random: &mut Rng) -> Mutated {
        let mut mutated = Mutated { file: self.file.clone(), changes: String::new() };
        for _ in 0..*choose(random, &[1, 1, 1, 2, 3]) {
            match random.u8(..32) {
                0 => mutated.cut(random),
                1 => mutated.damage(random),
                2..5 => self.change(&self.structure, &mut mutated, random),
                5..9 => self.change(&self.parts, &mut mutated, random),
                9..13 => self.resize(&mut mutated, random),
                _ => self.change(&self.numbers, &mut mutated, random),
            }
        }
        mutated
    }

    /// Changes a field, or exchanges two of the same meaning.
    fn change(&self, groups: &[Vec<Field>], mutated: &mut Mutated, random: &mut Rng) {
        // A graph without operators has no numbers.
        let Some(group) = groups.get(random.usize(..groups.len().max(1))) else { return };
        let (field, other) = (*choose(random, group), *choose(random, group));
        let old = number(&self.file, &field);
        let new = match field.meaning {
            // To where another one leads.
            Meaning::Distance if random.bool() => {
                (other.place as u64 + number(&self.file, &other)).wrapping_sub(field.place as u64)
            }
            Meaning::Constant => return mutated.fill(&field, random),
            _ if random.u8(..4) == 0 => {
                mutated.set(&other, old);
                number(&self.file, &other)
            }
            Meaning::Scale => u64::from(scale(f32::from_bits(old as u32), random).to_bits()),
            Meaning::ZeroPoint => *choose(random, &ZERO_POINTS) as u64,
            Meaning::Operator | Meaning::OptionsType | Meaning::ElementType => random.u64(..160),
            Meaning::Option if random.bool() => random.u64(..4),
            _ => other_number(old, field.width, random),
        };
        mutated.set(&field, new);
    }

    /// Changes a length wherever it stands: another size of image, another number of channels.
    fn resize(&self, mutated: &mut Mutated, random: &mut Rng) {
        let axes = self.parts.iter().find(|group| group[0].meaning == Meaning::Axis);
        let axes = axes.map_or(&[][..], Vec::as_slice);
        let Some(field) = axes.get(random.usize(..axes.len().max(1))) else { return };
        let old = number(&self.file, field);
        let new = other_number(old, field.width, random);
        for axis in axes.iter().filter(|axis| number(&self.file, axis) == old) {
            mutated.set(axis, new);
        }
    }
}

/// A number near another one, or where calculations go wrong.
fn other_number(old: u64, width: usize, random: &mut Rng) -> u64 {
    let flipped = old ^ 1 << random.u8(..8 * width as u8);
    let near = [old.wrapping_add(1), old.wrapping_sub(1), old.wrapping_mul(2), old / 2, flipped];
    let any = [0, 1, 2, 3, 7, 64, 127, 128, 255, 1 << 15, 1 << 16, 1 << 20, 1 << 24, 1 << 31, u64::MAX];
    if random.bool() { *choose(random, &near) } else { *choose(random, &any) }
}

const ZERO_POINTS: [i64; 10] = [-128, -129, 127, 128, 0, 1, -1, 255, i64::MIN, i64::MAX];

/// Another scale: harmless, extreme, or none at all.
fn scale(old: f32, random: &mut Rng) -> f32 {
    let factor = choose(random, &[0.5, 2.0, 0.999, 1e3, 1e-3, 1e9, 1e-9]);
    if random.bool() {
        return old * factor;
    }
    let scales = [
        -old,
        0.0,
        -0.0,
        f32::NAN,
        f32::INFINITY,
        f32::MAX,
        f32::MIN_POSITIVE,
        // Denormal.
        f32::from_bits(1),
    ];
    *choose(random, &scales)
}

impl Mutated {
    fn set(&mut self, field: &Field, number: u64) {
        let bytes = number.to_le_bytes();
        // A cut may have taken it away.
        if let Some(place) = self.file.get_mut(field.place..field.place + field.width) {
            place.copy_from_slice(&bytes[..field.width]);
            let _ = write!(self.changes, "{:?} at {} := {number:#x}; ", field.meaning, field.place);
        }
    }

    /// Writes other elements into a constant.
    fn fill(&mut self, field: &Field, random: &mut Rng) {
        let byte = *choose(random, &[0, 1, 0x7f, 0x80, 0xff, 0x55]);
        let end = self.file.len().min(field.place + *choose(random, &[1, 4, 8, 64, 1024]));
        let place = field.place.min(end)..end;
        let _ = write!(self.changes, "bytes {place:?} := {byte:#x}; ");
        self.file[place].fill(byte);
    }

    fn cut(&mut self, random: &mut Rng) {
        self.file.truncate(random.usize(..=self.file.len()));
        let _ = write!(self.changes, "cut at {}; ", self.file.len());
    }

    fn damage(&mut self, random: &mut Rng) {
        if self.file.is_empty() {
            return;
        }
        let place = random.usize(..self.file.len());
        self.file[place] = random.u8(..);
        let _ = write!(self.changes, "byte {place} := {:#x}; ", self.file[place]);
    }
}

fn choose<'a, T>(random: &mut Rng, items: &'a [T]) -> &'a T {
    &items[random.usize(..items.len())]
}
