//! Small `.tflite` files, written by the official library of the format from trees of slots and values.

mod branches;

pub(crate) use branches::branches;

use flatbuffers::{FlatBufferBuilder, TableFinishedWIPOffset, UnionWIPOffset, VOffsetT, WIPOffset};

/// A table: numbers of slots, and what stands in them. Slots are the schema's field numbers.
pub(crate) type Table = Vec<(u16, Value)>;

/// What stands in a slot.
#[derive(Clone)]
pub(crate) enum Value {
    I8(i8),
    I32(i32),
    U64(u64),
    F32(f32),
    Text(&'static str),
    Bytes(Vec<u8>),
    I32s(Vec<i32>),
    I64s(Vec<i64>),
    F32s(Vec<f32>),
    Table(Table),
    Tables(Vec<Table>),
}

/// The file with this root.
pub(crate) fn file(root: &Table) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let root = write(&mut builder, root);
    builder.finish(root, Some("TFL3"));
    builder.finished_data().to_vec()
}

fn write<'a>(builder: &mut FlatBufferBuilder<'a>, table: &Table) -> WIPOffset<TableFinishedWIPOffset> {
    let targets: Vec<_> = table.iter().map(|(_, value)| write_target(builder, value)).collect();
    let start = builder.start_table();
    for ((slot, value), target) in table.iter().zip(targets) {
        let slot: VOffsetT = 4 + 2 * slot;
        match (value, target) {
            (_, Some(target)) => builder.push_slot_always(slot, target),
            (Value::I8(number), _) => builder.push_slot_always(slot, *number),
            (Value::I32(number), _) => builder.push_slot_always(slot, *number),
            (Value::U64(number), _) => builder.push_slot_always(slot, *number),
            (Value::F32(number), _) => builder.push_slot_always(slot, *number),
            _ => unreachable!("all else has a target"),
        }
    }
    let end = builder.end_table(start);
    WIPOffset::new(end.value())
}

/// Writes what does not stand in the table itself.
fn write_target<'a>(builder: &mut FlatBufferBuilder<'a>, value: &Value) -> Option<WIPOffset<UnionWIPOffset>> {
    Some(match value {
        Value::I8(_) | Value::I32(_) | Value::U64(_) | Value::F32(_) => return None,
        Value::Text(text) => builder.create_string(text).as_union_value(),
        Value::Bytes(bytes) => builder.create_vector(bytes).as_union_value(),
        Value::I32s(numbers) => builder.create_vector(numbers).as_union_value(),
        Value::I64s(numbers) => builder.create_vector(numbers).as_union_value(),
        Value::F32s(numbers) => builder.create_vector(numbers).as_union_value(),
        Value::Table(table) => write(builder, table).as_union_value(),
        Value::Tables(tables) => {
            let tables: Vec<_> = tables.iter().map(|table| write(builder, table)).collect();
            builder.create_vector(&tables).as_union_value()
        }
    })
}

/// A tensor with one scale; buffer 0 for none.
pub(crate) fn one_scale(
    name: &'static str,
    shape: &[i32],
    element_type: i8,
    buffer: i32,
    zero_point: i64,
) -> Table {
    let quantization = vec![(2, Value::F32s(vec![0.5])), (3, Value::I64s(vec![zero_point]))];
    tensor(name, shape, element_type, buffer, quantization)
}

fn tensor(name: &'static str, shape: &[i32], element_type: i8, buffer: i32, quantization: Table) -> Table {
    vec![
        (0, Value::I32s(shape.to_vec())),
        (1, Value::I8(element_type)),
        (2, Value::I32(buffer)),
        (3, Value::Text(name)),
        (4, Value::Table(quantization)),
    ]
}

