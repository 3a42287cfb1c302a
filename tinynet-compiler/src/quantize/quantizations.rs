//! What the int8s of each tensor stand for.

use super::calibrate::{Calibration, NotFinite, Wanted, calibrate};
use super::fusion::Layer;
use super::interval::{self, Interval};
use super::range::{self, Values};
use super::read::Read;
use super::scheme::{self, Format};
use super::sharing::{Evidence, Groups, evidence};
use super::{linear, pairs, rehearsal};
use crate::diagnostics::Errors;
use crate::filter_layout::FilterLayout;
use crate::function::Function;
use crate::graph::{FloatGraph, FloatOperator, Tensor, TensorId};
use crate::quantized::{Element, Quantization};
use crate::settings::{Samples, Scheme, Settings};
use proc_macro2::Span;

/// The quantisation of every tensor, the scales of all weights.
pub(super) struct Quantizations<'g> {
    graph: &'g FloatGraph,
    settings: &'g Settings,
    input_span: Span,
    groups: Groups,
    read: Read,
    /// One a group.
    chosen: Vec<Quantization>,
    /// Of the layer that makes a tensor, one an output channel; [`TensorId`] indexes.
    weight_scales: Vec<Vec<f64>>,
    known: Known,
}

/// What is known of all tensors' values.
enum Known {
    Calibrated(Calibration),
    WorstCase(Vec<Interval>),
}

/// Everything that is wrong is reported.
struct Reported;

