//! What quantising a network found out at length, as it is kept from build to build: quantisations of tensors, and weights.
//!
//! All else follows from it within milliseconds, and is made anew.

use super::Problem;
use super::linear::Rounded;
use crate::cache::{Cache, Origin};
use crate::graph::{FloatGraph, Graph, Node};
use crate::quantized::{Quantization, QuantizedGraph, QuantizedOperator};
use crate::settings::{Samples, Settings};
use std::fmt::Debug;

/// What a network was found to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Findings {
    /// Of each group of tensors.
    pub(super) quantizations: Vec<Quantization>,
    /// The largest magnitude that a cell holds, of each layer with a memory.
    pub(super) largest_cells: Vec<f64>,
    /// Of each layer with weights that were rounded.
    pub(super) weights: Vec<Rounded>,
}

/// What the integers of a network of real numbers depend on.
pub(super) fn of_real_numbers(cache: Cache, graph: &FloatGraph, settings: &Settings) -> Origin {
    let mut origin = Origin::new(cache, "real numbers");
    add_graph(&mut origin, graph, |origin, operator| {
        let mut operator = operator.clone();
        if let Some(filter) = operator.filter_mut() {
            origin.add_floats(&std::mem::take(&mut filter.weights));
            origin.add_floats(&std::mem::take(&mut filter.bias));
        }
        origin.add_shown(&operator);
    });
    let Settings {
        scheme,
        precision,
        activations,
        prune,
        ranges,
        bias_correction,
        lookup_table,
        calibration,
    } = settings;
    add_samples(&mut origin, calibration.as_ref());
    origin.add_shown(&(scheme, precision, activations, prune, ranges, bias_correction, lookup_table));
    origin
}

/// What new weights of a model of integers depend on, all that is asked of it apart.
pub(super) fn of_integers(cache: Cache, graph: &QuantizedGraph, samples: Option<&Samples>) -> Origin {
    let mut origin = Origin::new(cache, "integers");
    add_integers(&mut origin, graph);
    add_samples(&mut origin, samples);
    origin
}

/// All that a network in integers is.
pub(crate) fn add_integers(origin: &mut Origin, graph: &QuantizedGraph) {
    add_graph(origin, graph, |origin, operator: &QuantizedOperator| {
        let mut operator = operator.clone();
        if let Some(linear) = operator.linear_mut() {
            origin.add_integers(&std::mem::take(&mut linear.weights));
        }
        origin.add_shown(&operator);
    });
}

/// Everything of a graph but its places in the source.
fn add_graph<T: Debug, O>(origin: &mut Origin, graph: &Graph<T, O>, add: impl Fn(&mut Origin, &O)) {
    let Graph { tensors, nodes, inputs, outputs } = graph;
    origin.add_shown(&(tensors, inputs, outputs));
    for Node { label, kind, operator, inputs, output, states, wishes, span: _ } in nodes {
        origin.add_shown(&(label, kind, inputs, output, states, wishes));
        add(origin, operator);
    }
}

fn add_samples(origin: &mut Origin, samples: Option<&Samples>) {
    origin.add_shown(&samples.map(|samples| &samples.shape));
    origin.add_floats(samples.map_or(&[], |samples| &samples.values));
}

impl Findings {
    /// Those of a layer, by its place among the layers with weights that were rounded.
    pub(super) fn rounded(&self, index: usize) -> Result<&Rounded, Problem> {
        let nothing = || Problem::new("nothing is known of its weights", "round them again");
        self.weights.get(index).ok_or_else(nothing)
    }

    /// As bytes that [`Findings::read`] reads.
    pub(super) fn write(&self) -> Vec<u8> {
        let Self { quantizations, largest_cells, weights } = self;
        let mut bytes = Vec::new();
        write_list(&mut bytes, quantizations, |bytes, &quantization| match quantization {
            Quantization::FixedPoint { fraction_bits } => {
                bytes.push(0);
                bytes.extend(fraction_bits.to_le_bytes());
            }
            Quantization::Affine { scale, zero_point } => {
                bytes.push(1);
                bytes.extend(scale.to_le_bytes());
                bytes.extend(zero_point.to_le_bytes());
            }
        });
        let write_number = |bytes: &mut Vec<u8>, number: &f64| bytes.extend(number.to_le_bytes());
        write_list(&mut bytes, largest_cells, write_number);
        write_list(&mut bytes, weights, |bytes, rounded| {
            let Rounded { weights, scales, bias, bounds } = rounded;
            write_list(bytes, weights, |bytes, &weight| bytes.push(weight as u8));
            write_list(bytes, scales, write_number);
            write_list(bytes, bias, |bytes, bias| bytes.extend(bias.to_le_bytes()));
            write_list(bytes, bounds, |bytes, [low, high]| {
                bytes.extend(low.to_le_bytes());
                bytes.extend(high.to_le_bytes());
            });
        });
        bytes
    }

