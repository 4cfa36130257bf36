//! Samples and what is said of them.

use std::fmt;

/// A row of a table, and milliseconds.
pub type Sample = (String, f64);

/// Durations in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    samples: Vec<f64>,
}

impl Figures {
    /// Adds a sample.
    pub fn add(&mut self, milliseconds: f64) {
        let at = self
            .samples
            .partition_point(|sample| *sample < milliseconds);
        self.samples.insert(at, milliseconds);
    }

    /// The value that this part (0 to 1) of the samples stays below.
    pub fn quantile(&self, part: f64) -> f64 {
        let last = self.samples.len().saturating_sub(1);
        let at = (part * last as f64).round() as usize;
        self.samples.get(at).copied().unwrap_or(f64::NAN)
    }

    /// The value in the middle.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// All of them together.
    pub fn sum(&self) -> f64 {
        self.samples.iter().sum()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.samples.len()
    }
}

/// Four cells of a table: median, 95th and 99th percentile, number of samples.
impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, p95, p99] = [0.5, 0.95, 0.99].map(|part| self.quantile(part));
        write!(f, "{median:.2} | {p95:.2} | {p99:.2} | {}", self.count())
    }
}

/// Rows of samples, in the order in which they were first met.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<(String, Figures)>,
}

impl Table {
    /// Adds a sample to the row of this name.
    pub fn add(&mut self, name: &str, milliseconds: f64) {
        let at = self
            .rows
            .iter()
            .position(|(row, _)| row == name)
            .unwrap_or_else(|| {
                self.rows.push((name.into(), Figures::default()));
                self.rows.len() - 1
            });
        if let Some((_, figures)) = self.rows.get_mut(at) {
            figures.add(milliseconds);
        }
    }

    /// The samples of the row of this name; none if there is no such row.
    pub fn row(&self, name: &str) -> Figures {
        let found = self.rows.iter().find(|(row, _)| row == name);
        found
            .map(|(_, figures)| figures.clone())
            .unwrap_or_default()
    }

    /// A sentence that compares the medians of two rows.
    pub fn compare(&self, ours: &str, peer: &str) -> String {
        let (a, b) = (self.row(ours).median(), self.row(peer).median());
        format!("{ours} / {peer}: {:.2} × ({:+.1} ms)", a / b, a - b)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| milliseconds | median | p95 | p99 | samples |\n|---|---:|---:|---:|---:|"
        )?;
        self.rows
            .iter()
            .try_for_each(|(name, figures)| writeln!(f, "| {name} | {figures} |"))
    }
}
