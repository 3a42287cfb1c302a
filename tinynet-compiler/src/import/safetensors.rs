//! `.safetensors`: a JSON table of names, types, shapes and offsets, then the numbers, little endian, row major.
//!
//! Format: <https://huggingface.co/docs/safetensors>. Like the reference reader, this one wants the tensors to cover
//! the data without gap or overlap.

use super::number::{ByteOrder, Format};
use super::{Archive, Array, Budget, ImportError, MOST_AXES, element_count, printable, quoted};
use json_event_parser::{JsonEvent, SliceJsonParser};
use std::borrow::Cow;
use std::ops::Range;

/// Bytes of the number that says how long the table is.
const LENGTH: usize = 8;

/// Reads every tensor of a file.
///
/// # Errors
///
/// Anything that is not an intact file of tensors of real numbers or integers.
pub fn read(bytes: &[u8]) -> Result<Archive, ImportError> {
    let (table, data) = split(bytes)?;
    let tensors = Table::read(table).map_err(|error| error.within("header"))?;
    check_coverage(&tensors, data.len())?;
    let mut budget = Budget::default();
    let mut archive = Archive::default();
    for tensor in tensors {
        let array = tensor.array(data, &mut budget).map_err(|error| error.within(tensor.place()))?;
        archive.entries.push((tensor.name, array));
    }
    archive.check_names()?;
    Ok(archive)
}

const SAVE_AGAIN: &str = "the file is damaged or no safetensors file; save or copy it again";

/// The table and the data behind it.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), ImportError> {
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH>() else {
        return Err(ImportError::new("the file ends inside its header").help(SAVE_AGAIN));
    };
    let length = u64::from_le_bytes(*length);
    match usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length)) {
        Some(parts) => Ok(parts),
        None => Err(ImportError::new(format!(
            "the header should be {length} bytes long, but the file has only {}",
            rest.len()
        ))
        .help(SAVE_AGAIN)),
    }
}

/// A row of the table.
struct Tensor {
    name: String,
    format: String,
    shape: Vec<usize>,
    data: Range<usize>,
}

impl Tensor {
    fn place(&self) -> String {
        format!("tensor {}", quoted(&self.name))
    }

    /// The numbers; `data` is known to cover all offsets.
    fn array(&self, data: &[u8], budget: &mut Budget) -> Result<Array, ImportError> {
        let format = number_format(&self.format)?;
        let shape = self.shape.clone();
        let expected = element_count(&shape).and_then(|count| count.checked_mul(format.width()));
        if expected != Some(self.data.len()) {
            return Err(ImportError::new(format!(
                "shape {shape:?} of {} does not take the {} bytes it is given",
                self.format,
                self.data.len()
            ))
            .help(SAVE_AGAIN));
        }
        let values = format.decode(&data[self.data.clone()], ByteOrder::Little, budget)?;
        Ok(Array { shape, values })
    }
}

/// Refuses offsets that leave bytes out, use them twice or point behind the end.
fn check_coverage(tensors: &[Tensor], length: usize) -> Result<(), ImportError> {
    let mut order: Vec<&Tensor> = tensors.iter().collect();
    order.sort_by_key(|tensor| (tensor.data.start, tensor.data.end));
    let mut covered = 0;
    for tensor in order {
        let Range { start, end } = tensor.data;
        if start != covered || end < start || end > length {
            return Err(ImportError::new(format!(
                "offsets {start} to {end} do not continue at {covered} in the {length} bytes of data"
            ))
            .within(tensor.place())
            .help(SAVE_AGAIN));
        }
        covered = end;
    }
    if covered != length {
        return Err(ImportError::new(format!("{} bytes at the end belong to no tensor", length - covered))
            .help(SAVE_AGAIN));
    }
    Ok(())
}

fn number_format(name: &str) -> Result<Format, ImportError> {
    Ok(match name {
        "F16" => Format::Float16,
        "BF16" => Format::BFloat16,
        "F32" => Format::Float32,
        "F64" => Format::Float64,
        "BOOL" => Format::Bool,
        "I8" => Format::Signed(1),
        "I16" => Format::Signed(2),
        "I32" => Format::Signed(4),
        "I64" => Format::Signed(8),
        "U8" => Format::Unsigned(1),
        "U16" => Format::Unsigned(2),
        "U32" => Format::Unsigned(4),
        "U64" => Format::Unsigned(8),
        _ => {
            return Err(ImportError::new(format!("numbers of type {} cannot be read", quoted(name)))
                .help("save the tensor as float32: tensor.float()"));
        }
    })
}

