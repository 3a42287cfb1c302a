//! Numpy's `.npy`: one array.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>, versions 1.0, 2.0 and 3.0.

use super::number::{ByteOrder, Format};
use super::{Array, Budget, ImportError, MOST_AXES, element_count, quoted};

const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads the array of a file.
///
/// # Errors
///
/// Anything that is not a complete file with one array of real numbers or integers.
pub fn read(bytes: &[u8]) -> Result<Array, ImportError> {
    let mut budget = Budget::default();
    Header::read(bytes)?.array(bytes, &mut budget)
}

/// What stands before the numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    format: Format,
    order: ByteOrder,
    fortran_order: bool,
    shape: Vec<usize>,
    /// Number of values: the product of `shape`.
    count: usize,
    /// Offset of the first value.
    data: usize,
}

impl Header {
    /// Reads the header at the start of a file.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        if !bytes.starts_with(MAGIC) {
            return Err(not_an_array(bytes));
        }
        let truncated = || ImportError::new("the file ends inside its header").help("save or copy it again");
        let &[major, minor] = bytes.get(6..8).ok_or_else(truncated)? else { return Err(truncated()) };
        let (start, length) = match major {
            1 => (10, bytes.get(8..10).map(|field| usize::from(u16::from_le_bytes([field[0], field[1]])))),
            2 | 3 => (12, bytes.get(8..12).map(|field| u32_le(field) as usize)),
            _ => {
                return Err(ImportError::new(format!("version {major}.{minor} of the format is not known"))
                    .help("save it with numpy.save, which writes 1.0, 2.0 or 3.0"));
            }
        };
        let length = length.ok_or_else(truncated)?;
        let data = start + length;
        let text = bytes.get(start..data).ok_or_else(truncated)?;
        // Version 3.0 is UTF-8 for the names of structured types only, which are refused: ASCII is all there is.
        Fields::read(text).map_err(|error| error.at("header"))?.resolve(data)
    }

    /// Length of the file that starts with this header.
    pub(super) fn file_length(&self) -> usize {
        self.data.saturating_add(self.count.saturating_mul(self.format.width()))
    }

    /// Reads the numbers of the file that starts with this header.
    pub(super) fn array(self, bytes: &[u8], budget: &mut Budget) -> Result<Array, ImportError> {
        let expected = self.file_length();
        if bytes.len() < expected {
            let found = (bytes.len() - self.data) / self.format.width();
            return Err(ImportError::new(format!(
                "the file ends after {found} of the {} values that its shape {:?} says",
                self.count, self.shape
            ))
            .help("save or copy it again"));
        }
        if bytes.len() > expected {
            return Err(ImportError::new(format!("{} bytes follow the array", bytes.len() - expected))
                .help("save one array a file; use numpy.savez for several"));
        }
        let values = self.format.decode(&bytes[self.data..], self.order, budget)?;
        if self.fortran_order && self.shape.len() > 1 {
            let axes: Vec<_> = (0..self.shape.len()).rev().collect();
            let shape = self.shape.into_iter().rev().collect();
            return Ok(Array { shape, values }.transposed(&axes));
        }
        Ok(Array { shape: self.shape, values })
    }
}

/// Says what a file is that is no `.npy`.
fn not_an_array(bytes: &[u8]) -> ImportError {
    let error = ImportError::new("this is not a `.npy` file: it does not start with \\x93NUMPY");
    if bytes.starts_with(b"PK") {
        error.help("it looks like an archive of numpy.savez: call it `.npz`")
    } else if MAGIC.starts_with(bytes) {
        ImportError::new("the file ends inside its header").help("save or copy it again")
    } else {
        error.help("write it with numpy.save")
    }
}

fn u32_le(field: &[u8]) -> u32 {
    u32::from_le_bytes([field[0], field[1], field[2], field[3]])
}

/// The entries of the header's dictionary.
#[derive(Default)]
struct Fields {
    descr: Option<String>,
    fortran_order: Option<bool>,
    shape: Option<Vec<usize>>,
}

impl Fields {
    /// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
    fn read(text: &[u8]) -> Result<Self, ImportError> {
        let mut fields = Fields::default();
        let mut reader = Reader { text, offset: 0 };
        reader.expect(b'{')?;
        while !reader.eat(b'}') {
            let key = reader.string()?;
            reader.expect(b':')?;
            let is_first = match key {
                "descr" => fields.descr.replace(reader.type_name()?).is_none(),
                "fortran_order" => fields.fortran_order.replace(reader.boolean()?).is_none(),
                "shape" => fields.shape.replace(reader.shape()?).is_none(),
                _ => return Err(ImportError::new(format!("unknown field {}", quoted(key))).help(SAVE_AGAIN)),
            };
            if !is_first {
                return Err(ImportError::new(format!("field `{key}` stands twice")).help(SAVE_AGAIN));
            }
            if !reader.eat(b',') {
                reader.expect(b'}')?;
                break;
            }
        }
        if reader.peek().is_some() {
            return Err(reader.unexpected("the end of the header"));
        }
        Ok(fields)
    }

    fn resolve(self, data: usize) -> Result<Header, ImportError> {
        let missing = |name| ImportError::new(format!("header: no field `{name}`")).help(SAVE_AGAIN);
        let (format, order) = number_format(&self.descr.ok_or_else(|| missing("descr"))?)?;
        let fortran_order = self.fortran_order.ok_or_else(|| missing("fortran_order"))?;
        let shape = self.shape.ok_or_else(|| missing("shape"))?;
        let count = element_count(&shape).ok_or_else(|| {
            ImportError::new(format!("shape {shape:?} has more values than memory can hold")).help(SAVE_AGAIN)
        })?;
        Ok(Header { format, order, fortran_order, shape, count, data })
    }
}

