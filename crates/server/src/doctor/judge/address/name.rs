//! Whether the name under which people open the server leads to it.

use std::net::IpAddr;

use super::{Facts, list};
use crate::doctor::finding::Finding;

/// Where the name leads; `None` without a name.
pub(in crate::doctor) fn name(facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "dns";
    let (name, records) = facts.name.as_ref()?;
    let target = match (&facts.external[..], facts.is_behind_nat()) {
        ([], true) => "the public address of the network in front".to_owned(),
        ([], false) => list(&facts.interface),
        (external, _) => list(external),
    };
    let records = match records {
        Ok(records) if !records.is_empty() => records,
        Ok(_) => {
            return Some(Finding::failure(
                CHECK,
                format!("{name} has no address"),
                format!("Make an A or AAAA record for it that holds {target}"),
            ));
        }
        Err(why) => {
            return Some(Finding::failure(
                CHECK,
                format!("{name} is not resolved: {why}"),
                format!("Make an A or AAAA record for it that holds {target}, and wait until it is known"),
            ));
        }
    };
    let (right, wrong): (Vec<IpAddr>, Vec<IpAddr>) = records.iter().partition(|&&ip| facts.is_expected(ip));
    if right.iter().any(IpAddr::is_loopback) && !facts.interface.iter().all(IpAddr::is_loopback) {
        return Some(Finding::warning(
            CHECK,
            format!(
                "{name} is {} on this machine, so what others see is not known here",
                list(&right)
            ),
            format!("Take it out of /etc/hosts, or see on another machine that it leads to {target}"),
        ));
    }
    if let Some(listen) = facts.listen
        && !facts.leads_here
        && let Some(unheard) = elsewhere(facts, listen, &right)
    {
        return Some(Finding::failure(
            CHECK,
            format!("{name} leads to {unheard}, which this machine has, but the server listens on {listen} alone"),
            format!("Make the record hold {listen}, or let the server listen on all addresses, with [::] in --listen"),
        ));
    }
    Some(match (&right[..], &wrong[..]) {
        // Whatever is in between is set as it must be.
        ([], _) if facts.leads_here => Finding::ok(
            CHECK,
            format!(
                "{name} leads to {}, which is not on this machine, and from there to this server",
                list(&wrong)
            ),
        ),
        (_, []) => Finding::ok(CHECK, format!("{name} leads to {}", list(&right))),
        ([], _) if facts.external.is_empty() && facts.is_behind_nat() => Finding::warning(
            CHECK,
            format!(
                "{name} leads to {}, and this machine is behind {} and knows itself as {}",
                list(&wrong),
                facts.in_between(),
                list(&facts.interface)
            ),
            match facts.told.is_empty() {
                true => format!(
                    "Where that is the outer address of the same network, say so with --external-ip {}; else make the record hold \
                     {target}",
                    wrong[0]
                ),
                false => format!(
                    "Where that is the outer address of the same network, all is well, and --external-ip {} says so; else make the \
                     record hold {target}",
                    wrong[0]
                ),
            },
        ),
        ([], _) => Finding::failure(
            CHECK,
            format!(
                "{name} leads to {}, which is neither on this machine nor named with --external-ip",
                list(&wrong)
            ),
            format!("Make the record hold {target}; or, where a NAT has that address, name it with --external-ip"),
        ),
        _ => Finding::warning(
            CHECK,
            format!(
                "{name} leads to {} as it should, but also to {}, which is neither on this machine nor named with --external-ip",
                list(&right),
                list(&wrong)
            ),
            "Take that record out: whoever tries it first waits, or fails",
        ),
    })
}

/// One of the addresses where the server does not listen, though this machine has it.
fn elsewhere(facts: &Facts, listen: IpAddr, records: &[IpAddr]) -> Option<IpAddr> {
    let same_family = |ip: &&IpAddr| ip.is_ipv4() == listen.is_ipv4();
    let mut unheard = records.iter().filter(|&&ip| facts.has(ip) && ip != listen);
    unheard.find(same_family).copied()
}
