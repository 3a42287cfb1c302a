//! A core with the DSP extension in small: runs functions that an [`Assembler`](super::assembler::Assembler) wrote, in tests.
//!
//! It knows the instructions that the assembler writes and what each can encode, and nothing else. Memory is what the test
//! lends: a step beside it is a panic. Words may be loaded from and stored at any address, but not several at a time.

use super::assembler::Function;
use crate::armv6m::simulator::Region;
use std::collections::HashMap;

/// Calls a function with four arguments.
pub(super) fn call(function: &Function, arguments: [u32; 4], mut memory: Vec<Region>) -> Vec<Region> {
    memory.push(Region::variable(STACK, vec![0x55; (STACK_END - STACK) as usize]));
    let mut registers = std::array::from_fn(|register| 0x0123_4567u32.wrapping_mul(register as u32 + 1));
    registers[..4].copy_from_slice(&arguments);
    registers[SP] = STACK_END;
    registers[LR] = CALLER + 1;
    let program = Program::new(&function.text);
    let mut core = Core { registers, flags: Flags::default(), memory, lowest: STACK_END };
    core.run(&program);
    for kept in (4..12).chain([SP]) {
        assert_eq!(core.registers[kept], registers[kept], "r{kept} after the call");
    }
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
    Number(i64),
    /// `[base, number]`
    Memory(usize, u32),
    /// `[base, register, lsl number]`
    Indexed(usize, usize, u32),
    List(Vec<usize>),
    /// `asr #31`
    Shift(String, u32),
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
    match name.trim_end_matches('!') {
        "sp" => Some(SP),
        "lr" => Some(LR),
        "pc" => Some(PC),
        name => name.strip_prefix('r')?.parse().ok().filter(|&number| number < 13),
    }
}

fn number(text: &str) -> Option<i64> {
    text.strip_prefix('#')?.parse().ok()
}

impl Instruction {
    fn new(line: &str, labels: &HashMap<&str, usize>) -> Self {
        let line = match line.strip_prefix(".inst.w ").map(|encoded| encoded.split_once(" @ ")) {
            Some(Some((encoding, instruction))) => {
                assert_eq!(decoded(encoding).as_deref(), Some(instruction), "{encoding}");
                instruction
            }
            _ => line,
        };
        let (name, mut rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut operands = Vec::new();
        if name == "it" {
            // The instruction behind it says the condition once more.
            rest = "";
        }
        while !rest.is_empty() {
            let end = match rest.chars().next() {
                Some('[') => rest.find(']').expect("closed") + 1,
                Some('{') => rest.find('}').expect("closed") + 1,
                _ => rest.find(',').unwrap_or(rest.len()),
            };
            let (first, others) = rest.split_at(end);
            operands.push(operand(first, labels).unwrap_or_else(|| panic!("{line}")));
            rest = others.trim_start_matches([',', ' ']);
        }
        Self { name: name.into(), operands, line: line.into() }
    }
}

/// The instruction of the DSP extension that a number stands for, with a `0x` in front.
fn decoded(encoding: &str) -> Option<String> {
    let word = u32::from_str_radix(encoding.strip_prefix("0x")?, 16).ok()?;
    let field = |lowest: u32| match word >> lowest & 15 {
        14 => "lr".into(),
        number @ 0..=12 => format!("r{number}"),
        _ => panic!("{encoding} names a register that it may not"),
    };
    let products = |name: &str| format!("{name} {}, {}, {}, {}", field(8), field(16), field(0), field(12));
    Some(match (word >> 20, word >> 4 & 15) {
        (0xfa2, rotated @ (8 | 9)) if word >> 12 == 0xfa2ff => {
            let rotated = if rotated == 9 { ", ror #8" } else { "" };
            format!("sxtb16 {}, {}{rotated}", field(8), field(0))
        }
        (0xfb1, halves @ 0..=3) => products(["smlabb", "smlabt", "smlatb", "smlatt"][halves as usize]),
        (0xfb2, 0) => products("smlad"),
        (0xfb5, 0) => products("smmla"),
        _ => return None,
    })
}

fn operand(text: &str, labels: &HashMap<&str, usize>) -> Option<Operand> {
    if let Some(inner) = text.strip_prefix('[') {
        let (base, offset) = inner.strip_suffix(']')?.split_once(", ")?;
        if let Some((index, by)) = offset.split_once(", lsl ") {
            let by = number(by).and_then(|by| by.try_into().ok()).filter(|by| *by < 4)?;
            return Some(Operand::Indexed(register(base)?, register(index)?, by));
        }
        return Some(Operand::Memory(register(base)?, number(offset)?.try_into().ok()?));
    }
    if let Some(inner) = text.strip_prefix('{') {
        let list = inner.strip_suffix('}')?.split(", ");
        return Some(Operand::List(list.map(register).collect::<Option<_>>()?));
    }
    if let Some(label) = text.strip_suffix(['b', 'f']).and_then(|label| labels.get(label)) {
        return Some(Operand::Target(*label));
    }
    if let Some((name, by)) = text.split_once(' ') {
        return Some(Operand::Shift(name.into(), number(by)?.try_into().ok()?));
    }
    number(text).map(Operand::Number).or_else(|| register(text).map(Operand::Register))
}

/// What the last comparison left.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    equal: bool,
    less: bool,
    lower: bool,
}

