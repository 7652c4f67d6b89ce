//! Finds the server: the one that runs on this machine, the one at the public address, or one of our own.

use std::time::Duration;

use serde::Deserialize;

use super::address::is_own;
use super::door::{Closed, Door};
use super::judge::server::Found;
use super::own::Own;
use super::subject::Subject;
use super::tls::Trust;
use crate::config::Config;
use crate::site::Site;

/// The server, and the way to it, if there is any.
pub(super) struct Searched {
    pub(super) found: Found,
    pub(super) door: Option<Door>,
}

/// `own` holds the server that is started where none is found.
pub(super) async fn find(
    config: &Config,
    site: Site,
    subject: &Subject,
    trust: &Trust,
    patience: Duration,
    own: &mut Option<Own>,
) -> Searched {
    let listener = Door::listener(subject, None, trust);
    let local = version(&listener, patience).await;
    if let Ok(version) = local {
        let url = listener.url();
        return Searched {
            found: Found::Here { url, version },
            door: Some(listener),
        };
    }
    if let Some(public) = &subject.public {
        let door = Door::public(public, trust);
        if let Ok(version) = version(&door, patience).await {
            let url = door.url();
            let listen = subject.listen.clone();
            let found = match is_here(&door, patience).await {
                true => Found::Otherwise { url, version, listen },
                false => Found::Elsewhere {
                    url,
                    version,
                    stranger: matches!(local, Err(Closed::Stranger(_))).then_some(listen),
                },
            };
            return Searched {
                found,
                door: Some(door),
            };
        }
    }
    if let Err(Closed::Stranger(_)) = local {
        let address = subject.listen.clone();
        return Searched {
            found: Found::Stranger { address },
            door: None,
        };
    }
    match Own::start(config, site).await {
        Ok(started) => {
            let door = Door::listener(subject, Some(started.local), trust);
            *own = Some(started);
            Searched {
                found: Found::Own { url: door.url() },
                door: Some(door),
            }
        }
        Err(why) => Searched {
            found: Found::Nothing { why: why.to_string() },
            door: None,
        },
    }
}

/// What `/version` answers (`server/status.rs`).
#[derive(Deserialize)]
struct Version {
    name: String,
    version: String,
}

/// The version of the Parlour behind a door.
async fn version(door: &Door, patience: Duration) -> Result<String, Closed> {
    let answer = door.get("/version", patience).await?;
    match serde_json::from_slice::<Version>(&answer.body) {
        Ok(Version { name, version }) if name == "parlour" => Ok(version),
        _ => Err(Closed::Stranger("it is no Parlour".to_owned())),
    }
}

/// Whether a door leads to this machine.
pub(super) async fn is_here(door: &Door, patience: Duration) -> bool {
    let addresses = door.addresses(patience).await.unwrap_or_default();
    addresses.iter().any(|address| is_own(address.ip()))
}
