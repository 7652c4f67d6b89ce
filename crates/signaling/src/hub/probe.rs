//! ICE servers for who has not joined, to find out what their network lets through.

use std::sync::Arc;

use protocol::{IceServer, PeerId};

use super::Hub;

/// Credentials without a seat. Dropping it ends them.
#[derive(Debug)]
pub(crate) struct Probe {
    hub: Arc<Hub>,
    prober: PeerId,
}

impl Hub {
    /// The servers that somebody would get with a seat, for an id that never has one.
    pub(crate) fn probe(self: &Arc<Self>, prober: PeerId, host: Option<&str>) -> (Probe, Vec<IceServer>) {
        let probe = Probe {
            hub: Arc::clone(self),
            prober,
        };
        let mut ice_servers = self.config.ice_servers.clone();
        if let Some(credentials) = &self.config.ice_credentials {
            ice_servers.extend(credentials.probe(prober, host));
        }
        (probe, ice_servers)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        if let Some(credentials) = &self.hub.config.ice_credentials {
            credentials.ended(self.prober);
        }
    }
}
