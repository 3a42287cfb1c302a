//! `.tflite` files that the format's official library wrote are read as they were meant; those that contradict
//! themselves are refused for the right reason. Real models are read where `TINYNET_ZOO` names a folder of them.

mod tflite_files;

use std::path::{Path, PathBuf};
use tflite_files::{Table, Value, branches, code, counter, dense, file, one_scale, step};
use tinynet_compiler::compile::{Compiled, compile};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::files::MemoryFiles;
use tinynet_compiler::graph::Node;
use tinynet_compiler::import::tflite::{
    self, Activation, AddOptions, BuiltinOperator, CallOnceOptions, ElementType, FullyConnectedOptions,
    Model, Options, Quantization, SoftmaxOptions, VarHandleOptions, WeightsFormat,
};
use tinynet_compiler::quantized::QuantizedOperator;
use tinynet_compiler::reference::Reference;
use tinynet_compiler::{parse, planned};

/// The value in a slot, to change it.
fn slot(table: &mut Table, slot: u16) -> &mut Value {
    &mut table.iter_mut().find(|(found, _)| *found == slot).expect("such a slot").1
}

/// A table of a vector in a slot, to change it.
fn nth(table: &mut Table, vector: u16, index: usize) -> &mut Table {
    match slot(table, vector) {
        Value::Tables(tables) => &mut tables[index],
        _ => panic!("slot {vector} holds no tables"),
    }
}

/// Tensor `index` of the first subgraph.
fn tensor(model: &mut Table, index: usize) -> &mut Table {
    nth(nth(model, 2, 0), 0, index)
}

/// Operator `index` of the first subgraph.
fn operator(model: &mut Table, index: usize) -> &mut Table {
    nth(nth(model, 2, 0), 3, index)
}

fn read(root: &Table) -> Model {
    tflite::read(&file(root)).unwrap_or_else(|error| panic!("{error}"))
}

/// Reads [`dense`] after a change.
fn changed(change: impl FnOnce(&mut Table)) -> Model {
    let mut root = dense();
    change(&mut root);
    read(&root)
}

#[track_caller]
fn assert_error(root: &Table, message: &str) {
    let error = tflite::read(&file(root)).unwrap_err();
    assert_eq!(error.to_string(), message);
    assert!(error.remedy.is_some());
}

/// [`dense`] after a change is refused with this message.
#[track_caller]
fn refused(message: &str, change: impl FnOnce(&mut Table)) {
    let mut root = dense();
    change(&mut root);
    assert_error(&root, message);
}

#[test]
fn model_of_two_operators() {
    let bytes = file(&dense());
    let model = tflite::read(&bytes).unwrap();
    assert_eq!(model.description, "a test");
    let [graph] = &model.subgraphs[..] else { panic!("one subgraph") };
    assert_eq!((graph.name.as_str(), &graph.inputs[..], &graph.outputs[..]), ("main", &[0][..], &[4][..]));

    let [input, weights, bias, sum, output] = &graph.tensors[..] else { panic!("five tensors") };
    assert_eq!(
        (input.name.as_str(), &input.shape[..], &input.shape_signature[..]),
        ("input", &[1, 5][..], &[-1, 5][..])
    );
    assert_eq!((input.element_type, &input.data), (ElementType::Int8, &None));
    let per_tensor = Quantization {
        scales: vec![0.5],
        zero_points: vec![-128],
        quantized_dimension: 0,
        has_details: false,
    };
    assert_eq!(input.quantization, Some(per_tensor));
    assert_eq!(weights.element_type, ElementType::Int4);
    // 15 elements of half a byte.
    assert_eq!(&bytes[weights.data.clone().unwrap()], [0x21; 8]);
    assert_eq!(weights.quantization.as_ref().unwrap().scales, [0.5, 0.25, 2.0]);
    assert_eq!(&bytes[bias.data.clone().unwrap()], (0..12).collect::<Vec<u8>>());
    assert_eq!(sum.quantization.as_ref().unwrap().zero_points, [127]);
    assert!(output.name.is_empty() && !output.is_variable && !output.is_sparse && !output.has_rank);

    let [first, second] = &graph.operators[..] else { panic!("two operators") };
    assert_eq!(
        (first.operator, second.operator),
        (BuiltinOperator::FullyConnected, BuiltinOperator::Softmax)
    );
    assert_eq!(first.inputs, [Some(0), Some(1), Some(2)]);
    assert_eq!(first.outputs, [3]);
    let options = FullyConnectedOptions {
        fused_activation: Activation::Relu,
        weights_format: WeightsFormat::Default,
        keep_num_dims: true,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: ElementType::Float32,
    };
    assert_eq!(first.options, Options::FullyConnected(options));
    assert_eq!(second.options, Options::Softmax(SoftmaxOptions { beta: 1.5 }));
    assert_eq!(model.operator_codes[first.code].version, 12);
    assert_eq!(model.operator_place(0, first), "operator 0 (FULLY_CONNECTED)");

    let [signature] = &model.signatures[..] else { panic!("one signature") };
    assert_eq!(signature.key, "serve");
    assert_eq!(
        (&signature.inputs[..], &signature.outputs[..]),
        (&[("x".into(), 0)][..], &[("y".into(), 4)][..])
    );
}

