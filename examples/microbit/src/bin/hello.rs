//! Reads a few drawn digits and shows them in the terminal: `cargo run --release`.
#![no_std]
#![no_main]

use core::fmt::{self, Write};
use cortex_m_rt::entry;
use cortex_m_semihosting::hio;
use microbit::board;
use tinynet::fixed::types::U4F4;
use tinynet_examples::Touch;

/// Images of the test set, the ink on each of 8 x 8 sensors from 0 to 16, and what was drawn.
const IMAGES: [([u8; 64], usize); 4] = [
    (
        [
            0, 0, 5, 16, 15, 3, 0, 0, 0, 0, 13, 15, 14, 7, 0, 0, 0, 0, 13, 4, 13, 8, 0, 0, 0, 0, 0, 0, 16, 5,
            0, 0, 0, 0, 0, 7, 16, 0, 0, 0, 0, 0, 6, 15, 9, 0, 0, 0, 0, 2, 16, 16, 16, 9, 13, 3, 0, 0, 5, 2,
            9, 16, 14, 3,
        ],
        2,
    ),
    (
        [
            0, 0, 6, 10, 9, 4, 0, 0, 0, 0, 14, 10, 16, 16, 1, 0, 0, 4, 15, 1, 9, 16, 0, 0, 0, 3, 16, 16, 16,
            8, 0, 0, 0, 0, 12, 14, 16, 5, 0, 0, 0, 0, 12, 1, 9, 12, 0, 0, 0, 0, 16, 6, 14, 9, 0, 0, 0, 0, 8,
            12, 6, 1, 0, 0,
        ],
        8,
    ),
    (
        [
            0, 0, 15, 16, 13, 6, 0, 0, 0, 0, 12, 12, 14, 13, 0, 0, 0, 0, 0, 0, 11, 9, 0, 0, 0, 0, 1, 11, 15,
            2, 0, 0, 0, 0, 8, 16, 16, 12, 1, 0, 0, 1, 8, 4, 9, 16, 3, 0, 0, 5, 14, 7, 10, 15, 1, 0, 0, 2, 12,
            16, 14, 6, 0, 0,
        ],
        3,
    ),
    (
        [
            0, 0, 8, 11, 8, 10, 14, 8, 0, 3, 15, 11, 12, 16, 5, 1, 0, 1, 16, 0, 11, 8, 0, 0, 0, 0, 1, 5, 16,
            5, 0, 0, 0, 0, 3, 15, 16, 14, 0, 0, 0, 0, 7, 16, 3, 0, 0, 0, 0, 0, 6, 13, 0, 0, 0, 0, 0, 0, 11,
            7, 0, 0, 0, 0,
        ],
        7,
    ),
];

#[entry]
fn main() -> ! {
    static mut TOUCH: Touch = Touch::new();
    if let Ok(mut terminal) = hio::hstdout() {
        // Nobody to tell if the terminal is gone.
        let _ = read_all(TOUCH, &mut terminal);
    }
    board::exit()
}

fn read_all(touch: &mut Touch, terminal: &mut impl Write) -> fmt::Result {
    for (inks, digit) in &IMAGES {
        show(inks, terminal)?;
        // Sixteenths of full ink.
        let answer = touch.classify(&Touch::quantize_input(&inks.map(U4F4::from_bits)));
        writeln!(terminal, "read as {answer}, drawn as {digit}\n")?;
    }
    Ok(())
}

fn show(inks: &[u8; 64], terminal: &mut impl Write) -> fmt::Result {
    for row in inks.chunks_exact(8) {
        for ink in row {
            terminal.write_str(["  ", "░░", "▒▒", "▓▓", "██"][usize::from((ink + 2) / 4)])?;
        }
        writeln!(terminal)?;
    }
    Ok(())
}