/// Reads the table event by event: nothing nests deeper than the format does.
struct Table<'a> {
    parser: SliceJsonParser<'a>,
}

impl<'a> Table<'a> {
    /// `{"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …, "__metadata__": {…}}`
    fn read(text: &'a [u8]) -> Result<Vec<Tensor>, ImportError> {
        let mut table = Self { parser: SliceJsonParser::new(text) };
        let mut tensors = Vec::new();
        table.expect(&JsonEvent::StartObject, "a table of tensors")?;
        while let Some(name) = table.key()? {
            if name == "__metadata__" {
                table.skip_metadata()?;
            } else {
                let place = format!("tensor {}", quoted(&name));
                tensors.push(table.tensor(name.into_owned()).map_err(|error| error.within(place))?);
            }
        }
        table.expect(&JsonEvent::Eof, "the end of the table")?;
        Ok(tensors)
    }

    fn next(&mut self) -> Result<JsonEvent<'a>, ImportError> {
        self.parser.parse_next().map_err(|error| {
            let message: String = error.to_string().chars().flat_map(printable).collect();
            ImportError::new(format!("no JSON: {message}")).help(SAVE_AGAIN)
        })
    }

    fn expect(&mut self, event: &JsonEvent<'_>, wanted: &str) -> Result<(), ImportError> {
        if self.next()? == *event { Ok(()) } else { Err(unexpected(wanted)) }
    }

    /// The next key of an object; `None` at its end.
    fn key(&mut self) -> Result<Option<Cow<'a, str>>, ImportError> {
        match self.next()? {
            JsonEvent::ObjectKey(key) => Ok(Some(key)),
            JsonEvent::EndObject => Ok(None),
            _ => Err(unexpected("a name")),
        }
    }

    fn string(&mut self, wanted: &str) -> Result<Cow<'a, str>, ImportError> {
        match self.next()? {
            JsonEvent::String(text) => Ok(text),
            _ => Err(unexpected(wanted)),
        }
    }

    /// What the user noted about the file: texts under texts, of no meaning here.
    fn skip_metadata(&mut self) -> Result<(), ImportError> {
        self.expect(&JsonEvent::StartObject, "a table of texts under `__metadata__`")?;
        while self.key()?.is_some() {
            self.string("a text in `__metadata__`")?;
        }
        Ok(())
    }

    fn tensor(&mut self, name: String) -> Result<Tensor, ImportError> {
        let (mut format, mut shape, mut offsets) = (None, None, None);
        self.expect(&JsonEvent::StartObject, "`dtype`, `shape` and `data_offsets`")?;
        while let Some(key) = self.key()? {
            let is_first = match &*key {
                "dtype" => format.replace(self.string("the name of a type")?.into_owned()).is_none(),
                "shape" => shape.replace(self.numbers()?).is_none(),
                "data_offsets" => offsets.replace(self.numbers()?).is_none(),
                _ => return Err(ImportError::new(format!("unknown field {}", quoted(&key))).help(SAVE_AGAIN)),
            };
            if !is_first {
                return Err(ImportError::new(format!("field `{key}` stands twice")).help(SAVE_AGAIN));
            }
        }
        let format = format.ok_or_else(|| unexpected("field `dtype`"))?;
        let shape = shape.ok_or_else(|| unexpected("field `shape`"))?;
        let Some(&[start, end]) = offsets.as_deref() else {
            return Err(unexpected("two `data_offsets`"));
        };
        Ok(Tensor { name, format, shape, data: start..end })
    }

    /// `[1, 2, 3]`, none of them negative.
    fn numbers(&mut self) -> Result<Vec<usize>, ImportError> {
        let mut numbers = Vec::new();
        self.expect(&JsonEvent::StartArray, "a list of sizes")?;
        loop {
            match self.next()? {
                JsonEvent::Number(_) if numbers.len() == MOST_AXES => {
                    return Err(ImportError::new(format!("more than {MOST_AXES} axes")).help(SAVE_AGAIN));
                }
                JsonEvent::Number(number) => {
                    numbers.push(
                        number
                            .parse()
                            .map_err(|_| unexpected(&format!("a size, not {}", quoted(&number))))?,
                    );
                }
                JsonEvent::EndArray => return Ok(numbers),
                _ => return Err(unexpected("a size")),
            }
        }
    }
}

fn unexpected(wanted: &str) -> ImportError {
    ImportError::new(format!("expected {wanted}")).help(SAVE_AGAIN)
}
