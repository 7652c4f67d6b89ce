//! The ladder, transition by transition: tables of a state, an event, and what follows.

mod climbing;
mod signaling;

use std::time::Duration;

use super::path::{Media, Path};
use super::state::{Rung, State};
use super::{Event, Remedy, Repair};
use crate::ConnectionState::{Connected, Connecting, Disconnected, Failed};
use crate::Role::{Answerer, Offerer};
use crate::{Cause, Reach, Role};

/// When the events of the tables happen. Every deadline in them is counted from here.
const NOW: Duration = Duration::from_secs(1_000);

fn at(seconds: f64) -> Option<Duration> {
    Some(NOW + Duration::from_secs_f64(seconds))
}

fn healthy() -> State {
    State::Healthy { answer: None }
}

fn silent(act: f64) -> State {
    State::Silent { act: at(act) }
}

fn suspected(tried: Rung, act: f64) -> State {
    State::Suspected { tried, act: at(act) }
}

/// A try that began a while ago, and that the browser checks.
fn tried(rung: Rung, ends: f64) -> State {
    State::Trying {
        rung,
        begun: NOW - Duration::from_secs(5),
        checks: true,
        ends: at(ends),
    }
}

/// A try that begins with the event.
fn begins(rung: Rung, ends: f64) -> State {
    State::Trying {
        rung,
        begun: NOW,
        checks: false,
        ends: at(ends),
    }
}

fn unreachable(retry: f64) -> State {
    State::Unreachable {
        begun: NOW - Duration::from_secs(5),
        retry: at(retry),
    }
}

/// In this state: with a path, or with one that was lost 10 s ago.
fn in_state(role: Role, state: State, path: Path) -> Repair {
    let mut repair = Repair::new(Duration::ZERO, role, true);
    let since = NOW - Duration::from_secs(10);
    repair.media = match state {
        State::Healthy { .. } => Media::Flows,
        State::Unreachable { .. } => Media::GivenUp { stopped: Some(since) },
        _ if path.is_up() && !path.is_silent() => Media::Flows,
        _ => Media::Stopped { since },
    };
    repair.state = state;
    repair.path = path;
    repair
}

fn quiet() -> Path {
    let mut path = Path::UP;
    path.fall_silent(NOW - Duration::from_secs(1));
    path
}

/// Side, state, path, event; state and remedy afterwards.
type Row = (Role, State, Path, Event, State, Option<Remedy>);

fn check(table: &[Row]) {
    for (n, &(role, before, path, event, after, remedy)) in table.iter().enumerate() {
        let mut repair = in_state(role, before, path);
        let wanted = repair.handle(NOW, event);
        let row = format!("row {n}: {role:?} {before:?} {path:?} {event:?}");
        assert_eq!((repair.state, wanted), (after, remedy), "{row}");
    }
}

const RESTART: Option<Remedy> = Some(Remedy::RestartIce);
const REBUILD: Option<Remedy> = Some(Remedy::Rebuild);
const TICK: Event = Event::Tick;
const HEARS_NOTHING: Event = Event::Silent { expected: true };
