//! Cycles of models with several runtimes, as bars.

use anyhow::Result;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A model's bars.
#[derive(Clone, Debug)]
pub struct Bars {
    /// What stands below them.
    pub model: String,
    /// Cycles in relation to those of a runtime, in the order of the runtimes; `None`: no bar.
    pub ratios: Vec<Option<f64>>,
}

const SIZE: (u32, u32) = (1400, 700);
/// Of the ratios; names stand at the lowest.
const RANGE: [f64; 2] = [0.04, 100.0];
/// Where bars begin, above the names.
const FLOOR: f64 = 0.05;
/// What is between the bars of two models, of their common width.
const GAP: f64 = 0.2;
/// Okabe and Ito, *Color Universal Design*, 2008: colours that are told apart whatever one sees of them.
const COLORS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(86, 180, 233),
    RGBColor(120, 120, 120),
    RGBColor(230, 159, 0),
    RGBColor(204, 121, 167),
    RGBColor(0, 158, 115),
    RGBColor(213, 94, 0),
];

/// Bars of all models on a logarithmic scale, as SVG; `scale` says what the scale is.
///
/// # Errors
///
/// If drawing fails.
pub fn svg(scale: &str, runtimes: &[&str], models: &[Bars]) -> Result<String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let [low, high] = RANGE;
        let mut chart = ChartBuilder::on(&area)
            .margin(16)
            .y_label_area_size(70)
            .build_cartesian_2d(0.0..models.len() as f64, (low..high).log_scale())?;
        chart.configure_mesh().disable_x_mesh().disable_x_axis().y_desc(scale).draw()?;
        let width = (1.0 - GAP) / runtimes.len() as f64;
        for (index, runtime) in runtimes.iter().enumerate() {
            let color = COLORS[index % COLORS.len()];
            let bars = models.iter().enumerate().filter_map(|(place, model)| {
                let ratio = model.ratios.get(index).copied().flatten()?.clamp(FLOOR, high);
                let left = place as f64 + GAP / 2.0 + index as f64 * width;
                Some(Rectangle::new([(left, FLOOR), (left + width, ratio)], color.filled()))
            });
            chart
                .draw_series(bars)?
                .label(*runtime)
                .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], color.filled()));
        }
        let style = ("sans-serif", 13).into_text_style(&area).pos(Pos::new(HPos::Center, VPos::Bottom));
        let name = |(place, model): (usize, &Bars)| {
            Text::new(model.model.clone(), (place as f64 + 0.5, low), style.clone())
        };
        chart.draw_series(models.iter().enumerate().map(name))?;
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE)
            .border_style(BLACK)
            .draw()?;
        area.present()?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_ratio_is_a_bar_and_every_model_has_its_name() {
        let bars =
            |model: &str, ratios: &[Option<f64>]| Bars { model: model.into(), ratios: ratios.to_vec() };
        let models = [bars("first", &[Some(0.5), Some(1.0)]), bars("second", &[None, Some(1000.0)])];
        let drawn = |models: &[Bars]| svg("of one", &["a", "b"], models).expect("a drawing");
        let bars = |svg: &str| {
            svg.matches(r##"fill="#0072B2""##).count() + svg.matches(r##"fill="#56B4E9""##).count()
        };
        let text = drawn(&models);
        assert!(text.starts_with("<svg") && text.contains("first") && text.contains("second"), "{text}");
        // Two are the legend's.
        assert_eq!(bars(&text), 3 + 2, "{text}");
        assert_eq!(bars(&drawn(&[])), 2);
    }
}
