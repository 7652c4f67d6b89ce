//! `parlour doctor`: looks for what keeps calls from working, and says what to do about it.
//!
//! It checks a server from the outside, as a browser meets it. Where none runs, it starts one for as long as it takes. What
//! is found out and what that means are apart: the files here gather facts, those in `judge` have no input and output.

mod address;
mod certificate;
mod clock;
mod command;
mod door;
mod finding;
mod ice_url;
mod judge;
mod line;
mod own;
mod ports;
mod public;
mod relays;
mod search;
mod seat;
mod subject;
mod system;
mod tls;
mod trip;
mod turn_client;

use std::time::Duration;

use tokio::time::timeout;

pub use command::main;
pub use finding::{Finding, Verdict};

use crate::config::Config;
use crate::site::Site;
use door::{Closed, Door};
use judge::certificate::Facts as Certificate;
use judge::ports::Runs;
use judge::server::Found;
use judge::signaling::{Health, Leads, Seating};
use relays::{Near, trips};
use seat::Seat;
use subject::Subject;
use tls::Trust;

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

/// What came back from a server.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A status, and the body.
    Answer(u16, Vec<u8>),
    /// Somebody is there, and does not speak as expected; why.
    Stranger(String),
    /// Nobody accepts connections there, or none in time; why.
    Nobody(String),
}

/// Asks the web listener that these flags describe for a path, on this machine, and takes whatever certificate it shows. Gives
/// where it was asked, too.
pub(crate) async fn ask(config: &Config, path: &str, patience: Duration) -> (String, Reply) {
    let door = Door::listener(&Subject::of(config), None, &Trust::new([]));
    // All steps share the time.
    let reply = match timeout(patience, door.get(path, 2 * patience)).await {
        Ok(Ok(answer)) => Reply::Answer(answer.status.as_u16(), answer.body),
        Ok(Err(Closed::Stranger(why))) => Reply::Stranger(why),
        Ok(Err(Closed::Nobody(why))) => Reply::Nobody(why),
        Err(_) => Reply::Nobody(door::late()),
    };
    (door.url(), reply)
}

/// Checks the server that these flags describe, and hands each finding to `say` when it is there.
///
/// A server that is started for it serves `site`, keeps nothing, and is stopped before this returns, which may take up to
/// five seconds after `patience` is over.
///
/// Needs a multi-threaded or current-thread tokio runtime with its time and IO drivers on.
pub async fn examine(config: &Config, site: Site, patience: Patience, mut say: impl FnMut(Finding)) {
    let subject = Subject::of(config);
    let trust = Trust::new([]);
    let mut own = None;
    let checks = check(config, site, &subject, &trust, patience.answer, &mut own, &mut say);
    let finished = timeout(patience.whole, checks).await;
    if let Some(own) = own {
        own.stop().await;
    }
    if finished.is_err() {
        say(Finding::failure(
            "time",
            format!("the checks were not done within {} seconds", patience.whole.as_secs()),
            "See what is slow above, or whether this machine is busy, and check again",
        ));
    }
}

async fn check(
    config: &Config,
    site: Site,
    subject: &Subject,
    trust: &Trust,
    patience: Duration,
    own: &mut Option<own::Own>,
    say: &mut impl FnMut(Finding),
) {
    let ports = ports::probe(subject);
    let searched = search::find(config, site, subject, trust, patience, own).await;
    say(judge::server::judge(&searched.found, env!("CARGO_PKG_VERSION")));
    let here = !matches!(searched.found, Found::Elsewhere { .. });
    if here {
        let runs = match searched.found {
            Found::Here { .. } => Runs::Here,
            Found::Otherwise { .. } => Runs::Otherwise,
            _ => Runs::No,
        };
        for port in ports {
            say(judge::ports::judge(&ports::facts(port, runs)));
        }
    }
    let mut leads_here = false;
    if let Some(door) = &searched.door {
        let passing = own.is_some() && subject.tls && !subject.files;
        let place = Place { here, passing };
        leads_here = through(door, subject, trust, place, patience, say).await;
    }
    let (address, clock) = tokio::join!(
        address::facts(subject, leads_here, 2 * patience),
        clock::facts(subject, 2 * patience)
    );
    if here {
        say(judge::address::believed(&address));
        if let Some(finding) = judge::address::name(&address) {
            say(finding);
        }
    }
    say(judge::clock::judge(&clock));
    if here {
        if let Some(files) = system::files(subject) {
            say(judge::system::files(files));
        }
        if subject.relay.is_some() {
            say(judge::system::buffers(system::buffers()));
        }
    }
}

