//! An inference takes as long whatever its input is.

use tinynet_compiler::reference::Reference;
use zoo::board::Bench;
use zoo::golden::Golden;
use zoo::model::Model;

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

#[test]
fn inferences_take_as_long_whatever_their_input() {
    let zoo = zoo::folder().expect("TINYNET_ZOO names a folder of models");
    let bench = Bench::new().expect("a compiler and the emulator");
    for name in MODELS {
        let model = Model::read(&zoo, name).expect("a model and its golden outputs");
        let (mut model, limits) = model.fastest().expect("a plan");
        let length = model.graph.inputs.iter().map(|&id| model.graph.tensor(id).bytes()).sum();
        let inputs = inputs(length);
        let reference = Reference::new(&model.graph);
        let outputs = inputs.iter().map(|input| reference.output(input)).collect();
        model.golden = Some(Golden { inputs, outputs, stream: Vec::new() });
        let run =
            bench.run(&model, model.machine(), &limits).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        assert_eq!(run.different, 0, "{name}: answers that differ from the host's");
        let (least, most) = (run.inference.least, run.inference.most);
        assert_eq!(least, most, "{name}: counts of its inferences");
    }
}
