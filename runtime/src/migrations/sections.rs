//! Files that contain both directions, after comments that say which.

/// What a comment says of the lines that follow.
#[derive(Debug, PartialEq)]
pub(super) enum Sign<'a> {
    /// They run, with these options.
    Up(&'a str),
    /// They would undo it.
    Down,
    /// A statement has ended, even without a semicolon.
    End,
}

/// A part of a file that runs.
#[derive(Debug, PartialEq)]
pub(super) struct Section<'a> {
    /// The line at which its text begins, counted from 1.
    pub(super) line: usize,
    pub(super) options: &'a str,
    pub(super) text: String,
}

/// The parts of a file that run. Each begins with a sign and ends with the next one.
pub(super) fn sections<'a>(
    text: &'a str,
    sign: impl Fn(&'a str) -> Option<Sign<'a>>,
) -> Vec<Section<'a>> {
    let (mut found, mut open) = (Vec::new(), false);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        match sign(bare(line)) {
            Some(Sign::Up(options)) => {
                open = true;
                found.push(Section {
                    line: number + 2,
                    options,
                    text: String::new(),
                });
            }
            Some(Sign::Down) => open = false,
            other => {
                let section = found.last_mut().filter(|_| open);
                if let Some(section) = section {
                    section.add(line, other == Some(Sign::End));
                }
            }
        }
    }
    found
}

/// A line without its end, and without the byte order mark that a file may begin with.
pub(super) fn bare(line: &str) -> &str {
    line.trim_start_matches('\u{feff}').trim_end()
}

impl Section<'_> {
    fn add(&mut self, line: &str, ends: bool) {
        if ends && !self.text.trim_end().ends_with(';') {
            self.text.push(';');
        }
        self.text.push_str(line);
    }
}

/// The first line with anything but comments before the first sign, counted from 1.
pub(super) fn before<'a>(
    text: &'a str,
    sign: impl Fn(&'a str) -> Option<Sign<'a>>,
) -> Option<usize> {
    let lines = text.lines().map(bare).enumerate();
    let mut head = lines.take_while(|(_, line)| sign(line).is_none());
    let is_code = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with("--");
    head.find(|(_, line)| is_code(line))
        .map(|(number, _)| number + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(line: &str) -> Option<Sign<'_>> {
        match line {
            "-- down" => Some(Sign::Down),
            "-- end" => Some(Sign::End),
            line => line.strip_prefix("-- up").map(Sign::Up),
        }
    }

    #[test]
    fn what_runs_is_between_the_signs() {
        let text =
            "-- First.\n-- up fast\r\nSELECT 1\n-- end\n-- down\nSELECT 2;\n-- up\nSELECT 3;";
        let section = |line, options, text: &str| Section {
            line,
            options,
            text: text.into(),
        };
        let wanted = [
            section(3, " fast", "SELECT 1\n;-- end\n"),
            section(8, "", "SELECT 3;"),
        ];
        assert_eq!(sections(text, sign), wanted);
        assert_eq!(before(text, sign), None);
        assert_eq!(before("\n--\nSELECT 1;\n-- up\nSELECT 2;", sign), Some(3));
        assert_eq!(sections("SELECT 1;", sign), []);
        assert_eq!(sections("\u{feff}-- up", sign), [section(2, "", "")]);
    }
}
