//! An ARMv6-M core in small: runs functions that an [`Assembler`](super::assembler::Assembler) wrote, in tests.
//!
//! It knows the instructions that the assembler writes and what each can encode, and nothing else. Memory is what the test
//! lends: a step beside it is a panic, as is a load or a store of a word at an odd place. What runs is counted and compared
//! with what the assembler has counted.

use super::assembler::Function;
use super::timing::Counts;
use std::collections::HashMap;

/// A piece of memory.
pub(crate) struct Region {
    /// Address of the first byte.
    pub(crate) start: u32,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// Whether it may be written.
    pub(crate) is_writable: bool,
    /// Whether it is flash.
    pub(crate) is_flash: bool,
}

impl Region {
    /// Memory that may be read.
    pub(crate) fn constant(start: u32, bytes: impl IntoIterator<Item = u8>) -> Self {
        Self { start, bytes: bytes.into_iter().collect(), is_writable: false, is_flash: false }
    }

    /// A layer's data.
    pub(crate) fn flash(start: u32, bytes: impl IntoIterator<Item = u8>) -> Self {
        Self { is_flash: true, ..Self::constant(start, bytes) }
    }

    /// Memory that may be written as well.
    pub(crate) fn variable(start: u32, bytes: impl IntoIterator<Item = u8>) -> Self {
        Self { is_writable: true, ..Self::constant(start, bytes) }
    }
}

/// Calls a function with four arguments.
pub(crate) fn call(function: &Function, arguments: [u32; 4], memory: Vec<Region>) -> Vec<Region> {
    let program = Program::new(&function.text);
    let bytes: usize = program.instructions.iter().map(|instruction| instruction.bytes()).sum();
    assert_eq!(bytes, function.bytes, "bytes of code");
    let mut core = Core::new(arguments, memory);
    let before = core.registers;
    core.run(&program);
    for kept in (4..12).chain([SP]) {
        assert_eq!(core.registers[kept], before[kept], "r{kept} after the call");
    }
    assert_eq!(core.counts, function.counts, "instructions");
    assert_eq!((STACK_END - core.lowest) as usize, function.stack, "bytes of stack");
    core.memory.pop();
    core.memory
}

const SP: usize = 13;
const LR: usize = 14;
const PC: usize = 15;
const STACK: u32 = 0x3000_0000;
const STACK_END: u32 = STACK + 4096;
/// Where the caller goes on: no instruction is there.
const CALLER: u32 = 0xffff_fffe;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Operand {
    Register(usize),
    Number(u32),
    /// `[base, register or number]`
    Memory(usize, Box<Operand>),
    /// Registers of a list, in the order of their numbers.
    List(Vec<usize>),
    /// An instruction.
    Target(usize),
}

struct Instruction {
    name: String,
    operands: Vec<Operand>,
    line: String,
}

struct Program {
    instructions: Vec<Instruction>,
}

impl Program {
    fn new(text: &str) -> Self {
        let mut labels = HashMap::new();
        let mut lines = Vec::new();
        for line in text.lines() {
            match line.strip_suffix(':') {
                Some(label) => assert_eq!(labels.insert(label, lines.len()), None, "{label} twice"),
                None => lines.push(line),
            }
        }
        Self { instructions: lines.into_iter().map(|line| Instruction::new(line, &labels)).collect() }
    }
}

fn register(name: &str) -> Option<usize> {
    match name {
        "sp" => Some(SP),
        "lr" => Some(LR),
        "pc" => Some(PC),
        _ => name.strip_prefix('r')?.parse().ok().filter(|&number| number < 13),
    }
}

fn operand(text: &str, labels: &HashMap<&str, usize>) -> Operand {
    if let Some(number) = text.strip_prefix('#') {
        return Operand::Number(number.parse().unwrap_or_else(|_| panic!("{text}")));
    }
    if let Some(label) = text.strip_suffix(['b', 'f']).and_then(|label| labels.get(label)) {
        return Operand::Target(*label);
    }
    Operand::Register(register(text.trim_end_matches('!')).unwrap_or_else(|| panic!("{text}")))
}

