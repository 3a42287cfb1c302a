//! Follows execution: charges each instruction to its function, and functions to their callers.

use crate::arguments::Span;
use crate::cortex_m4;
use crate::report::{Count, Region, Report};
use crate::timing::{Core, Instruction, Multiplier};

/// An instruction as QEMU fetched it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fetched {
    pub(crate) address: u32,
    pub(crate) size: u32,
    pub(crate) instruction: Instruction,
    pub(crate) on_m4: cortex_m4::Instruction,
}

/// Instructions that always execute together, in one function, with a branch at most at the end.
#[derive(Debug)]
struct Segment {
    address: u32,
    /// Everything but the time of the branch, which depends on where execution goes on.
    count: Count,
    /// Index of the region that these instructions lie in.
    owner: Option<usize>,
    /// Index of the region whose first instruction is the first one here.
    enters: Option<usize>,
    exit: Option<Exit>,
    /// The last instruction but a branch.
    last: Option<cortex_m4::Instruction>,
}

/// The branch at the end of a segment.
#[derive(Clone, Copy, Debug)]
struct Exit {
    instruction: Instruction,
    on_m4: cortex_m4::Instruction,
    fall_through: u32,
}

/// A call of a region that has not returned yet.
#[derive(Debug)]
struct Activation {
    region: usize,
    /// Length of the call stack inside the call.
    depth: usize,
    /// What had been executed when it began.
    start: Count,
}

/// Counts a program, block by block.
#[derive(Debug)]
pub(crate) struct Trace {
    multiplier: Multiplier,
    spans: Vec<Span>,
    blocks: Vec<Vec<Segment>>,
    state: State,
}

/// What executing changes.
#[derive(Debug)]
struct State {
    multiplier: Multiplier,
    total: Count,
    regions: Vec<Region>,
    /// Return addresses, the innermost last.
    calls: Vec<u32>,
    activations: Vec<Activation>,
    /// Owner of the last instruction, and its branch if it was one.
    owner: Option<usize>,
    exit: Option<Exit>,
}

impl Trace {
    pub(crate) fn new(spans: Vec<Span>, multiplier: Multiplier) -> Self {
        let regions = spans.iter().map(|span| empty_region(span.start)).collect();
        let state = State {
            multiplier,
            total: Count::default(),
            regions,
            calls: Vec::new(),
            activations: Vec::new(),
            owner: None,
            exit: None,
        };
        Self { multiplier, spans, blocks: Vec::new(), state }
    }

    /// Prepares a straight run of instructions; gives the number to pass to [`Trace::execute`].
    pub(crate) fn translate(&mut self, instructions: impl Iterator<Item = Fetched>) -> usize {
        let mut segments: Vec<Segment> = Vec::new();
        for fetched in instructions {
            let owner = self.spans.iter().position(|span| span.contains(fetched.address));
            let enters = owner.filter(|&index| self.spans[index].start == fetched.address);
            let continues = |last: &Segment| last.exit.is_none() && last.owner == owner && enters.is_none();
            if !segments.last().is_some_and(continues) {
                let (address, count) = (fetched.address, Count::default());
                segments.push(Segment { address, count, owner, enters, exit: None, last: None });
            }
            if let Some(segment) = segments.last_mut() {
                append(segment, fetched, self.multiplier);
            }
        }
        self.blocks.push(segments);
        self.blocks.len() - 1
    }

    /// Counts one execution of a run that [`Trace::translate`] prepared.
    pub(crate) fn execute(&mut self, block: usize) {
        for segment in self.blocks.get(block).into_iter().flatten() {
            self.state.step(segment);
        }
    }

    /// The counts so far.
    pub(crate) fn report(&self) -> Report {
        let mut regions = self.state.regions.clone();
        for activation in &self.state.activations {
            regions[activation.region].unfinished += 1;
        }
        Report { total: self.state.total, regions }
    }
}

fn empty_region(address: u32) -> Region {
    let zero = Count::default();
    Region { address, calls: 0, unfinished: 0, inclusive: zero, own: zero, least: zero, most: zero }
}

/// Puts an instruction at the end of a segment.
fn append(segment: &mut Segment, fetched: Fetched, multiplier: Multiplier) {
    let Fetched { address, size, instruction, on_m4 } = fetched;
    let count = &mut segment.count;
    count.instructions += 1;
    count.untimed += u64::from(instruction.is_untimed());
    count.multiplications += u64::from(instruction == Instruction::Multiply);
    count.untimed_m4 += u64::from(on_m4 == cortex_m4::Instruction::Unknown);
    if instruction.is_branch() {
        segment.exit = Some(Exit { instruction, on_m4, fall_through: address.wrapping_add(size) });
    } else {
        let behind_load = segment.last.is_some_and(cortex_m4::Instruction::is_pipelined);
        segment.last = Some(on_m4);
        *count += time(instruction, multiplier, false);
        count.cycles_m4 += u64::from(on_m4.cycles(behind_load, false));
    }
}