impl Flags {
    fn of(a: u32, b: u32) -> Self {
        Self { equal: a == b, less: (a as i32) < b as i32, lower: a < b }
    }

    fn holds(self, condition: &str) -> Option<bool> {
        match condition {
            "hs" => Some(!self.lower),
            "lo" => Some(self.lower),
            "lt" => Some(self.less),
            "gt" => Some(!self.less && !self.equal),
            _ => None,
        }
    }
}

struct Core {
    registers: [u32; 16],
    flags: Flags,
    memory: Vec<Region>,
    lowest: u32,
}

impl Core {
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

    fn load(&mut self, address: u32) -> u32 {
        u32::from_le_bytes(std::array::from_fn(|byte| *self.byte(address + byte as u32, false)))
    }

    fn store(&mut self, address: u32, value: u32) {
        for (byte, value) in value.to_le_bytes().into_iter().enumerate() {
            *self.byte(address + byte as u32, true) = value;
        }
    }

    /// Where it goes on; `None`: there is no such instruction.
    fn step(&mut self, instruction: &Instruction, next: usize) -> Option<usize> {
        use Operand::{Indexed, List, Memory, Number, Register, Shift, Target};
        let name = instruction.name.as_str();
        match (name, instruction.operands.as_slice()) {
            ("bne", [Target(target)]) => return Some(if self.flags.equal { next } else { *target }),
            ("bl", [Target(target)]) => {
                self.registers[LR] = next as u32 + 1;
                return Some(*target);
            }
            ("ldr", &[Register(PC), Memory(SP, offset)]) => {
                return Some((self.load(self.registers[SP] + offset) - 1) as usize);
            }
            ("push", [List(list)]) => {
                self.registers[SP] -= 4 * list.len() as u32;
                for (address, &register) in (self.registers[SP]..).step_by(4).zip(list) {
                    self.store(address, self.registers[register]);
                }
            }
            ("pop" | "ldm", [.., List(list)]) => {
                let base = match instruction.operands[0] {
                    Register(base) if name == "ldm" => base,
                    _ => SP,
                };
                assert!(list.is_sorted_by(|a, b| a < b) && list.len() >= 2 && !list.contains(&base));
                assert_eq!(self.registers[base] % 4, 0);
                for &register in list {
                    self.registers[register] = self.load(self.registers[base]);
                    self.registers[base] += 4;
                }
                return Some(if list.contains(&PC) { (self.registers[PC] - 1) as usize } else { next });
            }
            (
                "ldr" | "str" | "ldrsb" | "strb" | "strh",
                &[Register(register), Memory(base, offset @ 0..=4095)],
            ) => {
                let address = self.registers[base].wrapping_add(offset);
                let value = self.registers[register];
                match name {
                    "ldr" => self.registers[register] = self.load(address),
                    "ldrsb" => self.registers[register] = *self.byte(address, false) as i8 as u32,
                    "str" => self.store(address, value),
                    "strh" => {
                        *self.byte(address, true) = value as u8;
                        *self.byte(address + 1, true) = (value >> 8) as u8;
                    }
                    _ => *self.byte(address, true) = value as u8,
                }
            }
            ("ldrsb", &[Register(register), Indexed(base, index, by)]) => {
                let address = self.registers[base].wrapping_add(self.registers[index] << by);
                self.registers[register] = *self.byte(address, false) as i8 as u32;
            }
            ("add", &[Register(to), Register(SP), Number(n @ 0..=1020)]) if n % 4 == 0 => {
                self.registers[to] = self.registers[SP] + n as u32;
            }
            ("add", &[Register(SP), Number(n @ 0..=508)]) if n % 4 == 0 => self.registers[SP] += n as u32,
            ("sub", &[Register(SP), Number(n @ 0..=508)]) if n % 4 == 0 => self.registers[SP] -= n as u32,
            ("subs", &[Register(to), .., Number(1)]) => {
                self.registers[to] = self.registers[to].wrapping_sub(1);
                self.flags = Flags::of(self.registers[to], 0);
            }
            ("cmp", &[Register(a), Number(b @ -255..=255)]) => {
                self.flags = Flags::of(self.registers[a], b as u32);
            }
            ("cmp", &[Register(a), Register(b)]) => {
                self.flags = Flags::of(self.registers[a], self.registers[b]);
            }
            ("it", []) => {}
            ("mov", &[Register(to), Register(from)]) => self.registers[to] = self.registers[from],
            ("movw", &[Register(to), Number(n @ 0..=0xffff)]) => self.registers[to] = n as u32,
            ("movt", &[Register(to), Number(n @ 0..=0xffff)]) => {
                self.registers[to] = self.registers[to] & 0xffff | (n as u32) << 16;
            }
            ("addw" | "subw", &[Register(to), Register(from), Number(n @ 0..=4095)]) => {
                let n = if name == "addw" { n } else { -n };
                self.registers[to] = self.registers[from].wrapping_add(n as u32);
            }
            ("lsl", &[Register(to), Register(from), Number(by @ 1..=31)]) => {
                self.registers[to] = self.registers[from] << by;
            }
            ("ssat", &[Register(to), Number(8), Register(from), Shift(ref shift, by @ 1..=31)])
                if shift == "asr" =>
            {
                self.registers[to] = (self.registers[from] as i32 >> by).clamp(-128, 127) as u32;
            }
            ("sxtb16", [Register(to), Register(from), ..]) => {
                let rotated = match instruction.operands.get(2) {
                    None => self.registers[*from],
                    Some(Shift(ror, 8)) if ror == "ror" => self.registers[*from].rotate_right(8),
                    _ => return None,
                };
                let half = |byte: u32| u32::from((rotated >> byte) as i8 as u16);
                self.registers[*to] = half(0) | half(16) << 16;
            }
            ("and", &[Register(to), Register(a), Register(b), Shift(ref shift, 31)]) if shift == "asr" => {
                self.registers[to] = self.registers[a] & (self.registers[b] as i32 >> 31) as u32;
            }
            ("add", &[Register(to), Register(a), Register(b), Shift(ref shift, by @ 1..=31)])
                if shift == "lsl" =>
            {
                self.registers[to] = self.registers[a].wrapping_add(self.registers[b] << by);
            }
            (_, &[Register(to), Register(a), Register(b)]) => {
                let [a, b] = [a, b].map(|register| self.registers[register]);
                self.registers[to] = match name {
                    "add" => a.wrapping_add(b),
                    "sub" => a.wrapping_sub(b),
                    _ => return None,
                };
            }
            (_, &[Register(to), Register(a), Register(b), Register(sum)]) => {
                let [a, b, sum] = [a, b, sum].map(|register| self.registers[register]);
                self.registers[to] = sum.wrapping_add(product(name, a, b)? as u32);
            }
            (_, [Register(to), from]) => {
                let value = match (name.strip_prefix("mov"), from) {
                    (Some(_), Register(from)) => self.registers[*from],
                    (Some(_), Number(n @ -255..=255)) => *n as u32,
                    _ => return None,
                };
                if self.flags.holds(name.strip_prefix("mov")?)? {
                    self.registers[*to] = value;
                }
            }
            _ => return None,
        }
        Some(next)
    }
}

/// What is added to a sum.
fn product(name: &str, a: u32, b: u32) -> Option<i64> {
    let half = |word: u32, top: bool| i64::from((word >> if top { 16 } else { 0 }) as i16);
    Some(match name {
        "smlabb" => half(a, false) * half(b, false),
        "smlabt" => half(a, false) * half(b, true),
        "smlatb" => half(a, true) * half(b, false),
        "smlatt" => half(a, true) * half(b, true),
        "smlad" => half(a, false) * half(b, false) + half(a, true) * half(b, true),
        "smmla" => (i64::from(a as i32) * i64::from(b as i32)) >> 32,
        _ => return None,
    })
}
