//! One file through the whole compiler.

use fastrand::Rng;
use proc_macro2::{Span, TokenStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use tinynet_compiler::ast::{Invocation, Network};
use tinynet_compiler::compile::{Compiled, compile};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::files::MemoryFiles;
use tinynet_compiler::import::tflite;
use tinynet_compiler::quantized::QuantizedGraph;
use tinynet_compiler::reference::{self, Reference};
use tinynet_compiler::{emit, from_tflite, parse, planned};

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There were errors, each with a remedy.
    Refused,
    /// There is code for it.
    Compiled,
    /// There is code for it, and where it puts its tensors the answers stay the same.
    Run,
}

/// A verdict and what it took.
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    /// Largest number of bytes in use at a time, in parts of what is allowed.
    pub(crate) memory: f64,
    pub(crate) time: Duration,
}

/// Most multiply-accumulates and elements of a network that is run: larger ones take long without optimisation.
const LARGEST_RUN: usize = 1 << 20;

/// Most memory for what a file says: the reader's own bound, and the words of an error.
fn most_for_reading(file: &[u8]) -> usize {
    8 * file.len() + (24 << 10)
}

/// Most memory for a file up to its plan. What converters write takes a quarter of it.
fn most_for_plan(file: &[u8], calculated: usize) -> usize {
    16 * file.len() + 128 * calculated + (1 << 20)
}

/// Most flash for a file: constants may be repeated and indices written out, but not without bound.
fn most_flash(file: &[u8], calculated: usize) -> usize {
    8 * file.len() + 8 * calculated + (128 << 10)
}

/// How many real numbers are calculated here: a network is run to be quantised. None for a model of integers.
fn calculated(model: &tflite::Model) -> usize {
    let subgraph = model.subgraphs.first().filter(|_| from_tflite::is_real(model));
    let elements = |tensor: &tflite::Tensor| tensor.shape.iter().product::<usize>().min(LARGEST_REAL);
    subgraph.map_or(0, |subgraph| subgraph.tensors.iter().map(elements).sum())
}

/// Most elements of a tensor that is calculated here.
const LARGEST_REAL: usize = 1 << 21;

/// Most memory for the code: as tokens it is fifty times as large as its text.
fn most_for_code(flash: usize) -> usize {
    512 * flash + (1 << 20)
}

/// Compiles a file; the reason where anything happens that must not, whatever the file holds.
pub(crate) fn judge(file: &[u8], random: &mut Rng) -> Result<Judgement, String> {
    let judgement = judged(file, random);
    // They are kept for as long as the thread lives, and would count as memory of some file.
    proc_macro2::extra::invalidate_current_thread_spans();
    judgement
}

fn judged(file: &[u8], random: &mut Rng) -> Result<Judgement, String> {
    let begin = Instant::now();
    let (model, for_reading) = measured(most_for_reading(file), || tflite::read(file));
    let model = model?.ok();
    if let Some(model) = &model {
        check_model(model, file)?;
    }
    let is_real = model.as_ref().is_some_and(from_tflite::is_real);
    let calculated = model.as_ref().map_or(0, calculated);
    let declaration = Declaration::new(is_real);
    let (compiled, for_plan) = measured(most_for_plan(file, calculated), || declaration.compiled(file));
    let compiled = compiled?;
    let memory = for_reading?.max(for_plan?);
    let (Some(model), Some(compiled)) = (model, compiled?) else {
        return Ok(Judgement { verdict: Verdict::Refused, memory, time: begin.elapsed() });
    };
    let flash = compiled.plan.flash;
    if flash > most_flash(file, calculated) {
        return Err(format!("{flash} bytes of flash"));
    }
    let (code, for_code) = measured(most_for_code(flash), || declaration.code(&compiled));
    let time = begin.elapsed();
    if code?.is_empty() {
        return Err("no code".into());
    }
    let whole = (!is_real).then(|| from_tflite::quantized_graph(&model, file, Span::call_site()));
    let whole = whole.transpose().map_err(|problems| format!("{problems:?}"))?;
    let (verdict, _) = measured(usize::MAX, || run(whole.as_ref(), &compiled, random));
    Ok(Judgement { verdict: verdict??, memory: memory.max(for_code?), time })
}

/// A network that is a file.
struct Declaration {
    invocation: Invocation,
}

impl Declaration {
    /// One of real numbers says what its inputs may be.
    fn new(is_real: bool) -> Self {
        let body = if is_real { "{ input: Input { range: [-1, 1] } }" } else { ";" };
        let declaration = format!("(::tinynet) pub struct Net = \"net.tflite\" {body}");
        let mut errors = Errors::new();
        let invocation = parse::parse(declaration.parse().expect("tokens"), &mut errors);
        assert!(errors.is_empty(), "{:?}", errors.messages());
        Self { invocation }
    }

    fn network(&self) -> &Network {
        &self.invocation.networks[0]
    }

    fn compiled(&self, file: &[u8]) -> Result<Option<Compiled>, String> {
        let mut files = MemoryFiles::new();
        files.insert("net.tflite", file);
        let mut errors = Errors::new();
        let compiled = compile(self.network(), &files, &mut errors).compiled;
        match &compiled {
            Some(_) if errors.is_empty() => {}
            Some(_) => return Err(format!("compiled in spite of {:?}", errors.messages())),
            None => check_messages(&errors.messages())?,
        }
        Ok(compiled)
    }

