//! Asks the operating system for its bounds.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use rlimit::Resource;

use super::judge::system::{Buffers, Files};
use super::subject::Subject;

/// The bounds of this process. A server that was started in another way may have others.
pub(super) fn files(subject: &Subject) -> Option<Files> {
    let (soft, hard) = rlimit::getrlimit(Resource::NOFILE).ok()?;
    let streams = relay::Config::new([0; 32]).streams;
    Some(Files {
        soft,
        hard,
        relay: if subject.relay.is_some() { streams as u64 } else { 0 },
        seats: subject.people,
    })
}

pub(super) fn buffers() -> Buffers {
    Buffers {
        wanted: relay::UDP_BUFFER as u64,
        receive: first("/proc/sys/net/core/rmem_max"),
        send: first("/proc/sys/net/core/wmem_max"),
    }
}

/// By this machine's clock, in seconds since 1970; 0 where it is set to an earlier time.
pub(super) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// When this program was made, in seconds since 1970: the time of its commit, else that of its file.
pub(super) fn built() -> Option<u64> {
    let commit = env!("PARLOUR_COMMIT_TIME").parse().ok();
    commit.or_else(|| {
        let modified = fs::metadata(std::env::current_exe().ok()?).ok()?.modified().ok()?;
        Some(modified.duration_since(UNIX_EPOCH).ok()?.as_secs())
    })
}

fn first(path: &str) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