const SAVE_AGAIN: &str = "the file is damaged or not made by numpy; write it with numpy.save";

/// The format behind a type string such as `<f4`.
fn number_format(descr: &str) -> Result<(Format, ByteOrder), ImportError> {
    let refuse = |what: &str, help: &str| {
        Err(ImportError::new(format!("numbers of type {} ({what}) cannot be read", quoted(descr))).help(help))
    };
    let order = match descr.as_bytes().first() {
        Some(b'<' | b'|') => ByteOrder::Little,
        Some(b'>') => ByteOrder::Big,
        _ => return refuse("no byte order", SAVE_AGAIN),
    };
    let format = match &descr[1..] {
        "f2" => Format::Float16,
        "f4" => Format::Float32,
        "f8" => Format::Float64,
        "b1" => Format::Bool,
        "i1" => Format::Signed(1),
        "i2" => Format::Signed(2),
        "i4" => Format::Signed(4),
        "i8" => Format::Signed(8),
        "u1" => Format::Unsigned(1),
        "u2" => Format::Unsigned(2),
        "u4" => Format::Unsigned(4),
        "u8" => Format::Unsigned(8),
        other => {
            let (what, help) = match other.as_bytes().first() {
                Some(b'f') => ("long double", "save x.astype(numpy.float32)"),
                Some(b'c') => ("complex", "save the real part: x.real"),
                Some(b'O') => ("Python objects", "save numbers: numpy.asarray(x, dtype=numpy.float32)"),
                Some(b'S' | b'U' | b'T') => ("text", "save numbers: x.astype(numpy.float32)"),
                Some(b'M' | b'm') => ("times", "save numbers: x.astype(numpy.int64)"),
                Some(b'V') => ("raw bytes, perhaps bfloat16", "save x.astype(numpy.float32)"),
                _ => ("unknown", "save x.astype(numpy.float32)"),
            };
            return refuse(what, help);
        }
    };
    Ok((format, order))
}

/// Reads the few Python literals a header is made of. Nothing nests, so nothing recurses.
struct Reader<'a> {
    text: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.offset).is_some_and(u8::is_ascii_whitespace) {
            self.offset += 1;
        }
        self.text.get(self.offset).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.offset += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), ImportError> {
        if self.eat(byte) { Ok(()) } else { Err(self.unexpected(&format!("`{}`", char::from(byte)))) }
    }

    fn unexpected(&mut self, wanted: &str) -> ImportError {
        let found = match self.peek() {
            Some(byte) => format!("`{}`", byte.escape_ascii()),
            None => "its end".into(),
        };
        ImportError::new(format!("expected {wanted} at byte {}, found {found}", self.offset)).help(SAVE_AGAIN)
    }

    /// `'text'` or `"text"`, ASCII without escapes.
    fn string(&mut self) -> Result<&'a str, ImportError> {
        let Some(quote @ (b'\'' | b'"')) = self.peek() else { return Err(self.unexpected("a string")) };
        let rest = &self.text[self.offset + 1..];
        let length = rest.iter().position(|&byte| byte == quote);
        let text = length.and_then(|length| std::str::from_utf8(&rest[..length]).ok());
        match text.filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')) {
            Some(text) => {
                self.offset += text.len() + 2;
                Ok(text)
            }
            None => Err(self.unexpected("a string")),
        }
    }

    /// A type string; structured types are a list or a tuple instead.
    fn type_name(&mut self) -> Result<String, ImportError> {
        if let Some(b'[' | b'(') = self.peek() {
            return Err(ImportError::new("an array of a structured type cannot be read")
                .help("save each field as an array of its own: numpy.savez(file, name=x['field'])"));
        }
        Ok(self.string()?.to_owned())
    }

    fn boolean(&mut self) -> Result<bool, ImportError> {
        for (word, value) in [("True", true), ("False", false)] {
            self.peek();
            if self.text[self.offset..].starts_with(word.as_bytes()) {
                self.offset += word.len();
                return Ok(value);
            }
        }
        Err(self.unexpected("`True` or `False`"))
    }

    /// `(3, 4)`, `(3,)`, `()`.
    fn shape(&mut self) -> Result<Vec<usize>, ImportError> {
        let mut shape = Vec::new();
        self.expect(b'(')?;
        while !self.eat(b')') {
            if shape.len() == MOST_AXES {
                return Err(ImportError::new(format!("more than {MOST_AXES} axes")).help(SAVE_AGAIN));
            }
            shape.push(self.length()?);
            if !self.eat(b',') {
                self.expect(b')')?;
                break;
            }
        }
        Ok(shape)
    }

    /// The length of an axis; Python 2 wrote `3L`.
    fn length(&mut self) -> Result<usize, ImportError> {
        self.peek();
        let rest = &self.text[self.offset..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let length = std::str::from_utf8(&rest[..digits]).ok().and_then(|text| text.parse().ok());
        let Some(length) = length else { return Err(self.unexpected("the length of an axis")) };
        self.offset += digits + usize::from(rest.get(digits) == Some(&b'L'));
        Ok(length)
    }
}

/// A `.npy` file of `float32` for tests.
#[cfg(test)]
pub(crate) fn write_f32(shape: &[usize], values: &[f32]) -> Vec<u8> {
    let axes: String = shape.iter().map(|axis| format!("{axis},")).collect();
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({axes}), }}");
    let mut file = [MAGIC, b"\x02\x00"].concat();
    file.extend_from_slice(&(header.len() as u32).to_le_bytes());
    file.extend_from_slice(header.as_bytes());
    file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    file
}
