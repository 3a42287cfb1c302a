//! The fast network on this machine: `cargo run --release --example digits`.

use demo::data::{Answers, TestSet};
use demo::{float, show};
use tinynet_examples::Digits;

fn main() -> anyhow::Result<()> {
    let test = TestSet::read("digits")?;
    let Answers::Classes(classes) = &test.answers else { anyhow::bail!("the test set has no digits") };
    let mut digits = Digits::new();
    let mut right = 0;
    for (image, &class) in test.quantized(Digits::INPUT_QUANTIZATION).iter().zip(classes) {
        right += usize::from(digits.classify(image[..].try_into()?) == class);
    }
    println!(
        "{} multiply-accumulates, {} bytes of flash, {} of RAM",
        Digits::MACS,
        Digits::FLASH,
        Digits::RAM
    );
    println!(
        "{right} of {} held-out images read right: {}",
        classes.len(),
        show::percent(right as f64 / classes.len() as f64)
    );
    println!("the float network: {}", show::metric(float::metric("digits")?));
    Ok(())
}
