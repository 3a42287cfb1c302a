//! The touch-pad network on this machine: `cargo run --release --example touch`.

use demo::data::{Answers, TestSet};
use demo::{float, show};
use tinynet_examples::Touch;

fn main() -> anyhow::Result<()> {
    let test = TestSet::read("touch")?;
    let Answers::Classes(digits) = &test.answers else { anyhow::bail!("the test set has no digits") };
    let mut touch = Touch::new();
    let mut right = 0;
    for (index, (image, &digit)) in test.quantized(Touch::INPUT_QUANTIZATION).iter().zip(digits).enumerate() {
        let answer = touch.classify(image[..].try_into()?);
        right += usize::from(answer == digit);
        if index == 0 {
            println!("{}\nread as {answer}\n", show::picture(&test.inputs[index], 8).join("\n"));
        }
    }
    println!(
        "{right} of {} held-out images read right: {}",
        digits.len(),
        show::percent(right as f64 / digits.len() as f64)
    );
    println!("the float network: {}", show::metric(float::metric("touch")?));
    Ok(())
}
