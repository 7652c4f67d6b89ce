//! `dns`: whether the name under which people open the server leads to it.

use std::net::IpAddr;
use std::time::Duration;

use client::LATE;
use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::door::is_own;
use crate::finding::Finding;
use crate::subject::Subject;

const CHECK: &str = "dns";

/// What is known about the name.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    name: String,
    /// What the system's resolver says, and whether each address is this machine's or was named by the operator.
    records: Result<Vec<(IpAddr, bool)>, String>,
    /// Whether the name was seen to lead to the server.
    leads_here: bool,
    /// Whether the operator named the addresses of a NAT in front.
    nat_is_named: bool,
}

/// Asks the system's resolver; `None` without a name.
pub(crate) async fn facts(subject: &Subject, leads_here: bool, patience: Duration) -> Option<Facts> {
    let name = subject.name()?.to_owned();
    let records = match timeout(patience, lookup_host((name.as_str(), 0))).await {
        Ok(Ok(found)) => {
            let mut ips: Vec<IpAddr> = found.map(|address| address.ip()).collect();
            ips.dedup();
            let expected = |ip| is_own(ip) || subject.external.contains(&ip);
            Ok(ips.into_iter().map(|ip| (ip, expected(ip))).collect())
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(LATE.to_owned()),
    };
    Some(Facts {
        name,
        records,
        leads_here,
        nat_is_named: !subject.external.is_empty(),
    })
}

pub(crate) fn judge(facts: &Facts) -> Finding {
    let name = &facts.name;
    let make = "Make an A or AAAA record for it that holds the address of this machine, or of the NAT in front";
    let records = match &facts.records {
        Ok(records) if !records.is_empty() => records,
        Ok(_) => return Finding::failure(CHECK, format!("{name} has no address"), make),
        Err(why) => return Finding::failure(CHECK, format!("{name} is not resolved: {why}"), make),
    };
    let those = |wanted| {
        records
            .iter()
            .filter(move |(_, expected)| *expected == wanted)
            .map(|(ip, _)| *ip)
    };
    let (right, wrong) = (list(those(true)), list(those(false)));
    if those(true).any(|ip| ip.is_loopback()) {
        return Finding::warning(
            CHECK,
            format!("{name} is {right} on this machine, so what others see is not known here"),
            "Take it out of /etc/hosts, or see on another machine where it leads",
        );
    }
    match (right.is_empty(), wrong.is_empty()) {
        (_, true) => Finding::ok(CHECK, format!("{name} leads to {right}")),
        (false, false) => Finding::warning(
            CHECK,
            format!("{name} leads to {right} as it should, but also to {wrong}, which is not on this machine"),
            "Remove that record if it is no address of this server: browsers that try it first wait, or fail",
        ),
        // Whatever is in between is set as it must be.
        (true, false) if facts.leads_here => Finding::ok(
            CHECK,
            format!("{name} leads to {wrong}, which is not on this machine, and from there to this server"),
        ),
        (true, false) if facts.nat_is_named => Finding::failure(
            CHECK,
            format!("{name} leads to {wrong}, which is neither on this machine nor named with --external-ip"),
            make,
        ),
        (true, false) => Finding::warning(
            CHECK,
            format!("{name} leads to {wrong}, which is not on this machine: a NAT in front, or a mistake"),
            format!("Where a NAT has it, all is well, and --external-ip says so. Else: {make}"),
        ),
    }
}

fn list(ips: impl Iterator<Item = IpAddr>) -> String {
    ips.map(|ip| ip.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict::{Failure, Ok as Fine, Warning};

    const OURS: (&str, bool) = ("20.1.2.3", true);
    const THEIRS: (&str, bool) = ("20.9.9.9", false);

    fn facts(records: &[(&str, bool)]) -> Facts {
        let records = records
            .iter()
            .map(|(ip, expected)| (ip.parse().expect("an address"), *expected));
        Facts {
            name: "calls.example.org".to_owned(),
            records: Ok(records.collect()),
            leads_here: false,
            nat_is_named: false,
        }
    }

    #[test]
    fn a_name_leads_to_this_machine_or_to_the_address_in_front_of_it() {
        let theirs = |leads_here, nat_is_named| Facts {
            leads_here,
            nat_is_named,
            ..facts(&[THEIRS])
        };
        let unknown = Facts {
            records: Err("unknown".to_owned()),
            ..facts(&[])
        };
        for (facts, verdict, part) in [
            (facts(&[OURS]), Fine, "leads to 20.1.2.3"),
            (facts(&[OURS, THEIRS]), Warning, "also to 20.9.9.9"),
            (theirs(false, false), Warning, "--external-ip says so"),
            (theirs(false, true), Failure, "neither on this machine"),
            (theirs(true, true), Fine, "from there to this server"),
            (facts(&[("127.0.1.1", true)]), Warning, "/etc/hosts"),
            (facts(&[]), Failure, "A or AAAA record"),
            (unknown, Failure, "is not resolved: unknown"),
        ] {
            judge(&facts).assert(verdict, part);
        }
    }

    #[tokio::test]
    async fn without_a_name_there_is_nothing_to_ask() {
        assert!(
            super::facts(&Subject::default(), false, Duration::from_secs(1))
                .await
                .is_none()
        );
    }
}
