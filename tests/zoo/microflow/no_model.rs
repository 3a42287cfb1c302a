/// In place of a model: what the program holds besides one.
struct Model;

impl Model {
    fn predict_quantized(
        input: microflow::buffer::Buffer2D<i8, 1, 8>,
    ) -> microflow::buffer::Buffer2D<f32, 1, 8> {
        input.map(|byte| f32::from_bits(byte as u32))
    }
}
