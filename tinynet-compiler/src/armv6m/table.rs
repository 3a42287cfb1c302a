//! Functions of one int8 by look-up.

use super::assembler::Assembler;
use super::code::Code;
use super::registers::Low;

/// Elements in a turn of the loop: the most that offsets reach.
const TURN: usize = 16;

/// Writes `fn(input, output, scratch, data)`, which looks `length` elements up; input and output are the same or do not
/// overlap, and `table` is indexed by an int8's bit pattern.
pub fn write(table: &[u8; 256], length: usize, mut code: Assembler) -> Option<Code> {
    use Low::R4;
    code.push(&[R4]);
    let (turns, rest) = (length / TURN, length % TURN);
    if turns > 0 {
        code.constant(R4, turns as i32);
        code.repeat(turns, |code| look_up(code, TURN), |code| code.subs_immediate(R4, 1));
    }
    look_up(&mut code, rest);
    code.pop(&[R4]);
    code.exit();
    let data =
        table.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
    Some(Code { function: code.finish()?, data, scratch: 0, alignment: 1, has_table: false })
}

/// Some elements from `r0` to `r1`, both of which move on, by the table at `r3`.
fn look_up(code: &mut Assembler, elements: usize) {
    use Low::{R0, R1, R2, R3};
    for element in 0..elements {
        code.ldrb(R2, R0, element);
        code.ldrb_indexed(R2, R3, R2);
        code.count_constant();
        code.strb(R2, R1, element);
    }
    if elements > 0 {
        code.adds_immediate(R0, elements as u8);
        code.adds_immediate(R1, elements as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::super::random_layers::{bytes, run, run_in_place};
    use super::*;
    use tinynet_core::kernels::Table;

    #[test]
    fn tables_are_exact() {
        let mut random = fastrand::Rng::with_seed(1);
        for length in (0..40).chain([1000]) {
            let table = std::array::from_fn(|_| random.u8(..));
            let input = bytes(&mut random, length);
            let mut expected = vec![0; length];
            Table { table: &table }.run(&input, &mut expected);
            let code = write(&table, length, Assembler::new()).expect("code");
            assert_eq!(run(&code, &[&input], length), expected);
            assert_eq!(run_in_place(&code, &[&input], 0), expected);
        }
    }
}
