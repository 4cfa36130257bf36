//! How what goes to standard output looks.

use std::fmt::Write;
use std::io::IsTerminal;

use clap::ColorChoice;

use crate::globals::Globals;

/// How text is styled on standard output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    color: bool,
    /// The columns of the terminal, if there is one.
    width: Option<usize>,
}

/// What a text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    Bold,
    Dim,
    Good,
    Bad,
}

/// One text of a table.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    paint: Paint,
}

/// Texts in columns as wide as their widest text.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Style {
    /// As the user wants it: colours on a terminal, unless `NO_COLOR` is set.
    pub(crate) fn of(globals: &Globals) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
        let terminal = std::io::stdout().is_terminal();
        let columns = console::Term::stdout().size_checked();
        Self {
            color: match globals.color {
                ColorChoice::Always => true,
                ColorChoice::Never => false,
                ColorChoice::Auto => terminal && wanted && !dumb,
            },
            width: columns.map(|(_, columns)| columns.into()),
        }
    }

    /// Returns whether it goes to a terminal.
    pub(crate) fn is_terminal(self) -> bool {
        self.width.is_some()
    }

    /// How many columns are left on a line beside these texts.
    pub(crate) fn space_beside(self, texts: &[&str]) -> usize {
        let used: usize = texts
            .iter()
            .map(|text| console::measure_text_width(text))
            .sum();
        self.width
            .map_or(usize::MAX, |width| width.saturating_sub(used).max(8))
    }

    /// The text as it is printed.
    pub(crate) fn paint(self, paint: Paint, text: &str) -> String {
        let code = match paint {
            Paint::Plain => "",
            Paint::Bold => "1",
            Paint::Dim => "2",
            Paint::Good => "32",
            Paint::Bad => "31",
        };
        match self.color && !code.is_empty() && !text.is_empty() {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.into(),
        }
    }
}

impl Cell {
    /// A text that means this.
    pub(crate) fn new(paint: Paint, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { text, paint }
    }
}

impl Table {
    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table, with two spaces between its columns. On a terminal the last column is cut where the line ends.
    pub(crate) fn text(&self, style: Style) -> String {
        let mut widths: Vec<usize> = Vec::new();
        for row in &self.rows {
            for (at, cell) in row.iter().enumerate() {
                let width = console::measure_text_width(&cell.text);
                match widths.get_mut(at) {
                    Some(widest) => *widest = width.max(*widest),
                    None => widths.push(width),
                }
            }
        }
        let mut all = String::new();
        for row in &self.rows {
            let (mut line, mut used) = (String::new(), 0);
            for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let Cell { text, paint } = cell;
                let last = at + 1 == row.len();
                let text = match style.width {
                    Some(columns) if last && columns > used + 8 => {
                        console::truncate_str(text, columns - used, "…")
                    }
                    _ => text.into(),
                };
                line += &style.paint(*paint, &text);
                if !last {
                    let space = width.saturating_sub(console::measure_text_width(&text)) + 2;
                    line += &" ".repeat(space);
                    used += width + 2;
                }
            }
            let _ = writeln!(all, "{}", line.trim_end());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_text() {
        let mut table = Table::default();
        table.row(["a", "bc", "d"].map(|text| Cell::new(Paint::Bold, text)));
        table.row(["äöü", "", "dd"].map(|text| Cell::new(Paint::Plain, text)));
        let plain = Style {
            color: false,
            width: None,
        };
        assert_eq!(table.text(plain), "a    bc  d\näöü      dd\n");
        let colored = Style {
            color: true,
            ..plain
        };
        assert!(
            table
                .text(colored)
                .starts_with("\x1b[1ma\x1b[0m    \x1b[1mbc")
        );
    }

    #[test]
    fn a_terminal_cuts_the_last_column() {
        let mut table = Table::default();
        table.row(["a", "0123456789abcdef"].map(|text| Cell::new(Paint::Plain, text)));
        let narrow = Style {
            color: false,
            width: Some(13),
        };
        assert_eq!(table.text(narrow), "a  012345678…\n");
    }
}