#[test]
fn model_with_state() {
    let model = read(&counter());
    let operators = |subgraph: usize| -> Vec<BuiltinOperator> {
        model.subgraphs[subgraph].operators.iter().map(|operator| operator.operator).collect()
    };
    use BuiltinOperator::{Add, AssignVariable, CallOnce, ReadVariable, VarHandle};
    assert_eq!(operators(0), [CallOnce, VarHandle, ReadVariable, Add, AssignVariable]);
    assert_eq!(operators(1), [VarHandle, AssignVariable]);
    let options: Vec<&Options> =
        model.subgraphs[0].operators.iter().map(|operator| &operator.options).collect();
    assert_eq!(options[0], &Options::CallOnce(CallOnceOptions { init_subgraph_index: 1 }));
    let handle = VarHandleOptions { container: None, shared_name: Some("count".into()) };
    assert_eq!(options[1], &Options::VarHandle(handle));
    assert_eq!(options[2], &Options::ReadVariable);
    let add = AddOptions { fused_activation: Activation::None, pot_scale_int16: false };
    assert_eq!(options[3], &Options::Add(add));
    assert_eq!(options[4], &Options::AssignVariable);
}

/// What a uint8 is above 0, as int8, and up to 6, as uint8.
fn two_outputs() -> Table {
    let [relu, relu6, quantize] = [(0, 19), (1, 21), (2, 114)];
    let tensors = vec![
        one_scale("x", &[1, 1], 3, 0, 128),
        one_scale("signed", &[1, 1], 9, 0, 0),
        one_scale("positive", &[1, 1], 9, 0, 0),
        one_scale("up_to_6", &[1, 1], 9, 0, 0),
        one_scale("y", &[1, 1], 3, 0, 128),
    ];
    // Without options.
    let operator = |(code, _): (i32, i8), from: i32, to: i32| -> Table {
        step(code, &[from], &[to], 0, vec![]).into_iter().take(3).collect()
    };
    let operators =
        [operator(quantize, 0, 1), operator(relu, 1, 2), operator(relu6, 1, 3), operator(quantize, 3, 4)];
    vec![
        (0, Value::I32(3)),
        (1, Value::Tables([relu, relu6, quantize].map(|(_, operator)| code(operator, 1)).to_vec())),
        (
            2,
            Value::Tables(vec![vec![
                (0, Value::Tables(tensors)),
                (1, Value::I32s(vec![0])),
                (2, Value::I32s(vec![2, 4])),
                (3, Value::Tables(operators.to_vec())),
            ]]),
        ),
        (4, Value::Tables(vec![vec![]])),
    ]
}

