//! Tables, for the terminal and as Markdown.

use comfy_table::Table;
use demo::show;

/// A table.
pub(crate) struct Grid {
    pub(crate) title: String,
    pub(crate) headings: Vec<&'static str>,
    /// How many columns are text; numbers follow.
    pub(crate) texts: usize,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Grid {
    /// For the terminal.
    pub(crate) fn text(&self) -> String {
        let mut table: Table = show::table(&self.headings, self.texts);
        table.add_rows(&self.rows);
        format!("{}\n{table}\n", self.title)
    }

    /// As Markdown.
    pub(crate) fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let headings: Vec<String> = self.headings.iter().map(ToString::to_string).collect();
        let rule: Vec<String> = (0..headings.len())
            .map(|column| if column < self.texts { "---" } else { "--:" }.into())
            .collect();
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!("## {}\n\n{}{}{rows}\n", self.title, line(&headings), line(&rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_has_a_line_a_row() {
        let rows = vec![vec!["a".into(), "1".into()], vec!["b".into(), "2".into()]];
        let grid = Grid { title: "Title".into(), headings: vec!["name", "number"], texts: 1, rows };
        let expected = "## Title\n\n| name | number |\n| --- | --: |\n| a | 1 |\n| b | 2 |\n\n";
        assert_eq!(grid.markdown(), expected);
        assert!(grid.text().starts_with("Title\n"));
    }
}