impl<'g> Quantizations<'g> {
    /// Chooses all quantisations, or takes those that were found before; `None` where something is wrong, which is reported.
    pub(super) fn choose(
        graph: &'g FloatGraph,
        settings: &'g Settings,
        layers: &[Layer<'_>],
        input_span: Span,
        found: Option<&[Quantization]>,
        errors: &mut Errors,
    ) -> Option<Self> {
        let groups = Groups::new(graph, layers, settings);
        let mut quantizations = Self {
            graph,
            settings,
            input_span,
            chosen: Vec::new(),
            weight_scales: vec![Vec::new(); graph.tensors.len()],
            known: Known::WorstCase(Vec::new()),
            groups,
            read: Read::new(graph),
        };
        if let Some(found) = found {
            quantizations.chosen = found.to_vec();
            return (found.len() == quantizations.groups.list.len()).then_some(quantizations);
        }
        let result = quantizations.fill(layers, errors);
        result.ok().map(|()| quantizations)
    }

    /// Those that were chosen, to be found again.
    pub(super) fn found(&self) -> Vec<Quantization> {
        self.chosen.clone()
    }

    /// The quantisation of a tensor of the quantised graph, or of what a fused table reads.
    pub(super) fn of(&self, id: TensorId) -> Quantization {
        let group = self.groups.of(id).and_then(|group| self.chosen.get(group));
        // Every tensor that is asked for has a group.
        group.copied().unwrap_or(Quantization::FixedPoint { fraction_bits: 7 })
    }

    /// The smallest and the largest integer that such a tensor holds.
    pub(super) fn ends(&self, id: TensorId) -> [i32; 2] {
        self.groups.of(id).map_or(Element::Int8.range(), |group| self.groups.list[group].ends())
    }

    /// The type of the integers of such a tensor.
    pub(super) fn element(&self, id: TensorId) -> Element {
        self.groups.of(id).map_or(Element::Int8, |group| self.groups.list[group].element())
    }

    /// Whether any tensor of the quantised graph lies between layers that state nothing of their own about it.
    pub(super) fn has_inner(&self) -> bool {
        self.groups.list.iter().any(|group| group.is_inner && !group.is_stated)
    }

    /// The scales of the weights of the layer that makes `output`, one an output channel.
    pub(super) fn weight_scales(&self, output: TensorId) -> &[f64] {
        &self.weight_scales[output.0]
    }

    /// The mean of each element of a layer's input over the calibration, if biases are to be corrected.
    pub(super) fn mean(&self, id: TensorId) -> Option<&[f64]> {
        match &self.known {
            Known::Calibrated(calibration) => calibration.mean(id),
            Known::WorstCase(_) => None,
        }
    }

    /// A layer's input, as it is before quantisation, of every so many samples.
    pub(super) fn values(&self, id: TensorId) -> &[Vec<f32>] {
        match &self.known {
            Known::Calibrated(calibration) => calibration.values(id),
            Known::WorstCase(_) => &[],
        }
    }

    /// What anybody reads of the tensors.
    pub(super) fn read(&self) -> &Read {
        &self.read
    }

    /// Every so many samples are rehearsed.
    pub(super) fn step(&self) -> usize {
        match &self.known {
            Known::Calibrated(calibration) => calibration.step,
            Known::WorstCase(_) => 1,
        }
    }

    fn fill(&mut self, layers: &[Layer<'_>], errors: &mut Errors) -> Result<(), Reported> {
        let errors_before = errors.count();
        self.conform_stated(errors)?;
        self.check_stated_ranges(errors)?;
        self.known = match &self.settings.calibration {
            Some(samples) => Known::Calibrated(self.calibrate(samples, layers, errors)?),
            None => Known::WorstCase(self.worst_case(layers, errors)?),
        };
        self.scale_weights(layers, errors);
        for group in 0..self.groups.list.len() {
            // What follows from a tensor without a range has none either: one error is enough.
            let quantization = self.choose_group(group, layers, errors)?;
            self.chosen.push(quantization);
        }
        if errors.count() > errors_before {
            return Err(Reported);
        }
        self.coarsen(layers);
        Ok(())
    }

    /// Where errors about a tensor point, and what they call it.
    fn place(&self, id: TensorId) -> (Span, String) {
        let span = self.graph.producer(id).map_or(self.input_span, |node| self.graph.nodes[node].span);
        (span, self.graph.tensor(id).name.clone())
    }

    /// Brings stated quantisations into the form of the scheme.
    fn conform_stated(&mut self, errors: &mut Errors) -> Result<(), Reported> {
        for index in 0..self.groups.list.len() {
            let Some(stated) = self.groups.list[index].prescribed else { continue };
            let Some(conforming) = scheme::conform(self.settings.scheme, stated) else {
                let (span, name) = self.place(self.groups.list[index].members[0]);
                let (scale, zero_point) = (stated.scale(), stated.zero_point());
                errors.help(
                    span,
                    format_args!(
                        "`{name}`: scale {scale} with zero point {zero_point} does not go with the fixed-point scheme"
                    ),
                    "state `scheme: Affine`, or a scale that is a power of two",
                );
                return Err(Reported);
            };
            self.groups.list[index].prescribed = Some(conforming);
        }
        Ok(())
    }

    fn check_stated_ranges(&self, errors: &mut Errors) -> Result<(), Reported> {
        let mut is_right = true;
        for (index, tensor) in self.graph.tensors.iter().enumerate() {
            let Some([low, high]) = self.graph.stated_range(TensorId(index)) else { continue };
            let problem = if !(low.is_finite() && high.is_finite() && low < high) {
                "is no range"
            } else if low > 0.0 || high < 0.0 {
                "does not contain 0, which every tensor must be able to hold: biases and padding start from it"
            } else {
                continue;
            };
            is_right = false;
            let (span, _) = self.place(TensorId(index));
            errors.help(
                span,
                format_args!("`{}`: range [{low}, {high}] {problem}", tensor.name),
                "state [smallest, largest] with 0 between them; values that all lie far from 0 are better shifted before",
            );
        }
        if is_right { Ok(()) } else { Err(Reported) }
    }

    /// The range stated for any tensor of a group; one in front of a fused clamp counts as far as the clamp lets it
    /// through.
    fn group_range(&self, group: usize, layers: &[Layer<'_>]) -> Option<Interval> {
        let stated = |&id: &TensorId| {
            self.graph.stated_range(id).or_else(|| {
                let layer = layers.iter().find(|layer| layer.output() == id)?;
                let [low, high] = layer.clamp()?;
                Some(self.graph.stated_range(layer.node.output)?.map(|end| end.max(low).min(high)))
            })
        };
        self.groups.list[group].members.iter().find_map(stated)
    }

    fn calibrate(
        &self,
        samples: &Samples,
        layers: &[Layer<'_>],
        errors: &mut Errors,
    ) -> Result<Calibration, Reported> {
        let count = self.graph.tensors.len();
        let ends = self.known_ends(layers);
        let mut wanted = Wanted {
            histograms: vec![None; count],
            means: vec![false; count],
            values: vec![false; count],
            step: 1,
            ends,
            read: &self.read,
        };
        for &first in self.groups.list.iter().filter_map(|group| group.members.first()) {
            let Evidence { tensor, counted, .. } = evidence(self.graph, first);
            wanted.histograms[tensor.0] = Some(counted);
        }
        for layer in layers.iter().filter(|layer| layer.filter().is_some()) {
            let input = layer.node.inputs[0].0;
            wanted.means[input] = self.settings.bias_correction;
            wanted.values[input] |= super::has_error_feedback(layer.node, self.settings);
            wanted.values[layer.output().0] |= layer.node.wishes.pruning.channels.is_some();
        }
        let bytes = |(tensor, &is_kept): (&Tensor<_>, &bool)| {
            // An int8, and a float where it is kept.
            tensor.elements() * if is_kept { 5 } else { 1 }
        };
        wanted.step =
            rehearsal::step(samples, self.graph.tensors.iter().zip(&wanted.values).map(bytes).sum());
        let elements = self.graph.inputs.iter().map(|&id| self.graph.tensor(id).elements()).sum::<usize>();
        if samples.count() == 0 || samples.shape.iter().product::<usize>() != elements {
            errors.help(
                self.input_span,
                format_args!(
                    "{} calibration samples of shape {:?} for an input of {elements} values",
                    samples.count(),
                    samples.shape
                ),
                "calibrate with some hundred samples that look like what the network will see",
            );
            return Err(Reported);
        }
        calibrate(self.graph, samples, &wanted).map_err(|NotFinite { tensor, value, sample }| {
            let (span, name) = self.place(tensor);
            errors.help(
                span,
                format_args!("`{name}` is {value} for calibration sample {sample}, in real numbers already"),
                match self.graph.producer(tensor).map(|node| &self.graph.nodes[node].operator) {
                    Some(FloatOperator::Activation(Function::Expression(_))) => {
                        "define the function for every number, for instance by `max(x, …)` or `if x > 0.0 { … } else \
                         { … }`"
                    }
                    _ => "check the weights and the samples: float32 ends at 3.4e38",
                },
            );
            Reported
        })
    }

    /// Bounds of all tensors.
    fn worst_case(&self, layers: &[Layer<'_>], errors: &mut Errors) -> Result<Vec<Interval>, Reported> {
        let of_input = |&id: &TensorId| {
            let group = &self.groups.list[self.groups.of(id)?];
            let all = |quantization: Quantization| [-128, 127].map(|q| quantization.dequantize(q));
            self.graph.stated_range(id).or(group.prescribed.map(all))
        };
        let inputs: Option<Vec<Interval>> = self.graph.inputs.iter().map(of_input).collect();
        let Some(inputs) = inputs else {
            errors.help(
                self.input_span,
                "nothing says which values the input takes",
                "state `calibration: \"samples.npy\"`, or `range: [min, max]`",
            );
            return Err(Reported);
        };
        let intervals =
            interval::propagate(self.graph, self.settings.scheme, &inputs, &self.known_ends(layers));
        match intervals.iter().position(|interval| !interval.iter().all(|end| end.is_finite())) {
            None => Ok(intervals),
            Some(index) => {
                let (span, name) = self.place(TensorId(index));
                errors.help(
                    span,
                    format_args!("`{name}` has no bounds: at worst it overflows"),
                    "calibrate with samples: `calibration: \"samples.npy\"` in the `Input` layer",
                );
                Err(Reported)
            }
        }
    }

    fn format(&self, group: usize) -> Format {
        let group = &self.groups.list[group];
        Format::new(self.settings.scheme, group.element(), group.ends(), group.is_unsigned)
    }

    /// The quantisation of a group that does not depend on the values of its tensors.
    fn known_before(&self, group: usize, layers: &[Layer<'_>]) -> Option<Quantization> {
        self.groups.list[group].prescribed.or_else(|| {
            let range = self.group_range(group, layers).filter(|range| range[0] < range[1])?;
            Some(scheme::cover(self.format(group), range))
        })
    }

    /// Where tensors saturate of which that is known beforehand; [`TensorId`] indexes.
    fn known_ends(&self, layers: &[Layer<'_>]) -> Vec<Option<Interval>> {
        let mut ends = vec![None; self.graph.tensors.len()];
        for (index, group) in self.groups.list.iter().enumerate() {
            let Some(quantization) = self.known_before(index, layers) else { continue };
            let [low, high] = self.format(index).ends;
            let (scale, zero_point) = (quantization.scale(), quantization.zero_point());
            let held = [low, high].map(|q| f64::from(q - zero_point) * scale);
            for &id in &group.members {
                ends[id.0] = Some(held);
            }
        }
        ends
    }

    fn choose_group(
        &self,
        group: usize,
        layers: &[Layer<'_>],
        errors: &mut Errors,
    ) -> Result<Quantization, Reported> {
        if let Some(quantization) = self.known_before(group, layers) {
            return Ok(quantization);
        }
        let format = self.format(group);
        let Some(&first) = self.groups.list[group].members.first() else {
            // Its tensors went over to a concatenation.
            return Ok(Quantization::FixedPoint { fraction_bits: 7 });
        };
        let Evidence { tensor: id, function, .. } = evidence(self.graph, first);
        match &self.known {
            Known::Calibrated(calibration) => {
                self.choose_calibrated(calibration, id, format, function, errors)
            }
            Known::WorstCase(intervals) => Ok(match intervals[id.0] {
                // All its values are 0, whatever a step is.
                [0.0, 0.0] => scheme::cover(format, [0.0, 1.0]),
                [low, high] => {
                    let values = Values::WorstCase([low.min(0.0), high.max(0.0)]);
                    range::choose(format, self.settings.ranges, &values, function)
                }
            }),
        }
    }

    fn choose_calibrated(
        &self,
        calibration: &Calibration,
        id: TensorId,
        format: Format,
        function: Option<&Function>,
        errors: &mut Errors,
    ) -> Result<Quantization, Reported> {
        match calibration.histogram(id) {
            Some(histogram) if histogram.range() != [0.0, 0.0] => {
                let values = Values::Calibrated(histogram);
                Ok(range::choose(format, self.settings.ranges, &values, function))
            }
            _ => {
                let (span, name) = self.place(id);
                let samples = calibration.samples;
                errors.help(
                    span,
                    format_args!("`{name}` is 0 for all {samples} calibration samples: its range is unknown"),
                    match self.graph.producer(id) {
                        None => "save samples like those that the network will see",
                        Some(_) => {
                            "calibrate with samples that reach it, or state `range: [min, max]` in the layer with \
                             weights before it; if it is really always 0, the network is better without it"
                        }
                    },
                );
                Err(Reported)
            }
        }
    }

    fn scale_weights(&mut self, layers: &[Layer<'_>], errors: &mut Errors) {
        for layer in layers {
            let Some(filter) = layer.filter() else { continue };
            let layout = FilterLayout::new(&layer.node.operator);
            let precision = super::precision(layer.node, self.settings);
            match linear::weight_scales(self.settings.scheme, precision, filter, &layout) {
                Ok(scales) => self.weight_scales[layer.node.output.0] = scales,
                Err(problem) => problem.report(layer.node, errors),
            }
        }
    }

    /// Makes steps coarser where they are finer than what the arithmetic before them can make.
    ///
    /// Once through the layers is enough: a group is only read behind the last layer that makes part of it.
    fn coarsen(&mut self, layers: &[Layer<'_>]) {
        for layer in layers {
            let Some(scale) = self.smallest_scale(layer) else { continue };
            let Some(group) = self.groups.of(layer.target()) else { continue };
            if self.groups.list[group].prescribed.is_none() && self.chosen[group].scale() < scale {
                self.chosen[group] = scheme::coarsen(self.settings.scheme, self.chosen[group], scale);
            }
        }
    }

    /// The smallest scale of what a layer's arithmetic makes.
    fn smallest_scale(&self, layer: &Layer<'_>) -> Option<f64> {
        let scale = |index: usize| self.of(layer.node.inputs[index]).scale();
        match layer.node.operator {
            // No accumulator is shifted to the left.
            FloatOperator::Dense(_)
            | FloatOperator::Conv2d { .. }
            | FloatOperator::DepthwiseConv2d { .. }
            | FloatOperator::TransposeConv2d { .. } => {
                let weights = self.weight_scales(layer.node.output);
                Some(scale(0) * weights.iter().copied().fold(0.0, f64::max))
            }
            FloatOperator::Multiply => Some(scale(0) * scale(1)),
            FloatOperator::Sum(_) => Some(scale(0)),
            FloatOperator::Pair { operation, ref constant } => {
                let second = match constant {
                    Some(values) => pairs::of_constant(self.settings.scheme, values).scale(),
                    None => scale(1),
                };
                pairs::smallest_scale(operation, [scale(0), second])
            }
            FloatOperator::Add => Some(match self.settings.scheme {
                Scheme::FixedPoint => scale(0).min(scale(1)),
                Scheme::Affine => scale(0).max(scale(1)) / pairs::SUM_RESOLUTION,
            }),
            _ => None,
        }
    }
}