/// The time of an instruction on the smaller cores, without counting it.
fn time(instruction: Instruction, multiplier: Multiplier, taken: bool) -> Count {
    Count {
        cycles_m0: instruction.cycles(Core::CortexM0, multiplier, taken).into(),
        cycles_m0plus: instruction.cycles(Core::CortexM0Plus, multiplier, taken).into(),
        ..Count::default()
    }
}

impl State {
    fn step(&mut self, segment: &Segment) {
        let called = match self.exit.take() {
            Some(exit) => self.follow(exit, segment.address),
            None => false,
        };
        if let Some(region) = segment.enters {
            // A jump to its own first instruction is a loop, not a call.
            if called || self.owner != Some(region) {
                self.enter(region);
            }
        }
        self.owner = segment.owner;
        self.charge(segment.count);
        self.exit = segment.exit;
    }

    /// Adds to the whole program and to the function that executes.
    fn charge(&mut self, count: Count) {
        self.total += count;
        if let Some(owner) = self.owner {
            self.regions[owner].own += count;
        }
    }

    /// Settles a branch now that its target is known; tells whether it was a call.
    fn follow(&mut self, exit: Exit, target: u32) -> bool {
        let taken = !exit.instruction.is_conditional() || target != exit.fall_through;
        let cycles_m4 = exit.on_m4.cycles(false, taken).into();
        self.charge(Count { cycles_m4, ..time(exit.instruction, self.multiplier, taken) });
        match exit.instruction {
            Instruction::BranchWithLink | Instruction::IndirectBranch { link: true } => {
                self.calls.push(exit.fall_through);
                return true;
            }
            Instruction::IndirectBranch { link: false }
            | Instruction::PopProgramCounter { .. }
            | Instruction::LaterReturn => {
                self.leave(target);
            }
            _ => {}
        }
        false
    }

    /// Begins a call of a region, unless it is a recursive one.
    fn enter(&mut self, region: usize) {
        if self.activations.iter().all(|activation| activation.region != region) {
            let (depth, start) = (self.calls.len(), self.total);
            self.activations.push(Activation { region, depth, start });
        }
    }

    /// Ends the calls that a jump to `target` returns from. It is a plain jump (a table of cases, a tail
    /// call) where no caller waits at `target`; a tail call thus ends together with its caller.
    fn leave(&mut self, target: u32) {
        let Some(depth) = self.calls.iter().rposition(|&address| address == target) else { return };
        self.calls.truncate(depth);
        while let Some(ended) = self.activations.pop_if(|activation| activation.depth > depth) {
            let count = self.total - ended.start;
            self.regions[ended.region].finish(count);
        }
    }
}

