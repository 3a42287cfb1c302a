//! The tables of a file to a [`Model`]. Numbers of slots are the schema's field numbers; a union takes two.

use super::super::{LARGEST_CONTENTS, MOST_AXES, element_count, quoted};
use super::flatbuffer::Table;
use super::{
    BuiltinOperator, ElementType, ImportError, Model, Operator, OperatorCode, Options, Quantization,
    Signature, Subgraph, Tensor, TensorIndex, damaged, subgraph_place, tensor_place,
};
use std::ops::Range;

/// Version of the schema since 2017; what came later are fields that old readers may leave alone.
const VERSION: u32 = 3;

/// The model that hangs on the root.
pub(super) fn model(root: Table<'_>) -> Result<Model, ImportError> {
    let version = root.scalar(0, 0u32)?;
    if version != VERSION {
        return Err(damaged(format!("version {version} of the format is not {VERSION}")));
    }
    let file = File {
        root,
        codes: root.tables(1, |index, table| {
            operator_code(&table).map_err(|error| error.within(format!("operator code {index}")))
        })?,
        buffers: root.tables(4, |index, table| {
            buffer(&table).map_err(|error| error.within(format!("buffer {index}")))
        })?,
    };
    let subgraphs = file.subgraphs()?;
    let signatures = root.tables(7, |index, table| {
        signature(&table, &subgraphs).map_err(|error| error.within(format!("signature {index}")))
    })?;
    let description = root.text(3)?.unwrap_or_default();
    Ok(Model { description, operator_codes: file.codes, subgraphs, signatures })
}

fn operator_code(table: &Table<'_>) -> Result<OperatorCode, ImportError> {
    // Codes from 127 on do not fit into the older field, and newer files write small ones into both.
    let code = i32::from(table.scalar(0, 0i8)?).max(table.scalar(3, 0)?);
    Ok(OperatorCode {
        operator: BuiltinOperator::from(code),
        custom_name: table.text(1)?,
        version: table.scalar(2, 1)?,
    })
}

/// Number and name of an operator.
pub(super) fn operator_place(index: usize, code: &OperatorCode) -> String {
    match &code.custom_name {
        Some(name) if code.operator == BuiltinOperator::Custom => {
            format!("operator {index} (CUSTOM {})", quoted(name))
        }
        _ => format!("operator {index} ({})", code.operator),
    }
}

/// Where a buffer's bytes stand; `None` where it has none. Files of more than 2 GB, and whoever likes, have them
/// behind the FlatBuffer.
fn buffer(table: &Table<'_>) -> Result<Option<Range<usize>>, ImportError> {
    let inside = table.range(0)?.filter(|range| !range.is_empty());
    let outside = behind(table, 1, 2)?;
    if inside.is_some() && outside.is_some() {
        return Err(damaged("it has bytes both inside the FlatBuffer and behind it"));
    }
    Ok(inside.or(outside))
}

/// The range of the file that two slots, an offset and a size, speak of; offsets 0 and 1 stand for none.
fn behind(table: &Table<'_>, offset: usize, size: usize) -> Result<Option<Range<usize>>, ImportError> {
    let (offset, size) = (table.scalar(offset, 0u64)?, table.scalar(size, 0u64)?);
    if offset <= 1 || size == 0 {
        return Ok(None);
    }
    let length = table.contents().len();
    let range = usize::try_from(offset)
        .ok()
        .zip(usize::try_from(size).ok())
        .and_then(|(offset, size)| Some(offset..offset.checked_add(size)?))
        .filter(|range| range.end <= length);
    match range {
        Some(range) => Ok(Some(range)),
        None => Err(damaged(format!("{size} bytes at byte {offset} lie beyond the file's end at {length}"))),
    }
}

/// What is read before the subgraphs, because they refer to it.
struct File<'a> {
    root: Table<'a>,
    codes: Vec<OperatorCode>,
    buffers: Vec<Option<Range<usize>>>,
}