    /// What [`Findings::write`] has written; `None` of anything else.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader { bytes };
        let findings = Self {
            quantizations: reader.list(|reader| match reader.array::<1>()? {
                [0] => Some(Quantization::FixedPoint { fraction_bits: i32::from_le_bytes(reader.array()?) }),
                [1] => Some(Quantization::Affine {
                    scale: f64::from_le_bytes(reader.array()?),
                    zero_point: i32::from_le_bytes(reader.array()?),
                }),
                _ => None,
            })?,
            largest_cells: reader.list(|reader| reader.array().map(f64::from_le_bytes))?,
            weights: reader.list(Reader::rounded)?,
        };
        reader.bytes.is_empty().then_some(findings)
    }
}

fn write_list<T>(bytes: &mut Vec<u8>, list: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    bytes.extend((list.len() as u64).to_le_bytes());
    list.iter().for_each(|element| write(bytes, element));
}

/// Bytes that are left to read.
struct Reader<'b> {
    bytes: &'b [u8],
}

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(*array)
    }

    fn list<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = u64::from_le_bytes(self.array()?);
        // No element is without a byte.
        let count = usize::try_from(count).ok().filter(|&count| count <= self.bytes.len())?;
        (0..count).map(|_| read(self)).collect()
    }

    fn rounded(&mut self) -> Option<Rounded> {
        Some(Rounded {
            weights: self.list(|reader| reader.array().map(i8::from_le_bytes))?,
            scales: self.list(|reader| reader.array().map(f64::from_le_bytes))?,
            bias: self.list(|reader| reader.array().map(i32::from_le_bytes))?,
            bounds: self.list(|reader| {
                Some([i64::from_le_bytes(reader.array()?), i64::from_le_bytes(reader.array()?)])
            })?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Wishes;
    use crate::quantized::{Element, QuantizedTensor, Table};
    use proc_macro2::Span;
    use std::time::Duration;

    /// A table whose values differ in one place only is another network.
    #[test]
    fn every_value_of_a_table_counts() {
        let folder =
            std::env::temp_dir().join(format!("tinynet-cache-{}-remembered-tables", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let entry = |table: Table| {
            let (element, bounds) = (Element::Int8, Element::Int8.range());
            let info = QuantizedTensor {
                element,
                quantization: Quantization::FixedPoint { fraction_bits: 7 },
                bounds,
            };
            let mut graph = QuantizedGraph::default();
            let [input, output] = ["x", "y"].map(|name| graph.add_tensor(name, vec![2], info.clone()));
            (graph.inputs, graph.outputs) = (vec![input], vec![output]);
            graph.nodes.push(Node {
                label: "table".into(),
                kind: "Tanh".into(),
                operator: QuantizedOperator::Table(table),
                inputs: vec![input],
                output,
                states: Vec::new(),
                span: Span::call_site(),
                wishes: Wishes::default(),
            });
            of_integers(Cache::new(&folder, Duration::ZERO), &graph, None).entry()
        };
        entry(Table::new(|x| x)).keep(b"identity", Duration::ZERO);
        assert_eq!(entry(Table::new(|x| x)).recall().as_deref(), Some(&b"identity"[..]));
        for changed in i8::MIN..=i8::MAX {
            let other = entry(Table::new(|x| if x == changed { x ^ 1 } else { x }));
            assert_eq!(other.recall(), None, "{changed}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn findings_are_read_as_they_were_written() {
        let rounded = Rounded {
            weights: vec![-127, 0, 3],
            scales: vec![0.1, 1.0 / 3.0],
            bias: vec![i32::MIN, 7],
            bounds: vec![[-1 << 40, 1 << 40], [0, 5]],
        };
        let findings = Findings {
            quantizations: vec![
                Quantization::FixedPoint { fraction_bits: -3 },
                Quantization::Affine { scale: 1e-9, zero_point: -128 },
            ],
            largest_cells: vec![2.5],
            weights: vec![rounded.clone(), rounded],
        };
        let bytes = findings.write();
        assert_eq!(Findings::read(&bytes), Some(findings));
        // No part of it is, nor anything longer.
        for length in 0..bytes.len() {
            assert_eq!(Findings::read(&bytes[..length]), None, "{length}");
        }
        assert_eq!(Findings::read(&[&bytes[..], &[0]].concat()), None);
        // A list that claims to be endless.
        assert_eq!(Findings::read(&[255; 100]), None);
        assert_eq!(Findings::read(&Findings::default().write()), Some(Findings::default()));
    }
}