/// A counter of one int8.
fn byte_counter() -> Table {
    fn narrow(table: &mut Table) {
        for (slot, value) in table {
            match value {
                Value::Table(inner) => narrow(inner),
                Value::Tables(inner) => inner.iter_mut().for_each(narrow),
                Value::I32s(shape) if *slot == 0 && *shape == [2] => *shape = vec![1],
                Value::I8(int16 @ 7) if *slot == 1 => *int16 = 9,
                Value::Bytes(zeros) => zeros.truncate(1),
                _ => {}
            }
        }
    }
    let mut root = counter();
    narrow(&mut root);
    root
}

/// A model of one byte, compiled with an `Input` of these options.
fn of_one_byte(root: &Table, options: &str) -> Result<Compiled, Vec<String>> {
    let mut files = MemoryFiles::new();
    files.insert("net.tflite", file(root));
    let declaration = format!("(::tinynet) struct Net = \"net.tflite\" {{ x: Input {{ {options} }} }}");
    let mut errors = Errors::new();
    let invocation = parse::parse(declaration.parse().expect("tokens"), &mut errors);
    let outcome = compile(&invocation.networks[0], &files, &mut errors);
    outcome.compiled.ok_or_else(|| errors.messages())
}

/// A table of two outputs and two types answers what the layers do, which say what the operators are.
#[test]
fn tables_of_models() {
    let [table, layers] = ["lookup_table: true", "lookup_table: false"]
        .map(|options| of_one_byte(&two_outputs(), options).expect("a network"));
    let lookups = |compiled: &Compiled| {
        let is_lookup =
            |node: &&Node<QuantizedOperator>| matches!(node.operator, QuantizedOperator::Lookup(_));
        compiled.graph.nodes.iter().filter(is_lookup).count()
    };
    assert_eq!([&table, &layers].map(lookups), [2, 0]);
    let references = [&table.graph, &layers.graph].map(Reference::new);
    for byte in u8::MIN..=u8::MAX {
        let signed = i32::from(byte) - 128;
        let expected = [signed.max(0) as i8, (signed.clamp(0, 12) + 128) as u8 as i8];
        for reference in &references {
            assert_eq!(reference.output(&[byte as i8]), expected, "{byte}");
        }
        for compiled in [&table, &layers] {
            assert_eq!(planned::run(&compiled.graph, &compiled.plan, &[byte as i8]), expected, "{byte}");
        }
    }
}

#[test]
fn what_follows_from_inputs_before_is_no_table() {
    assert_eq!(
        of_one_byte(&byte_counter(), "lookup_table: false").expect("a counter").graph.states().len(),
        1
    );
    let errors = of_one_byte(&byte_counter(), "lookup_table: true").expect_err("no table");
    assert!(
        errors[0].contains("its answers depend on 1 bytes that it keeps of the inputs before"),
        "{errors:?}"
    );
}

#[test]
fn absent_and_unknown_options_are_kept() {
    let model = changed(|root| operator(root, 0).retain(|(slot, _)| !(3..5).contains(slot)));
    assert_eq!(model.subgraphs[0].operators[0].options, Options::Absent);

    let model = changed(|root| *slot(operator(root, 0), 3) = Value::I8(125));
    assert_eq!(model.subgraphs[0].operators[0].options, Options::Other { table: 125 });

    let model = changed(|root| {
        operator(root, 0).retain(|(slot, _)| !(3..5).contains(slot));
        operator(root, 0).extend([(11, Value::I8(4)), (12, Value::Table(vec![]))]);
    });
    assert_eq!(model.subgraphs[0].operators[0].options, Options::Second { table: 4 });

    let model = changed(|root| {
        *slot(operator(root, 1), 4) = Value::Table(vec![(1, Value::I8(1)), (3, Value::I32(9))])
    });
    assert_eq!(model.subgraphs[0].operators[1].unknown_options, [1, 3]);
    // Absent fields have the defaults of the schema.
    assert_eq!(model.subgraphs[0].operators[1].options, Options::Softmax(SoftmaxOptions { beta: 0.0 }));
}