impl File<'_> {
    fn subgraphs(&self) -> Result<Vec<Subgraph>, ImportError> {
        let count = self.root.count(2)?;
        let subgraphs = self.root.tables(2, |index, table| {
            self.subgraph(&table).map_err(|error| match subgraph_place(index, count) {
                Some(place) => error.within(place),
                None => error,
            })
        })?;
        if subgraphs.is_empty() { Err(damaged("the model has no subgraph")) } else { Ok(subgraphs) }
    }

    fn subgraph(&self, table: &Table<'_>) -> Result<Subgraph, ImportError> {
        let tensors = table.tables(0, |index, table| self.tensor(index, &table))?;
        Ok(Subgraph {
            name: table.text(4)?.unwrap_or_default(),
            inputs: tensor_indices(table, 1, "input", &tensors)?,
            outputs: tensor_indices(table, 2, "output", &tensors)?,
            operators: table.tables(3, |index, table| self.operator(index, &table, &tensors))?,
            tensors,
        })
    }

    fn tensor(&self, index: usize, table: &Table<'_>) -> Result<Tensor, ImportError> {
        let name = table.text(3).map_err(|error| error.within(tensor_place(index, "")))?.unwrap_or_default();
        let tensor = self.unnamed_tensor(table).map_err(|error| error.within(tensor_place(index, &name)))?;
        Ok(Tensor { name, ..tensor })
    }

    /// A tensor without its name.
    fn unnamed_tensor(&self, table: &Table<'_>) -> Result<Tensor, ImportError> {
        let shape = shape(table, 0)?;
        let element_type = ElementType::from(table.scalar(1, 0i8)?);
        let tensor = Tensor {
            name: String::new(),
            data: self.data(table)?,
            quantization: quantization(table.table(4)?, &shape, element_type)?,
            shape,
            shape_signature: table.numbers(7)?,
            element_type,
            is_variable: table.scalar(5, false)?,
            is_sparse: table.has(6),
            has_rank: table.scalar(8, false)?,
        };
        check_length(&tensor)?;
        Ok(tensor)
    }

    /// The bytes of a tensor's buffer.
    fn data(&self, table: &Table<'_>) -> Result<Option<Range<usize>>, ImportError> {
        if table.scalar(10, 0u32)? != 0 {
            return Err(ImportError::new("its elements are in another file")
                .help("convert the model into one file, without external buffers"));
        }
        let index = table.scalar(2, 0u32)?;
        let buffer = usize::try_from(index).ok().and_then(|index| self.buffers.get(index));
        match buffer {
            // Runtimes disagree on whether buffer 0 is always empty.
            Some(Some(_)) if index == 0 => Err(damaged("buffer 0, which stands for no buffer, has bytes")),
            Some(buffer) => Ok(buffer.clone()),
            None if index == 0 => Ok(None),
            None => Err(damaged(format!("it has buffer {index} of {}", self.buffers.len()))),
        }
    }

    fn operator(&self, index: usize, table: &Table<'_>, tensors: &[Tensor]) -> Result<Operator, ImportError> {
        let code = table.scalar(0, 0u32)?;
        let found = usize::try_from(code).ok().and_then(|code| Some((code, self.codes.get(code)?)));
        let Some((code, operator_code)) = found else {
            return Err(damaged(format!(
                "operator {index}: it has operator code {code} of {}",
                self.codes.len()
            )));
        };
        operator(table, code, operator_code.operator, tensors)
            .map_err(|error| error.within(operator_place(index, operator_code)))
    }
}

fn operator(
    table: &Table<'_>,
    code: usize,
    operator: BuiltinOperator,
    tensors: &[Tensor],
) -> Result<Operator, ImportError> {
    let inputs = optional_tensor_indices(table, 1, "input", tensors)?;
    let mutating_variable_inputs: Vec<bool> = table.numbers(7)?;
    if !mutating_variable_inputs.is_empty() && mutating_variable_inputs.len() != inputs.len() {
        return Err(damaged(format!(
            "it marks {} inputs as changed or not, but has {}",
            mutating_variable_inputs.len(),
            inputs.len()
        )));
    }
    let (options, unknown_options) = options(table)?;
    Ok(Operator {
        operator,
        code,
        inputs,
        outputs: tensor_indices(table, 2, "output", tensors)?,
        intermediates: optional_tensor_indices(table, 8, "intermediate tensor", tensors)?,
        mutating_variable_inputs,
        options,
        unknown_options,
        custom_options: custom_options(table)?,
    })
}

