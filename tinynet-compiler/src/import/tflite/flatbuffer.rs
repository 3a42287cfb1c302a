//! FlatBuffers, read with every access checked.
//!
//! Format: <https://flatbuffers.dev/internals/>. A *table* begins with the distance back to its *vtable*, which lists
//! for each *slot* (field number) how far into the table its value lies, 0 where it is absent. Vectors, texts and
//! tables inside a table are reached by an unsigned distance forward from where the distance itself stands.
//!
//! A file may reach one vector by many ways, so that its contents, copied out, can be as large as the square of its
//! length. [`Contents::charge`] bounds what is copied.

use super::{ImportError, damaged};
use std::cell::Cell;
use std::ops::Range;

/// Bytes of a distance, and of the length before a vector.
const WORD: usize = 4;

/// Bytes of memory for each byte of the file. What converters write needs less than half of it.
const MEMORY_PER_BYTE: usize = 8;

/// Memory that the smallest file may take.
const LEAST_MEMORY: usize = 16 << 10;

/// The bytes of a file, and the memory that what is copied out of them may still take.
pub(super) struct Contents<'a> {
    bytes: &'a [u8],
    left: Cell<usize>,
}

impl<'a> Contents<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let limit = bytes.len().saturating_mul(MEMORY_PER_BYTE).saturating_add(LEAST_MEMORY);
        Self { bytes, left: Cell::new(limit) }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The table that everything hangs on.
    pub(super) fn root(&self) -> Result<Table<'_>, ImportError> {
        Table::at(self, self.follow(0)?)
    }

    /// Sets memory aside, or refuses.
    fn charge(&self, bytes: usize) -> Result<(), ImportError> {
        let Some(left) = self.left.get().checked_sub(bytes) else {
            return Err(damaged(format!(
                "the contents take more than {MEMORY_PER_BYTE} times the {} bytes of the file",
                self.len()
            )));
        };
        self.left.set(left);
        Ok(())
    }

    /// An empty vector with memory for `count` elements.
    pub(super) fn vector<T>(&self, count: usize) -> Result<Vec<T>, ImportError> {
        self.charge(count.saturating_mul(size_of::<T>()))?;
        Ok(Vec::with_capacity(count))
    }

    fn bytes(&self, place: usize, length: usize) -> Result<&'a [u8], ImportError> {
        let range = place.checked_add(length).and_then(|end| self.bytes.get(place..end));
        range.ok_or_else(|| {
            damaged(format!("{length} bytes at byte {place} lie beyond the file's end at {}", self.len()))
        })
    }

    fn scalar<S: Scalar>(&self, place: usize) -> Result<S, ImportError> {
        self.bytes(place, S::WIDTH).map(S::decode)
    }

    /// Where the distance at `place` leads.
    fn follow(&self, place: usize) -> Result<usize, ImportError> {
        let distance = self.scalar::<u32>(place)?;
        usize::try_from(distance)
            .ok()
            .and_then(|distance| place.checked_add(distance))
            .ok_or_else(|| broken(place, "a distance that leads nowhere"))
    }

    /// Place of the first and number of all elements of the vector at `place`.
    fn elements(&self, place: usize, width: usize) -> Result<(usize, usize), ImportError> {
        let count = self.scalar::<u32>(place)?;
        let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(width));
        let first = place + WORD;
        match length {
            Some(length) if self.bytes(first, length).is_ok() => Ok((first, length / width)),
            _ => Err(broken(place, &format!("a list of {count} elements that lies beyond the file's end"))),
        }
    }
}

fn broken(place: usize, what: &str) -> ImportError {
    damaged(format!("{what}, at byte {place}"))
}

/// A number as it stands in the file, little endian.
pub(super) trait Scalar: Sized {
    /// Bytes of it.
    const WIDTH: usize;

    /// The number that `bytes`, as many as [`WIDTH`](Self::WIDTH), stand for.
    fn decode(bytes: &[u8]) -> Self;
}

macro_rules! scalars {
    ($($number:ty)*) => {$(
        impl Scalar for $number {
            const WIDTH: usize = size_of::<$number>();

            fn decode(bytes: &[u8]) -> Self {
                let mut copy = [0; size_of::<$number>()];
                copy.copy_from_slice(bytes);
                Self::from_le_bytes(copy)
            }
        }
    )*};
}

scalars! { i8 u8 u16 i32 u32 i64 u64 f32 }

impl Scalar for bool {
    const WIDTH: usize = 1;

    fn decode(bytes: &[u8]) -> Self {
        bytes != [0]
    }
}

/// A table of the file.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    contents: &'a Contents<'a>,
    place: usize,
    /// Two bytes a slot.
    slots: &'a [u8],
}

