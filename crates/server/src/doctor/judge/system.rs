//! Whether the operating system gives the server what it needs.

use crate::doctor::finding::Finding;

/// Files that the server has open without anybody in a room: its listeners, the log, the runtime.
const BESIDES: u64 = 64;

/// Below it there is no use in a video server.
const TOO_FEW: u64 = 256;

/// How many files may be open, and how many may be needed.
#[derive(Clone, Copy, Debug)]
pub(in crate::doctor) struct Files {
    /// The bound in force, and how far a program may raise it itself. The server does so at its start.
    pub(in crate::doctor) soft: u64,
    pub(in crate::doctor) hard: u64,
    /// Streams that the relay may have; 0 without a relay.
    pub(in crate::doctor) relay: u64,
    /// People in rooms that the server was told to take at most.
    pub(in crate::doctor) seats: u64,
}

pub(in crate::doctor) fn files(files: Files) -> Finding {
    const CHECK: &str = "open-files";
    let Files {
        soft,
        hard,
        relay,
        seats,
    } = files;
    let needed = seats + relay + BESIDES;
    let remedy =
        format!("Raise the hard limit to {needed}: LimitNOFILE={needed} in the unit, or ulimit -Hn in the shell");
    if hard < TOO_FEW {
        return Finding::failure(
            CHECK,
            format!("a program that is started like this one may open {hard} files only"),
            remedy,
        );
    }
    if hard >= needed {
        let sentence = match soft < hard {
            true => format!(
                "a program that is started like this one may open {hard} (the server raises its limit from {soft}), {needed} are enough"
            ),
            false => format!("a program that is started like this one may open {hard}, {needed} are enough"),
        };
        return Finding::ok(CHECK, sentence);
    }
    // A person in a room holds one socket, and with the relay up to two more: over TCP and over TLS.
    let each = if relay == 0 { 1 } else { 3 };
    let people = hard.saturating_sub(BESIDES) / each;
    // Thousands of people are more than one machine's network carries: what was allowed is a bound, not a plan.
    match people >= 1_000 {
        true => Finding::ok(
            CHECK,
            format!(
                "a program that is started like this one may open {hard}, enough for about {people} people; all that the flags allow would be {needed}"
            ),
        ),
        false => Finding::warning(
            CHECK,
            format!("a program that is started like this one may open {hard}, enough for about {people} people"),
            remedy,
        ),
    }
}

/// What the kernel lets a UDP socket hold, in bytes; `None` where that cannot be read.
#[derive(Clone, Copy, Debug)]
pub(in crate::doctor) struct Buffers {
    /// What the relay asks for.
    pub(in crate::doctor) wanted: u64,
    /// `net.core.rmem_max`.
    pub(in crate::doctor) receive: Option<u64>,
    /// `net.core.wmem_max`.
    pub(in crate::doctor) send: Option<u64>,
}

pub(in crate::doctor) fn buffers(buffers: Buffers) -> Finding {
    const CHECK: &str = "udp-buffers";
    let Buffers { wanted, receive, send } = buffers;
    let (Some(receive), Some(send)) = (receive, send) else {
        return Finding::ok(
            CHECK,
            format!("the kernel does not say how much it gives; {wanted} bytes are asked for"),
        );
    };
    if receive >= wanted && send >= wanted {
        return Finding::ok(CHECK, format!("the relay gets the {wanted} bytes that it asks for"));
    }
    Finding::warning(
        CHECK,
        format!(
            "the relay asks for {wanted} bytes and gets {} to receive and {} to send: many relayed calls at once may lose packets",
            receive.min(wanted),
            send.min(wanted)
        ),
        format!("Run sysctl -w net.core.rmem_max={wanted} net.core.wmem_max={wanted}, and keep it in /etc/sysctl.d"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict::{Failure, Ok as Fine, Warning};

    #[test]
    fn files_are_enough_for_all_or_for_many() {
        for (soft, hard, relay, seats, verdict, part) in [
            (1024, 1_048_576, 12_288, 80_000, Fine, "raises its limit from 1024"),
            (100_000, 100_000, 12_288, 80_000, Fine, "92352 are enough"),
            (1024, 20_000, 12_288, 80_000, Fine, "about 6645 people"),
            (1024, 2048, 12_288, 80_000, Warning, "about 661 people"),
            (1024, 1024, 0, 80_000, Warning, "about 960 people"),
            (1024, 1024, 0, 100, Fine, "164 are enough"),
            (128, 128, 0, 8, Failure, "128 files only"),
        ] {
            let finding = files(Files {
                soft,
                hard,
                relay,
                seats,
            });
            assert_eq!(finding.verdict, verdict, "{finding}");
            assert!(finding.to_string().contains(part), "{finding}");
        }
    }

    #[test]
    fn buffers_are_what_the_relay_asks_for() {
        for (receive, send, verdict, part) in [
            (Some(4096), Some(9000), Fine, "gets the 4096 bytes"),
            (Some(1000), Some(9000), Warning, "gets 1000 to receive and 4096 to send"),
            (Some(9000), Some(1000), Warning, "net.core.wmem_max=4096"),
            (None, Some(1), Fine, "does not say"),
        ] {
            let finding = buffers(Buffers {
                wanted: 4096,
                receive,
                send,
            });
            assert_eq!(finding.verdict, verdict, "{finding}");
            assert!(finding.to_string().contains(part), "{finding}");
        }
    }
}
