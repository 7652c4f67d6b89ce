//! What has to be so when everything has come to rest.

use std::collections::BTreeSet;

use super::{NAMES, World};
use crate::support::fake_peer::Signaling;

impl World {
    /// Whether everybody is connected to exactly everybody, and nothing is left over.
    ///
    /// # Errors
    /// What is not as it should be.
    pub fn check_at_rest(&self) -> Result<(), String> {
        let present: Vec<_> = self
            .pages
            .iter()
            .enumerate()
            .filter_map(|(n, p)| p.as_ref().map(|p| (n, p)))
            .collect();
        if self.rooms.peers() != present.len() {
            return Err(format!(
                "the server has {} seats for {} pages",
                self.rooms.peers(),
                present.len()
            ));
        }
        for (n, page) in &present {
            let name = NAMES[*n];
            let others: BTreeSet<_> = present
                .iter()
                .filter(|(m, _)| m != n)
                .filter_map(|(_, p)| p.seat)
                .collect();
            let tiles: BTreeSet<_> = page.tiles.keys().copied().collect();
            if page.seat.is_none() || others.len() + 1 != present.len() {
                return Err(format!("{name} has no seat, or others have none"));
            }
            if tiles != others {
                return Err(format!(
                    "{name} shows {} tiles for {} others",
                    tiles.len(),
                    others.len()
                ));
            }
            if let Some((_, link)) = page.tiles.iter().find(|(_, link)| **link != call::Link::Connected) {
                return Err(format!("{name} shows a tile as {link:?}"));
            }
            if page.connections.len() != others.len() {
                return Err(format!(
                    "{name} has {} connections for {} others",
                    page.connections.len(),
                    others.len()
                ));
            }
            for (connection, fake) in &page.connections {
                let owned = self.fakes.get(fake).ok_or("a connection that is not there")?;
                let back = owned.peer.remote_writer().and_then(|other| self.fakes.get(&other));
                let back = back.ok_or_else(|| format!("{name}: c{} has no other side", connection.0))?;
                if Some(owned.remote) != self.pages[back.page].as_ref().and_then(|p| p.seat) {
                    return Err(format!("{name}: c{} leads to somebody else", connection.0));
                }
                if owned.peer.needs_negotiation() {
                    return Err(format!(
                        "{name}: c{} asked for an offer that was never made",
                        connection.0
                    ));
                }
                if owned.peer.is_running() || owned.peer.signaling() != Signaling::Stable {
                    return Err(format!("{name}: c{} is stuck in its negotiation", connection.0));
                }
            }
        }
        let open: usize = present.iter().map(|(_, page)| page.connections.len()).sum();
        if open != self.fakes.len() {
            return Err(format!("{} connections are open, {} are known", self.fakes.len(), open));
        }
        Ok(())
    }
}
