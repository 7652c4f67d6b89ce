//! The open question: what is asked next, and what its answer is worth.

use std::time::Duration;

use super::capturer::{Attempt, Purpose};
use super::{Both, CaptureError, CaptureKind, Cause, Devices, DevicesEffect, Facts, Phase, RequestId, Track};

/// The open `getUserMedia()`.
#[derive(Debug)]
pub(super) struct Question {
    request: RequestId,
    attempts: Both<Option<Attempt>>,
}

impl Devices {
    /// Whether asking for this kind is allowed now.
    fn may_ask(&self, kind: CaptureKind) -> bool {
        !self.refused || self.facts.says_yes(kind) || self.facts.says_no(kind)
    }

    /// Asks for what is to be captured next, if nothing is being asked.
    pub(super) fn settle(&mut self, out: &mut Vec<DevicesEffect>) {
        if self.question.is_some() {
            return;
        }
        for kind in CaptureKind::ALL {
            let capturer = self.capturers.of_mut(kind);
            if capturer.is_refused() {
                capturer.fail(Cause::Refused, out);
                self.refused = true;
            }
        }
        let mut attempts = Both::default();
        for kind in CaptureKind::ALL {
            let may_ask = self.may_ask(kind);
            let no_api = self.facts.no_api();
            let capturer = self.capturers.of_mut(kind);
            if may_ask {
                capturer.try_again();
            }
            if capturer.is_exhausted() {
                capturer.fail(Cause::Gone, out);
            }
            *attempts.of_mut(kind) = match (capturer.next_attempt(), no_api) {
                (Some(_), Some(cause)) => {
                    capturer.fail(cause, out);
                    None
                }
                (Some(_), None) if !may_ask => {
                    capturer.held_back(out);
                    None
                }
                (next, _) => next,
            };
        }
        let joint = |kind: CaptureKind, attempt: &Option<Attempt>| {
            let start = attempt
                .as_ref()
                .is_some_and(|attempt| attempt.purpose == Purpose::Start);
            start && !self.capturers.of(kind).alone && !self.facts.says_no(kind)
        };
        if !CaptureKind::ALL.into_iter().all(|kind| joint(kind, attempts.of(kind))) {
            // One after the other. What the browser refuses by itself comes last: it keeps nobody waiting.
            let first = CaptureKind::ALL
                .into_iter()
                .filter(|&kind| attempts.of(kind).is_some())
                .min_by_key(|&kind| self.facts.says_no(kind));
            for kind in CaptureKind::ALL {
                attempts.of_mut(kind).take_if(|_| first != Some(kind));
            }
        }
        if CaptureKind::ALL.into_iter().all(|kind| attempts.of(kind).is_none()) {
            return;
        }
        self.requests = self.requests.wrapping_add(1);
        let request = RequestId(self.requests);
        let targets = Both::from_fn(|kind| attempts.of(kind).as_ref().map(|attempt| attempt.target.clone()));
        self.question = Some(Question { request, attempts });
        out.push(DevicesEffect::Capture { request, targets });
    }

    pub(super) fn captured(
        &mut self,
        now: Duration,
        request: RequestId,
        mut tracks: Both<Option<Track>>,
        out: &mut Vec<DevicesEffect>,
    ) {
        let mut question = self.question.take_if(|question| question.request == request);
        for kind in CaptureKind::ALL {
            let attempt = question
                .as_mut()
                .and_then(|question| question.attempts.of_mut(kind).take());
            let capturer = self.capturers.of_mut(kind);
            match (attempt, tracks.of_mut(kind).take()) {
                (Some(attempt), Some(track)) if self.phase == Phase::Here && capturer.needs(&attempt, &track) => {
                    capturer.runs(now, request, &attempt, track, out);
                    // Names are told only after a permission.
                    self.list_at = Some(now);
                }
                (_, Some(_)) => out.push(DevicesEffect::Stop { kind, request }),
                (Some(attempt), None) if self.phase == Phase::Here => {
                    capturer.does_not_run(&attempt, Cause::NotFound, out);
                }
                (_, None) => {}
            }
        }
    }

    pub(super) fn capture_failed(
        &mut self,
        request: RequestId,
        error: &CaptureError,
        facts: Facts,
        out: &mut Vec<DevicesEffect>,
    ) {
        let Some(question) = self.question.take_if(|question| question.request == request) else {
            return;
        };
        self.facts = facts;
        let asked = |kind: &CaptureKind| question.attempts.of(*kind).is_some();
        let both = CaptureKind::ALL.iter().all(asked);
        for kind in CaptureKind::ALL {
            let Some(attempt) = question.attempts.of(kind) else {
                continue;
            };
            let cause = Cause::of(kind, error, &facts);
            // The browser refuses the other one by itself, and has asked nobody about this one.
            let is_others =
                both && !facts.says_no(kind) && CaptureKind::ALL.into_iter().any(|kind| facts.says_no(kind));
            // What the browser refuses by itself says nothing of the person.
            self.refused |= cause.is_refusal() && !facts.says_no(kind) && !is_others;
            if self.phase != Phase::Here {
                continue;
            }
            let capturer = self.capturers.of_mut(kind);
            if both && (!cause.is_refusal() || facts.says_yes(kind) || is_others) {
                // The browser does not say which of the two it was.
                capturer.alone = true;
            } else if capturer.does_not_run(attempt, cause, out) {
                self.list_at = Some(Duration::ZERO);
            }
        }
    }
}
