//! The compiled networks answer what training evaluated, bit for bit.

use answers::check;
use trained_networks::{DenseMnist, FewBitDigits, Mnist, PrunedMnist, SmallMnist};

mod answers;

#[test]
fn answers_are_those_of_training() {
    check("mnist/answers.npz", Mnist::new());
    check("small_mnist/answers.npz", SmallMnist::new());
    check("dense_mnist/answers.npz", DenseMnist::new());
    check("pruned_mnist/answers.npz", PrunedMnist::new());
    check("few_bit_digits/answers.npz", FewBitDigits::new());
}
