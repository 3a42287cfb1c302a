// Compiled in the build script's folder, beside the models.

use tinynet::tinynet;

tinynet! {
    /// Which of twelve words was said in a second of speech: the keyword spotter of MLPerf Tiny, a network of depthwise
    /// separable convolutions (Banbury et al., "MLPerf Tiny Benchmark", 2021).
    ///
    /// The input is 49 frames of 10 MFCC coefficients, the outputs are the words' probabilities ([`WORDS`]).
    pub struct Keywords = "kws_ref_model_int8.tflite"
    where
        flash <= 48 * KIB,
        ram <= 10 * KIB;
}

tinynet! {
    /// Whether a person is in a picture: the person detector of TensorFlow Lite Micro, a MobileNet of a quarter of the
    /// width (Chowdhery et al., "Visual Wake Words Dataset", 2019).
    ///
    /// The input is 96 x 96 shades of grey from -128 to 127, the outputs are the probabilities that there is no person, and
    /// that there is one.
    pub struct Person = "person_detect_int8.tflite"
    where
        flash <= 256 * KIB,
        ram <= 40_000;
}

/// What the outputs of [`Keywords`] stand for.
pub const WORDS: [&str; 12] =
    ["down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes", "silence", "something else"];

/// Inputs of [`Keywords`], int8 as bytes.
pub static SPOKEN: &[[u8; 490]] = include_bytes!("kws_ref_model_int8.inputs").as_chunks().0;

/// What TensorFlow's reference kernels answer to [`SPOKEN`].
pub static SPOKEN_ANSWERS: &[[u8; 12]] = include_bytes!("kws_ref_model_int8.answers").as_chunks().0;

/// Inputs of [`Person`], int8 as bytes.
pub static PICTURES: &[[u8; 9216]] = include_bytes!("person_detect_int8.inputs").as_chunks().0;

/// What TensorFlow's reference kernels answer to [`PICTURES`].
pub static PICTURE_ANSWERS: &[[u8; 2]] = include_bytes!("person_detect_int8.answers").as_chunks().0;
