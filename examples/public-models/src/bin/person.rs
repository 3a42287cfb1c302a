//! The person detector on this machine: `TINYNET_ZOO=… cargo run --release --package public-models --bin person`.

#[cfg(has_models)]
fn main() {
    use public_models::{PICTURE_ANSWERS, PICTURES, Person};
    let mut person = Person::new();
    println!("Person: {} bytes of flash, {} of RAM", Person::FLASH, Person::RAM);
    for (input, expected) in PICTURES.iter().zip(PICTURE_ANSWERS) {
        let outputs = *person.infer(&input.map(|byte| byte as i8));
        // An output counts 1/256 from -128 on.
        let percent = (f64::from(outputs[1]) + 128.0) / 2.56;
        let is_same = outputs == expected.map(|byte| byte as i8);
        let remark = if is_same { "TensorFlow answers the same" } else { "TensorFlow answers otherwise" };
        println!("{}\na person with {percent:.1} %   {remark}\n", sketch(input));
    }
}

/// A picture of 96 x 96 shades as 16 lines of text.
#[cfg(has_models)]
fn sketch(picture: &[u8; 9216]) -> String {
    const SHADES: &[u8; 10] = b" .:-=+*#%@";
    let shade = |line: usize, column: usize| {
        let pixels = (0..6).flat_map(|y| (0..3).map(move |x| (6 * line + y) * 96 + 3 * column + x));
        // -128 is black.
        let sum: usize = pixels.map(|at| usize::from(picture[at] ^ 128)).sum();
        char::from(SHADES[sum / 18 * SHADES.len() / 256])
    };
    let line = |line: usize| (0..32).map(|column| shade(line, column)).collect::<String>();
    (0..16).map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(not(has_models))]
fn main() -> std::process::ExitCode {
    eprintln!("{}", public_models::NO_MODELS);
    std::process::ExitCode::FAILURE
}