impl Instruction {
    fn new(line: &str, labels: &HashMap<&str, usize>) -> Self {
        let (name, mut rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut operands = Vec::new();
        while !rest.is_empty() {
            let end = match rest.chars().next() {
                Some('[') => rest.find(']').expect("closed") + 1,
                Some('{') => rest.find('}').expect("closed") + 1,
                _ => rest.find(',').unwrap_or(rest.len()),
            };
            let (first, others) = rest.split_at(end);
            let inner: Vec<_> = first.trim_matches(['[', ']', '{', '}']).split(", ").collect();
            operands.push(match (first.chars().next(), inner.as_slice()) {
                (Some('['), [base, index]) => {
                    Operand::Memory(register(base).expect("a base"), Box::new(operand(index, labels)))
                }
                (Some('{'), list) => {
                    Operand::List(list.iter().map(|name| register(name).expect("in a list")).collect())
                }
                _ => operand(first, labels),
            });
            rest = others.trim_start_matches([',', ' ']);
        }
        Self { name: name.into(), operands, line: line.into() }
    }

    fn bytes(&self) -> usize {
        if self.name == "bl" { 4 } else { 2 }
    }
}

struct Core {
    registers: [u32; 16],
    zero: bool,
    carry: bool,
    memory: Vec<Region>,
    counts: Counts,
    lowest: u32,
}

impl Core {
    fn new(arguments: [u32; 4], mut memory: Vec<Region>) -> Self {
        memory.push(Region::variable(STACK, vec![0x55; (STACK_END - STACK) as usize]));
        let mut registers = std::array::from_fn(|register| 0x0123_4567u32.wrapping_mul(register as u32 + 1));
        registers[..4].copy_from_slice(&arguments);
        registers[SP] = STACK_END;
        registers[LR] = CALLER + 1;
        Self { registers, zero: false, carry: false, memory, counts: Counts::default(), lowest: STACK_END }
    }

    fn run(&mut self, program: &Program) {
        let mut at = 0;
        while at != CALLER as usize {
            let instruction = program.instructions.get(at).expect("an instruction");
            at = self.step(instruction, at + 1).unwrap_or_else(|| panic!("{}", instruction.line));
            self.lowest = self.lowest.min(self.registers[SP]);
        }
    }

    fn byte(&mut self, address: u32, writes: bool) -> &mut u8 {
        let inside = |region: &&mut Region| {
            (address.wrapping_sub(region.start) as usize) < region.bytes.len()
                && (region.is_writable || !writes)
        };
        let region = self.memory.iter_mut().find(inside).unwrap_or_else(|| panic!("{address:#x}: {writes}"));
        &mut region.bytes[(address - region.start) as usize]
    }

    /// Counts what is loaded from flash.
    fn count_constant(&mut self, address: u32) {
        let holds = |region: &Region| address.wrapping_sub(region.start) < region.bytes.len() as u32;
        self.counts.constants += u64::from(self.memory.iter().any(|region| region.is_flash && holds(region)));
    }

    fn load(&mut self, address: u32) -> u32 {
        assert_eq!(address % 4, 0, "{address:#x}");
        self.count_constant(address);
        u32::from_le_bytes(std::array::from_fn(|byte| *self.byte(address + byte as u32, false)))
    }

    fn store(&mut self, address: u32, value: u32) {
        assert_eq!(address % 4, 0, "{address:#x}");
        for (byte, value) in value.to_le_bytes().into_iter().enumerate() {
            *self.byte(address + byte as u32, true) = value;
        }
    }

    /// The result of an instruction that sets flags.
    fn set(&mut self, to: usize, value: u32) -> Option<()> {
        self.zero = value == 0;
        *self.registers[..8].get_mut(to)? = value;
        Some(())
    }

    fn add_with_carry(&mut self, a: u32, b: u32, carry: bool) -> u32 {
        let sum = u64::from(a) + u64::from(b) + u64::from(carry);
        self.carry = sum >> 32 != 0;
        sum as u32
    }

    fn low(&self, register: usize) -> Option<u32> {
        self.registers[..8].get(register).copied()
    }

