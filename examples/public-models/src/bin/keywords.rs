//! The keyword spotter on this machine: `TINYNET_ZOO=… cargo run --release --package public-models --bin keywords`.

#[cfg(has_models)]
fn main() {
    use public_models::{Keywords, SPOKEN, SPOKEN_ANSWERS, WORDS};
    let mut keywords = Keywords::new();
    println!("Keywords: {} bytes of flash, {} of RAM", Keywords::FLASH, Keywords::RAM);
    for (input, expected) in SPOKEN.iter().zip(SPOKEN_ANSWERS) {
        let input = input.map(|byte| byte as i8);
        let word = keywords.classify(&input);
        let outputs = keywords.infer(&input);
        // An output counts 1/256 from -128 on.
        let percent = (f64::from(outputs[word]) + 128.0) / 2.56;
        let is_same = *outputs == expected.map(|byte| byte as i8);
        let remark = if is_same { "TensorFlow answers the same" } else { "TensorFlow answers otherwise" };
        println!("{:>15} {percent:5.1} %   {remark}", WORDS[word]);
    }
}

#[cfg(not(has_models))]
fn main() -> std::process::ExitCode {
    eprintln!("{}", public_models::NO_MODELS);
    std::process::ExitCode::FAILURE
}
