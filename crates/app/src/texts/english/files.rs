//! What is said of files.

use call::files::{FileEnding, FileState};
use protocol::peer_message::FileEndReason;

/// How large, as people say it.
pub(super) fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        1 => return "1 byte".into(),
        0..1_000 => return [&bytes.to_string(), " bytes"].concat(),
        1_000..1_000_000 => (1_000, " KB"),
        1_000_000..1_000_000_000 => (1_000_000, " MB"),
        _ => (1_000_000_000, " GB"),
    };
    let (whole, tenths) = (bytes / unit, bytes % unit / (unit / 10));
    if whole < 10 && tenths > 0 {
        [&whole.to_string(), ".", &tenths.to_string(), name].concat()
    } else {
        [&whole.to_string(), name].concat()
    }
}

pub(super) const fn state(is_own: bool, state: FileState) -> &'static str {
    match (state, is_own) {
        (FileState::Waiting, true) => "Waiting for its turn",
        (FileState::Waiting, false) => "Accepted, waiting for its turn",
        (FileState::Offered, true) => "Waiting for an answer",
        (FileState::Offered, false) => "Wants to send you this",
        (FileState::Going, true) => "Sending",
        (FileState::Going, false) => "Receiving",
        (FileState::Interrupted, _) => "Interrupted: it goes on when the connection is back",
        (FileState::Complete, true) => "Delivered",
        (FileState::Complete, false) => "Received",
        (FileState::Ended(ending), _) => ended(is_own, ending),
    }
}

const fn ended(is_own: bool, ending: FileEnding) -> &'static str {
    match (ending, is_own) {
        (FileEnding::Left, true) => "They left or reloaded their page. Send it again when they are here.",
        (FileEnding::Left, false) => "They left or reloaded their page. Ask them to send it again.",
        (FileEnding::Unsupported, _) => "Their page takes no files. Ask them to reload it, and send it again.",
        (FileEnding::Ours(reason), _) => ours(is_own, reason),
        (FileEnding::Theirs(reason), _) => theirs(is_own, reason),
    }
}

/// This side has ended it.
const fn ours(is_own: bool, reason: FileEndReason) -> &'static str {
    match (reason, is_own) {
        (FileEndReason::Cancelled, true) => "You cancelled it. Send it again if they need it.",
        (FileEndReason::Cancelled, false) => "You cancelled it. Ask for it again if you need it.",
        (FileEndReason::Refused, _) => "You refused it. Ask for it again if you need it.",
        (FileEndReason::NoSpace, _) => "There is no room for it here. Free some space, and ask for it again.",
        (FileEndReason::NotStored, _) => {
            "This browser cannot store it. Ask for it again in another browser, or outside of a private window."
        }
        (FileEndReason::Unreadable, _) => "It cannot be read, or it has changed. Choose it again.",
        (FileEndReason::Busy, _) => "Too many files wait for them. Send it again when some have arrived.",
        _ => failed(is_own, reason),
    }
}

/// The other side has ended it.
const fn theirs(is_own: bool, reason: FileEndReason) -> &'static str {
    match (reason, is_own) {
        (FileEndReason::Cancelled, true) => "They cancelled it. Ask them before you send it again.",
        (FileEndReason::Cancelled, false) => "They cancelled it. Ask for it again if you need it.",
        (FileEndReason::Refused, _) => "They refused it. Ask them before you send it again.",
        (FileEndReason::NoSpace, _) => "There is no room for it on their side. Ask them to free some space.",
        (FileEndReason::NotStored, _) => {
            "Their browser cannot store it. Ask them to try another one, or to leave private browsing."
        }
        (FileEndReason::Unreadable, _) => "It cannot be read on their side any more. Ask them to send it again.",
        (FileEndReason::Busy, _) => "Too many files wait for them. Send it again when they have answered.",
        _ => failed(is_own, reason),
    }
}

/// Failures that read the same on the side that noticed them and on the other.
const fn failed(is_own: bool, reason: FileEndReason) -> &'static str {
    match (reason, is_own) {
        (FileEndReason::TooLarge, true) => "It is larger than 4 GB. Send it in parts.",
        (FileEndReason::TooLarge, false) => "It is larger than 4 GB. Ask them to send it in parts.",
        (FileEndReason::Corrupt, true) => "It arrived damaged. Send it again.",
        (FileEndReason::Corrupt, false) => "It arrived damaged. Ask them to send it again.",
        (FileEndReason::Stalled, true) => "Nothing of it arrived for too long. Send it again.",
        (FileEndReason::Stalled, false) => "Nothing of it arrived for too long. Ask them to send it again.",
        _ => "Your page and theirs do not understand each other. Reload both, and try again.",
    }
}
