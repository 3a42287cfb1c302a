//! Where the fields of a `.tflite` file stand.
//!
//! Reads intact files only, by the layout of <https://flatbuffers.dev/internals/> and the field numbers of `schema.fbs`.

/// What the bytes of a field say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// How far ahead a vector, text or table stands.
    Distance,
    /// How far back the layout of a table stands.
    Layout,
    /// Where in a table a field stands; or the size of the layout or of the table.
    Slot,
    /// How many elements a vector has.
    Length,
    /// Length of an axis.
    Axis,
    /// Type of a tensor's elements.
    ElementType,
    /// Which of the buffers a tensor's elements stand in.
    Buffer,
    /// A scale, a float32.
    Scale,
    /// A zero point, an int64.
    ZeroPoint,
    /// Which operator a code stands for.
    Operator,
    /// Which of the codes an operator has.
    Code,
    /// A tensor that an operator or a subgraph reads or makes.
    Tensor,
    /// Which type the options of an operator have.
    OptionsType,
    /// An option of an operator.
    Option,
    /// An element of a constant.
    Constant,
    /// Any other number.
    Number,
}

/// A field: its bytes, little endian, and what they say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// Offset of its first byte.
    pub(crate) place: usize,
    /// 1, 2, 4 or 8.
    pub(crate) width: usize,
    /// What it says.
    pub(crate) meaning: Meaning,
}

/// What stands in a slot of a table.
enum Slot {
    Number(usize, Meaning),
    Numbers(usize, Meaning),
    Text,
    Table(&'static [(usize, Slot)]),
    Tables(&'static [(usize, Slot)]),
    /// A table of numbers of which nothing is known here.
    Options,
}

const MODEL: &[(usize, Slot)] = &[
    (0, Slot::Number(4, Meaning::Number)),
    (1, Slot::Tables(OPERATOR_CODE)),
    (2, Slot::Tables(SUBGRAPH)),
    (3, Slot::Text),
    (4, Slot::Tables(BUFFER)),
];

const OPERATOR_CODE: &[(usize, Slot)] = &[
    (0, Slot::Number(1, Meaning::Operator)),
    (1, Slot::Text),
    (2, Slot::Number(4, Meaning::Number)),
    (3, Slot::Number(4, Meaning::Operator)),
];

const SUBGRAPH: &[(usize, Slot)] = &[
    (0, Slot::Tables(TENSOR)),
    (1, Slot::Numbers(4, Meaning::Tensor)),
    (2, Slot::Numbers(4, Meaning::Tensor)),
    (3, Slot::Tables(OPERATOR)),
    (4, Slot::Text),
];

const TENSOR: &[(usize, Slot)] = &[
    (0, Slot::Numbers(4, Meaning::Axis)),
    (1, Slot::Number(1, Meaning::ElementType)),
    (2, Slot::Number(4, Meaning::Buffer)),
    (3, Slot::Text),
    (4, Slot::Table(QUANTIZATION)),
    (5, Slot::Number(1, Meaning::Number)),
    (7, Slot::Numbers(4, Meaning::Axis)),
    (8, Slot::Number(1, Meaning::Number)),
];

const QUANTIZATION: &[(usize, Slot)] = &[
    (2, Slot::Numbers(4, Meaning::Scale)),
    (3, Slot::Numbers(8, Meaning::ZeroPoint)),
    (6, Slot::Number(4, Meaning::Number)),
];

const OPERATOR: &[(usize, Slot)] = &[
    (0, Slot::Number(4, Meaning::Code)),
    (1, Slot::Numbers(4, Meaning::Tensor)),
    (2, Slot::Numbers(4, Meaning::Tensor)),
    (3, Slot::Number(1, Meaning::OptionsType)),
    (4, Slot::Options),
    (8, Slot::Numbers(4, Meaning::Tensor)),
];

const BUFFER: &[(usize, Slot)] = &[(0, Slot::Numbers(1, Meaning::Constant))];

/// All fields of a file, each once.
pub(crate) fn fields(file: &[u8]) -> Vec<Field> {
    let mut walk = Walk { file, fields: Vec::new() };
    let root = walk.distance(0);
    walk.table(root, MODEL);
    let mut fields = walk.fields;
    fields.sort_by_key(|field| (field.place, field.width));
    fields.dedup_by_key(|field| field.place);
    fields
}

/// The number that stands in a field.
pub(crate) fn number(file: &[u8], field: &Field) -> u64 {
    file[field.place..][..field.width].iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

struct Walk<'f> {
    file: &'f [u8],
    fields: Vec<Field>,
}

impl Walk<'_> {
    fn note(&mut self, place: usize, width: usize, meaning: Meaning) -> usize {
        let field = Field { place, width, meaning };
        self.fields.push(field);
        number(self.file, &field) as usize
    }

    /// Where the distance at `place` leads.
    fn distance(&mut self, place: usize) -> usize {
        place + self.note(place, 4, Meaning::Distance)
    }

    /// Places of the slots of a table, in their order; 0 for those without a value. Behind them, the end of the table.
    fn slots(&mut self, table: usize) -> (Vec<usize>, usize) {
        let back = self.note(table, 4, Meaning::Layout) as u32 as i32;
        let layout = table.checked_add_signed(-(back as isize)).expect("an intact file");
        let layout_size = self.note(layout, 2, Meaning::Slot);
        let table_size = self.note(layout + 2, 2, Meaning::Slot);
        let offsets = (4..layout_size).step_by(2).map(|at| self.note(layout + at, 2, Meaning::Slot));
        let places = offsets.map(|offset| if offset == 0 { 0 } else { table + offset }).collect();
        (places, table + table_size)
    }

    fn table(&mut self, table: usize, schema: &[(usize, Slot)]) {
        let (places, _) = self.slots(table);
        for (index, slot) in schema {
            match places.get(*index) {
                None | Some(0) => {}
                Some(&place) => self.slot(place, slot),
            }
        }
    }

    fn slot(&mut self, place: usize, slot: &Slot) {
        match *slot {
            Slot::Number(width, meaning) => {
                self.note(place, width, meaning);
            }
            Slot::Numbers(width, meaning) => {
                let elements = self.elements(place);
                elements.for_each(|index, first| {
                    self.note(first + index * width, width, meaning);
                });
            }
            Slot::Text => drop(self.elements(place)),
            Slot::Table(schema) => {
                let table = self.distance(place);
                self.table(table, schema);
            }
            Slot::Tables(schema) => self.elements(place).for_each(|index, first| {
                let table = self.distance(first + 4 * index);
                self.table(table, schema);
            }),
            Slot::Options => {
                let table = self.distance(place);
                self.options(table);
            }
        }
    }

    fn elements(&mut self, place: usize) -> Elements {
        let vector = self.distance(place);
        let count = self.note(vector, 4, Meaning::Length);
        Elements { first: vector + 4, count }
    }

    /// A number reaches up to the next one.
    fn options(&mut self, table: usize) {
        let (mut places, end) = self.slots(table);
        places.retain(|&place| place != 0);
        places.sort_unstable();
        places.push(end);
        for pair in places.windows(2) {
            let width = match pair[1] - pair[0] {
                0 => continue,
                1 => 1,
                2 | 3 => 2,
                _ => 4,
            };
            self.note(pair[0], width, Meaning::Option);
        }
    }
}

/// The elements of a vector.
struct Elements {
    first: usize,
    count: usize,
}

impl Elements {
    /// Shows the number of each, and where the first stands.
    fn for_each(self, mut visit: impl FnMut(usize, usize)) {
        (0..self.count).for_each(|index| visit(index, self.first));
    }
}
