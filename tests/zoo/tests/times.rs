//! An inference takes as long whatever its input is.

use cycle_counter::report::Region;
use tinynet_compiler::plan::CodeShape;
use tinynet_compiler::reference::Reference;
use zoo::board::{Bench, Run};
use zoo::golden::Golden;
use zoo::model::{Code, Model};

/// Those of MLPerf Tiny, and more: layers of all kinds that assembly is written for.
const MODELS: [&str; 7] = [
    "mlperf_tiny/ad01_int8",
    "mlperf_tiny/kws_ref_model_int8",
    "mlperf_tiny/pretrainedResnet_int8",
    "mlperf_tiny/str_ww_ref_model_int8",
    "mlperf_tiny/vww_96_int8",
    "tflm/hello_world_int8",
    "tflm/micro_speech_int8",
];

/// All alike, at an end and between, by turns at both ends, and one that is not like the others.
fn inputs(length: usize) -> Vec<Vec<i8>> {
    let alike = [-128, -1, 0, 1, 127].map(|value| vec![value; length]);
    let by_turns = [1, 2, 97].map(|turn| {
        let at = |place: usize| if (place / turn).is_multiple_of(2) { -128 } else { 127 };
        (0..length).map(at).collect()
    });
    let one = [(0, -128, 127), (length / 2, 127, -128), (length - 1, 0, 127)].map(|(place, other, value)| {
        let mut input = vec![other; length];
        input[place] = value;
        input
    });
    alike.into_iter().chain(by_turns).chain(one).collect()
}

/// Runs a model under limits on inputs of all kinds, which it must answer as the host does.
fn run(bench: &Bench, mut model: Model, limits: &str) -> (Model, Run) {
    let length = model.graph.inputs.iter().map(|&id| model.graph.tensor(id).bytes()).sum();
    let inputs = inputs(length);
    let reference = Reference::new(&model.graph);
    let outputs = inputs.iter().map(|input| reference.output(input)).collect();
    model.golden = Some(Golden { inputs, outputs, stream: Vec::new() });
    let name = &model.name;
    let run = bench.run(&model, model.machine(), limits).unwrap_or_else(|error| panic!("{name}: {error:#}"));
    assert_eq!(run.different, 0, "{name}: answers that differ from the host's");
    (model, run)
}

fn read(name: &str) -> Model {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    Model::read(&zoo, name).expect("a model and its golden outputs")
}

#[test]
fn inferences_take_as_long_whatever_their_input() {
    let bench = Bench::new().expect("a compiler and the emulator");
    for name in MODELS {
        let (model, limits) = read(name).fastest().expect("a plan");
        let (_, run) = run(&bench, model, &limits);
        let (least, most) = (run.inference.least, run.inference.most);
        assert_eq!(least, most, "{name}: counts of its inferences");
    }
}

/// Models whose smallest code has a softmax that calculates its exponentials.
const SMALLEST: [&str; 2] = ["mlperf_tiny/kws_ref_model_int8", "mlperf_tiny/pretrainedResnet_int8"];

/// Kernels in Rust may take a branch more where they requantise, but what is assembly may not, nor that softmax.
#[test]
fn layers_of_the_smallest_code_take_as_long_whatever_their_input() {
    let bench = Bench::new().expect("a compiler and the emulator");
    for name in SMALLEST {
        let (model, limits) = read(name).with(Code::Smallest).expect("a plan");
        let (model, run) = run(&bench, model, &limits);
        let mut found = 0;
        let layers = model.graph.nodes.iter().zip(&model.plan.steps).zip(&run.layers);
        for ((node, step), region) in layers {
            let Some(Region { least, most, .. }) = region else { continue };
            let is_softmax = step.shape == CodeShape::Compact;
            found += usize::from(is_softmax);
            println!(
                "{name}, {}, {}: {} to {} cycles, planned {}",
                node.label,
                step.shape.name(),
                least.cycles_m0,
                most.cycles_m0,
                step.cost.cycles
            );
            if is_softmax || matches!(step.shape, CodeShape::Assembly(_)) {
                assert_eq!(least, most, "{name}: counts of `{}`", node.label);
            }
        }
        assert_eq!(found, 1, "{name}: softmax");
    }
}
