//! What only the whole model shows: whether its operators can run one after the other.

use super::flatbuffer::Contents;
use super::{ImportError, Model, Operator, Options, Subgraph, Tensor, TensorIndex, damaged, subgraph_place};

/// Calls of subgraphs inside each other. Converters write one or two.
const DEEPEST_CALLS: usize = 16;

pub(super) fn check(model: &Model, contents: &Contents<'_>) -> Result<(), ImportError> {
    for (index, subgraph) in model.subgraphs.iter().enumerate() {
        check_order(model, subgraph, contents).map_err(|error| in_subgraph(error, index, model))?;
    }
    let mut states = contents.vector(model.subgraphs.len())?;
    states.resize(model.subgraphs.len(), Calls::Unknown);
    (0..states.len()).try_for_each(|index| check_calls(model, index, &mut states, 0))
}

fn in_subgraph(error: ImportError, index: usize, model: &Model) -> ImportError {
    match subgraph_place(index, model.subgraphs.len()) {
        Some(place) => error.within(place),
        None => error,
    }
}

/// Where a tensor's value comes from.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    Nothing,
    Constant,
    /// From outside.
    Input,
    /// From the inference before, or from an operator.
    Variable,
    /// It has no element.
    Empty,
    Operator(usize),
}

impl Source {
    /// Where a value comes from that is neither given nor computed.
    fn at_first(tensor: &Tensor) -> Self {
        if tensor.data.is_some() {
            Self::Constant
        } else if tensor.is_variable {
            Self::Variable
        } else if tensor.shape.contains(&0) {
            Self::Empty
        } else {
            Self::Nothing
        }
    }
}

/// Each tensor gets its value once, and before it is read.
fn check_order(model: &Model, subgraph: &Subgraph, contents: &Contents<'_>) -> Result<(), ImportError> {
    let mut sources = contents.vector(subgraph.tensors.len())?;
    sources.extend(subgraph.tensors.iter().map(Source::at_first));
    for &input in &subgraph.inputs {
        if sources[input] == Source::Constant {
            return Err(damaged("this input of the graph is a constant").within(subgraph.tensor_place(input)));
        }
        sources[input] = Source::Input;
    }
    for (index, operator) in subgraph.operators.iter().enumerate() {
        for &output in &operator.outputs {
            write(&mut sources, output, index)
                .map_err(|cause| wrong_use(model, subgraph, (index, operator), output, &cause))?;
        }
    }
    for (index, operator) in subgraph.operators.iter().enumerate() {
        for &input in operator.inputs.iter().flatten() {
            read(sources[input], index)
                .map_err(|cause| wrong_use(model, subgraph, (index, operator), input, &cause))?;
        }
    }
    match subgraph.outputs.iter().find(|&&output| sources[output] == Source::Nothing) {
        Some(&output) => {
            Err(damaged("nothing computes this output of the graph").within(subgraph.tensor_place(output)))
        }
        None => Ok(()),
    }
}

fn wrong_use(
    model: &Model,
    subgraph: &Subgraph,
    (index, operator): (usize, &Operator),
    tensor: TensorIndex,
    cause: &str,
) -> ImportError {
    damaged(cause).within(subgraph.tensor_place(tensor)).within(model.operator_place(index, operator))
}

/// Notes that operator `index` computes a tensor.
fn write(sources: &mut [Source], tensor: TensorIndex, index: usize) -> Result<(), String> {
    match sources[tensor] {
        Source::Constant => Err("it computes a constant".into()),
        Source::Input => Err("it computes an input of the graph".into()),
        Source::Operator(other) if other == index => Err("it computes this output twice".into()),
        Source::Operator(other) => Err(format!("operator {other} computes it too")),
        Source::Variable => Ok(()),
        Source::Empty | Source::Nothing => {
            sources[tensor] = Source::Operator(index);
            Ok(())
        }
    }
}

/// Whether operator `index` can read a tensor.
fn read(source: Source, index: usize) -> Result<(), String> {
    match source {
        Source::Nothing => Err("it reads what nothing computes".into()),
        Source::Operator(writer) if writer == index => Err("it reads its own output".into()),
        Source::Operator(writer) if writer > index => {
            Err(format!("it reads what only operator {writer} computes, which comes later"))
        }
        _ => Ok(()),
    }
}

/// What is known of the calls in a subgraph.
#[derive(Clone, Copy, PartialEq)]
enum Calls {
    Unknown,
    /// They are being checked.
    Open,
    Checked,
}

/// Calls lead to subgraphs that are there, and never back.
fn check_calls(model: &Model, index: usize, states: &mut [Calls], depth: usize) -> Result<(), ImportError> {
    if states[index] == Calls::Checked {
        return Ok(());
    }
    states[index] = Calls::Open;
    for (position, operator) in model.subgraphs[index].operators.iter().enumerate() {
        for called in called_subgraphs(&operator.options).into_iter().flatten() {
            let target = usize::try_from(called).ok().filter(|&called| called < states.len());
            let cause = match target {
                None => format!("it calls subgraph {called} of {}", states.len()),
                Some(target) if states[target] == Calls::Open => {
                    format!("it calls subgraph {target}, which it is called by")
                }
                Some(_) if depth == DEEPEST_CALLS => {
                    format!("more than {DEEPEST_CALLS} calls are inside each other")
                }
                Some(target) => {
                    check_calls(model, target, states, depth + 1)?;
                    continue;
                }
            };
            let error = damaged(cause).within(model.operator_place(position, operator));
            return Err(in_subgraph(error, index, model));
        }
    }
    states[index] = Calls::Checked;
    Ok(())
}

fn called_subgraphs(options: &Options) -> [Option<i64>; 2] {
    let pair = |first: i32, second: i32| [Some(first.into()), Some(second.into())];
    match options {
        Options::Call(options) => [Some(options.subgraph.into()), None],
        Options::CallOnce(options) => [Some(options.init_subgraph_index.into()), None],
        Options::If(options) => pair(options.then_subgraph_index, options.else_subgraph_index),
        Options::While(options) => pair(options.cond_subgraph_index, options.body_subgraph_index),
        _ => [None, None],
    }
}
