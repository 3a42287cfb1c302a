//! Recognises a few spoken words: `TINYNET_ZOO=… cargo run --release --features public-models --bin keywords`.
#![no_std]
#![no_main]

use core::fmt::{self, Write};
use cortex_m_rt::entry;
use cortex_m_semihosting::hio;
use microbit::{board, stack};
use public_models::{Keywords, SPOKEN, SPOKEN_ANSWERS, WORDS};

#[entry]
fn main() -> ! {
    static mut KEYWORDS: Keywords = Keywords::new();
    if let Ok(mut terminal) = hio::hstdout() {
        // Nobody to tell if the terminal is gone.
        let _ = listen(KEYWORDS, &mut terminal);
    }
    board::exit()
}

fn listen(keywords: &mut Keywords, terminal: &mut impl Write) -> fmt::Result {
    for (input, expected) in SPOKEN.iter().zip(SPOKEN_ANSWERS) {
        keywords.input_mut().copy_from_slice(bytemuck::cast_slice(input));
        let outputs = keywords.run();
        let likeliest = WORDS.iter().zip(outputs).rev().max_by_key(|(_, output)| **output);
        let word = likeliest.map_or("", |(word, _)| *word);
        let is_same = bytemuck::cast_slice::<i8, u8>(outputs) == expected;
        let remark = if is_same { "the same" } else { "otherwise" };
        writeln!(terminal, "{word:>14}   TensorFlow answers {remark}")?;
    }
    writeln!(terminal, "{} bytes of stack", stack::deepest())
}
