//! What a check says: a verdict, a sentence and what to do.

use std::fmt;

use serde::Serialize;

/// How well it is. They are in order: the worst of several is their maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Calls work, but not for everybody or not for long.
    Warning,
    /// Calls do not work.
    Failure,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failure => "failure",
        })
    }
}

/// The outcome of one check. As text it is one line, and one JSON object by `serde`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which check: a stable word, as in `relay-udp`.
    pub check: &'static str,
    /// How well it is.
    pub verdict: Verdict,
    /// What was found, for people.
    pub sentence: String,
    /// What to do, where it is not well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Ok,
            sentence: sentence.into(),
            remedy: None,
        }
    }

    pub(super) fn warning(check: &'static str, sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Warning,
            sentence: sentence.into(),
            remedy: Some(remedy.into()),
        }
    }

    pub(super) fn failure(check: &'static str, sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Failure,
            ..Self::warning(check, sentence, remedy)
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {:<15} {}.", self.verdict, self.check, self.sentence)?;
        match &self.remedy {
            Some(remedy) => write!(f, " {remedy}."),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_with_its_remedy() {
        let fine = Finding::ok("page", "it answers");
        assert_eq!(fine.to_string(), "ok       page            it answers.");
        let broken = Finding::failure("relay-udp", "nobody answers", "Let UDP in");
        assert_eq!(
            broken.to_string(),
            "failure  relay-udp       nobody answers. Let UDP in."
        );
    }

    #[test]
    fn for_machines_a_finding_is_an_object() {
        let json = |finding| serde_json::to_string(&finding).expect("plain fields");
        assert_eq!(
            json(Finding::warning("clock", "late", "Set it")),
            r#"{"check":"clock","verdict":"warning","sentence":"late","remedy":"Set it"}"#
        );
        assert_eq!(
            json(Finding::ok("clock", "right")),
            r#"{"check":"clock","verdict":"ok","sentence":"right"}"#
        );
    }

    #[test]
    fn the_worst_verdict_is_the_greatest() {
        assert!(Verdict::Ok < Verdict::Warning && Verdict::Warning < Verdict::Failure);
    }
}
