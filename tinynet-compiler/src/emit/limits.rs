//! Limits of sizes: an error with a table of the layers for a limit that is exceeded, a const assertion for one that only rustc
//! can evaluate.

use super::tokens::{count, stack};
use crate::armv6m::timing::Multiplier;
use crate::build::{Bound, Limits, SizeLimit};
use crate::diagnostics::Errors;
use crate::graph::Node;
use crate::plan::Plan;
use crate::plan::cost::ProcessorKind;
use crate::quantized::{QuantizedGraph, QuantizedOperator};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use std::cmp::Reverse;
use std::fmt::Write;

/// What one limit is about.
struct Resource<'a> {
    limit: &'a SizeLimit,
    needed: usize,
    /// What is counted: `bytes of flash`.
    unit: &'static str,
    /// What each layer takes, in the order of the nodes.
    layers: Vec<usize>,
    /// Whether layers add up, but for what belongs to none of them.
    others: Option<&'static str>,
    /// What would help.
    help: &'static str,
}

impl Resource<'_> {
    /// What belongs to no layer, and how much of it there is.
    fn others(&self) -> Option<(usize, &'static str)> {
        let of_layers: usize = self.layers.iter().sum();
        let others = self.needed.checked_sub(of_layers).filter(|&others| others > 0)?;
        Some((others, self.others?))
    }
}

fn resources<'a>(limits: &'a Limits, plan: &Plan) -> Vec<Resource<'a>> {
    let mut resources = Vec::new();
    if let Some(limit) = &limits.flash {
        resources.push(Resource {
            limit,
            needed: plan.flash,
            unit: "bytes of flash",
            layers: plan.steps.iter().map(|step| step.cost.flash).collect(),
            others: Some("kernels and tables that layers share, and the calls of layers"),
            help: "fewer filters or units in the largest layer, a pool before it, or `unroll: Loop` where code is unrolled",
        });
    }
    if let Some(limit) = &limits.ram {
        resources.push(Resource {
            limit,
            needed: plan.arena,
            unit: "bytes of ram",
            layers: plan.steps.iter().map(|step| step.ram).collect(),
            others: None,
            help: "a stride or a pool before the largest layer, or fewer filters in it; its input and output are in memory together",
        });
    }
    if let Some(limit) = &limits.stack {
        resources.push(Resource {
            limit,
            needed: plan.stack.cortex_m0,
            unit: "bytes of stack",
            layers: plan.steps.iter().map(|step| step.stack.cortex_m0).collect(),
            others: None,
            help: "`unroll: Loop` where code is unrolled; a loop takes as much whatever its sizes are",
        });
    }
    if let Some(limit) = &limits.macs {
        resources.push(Resource {
            limit,
            needed: plan.macs,
            unit: "multiply-accumulates",
            layers: plan.steps.iter().map(|step| step.cost.macs).collect(),
            others: None,
            help: "a stride or a pool before the largest layer, fewer filters, or a DepthwiseConv2d followed by a 1 x 1 Conv2d",
        });
    }
    if let Some((limit, processor)) = &limits.cycles {
        resources.push(Resource {
            limit,
            needed: plan.cycles_on(*processor),
            unit: match (processor.kind, processor.multiplier) {
                (ProcessorKind::CortexM0, Multiplier::SingleCycle) => "cycles of a Cortex-M0",
                (ProcessorKind::CortexM0Plus, Multiplier::SingleCycle) => "cycles of a Cortex-M0+",
                (ProcessorKind::CortexM0, Multiplier::Iterative) => {
                    "cycles of a Cortex-M0 whose multiplier takes 32"
                }
                (ProcessorKind::CortexM0Plus, Multiplier::Iterative) => {
                    "cycles of a Cortex-M0+ whose multiplier takes 32"
                }
            },
            layers: plan.steps.iter().map(|step| step.cost.cycles_on(*processor)).collect(),
            others: Some("the calls of layers"),
            help: "more `flash`, with which more layers can be written out, a stride or a pool before the slowest layer, or fewer filters",
        });
    }
    resources
}