    fn code(&self, compiled: &Compiled) -> TokenStream {
        emit::emit(self.network(), &self.invocation.facade, compiled)
    }
}

/// What `work` gives, unless it panics, and the part of `most` bytes that it took, unless it took more.
fn measured<T>(most: usize, work: impl FnOnce() -> T) -> (Result<T, String>, Result<f64, String>) {
    let mut result = Err(String::new());
    let memory = allocation_counter::measure(|| {
        result = catch_unwind(AssertUnwindSafe(work)).map_err(|panic| words(&*panic));
    });
    let taken = usize::try_from(memory.bytes_max).unwrap_or_default();
    let part = match taken <= most {
        true => Ok(taken as f64 / most as f64),
        false => Err(format!("{taken} bytes taken, {most} allowed")),
    };
    (result, part)
}

/// The message of a panic.
fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("a panic: {}", text.unwrap_or("of unknown words"))
}

/// Nothing that a model says may lead out of itself or out of its file.
fn check_model(model: &tflite::Model, file: &[u8]) -> Result<(), String> {
    for subgraph in &model.subgraphs {
        for tensor in &subgraph.tensors {
            let Some(data) = tensor.data.clone() else { continue };
            let expected = tensor.element_type.bytes(tensor.shape.iter().product());
            let found = file.get(data).map(<[u8]>::len);
            if found.is_none() || expected.is_some() && expected != found && !tensor.is_sparse {
                return Err(format!("{expected:?} bytes wanted, {found:?} found: {tensor:?}"));
            }
        }
        for operator in &subgraph.operators {
            let inputs = operator.inputs.iter().chain(&operator.intermediates).flatten();
            let leads_out = |&tensor: &usize| tensor >= subgraph.tensors.len();
            if inputs.chain(&operator.outputs).any(leads_out) || operator.code >= model.operator_codes.len() {
                return Err(format!("it leads out of the model: {operator:?}"));
            }
        }
    }
    Ok(())
}

/// A user has to know what is wrong and what to do.
fn check_messages(messages: &[String]) -> Result<(), String> {
    if messages.is_empty() {
        return Err("neither code nor an error".into());
    }
    for message in messages {
        if !message.contains("\n= help: ") || message.contains("bug") || message.len() > 4000 {
            return Err(format!("a poor message: {message}"));
        }
    }
    Ok(())
}

/// The answers of the network as it is compiled, and as its tensors lie in memory; and of the `whole` graph that the file
/// says, where there is one, before what has no effect was taken away.
fn run(whole: Option<&QuantizedGraph>, compiled: &Compiled, random: &mut Rng) -> Result<Verdict, String> {
    let graphs = || whole.into_iter().chain([&compiled.graph]);
    let elements = |graph: &QuantizedGraph| graph.tensors.iter().map(|tensor| tensor.elements()).sum();
    let elements = graphs().map(elements).max().unwrap_or(0);
    if compiled.plan.macs.max(elements) > LARGEST_RUN {
        return Ok(Verdict::Compiled);
    }
    // The second meets what the first has left.
    let count = if compiled.graph.states().is_empty() { 1 } else { 2 };
    let inputs: Vec<Vec<i8>> = (0..count).map(|_| random_input(&compiled.graph, random)).collect();
    let mut memory = planned::Memory::new(&compiled.graph, &compiled.plan);
    let planned: Vec<Vec<i8>> = inputs.iter().map(|input| memory.run(input)).collect();
    for graph in graphs() {
        let reference = Reference::new(graph);
        let mut state = reference.first_state();
        for (input, planned) in inputs.iter().zip(&planned) {
            let values = reference.run_after(&mut state, input);
            check_bounds(graph, &values)?;
            let outputs = graph.outputs.iter().flat_map(|id| values[id.0].iter().copied());
            let expected: Vec<i8> = outputs.collect();
            if expected != *planned {
                return Err(format!("it answers {planned:?} instead of {expected:?}"));
            }
        }
    }
    Ok(Verdict::Run)
}

/// What was proven of the values must be true of them.
fn check_bounds(graph: &QuantizedGraph, values: &[Vec<i8>]) -> Result<(), String> {
    for (tensor, values) in graph.tensors.iter().zip(values) {
        let [low, high] = tensor.info.bounds;
        let [least, most] = tensor.info.element.range();
        if low < least || high < low || most < high {
            return Err(format!("`{}` cannot be bounded by [{low}, {high}]", tensor.name));
        }
        let values = reference::integers(tensor, values);
        if !values.iter().all(|value| (low..=high).contains(value)) {
            return Err(format!("`{}` is outside [{low}, {high}]: {values:?}", tensor.name));
        }
    }
    Ok(())
}

fn random_input(graph: &QuantizedGraph, random: &mut Rng) -> Vec<i8> {
    let bytes = graph.inputs.iter().map(|&id| graph.tensor(id).bytes()).sum();
    (0..bytes).map(|_| random.i8(..)).collect()
}