/// `FULLY_CONNECTED` with a weight scale for each of 3 units, `int4` weights, and `SOFTMAX`.
pub(crate) fn dense() -> Table {
    let scales =
        vec![(2, Value::F32s(vec![0.5, 0.25, 2.0])), (3, Value::I64s(vec![0; 3])), (6, Value::I32(0))];
    let weights = tensor("weights", &[3, 5], 17, 1, scales);
    let mut input = one_scale("input", &[1, 5], 9, 0, -128);
    input.push((7, Value::I32s(vec![-1, 5])));
    let tensors = vec![
        input,
        weights,
        one_scale("bias", &[3], 2, 2, 0),
        one_scale("sum", &[1, 3], 9, 0, 127),
        one_scale("", &[1, 3], 9, 0, -128),
    ];
    let fully_connected = vec![
        (0, Value::I32(0)),
        (1, Value::I32s(vec![0, 1, 2])),
        (2, Value::I32s(vec![3])),
        (3, Value::I8(8)),
        (4, Value::Table(vec![(0, Value::I8(1)), (2, Value::I8(1))])),
    ];
    let softmax = vec![
        (0, Value::I32(1)),
        (1, Value::I32s(vec![3])),
        (2, Value::I32s(vec![4])),
        (3, Value::I8(9)),
        (4, Value::Table(vec![(0, Value::F32(1.5))])),
    ];
    vec![
        (0, Value::I32(3)),
        (1, Value::Tables(vec![code(9, 12), code(25, 2)])),
        (
            2,
            Value::Tables(vec![vec![
                (0, Value::Tables(tensors)),
                (1, Value::I32s(vec![0])),
                (2, Value::I32s(vec![4])),
                (3, Value::Tables(vec![fully_connected, softmax])),
                (4, Value::Text("main")),
            ]]),
        ),
        (3, Value::Text("a test")),
        (
            4,
            Value::Tables(vec![
                vec![],
                vec![(0, Value::Bytes(vec![0x21; 8]))],
                vec![(0, Value::Bytes((0..12).collect()))],
            ]),
        ),
        (7, Value::Tables(vec![signature()])),
    ]
}

fn signature() -> Table {
    let named = |name, index| Value::Tables(vec![vec![(0, Value::Text(name)), (1, Value::I32(index))]]);
    vec![(0, named("x", 0)), (1, named("y", 4)), (2, Value::Text("serve")), (4, Value::I32(0))]
}

/// An operator code below 127, in both fields.
pub(crate) fn code(operator: i8, version: i32) -> Table {
    vec![(0, Value::I8(operator)), (2, Value::I32(version)), (3, Value::I32(operator.into()))]
}

/// An operator code from 127 on, which only the newer field can hold.
fn large_code(operator: i32) -> Table {
    vec![(0, Value::I8(127)), (3, Value::I32(operator))]
}

/// A counter: a variable that a second subgraph sets once, and that `ADD` increases by the input.
pub(crate) fn counter() -> Table {
    let resource = || vec![(1, Value::I8(13)), (3, Value::Text("handle"))];
    let handle = |output| {
        let options = vec![(1, Value::Text("count"))];
        step(1, &[], &[output], 111, options)
    };
    let main = vec![
        (
            0,
            Value::Tables(vec![
                one_scale("step", &[2], 7, 0, 0),
                resource(),
                one_scale("before", &[2], 7, 0, 0),
                one_scale("after", &[2], 7, 0, 0),
            ]),
        ),
        (1, Value::I32s(vec![0])),
        (2, Value::I32s(vec![3])),
        (
            3,
            Value::Tables(vec![
                step(0, &[], &[], 103, vec![(0, Value::I32(1))]),
                handle(1),
                step(2, &[1], &[2], 112, vec![]),
                step(4, &[2, 0], &[3], 11, vec![(1, Value::I8(0))]),
                step(3, &[1, 3], &[], 113, vec![]),
            ]),
        ),
    ];
    let start = vec![
        (0, Value::Tables(vec![resource(), one_scale("zero", &[2], 7, 1, 0)])),
        (3, Value::Tables(vec![handle(0), step(3, &[0, 1], &[], 113, vec![])])),
    ];
    vec![
        (0, Value::I32(3)),
        (
            1,
            Value::Tables(vec![
                large_code(129),
                large_code(142),
                large_code(143),
                large_code(144),
                code(0, 3),
            ]),
        ),
        (2, Value::Tables(vec![main, start])),
        // The offset 0 of a buffer inside the FlatBuffer means nothing.
        (4, Value::Tables(vec![vec![], vec![(0, Value::Bytes(vec![0; 4])), (1, Value::U64(0))]])),
    ]
}

/// An operator.
pub(crate) fn step(code: i32, inputs: &[i32], outputs: &[i32], kind: i8, options: Table) -> Table {
    vec![
        (0, Value::I32(code)),
        (1, Value::I32s(inputs.to_vec())),
        (2, Value::I32s(outputs.to_vec())),
        (3, Value::I8(kind)),
        (4, Value::Table(options)),
    ]
}