/// Reports the limits that are exceeded.
pub fn check(name: &Ident, limits: &Limits, graph: &QuantizedGraph, plan: &Plan, errors: &mut Errors) {
    for resource in resources(limits, plan) {
        let Bound::Known(limit) = resource.limit.bound else { continue };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        if resource.needed > limit {
            let mut message = format!(
                "`{name}` needs {} {}, {} more than the {limit} allowed",
                resource.needed,
                resource.unit,
                resource.needed - limit
            );
            message += &details(&graph.nodes, &resource);
            errors.push(resource.limit.error(message));
        }
    }
}

/// A line a layer, largest first, one for what is left, and what would help.
fn details(layers: &[Node<QuantizedOperator>], resource: &Resource<'_>) -> String {
    let mut layers: Vec<_> = resource.layers.iter().zip(layers).filter(|(cost, _)| **cost > 0).collect();
    layers.sort_by_key(|(cost, _)| Reverse(**cost));
    let mut table = String::new();
    for (cost, node) in layers {
        let _ = write!(table, "\n= note: {cost:>9}  {} ({})", node.label, node.kind);
    }
    if let Some((cost, what)) = resource.others() {
        let _ = write!(table, "\n= note: {cost:>9}  {what}");
    }
    table + "\n= help: " + resource.help
}

/// Assertions for the limits that only rustc can evaluate; they fail at the limit's own tokens.
pub fn assertions(
    name: &Ident,
    limits: &Limits,
    graph: &QuantizedGraph,
    plan: &Plan,
    facade: &TokenStream,
) -> TokenStream {
    let mut assertions = TokenStream::new();
    let runtime = quote!(#facade::__private::core);
    for resource in resources(limits, plan) {
        let is_stack = resource.limit.resource == "stack";
        let (expression, layers) = match &resource.limit.bound {
            Bound::Expression(expression) => (expression, &graph.nodes[..]),
            // A larger core than a Cortex-M0 may take more, and only rustc knows which one it is.
            Bound::Known(limit) if is_stack && plan.stack.most() as u64 > *limit => {
                (&resource.limit.written, &[][..])
            }
            Bound::Known(_) => continue,
        };
        let needed = match is_stack {
            true => stack(plan.stack, &runtime),
            false => count(resource.needed).to_token_stream(),
        };
        let (name, unit) = (name.to_string(), resource.unit);
        let details = details(layers, &resource);
        let arguments = quote!(#name, #needed, #unit, #expression, #details);
        let call = placed_call("check_limit", expression, arguments, facade);
        assertions.extend(quote! {
            // A name could be that of a constant in the limit.
            const _: () = {
                use #facade::{KIB, MIB};
                #call
            };
        });
    }
    assertions
}

/// A call of a function of `limits` with every token at the limit: `#[track_caller]` then underlines the limit as the
/// user wrote it.
pub(super) fn placed_call(
    function: &str,
    limit: &TokenStream,
    arguments: TokenStream,
    facade: &TokenStream,
) -> TokenStream {
    let function = Ident::new(function, Span::call_site());
    let spans: Vec<Span> = limit.clone().into_iter().map(|token| token.span()).collect();
    let [first, .., last] = [&spans[..1], &spans[..]].concat()[..] else {
        return quote!(#facade::__private::core::limits::#function(#arguments););
    };
    // Hygiene must stay that of `$crate`, else the path does not resolve.
    let hygiene = facade.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span());
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(last.resolved_at(hygiene));
    let path = quote!(#facade::__private::core::limits::#function).into_iter().map(|mut token| {
        token.set_span(first.resolved_at(hygiene));
        token
    });
    let path: TokenStream = path.collect();
    quote!(#path #arguments)
}