/// Where the server is.
#[derive(Clone, Copy)]
struct Place {
    /// On this machine.
    here: bool,
    /// In this process, with a certificate that is made for it.
    passing: bool,
}

/// What is seen through the server's door. Gives whether the address that people open is known to lead to it.
async fn through(
    door: &Door,
    subject: &Subject,
    trust: &Trust,
    Place { here, passing }: Place,
    patience: Duration,
    say: &mut impl FnMut(Finding),
) -> bool {
    let public = subject.public.as_ref().map(|public| Door::public(public, trust));
    if passing {
        say(judge::certificate::passing(subject.domain.is_some()));
    } else if let Some(secured) = [Some(door), public.as_ref()]
        .into_iter()
        .flatten()
        .find(|door| door.tls)
        && let Some(facts) = shown(secured, subject, patience).await
    {
        say(judge::certificate::judge(&facts));
    }
    let start = std::time::Instant::now();
    say(judge::signaling::health(&match door.get("/healthz", patience).await {
        Ok(answer) => Health::Answered(answer.status.as_u16(), start.elapsed()),
        Err(why) => Health::None(why.to_string()),
    }));
    let origin = match &subject.public {
        Some(public) => public.to_string(),
        None => door.origin(),
    };
    let seat = match Seat::take(door, &origin, patience).await {
        Ok(seat) => seat,
        Err(why) => {
            say(judge::signaling::seating(&why));
            return false;
        }
    };
    say(judge::signaling::seating(&Seating::Seated {
        opened: seat.opened,
        joined: seat.joined,
    }));
    let mut leads_here = false;
    if let (Some(public), true) = (&public, here) {
        let leads = leads(public, &origin, &seat.room, patience).await;
        say(judge::signaling::public(&origin, &leads));
        leads_here = leads == Leads::Here;
    }
    let near = Near {
        relay: subject.relay,
        door,
    };
    let trips = trips(&seat.ice_servers, here.then_some(&near), trust, patience).await;
    if trips.is_empty() {
        say(judge::relay::none());
    }
    for mut trip in trips {
        if let (Ok(carried), true) = (&mut trip.outcome, passing) {
            // The server will have another certificate.
            carried.untrusted = None;
        }
        say(judge::relay::judge(&trip));
    }
    seat.leave(patience).await;
    leads_here
}

/// What is known about the certificate behind a door; `None` where nobody is reached there, which is said elsewhere.
async fn shown(door: &Door, subject: &Subject, patience: Duration) -> Option<Result<Certificate, String>> {
    match door.open(patience).await {
        Ok((_, Some(shown))) => Some(certificate::facts(&shown, door.name(), subject, system::now())),
        Ok((_, None)) | Err(Closed::Nobody(_)) => None,
        Err(Closed::Stranger(why)) => Some(Err(why)),
    }
}

/// Whether the public address leads to the server where somebody sits in this room, which no other server has.
async fn leads(public: &Door, origin: &str, room: &str, patience: Duration) -> Leads {
    let why = match seat::occupancy(public, origin, room, patience).await {
        Ok(0) => return Leads::Elsewhere,
        Ok(_) => return Leads::Here,
        Err(Seating::Lost(why)) => why,
        Err(Seating::Refused(status)) => format!("the socket is refused with {status}"),
        Err(Seating::Denied { .. } | Seating::Seated { .. }) => return Leads::Elsewhere,
    };
    let ours = search::is_here(public, patience).await;
    Leads::Nowhere { why, ours }
}