#[test]
fn custom_operator() {
    let mut root = dense();
    *nth(&mut root, 1, 1) = vec![(0, Value::I8(32)), (1, Value::Text("Magic"))];
    let softmax = operator(&mut root, 1);
    softmax.retain(|(slot, _)| !(3..5).contains(slot));
    softmax.push((5, Value::Bytes(vec![7, 8, 9])));
    let bytes = file(&root);
    let model = tflite::read(&bytes).unwrap();
    let magic = &model.subgraphs[0].operators[1];
    assert_eq!(model.operator_place(1, magic), "operator 1 (CUSTOM `Magic`)");
    assert_eq!(&bytes[magic.custom_options.clone().unwrap()], [7, 8, 9]);
}

#[test]
fn operator_of_the_future() {
    let model = changed(|root| *slot(nth(root, 1, 1), 3) = Value::I32(4711));
    let operator = &model.subgraphs[0].operators[1];
    assert_eq!(operator.operator, BuiltinOperator::Unknown(4711));
    assert_eq!(model.operator_place(1, operator), "operator 1 (number 4711)");
}

#[test]
fn what_is_left_out_is_none() {
    let model = changed(|root| {
        let first = operator(root, 0);
        *slot(first, 1) = Value::I32s(vec![0, 1, -1]);
        first.extend([(7, Value::Bytes(vec![0, 1, 0])), (8, Value::I32s(vec![-1, 2]))]);
    });
    let first = &model.subgraphs[0].operators[0];
    assert_eq!(first.inputs, [Some(0), Some(1), None]);
    assert_eq!(first.mutating_variable_inputs, [false, true, false]);
    assert_eq!(first.intermediates, [None, Some(2)]);
}

#[test]
fn elements_behind_the_flatbuffer() {
    let behind = |offset: u64| {
        let mut root = dense();
        *nth(&mut root, 4, 2) = vec![(1, Value::U64(offset)), (2, Value::U64(12))];
        file(&root)
    };
    let mut bytes = behind(2);
    let end = bytes.len();
    bytes = behind(end as u64);
    assert_eq!(bytes.len(), end);
    let error = tflite::read(&bytes).unwrap_err().to_string();
    assert_eq!(error, format!("buffer 2: 12 bytes at byte {end} lie beyond the file's end at {end}"));
    bytes.extend(100..112);
    let model = tflite::read(&bytes).unwrap();
    assert_eq!(model.subgraphs[0].tensors[2].data, Some(end..end + 12));
}

/// Not every writer puts a table's layout behind the table that refers to it.
#[test]
fn layouts_before_their_tables() {
    let mut bytes = vec![0; 12];
    bytes[..8].copy_from_slice(b"\x0c\0\0\0TFL3");
    // A table of no field at byte 12, whose layout stands at byte 8, before the root.
    bytes[8..].copy_from_slice(&[4, 0, 4, 0]);
    bytes.extend_from_slice(&4i32.to_le_bytes());
    let error = tflite::read(&bytes).unwrap_err().to_string();
    assert_eq!(error, "version 0 of the format is not 3");
}

