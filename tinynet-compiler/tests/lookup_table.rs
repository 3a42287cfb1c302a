//! Networks whose whole input is one byte, as tables of their answers: the same answers, in less of what is scarce.

use std::fmt::Write;
use tinynet_compiler::compile::{Compiled, compile};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::files::MemoryFiles;
use tinynet_compiler::quantized::{QuantizedGraph, QuantizedOperator};
use tinynet_compiler::reference::Reference;
use tinynet_compiler::{lookup_table, parse, planned};

fn try_compile(declaration: &str) -> Result<Compiled, Vec<String>> {
    try_compile_with(declaration, &MemoryFiles::default())
}

fn try_compile_with(declaration: &str, files: &MemoryFiles) -> Result<Compiled, Vec<String>> {
    let mut errors = Errors::new();
    let invocation = parse::parse(declaration.parse().expect("tokens"), &mut errors);
    let outcome = compile(&invocation.networks[0], files, &mut errors);
    outcome.compiled.ok_or_else(|| errors.messages())
}

fn compiled(declaration: &str) -> Compiled {
    try_compile(declaration).unwrap_or_else(|errors| panic!("{declaration}: {errors:#?}"))
}

fn is_table(graph: &QuantizedGraph) -> bool {
    graph.nodes.iter().all(|node| matches!(node.operator, QuantizedOperator::Lookup(_)))
}

/// `[[…], …]`
fn matrix(random: &mut fastrand::Rng, rows: usize, columns: usize) -> String {
    let mut text = String::from("[");
    for _ in 0..rows {
        let row: Vec<_> = (0..columns).map(|_| format!("{:.3}", random.f64() * 2.0 - 1.0)).collect();
        let _ = write!(text, "[{}],", row.join(", "));
    }
    text + "]"
}

/// A network of one value, with limits and options of its input.
fn network(seed: u64, limits: &str, options: &str) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut body = format!("value: Input {{ shape: [1], range: [-1, 1]{options} }},\n");
    let mut inputs = 1;
    for _ in 0..random.usize(1..4) {
        let units = random.usize(1..12);
        let weights = matrix(&mut random, units, inputs);
        let _ = writeln!(
            body,
            "Dense {{ units: {units}, weights: {weights}, use_bias: false, layout: PyTorch }},"
        );
        body += ["Relu,\n", "Tanh,\n", "HardTanh,\n", ""][random.usize(..4)];
        inputs = units;
    }
    body += ["Softmax,\n", "ArgMax,\n", "", ""][random.usize(..4)];
    format!("(::tinynet) struct Net {limits} {{ {body} }}")
}

#[test]
fn tables_answer_what_layers_answer() {
    let mut lengths = Vec::new();
    for seed in 0..60 {
        let table = compiled(&network(seed, "", ", lookup_table: true"));
        let layers = compiled(&network(seed, "", ", lookup_table: false"));
        assert!(is_table(&table.graph) && !is_table(&layers.graph), "{seed}");
        let references = [&table.graph, &layers.graph].map(Reference::new);
        for byte in i8::MIN..=i8::MAX {
            let [of_table, of_layers] = references.each_ref().map(|reference| reference.output(&[byte]));
            assert_eq!(of_table, of_layers, "{seed}: {byte}");
            assert_eq!(planned::run(&table.graph, &table.plan, &[byte]), of_layers, "{seed}: {byte}");
        }
        lengths.push(table.graph.tensor(table.graph.outputs[0]).elements());
        assert!(table.plan.flash >= 256 * lengths.last().expect("just pushed"), "{seed}");
    }
    assert!(lengths.contains(&1) && lengths.iter().any(|&length| length > 8), "{lengths:?}");
}

#[test]
fn the_plan_takes_a_table_where_it_is_better() {
    for seed in 0..30 {
        let [table, layers] = [", lookup_table: true", ", lookup_table: false"]
            .map(|options| compiled(&network(seed, "", options)).plan);
        let free = compiled(&network(seed, "", ""));
        assert_eq!(is_table(&free.graph), table.cycles < layers.cycles, "{seed}");
        // Under a limit that one of them alone meets, it is that one.
        let smallest = |options: &str| {
            let plan =
                |flash: usize| try_compile(&network(seed, &format!("where flash <= {flash},"), options));
            let mut flash = 20_000;
            while let Ok(smaller) = plan(flash - 1) {
                flash = smaller.plan.flash.min(flash - 1);
            }
            flash
        };
        let [of_table, of_layers] = [", lookup_table: true", ", lookup_table: false"].map(smallest);
        let limit = of_table.min(of_layers);
        let tightest = compiled(&network(seed, &format!("where flash <= {limit},"), ""));
        assert_eq!(is_table(&tightest.graph), of_table < of_layers, "{seed}: {of_table} {of_layers}");
        assert!(tightest.plan.flash <= limit, "{seed}");
    }
}

