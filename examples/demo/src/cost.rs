//! Flash, RAM and cycles of a network, layer by layer, from the linked firmware and the counts of the emulator.

use crate::board::Run;
use crate::example::Example;
use cycle_counter::report::{Count, Region};
use tinynet::report::Layer;
use xtask::elf::{Elf, Symbol};
use xtask::emulator::Stack;

/// What a layer costs.
#[derive(Clone, Copy, Debug)]
pub struct LayerCost {
    /// As the compiler reports it.
    pub layer: &'static Layer,
    /// Bytes of its functions, measured, and of its weights. Kernels and tables that layers may share are not in it.
    pub flash: u32,
    /// One inference, callees included; the mean over the test set.
    pub time: Time,
}

/// Time of a piece of code, the mean over many calls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Time {
    /// Instructions.
    pub instructions: f64,
    /// Cycles on a Cortex-M0 with zero wait states.
    pub cycles_m0: f64,
    /// Cycles on a Cortex-M0+ with zero wait states.
    pub cycles_m0plus: f64,
}

/// What a network costs.
#[derive(Clone, Debug)]
pub struct Cost {
    /// Layer by layer.
    pub layers: Vec<LayerCost>,
    /// Bytes of flash that the firmware has more than the one without a network.
    pub flash: i64,
    /// Bytes of the whole firmware.
    pub firmware_flash: u32,
    /// Bytes of all statics of the firmware: the network is the only one.
    pub ram: u32,
    /// The most bytes of stack in use at any time, serial line included.
    pub stack: Stack,
    /// One inference, the mean over the test set.
    pub time: Time,
    /// The slowest inference, in cycles of a Cortex-M0.
    pub slowest: u64,
    /// The fastest inference, in cycles of a Cortex-M0.
    pub fastest: u64,
}

impl Time {
    fn mean(count: Count, calls: u64) -> Self {
        let mean = |sum: u64| sum as f64 / calls.max(1) as f64;
        Self {
            instructions: mean(count.instructions),
            cycles_m0: mean(count.cycles_m0),
            cycles_m0plus: mean(count.cycles_m0plus),
        }
    }
}

impl Cost {
    /// Takes a run apart.
    pub fn new(example: &Example, run: &Run, baseline: &Elf) -> Self {
        let Region { calls, inclusive, least, most, .. } = run.inference;
        let layer = |layer: &'static Layer| LayerCost {
            layer,
            flash: flash(example, &run.elf, layer),
            time: Time::mean(layer_count(example, run, layer), calls),
        };
        Self {
            layers: example.layers.iter().map(layer).collect(),
            flash: i64::from(run.elf.flash()) - i64::from(baseline.flash()),
            firmware_flash: run.elf.flash(),
            ram: run.elf.ram(),
            stack: run.stack,
            time: Time::mean(inclusive, calls),
            slowest: most.cycles_m0,
            fastest: least.cycles_m0,
        }
    }

    /// Bytes of flash that belong to no layer alone: kernels, tables, the sequence of layers.
    pub fn shared_flash(&self) -> i64 {
        self.flash - self.layers.iter().map(|layer| i64::from(layer.flash)).sum::<i64>()
    }

    /// Cycles on a Cortex-M0 between the layers.
    pub fn shared_cycles(&self) -> f64 {
        self.time.cycles_m0 - self.layers.iter().map(|layer| layer.time.cycles_m0).sum::<f64>()
    }

    /// The compiler's estimate of the flash against what was measured: 0.02 is 2 % too much.
    pub fn estimate_error(&self, example: &Example) -> f64 {
        example.flash as f64 / self.flash as f64 - 1.0
    }
}

/// Weights are immediates in unrolled code, else a table that has no name: a byte each, or less where they are packed.
fn flash(example: &Example, elf: &Elf, layer: &Layer) -> u32 {
    let functions: u32 = layer_symbols(example, elf, layer).map(|symbol| symbol.size).sum();
    let table = layer.weights.min(layer.flash.saturating_sub(functions as usize));
    functions + if layer.unrolled { 0 } else { table as u32 }
}

/// The functions that are a layer.
fn layer_symbols<'a>(
    example: &'a Example,
    elf: &'a Elf,
    layer: &'a Layer,
) -> impl Iterator<Item = &'a Symbol> {
    let mut last = None;
    elf.symbols.iter().filter(move |symbol| {
        let same = last == Some(symbol.address);
        let ours = !same && owner(example, &symbol.name).is_some_and(|owner| owner.name == layer.name);
        last = Some(symbol.address);
        ours
    })
}

/// All calls of a layer's function, or of its parts where those are called directly.
fn layer_count(example: &Example, run: &Run, layer: &Layer) -> Count {
    let parts = || {
        run.functions
            .iter()
            .filter(|(symbol, _)| owner(example, &symbol.name).is_some_and(|owner| owner.name == layer.name))
    };
    let whole = parts().find(|(symbol, _)| member(example, &symbol.name) == Some(layer.name));
    let mut count = Count::default();
    match whole {
        Some((_, region)) => count += region.inclusive,
        None => parts().for_each(|(_, region)| count += region.inclusive),
    }
    count
}

/// The layer to which a function belongs: `Touch::conv1`, `Touch::conv1_0_to_4`, `Touch::__conv1_instructions`.
fn owner(example: &Example, symbol: &str) -> Option<&'static Layer> {
    let member = member(example, symbol)?.split("::").next()?.trim_start_matches('_');
    let belongs = |layer: &&Layer| {
        member.strip_prefix(layer.name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    example.layers.iter().filter(belongs).max_by_key(|layer| layer.name.len())
}

/// What follows the type in a symbol's path: `conv1` in `networks::Touch::conv1` and in `<networks::Touch>::conv1`.
fn member<'a>(example: &Example, symbol: &'a str) -> Option<&'a str> {
    let (before, after) = symbol.split_once(example.type_name)?;
    let is_path = before.is_empty() || before.ends_with([':', '<', ' ']);
    after.strip_prefix('>').unwrap_or(after).strip_prefix("::").filter(|_| is_path)
}