impl Region {
    fn finish(&mut self, count: Count) {
        self.least = if self.calls == 0 { count } else { self.least.least(count) };
        self.most = self.most.most(count);
        self.inclusive += count;
        self.calls += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Executes halfwords of code by a list of addresses at which straight runs of instructions begin.
    fn run(code: &[(u32, &[u16])], spans: &[(u32, u32)], path: &[u32]) -> Report {
        let spans = spans.iter().map(|&(start, length)| Span { start, length }).collect();
        let mut trace = Trace::new(spans, Multiplier::SingleCycle);
        for start in path {
            let (_, halfwords) = code.iter().find(|(address, _)| address == start).expect("known address");
            let block = trace.translate(fetch(*start, halfwords).into_iter());
            trace.execute(block);
        }
        trace.report()
    }

    fn fetch(start: u32, halfwords: &[u16]) -> Vec<Fetched> {
        let mut at = 0;
        let mut fetched = Vec::new();
        while at < halfwords.len() {
            let size = 1 + usize::from(crate::timing::is_wide(halfwords[at]));
            let second = halfwords.get(at + 1).copied().unwrap_or_default();
            let instruction = Instruction::decode(halfwords[at], second);
            let on_m4 = cortex_m4::Instruction::decode(halfwords[at], second);
            fetched.push(Fetched {
                address: start + 2 * at as u32,
                size: 2 * size as u32,
                instruction,
                on_m4,
            });
            at += size;
        }
        fetched
    }

    fn count(instructions: u64, cycles_m0: u64, cycles_m0plus: u64) -> Count {
        Count { instructions, cycles_m0, cycles_m0plus, ..Count::default() }
    }

    /// Without what is counted of the larger core.
    fn small(count: Count) -> Count {
        Count { cycles_m4: 0, untimed_m4: 0, ..count }
    }

    const NOP: u16 = 0xbf00;
    const BX_LR: u16 = 0x4770;
    const BL: [u16; 2] = [0xf000, 0xf800];

    #[test]
    fn a_function_is_charged_with_its_callees_and_its_return_but_not_with_its_call() {
        let code: &[(u32, &[u16])] = &[
            (0x00, &[NOP, BL[0], BL[1]]),
            (0x06, &[NOP]),
            (0x10, &[0xb510, BL[0], BL[1]]), // push {r4, lr}; bl
            (0x16, &[0xbd10]),               // pop {r4, pc}
            (0x20, &[NOP, NOP, BX_LR]),
        ];
        let report = run(code, &[(0x10, 8), (0x20, 6)], &[0x00, 0x10, 0x20, 0x16, 0x06]);
        let [outer, inner] = &report.regions[..] else { panic!("two regions") };
        assert_eq!(small(inner.inclusive), count(3, 5, 4));
        assert_eq!(inner.own, inner.inclusive);
        assert_eq!(small(outer.own), count(3, 3 + 4 + 6, 3 + 3 + 5));
        assert_eq!(small(outer.inclusive), count(6, 18, 15));
        assert_eq!((outer.calls, outer.unfinished), (1, 0));
        assert_eq!(small(report.total), count(9, 18 + 1 + 4 + 1, 15 + 1 + 3 + 1));
    }

    #[test]
    fn a_loop_to_the_first_instruction_is_one_call() {
        let code: &[(u32, &[u16])] = &[
            (0x00, &BL),
            (0x04, &[NOP]),
            (0x10, &[0x3801, 0xd1fd]), // subs r0, #1; bne
            (0x14, &[BX_LR]),
        ];
        let report = run(code, &[(0x10, 6)], &[0x00, 0x10, 0x10, 0x10, 0x14, 0x04]);
        assert_eq!(report.regions[0].calls, 1);
        assert_eq!(small(report.regions[0].inclusive), count(7, 3 + 3 + 3 + 1 + 3, 3 + 2 + 2 + 1 + 2));
    }

    #[test]
    fn a_tail_call_ends_with_its_caller() {
        let code: &[(u32, &[u16])] = &[(0x00, &BL), (0x04, &[NOP]), (0x10, &[0xe006]), (0x20, &[NOP, BX_LR])];
        let report = run(code, &[(0x10, 2), (0x20, 4)], &[0x00, 0x10, 0x20, 0x04]);
        assert_eq!(small(report.regions[0].own), count(1, 3, 2));
        assert_eq!(small(report.regions[0].inclusive), count(3, 7, 5));
        assert_eq!(small(report.regions[1].inclusive), count(2, 4, 3));
    }

    #[test]
    fn recursion_belongs_to_the_outermost_call() {
        let code: &[(u32, &[u16])] = &[
            (0x00, &BL),
            (0x04, &[NOP]),
            (0x10, &[0xb500, 0xd001]), // push {lr}; beq 0x18
            (0x14, &BL),               // bl 0x10
            (0x18, &[0xbd00]),         // pop {pc}
        ];
        let report = run(code, &[(0x10, 10)], &[0x00, 0x10, 0x14, 0x10, 0x18, 0x18, 0x04]);
        let region = &report.regions[0];
        assert_eq!((region.calls, region.unfinished), (1, 0));
        let branches = count(3, 1 + 3 + 4, 1 + 2 + 3);
        assert_eq!(
            small(region.inclusive),
            count(7, 2 * (2 + 5) + branches.cycles_m0, 2 * (2 + 4) + branches.cycles_m0plus)
        );
        assert_eq!(region.own, region.inclusive);
    }

    #[test]
    fn calls_differ_and_an_unfinished_one_is_told() {
        let code: &[(u32, &[u16])] =
            &[(0x00, &BL), (0x04, &BL), (0x08, &BL), (0x10, &[0xd001]), (0x12, &[NOP]), (0x14, &[BX_LR])];
        let path = [0x00, 0x10, 0x14, 0x04, 0x10, 0x12, 0x14, 0x08, 0x10, 0x12];
        let region = &run(code, &[(0x10, 6)], &path).regions[0];
        assert_eq!((region.calls, region.unfinished), (2, 1));
        assert_eq!(small(region.least), count(2, 5, 4));
        assert_eq!(small(region.most), count(3, 6, 4));
        assert_eq!(small(region.inclusive), count(5, 11, 8));
    }

    #[test]
    fn an_indirect_jump_inside_a_function_is_no_return() {
        let code: &[(u32, &[u16])] = &[(0x00, &BL), (0x04, &[NOP]), (0x10, &[0x4687]), (0x14, &[BX_LR])]; // mov pc, r0
        let report = run(code, &[(0x10, 6)], &[0x00, 0x10, 0x14, 0x04]);
        assert_eq!(small(report.regions[0].inclusive), count(2, 6, 4));
    }

    #[test]
    fn multiplications_are_counted() {
        // muls; a loop of two more
        let code: &[(u32, &[u16])] = &[(0x00, &[0x4348, NOP]), (0x04, &[0x4348, 0xd1fc]), (0x08, &[NOP])];
        let report = run(code, &[(0x04, 4)], &[0x00, 0x04, 0x04, 0x08]);
        assert_eq!(report.total.multiplications, 3);
        assert_eq!(report.regions[0].own.multiplications, 2);
    }

    #[test]
    fn instructions_without_a_time_are_told() {
        let report = run(&[(0x00, &[NOP, 0xbeab])], &[(0x00, 4)], &[0x00]);
        assert_eq!(small(report.total), Count { untimed: 1, ..count(2, 1, 1) });
    }
}
