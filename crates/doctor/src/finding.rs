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
    pub(crate) fn ok(check: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Ok,
            sentence: sentence.into(),
            remedy: None,
        }
    }

    pub(crate) fn warning(check: &'static str, sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Warning,
            sentence: sentence.into(),
            remedy: Some(remedy.into()),
        }
    }

    pub(crate) fn failure(check: &'static str, sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Failure,
            ..Self::warning(check, sentence, remedy)
        }
    }

    /// Fails a test unless the verdict is this one and the line has this part.
    #[cfg(test)]
    #[track_caller]
    pub(crate) fn assert(&self, verdict: Verdict, part: &str) {
        assert_eq!(self.verdict, verdict, "{self}");
        assert!(self.to_string().contains(part), "no {part:?} in: {self}");
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Failure => "failure",
        };
        write!(f, "{verdict:<8} {:<15} {}.", self.check, self.sentence)?;
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
    fn a_finding_is_one_line_with_its_remedy_and_for_machines_an_object() {
        let fine = Finding::ok("page", "it answers");
        assert_eq!(fine.to_string(), "ok       page            it answers.");
        let json = |finding| serde_json::to_string(&finding).expect("plain fields");
        assert_eq!(json(fine), r#"{"check":"page","verdict":"ok","sentence":"it answers"}"#);
        let broken = Finding::failure("relay-udp", "nobody answers", "Let UDP in");
        assert_eq!(
            broken.to_string(),
            "failure  relay-udp       nobody answers. Let UDP in."
        );
        assert_eq!(
            json(broken),
            r#"{"check":"relay-udp","verdict":"failure","sentence":"nobody answers","remedy":"Let UDP in"}"#
        );
    }
}