    /// Where it goes on; `None`: there is no such instruction.
    fn step(&mut self, instruction: &Instruction, next: usize) -> Option<usize> {
        let name = instruction.name.as_str();
        match (name, instruction.operands.as_slice()) {
            ("b" | "bl" | "bne" | "beq" | "bx", operands) => return self.branch(name, operands, next),
            ("ldm" | "stm" | "push" | "pop", operands) => return self.multiple(name, operands, next),
            (
                "ldr" | "str" | "ldrh" | "ldrb" | "strb" | "ldrsb",
                [Operand::Register(register), Operand::Memory(base, index)],
            ) => {
                self.counts.accesses += 1;
                self.access(name, *register, *base, index)?;
            }
            ("muls", &[Operand::Register(to), Operand::Register(by), Operand::Register(same)])
                if to == same =>
            {
                self.counts.multiplies += 1;
                let product = self.low(to)?.wrapping_mul(self.low(by)?);
                self.set(to, product)?;
            }
            (_, operands) => {
                self.counts.simple += 1;
                self.simple(name, operands)?;
            }
        }
        Some(next)
    }

    fn branch(&mut self, name: &str, operands: &[Operand], next: usize) -> Option<usize> {
        let is_taken = match name {
            "bne" => !self.zero,
            "beq" => self.zero,
            _ => true,
        };
        let counted = if is_taken { &mut self.counts.branches } else { &mut self.counts.passed };
        *counted += 1;
        match (name, operands) {
            ("bx", [Operand::Register(LR)]) => Some((self.registers[LR] - 1) as usize),
            ("bl", [Operand::Target(target)]) => {
                // A cycle more than other branches.
                self.counts.simple += 1;
                self.registers[LR] = 0xdead_beef;
                Some(*target)
            }
            ("b" | "bne" | "beq", [Operand::Target(target)]) => Some(if is_taken { *target } else { next }),
            _ => None,
        }
    }

    fn multiple(&mut self, name: &str, operands: &[Operand], next: usize) -> Option<usize> {
        let (base, list) = match operands {
            [Operand::Register(base @ 0..8), Operand::List(list)] => (*base, list),
            [Operand::List(list)] => (SP, list),
            _ => return None,
        };
        let is_return = name == "pop" && list.last() == Some(&PC);
        let others = if is_return || (name == "push" && list.last() == Some(&LR)) {
            list.len() - 1
        } else {
            list.len()
        };
        assert!(
            list.is_sorted_by(|a, b| a < b) && list[..others].iter().all(|&register| register < 8),
            "{list:?}"
        );
        self.counts.moved += list.len() as u64;
        *(if is_return { &mut self.counts.branches } else { &mut self.counts.multiples }) += 1;
        if is_return {
            // As long as a POP and a branch.
            self.counts.moved += 1;
        }
        let words = 4 * list.len() as u32;
        let start = if name == "push" { self.registers[SP] - words } else { self.registers[base] };
        assert!(name != "ldm" || !list.contains(&base));
        for (address, &register) in (start..).step_by(4).zip(list) {
            match name {
                "ldm" | "pop" => self.registers[register] = self.load(address),
                _ => self.store(address, self.registers[register]),
            }
        }
        self.registers[base] = if name == "push" { start } else { start + words };
        Some(if is_return { (self.registers[PC] - 1) as usize } else { next })
    }

    fn access(&mut self, name: &str, register: usize, base: usize, index: &Operand) -> Option<()> {
        let is_word = matches!(name, "ldr" | "str");
        let offset = match *index {
            Operand::Register(index) => self.low(index)?,
            // What the encodings have room for.
            Operand::Number(offset) => {
                let most = match (is_word, base == SP) {
                    (true, true) => 1020,
                    (true, false) => 124,
                    (false, _) => 31,
                };
                let (most, step) = match (is_word, name) {
                    (true, _) => (most, 4),
                    (false, "ldrh") => (62, 2),
                    (false, _) => (most, 1),
                };
                let fits = offset <= most && offset % step == 0 && name != "ldrsb";
                fits.then_some(offset)?
            }
            _ => return None,
        };
        let base = if base == SP && is_word { self.registers[SP] } else { self.low(base)? };
        let address = base.wrapping_add(offset);
        let value = self.low(register)?;
        if matches!(name, "ldrh" | "ldrb" | "ldrsb") {
            self.count_constant(address);
        }
        match name {
            "ldr" => self.registers[register] = self.load(address),
            "ldrh" => {
                assert_eq!(address % 2, 0, "{address:#x}");
                let [low, high] = [0, 1].map(|byte| u32::from(*self.byte(address + byte, false)));
                self.registers[register] = low | high << 8;
            }
            "ldrb" => self.registers[register] = u32::from(*self.byte(address, false)),
            "ldrsb" => self.registers[register] = *self.byte(address, false) as i8 as u32,
            "str" => self.store(address, value),
            _ => *self.byte(address, true) = value as u8,
        }
        Some(())
    }