/// The options, and the slots of their table that have no meaning here.
fn options(table: &Table<'_>) -> Result<(Options, Vec<usize>), ImportError> {
    let (kind, second) = (table.scalar(3, 0u8)?, table.scalar(11, 0u8)?);
    match (table.table(4)?, second) {
        (Some(_), 1..) => Err(damaged("it has two tables of options")),
        (None, 0) => Ok((Options::Absent, Vec::new())),
        (None, second) => Ok((Options::Second { table: second }, Vec::new())),
        (Some(fields), 0) => {
            let (options, known) = Options::read(kind, &fields).map_err(|error| error.within("options"))?;
            Ok((options, fields.slots_from(known)?))
        }
    }
}

fn custom_options(table: &Table<'_>) -> Result<Option<Range<usize>>, ImportError> {
    let inside = table.range(5)?;
    let outside = behind(table, 9, 10)?;
    if inside.is_some() && outside.is_some() {
        return Err(damaged("it has custom options both inside the FlatBuffer and behind it"));
    }
    Ok(inside.or(outside))
}

/// A vector of indices of tensors.
fn tensor_indices(
    table: &Table<'_>,
    slot: usize,
    what: &str,
    tensors: &[Tensor],
) -> Result<Vec<TensorIndex>, ImportError> {
    let numbers = table.numbers::<i32>(slot)?;
    let mut indices = table.contents().vector(numbers.len())?;
    for (position, number) in numbers.into_iter().enumerate() {
        indices.push(tensor_index(number, tensors.len(), || format!("{what} {position}"))?);
    }
    Ok(indices)
}

/// A vector of indices of tensors, with -1 for one that is left out.
fn optional_tensor_indices(
    table: &Table<'_>,
    slot: usize,
    what: &str,
    tensors: &[Tensor],
) -> Result<Vec<Option<TensorIndex>>, ImportError> {
    const LEFT_OUT: i32 = -1;
    let numbers = table.numbers::<i32>(slot)?;
    let mut indices = table.contents().vector(numbers.len())?;
    for (position, number) in numbers.into_iter().enumerate() {
        let index = || tensor_index(number, tensors.len(), || format!("{what} {position}"));
        indices.push((number != LEFT_OUT).then(index).transpose()?);
    }
    Ok(indices)
}

fn tensor_index(number: i32, count: usize, what: impl Fn() -> String) -> Result<TensorIndex, ImportError> {
    let index = usize::try_from(number).ok().filter(|&index| index < count);
    index.ok_or_else(|| damaged(format!("{} is tensor {number}, but there are {count}", what())))
}

fn shape(table: &Table<'_>, slot: usize) -> Result<Vec<usize>, ImportError> {
    let lengths = table.numbers::<i32>(slot)?;
    if lengths.len() > MOST_AXES {
        return Err(damaged(format!("it has {} axes, more than {MOST_AXES}", lengths.len())));
    }
    let mut shape = table.contents().vector(lengths.len())?;
    for &length in &lengths {
        let length = usize::try_from(length)
            .map_err(|_| damaged(format!("its shape {lengths:?} has an axis of negative length")))?;
        shape.push(length);
    }
    Ok(shape)
}

/// Refuses tensors of a size that cannot be, and constants that are longer or shorter than their shape.
fn check_length(tensor: &Tensor) -> Result<(), ImportError> {
    let Tensor { shape, element_type, data, .. } = tensor;
    let too_large = || {
        ImportError::new(format!(
            "shape {shape:?} of {element_type} takes more than {} MiB",
            LARGEST_CONTENTS >> 20
        ))
        .help("no network for a microcontroller has tensors this large")
    };
    let count = element_count(shape).filter(|&count| count <= LARGEST_CONTENTS).ok_or_else(too_large)?;
    if element_type.bits().is_none() {
        return Ok(());
    }
    let expected =
        element_type.bytes(count).filter(|&bytes| bytes <= LARGEST_CONTENTS).ok_or_else(too_large)?;
    match data {
        Some(data) if !tensor.is_sparse && data.len() != expected => Err(damaged(format!(
            "shape {shape:?} of {element_type} takes {expected} bytes, but there are {}",
            data.len()
        ))),
        _ => Ok(()),
    }
}

