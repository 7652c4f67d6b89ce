//! Says what keeps a Parlour server from working, and what to do about it: what `parlour doctor` prints.
//!
//! [`examine`] looks at the server that a [`Subject`] describes from the outside, as a browser meets it, and gives [`Finding`]s.
//! Each check is a file in `checks`: how its facts are found out, and a function that makes a sentence of them, with its test.
//! The crate knows nothing of the server's insides; who calls it may hand in a way to start one where none runs.

mod checks;
mod door;
mod finding;
mod seat;
mod subject;

use std::time::Duration;

use client::LATE;
use client::http::{Answer, HttpError};
use client::tls::Trust;
use http::HeaderMap;
use tokio::time::timeout;

pub use finding::{Finding, Verdict};
pub use subject::{Started, Subject};

use checks::server::Found;
use checks::signaling::Leads;
use checks::{certificate, clock, dns, ports, relay, server, signaling};
use door::Door;
use seat::Seat;

/// How long the checks may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For one answer.
    pub answer: Duration,
    /// For all of it.
    pub whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(2),
            whole: Duration::from_secs(14),
        }
    }
}

/// Asks the web listener on this machine for a path, and takes whatever certificate it shows. Gives where it was asked, too. All
/// steps share the time.
pub async fn ask(subject: &Subject, path: &str, patience: Duration) -> (String, Result<Answer, HttpError>) {
    let Some(door) = Door::listener(subject, None, &Trust::default()) else {
        let why = HttpError::Nobody("this is no address".to_owned());
        return (subject.listen.clone(), Err(why));
    };
    let answer = timeout(patience, door.get(path, 2 * patience)).await;
    let answer = answer.unwrap_or_else(|_| Err(HttpError::Nobody(LATE.to_owned())));
    (door.place(), answer)
}

/// Checks a server, and hands each finding to `say` when it is there.
///
/// Where none runs, one is started with `start`, and stopped before this returns, even where `patience` is over. An error of
/// `start` is a sentence for the operator.
///
/// Needs a tokio runtime with its time and IO drivers on.
pub async fn examine<F>(subject: &Subject, start: impl FnOnce() -> F, patience: Patience, mut say: impl FnMut(Finding))
where
    F: Future<Output = Result<Started, String>>,
{
    let mut own = None;
    let checks = check(subject, start, patience.answer, &mut own, &mut say);
    let finished = timeout(patience.whole, checks).await;
    if let Some(own) = own {
        own.stop.await;
    }
    if finished.is_err() {
        say(Finding::failure(
            "time",
            format!("the checks were not done within {} seconds", patience.whole.as_secs()),
            "See what is slow above, or whether this machine is busy, and check again",
        ));
    }
}

async fn check<F>(
    subject: &Subject,
    start: impl FnOnce() -> F,
    patience: Duration,
    own: &mut Option<Started>,
    say: &mut impl FnMut(Finding),
) where
    F: Future<Output = Result<Started, String>>,
{
    let trust = Trust::default();
    // Before one of our own takes them.
    let ports = match subject.remote {
        true => Vec::new(),
        false => ports::facts(subject),
    };
    let (found, door) = server::facts(subject, start, &trust, patience, own).await;
    say(server::judge(&found, &subject.version));
    let here = !matches!(found, Found::Elsewhere { .. } | Found::Silent { .. });
    if here {
        let runs = matches!(found, Found::Here { .. });
        ports.iter().for_each(|port| say(ports::judge(port, runs)));
    }
    let mut seen = Seen::default();
    if let Some(door) = &door {
        let visit = Visit {
            door,
            subject,
            trust: &trust,
            here,
            passing: own.is_some() && subject.tls && !subject.files,
            patience,
        };
        seen = visit.checks(say).await;
    }
    if here && let Some(facts) = dns::facts(subject, seen.leads_here, 2 * patience).await {
        say(dns::judge(&facts));
    }
    say(clock::judge(clock::facts(subject, (!here).then_some(&seen.headers))));
}

/// What other checks need of a visit.
#[derive(Default)]
struct Seen {
    /// Whether the address that people open is known to lead to the server.
    leads_here: bool,
    /// With which the server answered.
    headers: HeaderMap,
}

/// What is seen through the server's door.
struct Visit<'a> {
    door: &'a Door,
    subject: &'a Subject,
    trust: &'a Trust,
    /// The server is on this machine.
    here: bool,
    /// It is in this process, with a certificate that is made for it.
    passing: bool,
    patience: Duration,
}

impl Visit<'_> {
    async fn checks(&self, say: &mut impl FnMut(Finding)) -> Seen {
        let Self { door, patience, .. } = *self;
        let public = self.subject.public.as_ref().and_then(|url| Door::to(url, self.trust));
        self.certificate(public.as_ref(), say).await;
        let (health, headers) = signaling::health(door, patience).await;
        say(signaling::judge_health(&health));
        let mut seen = Seen {
            leads_here: false,
            headers,
        };
        let origin = public.as_ref().unwrap_or(door).url.origin().ascii_serialization();
        let seat = Seat::take(door, &origin, patience).await;
        say(signaling::judge_seat(seat.as_ref()));
        let Ok(seat) = seat else {
            return seen;
        };
        if self.here
            && let Some(public) = &public
        {
            let leads = signaling::leads(public, &origin, &seat.room, patience).await;
            say(signaling::judge_leads(&origin, &leads));
            seen.leads_here = leads == Leads::Here;
        }
        let trips = relay::facts(&seat.ice_servers, self.trust, patience).await;
        let findings = relay::judge(&trips, self.here, self.passing);
        findings.into_iter().for_each(&mut *say);
        seat.leave(patience).await;
        seen
    }

    async fn certificate(&self, public: Option<&Door>, say: &mut impl FnMut(Finding)) {
        if self.passing {
            return say(certificate::passing());
        }
        let mut secured = [Some(self.door), public]
            .into_iter()
            .flatten()
            .filter(|door| door.has_tls());
        if let Some(door) = secured.next()
            && let Some(facts) = certificate::facts(door, self.patience).await
        {
            say(certificate::judge(&facts, self.subject.domain.is_some()));
        }
    }
}