    fn simple(&mut self, name: &str, operands: &[Operand]) -> Option<()> {
        use Operand::{Number, Register};
        match (name, operands) {
            ("add", &[Register(SP), Number(n @ 0..=508)]) if n % 4 == 0 => self.registers[SP] += n,
            ("sub", &[Register(SP), Number(n @ 0..=508)]) if n % 4 == 0 => self.registers[SP] -= n,
            ("add", &[Register(to @ 0..8), Register(SP), Number(n @ 0..=1020)]) if n % 4 == 0 => {
                self.registers[to] = self.registers[SP] + n;
            }
            ("add", &[Register(to), Register(from)]) if to < SP || to == LR => {
                self.registers[to] = self.registers[to].wrapping_add(self.registers[from]);
            }
            ("mov", &[Register(to), Register(from)]) if to < SP || to == LR => {
                self.registers[to] = self.registers[from]
            }
            ("cmp", &[Register(a), Register(b)]) => self.compare(self.registers[a], self.registers[b]),
            ("cmp", &[Register(a), Number(b @ 0..=255)]) => self.compare(self.low(a)?, b),
            ("movs", &[Register(to), Number(n @ 0..=255)]) => self.set(to, n)?,
            ("adds" | "subs", &[Register(to), Number(n @ 0..=255)]) => {
                self.sum(name, to, self.low(to)?, n)?
            }
            ("adds" | "subs", &[Register(to), Register(a), Number(n @ 0..=7)]) => {
                self.sum(name, to, self.low(a)?, n)?
            }
            ("adds" | "subs", &[Register(to), Register(a), Register(b)]) => {
                self.sum(name, to, self.low(a)?, self.low(b)?)?;
            }
            ("rsbs", &[Register(to), Register(from), Number(0)]) => {
                self.sum("subs", to, 0, self.low(from)?)?
            }
            ("sbcs" | "adcs", &[Register(to), Register(from)]) => {
                let (a, b, carry) = (self.low(to)?, self.low(from)?, self.carry);
                let sum = self.add_with_carry(a, if name == "adcs" { b } else { !b }, carry);
                self.set(to, sum)?;
            }
            (_, &[Register(to), Register(from), Number(by @ 0..=32)]) => {
                let value = self.low(from)?;
                // Nothing reads what shifts to the right shift out.
                if name == "lsls" && by > 0 {
                    self.carry = value >> (32 - by) & 1 != 0;
                }
                self.set(to, shifted(name, value, by)?)?;
            }
            (_, &[Register(to), Register(from)]) => {
                let result = combined(name, self.low(to)?, self.low(from)?)?;
                if name.starts_with("sx") || name.starts_with("ux") {
                    self.registers[to] = result;
                } else {
                    self.set(to, result)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn compare(&mut self, a: u32, b: u32) {
        self.zero = self.add_with_carry(a, !b, true) == 0;
    }

    fn sum(&mut self, name: &str, to: usize, a: u32, b: u32) -> Option<()> {
        let sum =
            if name == "adds" { self.add_with_carry(a, b, false) } else { self.add_with_carry(a, !b, true) };
        self.set(to, sum)
    }
}

fn shifted(name: &str, value: u32, by: u32) -> Option<u32> {
    match (name, by) {
        ("lsls", 0..32) => Some(value << by),
        ("lsrs", 1..=32) => Some(value.checked_shr(by).unwrap_or(0)),
        ("asrs", 1..=32) => Some((value as i32 >> by.min(31)) as u32),
        _ => None,
    }
}

fn combined(name: &str, a: u32, b: u32) -> Option<u32> {
    Some(match name {
        "ands" => a & b,
        "orrs" => a | b,
        "eors" => a ^ b,
        "bics" => a & !b,
        "lsls" => a.checked_shl(b).filter(|_| b < 256).unwrap_or(0),
        "lsrs" => a.checked_shr(b).filter(|_| b < 256).unwrap_or(0),
        "asrs" => (a as i32 >> (b & 255).min(31)) as u32,
        "uxth" => b & 0xffff,
        "uxtb" => b & 0xff,
        "sxth" => b as i16 as u32,
        "sxtb" => b as i8 as u32,
        _ => return None,
    })
}
