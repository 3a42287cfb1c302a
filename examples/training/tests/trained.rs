//! The compiled networks answer what training evaluated, bit for bit.

use answers::check;
use trained_networks::{FewBitDigits, Mnist};

mod answers;

#[test]
fn answers_are_those_of_training() {
    check("mnist/answers.npz", Mnist::new());
    check("few_bit_digits/answers.npz", FewBitDigits::new());
}
