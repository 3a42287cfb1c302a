//! Answers that Python wrote down, held against those of compiled networks.

use tinynet::{Network, Tensor};
use tinynet_compiler::import::{Values, npz};

/// Inputs and answers.
fn recorded(path: &str) -> [Vec<i8>; 2] {
    let file = std::fs::read(path).expect("a file");
    let archive = npz::read(&file).expect("an archive");
    ["inputs", "outputs"].map(|entry| {
        let (_, array) = archive.entries.iter().find(|(name, _)| name == entry).expect("an entry");
        let Values::Integers(integers) = &array.values else { panic!("{entry} of {path} are real numbers") };
        integers.iter().map(|&integer| i8::try_from(integer).expect("an int8")).collect()
    })
}

/// Holds a network to the answers in a file of the package, which are whole int8s and enough to tell.
pub(crate) fn check<N>(path: &str, mut network: N)
where
    N: Network<Input: Tensor<Element = i8>, Output: Tensor<Element = i8>>,
{
    let [inputs, outputs] = recorded(path);
    let lengths = [N::INPUT_SHAPE, N::OUTPUT_SHAPE].map(|shape| shape.iter().product::<usize>());
    let [inputs, outputs] = [inputs.chunks(lengths[0]), outputs.chunks(lengths[1])];
    assert!(inputs.len() == outputs.len() && inputs.len() >= 64, "{path}");
    for (index, (input, output)) in inputs.zip(outputs).enumerate() {
        network.input_mut().as_mut().copy_from_slice(input);
        assert_eq!(network.run().as_ref(), output, "{path}, input {index}");
    }
}