/// A table takes the same, however many bits the weights have: where it meets the limits, they keep eight.
#[test]
fn bits_are_not_saved_where_a_table_meets_the_limits() {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (33, 1), }\n";
    let mut samples =
        [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
    samples.extend((-16..=16).flat_map(|step: i16| (f32::from(step) / 16.0).to_le_bytes()));
    let mut files = MemoryFiles::new();
    files.insert("samples.npy", samples);
    let mut random = fastrand::Rng::with_seed(5);
    let [first, second] = [(24, 1), (1, 24)].map(|(rows, columns)| matrix(&mut random, rows, columns));
    let of = |limit: usize, options: &str| {
        let declaration = format!(
            "(::tinynet) struct Net where flash <= {limit}, {{ \
             value: Input {{ shape: [1], calibration: \"samples.npy\", {options} }}, \
             Dense {{ units: 24, weights: {first}, use_bias: false, layout: PyTorch }}, Tanh, \
             Dense {{ units: 1, weights: {second}, use_bias: false, layout: PyTorch }} }}"
        );
        try_compile_with(&declaration, &files)
    };
    let table = of(20_000, "lookup_table: true").expect("a table");
    let limit = table.plan.flash;
    // Layers have no room, with any bits.
    let errors = of(limit, "precision: Auto, lookup_table: false").expect_err("too small");
    assert!(errors[0].contains("no precisions that `Auto` tried meet"), "{errors:?}");
    for options in ["precision: Auto", "precision: Auto, lookup_table: true"] {
        let chosen = of(limit, options).expect("a table");
        assert_eq!(chosen.graph.nodes[0].operator, table.graph.nodes[0].operator, "{options}");
    }
}

#[test]
fn layers_whose_code_has_a_wished_shape_stay() {
    let declaration = |unroll: &str| {
        format!(
            "(::tinynet) struct Net {{ value: Input {{ shape: [1], range: [-1, 1] }}, \
             Dense {{ units: 1, weights: [[0.5]], use_bias: false, layout: PyTorch{unroll} }}, Tanh, \
             Dense {{ units: 1, weights: [[0.5]], use_bias: false, layout: PyTorch }} }}"
        )
    };
    assert!(is_table(&compiled(&declaration("")).graph));
    assert!(!is_table(&compiled(&declaration(", unroll: Loop")).graph));
}

#[test]
fn what_cannot_be_a_table_is_refused_with_numbers() {
    let refused = |body: &str| {
        let declaration = format!("(::tinynet) struct Net {{ {body} }}");
        try_compile(&declaration).expect_err("no table")
    };
    assert_eq!(
        refused("Input { shape: [3], range: [-1, 1], lookup_table: true }, Tanh"),
        [
            "a table of all answers goes by one value, and this `Input` has 3\n= help: leave `lookup_table` out"
        ]
    );
    let weights: Vec<_> = (0..300).map(|_| "[0.5]").collect();
    let dense = format!(
        "Dense {{ units: 300, weights: [{}], use_bias: false, layout: PyTorch }}",
        weights.join(", ")
    );
    assert_eq!(
        refused(&format!("Input {{ shape: [1], range: [-1, 1], lookup_table: true }}, {dense}")),
        [
            "`Net` cannot be a table of its answers: a table of all answers would have 76800 values, at most 65536 are \
          written\n= help: leave `lookup_table` out: the plan takes a table where there can be one and it is better"
        ]
    );
    // What it is given is nothing to look up.
    let Compiled { mut graph, plan, .. } = compiled(&network(1, "", ", lookup_table: false"));
    graph.outputs.push(graph.inputs[0]);
    assert_eq!(lookup_table::tabulated(&graph, &plan).err(), Some(lookup_table::Obstacle::Same));
    let limited = "(::tinynet) struct Net where flash <= 100, { Input { shape: [1], range: [-1, 1], lookup_table: true }, \
                   Tanh }";
    let errors = try_compile(limited).expect_err("too large");
    assert!(errors[0].contains("bytes of flash") && errors[0].contains(lookup_table::KIND), "{errors:?}");
}