/// How elements stand for real numbers; `None` where the file gives no scale.
fn quantization(
    table: Option<Table<'_>>,
    shape: &[usize],
    element_type: ElementType,
) -> Result<Option<Quantization>, ImportError> {
    let Some(table) = table else { return Ok(None) };
    let quantization = Quantization {
        scales: table.numbers(2)?,
        zero_points: table.numbers(3)?,
        quantized_dimension: table.scalar(6, 0)?,
        has_details: table.scalar(4, 0u8)? != 0,
    };
    // Recorded ranges alone are a note of the converter.
    if quantization.scales.is_empty() && !quantization.has_details {
        return Ok(None);
    }
    check_quantization(&quantization, shape, element_type)
        .map_err(|cause| damaged(cause).within("quantization"))?;
    Ok(Some(quantization))
}

fn check_quantization(
    quantization: &Quantization,
    shape: &[usize],
    element_type: ElementType,
) -> Result<(), String> {
    let Quantization { scales, zero_points, quantized_dimension, .. } = quantization;
    if scales.len() != zero_points.len() {
        return Err(format!("there are {} scales, but {} zero points", scales.len(), zero_points.len()));
    }
    if let Some(scale) = scales.iter().find(|scale| !(scale.is_finite() && **scale >= 0.0)) {
        return Err(format!("scale {scale} cannot be"));
    }
    let (least, most) = element_type.limits().unwrap_or((i64::MIN, i64::MAX));
    if let Some(zero_point) = zero_points.iter().find(|&point| !(least..=most).contains(point)) {
        return Err(format!("zero point {zero_point} is no {element_type}"));
    }
    if scales.len() <= 1 {
        return Ok(());
    }
    // Of a single axis, converters write anything.
    let axis = if shape.len() == 1 { 0 } else { *quantized_dimension };
    match usize::try_from(axis).ok().and_then(|axis| shape.get(axis)) {
        Some(&length) if length == scales.len() => Ok(()),
        Some(length) => Err(format!(
            "there are {} scales, but axis {axis} of shape {shape:?} has length {length}",
            scales.len()
        )),
        None => Err(format!("there are scales for axis {axis}, which shape {shape:?} does not have")),
    }
}

fn signature(table: &Table<'_>, subgraphs: &[Subgraph]) -> Result<Signature, ImportError> {
    let number = table.scalar(4, 0u32)?;
    let found = usize::try_from(number).ok().and_then(|index| Some((index, subgraphs.get(index)?)));
    let Some((subgraph, callee)) = found else {
        return Err(damaged(format!("it is of subgraph {number} of {}", subgraphs.len())));
    };
    Ok(Signature {
        key: table.text(2)?.unwrap_or_default(),
        subgraph,
        inputs: names(table, 0, "input", &callee.inputs)?,
        outputs: names(table, 1, "output", &callee.outputs)?,
    })
}

/// Names of a subgraph's inputs or outputs.
fn names(
    table: &Table<'_>,
    slot: usize,
    what: &str,
    tensors: &[TensorIndex],
) -> Result<Vec<(String, TensorIndex)>, ImportError> {
    let mut sorted = table.contents().vector(tensors.len())?;
    sorted.extend_from_slice(tensors);
    sorted.sort_unstable();
    table.tables(slot, |_, entry| {
        let name = entry.text(0)?.unwrap_or_default();
        let number = entry.scalar(1, 0u32)?;
        match usize::try_from(number) {
            Ok(index) if sorted.binary_search(&index).is_ok() => Ok((name, index)),
            _ => Err(damaged(format!(
                "{what} {} is tensor {number}, which is no {what} of the subgraph",
                quoted(&name)
            ))),
        }
    })
}
