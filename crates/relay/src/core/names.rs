//! Relayed addresses: names in a table, and no place in any network.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use super::Now;
use super::bounds::Place;

/// The address of every allocation. It is of a range for documentation (RFC 5737): no host has it, so that it is never taken for a
/// loopback or private address, or for one of the server's own.
pub const RELAYED_IP: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// The ports by which allocations are told apart. Below are those of services, which browsers do not send to.
pub(crate) const PORTS: RangeInclusive<u16> = 1024..=65535;

/// For how long a port is given to nobody after its allocation is over: what is still sent to it must not reach another one.
pub const REST: Duration = Duration::from_secs(60);

/// The relayed address with this port.
pub(crate) fn relayed(port: u16) -> SocketAddr {
    (RELAYED_IP, port).into()
}

/// The port of a relayed address; `None` for any other address.
pub(crate) fn port_of(address: SocketAddr) -> Option<u16> {
    (address.ip() == RELAYED_IP && PORTS.contains(&address.port())).then_some(address.port())
}

/// The ports that no allocation has.
#[derive(Debug)]
pub(crate) struct Free {
    ready: Vec<u16>,
    /// Oldest first, with the time from which they can be given again, and what they count against until then.
    resting: VecDeque<(Now, u16, Option<Place>)>,
}

impl Free {
    pub(crate) fn all() -> Self {
        Self {
            ready: PORTS.collect(),
            resting: VecDeque::new(),
        }
    }

    /// Takes one at random, where `random` is any number; an even one where it must be. `None` when all are taken or rest.
    pub(crate) fn take(&mut self, now: Now, random: u64, even: bool) -> Option<u16> {
        self.wake(now);
        let count = self.ready.len();
        let start = usize::try_from(random.checked_rem(count as u64)?).expect("below 65,536");
        let fits = |at: &usize| !even || self.ready[*at].is_multiple_of(2);
        let at = (start..count).chain(0..start).find(fits)?;
        Some(self.ready.swap_remove(at))
    }

    /// The allocation with this port is over. Until the port can be given again it counts against `place`.
    pub(crate) fn give_back(&mut self, now: Now, port: u16, place: Option<Place>) {
        self.resting.push_back((now + REST, port, place));
    }

    /// Ends the rest of ports that have rested long enough.
    pub(crate) fn wake(&mut self, now: Now) {
        let rested = self.resting.iter().take_while(|(until, ..)| *until <= now).count();
        self.ready.extend(self.resting.drain(..rested).map(|(_, port, _)| port));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const NOW: Now = Duration::from_secs(1_800_000_000);

    #[test]
    fn every_port_from_1024_can_be_had_and_is_given_once() {
        let mut free = Free::all();
        let taken: BTreeSet<_> = (0..).map_while(|n| free.take(NOW, n * 7_919, false)).collect();
        assert_eq!(taken.len(), 64_512);
        assert_eq!((taken.first(), taken.last()), (Some(&1024), Some(&65_535)));
    }

    #[test]
    fn a_port_that_was_given_back_rests_for_a_minute() {
        let mut free = Free::all();
        let ports: Vec<_> = (0..).map_while(|_| free.take(NOW, 0, false)).collect();
        free.give_back(NOW, ports[7], None);
        assert_eq!(free.take(NOW + REST - Duration::from_nanos(1), 0, false), None);
        assert_eq!(free.take(NOW + REST, 0, false), Some(ports[7]));
        assert_eq!(free.take(NOW + REST, 0, false), None);
    }

    #[test]
    fn an_even_port_can_be_had_as_long_as_there_are_some() {
        let mut free = Free::all();
        let taken: Vec<_> = (0..).map_while(|n| free.take(NOW, n, true)).collect();
        assert_eq!((taken.len(), taken.iter().all(|port| port % 2 == 0)), (32_256, true));
        assert!(free.take(NOW, 0, false).is_some());
    }

    #[test]
    fn an_address_is_a_name_only_where_it_is_the_relays_own() {
        assert_eq!(port_of(relayed(1024)), Some(1024));
        for other in [
            "192.0.2.1:1023",
            "192.0.2.2:5000",
            "127.0.0.1:5000",
            "[::ffff:192.0.2.1]:5000",
        ] {
            assert_eq!(port_of(other.parse().expect("an address")), None, "{other}");
        }
    }
}
