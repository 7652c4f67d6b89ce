//! Whether the server's ports can be had.

use crate::doctor::finding::Finding;

/// What a port is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::doctor) enum Purpose {
    /// Pages and signaling.
    Web,
    /// Redirects to https. The server goes on without it.
    Redirects,
    /// The relay's datagrams.
    RelayUdp,
    /// The relay's streams.
    RelayTcp,
}

impl Purpose {
    const fn check(self) -> &'static str {
        match self {
            Self::Web => "port-web",
            Self::Redirects => "port-redirects",
            Self::RelayUdp => "port-relay-udp",
            Self::RelayTcp => "port-relay-tcp",
        }
    }

    const fn flag(self) -> &'static str {
        match self {
            Self::Web => "--listen",
            Self::Redirects => "--http-listen",
            Self::RelayUdp | Self::RelayTcp => "--turn-listen",
        }
    }

    const fn transport(self) -> &'static str {
        match self {
            Self::RelayUdp => "UDP",
            _ => "TCP",
        }
    }
}

/// What the system said when a socket was bound there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::doctor) enum Bound {
    /// It could be had.
    Free,
    /// Somebody has it.
    Taken,
    /// This user may not.
    Denied,
    /// No address of this machine.
    NotOurs,
    /// Anything else.
    Failed(String),
}

/// Which Parlour runs on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::doctor) enum Runs {
    /// None.
    No,
    /// The one that these flags describe: it answers at the web listener's address.
    Here,
    /// Another one, or one that was started with other flags: it answers at the public address alone.
    Otherwise,
}

/// One port.
#[derive(Clone, Debug)]
pub(in crate::doctor) struct Port {
    pub(in crate::doctor) purpose: Purpose,
    /// As the operator wrote it.
    pub(in crate::doctor) address: String,
    pub(in crate::doctor) bound: Bound,
    pub(in crate::doctor) runs: Runs,
}

pub(in crate::doctor) fn judge(port: &Port) -> Finding {
    let Port { purpose, address, .. } = port;
    let (check, flag, transport) = (purpose.check(), purpose.flag(), purpose.transport());
    let (sentence, remedy) = match (&port.bound, port.runs) {
        (Bound::Free, Runs::No) => return Finding::ok(check, format!("{address} ({transport}) is free")),
        (Bound::Taken, Runs::Here) => {
            return Finding::ok(
                check,
                format!("{address} ({transport}) is taken, as it must be: a Parlour runs"),
            );
        }
        (Bound::Free, Runs::Here | Runs::Otherwise) => {
            return Finding::warning(
                check,
                format!("{address} ({transport}) is free, though a Parlour runs: it does not listen there"),
                "Give this program the flags and variables of the one that runs, or restart that one with these",
            );
        }
        (Bound::Taken, Runs::Otherwise) if *purpose == Purpose::Web => {
            return Finding::warning(
                check,
                format!(
                    "{address} ({transport}) is taken by another program (ss -lntup names it), and the Parlour that runs listens \
                     elsewhere"
                ),
                format!(
                    "Give this program the flags and variables of the one that runs; or, where it shall listen there, stop the other \
                     program, or choose another port with {flag}"
                ),
            );
        }
        (Bound::Taken, Runs::Otherwise) => {
            return Finding::ok(
                check,
                format!(
                    "{address} ({transport}) is taken, by the Parlour that runs or by another program (ss -lntup names it)"
                ),
            );
        }
        // That it runs proves that it may; only this user may not, or the address belongs to another part of the system.
        (Bound::Denied, Runs::Here | Runs::Otherwise) => {
            return Finding::ok(
                check,
                format!("{address} ({transport}) may not be tried by this user; a Parlour runs all the same"),
            );
        }
        (Bound::Taken, Runs::No) => (
            format!("{address} ({transport}) is taken by another program"),
            format!("Stop that one (ss -lntup names it), or choose another port with {flag}"),
        ),
        (Bound::Denied, Runs::No) => (
            format!("this user may not listen on {address} ({transport})"),
            format!(
                "Give the program the right to with setcap cap_net_bind_service=+ep, or AmbientCapabilities in its unit, or \
                 choose a port from 1024 up with {flag}"
            ),
        ),
        (Bound::NotOurs, _) => (
            format!("{address} ({transport}) is no address of this machine"),
            format!(
                "Choose one of its own with {flag}, or 0.0.0.0 for all of them; an address in front of a NAT goes into \
                 --external-ip"
            ),
        ),
        (Bound::Failed(why), _) => (
            format!("{address} ({transport}) cannot be listened on: {why}"),
            format!("Choose another address with {flag}"),
        ),
    };
    match purpose {
        Purpose::Redirects => Finding::warning(
            check,
            format!("{sentence}; people who write http:// do not get to https by themselves"),
            remedy,
        ),
        _ => Finding::failure(check, sentence, remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::Runs::{Here, No, Otherwise};
    use super::*;
    use crate::doctor::finding::Verdict::{self, Failure, Ok, Warning};

    fn judged(purpose: Purpose, bound: Bound, runs: Runs) -> Finding {
        let address = "0.0.0.0:443".to_owned();
        judge(&Port {
            purpose,
            address,
            bound,
            runs,
        })
    }

    #[test]
    fn a_port_is_to_be_free_or_taken_by_the_server() {
        let table: [(Bound, Runs, Verdict, &str); 11] = [
            (Bound::Free, No, Ok, "is free"),
            (Bound::Free, Here, Warning, "does not listen there"),
            (Bound::Free, Otherwise, Warning, "does not listen there"),
            (Bound::Taken, Otherwise, Warning, "by another program"),
            (Bound::Denied, Otherwise, Ok, "all the same"),
            (Bound::Taken, Here, Ok, "a Parlour runs"),
            (Bound::Taken, No, Failure, "another program"),
            (Bound::Denied, No, Failure, "this user may not"),
            (Bound::Denied, Here, Ok, "all the same"),
            (Bound::NotOurs, Here, Failure, "no address of this machine"),
            (Bound::Failed("no buffers".into()), No, Failure, "no buffers"),
        ];
        for (bound, runs, verdict, part) in table {
            let finding = judged(Purpose::Web, bound.clone(), runs);
            assert_eq!(finding.verdict, verdict, "{bound:?} {runs:?}");
            assert!(finding.sentence.contains(part), "{finding}");
            assert_eq!(finding.remedy.is_some(), verdict != Ok, "{finding}");
        }
    }

    #[test]
    fn redirects_are_not_needed_for_a_call() {
        assert_eq!(judged(Purpose::Redirects, Bound::Taken, No).verdict, Warning);
        assert_eq!(judged(Purpose::Redirects, Bound::Denied, No).verdict, Warning);
    }

    #[test]
    fn who_has_a_port_of_the_relay_beside_another_parlour_is_not_known() {
        let finding = judged(Purpose::RelayUdp, Bound::Taken, Otherwise);
        assert_eq!(finding.verdict, Ok);
        assert!(finding.sentence.contains("or by another program"), "{finding}");
    }

    #[test]
    fn the_remedy_names_the_flag_of_the_port() {
        for (purpose, flag) in [
            (Purpose::Web, "--listen"),
            (Purpose::Redirects, "--http-listen"),
            (Purpose::RelayUdp, "--turn-listen"),
            (Purpose::RelayTcp, "--turn-listen"),
        ] {
            let remedy = judged(purpose, Bound::Taken, No).remedy.expect("a remedy");
            assert!(remedy.contains(flag), "{remedy}");
        }
    }
}
