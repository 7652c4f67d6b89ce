//! Every variant of what has a text. Each list goes from one to the next in a `match`: the compiler asks for what is new.

use std::iter::successors;

use call::channel::Ended;
use call::devices::{self, Notice};
use call::files::{FileEnding, FileState};
use call::{Advice, Cause, Whose};
use protocol::Route;
use protocol::peer_message::FileEndReason;

pub(super) fn device_causes() -> Vec<devices::Cause> {
    use devices::Cause::*;
    let next = |cause: &devices::Cause| match cause {
        Refused => Some(Dismissed),
        Dismissed => Some(RefusedInFrame),
        RefusedInFrame => Some(System),
        System => Some(Frame),
        Frame => Some(Policy),
        Policy => Some(NoApi),
        NoApi => Some(Insecure),
        Insecure => Some(Busy),
        Busy => Some(NotStarted),
        NotStarted => Some(NotFound),
        NotFound => Some(Gone),
        Gone => Some(NotAsked),
        NotAsked => None,
    };
    successors(Some(Refused), next).collect()
}

pub(super) fn causes() -> Vec<Cause> {
    use Cause::*;
    let next = |cause: &Cause| match cause {
        NoPath => Some(PeerAway),
        PeerAway => Some(Blocked(Whose::Ours)),
        Blocked(Whose::Ours) => Some(Blocked(Whose::Theirs)),
        Blocked(Whose::Theirs) => Some(RelayUnreachable),
        RelayUnreachable => Some(RelayFull),
        RelayFull => Some(Unsupported(Whose::Ours)),
        Unsupported(Whose::Ours) => Some(Unsupported(Whose::Theirs)),
        Unsupported(Whose::Theirs) => Some(RelayRefused(Whose::Ours)),
        RelayRefused(Whose::Ours) => Some(RelayRefused(Whose::Theirs)),
        RelayRefused(Whose::Theirs) => None,
    };
    successors(Some(NoPath), next).collect()
}

/// How files stand that go on, and how those that do not.
pub(super) fn file_states() -> (Vec<FileState>, Vec<FileState>) {
    let next = |state: &FileState| match state {
        FileState::Waiting => Some(FileState::Offered),
        FileState::Offered => Some(FileState::Going),
        FileState::Going => Some(FileState::Interrupted),
        FileState::Interrupted => Some(FileState::Complete),
        FileState::Complete | FileState::Ended(_) => None,
    };
    let next_ending = |ending: &FileEnding| match ending {
        FileEnding::Left => Some(FileEnding::Unsupported),
        FileEnding::Unsupported | FileEnding::Ours(_) | FileEnding::Theirs(_) => None,
    };
    let reasons = FileEndReason::ALL.into_iter().chain([FileEndReason::Other(99)]);
    let by_reason = reasons.flat_map(|reason| [FileEnding::Ours(reason), FileEnding::Theirs(reason)]);
    let endings = successors(Some(FileEnding::Left), next_ending).chain(by_reason);
    (
        successors(Some(FileState::Waiting), next).collect(),
        endings.map(FileState::Ended).collect(),
    )
}

pub(super) fn advices() -> Vec<Advice> {
    let next = |advice: &Advice| match advice {
        Advice::NoUdp => Some(Advice::NoRelay),
        Advice::NoRelay => Some(Advice::RelayRefuses),
        Advice::RelayRefuses => Some(Advice::RelayFull),
        Advice::RelayFull => None,
    };
    successors(Some(Advice::NoUdp), next).collect()
}

pub(super) fn endings() -> Vec<Ended> {
    let next = |ended: &Ended| match ended {
        Ended::NoHello => Some(Ended::Flooded),
        Ended::Flooded => None,
    };
    successors(Some(Ended::NoHello), next).collect()
}

pub(super) fn routes() -> Vec<Route> {
    let next = |route: &Route| match route {
        Route::None => Some(Route::DirectUdp),
        Route::DirectUdp => Some(Route::DirectTcp),
        Route::DirectTcp => Some(Route::RelayedUdp),
        Route::RelayedUdp => Some(Route::RelayedTcp),
        Route::RelayedTcp => Some(Route::RelayedTls),
        Route::RelayedTls => Some(Route::Other(99)),
        Route::Other(_) => None,
    };
    successors(Some(Route::None), next).collect()
}

/// Every notice there can be of a device, with and without its name.
pub(super) fn notices() -> Vec<Notice> {
    let next = |notice: &Notice| match notice {
        Notice::Failed(cause) => {
            let after = device_causes().into_iter().skip_while(|other| other != cause).nth(1);
            Some(after.map_or(Notice::Interrupted, Notice::Failed))
        }
        Notice::Interrupted => Some(Notice::Returned { now: String::new() }),
        Notice::Returned { .. } => Some(Notice::TookOver {
            gone: String::new(),
            now: String::new(),
        }),
        Notice::TookOver { .. } => Some(Notice::ChoiceFailed {
            chosen: String::new(),
            cause: devices::Cause::Refused,
        }),
        Notice::ChoiceFailed { cause, .. } => {
            let after = device_causes().into_iter().skip_while(|other| other != cause).nth(1);
            after.map(|cause| Notice::ChoiceFailed {
                chosen: String::new(),
                cause,
            })
        }
    };
    let unnamed: Vec<Notice> = successors(Some(Notice::Failed(devices::Cause::Refused)), next).collect();
    let named = unnamed.iter().cloned().map(|notice| match notice {
        Notice::TookOver { .. } => Notice::TookOver {
            gone: "Headset".into(),
            now: "Desk".into(),
        },
        Notice::Returned { .. } => Notice::Returned { now: "Headset".into() },
        Notice::ChoiceFailed { cause, .. } => Notice::ChoiceFailed {
            chosen: "Headset".into(),
            cause,
        },
        other => other,
    });
    unnamed.iter().cloned().chain(named).collect()
}