impl<'a> Table<'a> {
    fn at(contents: &'a Contents<'a>, place: usize) -> Result<Self, ImportError> {
        /// Bytes of a vtable before its slots: its own length and that of the table.
        const HEADER: usize = 4;
        let back = contents.scalar::<i32>(place)?;
        let vtable =
            isize::try_from(back).ok().and_then(|back| place.checked_add_signed(back.checked_neg()?));
        let vtable = vtable.ok_or_else(|| broken(place, "a table without a layout"))?;
        let length = usize::from(contents.scalar::<u16>(vtable)?);
        match contents.bytes(vtable, length)?.split_at_checked(HEADER) {
            Some((_, slots)) if length % 2 == 0 => Ok(Self { contents, place, slots }),
            _ => Err(broken(vtable, &format!("a table's layout that is {length} bytes long"))),
        }
    }

    pub(super) fn contents(&self) -> &'a Contents<'a> {
        self.contents
    }

    /// Where the value of a slot stands; `None` where it is absent.
    fn slot(&self, slot: usize) -> Option<usize> {
        let offset = self.slots.chunks_exact(2).nth(slot).map(u16::decode);
        offset.filter(|&offset| offset != 0).map(|offset| self.place + usize::from(offset))
    }

    /// The slots from `known` on that have a value: fields that a newer version of the format added.
    pub(super) fn slots_from(&self, known: usize) -> Result<Vec<usize>, ImportError> {
        let count = self.slots.len() / 2;
        let mut slots = self.contents.vector(count.saturating_sub(known))?;
        slots.extend((known..count).filter(|&slot| self.slot(slot).is_some()));
        Ok(slots)
    }

    pub(super) fn has(&self, slot: usize) -> bool {
        self.slot(slot).is_some()
    }

    /// A number; `None` where it is absent.
    pub(super) fn number<S: Scalar>(&self, slot: usize) -> Result<Option<S>, ImportError> {
        self.slot(slot).map(|place| self.contents.scalar(place)).transpose()
    }

    /// A number, or `default` where it is absent.
    pub(super) fn scalar<S: Scalar>(&self, slot: usize, default: S) -> Result<S, ImportError> {
        Ok(self.number(slot)?.unwrap_or(default))
    }

    /// Where the vector, text or table of a slot stands.
    fn target(&self, slot: usize) -> Result<Option<usize>, ImportError> {
        self.slot(slot).map(|place| self.contents.follow(place)).transpose()
    }

    pub(super) fn table(&self, slot: usize) -> Result<Option<Self>, ImportError> {
        self.target(slot)?.map(|place| Self::at(self.contents, place)).transpose()
    }

    /// Where a vector of bytes stands in the file.
    pub(super) fn range(&self, slot: usize) -> Result<Option<Range<usize>>, ImportError> {
        let Some(place) = self.target(slot)? else { return Ok(None) };
        let (first, count) = self.contents.elements(place, 1)?;
        Ok(Some(first..first + count))
    }

    /// A text; `None` where it is absent. Names are for people: bytes that are no text become replacement characters.
    pub(super) fn text(&self, slot: usize) -> Result<Option<String>, ImportError> {
        /// Bytes of a replacement character.
        const REPLACEMENT: usize = char::REPLACEMENT_CHARACTER.len_utf8();
        let Some(range) = self.range(slot)? else { return Ok(None) };
        self.contents.charge(REPLACEMENT * range.len())?;
        let bytes = self.contents.bytes(range.start, range.len())?;
        Ok(Some(String::from_utf8_lossy(bytes).into_owned()))
    }

    /// A vector of numbers; empty where it is absent.
    pub(super) fn numbers<S: Scalar>(&self, slot: usize) -> Result<Vec<S>, ImportError> {
        let Some(place) = self.target(slot)? else { return Ok(Vec::new()) };
        let (first, count) = self.contents.elements(place, S::WIDTH)?;
        let mut numbers = self.contents.vector(count)?;
        let bytes = self.contents.bytes(first, count * S::WIDTH)?;
        numbers.extend(bytes.chunks_exact(S::WIDTH).map(S::decode));
        Ok(numbers)
    }

    /// Number of tables in a vector; 0 where it is absent.
    pub(super) fn count(&self, slot: usize) -> Result<usize, ImportError> {
        self.target(slot)?.map_or(Ok(0), |place| Ok(self.contents.elements(place, WORD)?.1))
    }

    /// What `read` makes of each table of a vector, given its index; empty where the vector is absent.
    pub(super) fn tables<T>(
        &self,
        slot: usize,
        mut read: impl FnMut(usize, Table<'a>) -> Result<T, ImportError>,
    ) -> Result<Vec<T>, ImportError> {
        let Some(place) = self.target(slot)? else { return Ok(Vec::new()) };
        let (first, count) = self.contents.elements(place, WORD)?;
        let mut items = self.contents.vector(count)?;
        for index in 0..count {
            let place = self.contents.follow(first + WORD * index)?;
            items.push(read(index, Self::at(self.contents, place)?)?);
        }
        Ok(items)
    }
}
