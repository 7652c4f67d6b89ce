//! The table of the comparison.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Between these two lines, a file's text is the report.
const BEGIN: &str = "<!-- written by `make bench`: begin -->";
const END: &str = "<!-- written by `make bench`: end -->";

/// What must be reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// The ratio to the other, or the value itself if there is no other.
    AtMost(f64),
    /// The same.
    AtLeast(f64),
    /// Nothing: the value is only told.
    Told,
}

impl Target {
    fn is_reached_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
            Self::Told => true,
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) unit: &'static str,
    /// Parlour's value, if it was measured.
    pub(crate) ours: Option<f64>,
    /// The name and the value of what it is compared with. Without one, the target is about Parlour's own value.
    pub(crate) other: Option<(&'static str, Option<f64>)>,
    pub(crate) target: Target,
}

impl Row {
    /// What the target is about: a ratio, or a value.
    fn judged(&self) -> Option<f64> {
        match self.other {
            None => self.ours,
            Some((_, other)) => Some(self.ours? / other.filter(|&other| other > 0.0)?),
        }
    }

    fn cells(&self) -> [String; 6] {
        let value =
            |value: Option<f64>| value.map_or_else(|| "–".into(), |value| format!("{} {}", number(value), self.unit));
        let unit = if self.other.is_none() { self.unit } else { "times" };
        let target = match self.target {
            Target::AtMost(limit) => format!("at most {} {unit}", number(limit)),
            Target::AtLeast(limit) => format!("at least {} {unit}", number(limit)),
            Target::Told => "–".into(),
        };
        let verdict = match self.judged() {
            None => "not measured",
            Some(_) if self.target == Target::Told => "",
            Some(judged) if self.target.is_reached_by(judged) => "reached",
            Some(_) => "**missed**",
        };
        [
            self.what.clone(),
            value(self.ours),
            self.other
                .map_or_else(|| "–".into(), |(name, other)| format!("{} ({name})", value(other))),
            self.other
                .and(self.judged())
                .map_or_else(|| "–".into(), |ratio| format!("{ratio:.2}")),
            target,
            verdict.into(),
        ]
    }
}

/// With as many digits as mean something.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}")
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned(),
    }
}

/// Everything that was found out.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) machine: Vec<String>,
    pub(crate) rows: Vec<Row>,
    /// What a reader must know to judge the numbers.
    pub(crate) notes: Vec<String>,
}

impl Report {
    /// As Markdown.
    pub(crate) fn markdown(&self, command: &str) -> String {
        let mut text = format!("Measured with `{command}` on\n\n");
        for line in &self.machine {
            let _ = writeln!(text, "- {line}");
        }
        text.push_str("\n| what | Parlour | compared with | ratio | must be | |\n|---|---|---|---|---|---|\n");
        for row in &self.rows {
            let _ = writeln!(text, "| {} |", row.cells().join(" | "));
        }
        if !self.notes.is_empty() {
            text.push_str("\nOn this run:\n\n");
        }
        for note in &self.notes {
            let _ = writeln!(text, "- {note}");
        }
        text
    }

    /// Puts the Markdown between the two marks of a file.
    pub(crate) fn write(&self, command: &str, path: &Path) -> Result<()> {
        let old = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let new = replace_marked(&old, &self.markdown(command))
            .with_context(|| format!("{} lacks the lines\n{BEGIN}\n{END}", path.display()))?;
        fs::write(path, new).with_context(|| format!("cannot write {}", path.display()))
    }
}

fn replace_marked(old: &str, report: &str) -> Option<String> {
    let (before, rest) = old.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n{END}{after}", report.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ours: Option<f64>, other: Option<Option<f64>>, target: Target) -> Row {
        Row {
            what: "a thing".into(),
            unit: "ms",
            ours,
            other: other.map(|other| ("reference", other)),
            target,
        }
    }

    #[test]
    fn a_ratio_is_judged_against_its_target() {
        let reached = row(Some(45.0), Some(Some(100.0)), Target::AtMost(0.5));
        assert_eq!(
            reached.cells(),
            [
                "a thing",
                "45.0 ms",
                "100 ms (reference)",
                "0.45",
                "at most 0.5 times",
                "reached"
            ]
        );
        let missed = row(Some(400.0), Some(Some(100.0)), Target::AtLeast(5.0));
        assert_eq!(missed.cells()[3..], ["4.00", "at least 5 times", "**missed**"]);
    }

    #[test]
    fn a_value_alone_is_judged_by_itself() {
        let row = row(Some(16.0), None, Target::AtMost(15.0));
        assert_eq!(row.cells()[1..], ["16.0 ms", "–", "–", "at most 15.0 ms", "**missed**"]);
    }

    #[test]
    fn a_value_without_a_target_is_told_and_not_judged() {
        let row = row(Some(16.0), None, Target::Told);
        assert_eq!(row.cells()[1..], ["16.0 ms", "–", "–", "–", ""]);
    }

    #[test]
    fn what_was_not_measured_is_neither_reached_nor_missed() {
        for row in [
            row(None, Some(Some(1.0)), Target::AtMost(0.5)),
            row(Some(1.0), Some(None), Target::AtMost(0.5)),
            row(Some(1.0), Some(Some(0.0)), Target::AtMost(0.5)),
            row(None, None, Target::AtMost(0.5)),
        ] {
            assert_eq!(row.cells()[5], "not measured");
        }
    }

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let old = format!("# Title\n{BEGIN}\nold\n{END}\nend\n");
        let new = replace_marked(&old, "new\n").unwrap();
        assert_eq!(new, format!("# Title\n{BEGIN}\n\nnew\n\n{END}\nend\n"));
        assert_eq!(replace_marked("# Title\n", "new"), None);
    }
}