#[test]
fn no_model_at_all() {
    let message = |bytes: &[u8]| tflite::read(bytes).unwrap_err().to_string();
    assert_eq!(message(b""), "the file is empty");
    assert_eq!(message(b"TFL3"), "the file ends inside its header");
    assert_eq!(message(b"PK\x03\x04...."), "this is a zip archive");
    assert_eq!(message(b"\x04\0\0\0TFL2"), "this is no TensorFlow Lite model: bytes 4 to 7 are not `TFL3`");
    assert_eq!(message(b"\xff\0\0\0TFL3"), "4 bytes at byte 255 lie beyond the file's end at 8");
    let bytes = file(&dense());
    for length in 0..bytes.len() {
        assert!(tflite::read(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
    }
}

/// The models that compile errors and rebuilds are tested with are those of [`tflite_files`]; `TFLITE=overwrite` writes
/// them.
#[test]
fn models_of_the_user_tests() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ui/data");
    for (name, root) in [("model", dense()), ("counter", counter()), ("branches", branches())] {
        let path = folder.join(name).with_extension("tflite");
        if std::env::var_os("TFLITE").is_some_and(|value| value == "overwrite") {
            std::fs::write(&path, file(&root)).unwrap();
        }
        assert!(std::fs::read(&path).unwrap() == file(&root), "{} is another model", path.display());
    }
}

#[test]
fn wrong_tensors() {
    refused("tensor 0 `input`: its shape [1, -5] has an axis of negative length", |root| {
        *slot(tensor(root, 0), 0) = Value::I32s(vec![1, -5]);
    });
    refused("tensor 3 `sum`: shape [65536, 65536, 65536, 65536] of INT8 takes more than 256 MiB", |root| {
        *slot(tensor(root, 3), 0) = Value::I32s(vec![65536; 4])
    });
    refused("tensor 3 `sum`: it has 65 axes, more than 64", |root| {
        *slot(tensor(root, 3), 0) = Value::I32s(vec![1; 65]);
    });
    refused("tensor 1 `weights`: shape [3, 6] of INT4 takes 9 bytes, but there are 8", |root| {
        *slot(tensor(root, 1), 0) = Value::I32s(vec![3, 6]);
    });
    refused("tensor 2 `bias`: shape [3] of INT64 takes 24 bytes, but there are 12", |root| {
        *slot(tensor(root, 2), 1) = Value::I8(4);
    });
    refused("tensor 2 `bias`: it has buffer 3 of 3", |root| *slot(tensor(root, 2), 2) = Value::I32(3));
    refused("tensor 0 `input`: buffer 0, which stands for no buffer, has bytes", |root| {
        *nth(root, 4, 0) = vec![(0, Value::Bytes(vec![0; 5]))];
    });
    refused("tensor 2 `bias`: its elements are in another file", |root| {
        tensor(root, 2).push((10, Value::I32(1)));
    });
}

#[test]
fn wrong_quantization() {
    let weights = |scales: Vec<f32>, zero_points: Vec<i64>, axis: i32| {
        move |root: &mut Table| {
            *slot(tensor(root, 1), 4) = Value::Table(vec![
                (2, Value::F32s(scales)),
                (3, Value::I64s(zero_points)),
                (6, Value::I32(axis)),
            ]);
        }
    };
    let place = "tensor 1 `weights`: quantization";
    refused(&format!("{place}: there are 3 scales, but 2 zero points"), weights(vec![1.0; 3], vec![0; 2], 0));
    refused(
        &format!("{place}: there are 3 scales, but axis 1 of shape [3, 5] has length 5"),
        weights(vec![1.0; 3], vec![0; 3], 1),
    );
    refused(
        &format!("{place}: there are scales for axis 2, which shape [3, 5] does not have"),
        weights(vec![1.0; 3], vec![0; 3], 2),
    );
    refused(&format!("{place}: scale NaN cannot be"), weights(vec![f32::NAN], vec![0], 0));
    refused(&format!("{place}: scale -1 cannot be"), weights(vec![-1.0], vec![0], 0));
    refused(&format!("{place}: zero point 8 is no INT4"), weights(vec![1.0], vec![8], 0));

    // Of a tensor with one axis, the number of the axis says nothing: there are such models.
    let model = changed(|root| {
        *slot(tensor(root, 2), 4) = Value::Table(vec![
            (2, Value::F32s(vec![1.0; 3])),
            (3, Value::I64s(vec![0; 3])),
            (6, Value::I32(3)),
        ]);
    });
    assert_eq!(model.subgraphs[0].tensors[2].quantization.as_ref().unwrap().quantized_dimension, 3);
    // Ranges that a converter noted are no quantisation.
    let model = changed(|root| *slot(tensor(root, 0), 4) = Value::Table(vec![(0, Value::F32s(vec![-1.0]))]));
    assert_eq!(model.subgraphs[0].tensors[0].quantization, None);
    // Other schemes are left to whoever supports them.
    let model = changed(|root| *slot(tensor(root, 0), 4) = Value::Table(vec![(4, Value::I8(1))]));
    assert!(model.subgraphs[0].tensors[0].quantization.as_ref().unwrap().has_details);
}

#[test]
fn wrong_operators() {
    refused("operator 1: it has operator code 2 of 2", |root| *slot(operator(root, 1), 0) = Value::I32(2));
    refused("operator 0 (FULLY_CONNECTED): input 2 is tensor 5, but there are 5", |root| {
        *slot(operator(root, 0), 1) = Value::I32s(vec![0, 1, 5]);
    });
    refused("operator 0 (FULLY_CONNECTED): input 0 is tensor -2, but there are 5", |root| {
        *slot(operator(root, 0), 1) = Value::I32s(vec![-2]);
    });
    refused("operator 1 (SOFTMAX): output 0 is tensor -1, but there are 5", |root| {
        *slot(operator(root, 1), 2) = Value::I32s(vec![-1]);
    });
    refused("input 0 is tensor 9, but there are 5", |root| *slot(nth(root, 2, 0), 1) = Value::I32s(vec![9]));
    refused("operator 1 (SOFTMAX): it marks 2 inputs as changed or not, but has 1", |root| {
        operator(root, 1).push((7, Value::Bytes(vec![0, 0])));
    });
    refused("operator 1 (SOFTMAX): it has two tables of options", |root| {
        operator(root, 1).push((11, Value::I8(1)));
    });
    refused("version 4 of the format is not 3", |root| *slot(root, 0) = Value::I32(4));
    refused("the model has no subgraph", |root| {
        root.retain(|(slot, _)| ![2, 7].contains(slot));
    });
    refused("signature 0: output `y` is tensor 3, which is no output of the subgraph", |root| {
        *slot(nth(nth(root, 7, 0), 1, 0), 1) = Value::I32(3);
    });
    refused("signature 0: it is of subgraph 1 of 1", |root| *slot(nth(root, 7, 0), 4) = Value::I32(1));
}

#[test]
fn operators_that_cannot_run() {
    refused(
        "operator 0 (FULLY_CONNECTED): tensor 4: it reads what only operator 1 computes, which comes later",
        |root| *slot(operator(root, 0), 1) = Value::I32s(vec![4, 1, 2]),
    );
    refused("operator 0 (FULLY_CONNECTED): tensor 3 `sum`: it reads its own output", |root| {
        *slot(operator(root, 0), 1) = Value::I32s(vec![3, 1, 2]);
    });
    refused("operator 1 (SOFTMAX): tensor 3 `sum`: operator 0 computes it too", |root| {
        *slot(operator(root, 1), 2) = Value::I32s(vec![3]);
    });
    refused("operator 1 (SOFTMAX): tensor 4: it computes this output twice", |root| {
        *slot(operator(root, 1), 2) = Value::I32s(vec![4, 4]);
    });
    refused("operator 1 (SOFTMAX): tensor 2 `bias`: it computes a constant", |root| {
        *slot(operator(root, 1), 2) = Value::I32s(vec![2]);
    });
    refused("operator 1 (SOFTMAX): tensor 0 `input`: it computes an input of the graph", |root| {
        *slot(operator(root, 1), 2) = Value::I32s(vec![0]);
    });
    refused("tensor 1 `weights`: this input of the graph is a constant", |root| {
        *slot(nth(root, 2, 0), 1) = Value::I32s(vec![0, 1]);
    });
    let lonely = |root: &mut Table| {
        let Value::Tables(tensors) = slot(nth(root, 2, 0), 0) else { unreachable!() };
        tensors.push(one_scale("lonely", &[1, 5], 9, 0, 0));
    };
    refused("operator 0 (FULLY_CONNECTED): tensor 5 `lonely`: it reads what nothing computes", |root| {
        lonely(root);
        *slot(operator(root, 0), 1) = Value::I32s(vec![5, 1, 2]);
    });
    refused("tensor 5 `lonely`: nothing computes this output of the graph", |root| {
        lonely(root);
        *slot(nth(root, 2, 0), 2) = Value::I32s(vec![4, 5]);
    });
    // A variable has its value from the inference before.
    let model = changed(|root| {
        lonely(root);
        tensor(root, 5).push((5, Value::I8(1)));
        *slot(operator(root, 0), 1) = Value::I32s(vec![5, 1, 2]);
    });
    assert!(model.subgraphs[0].tensors[5].is_variable);
}

#[test]
fn calls_that_lead_nowhere() {
    let call = |subgraph: usize, operator: usize, target: i32| {
        let mut root = counter();
        *nth(nth(&mut root, 2, subgraph), 3, operator) =
            vec![(0, Value::I32(0)), (3, Value::I8(103)), (4, Value::Table(vec![(0, Value::I32(target))]))];
        root
    };
    read(&call(0, 0, 1));
    assert_error(&call(0, 0, 2), "subgraph 0: operator 0 (CALL_ONCE): it calls subgraph 2 of 2");
    assert_error(&call(0, 0, -1), "subgraph 0: operator 0 (CALL_ONCE): it calls subgraph -1 of 2");
    let cycle = "subgraph 1: operator 1 (CALL_ONCE): it calls subgraph 0, which it is called by";
    assert_error(&call(1, 1, 0), cycle);
    let chain = |length: i32| {
        let mut root = counter();
        let link = |target: i32| {
            let call = vec![(3, Value::I8(103)), (4, Value::Table(vec![(0, Value::I32(target))]))];
            vec![(3, Value::Tables(vec![call]))]
        };
        let mut subgraphs: Vec<Table> = (1..length).map(link).collect();
        subgraphs.push(vec![]);
        *slot(&mut root, 2) = Value::Tables(subgraphs);
        root
    };
    read(&chain(17));
    let deep = "subgraph 16: operator 0 (CALL_ONCE): more than 16 calls are inside each other";
    assert_error(&chain(18), deep);
}

/// Where many refer to one, each gets a copy of it: a small file could ask for a lot of memory.
#[test]
fn shared_tables_are_bounded() {
    const COUNT: u32 = 10_000;
    let mut bytes = b"\x14\0\0\0TFL3".to_vec();
    // The layout of the model: 10 bytes for three slots, of which the version and the subgraphs have values.
    bytes.extend_from_slice(&[10, 0, 12, 0, 4, 0, 0, 0, 8, 0, 0, 0]);
    // The model: back to its layout, version, on to the vector of subgraphs, which comes next.
    for word in [12, 3, 4, COUNT] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    // All of them are the one after the vector; its layout stands behind it and has no slot.
    for index in 0..COUNT {
        bytes.extend_from_slice(&(4 * (COUNT - index)).to_le_bytes());
    }
    bytes.extend_from_slice(&(-4i32).to_le_bytes());
    bytes.extend_from_slice(&[4, 0, 4, 0]);
    let error = tflite::read(&bytes).unwrap_err().to_string();
    assert_eq!(error, format!("the contents take more than 8 times the {} bytes of the file", bytes.len()));
    // Ten of them are read.
    bytes[32..36].copy_from_slice(&10u32.to_le_bytes());
    assert_eq!(tflite::read(&bytes).unwrap().subgraphs.len(), 10);
}

fn models(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            models(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "tflite") {
            found.push(path);
        }
    }
}

#[test]
fn real_models() {
    let Some(zoo) = std::env::var_os("TINYNET_ZOO") else { return };
    let mut paths = Vec::new();
    // Relative to the repository, wherever the test runs.
    models(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(zoo).join("models"), &mut paths);
    assert!(!paths.is_empty(), "no model in TINYNET_ZOO");
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let model = tflite::read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for operator in model.subgraphs.iter().flat_map(|subgraph| &subgraph.operators) {
            assert!(operator.unknown_options.is_empty(), "{}: {operator:?}", path.display());
            assert!(!matches!(operator.options, Options::Other { .. }), "{}: {operator:?}", path.display());
            assert!(!matches!(operator.operator, BuiltinOperator::Unknown(_)), "{}", path.display());
        }
    }
}
